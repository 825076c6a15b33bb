"""Measure the collector under a flood: refusals a second and core, its memory, and that each is counted.

The real process, refuse mode, SQLite. Two ways to ask, in turn: in groups (PIPELINING, ten recipients a
message, one connection for many messages, as a great mail server does) and one recipient a connection
(as most do). Fifty connections at once, every sender and every address another, which is the dearest
thing to count. The goals: at least 1,000 refusals a second of the collector's own CPU time in groups; at
the end as many hits in the store as refusals were heard; at most 256 MB of memory.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path

from tests.real.collector_process import CollectorProcess
from tests.real.postfix import free_port

from bench import Line
from missent.store.store import open_store

GOAL = 1_000
"""Refusals a second of CPU time."""
MEMORY_MB = 256
CONNECTIONS = 50
GROUP = 10
"""Recipients of one message."""
_ASK = b"did you mean army.mil?"
_names = count()


def measure(quick: bool) -> Iterator[Line]:
    """Give a line a round and way of asking, then the verdict."""
    rounds, groups, singles = (3, 40, 20) if quick else (5, 200, 100)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="missent-bench-") as folder:
        directory = Path(folder)
        with _collector(directory) as collector:
            _flood(collector, groups=4, singles=0)  # caches fill
            heard = CONNECTIONS * 4 * GROUP
            for number in range(1, rounds + 1):
                for way, size in (("groups", (groups, 0)), ("singles", (0, singles))):
                    line = _flood(collector, *size)
                    heard += int(str(line["refusals"]))
                    lines.append({"round": number, "way": way, **line})
                    yield lines[-1]
            memory = _memory_mb(collector.pid)
        counted = _counted(directory)
    yield _verdict(lines, heard, counted, memory)


def _verdict(lines: list[Line], heard: int, counted: int, memory: float) -> Line:
    rate = {
        way: statistics.median(
            float(str(line["per_cpu_second"])) for line in lines if line["way"] == way
        )
        for way in ("groups", "singles")
    }
    return {
        "per_cpu_second_groups": round(rate["groups"]),
        "per_cpu_second_singles": round(rate["singles"]),
        "heard": heard,
        "counted": counted,
        "memory_mb": round(memory),
        "goal": GOAL,
        "met": rate["groups"] >= GOAL and counted == heard and memory <= MEMORY_MB,
    }


@contextmanager
def _collector(directory: Path) -> Iterator[CollectorProcess]:
    listen = f"127.0.0.1:{free_port()}"
    with CollectorProcess(
        directory, listen, extra=f"max_connections = {CONNECTIONS * 2}"
    ) as running:
        yield running


def _flood(collector: CollectorProcess, groups: int, singles: int) -> Line:
    host, _, port = collector.listen.rpartition(":")
    before, started = _cpu_seconds(collector.pid), time.perf_counter()
    refusals = asyncio.run(_clients(host, int(port), groups, singles))
    wall = time.perf_counter() - started
    time.sleep(1.0)  # the last flush is part of the price
    cpu = _cpu_seconds(collector.pid) - before
    return {
        "refusals": refusals,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "per_cpu_second": round(refusals / cpu),
    }


async def _clients(host: str, port: int, groups: int, singles: int) -> int:
    asking = [
        _grouping(host, port, groups) if groups else _single(host, port, singles)
        for _ in range(CONNECTIONS)
    ]
    return sum(await asyncio.gather(*asking))


async def _grouping(host: str, port: int, messages: int) -> int:
    """Send messages over one connection, each as one group."""
    reader, writer = await asyncio.open_connection(host, port)
    heard = 0
    try:
        await reader.readline()
        writer.write(b"EHLO mail.bench.example\r\n")
        await _reply(reader)
        for _ in range(messages):
            writer.write(_group(GROUP))
            replies = [await _reply(reader) for _ in range(GROUP + 2)]
            heard += sum(_ASK in reply for reply in replies)
            writer.write(b"RSET\r\n")
            await _reply(reader)
        writer.write(b"QUIT\r\n")
        await _reply(reader)
    finally:
        writer.close()
        await writer.wait_closed()
    return heard


async def _single(host: str, port: int, messages: int) -> int:
    """Send messages of one recipient, each over its own connection."""
    heard = 0
    for _ in range(messages):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            await reader.readline()
            writer.write(b"EHLO mail.bench.example\r\n")
            await _reply(reader)
            writer.write(_group(1))
            replies = [await _reply(reader) for _ in range(3)]
            heard += sum(_ASK in reply for reply in replies)
            writer.write(b"QUIT\r\n")
            await _reply(reader)
        finally:
            writer.close()
            await writer.wait_closed()
    return heard


def _group(recipients: int) -> bytes:
    number = next(_names)
    people = "".join(f"RCPT TO:<p{number}.{i}@army.ml>\r\n" for i in range(recipients))
    return f"MAIL FROM:<s{number}@org{number % 5_000}.example>\r\n{people}DATA\r\n".encode()


async def _reply(reader: asyncio.StreamReader) -> bytes:
    while (line := await reader.readline())[3:4] == b"-":
        pass
    assert line, "the collector hung up"
    return line


def _counted(directory: Path) -> int:
    store = open_store(f"sqlite:///{directory}/missent.db", node="bench")
    try:
        return sum(day.hits for day in store.days(date(2020, 1, 1), date(2100, 1, 1)))
    finally:
        store.close()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # proc(5)


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
