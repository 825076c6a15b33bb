"""Own the mail of the engine's tests: Postfix lines, messages, and short ways through the real parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from missent.engine.facts import Fact, Task
from missent.engine.hits import Hits
from missent.engine.inputs import find_inputs
from missent.engine.investigate import Wish
from missent.engine.local import LocalEngine
from missent.engine.reading import Unit, plan
from missent.engine.spool import Spool
from missent.engine.working import gave
from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.domain import DomainName
from missent.service.contents import NamesOnly
from missent.service.investigation.merging import Handover, Handovers

NOW = datetime(2025, 6, 30, 12, tzinfo=UTC)
START = datetime(2025, 6, 2, 9, tzinfo=UTC)
WRONG = "@army.ml"
NAMES = Task(NOW.isoformat())


def silent(stage: str, done: int, whole: int) -> None:
    """Show nothing."""


# --- logs ----------------------------------------------------------------------------------------


def arrival(
    key: str,
    sender: str,
    at: datetime = START,
    *,
    message_id: str | None = None,
    host: str = "mx1",
) -> list[str]:
    """Write what Postfix logs when it takes a message."""
    stamp = at.isoformat()
    named = message_id or f"<{key}@contractor.example>"
    return [
        f"{stamp} {host} postfix/smtpd[7]: {key}: client=pc.contractor.example[192.0.2.7]",
        f"{stamp} {host} postfix/cleanup[8]: {key}: message-id={named}",
        f"{stamp} {host} postfix/qmgr[9]: {key}: from=<{sender}>, size=900, nrcpt=1 (queue active)",
    ]


def attempt(
    key: str, recipient: str, at: datetime = START, *, status: str = "sent", host: str = "mx1"
) -> str:
    """Write what Postfix logs of one attempt."""
    code = {"sent": "2.0.0", "deferred": "4.4.1"}.get(status, "5.1.1")
    return (
        f"{at.isoformat()} {host} postfix/smtp[9]: {key}: to=<{recipient}>, "
        f"relay=mx.army.example[198.51.100.5]:25, delay=1, delays=0/0/0/1, dsn={code}, "
        f"status={status} (told by the other side)"
    )


def removed(key: str, at: datetime = START, host: str = "mx1") -> str:
    """Write what Postfix logs when it is done."""
    return f"{at.isoformat()} {host} postfix/qmgr[9]: {key}: removed"


def passed(key: str, sender: str, recipient: str, at: datetime = START) -> list[str]:
    """Write a message's whole life."""
    return [*arrival(key, sender, at), attempt(key, recipient, at), removed(key, at)]


def story(messages: int = 120, every: int = 40) -> list[str]:
    """Write a log in which every so manieth message to army.mil goes to army.ml, and army.mil answers."""
    lines: list[str] = []
    for number in range(messages):
        at = START + timedelta(minutes=7 * number)
        person, key = f"p{number % 9}", f"4{number:09X}"
        if number % 4 == 3:
            lines += passed(key, f"{person}@army.mil", "ann@contractor.example", at)
        elif number % every == every // 2:
            lines += passed(key, "ann@contractor.example", f"{person}@army.ml", at)
        else:
            lines += passed(key, "ann@contractor.example", f"{person}@army.mil", at)
    return lines


def written(path: Path, lines: Iterable[str], end: str = "\n") -> Path:
    """Write a log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + end for line in lines), encoding="utf-8", newline="")
    return path


# --- messages ------------------------------------------------------------------------------------


def letter(number: int, recipient: str, body: str = "hello\n", *, date: bool = True) -> str:
    """Write a message."""
    at = START + timedelta(hours=number)
    stamp = f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}\n" if date else ""
    return (
        f"From: Ann <ann@contractor.example>\nTo: {recipient}\n"
        f"Message-ID: <m{number}@contractor.example>\n{stamp}Subject: number {number}\n\n{body}"
    )


def mbox(messages: Iterable[str]) -> bytes:
    """Put messages into an mbox."""
    head = "From ann@contractor.example Mon Jun  2 09:00:00 2025\n"
    return "".join(f"{head}{message}\n" for message in messages).encode()


def maildir(folder: Path, messages: Sequence[str]) -> Path:
    """Put messages into a Maildir."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, message in enumerate(messages):
        part = "new" if number % 2 else "cur"
        (folder / part / f"{number:04}.mx").write_text(message)
    return folder


# --- ways through --------------------------------------------------------------------------------


def units_of(*sources: Path) -> tuple[Unit, ...]:
    """Plan the work on sources."""
    return plan(find_inputs(sources))


@dataclass
class Counted:
    """What the first pass gives."""

    names: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def counted(*sources: Path, task: Task = NAMES) -> Counted:
    """Count every name of these sources."""
    whole = Counted()
    for unit in units_of(*sources):
        for batch in gave(unit, task):
            for row in batch.to_pylist():
                if row["what"] in (Fact.TO, Fact.FROM):
                    whole.names[row["what"], row["key"], row["domain"]] += row["count"]
                elif row["what"] == Fact.COUNT and row["key"] != "guessed":  # of lines at cuts only
                    whole.counts[row["key"]] += row["count"]
                elif row["what"] == Fact.FAULT:
                    whole.faults.append(row["key"])
    return whole


def gathered(
    out: Path, *sources: Path, to: Sequence[str] = (WRONG,), **wish: Any
) -> list[Handover]:
    """Join what went to these recipients."""
    return handovers(out, *sources, to=to, **wish).all()


def handovers(
    out: Path, *sources: Path, to: Sequence[str] = (WRONG,), now: datetime = NOW, **wish: Any
) -> Handovers:
    """Join what went to these recipients; gives the whole book."""
    inputs = find_inputs(sources)
    units = plan(inputs)
    spool = Spool.open(out, inputs, LocalEngine(1), silent, now)
    task = Task(now.isoformat(), to=tuple(to), joins=True)
    found = Hits(inputs, units, spool, task, **wish).gather()
    spool.remove()
    return found


def said(found: Iterable[Handover]) -> list[tuple[object, ...]]:
    """Give what can be compared of handovers."""
    return [
        (one.identity, one.recipient.wire, one.sender and one.sender.wire, one.at, one.outcome)
        for one in found
    ]


def wish(*sources: Path, **more: Any) -> Wish:
    """Make a wish: contractor.example investigates."""
    ours = Organisation("Contractor", (DomainName.parse("contractor.example"),))
    told: dict[str, Any] = {
        "sources": sources,
        "now": NOW,
        "organisation": ours,
        "policy": Policy.with_defaults(),
    }
    return Wish(**(told | more))


def no_attachments() -> NamesOnly:
    """Open what reads no attachment."""
    return NamesOnly()
