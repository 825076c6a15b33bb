"""Own the question whether a domain was mistyped: what was meant, and who of the two is trusted.

Theory of operation. Everything the written name could have been meant for is a candidate: names in our
correspondence, public names, our own domains, closed public suffixes. `explain` says how the slip would
have happened. A candidate counts only if the written name is *suspect* beside it: the candidate is in
the directory, public or ours, or has more answers, or on a tie was known first. In hindsight, where
records cover what came later, a tie goes to the name that was heard from more, and between two names
that were never heard from, to the one that was written to more. That says which of two was meant, and
trusts neither. Sends never count for trust: a ten-year typo has thousands. What speaks for a suspect:

- a directory entry, or this sender's own validation of this very mailbox: the signal is silent;
- answers, from 3 to 2 people over 14 days: the weight is lowered, no more (a squatter answers, too);
- unsolicited mail and sends: nothing, whatever their number.

The weight is ``BASE + log_ratio of the slip + target's traffic, faded + same person known there``, in
log-odds, less for a target that may be the slip itself. `BASE` makes up for the prior: of the
never-seen names one slip beside a name in use, in a replay of 141,177 real messages, about half were
slips. Half would be 6.9; a replay of other mail showed that what was given 50 to 70 % was a mistake one
time in twelve, and 6.2 makes it about even again (docs/evaluation.md has the reliability diagram).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from missent.judge import hindsight
from missent.judge.case import Case, Correspondence, Record
from missent.judge.finding import Finding
from missent.lookalike.compare import Lookalike, explain, explain_suffix
from missent.lookalike.edits import Kind
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

BASE = 6.2
SAME_PERSON = 3.0
"""The same local part is known at the name that was meant; by chance that is rare."""
OWN_CORRESPONDENT = 4.0
"""This very sender writes to that person at the name that was meant."""
SAME_ROLE = 1.0
"""The same, for a local part that every organisation has."""
ROLES = frozenset({"info", "sales", "support", "admin", "contact", "office", "mail", "postmaster"})
ANSWERING = -3.0
"""For a suspect that has answered enough: lowers a sure slip to a doubtful one."""
WEAKLY_ANSWERING = -6.0
"""Where no source can tell an answer from other mail: written to and heard from as often and as long
as answers would have to come, beside a target that nobody ever heard from."""
CLOSED = -2.0
"""Both names lie in one closed registry: nobody can squat there, so only a wrong office is left."""
SEEN_ONCE = -4.0
"""One message ever, and none from there: a name that may itself be the slip. About one use in a
thousand is mistyped, but of the names used only once, one in ten; the right one then comes second."""
SEEN_SELDOM, SELDOM = -1.5, 5
"""The same for two to five messages."""
LEAST = 2.0
"""A chance likeness below this is not worth a sentence; a slip in a suffix always is."""
TYPICAL = 20
"""Messages exchanged with a target of typical traffic; public names count as such."""
OURS = 200
"""Messages counted for our own domains: nothing is written more often."""

ENOUGH_ANSWERS, ENOUGH_PEOPLE, ENOUGH_TIME = 3, 2, timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _Target:
    """A name that may have been meant: how it was mistaken, and what is known of it."""

    way: Lookalike
    record: Record
    ours: bool = False

    @property
    def stands(self) -> bool:
        """Whether it is an intended name by itself, whatever its history."""
        return self.ours or self.record.in_directory or self.record.shipped

    @property
    def closed(self) -> bool:
        return (
            self.way.known.public_suffix == self.way.written.public_suffix
            and shipped().protects(self.way.written)
        )


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report the likeliest name that was meant, if the written one is a suspect beside it."""
    mailbox = recipient.mailbox
    written = mailbox.domain
    if case.organisation.owns(written) or shipped().kind(written) or _exempt(case, mailbox):
        return
    record = _record(case, written)
    suspicions = [
        (_weight(case, mailbox, record, target), target)
        for target in _targets(case, written, record)
        if _suspect(case, record, target)
    ]
    if not suspicions:
        return
    weight, target = max(suspicions, key=_order)
    if weight >= LEAST or target.way.suffix_slip:
        yield _finding(case, mailbox, record, target, weight)
    slips = [s for s in suspicions if s[1].way.suffix_slip and s[1].stands]
    if slips and not target.way.suffix_slip:  # a stronger likeness must not hide a pinned one
        pinned_weight, pinned = max(slips, key=_order)
        yield _finding(case, mailbox, record, pinned, pinned_weight)


def _order(suspicion: tuple[float, _Target]) -> tuple[float, bool, str]:
    weight, target = suspicion
    return weight, target.way.known == target.way.meant, target.way.known.ascii


def _exempt(case: Case, mailbox: Mailbox) -> bool:
    known = case.correspondence.mailbox(mailbox)
    return (
        known.validated_at(case.at)
        or known.in_directory
        or _record(case, mailbox.domain).in_directory
    )


def _record(case: Case, name: DomainName) -> Record:
    """Give what is known of a name or its owner: hosts of one registrable name are one owner's."""
    own = case.correspondence.domain(name)
    if name.registrable is None or name.registrable == name.ascii:
        return own
    owner = case.correspondence.domain(DomainName.parse(name.registrable))
    # in hindsight the owner's record alone counts: it covers its hosts, whatever a tie
    both = (owner,) if case.correspondence.hindsight else (own, owner)
    better = max(both, key=lambda record: record.answered)
    seen = [at for at in (own.first_seen, owner.first_seen) if at is not None]
    return replace(
        better,
        in_directory=own.in_directory or owner.in_directory,
        first_seen=min(seen, default=None),
    )


def _targets(case: Case, written: DomainName, own: Record) -> Iterator[_Target]:
    known = case.correspondence
    records = {near.domain: near.record for near in known.near(written)}
    ways = {way.known: way for way in _public_ways(written)}
    for name in ways:
        records[name] = replace(records.get(name) or known.domain(name), shipped=True)
    for ours in case.organisation.domains:
        records[ours] = known.domain(ours)
    for name, record in records.items():
        ours_or_listed = name in case.organisation.domains or record.in_directory or record.shipped
        if not (ours_or_listed or _could_be_meant(known, own, record)):
            continue
        found = ways.get(name) or _explain(written, name)
        if found is None or (record.shipped and not _in_use(record) and _elsewhere(found)):
            continue
        if case.published.allied(written, found.meant):  # one owner, by both their words
            continue
        yield _Target(found, record, ours=name in case.organisation.domains)


def _elsewhere(way: Lookalike) -> bool:
    """Tell whether a public name is written under another real suffix, as its namesakes are.

    ``army.nl`` is no slip of ``army.mil``, nor ``orange.ml`` of ``orange.nl``, unless we write there.
    """
    if way.slip == Kind.OTHER_SUFFIX:
        return True
    ends = [name.public_suffix.rpartition(".")[2] for name in (way.written, way.known)]
    countries = ends[0] != ends[1] and all(len(end) == 2 for end in ends)
    return countries and shipped().kinds.get(way.known) == "mail_provider"


_explain = functools.lru_cache(maxsize=16_384)(explain)


@functools.lru_cache(maxsize=8192)
def _public_ways(written: DomainName) -> tuple[Lookalike, ...]:
    public = shipped()
    ways: Iterable[Lookalike | None] = (
        *(explain(written, name) for name in public.near(written)),
        *(explain_suffix(written, suffix) for suffix in public.protected_suffixes),
    )
    return tuple(way for way in ways if way is not None)


def _suspect(case: Case, record: Record, target: _Target) -> bool:
    """Apply DESIGN's definition of a suspect to the written name's record."""
    if target.closed:
        # Nobody can squat there: one answer is genuine.
        return not (record.answered or record.heard)
    if target.stands:
        return True
    return _better_known(case.correspondence, target.record, record)


def _could_be_meant(known: Correspondence, record: Record, other: Record) -> bool:
    """Tell early, from the records alone, whether `_suspect` may say yes: explaining costs more."""
    return not (record.answered or record.heard) or _better_known(known, other, record)


def _better_known(known: Correspondence, one: Record, other: Record) -> bool:
    if one.answered != other.answered:
        return one.answered > other.answered
    return hindsight.better_known(one, other) if known.hindsight else _known_first(one, other)


def _known_first(one: Record, other: Record) -> bool:
    if one.first_seen is None or other.first_seen is None:
        return other.first_seen is None
    return one.first_seen < other.first_seen


def _in_use(record: Record) -> bool:
    return bool(record.sent or record.answered or record.in_directory)


def _weight(case: Case, mailbox: Mailbox, record: Record, target: _Target) -> float:
    weight = BASE + target.way.log_ratio + _traffic(target, case.at)
    weight += _person(case, mailbox, target) + _doubt(target)
    if _answers_enough(record):
        weight += ANSWERING
    elif not target.stands and _weakly_answers(record, target.record):
        weight += WEAKLY_ANSWERING
    if case.correspondence.hindsight and not (target.stands or target.way.suffix_slip):
        weight += hindsight.crowd(record, target.record)
    return weight + (CLOSED if target.closed else 0.0)


def _person(case: Case, mailbox: Mailbox, target: _Target) -> float:
    """Weigh whether the same person is known where it may have been meant for."""
    meant = case.correspondence.mailbox(mailbox.at(target.way.meant))
    role, after_all = mailbox.key in ROLES, case.correspondence.hindsight
    if _in_use(meant) or meant.heard or meant.heard_weakly:
        person = OWN_CORRESPONDENT if meant.sent_by_sender else SAME_PERSON
        return SAME_ROLE if role else person + (hindsight.KNOWN if after_all else 0.0)
    if not after_all or role or target.stands:
        return 0.0
    return hindsight.nobody(target.record)


def _doubt(target: _Target) -> float:
    """Weigh that the target may be the slip: known from a few messages of ours, and never heard from.

    A target whose slip cannot exist, or that stands by itself, is beyond that doubt.
    """
    record = target.record
    if target.stands or target.way.slip == Kind.NO_SUCH_SUFFIX:
        return 0.0
    if record.answered or record.heard or record.heard_weakly:
        return 0.0
    return SEEN_ONCE if record.sent == 1 else SEEN_SELDOM if record.sent <= SELDOM else 0.0


def _traffic(target: _Target, at: datetime) -> float:
    """Weigh how much mail is meant for the target, lately: the more, the more of it is mistyped."""
    record = target.record
    count: float = record.sent + record.answered + record.heard + record.heard_weakly
    if record.recent:  # what was learned by an older version has no dates to fade by
        count = max(record.traffic(at), 1.0)
    floor = OURS if target.ours else TYPICAL - 1 if target.stands else 0
    return min(2.0, max(-2.0, 0.5 * math.log((max(count, floor) + 1) / TYPICAL)))


def _answers_enough(record: Record) -> bool:
    if record.first_answer is None or record.last_answer is None:
        return False
    return (
        record.answered >= ENOUGH_ANSWERS
        and record.answered_people >= ENOUGH_PEOPLE
        and record.last_answer - record.first_answer >= ENOUGH_TIME
    )


def _weakly_answers(record: Record, meant: Record) -> bool:
    """Tell whether only unlabelled mail speaks, and it speaks for the written name alone.

    Archives without authentication results know no answers. Without this, a slip that came first
    would make a suspect of the right name for as long as there are no better sources.
    """
    if meant.answered or meant.heard or meant.heard_weakly:
        return False
    if record.first_seen is None or record.last_seen is None:
        return False
    mutual = min(record.heard_weakly, record.sent) >= ENOUGH_ANSWERS
    return mutual and record.last_seen - record.first_seen >= ENOUGH_TIME


def _finding(
    case: Case, mailbox: Mailbox, record: Record, target: _Target, weight: float
) -> Finding:
    way, after_all = target.way, case.correspondence.hindsight
    known = hindsight.exchanged(way.known.screen, target.record) if after_all else ""
    if after_all:  # what is said of a host is not all its owner's
        record = replace(record, sent=case.correspondence.domain(way.written).sent)
    because = (
        f"{way.written.screen} looks like {way.meant.screen} but {way.phrase}; "
        f"{known or _standing(target)}; {_silence(way.written, record)}"
    )
    facts: dict[str, str | bool | int] = {
        "suffix_slip": way.suffix_slip,
        "slip": str(way.slip),
        "suspect": not target.closed,
        "intended": way.meant.ascii,
    }
    return Finding("domain_typo", mailbox.wire, weight, because, mailbox.at(way.meant), facts)


def _standing(target: _Target) -> str:
    name, record = target.way.known.screen, target.record
    if record.sent:
        who = "you" if record.sent_by_sender >= record.sent else "your organisation"
        knows = "have" if who == "you" else "has"
        answers = (
            f"it answered {record.answered}" if record.answered else f"{knows} known it longer"
        )
        return f"{who} wrote to {name} {_times(record.sent)} and {answers}"
    if target.ours:
        return f"{name} is your own domain"
    if record.in_directory:
        return f"{name} is in your directory"
    if record.shipped:
        kind = shipped().kinds.get(target.way.known)
        if kind is None:
            return f"only public bodies have names under {name}"
        return f"{name} is a well-known {kind.replace('_', ' ')} name"
    return f"{name} has written to your organisation"


def _silence(written: DomainName, record: Record) -> str:
    if record.answered:
        return f"{written.screen} answered {_times(record.answered)}"
    if record.sent:
        return (
            f"{written.screen} was written to {_times(record.sent)} and never answered anyone here"
        )
    return f"{written.screen} never answered anyone here"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
