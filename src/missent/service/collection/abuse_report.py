"""Own the machine-readable report of one persistent pair (RFC 5965), for tools that take such reports.

The rules. ``Feedback-Type: other``: of the registered types (IANA, *Feedback Report Type Values*: abuse,
auth-failure, fraud, not-spam, other, virus) this is the one for "any other feedback", and a slip is none
of the rest. ``abuse`` would have a sender unsubscribe, or punish, somebody who only mistyped. The third
part holds what is known of the envelope and nothing of the message: it was refused before it was sent,
or is sealed. Each report is about one message, the last one, and stands for `Incidents` of them.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from missent.errors import NonAsciiAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.service.collection.collection import Pair
from missent.service.collection.letterhead import reference, top
from missent.service.collection.report import organisation_of
from missent.service.delivery_report import serialise
from missent.service.investigation.sentences import counted, shown, span
from missent.service.stationery import Letterhead, boundary, templates
from missent.service.wording import screen

_MOST_INCIDENTS: Final = 2**32 - 1  # RFC 5965 §3.2: 32 bits, unsigned


class FeedbackReports:
    """Writes reports for one installation; holds no state but its template."""

    def __init__(self, head: Letterhead, version: str) -> None:
        self._head = head
        self._agent = f"Missent/{version}"
        self._template = templates("collection", ("feedback.txt",)).get_template("feedback.txt")

    def letter(self, pair: Pair, reader: Mailbox, at: datetime) -> bytes:
        """Report one pair to `reader`. Raises `NonAsciiAddress`: RFC 5965 knows ASCII only."""
        if not (pair.sender.wire.isascii() and pair.typed.wire.isascii()):
            raise NonAsciiAddress("an address of this pair is not ASCII")
        said = (pair.sender.folded, pair.typed.folded, pair.hits, pair.last.isoformat())
        subject = f"Mail for {shown(pair.meant)} came to {shown(DomainName.parse(pair.typed.domain.owner))}"
        letter = top(self._head, reader, subject, at, said)
        letter["MIME-Version"] = "1.0"
        letter["Content-Type"] = (
            f'multipart/report; report-type=feedback-report; boundary="{boundary(letter)}"'
        )
        for part in (self._text(pair, reference(letter)), self._report(pair), _header(pair)):
            letter.attach(part)
        return serialise(letter)

    def _text(self, pair: Pair, name: str) -> EmailMessage:
        part = EmailMessage(policy=SMTP)
        text = self._template.render(
            opening="This is a report about mail that was sent to a mistyped domain. It is no complaint.",
            sender=screen(pair.sender),
            typed=screen(pair.typed),
            meant=shown(pair.meant),
            extent=f"{counted(pair.hits, 'message')} on {counted(pair.days, 'day')}, "
            f"{span(pair.first, pair.last)}",
            closing="The address is probably stored somewhere and has to be corrected there. Nothing of "
            "the messages is part of this report.",
            footer=f"Written by Missent for {one_line(self._head.organisation)}. Questions: "
            f"{screen(self._head.contact)}. Reference: {name}",
        )
        part.set_content(text, cte="quoted-printable")
        del part["MIME-Version"]  # belongs on top only (RFC 2045 §4)
        return part

    def _report(self, pair: Pair) -> EmailMessage:
        """Write the fields of RFC 5965 §3: the three that must be there, then what is known."""
        fields = [
            ("Feedback-Type", "other"),
            ("User-Agent", self._agent),
            ("Version", "1"),
            ("Original-Mail-From", f"<{pair.sender.wire}>"),
            ("Original-Rcpt-To", f"<{pair.typed.wire}>"),
            ("Arrival-Date", format_datetime(pair.last)),
            ("Reporting-MTA", f"dns; {self._head.operator.domain.ascii}"),
            *([("Source-IP", pair.client)] if _is_address(pair.client) else []),
            ("Reported-Domain", organisation_of(pair)),
            ("Reported-Domain", pair.typed.domain.owner),
            ("Incidents", str(min(pair.hits, _MOST_INCIDENTS))),
        ]
        return _fields("message/feedback-report", [field for field in fields if field[1]])


def _header(pair: Pair) -> EmailMessage:
    """Give the third part: a header that holds the envelope, since nothing else is known."""
    return _fields(
        "text/rfc822-headers",
        [
            ("Return-Path", f"<{pair.sender.wire}>"),
            ("X-Original-To", pair.typed.wire),
        ],
    )


def _fields(content_type: str, fields: list[tuple[str, str]]) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = content_type
    part.set_payload("".join(f"{name}: {one_line(value, 900)}\r\n" for name, value in fields))
    return part


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
