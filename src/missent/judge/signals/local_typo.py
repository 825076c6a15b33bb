"""Own the question whether a local part was mistyped: ``jon.smiht@`` beside a known ``jon.smith@``.

The known mailbox is of the same domain and one slip away. Real neighbours abound: ``jsmith`` and
``rsmith``, ``john1`` and ``john2``, ``eric`` and ``erica``. So whoever wrote to us, answered or is
listed is nobody's slip, however alike; what is left is weighed by the kind of slip, where it lies,
how long the local part is, and whether this sender writes to the known one.

The weight is ``BASE + log_ratio of the slip + adjustments``, in log-odds. `BASE`: in 14,207
messages of a real archive 32 distinct mailboxes of this kind were written to, of which, read one by
one, about half were slips; that alone would be even odds (6.9 against the prior). But most such
slips bounce and so go to nobody: taken as forty-nine in fifty, which is an estimate (-3.9). The
adjustments are read off the same list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from missent.judge.case import Case, Namesake, Record
from missent.judge.finding import Finding
from missent.judge.givennames import is_given, own_names
from missent.judge.party import is_personal
from missent.judge.phrases import times
from missent.lookalike.edits import Slip, classify
from missent.lookalike.people import bare
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "local_typo"
BASE = 3.0
SENDER_WRITES, SENDER_WRITES_OFTEN, OFTEN = 0.5, 1.0, 5
"""This sender wrote to the known mailbox; two people known to two of ours are no wonder."""
LONG, SHORT = 10, 6
"""Letters in which one slip is hardly, or easily, somebody else's name."""
IN_LONG, IN_SHORT = 0.7, -1.5
FIRST_LETTER = -2.0
"""An initial: ``jsmith`` and ``rsmith`` are colleagues, or of one family."""
DIGIT = -3.0
"""``john1`` and ``john2`` are made to differ."""
TWO_NAMES = -1.5
"""The slip makes one given name of another: ``jon`` and ``john``, ``eric`` and ``erica``."""
PROVIDER = 1.0
"""At a mail provider nearly every slip is somebody's mailbox, so that nothing bounces."""
OURS = -1.0
"""Our own server knows who there is, and nothing leaves the house."""
WRITTEN_BEFORE = -1.0
"""For each doubling of what was sent there already: a slip bounces or is noticed, a silent friend
is not."""
LEAST = 2.0


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report the known mailbox that was probably meant."""
    mailbox = recipient.mailbox
    namesakes = case.correspondence.near_mailboxes(mailbox)
    known = case.correspondence.mailbox(mailbox)
    if not namesakes or _stands(mailbox, known) or known.validated_at(case.at):
        return
    found = []
    for namesake in namesakes:
        slip = _slip(mailbox, namesake.mailbox) if _better(case, known, namesake.record) else None
        if slip is not None:
            found.append((_weight(case, mailbox, namesake, slip), namesake, slip))
    if not found:
        return
    weight, namesake, slip = max(found, key=lambda one: (one[0], one[1].mailbox.folded))
    if weight >= LEAST:
        yield _finding(mailbox, namesake, slip, weight)


def _stands(mailbox: Mailbox, record: Record) -> bool:
    """Tell whether the mailbox is somebody's own.

    Nobody can take a mailbox at another organisation, so mail from there is enough; at a provider
    anybody can take the slip of a name and write from it.
    """
    if record.answered or record.in_directory:
        return True
    return bool(record.heard or record.heard_weakly) and not is_personal(mailbox)


def _better(case: Case, written: Record, known: Record) -> bool:
    """Tell whether the other mailbox is the better known one, so that it may have been meant."""
    exchanged = known.sent + known.answered + known.heard + known.heard_weakly
    if known.in_directory:
        return True
    return written.sent < exchanged and written.traffic(case.at) <= known.traffic(case.at)


def _slip(written: Mailbox, known: Mailbox) -> Slip | None:
    """Give the slip between two people's local parts; None between spellings of one."""
    if bare(written) == bare(known):
        return None
    wrote, meant = (mailbox.key.partition("+")[0] for mailbox in (written, known))
    return classify(wrote, meant) or classify(bare(written), bare(known))


def _weight(case: Case, mailbox: Mailbox, namesake: Namesake, slip: Slip) -> float:
    by_sender = namesake.record.sent_by_sender
    weight = BASE + slip.log_ratio
    if by_sender:
        weight += SENDER_WRITES_OFTEN if by_sender >= OFTEN else SENDER_WRITES
    if is_personal(mailbox):
        weight += PROVIDER  # and what was sent there says nothing: it never bounced (law 1)
    else:
        weight += WRITTEN_BEFORE * math.log2(1 + case.correspondence.mailbox(mailbox).sent)
    if case.organisation.owns(mailbox.domain):
        weight += OURS
    return weight + _by_form(mailbox, namesake.mailbox, slip)


def _by_form(written: Mailbox, known: Mailbox, slip: Slip) -> float:
    """Weigh how easily the two are simply two people, by their names alone."""
    length = len(bare(known))
    weight = IN_LONG if length >= LONG else IN_SHORT if length < SHORT else 0.0
    if slip.at == 0:
        weight += FIRST_LETTER
    if _digits(written) != _digits(known):
        weight += DIGIT
    wrote, meant = set(own_names(written.key)), set(own_names(known.key))
    if any(map(is_given, wrote - meant)) and any(map(is_given, meant - wrote)):
        weight += TWO_NAMES
    return weight


def _digits(mailbox: Mailbox) -> str:
    return "".join(letter for letter in mailbox.key if letter.isdigit())


def _finding(mailbox: Mailbox, namesake: Namesake, slip: Slip, weight: float) -> Finding:
    known, record = namesake.mailbox, namesake.record
    because = (
        f"{mailbox.screen} looks like {known.screen} but {slip.phrase}; {_standing(record)}, "
        "and nothing was ever heard from the address you wrote"
    )
    facts: dict[str, str | bool | int] = {"suspect": True, "slip": str(slip.kind)}
    return Finding(SIGNAL, mailbox.wire, weight, because, known, facts)


def _standing(record: Record) -> str:
    if record.sent_by_sender:
        return f"you wrote to that one {times(record.sent_by_sender)}"
    if record.sent:
        return f"your organisation wrote to that one {times(record.sent)}"
    return (
        "that one is in your directory"
        if record.in_directory
        else "that one has written to your organisation"
    )
