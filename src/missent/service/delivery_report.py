"""Own delivery status notifications (RFC 3464): what a mail program understands of "not sent".

The rule: the machine-readable part says exactly what became of each recipient; the original, where
it goes back, is attached byte for byte, so that its signatures still verify.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from missent.judge.hold import HeldRecipient
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox

BLOCKED: Final = "5.7.1"
"""Delivery not authorised (RFC 3463 §3.8)."""
EXPIRED: Final = "5.4.7"
"""Delivery time expired (RFC 3463 §3.5)."""
_XCHAR = re.compile(r"\+([0-9A-F]{2})")  # RFC 3461 §4: xtext
_STATUS = re.compile(r"\d{3}[ -]([45]\.\d{1,3}\.\d{1,3})\b")
_DIAGNOSTIC_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one recipient, in SMTP's words."""

    recipient: Mailbox
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """The last part: the whole original, or some of its header."""

    content_type: str
    data: bytes


def compose(
    top: EmailMessage, text: str, status: Sequence[Message], attachment: Attachment, boundary: str
) -> bytes:
    """Put text, status and attachment below the prepared header `top`; CRLF throughout."""
    eight_bit = not attachment.data.isascii()
    top["MIME-Version"] = "1.0"
    top["Content-Type"] = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
    if eight_bit:
        top["Content-Transfer-Encoding"] = "8bit"
    # The stdlib would write the original anew; its bytes are put in the place of a unique word instead.
    word = "original-" + hashlib.sha256(boundary.encode() + attachment.data).hexdigest()
    for part in (_text(text), _status(status), _placeholder(attachment, word, eight_bit=eight_bit)):
        top.attach(part)
    return serialise(top).replace(word.encode(), attachment.data, 1)


def serialise(letter: EmailMessage) -> bytes:
    """Write a letter out; long lines stay, since folding would tear Message-IDs into encoded words."""
    return letter.as_bytes(policy=letter.policy.clone(max_line_length=990))


def status_blocks(
    envelope: Envelope, reporter: str, at: datetime, fates: Sequence[Fate]
) -> tuple[Message, ...]:
    """Write the per-message block and one block for each recipient (RFC 3464 §2.2, §2.3)."""
    first = Message()
    if envid := _xtext(envelope.parameters.get("ENVID", "")):
        first["Original-Envelope-Id"] = envid
    first["Reporting-MTA"] = f"dns; {reporter}"
    first["Arrival-Date"] = format_datetime(envelope.received_at)
    return (first, *(_recipient_block(envelope, at, fate) for fate in fates))


def fate_of_refusal(recipient: Mailbox, answer: str) -> Fate:
    """Read the relay's last answer; what it tried for days and gave up on has expired."""
    match = _STATUS.match(answer)
    default = "5.0.0" if answer.startswith("5") else EXPIRED
    status = match[1] if match and match[1].startswith("5") else default
    return Fate(recipient, status, answer)


def fate_of_block(held: HeldRecipient) -> Fate:
    """Say that policy stopped this recipient, and which rule it was."""
    return Fate(held.mailbox, BLOCKED, f"550 {BLOCKED} not sent: rule {held.verdict.rule}")


def fate_of_expiry(held: HeldRecipient) -> Fate:
    """Say that nobody decided in time."""
    return Fate(held.mailbox, EXPIRED, f"550 {EXPIRED} not sent: nobody decided in time")


def _recipient_block(envelope: Envelope, at: datetime, fate: Fate) -> Message:
    block = Message()
    given = next((r for r in envelope.recipients if r.mailbox == fate.recipient), None)
    if given is not None and (original := _xtext(given.parameters.get("ORCPT", ""))):
        block["Original-Recipient"] = original
    block["Final-Recipient"] = _address(fate.recipient)
    block["Action"] = "failed"
    block["Status"] = fate.status
    block["Diagnostic-Code"] = f"smtp; {_ascii(fate.diagnostic)}"
    block["Last-Attempt-Date"] = format_datetime(at)
    return block


def _address(mailbox: Mailbox) -> str:
    """Write an address with its type; RFC 6533 §3 escapes what is not ASCII."""
    if mailbox.wire.isascii():
        return f"rfc822; {mailbox.wire}"
    escaped = "".join(c if c.isascii() else f"\\x{{{ord(c):X}}}" for c in mailbox.wire)
    return f"utf-8; {escaped}"


def _xtext(text: str) -> str:
    """Decode xtext; gives nothing if the result could not stand in a header line."""
    decoded = _XCHAR.sub(lambda match: chr(int(match[1], 16)), text)
    return decoded if decoded.isascii() and decoded.isprintable() and len(decoded) <= 500 else ""


def _ascii(text: str) -> str:
    plain = " ".join(text.split()).encode("ascii", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in plain)[:_DIAGNOSTIC_LENGTH]


def _text(text: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part.set_content(text, cte="quoted-printable")
    del part["MIME-Version"]  # belongs on top only (RFC 2045 §4)
    return part


def _status(blocks: Sequence[Message]) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload(list(blocks))
    return part


def _placeholder(attachment: Attachment, word: str, *, eight_bit: bool) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = attachment.content_type
    if eight_bit:
        part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(word)
    return part
