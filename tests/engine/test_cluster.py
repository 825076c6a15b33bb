"""A Spark session without a Java machine: what must be there, what is set, and what is told in one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from missent.engine.cluster import Cluster, _surroundings, failure, not_started
from missent.errors import OperatorError


@pytest.mark.parametrize("missing", ["pyspark", "pandas"])
def test_what_is_not_installed_is_told_with_what_to_do(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, before anything is started."""
    for name in ("pandas", "pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None if name.startswith(missing) else sys)
    with pytest.raises(OperatorError) as told_:
        Cluster.open(None)
    assert str(told_.value).startswith(f"--engine spark needs {missing}")
    assert "pip install 'missent[spark]'" in str(told_.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Traceback (most recent call last):\nModuleNotFoundError: No module named 'missent'",
            "cannot import missent",
        ),
        ('boom\nCannot run program "python9": error=2, No such file', "set PYSPARK_PYTHON"),
        ("[PYTHON_VERSION_MISMATCH] Python in worker has", "another version of Python"),
        ("Traceback (most recent call last):\nValueError: john@army.ml", "a task failed in Python"),
        (
            "An error occurred while calling x.\n: org.apache.spark.SparkException: Job 1 was lost\n\tat x",
            "org.apache.spark.SparkException: Job 1 was lost",
        ),
        ("", "no reason given"),
    ],
)
def test_a_failed_job_is_told_in_one_line(text: str, says: str) -> None:
    """Spark says a hundred, and they may quote what was read."""
    said = failure(text)
    assert says in said
    assert "\n" not in said
    assert "john" not in said


@pytest.mark.parametrize(
    ("said", "raised", "reason"),
    [
        ("java.lang.UnsupportedClassVersionError: x", "", "needs Java 17 or later"),
        ("ERROR x: All masters are unresponsive! Giving up.", "stopped", "no master answers"),
        (
            'Exception in thread "main" Master must be\n\tat x',
            "[JAVA_GATEWAY_EXITED]",
            ": Master must be",
        ),
        ("WARN x", "An error occurred while calling\n: bad port", ": bad port"),
    ],
)
def test_a_failed_start_is_told_in_one_line(said: str, raised: str, reason: str) -> None:
    """What matters stands in what Java printed, or in what Python raised."""
    line = not_started(said, raised)
    assert reason in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("master", "given", "taken", "address"),
    [
        (None, {}, "local[*]", "127.0.0.1"),
        (None, {"SPARK_CONF_DIR": "/etc/spark"}, None, None),
        ("local[2]", {}, "local[2]", "127.0.0.1"),
        ("spark://127.0.0.1:7077", {}, "spark://127.0.0.1:7077", "127.0.0.1"),
        ("spark://localhost:7077", {"SPARK_LOCAL_IP": "::1"}, "spark://localhost:7077", "::1"),
        ("spark://host.example:7077", {}, "spark://host.example:7077", None),
    ],
)
def test_what_nobody_set_is_set(
    master: str | None,
    given: dict[str, str],
    taken: str | None,
    address: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only loopback is listened on where the master is here; executors of another machine reach us."""
    names = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "SPARK_LOCAL_HOSTNAME")
    for name in (*names, "SPARK_LOCAL_IP", "PYSPARK_PYTHON"):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert _surroundings(master) == taken
    assert os.environ.get("SPARK_LOCAL_IP") == address
    assert os.environ["PYSPARK_PYTHON"] == sys.executable


def test_work_that_nobody_takes_is_told(tmp_path: Path) -> None:
    """Spark itself would wait for ever; a minute of it is nothing yet."""

    class Session:
        class sparkContext:  # noqa: N801  # Spark's name
            master = "spark://127.0.0.1:7077"

    said = b"WARN TaskSchedulerImpl: Initial job has not accepted any resources; check\n"
    with (tmp_path / "log").open("w+b", buffering=0) as log:
        cluster = Cluster(Session(), log)
        log.write(4 * said)
        cluster.check()
        log.write(16 * said)
        with pytest.raises(OperatorError, match=r"no worker of spark://127.0.0.1:7077 takes"):
            cluster.check()
