"""Own the course of an investigation: find first, join only what was hit, then judge with everything known.

1. *names*: every unit is scanned for who wrote and who was written to.
2. Names that can be mistaken for better known ones are judged (`service.investigation`), in hindsight.
3. *messages*: only for recipients that are doubted, the lines of their messages are gathered and joined,
   and archived messages are read.
4. Every delivery is judged again, with its sender; what the misdirected ones held is read.

The rule: nothing here decides; this module moves facts between engine and service. The same sources and the
same `now` give the same incident, whatever engine runs it and however often it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from threading import Event

import pyarrow as pa

from missent import __version__
from missent.engine.counting import Counts
from missent.engine.facts import Task
from missent.engine.hits import Hits
from missent.engine.inputs import InputFile, digest, find_inputs
from missent.engine.letterbox import LetterBox
from missent.engine.reading import Unit, plan
from missent.engine.spool import Progress, Spool
from missent.engine.wanted import Wanted
from missent.engine.working import Engine
from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.judge.published import NOTHING, Published
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation import tally, telling
from missent.service.investigation.book import Book
from missent.service.investigation.census import Census
from missent.service.investigation.incident import (
    Doubt,
    Incident,
    Input,
    Misdirected,
    Outcome,
    Sensitivity,
)
from missent.service.investigation.inquiry import Inquiry, is_wrong
from missent.service.investigation.suspects import pairs
from missent.service.ports import Extractor

_CLOSE_LOOK = 0.05
"""Probability from which a recipient's messages are joined: with its sender known it may be doubted
more.
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be found out."""

    sources: tuple[Path, ...]
    now: datetime
    """Dates lines without a year."""
    organisation: Organisation
    """Whose domains were meant, if anybody said."""
    policy: Policy
    zone: tzinfo = UTC
    """Of lines without an offset."""
    named: tuple[str, ...] = ()
    """Wrong domains the operator knows: ``@army.ml`` with all below it, or ``.ml`` for a suffix."""
    since: datetime | None = None
    with_names: bool = False
    listed: frozenset[Mailbox] = frozenset()
    """The operator's directory."""
    published: Published = NOTHING
    """The safety files of the installation, as the guard judges by them."""

    def task(self) -> Task:
        """Give the task of counting every name."""
        offset = self.zone.utcoffset(self.now)
        minutes = 0 if offset is None else round(offset.total_seconds() / 60)
        return Task(self.now.isoformat(), minutes)


def investigate(
    wish: Wish,
    out: Path,
    engine: Engine,
    extractor: Callable[[], Extractor],
    progress: Progress,
    report: Callable[[Incident], None] = lambda _: None,
) -> Incident:
    """Find out everything; `extractor` is called if there is a message to read, `report` at the end.

    What is kept in `out` on the way is removed when the report is made. Raises `ArchiveError` for a
    source that cannot be read at all, `OperatorError` if `out` cannot be written.
    """
    # Arrow's own pool keeps what it was given: 50 MB a process
    pa.set_memory_pool(pa.system_memory_pool())
    inputs = find_inputs(wish.sources, out)
    units = plan(inputs)
    spool = Spool.open(out, inputs, engine, progress, wish.now)
    wish = replace(wish, now=spool.now)
    engine.open(units)
    aside, over = ThreadPoolExecutor(1), Event()
    try:
        hashes = [aside.submit(digest, one, over.is_set) for one in inputs]
        incident = _Course(wish, inputs, units, spool, extractor).run(hashes)
    finally:
        over.set()
        aside.shutdown(cancel_futures=True)
        engine.close()
    report(incident)
    spool.remove()
    return incident


@dataclass(slots=True)
class _Course:
    """One investigation on its way."""

    wish: Wish
    inputs: tuple[InputFile, ...]
    units: tuple[Unit, ...]
    spool: Spool
    extractor: Callable[[], Extractor]
    counts: Counts = field(default_factory=Counts)

    def run(self, hashes: Sequence[Future[str]]) -> Incident:
        """Go all the way."""
        book, wanted = self._named() if self.wish.named else self._doubted()
        hits = self._hits(wanted)
        named = Wanted(self.wish.named)
        inquiry = Inquiry(book, named.mailbox, [one.name for one in self.inputs], self.wish.since)
        handovers = hits.handovers.all()
        found, doubts = inquiry.judged(handovers)
        box = LetterBox(self.units, book, self.extractor, self.wish.with_names)
        self.spool.progress("content", 0, len(found))
        found = box.read(found, handovers)
        self.spool.progress("hashes", 0, len(hashes))
        inputs = tuple(
            self._input(number, hashes[number].result()) for number in range(len(hashes))
        )
        return self._incident(found, doubts, inputs, box)

    # --- names -----------------------------------------------------------------------------------

    def _named(self) -> tuple[Book, tuple[str, ...]]:
        """Take the operator's word: no name needs to be looked for."""
        return self._book(self.counts.census, {}), self.wish.named

    def _book(self, census: Census, near: Mapping[DomainName, frozenset[DomainName]]) -> Book:
        wish = self.wish
        return Book(census, wish.organisation, wish.policy, near, wish.listed, wish.published)

    def _doubted(self) -> tuple[Book, tuple[str, ...]]:
        """Find the recipients that a close look should be taken at."""
        tables = self.spool.run("names", self.units, self.wish.task())
        for unit, table in tables:
            self.counts.take(unit, table)
        census, ours = self.counts.census, self.wish.organisation
        census.close()
        near = pairs(
            tuple(census.names()),
            lambda name: census.traffic(name).to > 0 and not ours.owns(name),
            (*ours.domains, *sorted({one.domain for one in self.wish.listed})),
        )
        book = self._book(census, near)
        tables = self.spool.run("names", self.units, self.wish.task())
        spellings = self.counts.close_look(tables, near)
        return book, tuple(sorted(_looked_at(book, spellings)))

    def _hits(self, wanted: tuple[str, ...]) -> Hits:
        task = self.wish.task()
        task = Task(task.now, task.offset, to=wanted, joins=True, counts=bool(self.wish.named))
        take = self.counts.take if self.wish.named else self.counts.note_faults
        if wanted:
            for unit, table in self.spool.run("messages", self.units, task):
                take(unit, table)
        counts, zone = self.counts, self.wish.zone
        undated = counts.census.since or self.wish.now
        hits = Hits(self.inputs, self.units, self.spool, task, undated, zone, counts.begun)
        if wanted:
            hits.gather()
        for source, count in hits.unreadable.items():
            self.counts.by_input[source]["unreadable"] += count
        return hits

    # --- incident --------------------------------------------------------------------------------

    def _input(self, number: int, sha256: str) -> Input:
        one, counts = self.inputs[number], self.counts.by_input[number]
        read = counts["rows"] or counts["messages"]
        fault = one.fault or self.counts.faults.get(number, "")
        return Input(one.name, one.kind, sha256, one.size, read, counts["unreadable"], fault)

    def _incident(
        self,
        found: tuple[Misdirected, ...],
        doubts: tuple[Doubt, ...],
        inputs: tuple[Input, ...],
        box: LetterBox,
    ) -> Incident:
        census, ours = self.counts.census, self.wish.organisation.domains
        took = tally.reached(found)
        sensitivity = tally.sensitivity(found, frozenset(box.unread))
        first, last = tally.period(found)
        every = tally.destinations(found)
        run = self._told(inputs, sensitivity, box.lost)
        reached = {one.identity for one in took}
        return Incident(
            ours=ours,
            messages=census.messages,
            since=census.since,
            until=max(filter(None, (census.until, last)), default=None),
            misdirected=len(reached),
            first=first,
            last=last,
            senders=len({one.sender for one in took} - {None}),
            bounced=_count(found, Outcome.BOUNCED, reached),
            pending=_count(found, Outcome.PENDING, reached),
            deliveries=found,
            destinations=tuple(one for one in every if one.messages),
            refused=tuple(one for one in every if not one.messages),
            pairs=tally.pairs(found),
            by_day=tally.days(found),
            sensitivity=sensitivity,
            people=box.people,
            to_warn=tally.senders(found),
            doubtful=doubts,
            limits=telling.limits(run),
            method=telling.method(run),
            inputs=inputs,
            version=__version__,
        )

    def _told(self, inputs: tuple[Input, ...], sensitivity: Sensitivity, lost: int) -> telling.Run:
        return telling.Run(
            inputs=inputs,
            census=self.counts.census,
            sensitivity=sensitivity,
            named=self.wish.named,
            ours=self.wish.organisation.domains,
            since=self.wish.since,
            now=self.wish.now,
            zone=str(self.wish.zone),
            guessed=self.counts.guessed,
            ambiguous=self.counts.ambiguous,
            lost=lost,
        )


def _count(found: Sequence[Misdirected], outcome: Outcome, reached: set[str]) -> int:
    return len({one.identity for one in found if one.outcome is outcome} - reached)


def _looked_at(
    book: Book, spellings: Callable[[DomainName], Iterator[tuple[Mailbox, str]]]
) -> Iterator[str]:
    """Give the recipients whose messages are joined, as they are spelt in the sources and as they are
    read.
    """
    for written in book.pairs:
        for mailbox, text in spellings(written):
            verdict = book.look(mailbox)
            if verdict.misdirection < _CLOSE_LOOK and not is_wrong(verdict):
                continue
            yield text
            yield mailbox.wire.lower()
