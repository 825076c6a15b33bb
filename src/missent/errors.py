"""Every exception Missent raises on purpose, by whose fault it is.

The tree::

    MissentError
    ├── CallerError              the one who sent or asked is wrong; asking again will not help
    │   ├── MalformedAddress     501 5.1.3   not an address by our grammar
    │   │   ├── RoutedPath       553 5.1.3   a source route, or a path without a domain
    │   │   └── NonAsciiAddress  553 5.6.7   needs SMTPUTF8, which was not asked for
    │   ├── MalformedCommand     501 5.5.4   a verb or parameter we cannot read
    │   │   ├── UnknownVerb      500 5.5.2   not an SMTP command, or not one of ours
    │   │   ├── UnknownParameter 555 5.5.4   not offered, unknown, or given twice
    │   │   └── OutOfSequence    503 5.5.1   a command that cannot come now
    │   ├── MalformedMessage     550 5.6.0   bytes that two parsers would read differently
    │   ├── MessageTooBig        552 5.3.4
    │   ├── NoRecipients         554 5.5.1   DATA after every recipient was refused
    │   ├── RelayDenied          550 5.7.1   a client we do not relay for
    │   └── AnswerRefused        5.7.1       a decision that may not be taken
    │       ├── UnknownHold                  no such hold, recipient or token
    │       ├── AlreadyDecided               somebody, or the clock, was first
    │       ├── ProofNeeded                  the link alone may not do this
    │       └── StillHeld                    the corrected address was judged *hold*, too
    ├── PeerError                another program is at fault; trying later may help
    │   ├── UpstreamUnavailable  451 4.4.1
    │   ├── UpstreamRefused                  carries the peer's own answer
    │   └── ProtocolError                    a milter or SMTP peer broke the protocol
    ├── OperatorError            the set-up is wrong; says what, where and what to do
    │   ├── ConfigError
    │   └── ArchiveError                     a log or archive that was named cannot be read
    └── ServiceError             we are at fault, or overloaded; always temporary
        ├── StoreUnavailable     451 4.3.0
        ├── QuotaExceeded        452 4.7.1   too many open holds for this sender
        └── VerdictTimeout       451 4.3.2   no verdict within the cap

Rules: ``code`` and ``enhanced`` are what an SMTP peer is told, with ``public``, a generic sentence.
Neither ``str()`` nor ``repr()`` of any of these ever contains message content (law 8); an address
may appear in operator-side text, never in ``public`` unless the peer sent it in the same command.
"""

from __future__ import annotations

from typing import ClassVar


class MissentError(Exception):
    """Base of all: an SMTP code, an enhanced status code (RFC 3463) and a generic sentence."""

    code: ClassVar[int] = 451
    enhanced: ClassVar[str] = "4.3.0"
    public: ClassVar[str] = "internal error, try again later"

    @property
    def permanent(self) -> bool:
        """Whether trying the same again is pointless (RFC 5321 §4.2.1: 5yz)."""
        return self.code >= 500

    def reply(self) -> str:
        """Give the SMTP reply line a peer is told, without CRLF."""
        return f"{self.code} {self.enhanced} {self.public}"


class CallerError(MissentError):
    """The client, sender or API caller sent something that will never be accepted."""

    code = 550
    enhanced = "5.5.0"
    public = "not accepted"


class MalformedAddress(CallerError):
    """An address outside our grammar (RFC 5321 §4.1.2 and RFC 6531, stricter than most MTAs)."""

    code = 501
    enhanced = "5.1.3"
    public = "bad address syntax"


class RoutedPath(MalformedAddress):
    """A path with a source route (RFC 5321 appendix C), or none that names one mailbox."""

    code = 553
    public = "path not accepted: no source routes, and a domain is needed"


class NonAsciiAddress(MalformedAddress):
    """An internationalised address in a transaction without SMTPUTF8 (RFC 6531 §3.5)."""

    code = 553
    enhanced = "5.6.7"
    public = "internationalised address needs SMTPUTF8"


class MalformedCommand(CallerError):
    """An SMTP command or ESMTP parameter that cannot be read."""

    code = 501
    enhanced = "5.5.4"
    public = "syntax error in command or parameter"


class UnknownVerb(MalformedCommand):
    """A line that is no SMTP command, or a command we do not carry out."""

    code = 500
    enhanced = "5.5.2"
    public = "command not recognised"


class UnknownParameter(MalformedCommand):
    """An ESMTP parameter that was not offered, is unknown, or was given twice (RFC 5321 §4.1.1.11)."""

    code = 555
    public = "parameter not recognised, not offered, or given twice"


class OutOfSequence(MalformedCommand):
    """A command that cannot come in this state of the session (RFC 5321 §4.1.4)."""

    code = 503
    enhanced = "5.5.1"
    public = "bad sequence of commands"


class MalformedMessage(CallerError):
    """Message bytes that different programs would read differently (bare CR or LF, NUL)."""

    code = 550
    enhanced = "5.6.0"
    public = "message contains a bare CR or LF, or a NUL; lines end in CRLF (RFC 5321 2.3.8)"


class MessageTooBig(CallerError):
    """More bytes than ``max_size``."""

    code = 552
    enhanced = "5.3.4"
    public = "message exceeds the size limit"


class NoRecipients(CallerError):
    """DATA in a transaction whose recipients were all refused (RFC 5321 §3.3)."""

    code = 554
    enhanced = "5.5.1"
    public = "no valid recipients"


class RelayDenied(CallerError):
    """A client that is neither trusted nor authenticated, or a sender that is not ours."""

    code = 550
    enhanced = "5.7.1"
    public = "relaying denied"


class AnswerRefused(CallerError):
    """A decision about a held recipient that may not be taken."""

    enhanced = "5.7.1"
    public = "this decision was not taken"


class UnknownHold(AnswerRefused):
    """No hold, recipient or token like that; deliberately the same for all three."""

    public = "no such held message"


class AlreadyDecided(AnswerRefused):
    """Another answer, or the clock, came first; nothing was changed."""

    public = "this was already decided"


class ProofNeeded(AnswerRefused):
    """The link alone may not do this; a mailed code or a sign-in is needed first."""

    public = "a fresh code is needed for this choice"


class StillHeld(AnswerRefused):
    """The corrected address was itself judged *hold*; the page asks again with the reason."""

    public = "the corrected address is doubtful, too"

    def __init__(self, because: str, suggestion: str | None) -> None:
        super().__init__(because)
        self.because = because
        self.suggestion = suggestion


class PeerError(MissentError):
    """Another program is unreachable or broke its protocol."""

    code = 451
    enhanced = "4.4.0"
    public = "next hop is not available, try again later"


class UpstreamUnavailable(PeerError):
    """The next hop cannot be reached or hung up."""

    enhanced = "4.4.1"


class UpstreamRefused(PeerError):
    """The next hop answered 4yz or 5yz; its own words are passed on."""

    def __init__(self, answer_code: int, answer_text: str) -> None:
        super().__init__(f"{answer_code} {answer_text}")
        self.answer_code = answer_code
        self.answer_text = answer_text

    @property
    def permanent(self) -> bool:
        """Whether the peer's own answer was permanent."""
        return self.answer_code >= 500

    def reply(self) -> str:
        """Give the peer's own answer."""
        return f"{self.answer_code} {self.answer_text}"


class ProtocolError(PeerError):
    """A peer sent bytes its protocol does not allow; the connection is closed."""

    enhanced = "4.5.0"
    public = "protocol error"


class OperatorError(MissentError):
    """The set-up is wrong; the text says what, where and what to do."""


class ConfigError(OperatorError):
    """A configuration file that cannot be used; one line for each fault, with file, line and key."""


class ArchiveError(OperatorError):
    """A source that cannot be read: names the path and what was expected."""


class ServiceError(MissentError):
    """We cannot answer now; the peer is asked to try again, and nothing was lost."""


class StoreUnavailable(ServiceError):
    """The store is down, full or locked; nothing was committed."""

    code = 451
    enhanced = "4.3.0"
    public = "temporarily unable to judge this message, try again later"


class QuotaExceeded(ServiceError):
    """This sender has too many messages waiting; more are refused for now."""

    code = 452
    enhanced = "4.7.1"
    public = "too many of your messages are waiting for your decision; decide some first"


class VerdictTimeout(ServiceError):
    """No verdict was reached within the cap."""

    code = 451
    enhanced = "4.3.2"
    public = "no verdict in time, try again later"
