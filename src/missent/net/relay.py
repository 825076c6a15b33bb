"""Own the relay: hands released mail and notices to the listener behind the guard.

Blocking, in the calling thread, over the standard library's SMTP client. The rule: no trouble of the
network or the next hop is an exception here; the outbox needs an answer to write down. The message
goes out byte for byte; with the bare CR and LF that an edge refused, and that would be another
message to some servers, it does not go out at all.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from missent.mail.envelope import Envelope, Parameters
from missent.service.ports import RelayAnswer
from missent.wire.smtp_bytes import ambiguous, dot_stuff

_PASSED_ON: Mapping[str, str] = {
    "RET": "dsn",
    "ENVID": "dsn",
    "NOTIFY": "dsn",
    "ORCPT": "dsn",
    "REQUIRETLS": "requiretls",
    "MT-PRIORITY": "mt-priority",
}
"""Parameter -> the extension it is passed on with; without that it is left out."""


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where the relay hands mail to."""

    host: str
    port: int
    hostname: str
    """What we call ourselves."""
    tls: ssl.SSLContext | None = None
    """With it, STARTTLS is required."""
    timeout: float = 60.0
    """Seconds for one step of the dialogue."""


class SmtpRelay:
    """Implements `ports.Relay`; one connection a message, safe to call from several threads."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings

    def send(self, envelope: Envelope, data: bytes) -> RelayAnswer:
        """Hand one message over (see `ports.Relay`); code 0 = the next hop was not reached.

        A next hop that refuses to talk at all (greeting, EHLO, STARTTLS) was not reached, whatever
        it says: that is about the set-up, and must not fail a message for good.
        """
        if ambiguous(data):
            return RelayAnswer(550, "5.6.0 a bare CR or LF, or a NUL, is not sent on")
        try:
            client = _Client(self._settings)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return RelayAnswer(0, f"not reached: {type(error).__name__}")
        try:
            return _hand_over(client, envelope, data)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return RelayAnswer(0, f"lost: {type(error).__name__}")
        finally:
            client.leave()


class _Client(smtplib.SMTP):
    """A connection that has said EHLO and, where configured, STARTTLS."""

    def __init__(self, settings: RelaySettings) -> None:
        super().__init__(settings.host, settings.port, settings.hostname, timeout=settings.timeout)
        self.command_encoding = "utf-8"  # smtplib's way to let internationalised addresses through
        try:
            self.ehlo_or_helo_if_needed()
            if settings.tls is not None:
                self.starttls(context=settings.tls)
                self.ehlo_or_helo_if_needed()
        except BaseException:
            self.close()
            raise

    def message(self, stuffed: bytes) -> RelayAnswer:
        """Send DATA and a message that is stuffed already; gives the last answer."""
        code, text = self.docmd("DATA")
        if code != 354:
            return _answer(code if code >= 400 else 451, text)
        self.send(stuffed)
        return _answer(*self.getreply())

    def leave(self) -> None:
        """Say QUIT; whatever comes of that, the answer to the message stands."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.docmd("QUIT")
        self.close()


def _hand_over(client: _Client, envelope: Envelope, data: bytes) -> RelayAnswer:
    utf8 = _needs_utf8(envelope, data)
    if utf8 and not client.has_extn("smtputf8"):
        return RelayAnswer(550, "5.6.7 the next hop takes no internationalised mail")
    if "REQUIRETLS" in envelope.parameters and not client.has_extn("requiretls"):
        return RelayAnswer(550, "5.7.30 the next hop does not offer REQUIRETLS")  # RFC 8689 §4.2.1
    sender = envelope.sender.wire if envelope.sender else ""
    words = _mail_parameters(client, envelope, data) + (" SMTPUTF8" if utf8 else "")
    code, text = client.docmd("MAIL", f"FROM:<{sender}>{words}")
    if not 200 <= code < 300:
        return _answer(code, text)
    for recipient in envelope.recipients:
        parameters = _passed_on(client, recipient.parameters)
        code, text = client.docmd("RCPT", f"TO:<{recipient.mailbox.wire}>{parameters}")
        if not 200 <= code < 300:
            return _answer(code, text)
    return client.message(dot_stuff(data))


def _needs_utf8(envelope: Envelope, data: bytes) -> bool:
    """Tell whether this is internationalised mail, whatever was asked for when it came.

    A corrected address may have made it so, or no longer so; a pure ASCII message needs nothing.
    """
    boxes = [*envelope.mailboxes, *([envelope.sender] if envelope.sender else [])]
    if not all(box.wire.isascii() for box in boxes):
        return True
    return "SMTPUTF8" in envelope.parameters and not data.isascii()


def _mail_parameters(client: smtplib.SMTP, envelope: Envelope, data: bytes) -> str:
    words = f" SIZE={len(data)}" if client.has_extn("size") else ""
    eight = not data.isascii() or envelope.parameters.get("BODY", "").upper() == "8BITMIME"
    if eight and client.has_extn("8bitmime"):
        words += " BODY=8BITMIME"
    return words + _passed_on(client, envelope.parameters)


def _passed_on(client: smtplib.SMTP, parameters: Parameters) -> str:
    return "".join(
        f" {name}={value}" if value else f" {name}"
        for name, value in parameters.items()
        if name in _PASSED_ON and client.has_extn(_PASSED_ON[name])
    )


def _answer(code: int, text: bytes) -> RelayAnswer:
    return RelayAnswer(max(code, 0), " ".join(text.decode("utf-8", "replace").split()))
