"""Own what the process does that reads the attachments of one message, from its fork to its end.

It takes its job from a file in memory, closes every descriptor but the one it answers on, locks itself
down, and only then looks at what is in the octets. Each document is sent as soon as it is read, so that a
death loses only what was not read yet. It never returns and never writes anything else.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from missent.extraction import sandbox
from missent.extraction.reader import Item, Limits
from missent.extraction.sandbox import NoSandbox
from missent.extraction.wire import (
    DOCUMENT,
    READ,
    REPLY_OCTETS,
    Job,
    document_octets,
    frame,
    job_from,
)
from missent.mail.document import Document, Reason


class End(IntEnum):
    """Exit codes."""

    DONE = 0
    BROKEN = 70
    MEMORY = 71
    NO_SANDBOX = 72


class Readers(Protocol):
    """What reads: the module `missent.extraction.reading`, or a test's own."""

    def preload(self, *, ocr: bool = False) -> None:
        """Import and open now whatever reading will need."""
        ...

    def read_all(
        self, items: Iterable[Item], limits: Limits, *, ocr: bool = False
    ) -> Iterator[Document]:
        """Read items one after the other; the next is taken when the last is read to its end."""
        ...


def run(readers: Readers, job: int, answer: int, parent: int) -> End:
    """Do one job, in a process forked for it; gives the exit code."""
    try:
        sandbox.die_with(parent)
        _prefer_me()
        work = _taken(job)
        close_all_but(answer)
        sandbox.lock_down(answer, work.memory, work.seconds)
    except NoSandbox:
        return End.NO_SANDBOX
    return _read(readers, work, _Answer(answer, REPLY_OCTETS))


def close_all_but(kept: int) -> None:
    """Close every other descriptor of this process."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) != kept:
            try:
                os.close(int(name))
            except OSError:  # the one the list itself was read by
                continue


def _taken(job: int) -> Job:
    with mmap.mmap(job, 0, prot=mmap.PROT_READ) as mapped, memoryview(mapped) as octets:
        return job_from(octets)


def _prefer_me() -> None:
    """Where the machine runs out of memory, let this process be the one that is ended."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        return


def _read(readers: Readers, job: Job, answer: _Answer) -> End:
    try:
        items = answer.noting(job.items)
        for document in readers.read_all(items, job.limits, ocr=job.ocr):
            answer.give(document)
    except MemoryError:
        return End.MEMORY
    return End.DONE


@dataclass(slots=True)
class _Answer:
    """Frames on their way to the process that asked."""

    descriptor: int
    left: int

    def noting(self, items: Iterable[Item]) -> Iterator[Item]:
        """Give items one by one; asking for the next says that the last is read to its end."""
        for item in items:
            yield item
            self._write(frame(READ))

    def give(self, document: Document) -> None:
        """Send one document; one too big to send is told as such."""
        octets = frame(DOCUMENT, document_octets(document))
        if len(octets) > self.left:
            stub = Document(
                document.position, document.kind, problems=(*document.problems, Reason.TOO_BIG)
            )
            octets = frame(DOCUMENT, document_octets(stub))
        else:
            self.left -= len(octets)
        self._write(octets)

    def _write(self, octets: bytes) -> None:
        view = memoryview(octets)
        while view:
            view = view[os.write(self.descriptor, view) :]
