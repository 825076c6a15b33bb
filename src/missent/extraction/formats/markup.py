"""Own how XML of office documents is walked: as events, without a tree, and without a DTD.

The events come straight from expat, so that memory stays small however many elements there are.
A document type declaration is refused at its first octet: without one there are no entities of the
document's own to expand and nothing outside to fetch (defusedxml does the same, at ten times the cost).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol
from xml.parsers import expat

from missent.extraction.reader import Exceeded
from missent.mail.document import Reason

DEEPEST = 1_000
"""Elements in elements: an office program writes tens."""


class Listener(Protocol):
    """What is told of a document; tags come without their prefix."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin; attributes have their prefixes (see `attribute`)."""

    def end(self, tag: str) -> None:
        """Hear an element end."""

    def text(self, data: str) -> None:
        """Hear text between two tags."""


def walk(octets: bytes, listener: Listener) -> None:
    """Tell the listener what stands in a document.

    Raises `ValueError` at a DTD, expat's error, and `Exceeded` where elements are nested too deep.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    local = _Local()
    start, end = listener.start, listener.end
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Exceeded(Reason.TOO_DEEP)
        start(local[name], attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local[name])

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = listener.text
    parser.Parse(octets, True)


class _Local(dict[str, str]):
    """Names without their prefix, made once each."""

    def __missing__(self, name: str) -> str:
        made = self[name] = name.rpartition(":")[2]
        return made


def _refuse(*_: object) -> NoReturn:
    raise ValueError("a document type declaration")


def attribute(attributes: Mapping[str, str], name: str) -> str | None:
    """Give an attribute by its name without prefix."""
    for key, value in attributes.items():
        if key == name or key.endswith(":" + name):
            return value
    return None


def truth(value: str | None) -> bool:
    """Tell whether a switch is on: it is, too, where its value is left out (ECMA-376-1 §17.17.4)."""
    return value is None or value.strip().lower() not in {"0", "false", "off", "none"}


class Leaves:
    """A listener that hands over each element that holds only text, with its attributes."""

    def __init__(self, leaf: Callable[[str, Mapping[str, str], str], None]) -> None:
        self._leaf = leaf
        self._tag = ""
        self._open: Mapping[str, str] | None = None
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin anew: what held an element is no leaf."""
        self._tag, self._open = tag, attributes
        self._pieces.clear()

    def end(self, tag: str) -> None:
        """Hand over a leaf."""
        if self._open is not None and tag == self._tag:
            self._leaf(tag, self._open, "".join(self._pieces).strip())
        self._open = None
        self._pieces.clear()

    def text(self, data: str) -> None:
        """Gather."""
        self._pieces.append(data)
