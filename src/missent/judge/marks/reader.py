"""Own the search for markings in a message: its labels, its subject, its texts and tables.

Text is looked at only where one of `WORDS` stands in it, and there only the lines with it in the
capitals in which markings are printed (`_ANCHORS`), so that ordinary mail with *confidential* or
*official* in it costs a few searches for a string. What is not `sure` counts where it stands like a
marking: subject, margin, first or last line, or the same line twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from missent.judge.content import Content, Reading
from missent.judge.marks.grammar import LONGEST, Mark, Place
from missent.judge.marks.labels import GRAMMARS, HOUSE, LabelHeader, read, said_by
from missent.judge.marks.phrases import Phrase, of_line, of_subject
from missent.judge.vocabulary import plain
from missent.mail.document import Table, Where

_MOST = 1_000
"""Lines of a text that are looked at closer; no document has so many markings worth reading."""
_GLOSSARY = 3
"""A text whose lines give so many levels explains the markings; it does not carry them."""

_ANCHORS: dict[str, tuple[str, ...]] = {
    "secret": ("SECRET", "Secret//"),
    "confidential": ("CONFIDENTIAL",),
    "restricted": ("RESTRICTED", "ato Restricted", "ATO Restricted"),
    "official": ("OFFICIAL",),
    "protected": ("PROTECTED", "rotected A", "rotected B", "rotected C"),
    "protege": ("PROTÉGÉ", "PROTEGE"),
    "protect": ("PROTECT ",),
    "cui": ("CUI",),
    "controlled": ("CONTROLLED",),
    "fouo": ("FOUO",),
    "sbu": ("SBU",),
    "ouo": ("OUO",),
    "les": ("//LES", "(LES"),
    "sensitive": ("SENSITIVE", "fficial-S", "fficial: S", "fficial S"),
    "dissemination": ("issemination Control", "ISSEMINATION CONTROL"),
    "limdis": ("LIMDIS",),
    "unclassified": ("UNCLASSIFIED",),
    "nato": ("NATO ", "NATO/"),
    "otan": ("OTAN",),
    "cosmic": ("COSMIC",),
    "ue": ("UE/EU",),
    "restreint": ("RESTREINT",),
    "limite": ("LIMITE",),
    "tlp": ("TLP", "Tlp:"),
    "traffic": ("TRAFFIC LIGHT", "raffic Light P"),
    "sec": ("SEC=", "Sec="),
    "distribution": ("DISTRIBUTION STATEMENT", "istribution Statement"),
    "noforn": ("NOFORN",),
    "nf": ("//NF",),
    "ts": ("TS/",),
    "rel": ("//REL",),
    "si": ("//SI",),
    "orcon": ("ORCON",),
    "confidence": ("CONFIDENCE",),
    "nfd": ("NfD", "NFD"),
    "dienstgebrauch": ("ienstgebrauch", "DIENSTGEBRAUCH"),
    "vertraulich": ("VERTRAULICH", "-Vertr"),
    "geheim": ("GEHEIM", "Geheim"),
    "restreinte": ("RESTREINTE",),
    "confidentiel": ("CONFIDENTIEL",),
    "vertrouwelijk": ("VERTROUWELIJK", "Vertrouwelijk"),
    "confidentieel": ("CONFIDENTIEEL",),
    "classification": (
        "lassification:",
        "LASSIFICATION:",
        "lassification :",
        "LASSIFICATION :",
        "lassification\t",
    ),
    "marking": ("arking:", "ARKING:", "arking\t", "ARKING\t"),
}
WORDS = frozenset(_ANCHORS)
"""Plain words of which one stands in every marked text."""
_KNOWN = frozenset(word.encode() for word in WORDS)


@dataclass(frozen=True, slots=True)
class Marked:
    """A marking and the document that carries it; no document is the mail's own header."""

    mark: Mark
    reading: Reading | None


def labels(content: Content, extra: tuple[LabelHeader, ...] = ()) -> Iterator[Marked]:
    """Give the labels in the message's header and in the properties of its documents."""
    for mark in read(content.message.fields, Place.HEADER, extra):
        yield Marked(mark, None)
    for reading in content.readings:
        if reading.document.properties:
            for mark in read(reading.document.properties, Place.PROPERTY, extra):
                yield Marked(mark, reading)


def texts(content: Content) -> Iterator[Marked]:
    """Give the markings that are written in the subject and in the texts."""
    if not WORDS.isdisjoint(content.letter.words):  # the subject is the letter's first line
        for mark in subject(content.message.subject):
            yield Marked(mark, None)
    for reading in content.with_any(WORDS):
        for mark in _written(
            reading, skip=reading is content.letter and bool(content.message.subject)
        ):
            yield Marked(mark, reading)


def subject(text: str) -> tuple[Mark, ...]:
    """Give the markings of a subject: for each scheme, what the longest phrase says."""
    found: dict[str, Mark] = {}
    if _KNOWN.isdisjoint(plain(text).split()):
        return ()
    for phrase in of_subject(text):
        for mark in _read(phrase):
            if mark.sure or phrase.alone:
                found.setdefault(mark.scheme, replace(mark, place=Place.SUBJECT))
        if phrase.alone and found:
            break  # ``OFFICIAL`` of ``OFFICIAL - PERSONAL DATA`` is not another one
    return tuple(found.values())


def _written(reading: Reading, *, skip: bool) -> Iterator[Mark]:
    anchors = tuple(a for word in WORDS & reading.words for a in _ANCHORS[word])
    document = reading.document
    found: list[tuple[Mark, Phrase]] = []
    doubtful: list[tuple[Mark, Phrase]] = []
    for text in document.texts[1:] if skip else document.texts:
        edges = _edges(text.text)
        for line in _lines(text.text, anchors):
            for mark, phrase in _line(line, margin=text.where is Where.MARGIN):
                firm = (
                    mark.sure or phrase.labelled or phrase.place in (Place.SUBJECT, Place.PORTION)
                )
                at_edge = mark.scheme != HOUSE and (
                    phrase.place is Place.MARGIN or line.strip() in edges
                )
                (found if firm or at_edge else doubtful).append((mark, phrase))
    found += _tabled(document.tables, anchors)
    yield from _counted(found, doubtful)


def _tabled(tables: tuple[Table, ...], anchors: tuple[str, ...]) -> Iterator[tuple[Mark, Phrase]]:
    """Give the markings of cells that are sure, or stand beside *Classification*."""
    rows = (("\t".join(row), table.where) for table in tables for row in table.rows)
    marked = ((row, where) for row, where in rows if any(anchor in row for anchor in anchors))
    for row, where in islice(marked, _MOST):
        for line in _lines(row, anchors):
            for mark, phrase in _line(line, margin=where is Where.MARGIN):
                if mark.sure or phrase.labelled:
                    yield mark, phrase


def _counted(
    found: list[tuple[Mark, Phrase]], doubtful: list[tuple[Mark, Phrase]]
) -> Iterator[Mark]:
    """Give what counts: doubtful lines if they stand twice, nothing out of a glossary."""
    often = Counter(phrase.text for _, phrase in doubtful)
    levels = {mark.level for mark, phrase in (*found, *doubtful) if phrase.place is Place.BANNER}
    twice = [
        (mark, phrase)
        for mark, phrase in doubtful
        if often[phrase.text] > 1 and mark.scheme != HOUSE
    ]
    for mark, phrase in (*found, *twice):
        if len(levels) < _GLOSSARY or phrase.place is not Place.BANNER or phrase.labelled:
            yield replace(mark, place=phrase.place)


def _line(line: str, *, margin: bool) -> list[tuple[Mark, Phrase]]:
    """Give the markings of a line, of each scheme what the longest phrase says."""
    found: dict[str, tuple[Mark, Phrase]] = {}
    for phrase in of_line(line, margin=margin):
        for mark in _read(phrase):
            portion = phrase.place is Place.PORTION and mark.scheme == "us-cui"
            if mark.sure or phrase.alone or portion:
                found.setdefault(mark.scheme, (mark, phrase))
        if found and phrase.place is not Place.PORTION:
            break
    return list(found.values())


def _read(phrase: Phrase) -> tuple[Mark, ...]:
    marks = _marks(phrase.text)
    if marks or phrase.text.isupper() or not (phrase.alone or phrase.labelled):
        return marks
    if phrase.labelled:
        said = said_by(phrase.text) if len(phrase.text) < 40 else None
        return (said,) if said and said.level else ()
    return tuple(mark for mark in _marks(phrase.text.upper()) if mark.sure)


def _marks(text: str) -> tuple[Mark, ...]:
    found: dict[str, Mark] = {}
    for grammar in GRAMMARS:
        for mark in grammar(text):
            found.setdefault(mark.scheme, mark)
    return tuple(found.values())


def _lines(text: str, anchors: tuple[str, ...]) -> Iterator[str]:
    """Give the lines in which an anchor stands, each once, in order."""
    starts: dict[int, int] = {}
    for anchor in anchors:
        at = text.find(anchor)
        while at >= 0 and len(starts) < _MOST:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            if end - start > LONGEST:  # a row of a table: look at the cell
                start = max(start, text.rfind("\t", start, at) + 1)
                end = min(end, text.find("\t", at) % (len(text) + 1))
            starts[start] = end
            at = text.find(anchor, end)
    for start in sorted(starts):
        yield text[start : min(starts[start], start + 2_000)]


def _edges(text: str) -> tuple[str, ...]:
    """Give the first and the last line that are not blank."""
    bare = text.strip()
    return (bare[: bare.find("\n") % (len(bare) + 1)].strip(), bare[bare.rfind("\n") + 1 :].strip())
