"""Own the question whether a recipient is the person meant: does this letter fit who it goes to?

The weight is the model's (`forest`) on what the sender's own habits say (`person`); the sentence names the
plainest of those habits, and who of a similar name would fit better. It is evidence for a warning: of
clean letters many have a recipient who is new or odd, so a policy should hold only together with something
else, for which the facts are ``twin`` (somebody of the same name is in the sender's circle or among the
recipients) and ``outside``.

Silent where the sender has hardly any history, for mailings to long lists, for what this sender has
validated, and for weak evidence. Silence is never innocence: only evidence *against* is reported, and of an
address nobody here was ever in touch with the model has nothing to say, since no made-up leak went
to one. Words of the letter never stand in the sentence (law 8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from missent.judge import forest, names
from missent.judge.case import Case
from missent.judge.circle import LIST_SIZE, NEVER, Tie, together
from missent.judge.finding import Finding
from missent.judge.names import Likeness
from missent.judge.party import is_mailing
from missent.judge.person import Company, Draft, features
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "wrong_person"
LEAST = 3.5
"""About one clean letter in a hundred has a recipient with more against it, and over half of the
letters with a leak; below, nobody is told."""
ENOUGH_LETTERS = 20
"""A sender's letters before habits are spoken of."""
_LONG_SILENCE = 180.0
_NAMED = 2
"""Other recipients named in a sentence."""
_BETTER = 0.5
"""How well a rival must fit to be suggested; each of the following may reach it, likeness cannot."""
_STRONG, _LETTER, _GRADE = 1.5, 0.25, 0.1
"""For a greeting or a part in the conversation; for each letter together; for smaller things."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report a recipient whom this letter fits badly, with the one it would fit better."""
    sender, mailbox = case.envelope.sender, recipient.mailbox
    circle = case.correspondence.circle
    if sender is None or circle.letters < ENOUGH_LETTERS or mailbox == sender:
        return
    if is_mailing(case):
        return
    people = _people(case, mailbox)
    known = case.correspondence.mailbox(mailbox)
    if len(people) > LIST_SIZE or known.validated_at(case.at):
        return
    company = case.derived(("company", people), lambda: _company(case, sender, people))
    weight = forest.shipped().weight(features(company, mailbox))
    if weight >= LEAST:
        yield _finding(case, company, mailbox, weight)


def _company(case: Case, sender: Mailbox, people: tuple[Mailbox, ...]) -> Company:
    message = case.message
    subject, text = (message.subject, message.text) if message else ("", "")
    return Company(Draft(sender, people, subject, text), case.correspondence.circle)


def _people(case: Case, mailbox: Mailbox) -> tuple[Mailbox, ...]:
    """Give all recipients, the judged one as it is judged: as written or as resolved."""
    everybody = case.derived("people", lambda: tuple(dict.fromkeys(case.envelope.mailboxes)))
    if mailbox in everybody:
        return everybody
    written = (
        mailbox if other.resolved == mailbox else other.mailbox
        for other in case.envelope.recipients
    )
    return tuple(dict.fromkeys((*written, mailbox)))


def _finding(case: Case, company: Company, mailbox: Mailbox, weight: float) -> Finding:
    rival = _better(company, mailbox)
    because = "; ".join((_against(company, mailbox), *((rival.because,) if rival else ())))
    facts: dict[str, str | bool | int] = {
        "twin": _has_twin(company, mailbox),
        "outside": not case.organisation.owns(mailbox.domain),
    }
    suggestion = rival.mailbox if rival else None
    return Finding(SIGNAL, mailbox.wire, weight, because, suggestion, facts)


def _has_twin(company: Company, mailbox: Mailbox) -> bool:
    others = (*company.circle.rivals_of(mailbox), *company.people)
    return any(
        other != mailbox and names.likeness(mailbox.key, other.key) >= Likeness.INITIAL
        for other in others
    )


# --- what speaks against the recipient ------------------------------------------------------------


def _against(company: Company, mailbox: Mailbox) -> str:
    """Say the plainest thing that speaks against a recipient."""
    at = company.index[mailbox.folded]
    tie, who = company.ties[at], mailbox.screen
    others = [m for m in company.people if m not in (mailbox, company.draft.sender)]
    if company.talk_sender and not company.in_talk[at]:
        return f"{who} took no part in the conversation this letter continues"
    if not tie.sent:
        heard = ", who wrote to you" if tie.heard else ""
        return f"you never wrote to {who}{heard}{_with(others)}"
    if others and not any(together(tie.letters, company.circle.tie(m).letters) for m in others):
        return f"you wrote to {who} {_times(tie.sent)}, but never together with {_listed(others)}"
    if _LONG_SILENCE < tie.last_sent < NEVER:
        return f"you last wrote to {who} {int(tie.last_sent)} days ago"
    return f"you wrote to {who} {_times(tie.sent)}, but this letter is unlike those"


def _with(others: list[Mailbox]) -> str:
    return f", alone or together with {_listed(others)}" if others else ""


# --- who would fit better -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rival:
    """Somebody of a similar name, and why they would fit."""

    mailbox: Mailbox
    fit: float
    because: str


def _better(company: Company, mailbox: Mailbox) -> _Rival | None:
    """Find who of a similar name fits the letter best; None if nobody fits better."""
    found = (
        _rival(company, mailbox, other)
        for other in company.circle.rivals_of(mailbox)
        if other.folded not in company.index and other != company.draft.sender
    )
    best = max(found, key=lambda rival: rival.fit, default=None)
    return best if best and best.fit >= _BETTER else None


def _rival(company: Company, mailbox: Mailbox, other: Mailbox) -> _Rival:
    at = company.index[mailbox.folded]
    own, tie = company.ties[at], company.circle.tie(other)
    others = [m for m in company.people if m != mailbox]
    met = _most(company, tie, others)
    closer = met - _most(company, own, others)
    talks = company.circle.talk.took_part(other) and not company.in_talk[at]
    greeted = not (company.greeted and company.greeted[at]) and names.answers_to(
        other.key, company.greeting
    )
    likeness = names.likeness(mailbox.key, other.key)
    fit = (
        _STRONG * (greeted + talks)
        + min(1.0, _LETTER * max(0, closer))
        + _GRADE * (likeness - Likeness.STEM)
        + min(_BETTER, _GRADE * max(0.0, tie.recent - own.recent))
    )
    who = f"{other.screen}, {_alike(mailbox, other, likeness)}"
    if talks:
        because = f"{who}, took part in it"
    elif greeted:
        because = f"its greeting fits {who}"
    elif closer > 0:
        because = f"you wrote to {who}, with them {_times(met)}"
    else:
        because = f"you wrote to {who}, {_times(tie.sent)}"
    return _Rival(other, fit, because)


def _most(company: Company, tie: Tie, others: list[Mailbox]) -> int:
    """Count the letters a mailbox had together with that other recipient it met most."""
    return max((together(tie.letters, company.circle.tie(m).letters) for m in others), default=0)


def _alike(mailbox: Mailbox, other: Mailbox, likeness: Likeness) -> str:
    """Say how two names are alike, without guessing which of somebody's names is the first."""
    if likeness >= Likeness.SAME:
        return "of the same name"
    first = names.tokens(mailbox.key)[:1], names.tokens(other.key)[:1]
    if likeness is Likeness.NAME:
        return "of the same first name" if first[0] == first[1] else "of the same name in part"
    return "of a similar name"


def _listed(others: list[Mailbox]) -> str:
    named = [mailbox.screen for mailbox in others[:_NAMED]]
    more = len(others) - len(named)
    if more:
        return f"{', '.join(named)} and {more} more"
    return " and ".join(named)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
