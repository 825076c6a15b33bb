"""Measure what TCP costs a milter over a UNIX socket: the 40 ms step must not come back.

One milter process (a guard that delivers everything) listens on both; messages of 1 KB go through it
one after another, each on its own SMTP connection, the two ways in turn. The goal: the median of
p50(TCP) - p50(UNIX) over the rounds is below 3 ms. With Postfix and root, a private Postfix is the
MTA, with one listener for each way and mail discarded behind it. Otherwise a script speaks as Postfix
does, with Nagle's algorithm on.

The step came from Nagle's algorithm on the MTA's side and delayed acknowledgements on the milter's,
whenever the MTA writes twice without an answer between, or the milter answers in two writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import shutil
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.real.client import eventually
from tests.real.postfix import PrivatePostfix, free_port, world_searchable

from bench import Line
from missent.judge.verdict import Verdict
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.net.milter import MilterServer, MilterSettings, bind
from missent.net.milter_duty import Surroundings
from missent.service.guard import Decision
from missent.wire import milter as wire
from missent.wire.milter_write import encode

GOAL_MS = 3.0
# Beyond either, a median says more about the machine than about TCP:
NOISY = 0.3  # how far the UNIX medians of the rounds may lie apart, relative to their median
CROWDED = 2.0  # how far the UNIX median may lie above the fastest message
SENDER, RECIPIENT = "ann@contractor.example", "john@army.mil"
HEADER = (("From", SENDER), ("To", RECIPIENT), ("Subject", "crew list"), ("X-Bench", "latency"))
BODY = b"x" * 62 + b"\r\n"
MESSAGE = "".join(f"{name}: {value}\r\n" for name, value in HEADER).encode() + b"\r\n" + BODY * 16

Send = Callable[[], None]


def measure(quick: bool) -> Iterator[Line]:
    """Give a line a round, then the verdict."""
    rounds, messages = (5, 40) if quick else (9, 200)
    with _milter() as (process, places):
        with_postfix = shutil.which("postfix") is not None and os.geteuid() == 0
        scene = _postfix(places) if with_postfix else _scripts(places)
        with scene as senders:
            lines = list(_rounds(senders, process, rounds, messages))
    client = "postfix" if with_postfix else "script"
    for line in lines:
        yield {"client": client, "python": platform.python_version(), **line}
    yield {"client": client, **_verdict(lines)}


def _verdict(lines: list[Line]) -> Line:
    """Judge by the medians; on a noisy machine by the fastest, since the stall is in every message."""
    unix, fastest = _column(lines, "unix_p50_ms"), _column(lines, "unix_min_ms")
    spread = (max(unix) - min(unix)) / statistics.median(unix)
    crowded = statistics.median(unix) / statistics.median(fastest)
    by = "step_ms" if spread <= NOISY and crowded <= CROWDED else "floor_step_ms"
    step = statistics.median(_column(lines, by))
    return {
        "step_ms": round(statistics.median(_column(lines, "step_ms")), 3),
        "floor_step_ms": round(statistics.median(_column(lines, "floor_step_ms")), 3),
        "unix_p50_spread": round(spread, 2),
        "unix_p50_over_min": round(crowded, 2),
        "judged_by": by,
        "goal_ms": GOAL_MS,
        "met": step < GOAL_MS,
    }


def _column(lines: list[Line], name: str) -> list[float]:
    return [float(str(line[name])) for line in lines]


def _rounds(
    senders: Mapping[str, Send], process: subprocess.Popen[bytes], rounds: int, messages: int
) -> Iterator[Line]:
    for number in range(rounds + 1):
        before = _cpu_ms(process.pid)
        taken: dict[str, list[float]] = {way: [] for way in senders}
        for _ in range(messages):
            for way, send in senders.items():
                taken[way].append(_timed(send))
        cpu = (_cpu_ms(process.pid) - before) / (messages * len(senders))
        if number == 0:
            continue  # processes start, caches fill
        unix, tcp = taken["unix"], taken["tcp"]
        yield {
            "round": number,
            "messages": messages,
            "unix_p50_ms": round(statistics.median(unix), 3),
            "unix_min_ms": round(min(unix), 3),
            "tcp_p50_ms": round(statistics.median(tcp), 3),
            "step_ms": round(statistics.median(tcp) - statistics.median(unix), 3),
            "floor_step_ms": round(min(tcp) - min(unix), 3),
            "milter_cpu_ms": round(cpu, 3),
        }


def _timed(send: Send) -> float:
    started = time.perf_counter()
    send()
    return (time.perf_counter() - started) * 1000


def _cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


# --- the milter, in a process of its own ---------------------------------------------------------


class _Everything:
    """A guard that delivers everything."""

    def consider(self, envelope: Envelope) -> Mapping[Mailbox, Verdict]:
        raise NotImplementedError

    def refuse_at_rcpt(self, envelope: Envelope, recipient: Mailbox) -> str | None:
        raise NotImplementedError

    def decide(self, envelope: Envelope, data: bytes, *, edge: str, prepared: bool) -> Decision:
        assert (edge, prepared) == ("milter", False)
        assert data.endswith(BODY * 16), "a message came incomplete"
        return Decision({}, frozenset(envelope.mailboxes), frozenset())

    def activate(self, decision: Decision, envelope: Envelope) -> None:
        raise NotImplementedError

    def withdraw(self, decision: Decision) -> None:
        raise NotImplementedError


class _Silence:
    """An `EdgeLog` for which a refusal is the end."""

    def judged(self, edge: str, envelope: Envelope, decision: Decision, seconds: float) -> None:
        pass

    def refused(self, edge: str, reason: str, transaction_id: str) -> None:
        raise AssertionError(f"{edge}: {reason} in {transaction_id}")


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Ids:
    def hold_id(self) -> str:
        raise NotImplementedError

    def code(self) -> str:
        raise NotImplementedError

    def transaction_id(self) -> str:
        return "bench"


def serve(places: list[str]) -> None:
    """Serve until SIGTERM."""

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        with ThreadPoolExecutor(4) as executor:
            around = Surroundings(executor, _Clock(), _Ids(), _Silence())
            settings = MilterSettings([bind(place) for place in places])
            server = MilterServer(_Everything(), settings, around)
            await server.start()
            await stop.wait()
            await server.close(limit=1)

    asyncio.run(run())


@contextlib.contextmanager
def _milter() -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    directory = world_searchable("bench")
    path, port = directory / "milter.sock", free_port()
    places = {"unix": f"unix:{path}", "tcp": f"inet:127.0.0.1:{port}"}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.milter_latency", *places.values()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: _answers(port), "the milter")
        yield process, places
        assert process.poll() is None, "the milter died"
    finally:
        process.terminate()
        process.wait(30)
        said = (directory / "log").read_text()
        shutil.rmtree(directory)
        assert not said, said


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- Postfix -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _postfix(places: Mapping[str, str]) -> Iterator[dict[str, Send]]:
    ports = {way: free_port() for way in places}
    main = {
        "milter_default_action": "tempfail",
        "milter_protocol": "6",
        "default_transport": "discard:",
        "relay_transport": "discard:",
        "disable_dns_lookups": "yes",
        "smtpd_peername_lookup": "no",
        "smtpd_client_connection_rate_limit": "0",
        "in_flow_delay": "0",
        "max_use": "100000",
        "max_idle": "1000s",
    }
    master = [
        f"127.0.0.1:{ports[way]} inet n - n - - smtpd\n -o smtpd_milters={place}"
        for way, place in places.items()
    ]
    with PrivatePostfix(main, master, wait_for=list(ports.values())) as postfix:
        yield {way: _smtp(port) for way, port in ports.items()}
        eventually(lambda: postfix.queue() == [], "an empty queue")
        assert "status=deferred" not in postfix.log()


def _smtp(port: int) -> Send:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, "client.example.test", timeout=20) as session:
            assert not session.sendmail(SENDER, [RECIPIENT], MESSAGE)

    return send


# --- a script that speaks as Postfix does --------------------------------------------------------


@contextlib.contextmanager
def _scripts(places: Mapping[str, str]) -> Iterator[dict[str, Send]]:
    yield {way: _scripted(place) for way, place in places.items()}


def _scripted(place: str) -> Send:
    return lambda: _Script(place).message()


class _Script:
    """Postfix's side of one SMTP client: smtpd up to DATA, then cleanup, each flushing its buffer."""

    def __init__(self, place: str) -> None:
        kind, _, where = place.partition(":")
        if kind == "unix":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(where)
        else:
            host, _, port = where.rpartition(":")
            self._socket = socket.create_connection((host, int(port)))  # Nagle's algorithm is on
        self._input = self._socket.makefile("rb")
        self._unsent = b""
        self._steps = 0

    def message(self) -> None:
        """Send one message and hang up."""
        with self._socket, self._input:
            self._steps = self._negotiate()
            self._ask("C", wire.Connect(b"client.example", "4", 4711, "192.0.2.1"))
            self._ask("H", wire.Helo(b"client.example"))
            self._ask("M", wire.MailFrom(f"<{SENDER}>".encode()))
            self._ask("R", wire.RcptTo(f"<{RECIPIENT}>".encode()))
            self._ask("T", wire.Data())
            self._flush()  # smtpd hands the connection to cleanup
            for name, value in HEADER:
                self._ask("", wire.Header(name.encode(), b" " + value.encode()))
            self._ask("N", wire.EndOfHeaders())
            self._ask("", wire.Body(BODY * 16))
            self._ask("E", wire.EndOfMessage())
            self._unsent += encode(wire.Abort()) + encode(wire.Quit())
            self._flush()

    def _negotiate(self) -> int:
        self._unsent += encode(wire.Negotiate(wire.VERSION, 0x1FF, 0x1FFFFF))
        packet = self._hear()
        choice = wire.decode(packet[0], packet[1:])
        assert isinstance(choice, wire.Negotiate)
        return choice.steps

    def _ask(self, stage: str, command: wire.Command) -> None:
        if stage:
            self._unsent += encode(wire.Macros(stage, {"i": "4ABC"}))
        self._unsent += encode(command)
        flag = wire.SILENT.get(type(command))
        if flag is None or not self._steps & flag:
            assert self._hear() == b"c", "the milter did not say: continue"

    def _hear(self) -> bytes:
        self._flush()
        return self._input.read(int.from_bytes(self._input.read(4), "big"))

    def _flush(self) -> None:
        self._socket.sendall(self._unsent)
        self._unsent = b""


if __name__ == "__main__":
    serve(sys.argv[1:])
