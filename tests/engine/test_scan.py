"""Own the proof that a scan is a pure function of its batch, and finds what its task asks for, no more."""

from __future__ import annotations

import builtins
import json
import os
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.engine.samples import (
    NAMES,
    NOW,
    START,
    WRONG,
    arrival,
    attempt,
    letter,
    passed,
    removed,
    story,
)

from missent.engine.facts import FACTS, WORK, Fact, Task, moment
from missent.engine.scan import scan
from missent.mail.delivery import from_plain
from missent.mail.logs import DIALECTS

CASES = Path(__file__).parents[1] / "cases"
HITS = Task(NOW.isoformat(), to=(WRONG,), joins=True)


def batch(kind: str, *data: bytes, task: Task = NAMES, place: int = 0) -> pa.RecordBatch:
    """Make work of texts of one kind."""
    columns = [
        pa.array([3] * len(data), pa.int32()),
        pa.array([1] * len(data), pa.int32()),
        pa.array([place + number for number in range(len(data))], pa.int64()),
        pa.array([kind] * len(data), pa.string()),
        pa.array(list(data), pa.large_binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=task.onto(WORK))


def log(lines: list[str]) -> bytes:
    """Put lines together."""
    return "".join(line + "\n" for line in lines).encode()


def found(batch: pa.RecordBatch, *what: str) -> list[dict[str, Any]]:
    """Give the facts of some kinds."""
    return [row for row in scan(batch).to_pylist() if row["what"] in what]


TRACE = (CASES / "traces" / "04-microsoft-trace.csv").read_bytes()
WORKS: dict[str, tuple[str, bytes]] = {
    "postfix": ("postfix", log(story(40))),
    "exim": ("exim", (CASES / "exim" / "01-main-log.log").read_bytes()),
    "sendmail": ("sendmail", (CASES / "sendmail" / "01-traditional.log").read_bytes()),
    "opensmtpd": ("opensmtpd", (CASES / "opensmtpd" / "01-traditional.log").read_bytes()),
    "trace": ("microsoft365", TRACE),
    "mbox": ("mbox", letter(1, "john@army.ml").encode()),
    "parquet": ("parquet", letter(2, "john@army.ml").encode()),
}
TASKS: dict[str, Task] = {
    "names": NAMES,
    "hits": HITS,
    "everything": replace(HITS, to=(".ml", ".mil", ".example"), counts=True),
    "keys": Task(NOW.isoformat(), keys=("4000000013", "4000000014"), joins=True),
    "ids": Task(NOW.isoformat(), ids=("<m1@contractor.example>",), joins=True),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("work", WORKS)
def test_pure(work: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same batch gives the same facts, no file is opened, and the batch is all there is to know."""
    kind, data = WORKS[work]
    made = batch(kind, data, task=TASKS[task])
    first = scan(made)

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a scan opened a file")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    again = scan(made)
    elsewhere = scan(_shipped(made))
    monkeypatch.undo()
    assert first.schema == FACTS
    assert first.equals(again)
    assert first.equals(elsewhere)


def _shipped(made: pa.RecordBatch) -> pa.RecordBatch:
    """Send a batch as another process gets it."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, made.schema) as writer:
        writer.write_batch(made)
    with pa.ipc.open_stream(sink.getvalue()) as reader:
        return reader.read_next_batch()


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {b"missent": b"{}"},
        {b"missent": b"no json"},
        {b"missent": b"[]"},
        {b"missent": b'{"now": "2025-06-30T12:00:00+00:00", "later": 1}'},
    ],
)
def test_an_unknown_task_is_an_error(metadata: dict[bytes, bytes] | None) -> None:
    """Nothing is scanned for a wish that is not understood."""
    made = batch("postfix", b"").replace_schema_metadata(metadata)
    with pytest.raises(ValueError, match=r"task|JSON|Expecting"):
        scan(made)


def test_a_task_is_its_metadata() -> None:
    """And comes out of a schema as it went in."""
    task = Task(NOW.isoformat(), 120, ("john@army.ml",), ("A",), ("<i>",), joins=True, counts=True)
    assert Task.of(task.onto(WORK)) == task
    assert task.zone.utcoffset(None) is not None
    assert task.moment == NOW


def test_names_of_a_log() -> None:
    """Every mailbox, lower case, with its count; messages; the first and the last time."""
    data = log(
        [
            *passed("4A0000001", "Ann@Contractor.example", "John@ARMY.ml."),
            *passed("4A0000002", "ann@contractor.example", "john@army.ml"),
        ]
    )
    rows = found(batch("postfix", data), Fact.TO, Fact.FROM)
    names: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = row["what"], row["key"], row["domain"]
        names[key] = names.get(key, 0) + row["count"]
    assert names == {
        ("to", "john", "army.ml"): 2,
        ("from", "ann", "contractor.example"): 2,
    }
    counts = {row["key"]: row["count"] for row in found(batch("postfix", data), Fact.COUNT)}
    assert counts["messages"] == 2
    (time,) = found(batch("postfix", data), Fact.TIME)
    assert moment(time["first"]) == moment(time["last"]) == START


@pytest.mark.parametrize(
    ("spelling", "key", "domain"),
    [
        ('"john doe"@army.ml', '"john doe"', "army.ml"),
        ('"a@b>c"@army.ml', '"a@b>c"', "army.ml"),
        ("jörg@army.ml", "jörg", "army.ml"),
        ("john@bücher.example", "john", "bücher.example"),
        ("john@[192.0.2.1]", "john", "[192.0.2.1]"),
    ],
)
def test_odd_spellings(spelling: str, key: str, domain: str) -> None:
    """Quoted local parts, names beyond ASCII, literals."""
    rows = found(batch("postfix", log([attempt("4A0000001", spelling)])), Fact.TO)
    assert [(row["key"], row["domain"], row["count"]) for row in rows] == [(key, domain, 1)]


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"\0", b"\r", b"\xc3", "\u2028".encode()])
def test_hostile_octets_cost_no_neighbour(octets: bytes) -> None:
    """Of a line with octets that are no text the others are counted, and hit, all the same."""
    good = log(passed("4A0000001", "ann@contractor.example", "john@army.ml"))
    bad = b"<22>" + octets * 50 + b" to=<" + octets + b"@army.ml>, x\n"
    data = good + bad + good.replace(b"4A0000001", b"4A0000002")
    keys = [row["key"] for row in found(batch("postfix", data), Fact.TO)]
    counts = {row["key"]: row["count"] for row in found(batch("postfix", data), Fact.COUNT)}
    assert "john" in keys
    assert counts["messages"] == 2
    assert counts.get("unreadable", 0) == (1 if octets == b"\0" else 0)
    lines = found(batch("postfix", data, task=HITS), Fact.LINE)
    assert {row["key"] for row in lines} >= {"4A0000001", "4A0000002"}


def test_facts_hold_no_more_than_the_hits() -> None:
    """Of a large log only the lines of what was hit are given: memory follows the hits."""
    data = log(story(4_000, 1_000))
    facts = scan(batch("postfix", data, task=HITS))
    lines = [row for row in facts.to_pylist() if row["what"] == Fact.LINE]
    assert len(lines) == facts.num_rows == 4 * 4
    assert facts.nbytes < 10_000 < len(data) // 100
    assert all(b"4000" in row["value"] for row in lines)
    assert scan(batch("postfix", data, task=replace(HITS, to=("@army.example",)))).num_rows == 0


def test_a_line_is_given_with_its_place() -> None:
    """By which it is known, however often it is found."""
    lines = passed("4A0000001", "ann@contractor.example", "john@army.ml")
    data = log(["Jun  2 09:00:00 mx1 cron: nothing", *lines])
    rows = found(batch("postfix", data, task=HITS, place=5_000), Fact.LINE)
    assert len(rows) == 4  # what comes after the hit tells nothing of it
    for row in rows:
        start = row["place"] - 5_000
        assert data[start:].startswith(row["value"])


def test_an_arrival_far_before_is_found() -> None:
    """Behind a megabyte of other mail."""
    early = arrival("4A0000001", "ann@contractor.example")
    late = [attempt("4A0000001", "john@army.ml"), removed("4A0000001")]
    data = log([*early, *story(2_500, 10_000), *late])
    assert len(data) > 1 << 20
    assert len(found(batch("postfix", data, task=HITS), Fact.LINE)) == 4


def test_a_line_at_the_very_end() -> None:
    """Without its line end, as a log that is being written has it."""
    data = log(passed("4A0000001", "ann@contractor.example", "john@army.ml")[:4]).rstrip(b"\n")
    assert len(found(batch("postfix", data, task=HITS), Fact.LINE)) == 4
    assert scan(batch("postfix", b"", task=HITS)).num_rows == 0


@pytest.mark.parametrize("many", [1, 50])
def test_keys(many: int) -> None:
    """Lines of queue ids, few or many, each once; an id within another, or in another place, is none."""
    keys = tuple(f"4A{number:07X}" for number in range(many))
    lines = [line for key in keys for line in passed(key, "ann@contractor.example", "x@army.mil")]
    other = [attempt(f"{keys[0]}F", "john@army.mil"), attempt("4B0000001", f"{keys[0]}@army.mil")]
    task = Task(NOW.isoformat(), keys=keys, joins=True)
    rows = found(batch("postfix", log([*lines, *other]), task=task), Fact.LINE)
    assert [row["key"] for row in rows] == [key for key in keys for _ in range(5)]


def test_a_queue_id_may_be_wanted_in_one_unit_only() -> None:
    """An arrival is looked for in the units before its delivery; elsewhere the id is another message's."""
    lines = passed("4A0000001", "ann@contractor.example", "x@army.mil")
    for where, count in (("", 5), ("3/", 5), ("4/", 0), ("13/", 0)):
        task = Task(NOW.isoformat(), keys=(f"{where}4A0000001",), joins=True)
        rows = found(batch("postfix", log(lines), task=task), Fact.LINE)
        assert len(rows) == count


def test_counts_while_it_looks() -> None:
    """Where the operator names what is wrong no other scan counts."""
    task = replace(HITS, counts=True)
    rows = scan(batch("postfix", log(story(40)), task=task)).to_pylist()
    counts = {row["key"]: row["count"] for row in rows if row["what"] == Fact.COUNT}
    assert counts["messages"] == 40
    assert Fact.TIME in {row["what"] for row in rows}
    assert Fact.TO not in {row["what"] for row in rows}


def test_traces_give_deliveries() -> None:
    """Those of wanted recipients only; rows and dates that may be read in two ways are counted."""
    rows = scan(batch("microsoft365", TRACE)).to_pylist()
    counts = {row["key"]: row["count"] for row in rows if row["what"] == Fact.COUNT}
    domains = {row["domain"] for row in rows if row["what"] == Fact.TO}
    assert (counts["rows"] > 0, counts["ambiguous"]) == (True, 2)
    one = sorted(domains)[0]
    hits = found(batch("microsoft365", TRACE, task=replace(HITS, to=(f"@{one}",))), Fact.DELIVERY)
    assert hits
    for row in hits:
        assert from_plain(json.loads(row["value"])).recipient.domain.ascii == one


def test_archives_give_headers() -> None:
    """Of the wanted ones only, by recipient or Message-ID; what has no author or date is counted."""
    data = (
        letter(1, "john@army.ml").encode(),
        letter(2, "john@army.mil").encode(),
        b"",
        letter(3, "ann@contractor.example", date=False).encode(),
    )
    counts = {row["key"]: row["count"] for row in found(batch("mbox", *data), Fact.COUNT)}
    assert counts == {"messages": 4, "unreadable": 2}
    rows = found(batch("mbox", *data, task=HITS), Fact.MESSAGE)
    assert [(row["key"], row["place"]) for row in rows] == [("<m1@contractor.example>", 0)]
    rows = found(
        batch("mbox", *data, task=replace(TASKS["ids"], ids=("<m3@contractor.example>",))),
        Fact.MESSAGE,
    )
    assert [row["place"] for row in rows] == [3]


def test_automatic_mail_makes_no_sender() -> None:
    """A vacation notice is no sign that somebody answers."""
    text = letter(1, "john@army.ml")
    automatic = "Auto-Submitted: auto-replied\n" + text
    for data, senders in ((text, 1), (automatic, 0)):
        assert len(found(batch("mbox", data.encode()), Fact.FROM)) == senders


@pytest.mark.parametrize(
    "path",
    [p for d in DIALECTS for p in sorted((CASES / d.name).glob("*.log"))],
    ids=lambda p: f"{p.parent.name}-{p.stem}",
)
def test_the_quick_look_finds_all_that_the_joiner_reads(path: Path) -> None:
    """Of every case of every dialect: each recipient that a joiner reads is hit by its lines."""
    dialect = next(one for one in DIALECTS if one.name == path.parent.name)
    data = path.read_bytes()
    joiner = dialect.joiner(NOW, UTC)
    deliveries = [
        one for line in data.decode("utf-8", "replace").split("\n") for one in joiner.feed(line)
    ]
    deliveries += joiner.finish()
    assert deliveries
    for one in deliveries:
        task = replace(HITS, to=(one.recipient.wire.lower(), f"@{one.recipient.domain.ascii}"))
        keys = {row["key"] for row in found(batch(dialect.name, data, task=task), Fact.LINE)}
        assert one.queue_id in keys
