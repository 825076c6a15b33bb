"""The extractor: whatever a reading process does, every attachment has an answer, and nothing leaks."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from missent.extraction import sandbox
from missent.extraction.pool import ExtractionSettings, SandboxedExtractor
from missent.extraction.process import ProcessFailed, Zygote
from missent.extraction.reader import Item, Limits
from missent.extraction.wire import DOCUMENT, READ, Job, document_octets, frame, job_octets
from missent.mail.attachment import Attachment
from missent.mail.document import Document, Reason

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's seccomp")

STANDIN = (sys.executable, "-I", str(Path(__file__).with_name("standin.py")))
FAST = ExtractionSettings(workers=1, time_limit=0.5)
CANARY = "kingfisher-7319-canary"

Make = Callable[..., SandboxedExtractor]


@pytest.fixture(name="make")
def _make() -> Iterator[Make]:
    made: list[SandboxedExtractor] = []

    def make(command: tuple[str, ...] = STANDIN, **changes: Any) -> SandboxedExtractor:
        made.append(SandboxedExtractor(replace(FAST, **changes), command=command))
        return made[-1]

    yield make
    for extractor in made:
        extractor.close()


@pytest.fixture(name="extractor")
def _extractor(make: Make) -> SandboxedExtractor:
    return make()


def _attached(*orders: str | bytes) -> list[Attachment]:
    octets = [order if isinstance(order, bytes) else order.encode() for order in orders]
    return [
        Attachment(str(n), "text/plain", f"{n}.txt", order) for n, order in enumerate(octets, 2)
    ]


def _problems(documents: tuple[Document, ...]) -> list[tuple[Reason, ...]]:
    return [document.problems for document in documents]


def _text(document: Document) -> str:
    return "".join(text.text for text in document.texts)


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _zygotes() -> list[int]:
    """Give the zygotes of this process, whichever thread started them."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread ended meanwhile
            found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def test_documents_come_in_the_order_of_the_attachments(extractor: SandboxedExtractor) -> None:
    """Each attachment is answered, in order, with what was read."""
    documents = extractor.extract(_attached("say one", "say two", "say three"))
    assert [d.position for d in documents] == ["2", "3", "4"]
    assert [_text(d) for d in documents] == ["one", "two", "three"]
    assert [d.name for d in documents] == ["2.txt", "3.txt", "4.txt"]


def test_nothing_attached_needs_no_process(make: Make) -> None:
    """A message without attachments costs nothing."""
    extractor = make(("/nonexistent",))
    assert extractor.extract(()) == ()


def test_a_timeout_keeps_what_was_read(extractor: SandboxedExtractor) -> None:
    """What was read before the deadline stands; what was begun and what was not say timeout."""
    started = time.monotonic()
    documents = extractor.extract(_attached("say one", "spin", "say three"))
    assert time.monotonic() - started < 5
    assert [d.position for d in documents] == ["2", "3", "3/1", "4"]
    assert _problems(documents) == [(), (Reason.TIMEOUT,), (), (Reason.TIMEOUT,)]
    assert _text(documents[1]) == "begun"


def test_a_sleeping_reader_is_ended(extractor: SandboxedExtractor) -> None:
    """The deadline is of the wall clock."""
    assert _problems(extractor.extract(_attached("sleep"))) == [(Reason.TIMEOUT,)]
    assert _text(extractor.extract(_attached("say again"))[0]) == "again"


def test_memory_has_an_end(make: Make) -> None:
    """A reader that takes memory without end is stopped below the limit, and it is told why."""
    extractor = make(time_limit=20)
    documents, outcome = extractor.extract_measured(_attached("say one", "eat", "say three"))
    assert _problems(documents) == [(), (Reason.MEMORY,), (Reason.MEMORY,)]
    assert outcome is not None
    assert 300 << 20 < outcome.resident <= 512 << 20


@pytest.mark.parametrize("order", ["crash", "leave", "raise x"])
def test_a_death_is_no_answer(extractor: SandboxedExtractor, order: str) -> None:
    """A crash, a quiet exit and an escaping exception leave what they had begun as not read."""
    documents = extractor.extract(_attached("say one", order, "say three"))
    assert _problems(documents) == [(), (Reason.DIED,), (Reason.DIED,)]
    assert _text(documents[1]) == "begun"
    assert _text(extractor.extract(_attached("say again"))[0]) == "again"


def test_a_forbidden_call_ends_the_reader(extractor: SandboxedExtractor) -> None:
    """What no parser ever asks for ends the process (SIGSYS)."""
    documents, outcome = extractor.extract_measured(_attached("trace"))
    assert _problems(documents) == [(Reason.DIED,)]
    assert outcome is not None
    assert outcome.signal == signal.SIGSYS


def test_the_reader_cannot_open_a_file(extractor: SandboxedExtractor) -> None:
    """Not even for reading."""
    assert _text(extractor.extract(_attached("peek /etc/passwd"))[0]) == "PermissionError"


def test_a_killed_reader_is_told(make: Make) -> None:
    """A reading process killed from outside (out of memory) leaves an answer for each attachment."""
    extractor = make(time_limit=30)
    assert extractor.warm() is None
    (zygote,) = _zygotes()
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(extractor.extract, _attached("say one", "sleep"))
        os.kill(_wait_for_child(zygote), signal.SIGKILL)
        assert _problems(job.result(10)) == [(), (Reason.DIED,)]
    assert _zygotes() == [zygote]


def _wait_for_child(zygote: int) -> int:
    for _ in range(100_000):
        for child in _children(zygote):
            status = Path(f"/proc/{child}/status").read_text()
            if "Seccomp:\t2" in status and "State:\tS" in status:  # locked down, and asleep
                return child
    raise AssertionError("no reading process")


def test_a_killed_zygote_is_replaced_and_its_reader_dies(make: Make) -> None:
    """A zygote that dies takes its reader along; the job is answered, and the next one is read."""
    extractor = make(time_limit=30)
    assert extractor.warm() is None
    (zygote,) = _zygotes()
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(extractor.extract, _attached("sleep"))
        reader = _wait_for_child(zygote)
        os.kill(zygote, signal.SIGKILL)
        assert _problems(job.result(10)) == [(Reason.DIED,)]
    assert not _alive(reader)
    assert _text(extractor.extract(_attached("say again"))[0]) == "again"
    assert _zygotes() != [zygote]


def _alive(pid: int) -> bool:
    """Whether a process still does anything; one nobody has reaped yet does not."""
    for _ in range(1000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(") ")[1][0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state in "ZX":
            return False
        threading.Event().wait(0.001)
    return True


def test_an_idle_zygote_that_died_costs_no_message(extractor: SandboxedExtractor) -> None:
    """A zygote that died between two messages is replaced before it is needed."""
    assert extractor.warm() is None
    (zygote,) = _zygotes()
    os.kill(zygote, signal.SIGKILL)
    _alive(zygote)
    assert _text(extractor.extract(_attached("say again"))[0]) == "again"


def test_a_hanging_zygote_is_ended(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    """A zygote that does not answer is killed after a grace period."""
    monkeypatch.setattr("missent.extraction.process.GRACE", 0.2)
    extractor = make()
    assert extractor.warm() is None
    (zygote,) = _zygotes()
    os.kill(zygote, signal.SIGSTOP)
    assert _problems(extractor.extract(_attached("say one"))) == [(Reason.TIMEOUT,)]
    assert not _alive(zygote)


def test_many_threads_share_few_processes(make: Make) -> None:
    """Eight threads with two processes each get their own answers, in order."""
    extractor = make(workers=2, time_limit=10)

    def ask(thread: int) -> list[str]:
        texts: list[str] = []
        for turn in range(5):
            orders = [f"say {thread}.{turn}.{n}" for n in range(3)]
            texts += [_text(d) for d in extractor.extract(_attached(*orders))]
        return texts

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    assert len(_zygotes()) <= 2
    wanted = [[f"{t}.{turn}.{n}" for turn in range(5) for n in range(3)] for t in range(8)]
    assert answers == wanted


def test_all_busy_is_a_timeout(make: Make) -> None:
    """A call that gets no process in time is answered, too."""
    extractor = make(patience=0.01, time_limit=2)
    assert extractor.warm() is None
    (zygote,) = _zygotes()
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(extractor.extract, _attached("sleep 1"))
        _wait_for_child(zygote)
        assert _problems(extractor.extract(_attached("say one"))) == [(Reason.TIMEOUT,)]
        assert _text(job.result()[0]) == "woke"


def test_descriptors_and_processes_are_given_back(make: Make) -> None:
    """Neither good jobs nor bad ones leave a descriptor, a process or a zombie behind."""
    warmed = make()
    warmed.extract(_attached("say one"))
    warmed.close()
    before = sorted(os.listdir("/proc/self/fd"))
    extractor = make(time_limit=0.2)
    for order in ("say one", "crash", "spin", "trace", "raise x", "flood", "forge x", "say one"):
        extractor.extract(_attached(order))
    zygotes = _zygotes()
    inside = os.listdir(f"/proc/{zygotes[0]}/fd")
    assert sorted(inside) == ["0", "1", "2"]
    assert _children(zygotes[0]) == []
    extractor.close()
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert _zygotes() == []


def test_a_flood_is_cut_off(make: Make) -> None:
    """A reader that answers without end is ended, and not believed."""
    extractor = make(time_limit=20)
    documents = extractor.extract(_attached("flood"))
    assert all(d.problems == (Reason.DIED,) for d in documents)


def _forged(document: Document) -> bytes:
    return b"forge " + frame(DOCUMENT, document_octets(document)) + frame(READ)


@pytest.mark.parametrize(
    "octets",
    [
        b"forge " + frame(READ) + frame(READ),
        b"forge " + frame(99, b"x"),
        b"forge " + frame(DOCUMENT, b"x"),
        _forged(Document("1", "text")),
        _forged(Document("99", "text")),
        _forged(Document("2", "Not A Kind")),
    ],
)
def test_a_forged_answer_is_no_answer(extractor: SandboxedExtractor, octets: bytes) -> None:
    """A reply no honest process sends is a death, and nothing after it is believed."""
    documents = extractor.extract(_attached(octets, "say two"))
    assert [d.position for d in documents] == ["2", "3"]
    assert _problems(documents) == [(Reason.DIED,), (Reason.DIED,)]


def test_what_is_too_big_is_not_read(make: Make) -> None:
    """Attachments beyond the sum are not even handed over; those before are read."""
    extractor = make(octets=100)
    documents = extractor.extract(_attached("say one", "say " + "x" * 100, "say three"))
    assert _problems(documents) == [(), (Reason.TOO_BIG,), (Reason.TOO_BIG,)]


def test_too_many_are_not_read(make: Make) -> None:
    """Attachments beyond the number are not handed over."""
    extractor = make(limits=Limits(members=2))
    documents = extractor.extract(_attached("say one", "say two", "say three"))
    assert _problems(documents) == [(), (), (Reason.TOO_MANY,)]


def test_a_damaged_encoding_is_told(extractor: SandboxedExtractor) -> None:
    """An attachment that programs decode differently is read, and is malformed."""
    (attachment,) = _attached("say one")
    (document,) = extractor.extract([replace(attachment, damaged=True)])
    assert (_text(document), document.problems) == ("one", (Reason.MALFORMED,))


def test_without_a_sandbox_nothing_is_read(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    """Where the sandbox cannot be set up no process is even started."""
    monkeypatch.setattr(sandbox, "available", lambda: "no kernel for it")
    extractor = make(("/nonexistent",))
    assert _problems(extractor.extract(_attached("say one"))) == [(Reason.NO_SANDBOX,)]
    assert extractor.warm() == "no kernel for it"


@pytest.mark.parametrize("command", [("/nonexistent",), ("/bin/false",), ("/bin/cat", "/proc/1/x")])
def test_a_zygote_that_does_not_start_is_told(command: tuple[str, ...], make: Make) -> None:
    """A broken installation answers every attachment, and `warm` says what is wrong."""
    extractor = make(command)
    assert _problems(extractor.extract(_attached("say one"))) == [(Reason.DIED,)]
    assert extractor.warm() is not None


def test_a_closed_extractor_answers(make: Make) -> None:
    """After `close` nothing is read, nothing is started and nothing is raised."""
    extractor = make()
    extractor.close()
    assert _problems(extractor.extract(_attached("say one"))) == [(Reason.DIED,)]
    assert _zygotes() == []


def test_the_parents_end_ends_all() -> None:
    """When the socket is closed in the midst of a job, reader and zygote end."""
    zygote = Zygote(STANDIN)
    zygote.wait()
    with ThreadPoolExecutor(1) as threads:
        job = Job((Item("2", "", None, b"sleep"),), Limits(), 512 << 20, 20)
        running = threads.submit(zygote.run, job_octets(job), 30.0, bytearray())
        reader = _wait_for_child(zygote.pid)
        zygote._control.shutdown(2)
        assert not _alive(reader)
        assert isinstance(running.exception(10), ProcessFailed)
    zygote.stop()


def test_what_was_read_is_never_repeated(
    make: Make, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Law 8: no log, output, repr, argument or environment of ours ever holds what was attached."""
    caplog.set_level(logging.DEBUG)
    orders = [f"say {CANARY}", f"raise {CANARY}", f"{CANARY}", f"sleep 0.2 {CANARY}"]
    with (tmp_path / "stderr").open("wb") as errors:
        zygote = Zygote(STANDIN, errors=errors)
        zygote.wait()
        for order in orders:
            job = Job((Item("2", "", CANARY, order.encode()),), Limits(), 512 << 20, 20)
            assert CANARY not in repr(zygote.run(job_octets(job), 1.0, bytearray()))
        assert CANARY.encode() not in _memory(zygote.pid)
        zygote.stop()
    extractor = make()
    attached = [replace(a, name=CANARY) for a in _attached(*orders)]
    documents = extractor.extract(attached)
    (pid,) = _zygotes()
    seen = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm")]
    shown = [repr(extractor), repr(vars(extractor)), repr(documents), repr(attached)]
    output = capfd.readouterr()
    shown += [output.out, output.err, caplog.text, (tmp_path / "stderr").read_text()]
    assert not any(CANARY in text for text in shown)
    assert not any(CANARY.encode() in octets for octets in seen)


def _memory(pid: int) -> bytes:
    """Give all of a process's writable memory; only root and a tracer may look, else nothing."""
    found = b""
    try:
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                where, rights, *_ = line.split()
                if rights.startswith("rw"):
                    start, end = (int(number, 16) for number in where.split("-"))
                    memory.seek(start)
                    found += memory.read(end - start)
    except OSError:
        return found
    return found
