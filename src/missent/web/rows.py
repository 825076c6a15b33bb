"""Own what a person sees of a held recipient: the words, the marks on a slip, the time of day.

Templates only lay out what is here, so that every sentence of the sender's page can be read, and
tested, in one place. Nothing here is HTML: the templates escape all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from missent.judge.hold import Choice, HeldRecipient, State
from missent.judge.verdict import Verdict
from missent.mail.mailbox import Mailbox
from missent.service.desk import RecipientView
from missent.service.differences import Piece, differences


class Pick(StrEnum):
    """The radio buttons of one row, as they stand in the form."""

    SUGGESTION = "suggestion"
    OTHER = "other"
    CONFIRM = "confirm"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Shown:
    """An address on the screen."""

    pieces: tuple[Piece, ...]
    punycode: str
    """The domain's A-labels where they differ from what is shown, else empty."""
    plain: str
    """The same in one text, for buttons and sentences."""


@dataclass(frozen=True, slots=True)
class Row:
    """One held recipient."""

    number: int
    """Its place in the hold; names its form fields."""
    key: str
    """What the form says the row is about; compared, never parsed."""
    typed: Shown
    suggestion: Shown | None
    suggestion_key: str
    reason: str
    more: tuple[str, ...]
    waits_only: bool
    open: bool
    coded: frozenset[Pick]
    """Choices that need a mailed code."""
    leaves_at: datetime | None
    """A warning's end: it goes out then unless the sender decides before."""
    status: str
    tone: str
    """How the status looks: ``good``, ``wait``, ``stop`` or ``bad``."""
    note: str = ""
    """Why this row is asked again."""
    picked: str = ""
    other: str = ""
    """The text in the row's field for another address."""
    error: str = ""
    error_at: str = "choice"
    """The field the error is about: ``choice`` or ``address``."""


_STATUS: Mapping[State, tuple[str, str]] = MappingProxyType(
    {
        State.HELD: ("Waiting for your decision.", "wait"),
        State.CONFIRMED: ("It goes out as typed and is on its way.", "good"),
        State.CORRECTED: ("Corrected to {to}. It is on its way.", "good"),
        State.RELEASING: ("It is being sent to {to} now.", "good"),
        State.RELEASED: ("Sent to {to}.", "good"),
        State.FAILED: (
            "It could not be sent to {to}: the next mail server refused it; your postmaster knows.",
            "bad",
        ),
        State.CANCELLED: ("Not sent. Nothing goes to this address.", "stop"),
        State.EXPIRED: ("Not sent: nobody decided in time.", "stop"),
        State.RETURNED: (
            "Not sent: nobody decided in time. The message was returned to you.",
            "stop",
        ),
        State.DROPPED: ("Not sent: nobody decided in time. The message was deleted.", "stop"),
    }
)


def row(number: int, view: RecipientView, note: str = "") -> Row:
    """Show one held recipient, nothing picked."""
    held = view.held
    suggestion = held.verdict.suggestion
    typed, meant = compared(held.mailbox, suggestion)
    words, tone = _STATUS[held.state]
    reason, more = reasons(held.verdict)
    return Row(
        number=number,
        key=held.mailbox.folded,
        typed=typed,
        suggestion=meant,
        suggestion_key=suggestion.folded if suggestion else "",
        reason=reason,
        more=more,
        waits_only=view.waits_only,
        open=held.state is State.HELD,
        coded=_coded(view.link_may),
        leaves_at=held.release_at if held.state is State.HELD else None,
        status=words.format(to=_goes_to(held)),
        tone=tone,
        note=sentence(note) if note else "",
    )


def _goes_to(held: HeldRecipient) -> str:
    return held.goes_to.screen


def _coded(link_may: frozenset[Choice]) -> frozenset[Pick]:
    by_choice = {
        Pick.SUGGESTION: Choice.CORRECT,
        Pick.CONFIRM: Choice.CONFIRM,
        Pick.CANCEL: Choice.CANCEL,
    }
    return frozenset(
        {Pick.OTHER, *(pick for pick, choice in by_choice.items() if choice not in link_may)}
    )


def reasons(verdict: Verdict) -> tuple[str, tuple[str, ...]]:
    """Give the verdict's own sentence, and those of the other findings that ask for a second look."""
    first = verdict.because
    others = dict.fromkeys(
        finding.because
        for finding in verdict.findings
        if finding.weight >= 0 and finding.because not in first
    )
    return sentence(first), tuple(sentence(text) for text in others)


def sentence(text: str) -> str:
    """Begin with a capital, unless with an address or a domain; end with a full stop."""
    text = text.strip()
    head, _, _ = text.partition(" ")
    if "@" not in head and "." not in head.rstrip(".,:;"):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def address(mailbox: Mailbox) -> Shown:
    """Show an address that is compared with none."""
    shown = f"{mailbox.wire.rpartition('@')[0]}@{mailbox.domain.unicode}"
    return _shown(mailbox, (Piece(shown),))


def compared(written: Mailbox, meant: Mailbox | None) -> tuple[Shown, Shown | None]:
    """Show two addresses with the labels marked in which they differ."""
    if meant is None:
        return address(written), None
    here, there = differences(*(address(one).pieces[0].text for one in (written, meant)))
    return _shown(written, here), _shown(meant, there)


def _shown(mailbox: Mailbox, pieces: tuple[Piece, ...]) -> Shown:
    domain = mailbox.domain
    punycode = "" if domain.ascii == domain.unicode else domain.ascii
    return Shown(pieces, punycode, mailbox.screen)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Write a time as people here read it: ``Friday 3 May 2024, 14:05 (BST)``."""
    there = at.astimezone(zone)
    return f"{there:%A} {there.day} {there:%B %Y, %H:%M} ({there:%Z})"


def listed(parts: Sequence[str]) -> str:
    """Join words as English does: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def deed(picks: Sequence[str]) -> str:
    """Say what a button will do: ``Correct 1, send 1 as typed and do not send 2``."""
    corrected = sum(pick in (Pick.SUGGESTION, Pick.OTHER) for pick in picks)
    sent, kept = picks.count(Pick.CONFIRM), picks.count(Pick.CANCEL)
    parts = [
        *([f"correct {corrected}"] if corrected else []),
        *([f"send {sent} as typed"] if sent else []),
        *([f"do not send {kept}"] if kept else []),
    ]
    text = listed(parts) if parts else "nothing"
    return text[:1].upper() + text[1:]
