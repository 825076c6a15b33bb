"""Own what a mail edge reports about its work: a verdict carried out, or something refused.

Implementations turn this into log lines and metrics. Law 8: nothing here carries content; `reason`
is one of the edge's own fixed words or an exception's type name, never its text.
"""

from __future__ import annotations

from typing import Protocol

from missent.mail.envelope import Envelope
from missent.service.guard import Decision


class EdgeLog(Protocol):
    """Where an edge reports; must not block and must not raise."""

    def judged(self, edge: str, envelope: Envelope, decision: Decision, seconds: float) -> None:
        """Note one message the guard decided; `seconds` from end of message to the decision."""
        ...

    def refused(self, edge: str, reason: str, transaction_id: str) -> None:
        """Note something the edge refused or put off by itself, without a decision."""
        ...
