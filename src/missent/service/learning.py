"""Own what makes correspondence: how mail that passed, archives and logs become sightings.

Trust is answered, not sent (law 1). The rules, in the order they are asked (DESIGN §3):

1. What we send makes a name a target (`SENT`), never trusted. Only mail a person of ours wrote
   counts, since an answer to an automatic reply answers nobody.
2. Inbound mail counts nothing if it is automatic, has not exactly one author, claims an author of
   ours, or fails DMARC at our own border.
3. Without our border's word (archives, bare logs, no policy published) it is `HEARD_WEAKLY`: that
   mailbox wrote to somebody here, whatever it refers to.
4. With it, mail that refers to a Message-ID we sent to that very domain is `ANSWERED`, other mail
   is `HEARD`.

Every sighting names the message it comes from, and a store counts one message once, so learning the
same source again changes nothing. No function here knows the judge: a squatter may answer, too, and
what that is worth is not decided here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from missent.judge import terms
from missent.judge.case import Organisation
from missent.judge.terms import NO_WORDING, Wording
from missent.mail.archived import ArchivedMessage, read_header
from missent.mail.authres import Alignment, Stamp, alignment, border_results, parse_authres
from missent.mail.delivery import Delivery
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message, parse
from missent.mail.messageid import read_id
from missent.service.exchanges import of_archived, of_delivery, of_inbound, of_message, wording_of
from missent.service.ports import CorrespondenceStore, Exchange, Sighting, SightingKind

BATCH = 1_000  # sightings a transaction: large enough to be quick, small enough to let others in
LOOK_UP = 10_000  # possible answers decided together, about 10 MB: more share one question
_FORWARDED = ("srs0", "srs1")  # local parts a forwarder makes; nobody here chose the recipient


@dataclass(frozen=True, slots=True)
class InboundFacts:
    """What counts of one inbound message."""

    header_from: tuple[Mailbox, ...]
    recipients: tuple[Mailbox, ...]
    """The envelope's where there is one, else the header's."""
    message_id: str
    """Its Message-ID, or another name of it that stays the same when it is read again."""
    references: tuple[str, ...]
    at: datetime
    automatic: bool
    authentication: tuple[Stamp, ...] = ()
    """Every Authentication-Results field, topmost first; whom to believe is decided later."""
    addressed: tuple[Mailbox, ...] = ()
    """All whom the header addresses, outside, too."""
    wording: Wording = NO_WORDING

    @classmethod
    def from_message(
        cls, envelope: Envelope, data: bytes, message: Message | None = None
    ) -> InboundFacts:
        """Read a message at our door; `message` is its full parse, where that was made anyway."""
        header = read_header(data)
        automatic = header.automatic or envelope.sender is None
        whole = message or parse(data)
        return cls(
            header_from=header.header_from,
            recipients=envelope.mailboxes,
            message_id=header.message_id or f"transaction:{envelope.transaction_id}",
            references=header.references,
            at=envelope.received_at,
            automatic=automatic or (message is not None and message.automatic),
            authentication=header.authentication,
            addressed=header.recipients,
            wording=wording_of(whole),
        )

    @classmethod
    def from_archive(cls, archived: ArchivedMessage, at: datetime) -> InboundFacts:
        """Take what an archive knows."""
        return cls(
            header_from=archived.header_from,
            recipients=archived.recipients,
            message_id=archived.identity,
            references=archived.references,
            at=at,
            automatic=archived.automatic,
            authentication=archived.authentication,
            addressed=archived.recipients,
            wording=terms.read(archived.subject, "", archived.references),
        )


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What one source taught, in numbers; never an address."""

    messages: int = 0
    """Messages or logged deliveries read."""
    outgoing: int = 0
    inbound: int = 0
    answers: int = 0
    heard: int = 0
    """Authenticated, but in answer to nothing of ours."""
    weak: int = 0
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Reason -> how many."""
    learned: int = 0
    """Sightings that were new to the store."""
    first: datetime | None = None
    last: datetime | None = None


class Learning:
    """Turns mail into sightings; the archive and log forms also hand them to the store."""

    def __init__(
        self,
        store: CorrespondenceStore,
        organisation: Organisation,
        trusted_authserv: tuple[str, ...] = (),
    ) -> None:
        """Start. `trusted_authserv` are the authserv-ids of our own border; nobody else's count."""
        self._store = store
        self._organisation = organisation
        self._trusted = trusted_authserv

    def outgoing(
        self,
        envelope_sender: Mailbox | None,
        recipients: Sequence[Mailbox],
        message_id: str | None,
        at: datetime,
    ) -> tuple[Sighting, ...]:
        """Note what one of our people sent outside; nothing for a null or foreign sender."""
        if envelope_sender is None or not self._is_ours(envelope_sender):
            return ()
        name = read_id(message_id) if message_id else None
        return self._sent(envelope_sender, recipients, name, at)

    def inbound(self, facts: InboundFacts) -> tuple[Sighting, ...]:
        """Note what came in, by the rules above; reads the store for what it refers to."""
        if self.refusal(facts) is not None:
            return ()
        people = [mailbox for mailbox in facts.recipients if self._is_ours(mailbox)]
        if self._alignment(facts) is not Alignment.PASS:
            return (_seen(SightingKind.HEARD_WEAKLY, people[:1], facts),)
        return self._weigh(facts, self._writers([facts]))

    def sent(
        self,
        envelope_sender: Mailbox | None,
        recipients: Sequence[Mailbox],
        message: Message,
        at: datetime,
    ) -> tuple[Exchange, ...]:
        """Note whom one of our people wrote to, inside and outside, and in which conversation."""
        if envelope_sender is None or not self._is_ours(envelope_sender):
            return ()
        return (of_message(self._organisation, envelope_sender, recipients, message, at),)

    def heard(self, facts: InboundFacts) -> tuple[Exchange, ...]:
        """Note who wrote to our people; nothing for what `refusal` refuses."""
        if self.refusal(facts) is not None:
            return ()
        everybody = (*facts.recipients, *facts.addressed)
        return (
            of_inbound(
                self._organisation,
                Exchange(
                    facts.at,
                    facts.header_from[0],
                    everybody,
                    frozenset(),
                    facts.message_id,
                    facts.wording,
                ),
            ),
        )

    def refusal(self, facts: InboundFacts) -> str | None:
        """Say why inbound mail counts nothing; None if it counts something."""
        if facts.automatic:
            return "automatic"
        if len(facts.header_from) != 1:
            return "not exactly one author"
        if self._is_ours(facts.header_from[0]):
            return "claims to be ours"
        if self._alignment(facts) is Alignment.FAIL:
            return "failed DMARC at our border"
        return None

    def learn_archive(
        self, messages: Iterable[ArchivedMessage], *, now: datetime | None = None
    ) -> LearnReport:
        """Learn from an archive, in any order of messages, in bounded memory.

        What may be an answer is decided when all that we sent is known, so an archive that holds
        such mail is read a second time; a plain iterator is therefore read into memory first.
        A date later than `now` counts as `now`: its sender wrote it.
        """
        again = tuple(messages) if isinstance(messages, Iterator) else messages
        run = _Run(self._store, now)
        for archived in again:
            self._learn_first(archived, run)
        run.flush()
        if run.undecided:
            possible = (self._possible_answer(archived, run) for archived in again)
            waiting = (facts for facts in possible if facts is not None)
            while batch := tuple(islice(waiting, LOOK_UP)):
                self._learn_answers(batch, run)
        return run.report()

    def learn_log(self, deliveries: Iterable[Delivery]) -> LearnReport:
        """Learn from an MTA's log: what left makes targets, what came is heard weakly."""
        run = _Run(self._store, None)
        for delivery in deliveries:
            run.count(delivery.at)
            reason = self._log_refusal(delivery)
            if reason is not None:
                run.skip(reason)
            elif delivery.sender is not None and self._is_ours(delivery.sender):
                run.counts["outgoing"] += 1
                to = (delivery.recipient,)
                run.note(self._sent(delivery.sender, to, delivery.identity, delivery.at))
                run.exchange((self._logged(delivery, delivery.sender),))
            elif delivery.sender is not None:
                run.counts["inbound"] += 1
                run.note((self._logged_inbound(delivery, delivery.sender),))
                run.exchange((self._logged(delivery, delivery.sender),))
        run.flush()
        return run.report()

    # --- archives ------------------------------------------------------------------------------

    def _learn_first(self, archived: ArchivedMessage, run: _Run) -> None:
        """Count one message and learn it, unless it may be an answer."""
        at = run.count(archived.at)
        if at is None:
            run.skip("no date")
        elif not archived.header_from:
            run.skip("no readable author")
        elif self._is_ours(archived.header_from[0]):
            self._learn_sent(archived, at, run)
        else:
            run.counts["inbound"] += 1
            facts = InboundFacts.from_archive(archived, at)
            reason = self.refusal(facts)
            if reason is not None:
                run.skip(reason)
            else:
                run.exchange(self.heard(facts))
                if self._needs_look_up(facts):
                    run.undecided += 1
                else:
                    run.note(self.inbound(facts))

    def _learn_sent(self, archived: ArchivedMessage, at: datetime, run: _Run) -> None:
        reason = self._sent_refusal(archived)
        if reason is not None:
            run.skip(reason)
            return
        run.counts["outgoing"] += 1
        author = archived.header_from[0]
        run.note(self._sent(author, archived.recipients, archived.identity, at))
        run.exchange((of_archived(self._organisation, author, archived, at),))

    def _sent_refusal(self, archived: ArchivedMessage) -> str | None:
        """Say why mail in our name is not taken for ours: else a forger could answer his own mail.

        Our border writes its results on everything that comes from outside, so mail that carries
        some, but neither passed DMARC nor was submitted with a login, did not come from us.
        """
        if archived.automatic:
            return "automatic"
        if len(archived.header_from) != 1:
            return "not exactly one author"
        came_from = archived.return_path
        if came_from is not None and not self._is_ours(came_from):
            return "claims to be ours"
        author = archived.header_from[0].domain
        results = border_results(archived.authentication, self._trusted)
        if results and not any(r.method == "auth" and r.result == "pass" for r in results):
            passed = alignment(archived.authentication, self._trusted, author)
            return None if passed is Alignment.PASS else "claims to be ours"
        said = (parse_authres(stamp.body) for stamp in archived.authentication)
        claims = (r for field in said if field is not None for r in field.results)
        failed = any(r.method == "dmarc" and r.result == "fail" for r in claims)
        return "claims to be ours" if failed and not results else None

    def _possible_answer(self, archived: ArchivedMessage, run: _Run) -> InboundFacts | None:
        at = run.clamp(archived.at)
        if at is None or not archived.header_from or self._is_ours(archived.header_from[0]):
            return None
        facts = InboundFacts.from_archive(archived, at)
        counts = self.refusal(facts) is None and self._needs_look_up(facts)
        return facts if counts else None

    def _learn_answers(self, batch: Sequence[InboundFacts], run: _Run) -> None:
        """Decide for a batch, asking once where nothing of a domain's mail refers to ours."""
        by_domain: dict[DomainName, list[InboundFacts]] = defaultdict(list)
        for facts in batch:
            by_domain[facts.header_from[0].domain].append(facts)
        for group in by_domain.values():
            any_writers = self._writers(group)
            for facts in group:
                alone = len(group) == 1 or not any_writers
                run.note(self._weigh(facts, any_writers if alone else self._writers([facts])))

    def _needs_look_up(self, facts: InboundFacts) -> bool:
        return bool(facts.references) and self._alignment(facts) is Alignment.PASS

    # --- logs ----------------------------------------------------------------------------------

    def _log_refusal(self, delivery: Delivery) -> str | None:
        if delivery.status != "sent":
            return "not delivered"
        if not delivery.sender_known:
            return "sender not in this log"
        if delivery.sender is None:
            return "automatic"
        if self._is_ours(delivery.sender):
            forwarded = delivery.sender.key.startswith(_FORWARDED)
            return "forwarded" if forwarded else None
        return None if self._local_end(delivery) else "forwarded"

    def _logged_inbound(self, delivery: Delivery, theirs: Mailbox) -> Sighting:
        ours = self._local_end(delivery)
        at, name = delivery.at, delivery.identity
        return Sighting(SightingKind.HEARD_WEAKLY, theirs, ours, at, name)

    def _logged(self, delivery: Delivery, sender: Mailbox) -> Exchange:
        recipient = delivery.recipient
        if not self._is_ours(sender):
            recipient = self._local_end(delivery) or recipient
        return of_delivery(self._organisation, sender, recipient, delivery)

    def _local_end(self, delivery: Delivery) -> Mailbox | None:
        """Give our person: the recipient, or whose mail was forwarded outside."""
        ends = (delivery.orig_to, delivery.recipient)
        return next((end for end in ends if end is not None and self._is_ours(end)), None)

    # --- both ----------------------------------------------------------------------------------

    def _sent(
        self, author: Mailbox, recipients: Sequence[Mailbox], name: str | None, at: datetime
    ) -> tuple[Sighting, ...]:
        return tuple(
            Sighting(SightingKind.SENT, theirs, author, at, name)
            for theirs in dict.fromkeys(recipients)
            if not self._is_ours(theirs)
        )

    def _is_ours(self, mailbox: Mailbox) -> bool:
        return self._organisation.owns(mailbox.domain)

    def _alignment(self, facts: InboundFacts) -> Alignment:
        return alignment(facts.authentication, self._trusted, facts.header_from[0].domain)

    def _writers(self, group: Sequence[InboundFacts]) -> frozenset[Mailbox]:
        """Give who here sent what these, all of one domain, refer to: to that very domain."""
        references = tuple(dict.fromkeys(name for facts in group for name in facts.references))
        if not references:
            return frozenset()
        return self._store.sent_to(references, group[0].header_from[0].domain)

    def _weigh(self, facts: InboundFacts, writers: frozenset[Mailbox]) -> tuple[Sighting, ...]:
        """Note authenticated mail: an answer to `writers`, or unsolicited if there are none.

        A person counts as answered only for mail of their own: Cc and Bcc cost a squatter nothing.
        """
        people = [mailbox for mailbox in facts.recipients if self._is_ours(mailbox)]
        if not writers:
            return (_seen(SightingKind.HEARD, people[:1], facts),)
        answered = [mailbox for mailbox in dict.fromkeys(people) if mailbox in writers]
        answered = answered or sorted(writers, key=lambda mailbox: mailbox.folded)
        return tuple(_seen(SightingKind.ANSWERED, [person], facts) for person in answered)


@dataclass(slots=True)
class _Run:
    """One run over a source: its counts, and the sightings not yet handed to the store."""

    store: CorrespondenceStore
    now: datetime | None
    counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    pending: list[Sighting] = field(default_factory=list)
    letters: list[Exchange] = field(default_factory=list)
    undecided: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def count(self, at: datetime | None) -> datetime | None:
        """Count one message; gives its date as it may be used."""
        self.counts["messages"] += 1
        at = self.clamp(at)
        if at is not None:
            self.first = min(self.first or at, at)
            self.last = max(self.last or at, at)
        return at

    def clamp(self, at: datetime | None) -> datetime | None:
        """Bring a date from the future back to now."""
        return min(at, self.now) if at is not None and self.now is not None else at

    def skip(self, reason: str) -> None:
        """Count one message that teaches nothing."""
        self.skipped[reason] += 1

    def note(self, sightings: Sequence[Sighting]) -> None:
        """Count one message's sightings, and learn them with the next batch."""
        if sightings:
            self.counts[sightings[0].kind] += 1
        self.pending += sightings
        if len(self.pending) >= BATCH:
            self.flush()

    def exchange(self, exchanges: Sequence[Exchange]) -> None:
        """Learn whom a letter ties together, with the next batch."""
        self.letters += exchanges
        if len(self.letters) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand over what is pending."""
        if self.letters:
            self.store.learn_exchanges(tuple(self.letters))
            self.letters.clear()
        if self.pending:
            self.counts["learned"] += self.store.learn(tuple(self.pending))
            self.pending.clear()

    def report(self) -> LearnReport:
        """Close the run."""
        self.flush()
        return LearnReport(
            messages=self.counts["messages"],
            outgoing=self.counts["outgoing"],
            inbound=self.counts["inbound"],
            answers=self.counts[SightingKind.ANSWERED],
            heard=self.counts[SightingKind.HEARD],
            weak=self.counts[SightingKind.HEARD_WEAKLY],
            skipped=MappingProxyType(dict(self.skipped)),
            learned=self.counts["learned"],
            first=self.first,
            last=self.last,
        )


def _seen(kind: SightingKind, people: Sequence[Mailbox], facts: InboundFacts) -> Sighting:
    theirs = facts.header_from[0]
    return Sighting(kind, theirs, people[0] if people else None, facts.at, facts.message_id)
