"""Own the replay: every message of an archive judged as it would have been, then learned from.

Theory of operation. Letters come in the order of time. Each of ours is judged with what was known
before it, by the same `judge()` as everywhere (law 3), and never with what came later. Then the
replay plays the sender: a hold of a known mistake is corrected, any other hold is answered "send as
typed" and so validated for that sender; what was only warned of, or passed, leaves as it was typed.
What left is learned, as is what came in. So a false hold costs what it costs in life, and a mistake
that was not caught becomes part of the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from missent.judge import terms
from missent.judge.case import Case, Organisation
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.labels import Labels
from missent.service.exchanges import of_letter
from missent.service.learning import InboundFacts, Learning
from missent.service.letter import Letter
from missent.service.memory import Memory

Judge = Callable[[Case, Policy], tuple[Verdict, ...]]
MANY = 500
"""Recipients of one letter that are judged: more are a mailing list's own affair."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One outgoing letter and what was said of it."""

    letter: Letter
    number: int
    """Outgoing letters before it, history included."""
    verdicts: tuple[Verdict, ...]
    outside: bool
    """Whether a recipient is outside."""
    first_uses: tuple[Mailbox, ...] = ()
    """Recipients at a mistyped name that nobody here had written to before."""
    within_reach: tuple[Mailbox, ...] = ()
    """Of `first_uses`, those whose intended name was known by then."""

    def at_least(self, action: Action) -> bool:
        """Tell whether any recipient got this action or a graver one."""
        return any(verdict.action.severity >= action.severity for verdict in self.verdicts)


@dataclass(slots=True)
class Replay:
    """A run through an archive; iterate `judged` for what was said, letter by letter."""

    organisation: Organisation
    policy: Policy
    labels: Labels = field(default_factory=Labels)
    trusted_authserv: tuple[str, ...] = ()
    judge: Judge = judge
    answers: bool = True
    """Whether the sender answers holds; without, nothing is ever validated or corrected."""
    memory: Memory = field(default_factory=Memory)
    outgoing: int = 0
    _learning: Learning = field(init=False)

    def __post_init__(self) -> None:
        self._learning = Learning(self.memory, self.organisation, self.trusted_authserv)

    def learn(self, letters: Iterable[Letter]) -> None:
        """Take letters as history, without judging them."""
        for letter in letters:
            self._note(letter, letter.recipients)

    def judged(self, letters: Iterable[Letter]) -> Iterator[Judged]:
        """Judge each outgoing letter, answer its holds, learn it; learn what came in."""
        for letter in letters:
            if not self.judges(letter):
                self._note(letter, letter.recipients)
                continue
            judged = self._judged(letter)
            yield judged
            self._note(letter, self._as_sent(judged))

    def judges(self, letter: Letter) -> bool:
        """Tell whether a letter is one that a person of ours sent."""
        return self._is_ours(letter.sender) and not letter.header.automatic

    def case(self, letter: Letter, recipients: tuple[Mailbox, ...]) -> Case:
        """Give the case the judge would have got, with these recipients."""
        envelope = Envelope(
            letter.identity, letter.sender, tuple(map(Recipient, recipients)), letter.at
        )
        wording = terms.read(letter.subject, letter.text, letter.header.references)
        view = self.memory.view(letter.sender, recipients, letter.at, wording)
        return Case(envelope, letter.message(), view, self.organisation, letter.at)

    def knows(self, name: DomainName) -> bool:
        """Tell whether a name could be what is meant: known by now, public, or our own."""
        return (
            self.memory.knows(name)
            or self.organisation.owns(name)
            or shipped().kind(name) is not None
        )

    def _judged(self, letter: Letter) -> Judged:
        recipients = letter.recipients[:MANY]
        case = self.case(letter, recipients)
        first = tuple(m for m in recipients if self._is_first_use(m))
        return Judged(
            letter,
            self.outgoing,
            self.judge(case, self.policy) if recipients else (),
            any(not self._is_ours(mailbox) for mailbox in recipients),
            first,
            tuple(m for m in first if self._is_within_reach(m)),
        )

    def _is_first_use(self, mailbox: Mailbox) -> bool:
        right = self.labels.right(mailbox)
        return right is not None and not self.memory.domain(mailbox.domain).sent

    def _is_within_reach(self, mailbox: Mailbox) -> bool:
        right = self.labels.right(mailbox)
        return right is not None and self.knows(right.domain)

    def _as_sent(self, judged: Judged) -> tuple[Mailbox, ...]:
        letter = judged.letter
        if not self.answers:
            return letter.recipients
        sent: dict[Mailbox, None] = {}
        for verdict in judged.verdicts:
            mailbox = verdict.recipient
            if verdict.action is Action.BLOCK and self.labels.right(mailbox) is None:
                continue  # nobody can send it as typed
            if verdict.action.severity >= Action.HOLD.severity:
                right = self.labels.right(mailbox)
                if right is None:
                    self.memory.validate(letter.sender, mailbox, letter.at, "replay")
                mailbox = right or mailbox
            sent[mailbox] = None
        return (*sent, *letter.recipients[MANY:])

    def _note(self, letter: Letter, recipients: tuple[Mailbox, ...]) -> None:
        if self._is_ours(letter.sender) and letter.header.automatic:
            return  # a program's letter is nobody's habit, as in `Learning`
        if self._is_ours(letter.sender):
            self.outgoing += 1
            sent = self._learning.outgoing(letter.sender, recipients, letter.identity, letter.at)
            self.memory.learn(sent)
        else:
            facts = InboundFacts.from_archive(letter.header, letter.at)
            self.memory.learn(self._learning.inbound(facts))
        self.memory.learn_exchanges((of_letter(letter, recipients, self._is_ours),))

    def _is_ours(self, mailbox: Mailbox) -> bool:
        return self.organisation.owns(mailbox.domain)
