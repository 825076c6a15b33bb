"""Own what is read of a message in an archive, or of an inbound one: its header, and only that.

One pass over the unfolded header, no MIME tree, no body: a million messages are read for who wrote
to whom. Nothing here raises on hostile bytes; what cannot be read is left out, and what is left out
never makes trust (see `service.learning`).
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from missent.errors import MalformedAddress
from missent.mail.addresses import decode_words, read_list
from missent.mail.authres import Stamp
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import find_ids, read_id
from missent.mail.mime import one_line

KINDS = ("mbox", "maildir", "eml", "parquet")
"""The ways in which messages are kept, as reports call them."""
MAX_HEADER = 262_144  # octets; Postfix's header_size_limit is 102,400
MAX_ADDRESSES = 2_000  # of one message
_MAX_AUTHRES = 32
_MAX_FIELDS = 2_000  # of those wanted
_CACHE = 65_536  # mailboxes kept: an archive names the same ones again and again
_FOLD = re.compile(r"\r?\n")
_END = re.compile(rb"\n\r?\n")
_PROGRAM_FIELDS = ("x-autoreply", "x-autorespond", "x-failed-recipients")
_FIELD = re.compile(
    r"\n((?i:from|to|cc|bcc|message-id|in-reply-to|references|date|received|return-path"
    r"|content-type|auto-submitted|precedence|authentication-results|delivered-to|x-original-to|subject"
    r"|x-autoreply|x-autorespond|x-failed-recipients|list-[!-9;-~]{1,60}))[ \t]*+:"
    r"([^\n]*+(?:\n[ \t][^\n]*+)*+)"
)
_SPEC = r"[^\s\"\\<>(),:;@\[\]]++@[A-Za-z0-9.-]++"
_PLAIN_ENTRY = re.compile(
    rf"""\s*+(?:(?:"[^"\\@]*+"\s*+|[^"\\@<>(),:;\[\]]*+)<({_SPEC})>|({_SPEC}))\s*+(?:,|\Z)"""
)  # what nearly every address list consists of; the full grammar takes ten times as long
_Fields = defaultdict[str, list[str]]
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """Who wrote to whom, when, in answer to what, and what is known of its being genuine."""

    header_from: tuple[Mailbox, ...]
    recipients: tuple[Mailbox, ...]
    """To, Cc, Bcc, and where delivery noted them, Delivered-To and X-Original-To."""
    message_id: str | None
    """With angle brackets."""
    references: tuple[str, ...]
    """Message-IDs of References and In-Reply-To, with angle brackets, newest last."""
    at: datetime | None
    """When our own server took it (topmost ``Received``, hard to forge), else its ``Date``; UTC."""
    automatic: bool = False
    """By a program: null return path, Auto-Submitted, List-*, Precedence, a report (RFC 3834)."""
    authentication: tuple[Stamp, ...] = ()
    """Every Authentication-Results field, topmost first, forged ones included."""
    return_path: Mailbox | None = None
    """The envelope sender, where final delivery noted it."""
    subject: str = field(default="", repr=False)
    """As a person reads it, on one line; by it the conversation is found (never shown, law 8)."""

    @property
    def identity(self) -> str:
        """Name the message: its Message-ID, or a digest of what is known where it has none."""
        if self.message_id:
            return self.message_id
        known = [*(m.folded for m in (*self.header_from, *self.recipients)), str(self.at)]
        return "none:" + hashlib.sha256("\n".join(known).encode()).hexdigest()[:32]


def to_plain(message: ArchivedMessage) -> dict[str, object]:
    """Give who wrote to whom, when and under what name as JSON has it, and nothing else of a header."""
    return {
        "message_id": message.message_id,
        "at": message.at and message.at.isoformat(),
        "header_from": [mailbox.wire for mailbox in message.header_from],
        "recipients": [mailbox.wire for mailbox in message.recipients],
    }


def from_plain(plain: Mapping[str, Any]) -> ArchivedMessage:
    """Read it back."""
    return ArchivedMessage(
        header_from=tuple(map(Mailbox.parse, plain["header_from"])),
        recipients=tuple(map(Mailbox.parse, plain["recipients"])),
        message_id=plain["message_id"],
        references=(),
        at=datetime.fromisoformat(plain["at"]) if plain["at"] else None,
    )


def read_header(data: bytes) -> ArchivedMessage:
    """Read a message's header block; bytes after it may be there and are not looked at."""
    fields, authentication = _scan(_header_text(data))
    received = fields["received"]
    delivered = fields["delivered-to"][:1] + fields["x-original-to"][:1]
    addressed = fields["to"] + fields["cc"] + fields["bcc"] + delivered
    return_path = find_mailboxes(*fields["return-path"][:1])
    return ArchivedMessage(
        header_from=find_mailboxes(*fields["from"]),
        recipients=find_mailboxes(*addressed),
        message_id=read_id(fields["message-id"][0]) if fields["message-id"] else None,
        references=find_ids(*fields["references"], *fields["in-reply-to"]),
        at=(_date(received[0].rpartition(";")[2]) if received else None)
        or (_date(fields["date"][0]) if fields["date"] else None),
        automatic=_is_automatic(fields),
        authentication=authentication,
        return_path=return_path[0] if return_path else None,
        subject=_subject(*fields["subject"][:1]),
    )


def find_mailboxes(*bodies: str) -> tuple[Mailbox, ...]:
    """Find the mailboxes that address lists address: each once, in order, unreadable ones left out.

    Only what the grammar says is addressed (RFC 5322 §3.4), so that a display name that looks like
    an address never counts as one.
    """
    found: dict[Mailbox, None] = {}
    for body in bodies:
        plain = _plain(body)
        found.update(dict.fromkeys(read_list(body).delivered if plain is None else plain))
    return tuple(found)[:MAX_ADDRESSES]


def _plain(body: str) -> list[Mailbox] | None:
    """Read a list of plain entries; None if it has anything else in it."""
    found: list[Mailbox] = []
    position = 0
    while position < len(body):
        entry = _PLAIN_ENTRY.match(body, position)
        if entry is None:
            return None
        position = entry.end()
        mailbox = read_mailbox(entry[1] or entry[2])
        if mailbox is not None:
            found.append(mailbox)
    return found


@functools.lru_cache(maxsize=_CACHE)
def read_mailbox(text: str) -> Mailbox | None:
    """Read one bare address; None if it is none."""
    try:
        return Mailbox.parse(text)
    except MalformedAddress:
        return None


def _header_text(data: bytes) -> str:
    block = data[:MAX_HEADER]
    end = _END.search(block)
    return "\n" + block[: end.start() if end else None].decode("utf-8", "replace")


def _scan(text: str) -> tuple[_Fields, tuple[Stamp, ...]]:
    """Give the wanted fields' unfolded bodies, and the Authentication-Results in their places."""
    fields: _Fields = defaultdict(list)
    stamps: list[Stamp] = []
    for found in islice(_FIELD.finditer(text), _MAX_FIELDS):
        name, body = found[1].lower(), found[2]
        body = _FOLD.sub("", body).strip() if "\n" in body else body.strip()
        fields[name].append(body)
        if name == "authentication-results":
            stamps.append(Stamp(body, len(fields["received"])))
    return fields, tuple(stamps[:_MAX_AUTHRES])


def _is_automatic(fields: _Fields) -> bool:
    if any(name in fields for name in _PROGRAM_FIELDS) or any(n[:5] == "list-" for n in fields):
        return True
    submitted = (body.split(";")[0].split("(")[0].strip() for body in fields["auto-submitted"])
    return (
        any(value.lower() != "no" for value in submitted)
        or any(body.lower() in _BULK for body in fields["precedence"])
        or any(body.replace(" ", "") == "<>" for body in fields["return-path"][:1])
        or any(body.lower().startswith("multipart/report") for body in fields["content-type"])
    )


def _subject(body: str = "") -> str:
    return one_line(decode_words(body) if "=?" in body else body)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text.strip())
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
