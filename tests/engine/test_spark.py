"""The distributed engine without a Java machine: what an executor does, what is told, what is written."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from tests.engine.samples import NAMES, WRONG, letter, maildir, mbox, story, units_of, written
from typer.testing import CliRunner

from missent.cli import app
from missent.engine import spark
from missent.engine.cluster import Mapped
from missent.engine.facts import FACTS, Fact, Task
from missent.engine.reading import Unit
from missent.engine.spark import DDL, SENT, TROUBLE, SparkEngine, added_up, carry_out, told
from missent.engine.working import facts_path, gave, read_facts
from missent.errors import OperatorError

JOIN = Task(NAMES.now, to=(WRONG,), joins=True)
NUMBER = pa.schema([("id", pa.int64())])


class Spark:
    """Stands for a cluster: runs tasks here, and fails those of some files."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.tasks = 0
        self.cancelled = False

    def map(self, tasks: int, function: Mapped, ddl: str) -> pa.Table:
        """Run tasks as an executor would, each with its own number."""
        assert ddl == DDL
        self.tasks += tasks
        work = function.args[0]  # type: ignore[attr-defined]
        if self.failing and any(self.failing in one for one in work):
            raise OperatorError("Spark: executors have no python3")
        numbers = (pa.record_batch([[n]], schema=NUMBER) for n in range(tasks))
        found = [batch for one in numbers for batch in function(iter([one]))]
        return pa.Table.from_batches(found, SENT)

    def check(self) -> None:
        """Find nothing wrong."""

    def cancel(self) -> None:
        """Take note."""
        self.cancelled = True

    def close(self) -> None:
        """Have nothing to end."""


def engine(cluster: Spark) -> SparkEngine:
    """Open an engine on it."""
    made = SparkEngine()
    made._cluster = cluster  # type: ignore[assignment]
    return made


def sources(folder: Path) -> list[Path]:
    """Write one source of each way in which units are read."""
    letters = [letter(n, "john@army.ml" if n == 7 else "john@army.mil") for n in range(12)]
    log = written(folder / "mail.log", story())
    packed = folder / "old.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    (folder / "box").write_bytes(mbox(letters))
    return [log, packed, folder / "box", maildir(folder / "maildir", letters)]


def carried(units: Sequence[Unit], task: Task, work: Sequence[str] | None = None) -> pa.Table:
    """Carry out units as one task would."""
    numbers = pa.record_batch([list(range(len(units)))], schema=NUMBER)
    found = list(carry_out(work or told(units, task), iter([numbers])))
    return pa.Table.from_batches(found, SENT)


def troubles(found: pa.Table) -> list[str]:
    """Give what went wrong."""
    return [row["key"] for row in found.to_pylist() if row["what"] == TROUBLE]


# --- on an executor ------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [NAMES, JOIN], ids=["names", "join"])
def test_an_executor_gives_what_a_local_process_gives(tmp_path: Path, task: Task) -> None:
    """Fact for fact, but for names, which are added up: a sum is all that is ever asked of them."""
    units = units_of(*sources(tmp_path))
    local = [batch for unit in units for batch in added_up(gave(unit, task))]
    there = carried(units, task)
    assert there.num_rows > len(units)
    assert there.cast(FACTS).equals(pa.Table.from_batches(local, FACTS))
    if task is JOIN:
        plain = pa.Table.from_batches([b for unit in units for b in gave(unit, task)], FACTS)
        assert there.cast(FACTS).equals(plain)


def test_names_are_added_up_in_the_order_they_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often that is done on the way, nothing is lost and nothing else is touched."""
    (unit,) = units_of(written(tmp_path / "mail.log", story()))
    batches = [*gave(unit, NAMES)] * 5
    once = pa.Table.from_batches(added_up(batches))
    monkeypatch.setattr(spark, "_HELD", 7)
    often = pa.Table.from_batches(added_up(batches))
    assert often.equals(once)
    single = {
        (row["what"], row["key"], row["domain"]): row["count"]
        for row in pa.Table.from_batches(gave(unit, NAMES)).to_pylist()
        if row["what"] in (Fact.TO, Fact.FROM)
    }
    named = [row for row in once.to_pylist() if row["what"] in (Fact.TO, Fact.FROM)]
    assert [(row["what"], row["key"], row["domain"]) for row in named] == list(single)
    assert [row["count"] for row in named] == [5 * count for count in single.values()]
    assert once.num_rows - len(named) == 5 * (batches[0].num_rows - len(single))


def test_the_columns_are_those_of_a_fact() -> None:
    """What Spark is told, what it is given and what is written down have the same names in one order."""
    assert DDL.replace("`", "") == (
        "unit int, part int, place bigint, what string, domain string, key string, value binary, "
        "count bigint, first bigint, last bigint"
    )
    assert SENT.names == FACTS.names
    assert SENT.empty_table().cast(FACTS).schema.equals(FACTS)


def test_another_file_under_the_same_path_is_no_source(tmp_path: Path) -> None:
    """Every machine has a /var/log/mail.log: reading an executor's own would be a wrong answer."""
    units = units_of(*sources(tmp_path))
    work = told(units, NAMES)
    log = tmp_path / "mail.log"
    log.write_text("x" + log.read_text()[1:])
    (tmp_path / "box").unlink()
    wrong = troubles(carried(units, NAMES, work))
    assert len(wrong) == 2
    assert all("under the same path" in one for one in wrong)
    assert str(log) in wrong[0] + wrong[1]


def test_a_log_that_grows_is_the_same_file(tmp_path: Path) -> None:
    """Only its start is looked at."""
    log = written(tmp_path / "mail.log", story())
    units = units_of(log)
    work = told(units, NAMES)
    with log.open("a") as file:
        file.write("\n".join(story()))
    assert troubles(carried(units, NAMES, work)) == []


def test_what_the_driver_cannot_read_either_is_a_fact_as_ever(tmp_path: Path) -> None:
    """A file that went away meanwhile is told in the report, whatever engine found out."""
    log = written(tmp_path / "mail.log", story())
    units = units_of(log)
    log.unlink()
    assert [row["what"] for row in carried(units, NAMES).to_pylist()] == [Fact.FAULT]


def test_another_version_there_is_a_fault_in_words(tmp_path: Path) -> None:
    """It might count otherwise."""
    units = units_of(written(tmp_path / "mail.log", story()))
    work = [json.dumps(json.loads(one) | {"version": "0.0"}) for one in told(units, NAMES)]
    (wrong,) = troubles(carried(units, NAMES, work))
    assert wrong.startswith("executors have missent")


def test_a_fault_of_ours_tells_where_and_never_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of an exception may quote a line; Spark would write it into its logs."""

    def broken(unit: Unit, task: Task) -> Iterator[pa.RecordBatch]:
        raise ValueError("john@army.ml")

    monkeypatch.setattr(spark, "gave", broken)
    (wrong,) = troubles(carried(units_of(written(tmp_path / "mail.log", story())), NAMES))
    assert "ValueError in test_spark.py:" in wrong
    assert "john" not in wrong


def test_a_name_that_is_no_text_comes_over_unharmed(tmp_path: Path) -> None:
    """File names are octets."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/box-\xff"))
    path.write_bytes(mbox([letter(1, "john@army.mil")]))
    units = units_of(path)
    work = told(units, NAMES)
    assert troubles(carried(units, NAMES, work)) == []
    path.unlink()
    (wrong,) = troubles(carried(units, NAMES, work))
    assert "/box-\\udcff: an executor sees another file" in wrong


# --- on the driver -------------------------------------------------------------------------------


def test_what_comes_back_is_written_unit_by_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where many units make one job."""
    monkeypatch.setattr(spark, "_STEPS", 2)
    units = units_of(*sources(tmp_path))
    weights: list[int] = []
    cluster = Spark()
    engine(cluster).run(units, JOIN, tmp_path, weights.append)
    assert cluster.tasks == len(units) == 4
    assert sum(weights) == sum(unit.weight for unit in units)
    for unit, table in read_facts(tmp_path, units):
        plain = pa.Table.from_batches([b for b in gave(unit, JOIN) if b.num_rows], FACTS)
        assert table.equals(plain)


def test_what_is_done_stays_done_when_a_job_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is told, other jobs are stopped, and the next run does the rest only."""
    monkeypatch.setattr(spark, "_JOBS", 1)
    units = units_of(*sources(tmp_path))
    failing = Spark(failing="maildir")
    with pytest.raises(OperatorError, match="executors have no python3"):
        engine(failing).run(units, NAMES, tmp_path, lambda weight: None)
    assert failing.cancelled
    left = [unit for unit in units if not facts_path(tmp_path, unit.number).exists()]
    assert [Path(unit.path).name for unit in left] == ["maildir"]
    engine(Spark()).run(left, NAMES, tmp_path, lambda weight: None)
    assert len(list(read_facts(tmp_path, units))) == len(units)


def test_a_unit_in_trouble_is_not_done_and_its_neighbours_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one job, too."""
    monkeypatch.setattr(spark, "_STEPS", 1)
    units = list(units_of(*sources(tmp_path)))
    real = spark._start
    monkeypatch.setattr(spark, "_start", lambda path: "other" if "box" in path else real(path))
    work = told(units, NAMES)
    monkeypatch.setattr(spark, "_start", real)
    monkeypatch.setattr(spark, "told", lambda units, task: work)
    with pytest.raises(OperatorError, match="box: an executor sees another file"):
        engine(Spark()).run(units, NAMES, tmp_path, lambda weight: None)
    done = [facts_path(tmp_path, unit.number).exists() for unit in units]
    assert done == ["box" not in unit.path for unit in units]


def test_an_interrupt_stops_what_runs(tmp_path: Path) -> None:
    """Else the cluster would go on for nobody."""
    cluster = Spark()

    def interrupt(weight: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine(cluster).run(units_of(*sources(tmp_path)), NAMES, tmp_path, interrupt)
    assert cluster.cancelled


def test_a_master_for_this_machines_engine_is_wrong_use(tmp_path: Path) -> None:
    """Who names one thinks that a cluster does the work."""
    log = written(tmp_path / "mail.log", story())
    words = ["investigate", str(log), "--out", str(tmp_path / "out"), "--master", "spark://host:1"]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 2
    assert "--master goes with --engine spark" in run.output
    assert not (tmp_path / "out/report.json").exists()
