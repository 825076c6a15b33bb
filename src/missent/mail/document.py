"""Own what was read of one part of a message: its text, tables, properties, and what was not read.

A document is a leaf of the MIME tree, or one thing inside it: a member of an archive, a mail in a mail.
All of them stand in one flat tuple, each named by its `position`, so that nothing is nested and
nothing is skipped: what could not be read is a `Problem` of a document, by its reason.

The text itself never appears in a repr (law 8), nor do names of files, sheets or properties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Where(StrEnum):
    """Where in a document a stretch of text stands."""

    BODY = "body"
    MARGIN = "margin"
    """Headers, footers, footnotes of a page: where markings are printed."""
    COMMENT = "comment"
    """Remarks of reviewers, speaker's notes."""
    REVISION = "revision"
    """Tracked changes: text the reader sees as deleted, or not at all."""
    HIDDEN = "hidden"
    """Hidden text, sheets, rows, columns, slides, layers."""
    RECOGNISED = "recognised"
    """Read off a picture (OCR)."""


class Reason(StrEnum):
    """Why something was not read."""

    MALFORMED = "malformed"
    TOO_BIG = "too_big"
    """More octets, characters, rows or pages than is read; or it expands to more."""
    TOO_MANY = "too_many"
    """More members or parts than are read."""
    TOO_DEEP = "too_deep"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DIED = "died"
    """The reading process ended without an answer."""
    NO_SANDBOX = "no_sandbox"
    """Nothing is read outside the sandbox, and it could not be set up."""
    ENCRYPTED = "encrypted"
    NO_READER = "no_reader"
    """The kind is known; its reader is not installed."""
    UNKNOWN_KIND = "unknown_kind"
    """No reader exists for it: programs, sound, film, unknown bytes."""
    PICTURE = "picture"
    """A picture: what it shows was not read."""

    @property
    def failed(self) -> bool:
        """Whether reading failed, which holds (law 5); else there was nothing to read it with."""
        return self not in _OPAQUE


_OPAQUE = frozenset({Reason.ENCRYPTED, Reason.NO_READER, Reason.UNKNOWN_KIND, Reason.PICTURE})


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of text, lines separated by ``\\n``, cells of a row in it by ``\\t``."""

    text: str = field(repr=False)
    where: Where = Where.BODY


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, as text; dates as ISO 8601, numbers as a person would read them."""

    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    name: str = field(default="", repr=False)
    """Of the sheet."""
    where: Where = Where.BODY


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture's file says beside the picture."""

    width: int = 0
    height: int = 0
    """Pixels; 0 if unknown."""
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    """Degrees, north and east positive (EXIF GPS)."""
    camera: str = field(default="", repr=False)
    taken: str = field(default="", repr=False)
    """ISO 8601 local time, if the file says it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One part of a message, read."""

    position: str
    """``2`` is the second leaf of the message, ``2/3`` the third member of it, and so on."""
    kind: str
    """Short lower-case name: ``text``, ``html``, ``pdf``, ``docx``, ``xlsx``, ``zip``, ``jpeg``,
    ``dicom``, ``eml``, ``pgp``, ``smime``, ``unknown``."""
    name: str | None = field(default=None, repr=False)
    """The file's name, one line."""
    texts: tuple[Text, ...] = ()
    tables: tuple[Table, ...] = ()
    properties: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values of document properties: title, author, sensitivity labels; of a mail its
    header fields; of DICOM its attributes."""
    picture: Picture | None = None
    problems: tuple[Reason, ...] = ()
    attached: bool = True
    """Not the letter itself: it has a file name, or is inside something that has."""
