"""Own what is read from a message's bytes: one bounded parse.

`parse` never raises on hostile bytes: whatever cannot be read is named in `problems`, and the judge
turns each problem into a finding that holds (law 5). Lines end in CRLF; an edge has refused bare CR,
bare LF and NUL before, so that the bytes judged are the bytes stored and sent.

The MIME tree is `mime`'s, the first characters of the text are `opening`'s.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from missent.mail.addresses import Header, decode_words, header, read_list, unfold
from missent.mail.document import Document
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import find_ids, read_id
from missent.mail.mime import DEFAULT_LIMITS, Limits, Nested, Part, Walk, one_line

UNPARSABLE = "unparsable"
"""The problem of a message of which nothing could be read: the operator decides about it."""


LABEL_LENGTH = 16_384
"""Characters of one header field that are kept: base64 labels of vendors take a few thousand."""
_NO_LABELS = frozenset(
    {
        *("received", "return-path", "delivered-to", "dkim-signature", "authentication-results"),
        *("arc-seal", "arc-message-signature", "arc-authentication-results", "received-spf"),
        *("from", "sender", "reply-to", "to", "cc", "bcc", "date", "message-id", "in-reply-to"),
        *("references", "mime-version", "content-type", "content-transfer-encoding"),
        *("content-disposition", "user-agent", "x-mailer"),
    }
)
_ADDRESSEES = ("to", "cc", "resent-to", "resent-cc")


@dataclass(frozen=True, slots=True)
class Message:
    """What the judge and the notices may know of a message."""

    message_id: str | None
    header_from: tuple[Mailbox, ...]
    addressees: tuple[Mailbox, ...]
    """Union over To, Cc (and Resent-) of what different parsers see; Bcc never."""
    subject: str = field(repr=False)
    """Decoded, one line, control and bidi characters removed, at most 200 characters."""
    parts: tuple[Part, ...]
    references: tuple[str, ...]
    """Message-IDs of In-Reply-To and References, with angle brackets."""
    size: int
    sha256: str
    """Of all bytes, hex."""
    body_digest: str
    """Of the bytes after the header, BLAKE2b, hex: the same in a client's retry."""
    signed: bool
    """Whether a DKIM-Signature field is present."""
    automatic: bool
    """Auto-Submitted other than no, Precedence bulk/junk/list, List-*, a delivery report."""
    resent: bool
    """Whether Resent- fields are present: forwarded by a program or a person."""
    hops: int
    """Received fields."""
    problems: tuple[str, ...]
    """What could not be read, as short names: ``header_disagreement``, ``too_many_parts``, ..."""
    text: str = field(default="", repr=False)
    """The beginning of its text, at most `opening.LENGTH` characters; empty if it has none."""
    auto_reply: bool = False
    """An automatic answer (``Auto-Submitted: auto-replied``, RFC 3834) or a delivery report."""
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Header fields that may carry a label: lower-case name and unfolded value, in order."""
    nested: tuple[Nested, ...] = ()
    """The headers of messages forwarded inside this one."""
    outside: tuple[tuple[int, int], ...] = ()
    """Where in the bytes text stands that belongs to no part: before and after those of a multipart."""
    documents: tuple[Document, ...] = ()
    """What was read of its parts; attachments only where an extractor has read them."""


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """Read a message, as far as it can be read. Never raises; see `Message.problems`."""
    try:
        return _Reading(data, limits).message()
    except (
        Exception
    ):  # whatever a parser trips over is the sender's to explain, never a pass (law 5)
        return _unparsable(data)


def _unparsable(data: bytes) -> Message:
    return Message(
        message_id=None,
        header_from=(),
        addressees=(),
        subject="",
        parts=(),
        references=(),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        body_digest=_digest(data),
        signed=False,
        automatic=False,
        resent=False,
        hops=0,
        problems=(UNPARSABLE,),
    )


def _digest(octets: bytes | memoryview) -> str:
    """Name a body: BLAKE2b, six times as fast as SHA-256 where no instruction helps."""
    return hashlib.blake2b(octets, digest_size=32).hexdigest()


class _Reading:
    """One message while it is being read."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        self._problems: dict[str, None] = {}
        self._fields: dict[str, list[str]] = {}

    def message(self) -> Message:
        top = self._top()
        walk = Walk(self._data, self._limits)
        parts = walk.parts(top)
        content_type = walk.content_type
        self._problems.update(dict.fromkeys(walk.problems))
        addressees = self._addressees()
        submitted = self._first("auto-submitted").lower()
        report = content_type == "multipart/report"
        return Message(
            message_id=read_id(self._first("message-id")),
            header_from=tuple(
                box for value in self._fields.get("from", []) for box in read_list(value).delivered
            ),
            addressees=addressees,
            subject=one_line(decode_words(self._first("subject"))),
            parts=parts,
            references=self._references(),
            size=len(self._data),
            sha256=hashlib.sha256(self._data).hexdigest(),
            body_digest=_digest(memoryview(self._data)[top.body :]),
            signed="dkim-signature" in self._fields,
            automatic=self._automatic(submitted, report=report),
            resent=any(name.startswith("resent-") for name in self._fields),
            hops=len(self._fields.get("received", [])),
            problems=tuple(self._problems),
            text=walk.opening,
            fields=self._labels(),
            nested=tuple(walk.nested),
            outside=tuple(walk.outside),
            auto_reply=submitted.startswith("auto-replied") or report,
        )

    def _top(self) -> Header:
        """Split the header and keep the values of its fields, within limits."""
        head = self._data[: self._limits.header_octets + 1]
        top = header(head, self._limits.fields + 1)
        if len(top.fields) > self._limits.fields:
            self._problem("too_many_fields")
        if top.malformed:
            self._problem("malformed_header")
        if top.body > self._limits.header_octets:
            self._problem("header_too_big")
        for raw in top.fields[: self._limits.fields]:
            if raw.end > self._limits.header_octets:
                break
            self._fields.setdefault(raw.key, []).append(unfold(self._data, raw))
        return top

    def _labels(self) -> tuple[tuple[str, str], ...]:
        """Give the fields that may carry a label, within limits."""
        return tuple(
            (name, value[:LABEL_LENGTH])
            for name, values in self._fields.items()
            if name not in _NO_LABELS
            for value in values
        )

    def _problem(self, name: str) -> None:
        self._problems[name] = None

    def _first(self, name: str) -> str:
        return self._fields.get(name, [""])[0]

    def _addressees(self) -> tuple[Mailbox, ...]:
        found: dict[Mailbox, None] = {}
        for value in (value for name in _ADDRESSEES for value in self._fields.get(name, [])):
            addresses = read_list(value)
            found.update(dict.fromkeys(addresses.mentioned))
            if addresses.ambiguous:
                self._problem("header_disagreement")
        return tuple(found)

    def _references(self) -> tuple[str, ...]:
        return find_ids(*self._fields.get("references", []), *self._fields.get("in-reply-to", []))

    def _automatic(self, submitted: str, *, report: bool) -> bool:
        precedence = self._first("precedence").lower()
        return (
            report
            or submitted.partition(";")[0].strip() not in ("", "no")
            or precedence in ("bulk", "junk", "list")
            or any(name.startswith("list-") for name in self._fields)
        )
