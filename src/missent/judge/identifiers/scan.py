"""Own the one pass over a text that finds identifiers.

The text is searched for digits only; at each word that holds one, the readers of `contacts`,
`numbers` and `mixed` are asked in turn, and the search goes on behind what they found, or behind the
word. So each character is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from missent.judge.identifiers import contacts, mixed, mrz, numbers
from missent.judge.identifiers.kinds import Identifier

_ONLY_DIGITS = bytes(48 if 48 <= c < 58 else 32 for c in range(256))
_DIGITS = re.compile(rb"00*")
"""Digits, after every one became a zero: a literal is searched for several times as fast as a set."""
_WORD = re.compile(r"[A-Za-z0-9]+")
_FANCY = (("\u00a0", " "), ("\u202f", " "), ("\u2009", " "), ("\u2007", " "), ("\u2010", "-"))
_FANCIER = (("\u2011", "-"), ("\u2012", "-"), ("\u2013", "-"), ("\u2212", "-"))
_HEX_BEFORE = re.compile(r"(?<![\w:-])[0-9A-Fa-f:-]{2,36}$")
_PREFIX = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[ -]$")
_ONE = re.compile(r"[12] \d\d \d\d |[01][ .\-](?:\(?\d{3}\b)")
"""What may begin with a single digit: a French number, a telephone with its trunk prefix."""
_DATED = frozenset(" -./,")
_MONTHLY = frozenset(" -/,")
_WORD_LIMIT = 4_096


def find(text: str, spans: Iterable[tuple[int, int]] | None = None) -> Iterator[Identifier]:
    """Give the identifiers in a text, or in stretches of it, by where they begin.

    They do not overlap. The stretches are in order, too; words beside them count as well.
    """
    text = _plainly(text)
    octets = text.encode("ascii", "replace").translate(_ONLY_DIGITS)
    for begin, end in ((0, len(text)),) if spans is None else spans:
        readers = (mrz.find, contacts.addresses, mixed.swift)
        fixed = sorted((one for read in readers for one in read(text, begin, end)), key=_begin)
        yield from _merged(text, octets, fixed, (begin, end))


def _begin(identifier: Identifier) -> tuple[int, int]:
    return identifier.start, -identifier.end


def _plainly(text: str) -> str:
    """Write spaces and hyphens of typesetters as common ones, in as many characters."""
    if text.isascii():
        return text
    for fancy, common in (*_FANCY, *_FANCIER):
        text = text.replace(fancy, common)
    return text


def _merged(
    text: str, octets: bytes, fixed: list[Identifier], span: tuple[int, int]
) -> Iterator[Identifier]:
    """Give the fixed ones, and what stands between them."""
    done, last = span
    for one in fixed:
        if one.start < done:
            continue
        for found in _between(text, octets, done, one.start):
            yield found
            done = found.end
        if one.start >= done:
            yield one
            done = one.end
    yield from _between(text, octets, done, last)


def _between(text: str, octets: bytes, begin: int, end: int) -> Iterator[Identifier]:
    done = begin
    for digits in _DIGITS.finditer(octets, begin, end):
        at = digits.start()
        if at < done:
            continue
        start = at
        while start > done and text[start - 1].isalnum() and text[start - 1].isascii():
            start -= 1
        word = _WORD.match(text, start)
        stop = word.end() if word else digits.end()
        found = _read(text, start, stop, done) if stop - start < _WORD_LIMIT else None
        if found is not None and found.start >= done:
            yield found
            stop = max(stop, found.end)
        done = stop


def _read(text: str, start: int, stop: int, done: int) -> Identifier | None:
    """Give what begins at this word, or a little before it."""
    plain = text[start:stop].isdigit()
    before = text[start - 1] if start > done else ""
    if before and before in "+(:-":
        found = _earlier(text, start, done, before)
        if found is not None:
            return found
    after = text[stop : stop + 1]
    if after in (":", "-", ".") or (before == ":" and not plain):
        found = contacts.hexadecimal(text, start)
        if found is not None:
            return found
    if not plain:
        return _lettered(text, start, stop)
    if after == "." and stop - start <= 3:
        found = contacts.internet4(text, start)
        if found is not None:
            return found
    return _figures(text, start, stop, done)


def _earlier(text: str, start: int, done: int, before: str) -> Identifier | None:
    if before in "+(":
        begin = start - 2 if text[max(done, start - 2) : start] == "+(" else start - 1
        return contacts.phone(text, max(begin, done))
    floor = max(done, start - 37)
    match = _HEX_BEFORE.search(text[floor:start])
    return contacts.hexadecimal(text, floor + match.start()) if match else None


def _lettered(text: str, start: int, stop: int) -> Identifier | None:
    if stop - start <= 9 and text[start].isdigit():
        found = contacts.date(text, start)
        if found is not None:
            return found
    return mixed.classify(text, start)


def _figures(text: str, start: int, stop: int, done: int) -> Identifier | None:
    if stop - start <= 4 and (
        (start and text[start - 1] in _MONTHLY) or text[stop : stop + 1] in _DATED
    ):
        found = contacts.date(text, start)
        if found is not None:
            return found
    if start - done >= 3 and text[start - 1] in " -":
        floor = max(done, start - 4)
        prefix = _PREFIX.search(text[floor:start])
        found = mixed.classify(text, floor + prefix.start()) if prefix else None
        if found is not None and found.end >= stop:
            return found
    if stop - start == 1 and not _ONE.match(text, start):
        return None
    run = numbers.RUN.match(text, start)
    if run is None or run.end() - start < numbers.SHORTEST:
        return None
    found = numbers.classify(text, start, run)
    if found is not None:
        return found
    return _loose(text, start, stop)


def _loose(text: str, start: int, stop: int) -> Identifier | None:
    """Give a telephone number, or groups of digits that a word names."""
    found = contacts.phone(text, start)
    if found is None and text[stop : stop + 1] == "-" and stop - start in (6, 8):
        found = mixed.classify(text, start)
    if found is None and text[stop : stop + 1] in ("-", " ", "/"):
        found = mixed.by_name(text, start)
    return found if found is not None and found.end >= stop else None
