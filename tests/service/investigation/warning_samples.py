"""An incident to warn of: the story's own domains, invented people, and ways to make hostile ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import (
    Destination,
    Doubt,
    Incident,
    Misdirected,
    Outcome,
    Pair,
    People,
    Sender,
    Sensitivity,
)
from missent.service.investigation.plain import to_plain
from missent.service.investigation.warning import SenderWarning, read_warnings

FIRST = datetime(2031, 1, 3, 9, 15, tzinfo=UTC)
LAST = datetime(2031, 7, 12, 16, 40, tzinfo=UTC)
OURS = DomainName.parse("contractor.example")
CANARY = "zanzibarquokka"
"""Stands where a judge's sentence or a category would; no letter or export may repeat it."""


def box(text: str) -> Mailbox:
    """Read an address."""
    return Mailbox.parse(text)


def name(text: str) -> DomainName:
    """Read a domain name."""
    return DomainName.parse(text)


ANN, BOB = box("ann@contractor.example"), box("bob@contractor.example")


def pair(
    sender: str | Mailbox | None,
    recipient: str | Mailbox,
    meant: str | Mailbox | None,
    messages: int = 1,
    habit: str = "",
    days: int = 0,
) -> Pair:
    """Make a pair that lasted from `FIRST` for some days."""
    who = box(sender) if isinstance(sender, str) else sender
    wrong = box(recipient) if isinstance(recipient, str) else recipient
    right = box(meant) if isinstance(meant, str) else meant
    return Pair(
        who, wrong, right, messages, FIRST, FIRST + timedelta(days=days), days + 1, 0, habit
    )


def destination(
    domain: str | DomainName, intended: str = "army.mil", messages: int = 1, bounced: int = 0
) -> Destination:
    """Make a wrong destination."""
    wrong = name(domain) if isinstance(domain, str) else domain
    return Destination(
        domain=wrong,
        intended=name(intended),
        slip="drop",
        suffix_slip=wrong.public_suffix != name(intended).public_suffix,
        because=CANARY,
        messages=messages,
        bounced=bounced,
        pending=0,
        senders=1,
        recipients=1,
        first=FIRST,
        last=LAST,
        misdirection=0.987,
        sensitive=None,
        country="Mali",
        registry=wrong.public_suffix,
        open=None,
        servers=(),
    )


def incident(
    pairs: Sequence[Pair],
    destinations: Sequence[Destination] = (),
    refused: Sequence[Destination] = (),
    doubtful: Sequence[Doubt] = (),
) -> Incident:
    """Make an incident of these; whoever wrote to a destination that took something is warned."""
    reached = {one.domain for one in destinations}
    counting = [one for one in pairs if one.recipient.domain in reached]
    senders: dict[Mailbox, list[Pair]] = {}
    for one in counting:
        if one.sender is not None:
            senders.setdefault(one.sender, []).append(one)
    to_warn = tuple(
        Sender(
            who,
            sum(one.messages for one in theirs),
            tuple(one.recipient for one in theirs),
            0,
            min(one.first for one in theirs),
            max(one.last for one in theirs),
        )
        for who, theirs in senders.items()
    )
    return Incident(
        ours=(OURS,),
        messages=5000,
        since=FIRST - timedelta(days=2),
        until=LAST + timedelta(days=2),
        misdirected=sum(one.messages for one in counting),
        first=FIRST,
        last=LAST,
        senders=len(to_warn),
        bounced=0,
        pending=0,
        deliveries=tuple(_delivery(one) for one in pairs),
        destinations=tuple(destinations),
        refused=tuple(refused),
        pairs=tuple(pairs),
        by_day=(),
        sensitivity=Sensitivity(),
        people=People(),
        to_warn=to_warn,
        doubtful=tuple(doubtful),
        limits=(),
        method=(),
        inputs=(),
        version="0.1.0",
    )


def _delivery(one: Pair) -> Misdirected:
    return Misdirected(
        one.first,
        one.sender,
        one.recipient,
        one.meant,
        name("army.mil"),
        Outcome.ACCEPTED,
        0.99,
        "suffix slip",
        "drop",
        suffix_slip=True,
        because=CANARY,
        message_id=f"<{CANARY}@contractor.example>",
        categories={CANARY: 3},
    )


def story() -> Incident:
    """Give the story's incident: a person with habits, one slip, a scanner, a stranger, and bounces."""
    return incident(
        pairs=(
            pair(ANN, "john@army.ml", "john@army.mil", 12, "address book", days=190),
            pair(ANN, "mary@navy.ml", "mary@navy.mil", 2, "forwarding rule", days=8),
            pair(BOB, "john@army.ml", "john@army.mil"),
            pair("scanner2@contractor.example", "desk@army.ml", None, 30, "address book", days=90),
            pair("eve@partner.example", "john@army.ml", "john@army.mil", 3, days=3),
            pair(None, "bounces@army.ml", None, 4, days=5),
            pair(BOB, "kim@airforce.example", "kim@air-force.example"),
        ),
        destinations=(destination("army.ml", messages=50), destination("navy.ml", "navy.mil", 2)),
        refused=(destination("airforce.example", "air-force.example", 0, bounced=1),),
        doubtful=(Doubt(name("arny.example"), name("army.example"), 3, 0.31, CANARY),),
    )


def warnings_of(given: Incident) -> tuple[SenderWarning, ...]:
    """Give the warnings of an incident, as they are read back from its report."""
    return read_warnings(json.loads(json.dumps(to_plain(given))), "report.json")


def of_letters(many: int) -> Incident:
    """Give an incident in which one person wrote to many wrong mailboxes."""
    return incident(
        tuple(pair(ANN, f"p{n}@army.ml", f"p{n}@army.mil", many - n, days=n) for n in range(many)),
        (destination("army.ml", messages=many),),
    )


def one_wrong(wrong: str) -> Incident:
    """Give an incident of one message to this address."""
    return incident([pair(ANN, wrong, None)], (destination(box(wrong).domain),))


def without_time(given: Incident) -> Incident:
    """Give the same from sources that have no time stamps of their own."""
    return replace(given, since=None, until=None, first=None, last=None)
