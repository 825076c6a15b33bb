"""Own what is read from a message's bytes: one bounded parse.

`parse` never raises on hostile bytes: whatever cannot be read is named in `problems`, and the judge
turns each problem into a finding that holds (law 5). Lines end in CRLF; an edge has refused bare CR,
bare LF and NUL before, so that the bytes judged are the bytes stored and sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the MIME tree, undecoded."""

    content_type: str
    """Lower case, without parameters: ``text/plain``."""
    filename: str | None
    size: int
    """Octets as transferred."""


@dataclass(frozen=True, slots=True)
class Message:
    """What the judge and the notices may know of a message."""

    message_id: str | None
    header_from: tuple[Mailbox, ...]
    addressees: tuple[Mailbox, ...]
    """Union over To, Cc (and Resent-) of what different parsers see; Bcc never."""
    subject: str
    """Decoded, one line, control and bidi characters removed, at most 200 characters."""
    parts: tuple[Part, ...]
    references: tuple[str, ...]
    """Message-IDs of In-Reply-To and References, with angle brackets."""
    size: int
    sha256: str
    """Of all bytes, hex."""
    body_sha256: str
    """Of the bytes after the header: the same in a client's retry."""
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
