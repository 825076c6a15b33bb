"""Short ways to read a sample with one reader, and to make archives of parts."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from missent.extraction.reader import Budget, Item, Limits
from missent.mail.document import Document, Reason, Where

Read = Callable[[Item, Budget], Iterator[Document]]
SECRET = "Zanzibar"
"""Stands in samples, and must not stand in a repr."""


def inner(item: Item, budget: Budget) -> Iterator[Document]:
    """Stand in for the readers of what is inside."""
    yield Document(item.position, "inner", item.name)


def read(reader: Read, sample: bytes, **limits: int) -> list[Document]:
    """Read a sample, within limits other than the usual."""
    return list(reader(Item("2", "", "sample", sample), Budget(Limits(**limits), inner)))


def said(document: Document, where: Where) -> list[str]:
    """Give the texts that stand there."""
    return [text.text for text in document.texts if text.where is where]


def rows(document: Document, where: Where) -> list[tuple[tuple[str, ...], ...]]:
    """Give the tables that stand there."""
    return [table.rows for table in document.tables if table.where is where]


def packed(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_parts(octets: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """Put parts into an archive, in place of those of the same name."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    return packed({**kept, **parts})


def part(octets: bytes, name: str) -> str:
    """Give a part of an archive."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return archive.read(name).decode()


def mutated(octets: bytes, seed: int) -> bytes:
    """Change some octets, cut some off, repeat some."""
    chance = random.Random(seed)
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 20)):
        at = chance.randrange(len(changed))
        changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    if chance.random() < 0.2:
        del changed[chance.randrange(len(changed)) :]
    if chance.random() < 0.2:
        at = chance.randrange(len(changed) + 1)
        changed[at:at] = changed[at : at + chance.randrange(64)]
    return bytes(changed)


def endures(reader: Read, octets: bytes) -> None:
    """Read hostile octets: only ordinary exceptions, and soon; what is read keeps its text to itself."""
    started = time.perf_counter()
    documents: list[Document] = []
    with suppress(Exception):
        documents = read(reader, octets, octets=20_000_000, cells=100_000, characters=1_000_000)
    assert time.perf_counter() - started < 2
    assert SECRET not in repr(documents)


def refused(documents: list[Document]) -> bool:
    """Tell whether something was found malformed, and nothing of it was read."""
    return Reason.MALFORMED in documents[0].problems


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;">]>'
)
