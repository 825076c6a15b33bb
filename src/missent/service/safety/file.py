"""Own the recipient-safety file: what stands in it, how it is read and written.

It says "these domains are ours; these neighbours are not" (docs/reference/safety-file.md). The rule:
every byte is hostile. What is read is bounded, all of it is checked before any of it counts, unknown keys
are left alone, and what `write` gives, `read` takes. Whether an entry *counts* is another question
(`admission`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from missent.errors import ArchiveError, MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.safety.words import HINT_LENGTH, WHY_LENGTH, fault_in

VERSION = 0
LARGEST = 65_536
"""Octets of a file."""
MOST_DOMAINS = MOST_ENTRIES = 200
DEFAULT_AGE = timedelta(days=90)
OLDEST = timedelta(days=365)
"""A longer `max_age` counts as this one: names change hands."""
_MOST_SECONDS = 10**10
_MOST_NAME, _MOST_TIME = 255, 40
_ID = re.compile(r"[A-Za-z0-9.-]{0,64}")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One neighbour that is not the publisher's."""

    domain: DomainName
    why: str = ""


@dataclass(frozen=True, slots=True)
class SafetyFile:
    """What one publisher says."""

    publisher: DomainName
    domains: tuple[DomainName, ...]
    """Said to be the publisher's, `publisher` first."""
    not_ours: tuple[Entry, ...] = ()
    hint: str = ""
    report: Mailbox | None = None
    """Where mistakes in the file are reported."""
    max_age: timedelta = DEFAULT_AGE
    issue: str = ""
    """Names this issue of the file: the key `id`."""
    issued: datetime | None = None

    @property
    def lasts(self) -> timedelta:
        """Give how long it counts after it was loaded."""
        return min(self.max_age, OLDEST)


def read(data: bytes) -> SafetyFile:
    """Read a file. Raises `ArchiveError`, one line, that says what is wrong where."""
    if len(data) > LARGEST:
        _refuse(f"larger than {LARGEST} octets")
    plain = _object(_decoded(data), "the file")
    version = plain.get("version")
    if type(version) is not int or version != VERSION:
        _refuse(f"version: expected {VERSION}")
    publisher = _domain(plain.get("publisher"), "publisher")
    domains = _domains(plain, publisher)
    return SafetyFile(
        publisher,
        domains,
        _entries(plain),
        _words(plain.get("hint", ""), "hint", HINT_LENGTH),
        _report(plain.get("report")),
        _max_age(plain.get("max_age")),
        _issue(plain.get("id", "")),
        _time(plain.get("issued")),
    )


def write(file: SafetyFile) -> bytes:
    """Write a file: the same value gives the same bytes. An issue without `id` is named by its content."""
    plain: dict[str, Any] = {
        "version": VERSION,
        "publisher": file.publisher.ascii,
        "domains": [name.ascii for name in file.domains],
        "not_ours": [_entry_to_plain(entry) for entry in file.not_ours],
        "max_age": int(file.max_age.total_seconds()),
    }
    if file.hint:
        plain["hint"] = file.hint
    if file.report is not None:
        plain["report"] = f"mailto:{file.report.wire}"
    if file.issued is not None:
        plain["issued"] = file.issued.astimezone(UTC).isoformat().replace("+00:00", "Z")
    plain["id"] = file.issue or hashlib.sha256(_encoded(plain)).hexdigest()[:16]
    return _encoded(plain)


def _encoded(plain: Mapping[str, Any]) -> bytes:
    return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()


def _entry_to_plain(entry: Entry) -> dict[str, str]:
    return {"domain": entry.domain.ascii} | ({"why": entry.why} if entry.why else {})


# --- reading -----------------------------------------------------------------------------------


def _refuse(fault: str) -> NoReturn:
    raise ArchiveError(fault)


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except UnicodeDecodeError:
        _refuse("not UTF-8 text")
    except (ValueError, RecursionError):
        _refuse("not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Read an object; a key given twice is read differently by different programs."""
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a key is given twice")
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(f"{where}: expected an object")
    return value


def _listed(plain: dict[str, Any], key: str, most: int) -> Iterable[tuple[int, Any]]:
    found = plain.get(key, [])
    if not isinstance(found, list):
        _refuse(f"{key}: expected a list")
    if len(found) > most:
        _refuse(f"{key}: more than {most}")
    return enumerate(found)


def _text(value: Any, where: str, longest: int) -> str:
    if not isinstance(value, str):
        _refuse(f"{where}: expected a text")
    if len(value) > longest:
        _refuse(f"{where}: longer than {longest} characters")
    return value


def _domain(value: Any, where: str) -> DomainName:
    text = _text(value, where, _MOST_NAME)
    try:
        name = DomainName.parse(text)
    except MalformedAddress as fault:
        _refuse(f"{where}: {shown(text)}: {fault}")
    if name.registrable is None:
        _refuse(f"{where}: {shown(text)}: nobody's own domain, but a public suffix or an address")
    return name


def _domains(plain: dict[str, Any], publisher: DomainName) -> tuple[DomainName, ...]:
    listed = _listed(plain, "domains", MOST_DOMAINS)
    found = dict.fromkeys((publisher, *(_domain(item, f"domains[{at}]") for at, item in listed)))
    if len(found) > MOST_DOMAINS:
        _refuse(f"domains: more than {MOST_DOMAINS} with the publisher")
    return tuple(found)


def _entries(plain: dict[str, Any]) -> tuple[Entry, ...]:
    found: dict[DomainName, Entry] = {}
    for at, item in _listed(plain, "not_ours", MOST_ENTRIES):
        where = f"not_ours[{at}]"
        entry = _object(item, where)
        name = _domain(entry.get("domain"), f"{where}.domain")
        why = _words(entry.get("why", ""), f"{where}.why", WHY_LENGTH)
        found.setdefault(name, Entry(name, why))
    return tuple(found.values())


def _words(value: Any, where: str, longest: int) -> str:
    text = _text(value, where, longest)
    if fault := fault_in(text):
        _refuse(f"{where}: {fault}")
    return text


def _report(value: Any) -> Mailbox | None:
    if value is None:
        return None
    scheme, _, address = _text(value, "report", _MOST_NAME + 7).partition(":")
    if scheme != "mailto":
        _refuse("report: expected mailto: and an address")
    try:
        mailbox = Mailbox.parse(address)
    except MalformedAddress as fault:
        _refuse(f"report: {fault}")
    if not mailbox.wire.isascii() or set(mailbox.wire) & set('"?& #'):
        _refuse("report: expected a plain address")
    return mailbox


def _max_age(value: Any) -> timedelta:
    if value is None:
        return DEFAULT_AGE
    if type(value) is not int or not 1 <= value <= _MOST_SECONDS:
        _refuse("max_age: expected a whole number of seconds")
    return timedelta(seconds=value)


def _issue(value: Any) -> str:
    text = _text(value, "id", LARGEST)
    if not _ID.fullmatch(text):
        _refuse("id: expected at most 64 letters, digits, dots and hyphens")
    return text


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(_text(value, "issued", _MOST_TIME))
        return at.astimezone(UTC) if at.tzinfo is not None else _refuse("issued: without a zone")
    except (ValueError, OverflowError):
        _refuse("issued: expected a time as in RFC 3339")


def shown(text: str) -> str:
    """Quote a stranger's text for an operator's eyes: in ASCII, no control characters, cut off."""
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
