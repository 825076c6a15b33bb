"""Own what a message trace is: a table of a mail service, whose rows tell of deliveries.

A trace is one file: the columns by which it is known, and a function from one row to deliveries. The
rule: a row was written by strangers, so nothing in it raises, a cell of the wrong type is an empty
cell, and neither subject nor reply text leaves this package (law 8).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from ipaddress import ip_address
from typing import Any, TypeAlias

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import mailbox_of
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import read_id
from missent.mail.traces.records import MAX_CELL
from missent.mail.traces.stamps import TraceStamps

Row: TypeAlias = Mapping[str, Any]
"""Cells by their column's name as `plain` writes it; text from CSV, anything that JSON has."""

MAX_ADDRESS = 320  # characters; RFC 5321 §4.5.3.1.3 allows fewer
_ABSENT = frozenset({"", "-", "n/a", "null", "none"})
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?\.?\Z")
_LISTED = re.compile(r'(?:"(?:[^"\\]|\\.){0,320}+"|[^;,\s"])++')
_SIZE = re.compile(r"[0-9]{1,15}\Z")
_ID = re.compile(r"[!-~]{1,512}\Z")


@dataclass(frozen=True, slots=True)
class Trace:
    """One shape of table in which a service tells of its deliveries."""

    name: str
    """As reports call it: ``exchange``."""
    recognises: Callable[[frozenset[str]], bool]
    """Tells from the names of a table's columns, as `columns_of` gives them, whether it is this one."""
    deliveries: Callable[[Row, TraceStamps], Iterator[Delivery | None]]
    """The deliveries of one row; None for each that the row tells of and that cannot be read."""
    times: tuple[str, ...]
    """The columns that hold times, as `plain` writes them."""


@dataclass(frozen=True, slots=True)
class TraceChunk:
    """What was read of a trace, or of a part of one."""

    rows: int
    """Rows seen, the damaged ones included."""
    unreadable: int
    """Damaged rows, and deliveries that name an address, a time or a status outside our grammar."""
    ambiguous: int
    """Dates such as 05/06/2025, for which day and month had to be guessed."""
    deliveries: tuple[Delivery, ...]
    """In the table's order."""


def text_of(row: Row, *names: str) -> str:
    """Give the first of these cells that is not empty, as text; "" if there is none."""
    for name in names:
        value = row.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
            return str(value)
        text = value.strip() if isinstance(value, str) and len(value) <= MAX_CELL else ""
        if text.casefold() not in _ABSENT:
            return text
    return ""


def record_of(row: Row, name: str) -> Row:
    """Give a cell that is a record itself; an empty one if it is none."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def time_of(
    row: Row, stamps: TraceStamps, names: tuple[str, ...], zone: tzinfo | None = None
) -> datetime | None:
    """Read the first of these cells that is not empty as a time; `zone` replaces the table's."""
    return next((stamps.read(row[name], zone) for name in names if row.get(name)), None)


def size_of(row: Row, *names: str) -> int | None:
    """Read a size in octets; None if it is none."""
    text = text_of(row, *names)
    return int(text) if _SIZE.match(text) else None


def addresses_of(row: Row, *names: str) -> list[str]:
    """Split a list of addresses at ``;``, ``,`` or a space, none of which an unquoted one has."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list):
            return [item for item in value if isinstance(item, str)]
        if isinstance(value, str) and value.strip() and len(value) <= MAX_CELL:
            return _LISTED.findall(value)
    return []


def address_of(text: str) -> Mailbox | None:
    """Read one address, bare or in angle brackets; None if it is none."""
    bare = text.strip()
    if bare.startswith("<") and bare.endswith(">"):
        bare = bare[1:-1]
    return mailbox_of(bare) if len(bare) <= MAX_ADDRESS else None


def sender_of(row: Row, *names: str) -> tuple[Mailbox | None, bool]:
    """Read the sender and whether it is known: ``<>`` is the null path, an empty cell is unknown."""
    for name in names:
        text = text_of(row, name)
        if text == "<>":
            return None, True
        sender = address_of(text)
        if sender is not None:
            return sender, True
    return None, False


def place_of(host: str, address: str) -> str | None:
    """Write a machine as Postfix does, ``host[address]`` or ``unknown[address]``; None if unknown."""
    name = host if _HOST.match(host) else ""
    number = _number(address) if 0 < len(address) <= MAX_ADDRESS else None
    return f"{name or 'unknown'}[{number}]" if number else name or None


def ids_of(queue_id: str, message_id: str, at: datetime) -> tuple[str, str | None]:
    """Give the queue id and the Message-ID.

    Where a trace has no queue id the Message-ID is it, and without either the time of day: what has no
    name must not all be one message.
    """
    read = read_id(_sound(message_id)) if message_id else None
    bare = (read or "").strip("<>")
    named = next((text for text in (queue_id, bare) if _ID.match(text)), None)
    return named or f"{at:%H%M%S.%f}", read


@functools.lru_cache(maxsize=8_192)  # a service has few machines
def _number(address: str) -> str | None:
    try:
        return str(ip_address(address.strip("[]").partition("%")[0]))  # a scope may be any text
    except ValueError:
        return None


def _sound(text: str) -> str:
    """Replace lone surrogates, which JSON can spell and nothing can store."""
    return text.encode("utf-8", "replace").decode()
