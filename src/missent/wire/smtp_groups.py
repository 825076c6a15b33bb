"""Own what a group of pipelined commands may hold (RFC 2920): DATA is its last.

Theory of operation. A refused DATA makes a session wary. What came behind it before the answer is
somebody's message, whose lines could read ``RCPT TO:``: the connection is closed and nothing of it is
parsed. Where PIPELINING was offered, the message may also come after the answer, since DATA may be said
before RCPT was answered: then only a command that a client can mean is carried out.
"""

from __future__ import annotations

from missent.errors import CallerError, NoRecipients, ProtocolError
from missent.wire.smtp import State

_VERB = 4  # octets: all of SMTP's verbs that matter here have four
_AFTER_REFUSED_DATA = frozenset({b"RSET", b"QUIT", b"NOOP", b"EHLO", b"HELO", b"MAIL"})
"""What a client says that understood a refused DATA; a message begins with none of them."""


class Groups:
    """What one session remembers of its client's groups."""

    __slots__ = ("_asked", "offered", "wary")

    def __init__(self) -> None:
        self.offered = False
        """Whether PIPELINING was offered, so that a DATA may be said before RCPT was answered."""
        self.wary = False
        """Whether the last command was a DATA that was refused."""
        self._asked = False
        """Whether RCPT came in this transaction."""

    def begin(self, line: bytes) -> None:
        """Look at a line before it is read; raises `ProtocolError` for a part of a message."""
        verb, wary = line[:_VERB].upper(), self.wary and self.offered
        if wary and verb not in _AFTER_REFUSED_DATA:
            raise ProtocolError("a message after a refused DATA")
        self.wary = wary or verb == b"DATA"
        self._asked = self._asked or verb == b"RCPT"

    def refusal(self, line: bytes, state: State, error: CallerError) -> CallerError:
        """Give what to answer to a line that may not come: a DATA after refused recipients has its own."""
        unasked = line[:_VERB].upper() == b"DATA" and state is State.MAIL
        if self.offered and unasked and self._asked:
            return NoRecipients("every RCPT was refused")
        return error

    def understood(self) -> None:
        """Note that the line was a command that may come."""
        self.wary = False

    def end(self) -> None:
        """Note that the transaction has ended."""
        self._asked = False
