"""Own the guard's duty: judge a message, hold what must wait, carry out the answers.

Theory of operation. An edge calls `consider` while recipients arrive (nothing is written) and
`decide` once the message is whole. `decide` returns only after whatever must wait is durable; the
edge then lets the rest pass and answers its peer. Where the edge hands the rest to a next hop that
may still refuse (the SMTP proxy), it asks for a *prepared* hold and afterwards calls `activate` or
`withdraw`; a prepared hold sends no notice and is swept if nobody comes back for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from missent.judge.verdict import Verdict
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class HeaderEdit:
    """Replace one header field (§6, the visible typo)."""

    name: str
    """As it stands in the message: ``To``."""
    occurrence: int
    """1 for the first field of that name from the top, as the milter protocol counts."""
    value: str
    """The new value, folded with CRLF and white space, without leading space."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an edge must do with one message."""

    verdicts: Mapping[Mailbox, Verdict]
    deliver: frozenset[Mailbox]
    """Recipients whose copy goes on now."""
    withheld: frozenset[Mailbox]
    """Recipients to be taken out of the envelope: held, waiting or blocked."""
    hold_id: str | None = None
    """The hold that is now durable; None if nothing is held."""
    edits: tuple[HeaderEdit, ...] = ()
    """Header fields to replace in the copies that go on now."""
    remove_fields: tuple[str, ...] = ()
    """Header fields to take out of the copies that go on now (our own single-use trace field)."""
    refusal: str | None = None
    """The whole message is refused with this reply line (``550 5.7.1 …``): all blocked."""
    already_passed: bool = False
    """A retry of a message whose other copies the next hop is known to have taken already."""


class Judging(Protocol):
    """What the mail edges need of the guard."""

    def consider(self, envelope: Envelope) -> Mapping[Mailbox, Verdict]:
        """Judge the recipients so far, without a message. Writes nothing."""
        ...

    def refuse_at_rcpt(self, envelope: Envelope, recipient: Mailbox) -> str | None:
        """Give the refusal line for a certain slip (``550 5.1.2 … did you mean …``), or None.

        None in observe and warn mode, and for anything less than a pinned slip with a suggestion.
        """
        ...

    def decide(self, envelope: Envelope, data: bytes, *, edge: str, prepared: bool) -> Decision:
        """Judge the whole message and make durable what must wait.

        `data` has CRLF line ends. With `prepared`, a hold is not in force until `activate`.
        Raises `MalformedMessage` for bare CR, bare LF or NUL; `StoreUnavailable`, `QuotaExceeded`.
        """
        ...

    def activate(self, decision: Decision, envelope: Envelope, data: bytes) -> None:
        """Put a prepared hold in force: the next hop took the rest. Also notes the passing mail."""
        ...

    def withdraw(self, decision: Decision) -> None:
        """Undo a prepared hold: the next hop refused, so nothing was sent and nothing waits."""
        ...
