"""Measure one decision among a million known names: how its cost grows, and what the index weighs.

``python -m bench.lookup [--names 1000000]``. For 10,000, 100,000 and a million synthetic names, one
process builds the index (`lookalike.nearby`) and writes it to a file; a fresh one maps the file and
is asked. Look-ups are for names one random slip from a known one, each asked once, so that no cache
helps. Decisions (view of the correspondence and `judge`) follow traffic: known names by Zipf's law,
and two in a hundred are new, half of these one slip from a known name. Times are CPU time of the thread,
medians over rounds of each round's percentile. Peers answer the same look-ups in the same process; an
index that misses a name which the plain way finds fails the run.

The goals are for the largest size, and for growth: ten times the names at most twice the time of a
look-up, a hundred times at most three times.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import mmap
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bench import Line
from bench.peers import DeletionDict, nearest
from missent.judge.case import Case, Correspondence, Neighbour, Organisation, Record
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.lookalike.index import keys
from missent.lookalike.nearby import Nearby
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.mailcheck import mailcheck

SIZES = (10_000, 100_000, 1_000_000)
GOALS = {"decision_p50_us": 50.0, "decision_p99_us": 200.0, "index_mb": 250.0}
GROWTH = {10: 2.0, 100: 3.0}
NEW = 0.02
SEED = 20
NOW = datetime(2031, 5, 20, 9, 0, tzinfo=UTC)

T = TypeVar("T")


def measure(quick: bool) -> Iterator[Line]:
    """Give a line a size, then the verdict."""
    return measure_up_to(SIZES[-2] if quick else SIZES[-1])


def measure_up_to(most: int) -> Iterator[Line]:
    """Give a line for each size up to `most`, then the verdict."""
    lines = []
    for size in sorted({most, *(size for size in SIZES if size < most)}):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "names"
            line = {"names": size, **_child("build", size, path), **_child("ask", size, path)}
        lines.append(line)
        yield line
    yield _verdict(lines)


def _verdict(lines: list[Line]) -> Line:
    last, first = lines[-1], lines[0]
    growth = _number(last, "lookup_p50_us") / _number(first, "lookup_p50_us")
    times = _number(last, "names") / _number(first, "names")
    allowed = GROWTH.get(round(times), 3.0)
    reached = {name: _number(last, name) <= goal for name, goal in GOALS.items()}
    return {
        "goals": GOALS,
        "reached": reached,
        "growth": round(growth, 2),
        "growth_goal": allowed,
        "missed": last["missed"],
        "met": all(reached.values()) and growth <= allowed and not last["missed"],
    }


def _number(line: Line, name: str) -> float:
    return float(str(line[name]))


def _child(duty: str, size: int, path: Path) -> Line:
    command = [sys.executable, "-m", "bench.lookup", "--duty", duty, "--names", str(size)]
    run = subprocess.run([*command, "--path", path], stdout=subprocess.PIPE, check=True)
    found: Line = json.loads(run.stdout)
    return found


# --- names and traffic -------------------------------------------------------------------------

_SUFFIXES = {
    "com": 46, "org": 8, "net": 6, "de": 6, "co.uk": 5, "fr": 3, "nl": 3, "it": 2, "com.au": 2,
    "ca": 2, "gov": 2, "mil": 2, "edu": 2, "eu": 2, "ch": 1, "io": 1, "example": 1,
}  # fmt: skip
_WEIGHTED = [suffix for suffix, weight in _SUFFIXES.items() for _ in range(weight)]
_HOSTS = ("mail", "smtp", "us", "eu", "hq", "news", "mx")
_SYLLABLES = [
    c + v + e for c in "bcdfghklmnprstvz" for v in "aeiou" for e in ("", "", "n", "r", "s")
]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


def names(count: int) -> Iterator[DomainName]:
    """Make this many different names, always the same: one in seven a host of an earlier one's owner."""
    draw = random.Random(SEED)
    seen: set[str] = set()
    recent: list[str] = []
    while len(seen) < count:
        if recent and draw.random() < 0.15:
            text = f"{draw.choice(_HOSTS)}{draw.choice(('', '', '1', '2'))}.{draw.choice(recent)}"
        else:
            text = fresh(draw)
            if len(recent) < 5_000:
                recent.append(text)
            else:
                recent[draw.randrange(len(recent))] = text
        if text not in seen:
            seen.add(text)
            yield DomainName.parse(text)


def fresh(draw: random.Random) -> str:
    """Make a name of two to five syllables, sometimes with a hyphen."""
    words = draw.choices(_SYLLABLES, k=draw.choice((2, 3, 3, 4, 4, 5)))
    if draw.random() < 0.1:
        words.insert(2, "-")
    stem = "".join(words).strip("-")
    return f"{stem}.{draw.choice(_WEIGHTED)}"


def slip(text: str, draw: random.Random) -> str:
    """Drop, double, swap or replace one letter of the first label."""
    at = draw.randrange(len(text.partition(".")[0]))
    kind, letter = draw.randrange(4), draw.choice(LETTERS[:26])
    rest = text[at + 1 :]
    if kind == 0 and not text.startswith(".", 1):
        return text[:at] + rest
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and rest[:1].isalnum():
        return text[:at] + rest[0] + text[at] + rest[1:]
    return text[:at] + letter + rest


def slips(
    known: Sequence[DomainName], draw: random.Random, count: int
) -> Iterator[tuple[str, str]]:
    """Give pairs: a name one slip away, and the known one."""
    for _ in range(count):
        text = draw.choice(known).ascii
        yield slip(text, draw).strip("-"), text


def ranks(size: int, draw: random.Random, count: int) -> list[int]:
    """Draw places in the order of standing, by Zipf's law: the first has one in ln(size) of all."""
    return [min(size, int(math.exp(draw.random() * math.log(size + 1)))) - 1 for _ in range(count)]


def pick(index: Nearby, wanted: Sequence[int]) -> list[DomainName]:
    """Give the names at these places."""
    at = set(wanted)
    found = {number: name for number, name in enumerate(index) if number in at}
    return [found[number] for number in wanted]


# --- what is known of them ---------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """A view of the correspondence in memory: names by the index, a few records for all of them."""

    index: Nearby
    records: tuple[Record, ...]

    def record(self, name: DomainName) -> Record:
        """Give the same record for the same name, always."""
        return self.records[zlib.crc32(name.ascii.encode()) % len(self.records)]

    def view(self, recipient: Mailbox) -> Correspondence:
        """Do what the store does for one recipient."""
        written = recipient.domain
        near = tuple(Neighbour(name, self.record(name)) for name in self.index.near(written))
        domains, mailboxes = {}, {}
        for one in {written.ascii, written.registrable or written.ascii}:
            name = written if one == written.ascii else DomainName.parse(one)
            if name in self.index:
                domains[one] = mailboxes[recipient.folded] = self.record(name)
        for neighbour in near:
            mailboxes[recipient.at(neighbour.domain).folded] = neighbour.record
        return Correspondence(domains, mailboxes, {written.ascii: near}, messages=1_000_000)


def known_records() -> tuple[Record, ...]:
    """Make records of names that answered much, little, or never."""
    draw = random.Random(SEED)
    made = []
    for _ in range(97):
        sent = int(math.exp(draw.random() * 6))
        answered = int(sent * draw.random())
        first = NOW - timedelta(days=draw.randrange(30, 3000))
        made.append(
            Record(
                sent=sent,
                answered=answered,
                answered_people=min(5, answered),
                first_answer=first if answered else None,
                last_answer=NOW if answered else None,
                first_seen=first,
                last_seen=NOW,
            )
        )
    return tuple(made)


@dataclass(frozen=True)
class Office:
    """Who writes, by which rules."""

    memory: Memory
    organisation: Organisation
    policy: Policy
    sender: Mailbox

    def envelope(self, recipient: Mailbox) -> Envelope:
        """Make an envelope with one recipient."""
        return Envelope("bench", self.sender, (Recipient(recipient),), NOW)

    def decide(self, envelope: Envelope) -> str:
        """Look up, judge; gives the action."""
        known = self.memory.view(envelope.mailboxes[0])
        case = Case(envelope, None, known, self.organisation, NOW)
        return judge(case, self.policy)[0].action


def office(index: Nearby) -> Office:
    """Open one."""
    ours = Organisation("Contractor", (DomainName.parse("contractor.example"),))
    sender = Mailbox.parse("amy@contractor.example")
    return Office(Memory(index, known_records()), ours, Policy.with_defaults(), sender)


def traffic(index: Nearby, draw: random.Random, count: int) -> list[Mailbox]:
    """Give the recipients of so many messages, in order."""
    known = pick(index, ranks(len(index), draw, count))
    written = []
    for name in known:
        text = name.ascii
        if draw.random() < NEW:
            text = slip(text, draw).strip("-") if draw.random() < 0.5 else fresh(draw)
        written.append(Mailbox.parse(f"{draw.choice(('john', 'mary', 'sales'))}@{text}"))
    return written


# --- the duties of the child processes ---------------------------------------------------------


def build(size: int, path: Path) -> Line:
    """Build the index and write its file."""
    started = time.process_time()
    index = Nearby(names(size))
    taken = time.process_time() - started
    path.write_bytes(index.dump())
    return {
        "build_cpu_s": round(taken, 2),  # a third of it goes into making up and reading names
        "build_peak_mb": _peak_mb(),
        "file_mb": round(path.stat().st_size / 1e6, 1),
    }


def ask(size: int, path: Path) -> Line:
    """Map the file; ask, decide, weigh; then the peers."""
    Nearby([DomainName.parse("army.mil")]).near(DomainName.parse("army.ml"))  # loads what it needs
    before = _resident_mb()
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    index = Nearby.load(memoryview(mapped))  # reads every page, to see whether it is damaged
    weighed = _resident_mb() - before
    draw = random.Random(SEED + 1)
    count = 4_000
    known = pick(index, [draw.randrange(size) for _ in range(count)])
    asked = list(slips(known, draw, count))
    lookups = [DomainName.parse(written) for written, _ in asked]
    line: Line = {
        "index_mb": round(weighed, 1),
        "octets_per_name": round(path.stat().st_size / size, 1),
        **_percentiles("keys", keys, _rounds(lookups[: count // 4])),  # the first part of a look-up
        **_percentiles("lookup", index.near, _rounds(lookups[count // 4 :])),
        **_decisions(index, draw),
        "missed": _missed(index, asked),
    }
    found = [len(index.near(name)) for name in lookups]
    line |= {"candidates_mean": round(statistics.mean(found), 2), "candidates_max": max(found)}
    return {**line, **_learning(index), **_peers(index, asked), "ask_peak_mb": _peak_mb()}


def _rounds(items: Sequence[T], number: int = 4) -> list[Sequence[T]]:
    """Split into rounds, so that nothing is asked twice."""
    return [items[start::number] for start in range(number)]


def _percentiles(what: str, call: Callable[[T], object], rounds: Sequence[Sequence[T]]) -> Line:
    clock = time.thread_time_ns
    idle = min(-(clock() - clock()) for _ in range(1000))  # what asking the time costs
    halves, tails = [], []
    gc.collect()
    for items in rounds:
        taken = []
        for item in items:
            started = clock()
            call(item)
            taken.append(clock() - started - idle)
        taken.sort()
        halves.append(taken[len(taken) // 2])
        tails.append(taken[len(taken) * 99 // 100])
    return {
        f"{what}_p50_us": round(statistics.median(halves) / 1000, 1),
        f"{what}_p99_us": round(statistics.median(tails) / 1000, 1),
    }


def _decisions(index: Nearby, draw: random.Random) -> Line:
    where = office(index)
    envelopes = [where.envelope(mailbox) for mailbox in traffic(index, draw, 50_000)]
    for envelope in envelopes[:30_000]:  # a guard that has been running for a while
        where.decide(envelope)
    return _percentiles("decision", where.decide, _rounds(envelopes[30_000:]))


def _missed(index: Nearby, asked: Sequence[tuple[str, str]]) -> int:
    """Count the known names that were not found one slip away."""
    missed = 0
    for written, known in asked:
        near = index.near(DomainName.parse(written))
        name = DomainName.parse(known)
        missed += len(near) < 64 and written != known and name not in near
    return missed


def _learning(index: Nearby) -> Line:
    """Add a thousand names, then merge them."""
    draw = random.Random(SEED + 2)
    fresh_names = [DomainName.parse(fresh(draw)) for _ in range(1000)]
    started = time.process_time()
    for name in fresh_names:
        index.add(name)
    added = time.process_time()
    index.compact()
    merged = time.process_time()
    return {
        "add_us": round((added - started) * 1000, 1),
        "compact_cpu_s": round(merged - added, 2),
    }


def _peers(index: Nearby, asked: Sequence[tuple[str, str]]) -> Line:
    """Let the peers answer some of the same look-ups."""
    texts = [name.ascii for name in index]
    written = [one for one, _ in asked]
    some = max(3, min(100, 3_000_000 // len(texts)))
    line = _percentiles("rapidfuzz", lambda text: nearest(text, texts), [written[:some]])
    if len(texts) <= 110_000:
        few = max(3, some // 10)
        line |= _percentiles("mailcheck", lambda text: mailcheck(text, texts), [written[:few]])
        before = _resident_mb()
        peer = DeletionDict(texts)
        line["dict_mb"] = round(_resident_mb() - before, 1)
        line |= _percentiles("dict", peer.near, _rounds(written))
    return line


def _resident_mb() -> float:
    """Give what of this process is in memory, mapped files included."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)


def main() -> int:
    """Measure, or do the duty of a child process."""
    parser = argparse.ArgumentParser(prog="python -m bench.lookup", description=__doc__)
    parser.add_argument("--names", type=int, default=SIZES[-1])
    parser.add_argument("--duty", choices=("build", "ask"), help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.duty:
        duty = build if arguments.duty == "build" else ask
        print(json.dumps(duty(arguments.names, arguments.path)))
        return 0
    met = True
    for line in measure_up_to(arguments.names):
        print(json.dumps({"case": "lookup", **line}), flush=True)
        met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
