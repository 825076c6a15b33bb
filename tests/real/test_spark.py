"""The distributed engine on a real standalone Spark: a master and two workers, each with a core."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bench.mailarchive import write_mbox
from bench.maillogs import write_log
from bench.population import OURS
from tests.real.client import eventually
from tests.real.conftest import require
from tests.real.standalone import WORKERS, Standalone, processes, standalone

from missent.engine.incident import FIGURES

pytestmark = pytest.mark.real
UNIT = 1 << 21
"""Octets, so that a small log has many units."""
PRODUCT = f"""
from missent.engine import reading
reading.UNIT = {UNIT}
from missent.cli import main
main()
"""
"""The whole command, with smaller units; executors know nothing of it."""
DEADLINE = 240
SEED = 11
START = datetime(2024, 1, 9, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Run a cluster."""
    require("java", "bash")
    for name in ("pyspark", "pandas"):
        if importlib.util.find_spec(name) is None:
            _missing(name)
    with standalone(tmp_path_factory.mktemp("spark")) as running:
        yield running


def _missing(name: str) -> None:
    reason = f"not here: {name} (pip install 'missent[spark]')"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a folder with one of each: a log of many units, a packed one, an archive, a table, a trace."""
    folder = tmp_path_factory.mktemp("sources")
    write_log(folder / "mail.log", 24, SEED)
    write_log(folder / "other.log", 3, SEED + 1)
    with gzip.open(folder / "other.log.gz", "wb", compresslevel=1) as packed:
        packed.write((folder / "other.log").read_bytes())
    (folder / "other.log").unlink()
    write_mbox(folder / "archive.mbox", 300, SEED, mean_kb=4)
    for truth in folder.glob("*.json"):
        truth.unlink()
    _table(folder / "archive.parquet")
    _trace(folder / "trace.csv")
    return folder


def _table(path: Path) -> None:
    rows = [
        {
            "date": START + timedelta(hours=number),
            "sender": f"ann@{OURS}",
            "to": [f"p{number % 40}@{'army.ml' if number % 97 == 5 else 'army.mil'}"],
            "message_id": f"<table{number}@{OURS}>",
            "subject": "roster",
            "body": "see you there",
        }
        for number in range(500)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)


def _trace(path: Path) -> None:
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        head = "Received SenderAddress RecipientAddress Subject Status MessageId MessageTraceId"
        table.writerow(head.split())
        for number in range(500):
            at = (START + timedelta(minutes=number)).isoformat()
            name = "army.ml" if number % 83 == 4 else "army.mil"
            row = at, f"bob@{OURS}", f"p{number % 40}@{name}", "x", "Delivered"
            table.writerow((*row, f"<trace{number}@{OURS}>", f"trace-{number}"))


def _investigate(
    sources: Path, out: Path, env: dict[str, str], *options: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PRODUCT, "investigate", str(sources), f"--out={out}"]
    return subprocess.run(
        [*command, f"--ours={OURS}", *options],
        env=env,
        cwd=out.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def _files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_two_workers_find_what_one_machine_finds(
    cluster: Standalone, sources: Path, tmp_path: Path
) -> None:
    """Octet for octet, in every file; both workers took part, nothing of the run is left, and Spark's
    logs hold nothing of what was read.
    """
    local = _investigate(sources, tmp_path / "local", dict(os.environ), "--engine=local")
    assert local.returncode == 1, local.stderr
    there = ("--engine=spark", f"--master={cluster.master}")
    spark = _investigate(sources, tmp_path / "spark", cluster.env, *there)
    assert (spark.returncode, spark.stderr) == (1, "")
    assert spark.stdout == local.stdout.replace("/local/", "/spark/")
    files = _files(tmp_path / "local")
    assert len(files) > 3
    assert _files(tmp_path / "spark") == files
    assert min(cluster.tasks(worker) for worker in WORKERS) > 0
    report = json.loads(files[FIGURES])
    assert len({one["kind"] for one in report["inputs"]}) == 4
    assert all(one["read"] for one in report["inputs"])
    assert "army.ml" in {one["domain"] for one in report["destinations"]}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["local", "spark"]
    _nothing_left(cluster)
    logs = [path for path in cluster.folder.rglob("*") if path.is_file()]
    assert not [path.name for path in logs if b"@army" in path.read_bytes()]


def test_executors_without_python_are_told_in_one_line(
    cluster: Standalone, sources: Path, tmp_path: Path
) -> None:
    """No trace of two machines' calls: what is wrong, and what to do. (On Spark's own one machine.)"""
    env = cluster.env | {"PYSPARK_PYTHON": str(tmp_path / "python3")}
    spark = _investigate(sources, tmp_path / "spark", env, "--engine=spark", "--master=local[1]")
    assert (spark.returncode, spark.stdout) == (2, "")
    assert spark.stderr == (
        f"missent: Spark: executors have no {tmp_path / 'python3'}: "
        "install missent[scan] there, or set PYSPARK_PYTHON\n"
    )
    _nothing_left(cluster)


def _nothing_left(cluster: Standalone) -> None:
    """See the driver's Java machine end, and with it all that it had put on the disk."""
    driver = cluster.folder / "driver"

    def gone() -> bool:
        return not processes(driver) and not list(driver.iterdir())

    eventually(gone, "the end of the driver", timeout=30)
