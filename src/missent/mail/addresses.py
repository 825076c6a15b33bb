"""Own how a header falls into fields, and which mailboxes an address field can be read to name.

A header is evidence, never the truth (the envelope is), and programs disagree about malformed
address lists: one delivers to ``b@y`` where another reports ``a@x``. So the reading here is a union:
whatever some program could take for an address is found, in display names, comments, encoded words
and after semicolons, too; where readings differ, the field says so. Nothing here recurses or
backtracks, and nothing depends on the interpreter's own address parser, which changed in 3.13.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeVar

from missent.errors import MalformedAddress
from missent.mail.mailbox import Mailbox

MAX_SPECS: Final = 5_000
"""``@`` signs read in one field: beyond any MTA's recipient limit, and it bounds the time."""
MAX_FIELD: Final = 131_072
"""Characters read in one address field; Postfix cuts a field at 102,400."""
_SHORT: Final = 320
"""Characters within which an ordinary address is looked for."""
MAX_LEXEMES: Final = 50_000
"""Pieces read in one address field: 2,000 recipients with names have about 20,000."""

REPLY_FIELDS: Final = ("from", "reply-to", "to", "cc", "mail-followup-to", "mail-reply-to")
"""Fields some mail program takes reply-all's recipients from (RFC 5322 §3.6.3, and the two of qmail)."""

_ATOM = r"[^\x00-\x20\x7f\"(),:;<>@\[\]\\]+"
_QUOTED = r"\"[^\"\\]*(?:\\.[^\"\\]*)*\""
_LEXEME = re.compile(
    rf"""(?P<space>[ \t\r\n]+)|(?P<quoted>{_QUOTED})
    |(?P<angle><[^<>"\\]*(?:(?:\\.|{_QUOTED})[^<>"\\]*)*>)
    |(?P<literal>\[[^\[\]\\]*\])|(?P<word>{_ATOM})|(?P<mark>[@,;:])|(?P<open>\()""",
    re.VERBOSE | re.DOTALL,
)
_SPEC = r"[0-9A-Za-z._+-]+@[0-9A-Za-z.-]+"
_ORDINARY = re.compile(
    rf"(?:(?:[0-9A-Za-z_ -]*[0-9A-Za-z]|\"[0-9A-Za-z_ .,-]*\") ?(<{_SPEC}>)|({_SPEC}))"
)
"""One address as nearly all mail writes it, where no two programs differ."""
_IN_COMMENT = re.compile(r"[()\\]")
_WORD = re.compile(_ATOM)
_HOST = re.compile(r"\[[^\[\]\s]{1,80}\]|[0-9A-Za-z_.\-\u0080-\U0010FFFF]+")
_NAME = re.compile(
    rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:"
)  # white space before the colon: obs, yet read
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")  # RFC 2047 §2, spaces let through
_CHARSETS = re.compile(  # others (zlib, idna, unicode_escape, ...) are no mail charsets, or slow
    r"(?:utf-?(?:7|8|16)|(?:us-)?ascii|iso-8859-\d+|(?:windows-|cp)125\d|koi8-[ru]|gb2312|gbk|gb18030"
    r"|big5|euc-(?:jp|kr)|shift_jis|iso-2022-(?:jp|kr)|tis-620)\Z",
    re.IGNORECASE,
)
_T = TypeVar("_T")


# --- fields --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawField:
    """One header field, folded lines and the last line end included."""

    name: bytes
    """As written, without colon."""
    start: int
    """Offset of the name."""
    end: int
    """Offset behind the field's last line end."""
    colon: int
    """Offset of the colon."""

    @property
    def key(self) -> str:
        """Give the name as it is compared."""
        return self.name.decode("ascii").lower()


@dataclass(frozen=True, slots=True)
class Header:
    """A message's header: its fields from the top, and where the body starts."""

    fields: tuple[RawField, ...]
    body: int
    """Offset of the first body octet; the length of the data where no empty line ends the header."""
    malformed: bool
    """A line is neither field nor continuation: some programs end the header there, others go on."""


def header(data: bytes, limit: int = 0) -> Header:
    """Read the header up to the first empty line, or the first `limit` fields of it (0 = all)."""
    found: list[RawField] = []
    position, malformed = 0, False
    while position < len(data) and not (limit and len(found) == limit):
        end = data.find(b"\n", position) + 1 or len(data)
        line = data[position:end]
        if line in (b"\r\n", b"\n"):
            return Header(tuple(found), end, malformed)
        if line[:1] in (b" ", b"\t"):
            malformed |= not found
            if found:
                last = found[-1]
                found[-1] = RawField(last.name, last.start, end, last.colon)
        elif match := _NAME.match(line):
            found.append(RawField(match[1], position, end, position + match.end() - 1))
        else:  # an mbox separator on top is no field, and harmless
            malformed |= position > 0 or not line.startswith(b"From ")
        position = end
    return Header(tuple(found), position, malformed)


def fields(data: bytes) -> list[RawField]:
    """List the header's fields from the top."""
    return list(header(data).fields)


def unfold(data: bytes, field: RawField) -> str:
    """Give a field's value on one line; octets that are no UTF-8 become U+FFFD."""
    raw = data[field.colon + 1 : field.end].replace(b"\r", b"").replace(b"\n", b"")
    return raw.decode("utf-8", "replace").strip(" \t")


def decode_words(text: str) -> str:
    """Decode RFC 2047 encoded words wherever they stand; what cannot be decoded stays readable."""
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for match in _ENCODED.finditer(text):
        gap = text[position : match.start()]
        if gap.strip() or match[1].lower() != charset:  # else a character may span two words
            out += [_decode(pending, charset), gap if gap.strip() or not position else ""]
            pending, charset = b"", match[1].lower()
        pending += _word_bytes(match[2], match[3])
        position = match.end()
    return "".join([*out, _decode(pending, charset), text[position:]])


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return raw


def _decode(raw: bytes, charset: str) -> str:
    name = charset.partition("*")[0]  # RFC 2231 §5: a language may follow
    return raw.decode(name if _CHARSETS.match(name) else "latin-1", "replace")


# --- address lists -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of an address list, exactly as written."""

    text: str
    delivered: tuple[Mailbox, ...]
    """What the grammar of RFC 5322 §3.4 (obsolete forms included) says is addressed."""
    mentioned: tuple[Mailbox, ...]
    """What any reading at all finds; includes `delivered`."""
    ambiguous: bool
    """Programs differ about whom this addresses, or it shows another address than it uses."""
    loose: bool = False
    """Words stand around a bare address; some programs glue them to its local part or domain."""
    angle: tuple[int, int] | None = None
    """Where ``<...>`` stands in `text`, if there is exactly one."""


@dataclass(frozen=True, slots=True)
class Group:
    """``Name: member, member;`` (RFC 5322 §3.4)."""

    name: Entry
    members: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class AddressList:
    """One address field's value, read."""

    elements: tuple[Entry | Group, ...]
    ambiguous: bool
    broken: bool
    """A quote, comment or angle bracket is not closed, or the list is too long to be read."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Give every entry in order; a group's name counts as one, as some programs read it."""
        flat = ((e.name, *e.members) if isinstance(e, Group) else (e,) for e in self.elements)
        return tuple(chain.from_iterable(flat))

    @property
    def mentioned(self) -> tuple[Mailbox, ...]:
        """Give every mailbox any reading finds, in order."""
        return _unique(box for entry in self.entries for box in entry.mentioned)

    @property
    def delivered(self) -> tuple[Mailbox, ...]:
        """Give the mailboxes the grammar says are addressed, in order."""
        return _unique(box for entry in self.entries for box in entry.delivered)


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read_list(value: str) -> AddressList:
    """Read one unfolded address field's value. Linear in its length; never raises."""
    if value.count("@") > MAX_SPECS or len(value) > MAX_FIELD:
        return AddressList((), ambiguous=True, broken=True)
    return _ordinary(value.strip(" \t")) or _read_list(value)


def _ordinary(text: str) -> AddressList | None:
    """Read one ordinary address; None for anything else."""
    match = _ORDINARY.fullmatch(text) if len(text) < _SHORT else None
    if match is None:
        return None
    try:
        box = Mailbox.parse(match[2] or match[1][1:-1])
    except MalformedAddress:
        return None
    angle = match.span(1) if match[1] else None
    entry = Entry(text, (box,), (box,), ambiguous=False, angle=angle)
    return AddressList((entry,), ambiguous=False, broken=False)


def _read_list(value: str) -> AddressList:
    lexemes = _lex(value)
    if lexemes and lexemes[-1].kind == "broken":
        whole = Entry(value, (), mentions(value), ambiguous=True)
        return AddressList((whole,), ambiguous=True, broken=True)
    elements, odd = _Builder(value).build(lexemes)
    result = AddressList(elements, ambiguous=False, broken=False)
    return AddressList(elements, odd or any(e.ambiguous for e in result.entries), broken=False)


def mentions(text: str) -> tuple[Mailbox, ...]:
    """Find every mailbox any reading of `text` gives, wherever it stands."""
    if "@" not in text and "=?" not in text:
        return ()
    variants = dict.fromkeys((text, text.replace("\\", ""), decode_words(text)))
    found = (
        spec
        for variant in variants
        for spec in chain(_adjacent(variant), (s.text for s in _specs(_lex(variant))))
    )
    return _mailboxes(dict.fromkeys(found))


def reply_all_targets(data: bytes) -> set[Mailbox]:
    """Give everybody a reply-all to this message could reach, by any mail program's reading."""
    return {
        mailbox
        for field in fields(data)
        if field.key in REPLY_FIELDS
        for mailbox in mentions(unfold(data, field))
    }


class _Builder:
    """Puts lexemes together to entries and groups."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._elements: list[Entry | Group] = []
        self._current: list[_Lexeme] = []
        self._group: Entry | None = None
        self._members: list[Entry] = []
        self._odd = False
        self._stray_semicolon = False

    def build(self, lexemes: list[_Lexeme]) -> tuple[tuple[Entry | Group, ...], bool]:
        """Give the elements, and whether separators stand where programs read them differently."""
        steps = {",": self._flush, ";": self._close, ":": self._open}
        for lexeme in lexemes:
            step = steps.get(lexeme.text) if lexeme.kind == "mark" else None
            if step is None:
                self._current.append(lexeme)
            else:
                step()
        self._flush()
        if self._group is not None:
            self._close()
        return tuple(self._elements), self._odd

    def _flush(self) -> None:
        lexemes, self._current = self._current, []
        entry = _entry(self._value, lexemes)
        if not entry.text:
            return
        self._odd |= self._stray_semicolon
        if self._group is None:
            self._elements.append(entry)
        else:
            self._members.append(entry)

    def _open(self) -> None:
        if self._group is not None:
            self._odd = True  # a group in a group: there is no such thing
            self._flush()
            return
        lexemes, self._current = self._current, []
        self._group = _entry(self._value, lexemes)
        self._odd |= bool(self._group.mentioned)

    def _close(self) -> None:
        self._flush()
        if self._group is None:
            self._stray_semicolon = True  # as Outlook users write; harmless at the very end
            return
        self._elements.append(Group(self._group, tuple(self._members)))
        self._group, self._members = None, []


def _entry(value: str, lexemes: list[_Lexeme]) -> Entry:
    solid = [lexeme for lexeme in lexemes if lexeme.kind not in ("space", "comment")]
    filled = [lexeme for lexeme in lexemes if lexeme.kind != "space"]
    if not filled:
        return Entry("", (), (), ambiguous=False)
    start = filled[0].start
    text = value[start : filled[-1].end]
    specs = list(_specs(solid))
    delivered = _mailboxes(dict.fromkeys(spec.text for spec in specs))
    plain = len(specs) == 1 and specs[0].length == 3 and specs[0].text in text
    if plain and text.count("@") == 1 and len(delivered) == 1 and not ("=?" in text or "'" in text):
        mentioned: tuple[Mailbox, ...] = delivered  # nearly all mail: no other reading is possible
    else:
        mentioned = _unique(chain(delivered, mentions(text)))
    angles = [lexeme for lexeme in solid if lexeme.kind == "angle"]
    shown = any(box not in delivered and "." in box.domain.ascii for box in mentioned)
    loose = _leaves_words([one for one in solid if one.kind != "angle"]) or any(
        _leaves_words(_without_route(angle)) for angle in angles
    )
    routed = any(set(spec.text.rpartition("@")[0]) & set("%!") for spec in specs)
    return Entry(
        text,
        delivered,
        mentioned,
        ambiguous=len(delivered) > 1 or shown or loose or routed,
        loose=loose,
        angle=(angles[0].start - start, angles[0].end - start) if len(angles) == 1 else None,
    )


def _leaves_words(lexemes: list[_Lexeme]) -> bool:
    """Tell whether there is an address and, beside it, something that belongs to nothing."""
    specs = list(_specs(lexemes))
    return bool(specs) and sum(spec.length for spec in specs) < len(lexemes)


def _without_route(angle: _Lexeme) -> list[_Lexeme]:
    """Give what stands in an angle behind a source route (RFC 5322 §4.4: ``@a,@b:``)."""
    inside = angle.text[1:-1].rpartition(":")[2] if "[" not in angle.text else angle.text[1:-1]
    return [one for one in _lex(inside) if one.kind not in ("space", "comment")]


# --- lexemes -------------------------------------------------------------------------------------


def _lex(value: str) -> list[_Lexeme]:
    """Cut `value` up; the first thing that is not closed makes the rest one ``broken`` lexeme."""
    found: list[_Lexeme] = []
    position = 0
    while position < len(value):
        match = _LEXEME.match(value, position)
        kind = match.lastgroup if match else None
        end = _comment_end(value, position) if kind == "open" else match.end() if match else 0
        if not end or len(found) == MAX_LEXEMES:
            return [*found, _Lexeme("broken", position, value[position:])]
        name = "comment" if kind == "open" else str(kind)
        found.append(_Lexeme(name, position, value[position:end]))
        position = end
    return found


def _comment_end(value: str, start: int) -> int:
    """Find the offset behind a comment, nested ones included; 0 if it is not closed."""
    depth, position = 0, start
    while match := _IN_COMMENT.search(value, position):
        position = match.end()
        if match[0] == "\\":
            position += 1
            continue
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return position
    return 0


@dataclass(frozen=True, slots=True)
class _Spec:
    text: str
    length: int
    """How many lexemes it took."""


def _specs(lexemes: Iterable[_Lexeme]) -> Iterator[_Spec]:
    """Find ``local@domain`` by the grammar: white space and comments around dots and @ are nothing."""
    solid = [lexeme for lexeme in lexemes if lexeme.kind not in ("space", "comment", "broken")]
    for index, lexeme in enumerate(solid):
        if lexeme.kind == "angle":
            yield from _specs(_lex(lexeme.text[1:-1]))  # one level: an angle cannot hold an angle
        if lexeme.text != "@":
            continue
        left = _run(solid, index - 1, -1, ("word", "quoted"))
        right = _run(solid, index + 1, 1, ("word", "literal"))
        if left and right:
            local = _local([part.text for part in reversed(left)])
            domain = "".join(part.text for part in right).rstrip(".")
            yield _Spec(f"{local}@{domain}", len(left) + 1 + len(right))


def _run(solid: list[_Lexeme], index: int, step: int, kinds: tuple[str, ...]) -> list[_Lexeme]:
    """Take the lexeme at `index` and those joined to it by dots, walking by `step`."""
    taken: list[_Lexeme] = []
    while 0 <= index < len(solid) and solid[index].kind in kinds:
        taken.append(solid[index])
        pair = solid[index : index + 2] if step > 0 else solid[max(index - 1, 0) : index + 1]
        if not (pair[0].text.endswith(".") or pair[-1].text.startswith(".")):
            break
        index += step
    return taken


def _local(parts: list[str]) -> str:
    if not any(part.startswith('"') for part in parts):
        return "".join(parts)
    plain = "".join(re.sub(r"\\(.)", r"\1", p[1:-1]) if p.startswith('"') else p for p in parts)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _adjacent(text: str) -> Iterator[str]:
    """Find ``word@host`` wherever the two touch the @, whatever quotes or comments surround them."""
    backwards = text[::-1]
    at = text.find("@")
    while at >= 0:
        left = _WORD.match(backwards, len(text) - at)
        right = _HOST.match(text, at + 1)
        if left and right:
            yield f"{left[0][::-1].lstrip(chr(39))}@{right[0].rstrip('.')}"
        at = text.find("@", at + 1)


def _mailboxes(specs: Iterable[str]) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    for spec in specs:
        try:
            found.append(Mailbox.parse(spec))
        except MalformedAddress:
            continue
    return _unique(found)


def _unique(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))
