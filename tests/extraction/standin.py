"""A zygote whose readers do as the attachment says: the ways in which real ones misbehave.

Run as a program, as `missent.extraction.zygote` is; the readers are this module.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from missent.extraction.reader import Item, Limits
from missent.extraction.zygote import main
from missent.mail.document import Document, Text


def preload(*, ocr: bool = False) -> None:
    """Load nothing."""


def read_all(items: Iterable[Item], limits: Limits, *, ocr: bool = False) -> Iterator[Document]:
    """Do what each item says."""
    for item in items:
        order, _, rest = item.octets.partition(b" ")
        yield from _ORDERS[order.decode()](item, rest)


def _own(item: Item, text: str = "", inside: str = "") -> Document:
    return Document(item.position + inside, "text", item.name, (Text(text),))


def _say(item: Item, rest: bytes) -> Iterator[Document]:
    yield _own(item, rest.decode())


def _spin(item: Item, rest: bytes) -> Iterator[Document]:
    yield _own(item, "begun")
    yield _own(item, "inside", "/1")
    while True:
        pass


def _sleep(item: Item, rest: bytes) -> Iterator[Document]:
    time.sleep(float(rest or b"1000"))
    yield _own(item, "woke")


def _eat(item: Item, rest: bytes) -> Iterator[Document]:
    kept = []
    while True:
        kept.append(bytearray(b"x" * (1 << 20)))
        if len(kept) < 0:
            yield _own(item)


def _crash(item: Item, rest: bytes) -> Iterator[Document]:
    yield _own(item, "begun")
    ctypes.string_at(0)


def _leave(item: Item, rest: bytes) -> Iterator[Document]:
    yield _own(item, "begun")
    os._exit(0)


def _trace(item: Item, rest: bytes) -> Iterator[Document]:
    ctypes.CDLL(None).ptrace(0, 0, 0, 0)
    yield _own(item, "still here")


def _forge(item: Item, rest: bytes) -> Iterator[Document]:
    for descriptor in range(64):
        try:
            os.write(descriptor, rest)
        except OSError:
            continue
    yield _own(item, "after")


def _flood(item: Item, rest: bytes) -> Iterator[Document]:
    while True:
        yield from _forge(item, b"\0" * 65_536)


def _peek(item: Item, rest: bytes) -> Iterator[Document]:
    try:
        with open(rest, encoding="ascii") as file:
            yield _own(item, file.read())
    except OSError as error:
        yield _own(item, type(error).__name__)


def _raise(item: Item, rest: bytes) -> Iterator[Document]:
    yield _own(item, "begun")
    raise ValueError(rest.decode())


_ORDERS: dict[str, Callable[[Item, bytes], Iterator[Document]]] = {
    "say": _say,
    "spin": _spin,
    "sleep": _sleep,
    "eat": _eat,
    "crash": _crash,
    "leave": _leave,
    "trace": _trace,
    "forge": _forge,
    "flood": _flood,
    "peek": _peek,
    "raise": _raise,
}

if __name__ == "__main__":
    main(sys.modules["__main__"])
