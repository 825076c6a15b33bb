"""Measure what a decision costs as the history grows: the store's view, and the judgement after it.

``python -m bench.growth [--quick]``. SQLite stores that have learned 1,000, 10,000 and 100,000 names
(each written to and answering, by several people) are asked about the same recipients: names
all of them know, and two in a hundred that none does, half of these one slip from a known one. Stores
take turns within a round, so that a busy moment hits all; costs are CPU time of the thread, and
ratios are medians over rounds of same-round ratios to the smallest store. The goals: 1.15 times at
ten times the history, 1.5 times at a hundred times.

One history has names alone; in the other the smallest store's own correspondents were written to
ten and a hundred times as often, so that what grows is what is known of each.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench import Line
from bench.lookup import NEW, fresh, names, slip
from missent.judge.case import Case, Organisation
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.ports import Sighting, SightingKind
from missent.store.store import SqlStore, open_store

SIZES = (1_000, 10_000, 100_000)
QUICK = (300, 3_000)
GOALS = {10: 1.15, 100: 1.5}
ROUNDS, ASKED = 9, 200
SEED = 21
NOW = datetime(2031, 5, 20, 9, 0, tzinfo=UTC)
OURS = Organisation("Contractor", (DomainName.parse("contractor.example"),))
PEOPLE = [Mailbox.parse(f"{who}@contractor.example") for who in ("amy", "ben", "cem", "dora")]
_BATCH = 2_000


@dataclass(frozen=True)
class Grown:
    """A store, and how much it has learned."""

    names: int
    messages: int
    store: SqlStore


def measure(quick: bool) -> Iterator[Line]:
    """Give a line a round and history, then a verdict for each."""
    sizes = QUICK if quick else SIZES
    for history, shapes in _histories(sizes).items():
        with contextlib.ExitStack() as stack:
            stores = [stack.enter_context(_grown(*shape)) for shape in shapes]
            lines = list(_rounds(stores, sizes))
        for line in lines:
            yield {"history": history, **line}
        yield {"history": history, **_verdict(lines, sizes)}


def _histories(sizes: Sequence[int]) -> dict[str, list[tuple[int, int]]]:
    """Give for each history the names and the messages a name, store by store."""
    few = sizes[0] // 5
    return {
        "names": [(size, 2) for size in sizes],
        "messages": [(few, 10 * size // sizes[0]) for size in sizes],
    }


def _verdict(lines: Sequence[Line], sizes: Sequence[int]) -> Line:
    grown = {}
    for size in sizes[1:]:
        ratios = [float(str(line[f"ratio_{size // sizes[0]}"])) for line in lines]
        grown[size // sizes[0]] = round(statistics.median(ratios), 3)
    return {
        "growth": grown,
        "goals": {times: GOALS[times] for times in grown},
        "met": all(ratio <= GOALS[times] for times, ratio in grown.items()),
    }


@contextlib.contextmanager
def _grown(count: int, messages: int) -> Iterator[Grown]:
    """Make a store that learned so many names, each from so many messages, half of them answers."""
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(f"sqlite:///{Path(directory) / 'missent.db'}", node="bench")
        try:
            seen = _sightings(count, messages)
            while batch := list(islice(seen, _BATCH)):
                store.learn(batch)
            yield Grown(count, messages, store)
        finally:
            store.close()


def _sightings(count: int, messages: int) -> Iterator[Sighting]:
    for number, name in enumerate(names(count)):
        theirs = Mailbox.parse(f"john@{name.ascii}")
        for each in range(messages):
            kind = SightingKind.ANSWERED if each % 2 else SightingKind.SENT
            person = PEOPLE[(number + each) % len(PEOPLE)]
            at = NOW - timedelta(days=400 - each % 300)
            yield Sighting(kind, theirs, person, at, f"<{number}.{each}@bench.example>")


def _recipients(known: Sequence[DomainName]) -> list[Mailbox]:
    draw = random.Random(SEED)
    written = []
    for at in range(ROUNDS * ASKED + ASKED):
        text = draw.choice(known).ascii
        if draw.random() < NEW:
            text = slip(text, draw).strip("-") if at % 2 else fresh(draw)
        written.append(Mailbox.parse(f"john@{text}"))
    return written


def _rounds(stores: Sequence[Grown], sizes: Sequence[int]) -> Iterator[Line]:
    recipients = _recipients(list(names(stores[0].names)))
    policy = Policy.with_defaults()
    for number in range(ROUNDS + 1):
        asked = recipients[number * ASKED : (number + 1) * ASKED]
        gc.collect()
        views, decisions = [0] * len(stores), [0] * len(stores)
        for at, mailbox in enumerate(asked):
            for turn in range(len(stores)):
                place = (at + turn) % len(stores)  # who comes first finds the caches cold
                view, whole = _decide(stores[place].store, mailbox, policy)
                views[place] += view
                decisions[place] += whole
        if number == 0:
            continue  # caches fill
        yield {
            "round": number,
            **{
                f"view_us_{i}": round(v / ASKED / 1000, 1)
                for i, v in zip(sizes, views, strict=True)
            },
            **{
                f"decision_us_{i}": round(d / ASKED / 1000, 1)
                for i, d in zip(sizes, decisions, strict=True)
            },
            **{
                f"ratio_{size // sizes[0]}": round(whole / decisions[0], 3)
                for size, whole in zip(sizes[1:], decisions[1:], strict=True)
            },
        }


def _decide(store: SqlStore, recipient: Mailbox, policy: Policy) -> tuple[int, int]:
    """Decide on one message; gives the view's CPU time and that of the whole, in nanoseconds."""
    sender = PEOPLE[0]
    envelope = Envelope("bench", sender, (Recipient(recipient),), NOW)
    started = time.thread_time_ns()
    known = store.view(sender, [recipient], NOW)
    viewed = time.thread_time_ns()
    judge(Case(envelope, None, known, OURS, NOW), policy)
    return viewed - started, time.thread_time_ns() - started


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller histories")
    arguments = parser.parse_args()
    met = True
    for line in measure(arguments.quick):
        print(json.dumps({"case": "growth", **line}), flush=True)
        met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
