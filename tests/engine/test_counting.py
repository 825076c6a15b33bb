"""Own the proof that facts of many units add up to one census, and that a close look sees what matters."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from tests.engine.samples import (
    NAMES,
    NOW,
    START,
    letter,
    mbox,
    passed,
    silent,
    story,
    written,
)

from missent.engine.counting import Counts
from missent.engine.facts import Fact, Facts
from missent.engine.inputs import find_inputs
from missent.engine.local import LocalEngine
from missent.engine.reading import Unit, plan
from missent.engine.spool import Spool
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.census import Census

CASES = Path(__file__).parents[1] / "cases" / "traces"
ML, MIL = DomainName.parse("army.ml"), DomainName.parse("army.mil")


def _tables(out: Path, *sources: Path) -> list[tuple[Unit, pa.Table]]:
    inputs = find_inputs(sources)
    spool = Spool.open(out, inputs, LocalEngine(1), silent, NOW)
    tables = list(spool.run("names", plan(inputs), NAMES))
    spool.remove()
    return tables


def _counted(tables: list[tuple[Unit, pa.Table]]) -> Counts:
    counts = Counts()
    for unit, table in tables:
        counts.take(unit, table)
    counts.census.close()
    return counts


def _census(out: Path, *sources: Path) -> Census:
    return _counted(_tables(out, *sources)).census


def test_many_files_add_up(tmp_path: Path) -> None:
    """Names, messages, the first and the last time, whichever file says it."""
    whole = _census(tmp_path / "o", written(tmp_path / "log", story(80, 20)))
    lines = story(80, 20)
    for number in range(4):
        quarter = lines[number * 100 : number * 100 + 100]
        written(tmp_path / "logs" / f"{number}", quarter)
    parts = _census(tmp_path / "o", tmp_path / "logs")
    assert parts.messages == whole.messages == 80
    assert (parts.since, parts.until) == (whole.since, whole.until)
    assert (parts.since, parts.until) == (START, START + timedelta(minutes=7 * 79))
    for name in (ML, MIL, DomainName.parse("contractor.example")):
        assert parts.traffic(name).to == whole.traffic(name).to
        assert parts.traffic(name).wrote == whole.traffic(name).wrote
    assert whole.traffic(ML).to == 4


def test_counts_and_faults_are_known_by_input(tmp_path: Path) -> None:
    """Which file held what, and which could not be read to its end."""
    log = written(tmp_path / "a", story(5))
    box = tmp_path / "b"
    box.write_bytes(mbox([letter(1, "john@army.ml"), letter(2, "john@army.ml", date=False)]))
    tables = _tables(tmp_path / "o", log, box)
    fault = Facts()
    fault.add(Fact.FAULT, 0, 0, key="damaged compressed data")
    tables.append((tables[0][0], pa.Table.from_batches([fault.batch()])))
    counts = _counted(tables)
    assert counts.by_input[0]["messages"] == 5
    assert dict(counts.by_input[1]) == {"messages": 2, "unreadable": 1}
    assert counts.faults == {0: "damaged compressed data"}
    only_faults = Counts()
    only_faults.note_faults(*tables[-1])
    assert (only_faults.faults, only_faults.census.messages) == ({0: "damaged compressed data"}, 0)


def test_dates_that_may_be_read_in_two_ways_add_up(tmp_path: Path) -> None:
    """Over all traces, so that the report can say so."""
    trace = (CASES / "04-microsoft-trace.csv").read_bytes()
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(trace)
    assert _counted(_tables(tmp_path / "o", *paths)).ambiguous == 4


def test_a_close_look(tmp_path: Path) -> None:
    """How many mailboxes a name has, how many of them answered, and the recipients at it."""
    ann = "ann@contractor.example"
    lines = [
        *passed("4A0000001", ann, "John@Army.ml"),
        *passed("4A0000002", ann, "john@army.ml"),
        *passed("4A0000003", ann, "eve@army.ml"),
        *passed("4A0000004", ann, "john@army.mil"),
        *passed("4A0000005", ann, "joe@army.mil"),
        *passed("4A0000006", "john@army.mil", ann),
        *passed("4A0000007", "ceo@army.mil", ann),
        *passed("4A0000008", "stranger@army.ml", ann),
    ]
    tables = _tables(tmp_path / "o", written(tmp_path / "log", lines))
    counts = _counted(tables)
    recipients = counts.close_look(tables, {ML: frozenset({MIL})})
    assert [(box.wire, text) for box, text in recipients(ML)] == [
        ("eve@army.ml", "eve@army.ml"),
        ("john@army.ml", "john@army.ml"),
    ]
    census = counts.census
    slip, meant = census.traffic(ML), census.traffic(MIL)
    assert (slip.mailboxes, slip.once, slip.mutual, slip.answered) == (2, 1, 0, 0)
    assert (meant.mailboxes, meant.once, meant.mutual, meant.answered) == (2, 2, 1, 1)
    known = census.mailbox(Mailbox.parse("john@army.mil"))
    assert known is not None
    assert (known.to, known.wrote, known.answered) == (1, 1, 1)
    assert census.mailbox(Mailbox.parse("joe@army.mil")) is None  # nobody at army.ml is called that


def test_a_close_look_at_nothing(tmp_path: Path) -> None:
    """Sources in which no name is like another."""
    tables = _tables(tmp_path / "o", written(tmp_path / "log", story(5)))
    assert list(_counted(tables).close_look(tables, {})(ML)) == []
    assert list(_counted([]).close_look([], {ML: frozenset({MIL})})(ML)) == []


def test_what_is_no_name_is_counted(tmp_path: Path) -> None:
    """And looked at no closer."""
    lines = [
        *passed("4A0000001", "ann@contractor.example", "john@-.-"),
        *passed("4A0000002", "ann@contractor.example", "john@army.ml"),
    ]
    tables = _tables(tmp_path / "o", written(tmp_path / "log", lines))
    census = _counted(tables).census
    assert census.unread == 1
    assert census.traffic(ML).to == 1
