"""Own what a milter session knows of the SMTP client and of the message that is coming in.

The MTA tells it piece by piece; `Transaction` keeps the pieces within `max_size` and gives them back
as `Envelope` and as the message's bytes. The bytes are those the MTA received: a header value keeps
its own white space, and only the LF that the milter protocol puts between folded lines becomes CRLF.
A CR of the message's own stays, so that the judge refuses it.

A path is ``<mailbox>``, or the mailbox alone as Postfix passes it on from lenient clients. Whatever
`Mailbox.parse` refuses is refused here: the MTA's reading of it may be another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Parameters, Recipient
from missent.mail.mailbox import Mailbox
from missent.wire.milter import Connect, Header, Macros, MailFrom, RcptTo

SENDER_PARAMETERS = frozenset({"BODY", "SMTPUTF8", "RET", "ENVID", "REQUIRETLS", "MT-PRIORITY"})
RECIPIENT_PARAMETERS = frozenset({"NOTIFY", "ORCPT"})  # RFC 3461
_OF_CLIENT = frozenset("CH")  # letters of CONNECT and HELO: these macros outlive a message


@dataclass(slots=True)
class Client:
    """Who is connected, from CONNECT until the connection ends."""

    address: str | None = None
    """The IP address; None for mail that did not come by SMTP."""
    hostname: str = ""
    helo: str = ""
    macros: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """By the letter of the command they came with."""

    def connected(self, connect: Connect) -> None:
        """Note a client. Postfix shows `sendmail(1)` mail as 127.0.0.1 with port 0."""
        self.hostname = connect.hostname.decode("utf-8", "replace")
        submitted = connect.port == 0 and connect.address in ("127.0.0.1", "::1", "IPv6:::1")
        by_smtp = connect.family in ("4", "6") and not submitted
        self.address = connect.address.removeprefix("IPv6:") if by_smtp else None

    def certificate_subject(self) -> str | None:
        """Give the subject of a client certificate, unless the MTA says it did not verify.

        Postfix names only verified ones; Sendmail names all and adds ``{verify}``.
        """
        macros = {**self.macros.get("C", {}), **self.macros.get("H", {})}
        return macros.get("cert_subject") or None if macros.get("verify", "OK") == "OK" else None


class Transaction:
    """One message on its way in; `restart` begins the next."""

    def __init__(self, max_size: int, local_domain: DomainName | None) -> None:
        self._max_size = max_size
        self._local_domain = local_domain
        self.leading_space = False
        self.client = Client()
        self.restart()

    def restart(self) -> None:
        """Forget the message, keep the client."""
        self._sender: Mailbox | None = None
        self._parameters: Parameters = MappingProxyType({})
        self._received_at: datetime | None = None
        self._macros: dict[str, Mapping[str, str]] = {}
        self._header_size = 0
        self.data = bytearray()
        """The message's bytes. Each message has its own array: a thread may read it later."""
        self.sender_refused = False
        self.recipients: list[Recipient] = []
        self.size = 0

    def agreed(self, *, leading_space: bool) -> None:
        """Note whether header values come with the white space after the colon."""
        self.leading_space = leading_space

    @property
    def too_big(self) -> bool:
        """Whether more than `max_size` octets came; nothing is kept then."""
        return self.size > self._max_size

    @property
    def queue_id(self) -> str:
        """Give the MTA's queue id, empty while it has none (Postfix: until the first RCPT or later)."""
        ids = (macros.get("i", "") for macros in reversed(self._macros.values()))
        return next(filter(None, ids), "")

    def macros(self, macros: Macros) -> None:
        """Keep what was said about the next command."""
        kept = self.client.macros if macros.about in _OF_CLIENT else self._macros
        kept.pop(macros.about, None)  # so that the newest comes last
        kept[macros.about] = macros.values

    def mail(self, mail: MailFrom, received_at: datetime) -> None:
        """Begin a message. A sender outside our grammar sets `sender_refused`."""
        told = self._macros.get("M", {})
        self.restart()
        self._macros["M"] = told
        self._received_at = received_at
        self._parameters = _kept(mail.parameters, SENDER_PARAMETERS)
        try:
            self._sender = None if mail.path == b"<>" else self._mailbox(_decoded(mail.path))
        except MalformedAddress:
            self.sender_refused = True

    def recipient(self, rcpt: RcptTo) -> Recipient:
        """Read one RCPT, without keeping it; raises `MalformedAddress`."""
        told = self._macros.get("R", {})
        self._macros["R"] = {"i": told["i"]} if "i" in told else {}  # the rest was about this one
        raw = _decoded(rcpt.path)
        mailbox = self._mailbox(raw)
        resolved = _resolved(told.get("rcpt_addr", ""))
        parameters = _kept(rcpt.parameters, RECIPIENT_PARAMETERS)
        return Recipient(mailbox, parameters, None if resolved == mailbox else resolved, raw)

    def header(self, header: Header) -> None:
        """Take one field."""
        colon = b":" if self.leading_space else b": "
        self._take(header.name + colon + header.value.replace(b"\n", b"\r\n") + b"\r\n")

    def end_of_headers(self) -> None:
        """Take the empty line."""
        self._header_size = len(self.data)
        self._take(b"\r\n")

    def body(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        self._take(chunk)

    def count(self, name: str) -> int:
        """Count the header fields of this name."""
        pattern = rb"(?im)^" + re.escape(name.encode("utf-8")) + rb":"
        return len(re.findall(pattern, self.data[: self._header_size]))

    def envelope(self, transaction_id: str) -> Envelope:
        """Give what is known now."""
        assert self._received_at is not None, "the transition table has no RCPT without MAIL"
        told = self._macros.get("M", {})
        return Envelope(
            transaction_id=transaction_id,
            sender=self._sender,
            recipients=tuple(self.recipients),
            received_at=self._received_at,
            parameters=self._parameters,
            authenticated_as=told.get("auth_authen") or None,
            certificate_subject=self.client.certificate_subject(),
            client_address=self.client.address,
            extra=self._extra(),
        )

    def _extra(self) -> Mapping[str, str]:
        mail, connect = self._macros.get("M", {}), self.client.macros.get("C", {})
        facts = {
            "auth_type": mail.get("auth_type", ""),
            "daemon_name": connect.get("daemon_name", ""),
            "client_name": self.client.hostname,
            "helo": self.client.helo,
        }
        return MappingProxyType({name: value for name, value in facts.items() if value})

    def _take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.too_big:
            self.data = bytearray()
        else:
            self.data += piece

    def _mailbox(self, path: str) -> Mailbox:
        bare = path[1:-1] if path.startswith("<") and path.endswith(">") else path
        if "@" not in bare and self._local_domain is not None:
            bare = f"{bare}@{self._local_domain.ascii}"  # RFC 5321 §4.1.1.3: <postmaster>
        return Mailbox.parse(bare)


def _decoded(path: bytes) -> str:
    try:
        return path.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedAddress("an address is UTF-8 (RFC 6531)") from None


def _kept(parameters: tuple[bytes, ...], keywords: frozenset[str]) -> Parameters:
    found: dict[str, str] = {}
    for parameter in parameters:
        keyword, _, value = parameter.decode("utf-8", "replace").partition("=")
        if keyword.upper() in keywords:
            found[keyword.upper()] = value
    return MappingProxyType(found)


def _resolved(address: str) -> Mailbox | None:
    try:
        return Mailbox.parse(address) if address else None
    except MalformedAddress:
        return None  # a local user, file or pipe; the raw mailbox is judged in any case
