"""Own deliveries.csv: one row for each message to each wrong recipient, safe to open in a spreadsheet.

RFC 4180 with CRLF, every row on one line, a header row, no byte order mark; to be written as UTF-8.

Cells hold text of strangers, and spreadsheets run a cell that begins like a formula. So where a cell's
text, or what follows a ``;`` in it (programs of some countries split there), begins with one of
``= + - @`` or their full-width forms, spaces apart, an apostrophe is put before that character; before
an apostrophe at such a place, too, so that taking one away there (`plain`) gives the text back. Tabs,
line ends and everything else that cannot be seen are written out as ``\\u0009``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from missent.mail.mailbox import Mailbox
from missent.mail.mime import spell_out
from missent.service.investigation.incident import Incident, Misdirected
from missent.service.investigation.moments import rfc3339

COLUMNS = (
    "at",
    "sender",
    "recipient",
    "meant",
    "intended",
    "outcome",
    "misdirection",
    "slip",
    "level",
    "categories",
    "people",
    "message_id",
    "queue_id",
    "relay",
    "forwarded",
    "source",
)
SAFETY = (
    "In deliveries.csv an apostrophe stands before a cell, or a part of one after a semicolon, that "
    "begins with = + - @ or an apostrophe, so that no spreadsheet takes it for a formula; it is no "
    "part of the value."
)
"""What a reader of the table must know of its cells."""
_STARTS = re.compile(r"(\A|;)( *)(?=[=+\-@＝＋－＠'])")
_ADDED = re.compile(r"(\A|;)( *)'")


def deliveries_csv(incident: Incident) -> str:
    """Give the table of all deliveries, in the incident's order."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in incident.deliveries:
        writer.writerow([harmless(cell) for cell in _cells(one)])
    return out.getvalue()


def harmless(text: str) -> str:
    """Make a cell that no spreadsheet takes for a formula."""
    visible = text.isascii() and text.isprintable()  # nearly every cell: spelling out is slow
    return _STARTS.sub(r"\1\2'", text if visible else spell_out(text))


def plain(cell: str) -> str:
    """Give the text that `harmless` was given, but for what it wrote out."""
    return _ADDED.sub(r"\1\2", cell)


def _cells(one: Misdirected) -> Iterator[str]:
    yield rfc3339(one.at)
    yield _wire(one.sender)
    yield one.recipient.wire
    yield _wire(one.meant)
    yield one.intended.ascii
    yield one.outcome.value
    yield f"{one.misdirection:.4f}"
    yield one.slip
    yield "" if one.level is None else str(one.level)
    worst = sorted(one.categories.items(), key=lambda item: (-item[1], item[0]))
    yield " ".join(f"{name}:{level}" for name, level in worst)
    yield "" if one.level is None else str(one.people)
    yield one.message_id or ""
    yield one.queue_id or ""
    yield one.relay
    yield "true" if one.forwarded else "false"
    yield one.source


def _wire(mailbox: Mailbox | None) -> str:
    return mailbox.wire if mailbox else ""
