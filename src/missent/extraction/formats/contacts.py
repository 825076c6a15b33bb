"""Own the reading of calendar entries and contacts (RFC 5545, RFC 6350): who, where, when.

Only the library's lexer is used: its values look time zones up in files, which nothing here may open.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from typing import Any

from icalendar import parser

from missent.extraction.charset import decoded
from missent.extraction.formats.draft import Draft
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Reason
from missent.mail.html import text_of

_FOLD = re.compile(r"\n[ \t]")
_DEEPEST = 20
"""Components in components; a calendar has three levels (RFC 5545 §3.6)."""
_LINE = 100_000
"""Characters of one unfolded line that is no attachment."""
_ENTRIES = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_SAID = {
    "SUMMARY": "Summary",
    "DESCRIPTION": "Description",
    "LOCATION": "Location",
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "COMMENT": "Comment",
    "CONTACT": "Contact",
    "CATEGORIES": "Categories",
    "CLASS": "Class",
    "RESOURCES": "Resources",
    "X-ALT-DESC": "Description",
    "GEO": "Position",
    "URL": "Link",
}
_COLUMNS = {
    "FN": "Name",
    "ORG": "Organisation",
    "TITLE": "Title",
    "ROLE": "Role",
    "EMAIL": "E-mail",
    "TEL": "Phone",
    "ADR": "Address",
    "BDAY": "Date of birth",
    "URL": "Link",
    "NOTE": "Note",
}
_UNTOLD = frozenset(
    {"VERSION", "BEGIN", "END", "PRODID", "REV", "UID", "N", "SOURCE", "KIND", "CLASS"}
)
_FILES = frozenset({"PHOTO", "LOGO", "SOUND"})
_ESCAPED = re.compile(r"\\([nN,;\\:])")
_WHEN = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?\Z")
_lexed: Any = parser.Contentline
_Property = tuple[str, Mapping[str, str], str]


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a calendar as lines, contacts as a table; then what is attached to entries."""
    kind = kind_of(item.octets, item.name, item.content_type)
    draft = Draft(item, "vcf" if kind == "vcf" else "ics", budget)
    files: list[tuple[str, bytes]] = []
    with draft.limited():
        if kind == "vcf":
            _contacts(draft, _properties(item.octets), files)
        else:
            _entries(draft, _properties(item.octets), files)
    yield draft.document()
    for number, (name, octets) in enumerate(files, 1):
        yield from budget.inside(item, number, name, octets)


def _properties(octets: bytes) -> Iterator[_Property]:
    """Give name, parameters and value of each line; a line that is none is passed over."""
    text = _FOLD.sub("", decoded(octets))
    if "QUOTED-PRINTABLE" in text.upper():
        text = text.replace("=\n", "")  # how vCard 2.1 folds
    for line in text.split("\n"):
        if ":" not in line:
            yield "", {}, line
            continue
        parameters: Mapping[str, str] = {}
        try:
            if len(line) > _LINE:  # an attachment: too long for a lexer made of patterns
                head, _, value = line.partition(":")
                name, parameters, _ = _lexed(f"{head[:1000]}:").parts()
            else:
                name, parameters, value = _lexed(line).parts()
        except ValueError:
            name, _, value = line.partition(":")
        yield name.rpartition(".")[2].partition(";")[0].upper(), parameters, _undone(line, value)


def _undone(line: str, value: str) -> str:
    """Undo the transfer encoding of a text (vCard 2.1)."""
    head = line.partition(":")[0].upper()
    if "QUOTED-PRINTABLE" in head:
        return decoded(quopri.decodestring(value.encode("utf-8", "replace")))
    told = head.partition(";")[0].rpartition(".")[2]
    if told in _COLUMNS and ("ENCODING=B" in head or ";BASE64" in head):
        return decoded(_base64(value))
    return value


def _entries(draft: Draft, found: Iterator[_Property], files: list[tuple[str, bytes]]) -> None:
    lines: list[str] = []
    inside = False
    depth = 0
    for name, parameters, value in found:
        if name in ("BEGIN", "END"):
            depth += 1 if name == "BEGIN" else -1
            if depth > _DEEPEST:
                draft.fail(Reason.TOO_DEEP)
                break
            inside = name == "BEGIN" and (value.strip().upper() in _ENTRIES or inside)
        elif name == "ATTACH" and parameters.get("ENCODING", "").upper() == "BASE64":
            files.append((parameters.get("FILENAME", ""), _base64(value)))
        elif name == "ATTACH" and value.lower().startswith("data:"):
            draft.fail(Reason.UNKNOWN_KIND)
        elif not name:
            lines.append(value)
        elif name == "X-WR-CALNAME":
            draft.tell("title", _plain(value))
        elif inside and name in _SAID:
            lines.append(f"{_SAID[name]}: {_spoken(name, parameters, value)}")
    draft.say("\n".join(lines))


def _spoken(name: str, parameters: Mapping[str, str], value: str) -> str:
    if name in ("ATTENDEE", "ORGANIZER"):
        address = re.sub(r"(?i)\Amailto:", "", value.strip())
        known = str(parameters.get("CN", ""))
        return f"{known} <{address}>" if known and known != address else address
    if name == "X-ALT-DESC":
        return text_of(_plain(value))[0]
    if match := _WHEN.match(value.strip()):
        year, month, day, hour, minute, second, zulu = match.groups()
        date = f"{year}-{month}-{day}"
        return f"{date}T{hour}:{minute}:{second}{zulu}" if hour else date
    return _plain(value)


def _contacts(draft: Draft, found: Iterator[_Property], files: list[tuple[str, bytes]]) -> None:
    cards: list[dict[str, list[str]]] = []
    others: list[str] = []
    for name, _, value in found:
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            cards.append({})
        elif cards and name in _COLUMNS:
            told = ", ".join(piece for one in _split(value) if (piece := _plain(one)))
            draft.budget.spend(cells=1, characters=len(told))
            cards[-1].setdefault(name, []).append(told)
        elif name == "N" and cards:
            cards[-1].setdefault("N", [" ".join(filter(None, map(_plain, _split(value))))])
        elif name in _FILES:
            if "://" not in value[:20]:
                files.append(("", _base64(value.rpartition(",")[2])))
        elif name not in _UNTOLD and value.strip() and len(value) < _LINE:
            others.append(f"{name}: {_plain(value)}" if name else value)
    for card in cards:
        card.setdefault("FN", card.get("N", []))  # the older form of a name, alone
    used = [name for name in _COLUMNS if any(card.get(name) for card in cards)]
    if used:
        header = tuple(_COLUMNS[name] for name in used)
        rows = [tuple("; ".join(card.get(name, ())) for name in used) for card in cards]
        draft.tabulate([header, *rows])
    draft.say("\n".join(others))


def _split(value: str) -> list[str]:
    """Take a structured value apart at semicolons that are not escaped (RFC 6350 §3.4)."""
    return re.split(r"(?<!\\);", value)


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value).strip()


def _base64(value: str) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", value.encode("ascii", "ignore"))
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
