"""Own the Spark session that an investigation runs in: how it starts, is asked, and ends.

What Spark and Java print goes to a file that vanishes with us: there is a progress bar on the screen,
and a reason in one line if anything fails. A session that was there before us is used and left alone.
The rule: no text of an exception of our own code is told or logged, since it may quote what was read.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa

from missent.errors import OperatorError

_JAVA = "--engine spark needs Java 17 or later (such as openjdk-17-jre-headless), or JAVA_HOME"
_MODULES = ("pyspark", "pyspark.sql", "pyspark.java_gateway")
_CONF = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}
_CONFIGURED = frozenset({"SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS"})
"""Where one of these is set, Spark is told by it which master to take."""
_ADDRESSES = frozenset({"SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME"})
_HERE = ("local", "spark://127.", "spark://localhost:", "spark://[::1]:")
_GROUP = "missent investigate"
_IDLE = b"has not accepted any resources"  # said every 15 seconds
_PATIENCE = 20
"""Times it is said before we give up."""
_LONGEST = 300
_THREAD = 'Exception in thread "main" '
Mapped = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(slots=True)
class Cluster:
    """A Spark session."""

    session: Any
    log: IO[bytes] | None = None
    """What Spark prints; None for a session that is not ours."""

    @classmethod
    def open(cls, master: str | None) -> Cluster:
        """Start a session, or take the one there is. Raises `OperatorError` with what to do."""
        try:
            importlib.import_module("pandas")  # mapInArrow insists on it
            sql = importlib.import_module("pyspark.sql")
        except ImportError as error:
            raise OperatorError(
                f"--engine spark needs {error.name}: pip install 'missent[spark]'"
            ) from None
        session = sql.SparkSession.getActiveSession()
        if session is None:
            return cls(*_started(master))
        running = session.sparkContext.master
        if master not in {None, running}:
            raise OperatorError(f"a Spark session of {running} is there already: stop it first")
        return cls(session)

    def close(self) -> None:
        """End the session, if it is ours."""
        if self.log is not None:
            with contextlib.suppress(Exception):  # what is dead already cannot be stopped
                self.session.stop()
            self.log.close()

    def map(self, tasks: int, function: Mapped, ddl: str) -> pa.Table:
        """Run one job: as many tasks, each given its own number; gives their rows, task by task.

        Raises `OperatorError` with the reason in one line.
        """
        self.session.sparkContext.setJobGroup(_GROUP, _GROUP, interruptOnCancel=True)
        try:
            frame = self.session.range(0, tasks, 1, tasks)
            found: pa.Table = frame.mapInArrow(function, ddl).toArrow()
        except Exception as error:  # Spark's own are many, and Java's come as yet others
            raise OperatorError(f"Spark: {failure(str(error))}") from None
        return found

    def cancel(self) -> None:
        """Stop the jobs that are running."""
        with contextlib.suppress(Exception):
            self.session.sparkContext.cancelJobGroup(_GROUP)

    def check(self) -> None:
        """Raise `OperatorError` if no worker has taken our work for minutes."""
        if self.log is not None and _text(self.log).count(_IDLE) >= _PATIENCE:
            raise OperatorError(
                f"Spark: no worker of {self.session.sparkContext.master} takes the work:"
                " has one a free core, and memory for an executor?"
            )


def failure(text: str) -> str:
    """Say in one line why a job failed, from what Spark says in many."""
    if "No module named 'missent'" in text or "No module named 'pyarrow'" in text:
        return f"executors cannot import missent with {_python()}: install missent[scan] there"
    if "Cannot run program" in text:
        return f"executors have no {_python()}: install missent[scan] there, or set PYSPARK_PYTHON"
    if "PYTHON_VERSION_MISMATCH" in text:
        return f"executors have another version of Python than {sys.executable}: set PYSPARK_PYTHON"
    if "Traceback (most recent call last)" in text:
        return "a task failed in Python; the executor's log has more"
    return _line(text)


def _line(text: str) -> str:
    """Give the first line that says something."""
    lines = (line.strip(": ") for line in text.splitlines())
    said = (line for line in lines if line and not line.startswith("An error occurred"))
    return next(said, "no reason given")[:_LONGEST]


def _python() -> str:
    return os.environ.get("PYSPARK_PYTHON", sys.executable)


def _started(master: str | None) -> tuple[Any, IO[bytes]]:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        raise OperatorError(_JAVA)
    master = _surroundings(master)
    pyspark, sql, gateways = map(importlib.import_module, _MODULES)
    conf = pyspark.SparkConf().setAppName(_GROUP).setAll(_CONF.items())
    if master is not None:
        conf.setMaster(master)
    log = tempfile.TemporaryFile()  # noqa: SIM115  # the session's
    try:
        # There is one Java machine a process, and it outlives its sessions.
        gateway = pyspark.SparkContext._gateway
        if gateway is None:
            gateway = gateways.launch_gateway(conf, {"stdout": log, "stderr": log})
        return sql.SparkSession(pyspark.SparkContext(conf=conf, gateway=gateway)), log
    except Exception as error:  # Spark's own are many, and Java's come as yet others
        said = _text(log).decode("utf-8", "replace")
        log.close()
        raise OperatorError(not_started(said, str(error))) from None


def not_started(said: str, raised: str) -> str:
    """Say in one line why Spark did not start, from what it printed and what was raised."""
    if "UnsupportedClassVersionError" in said:
        return _JAVA
    if "All masters are unresponsive" in said:
        return "Spark does not start: no master answers"
    ends = (line for line in said.splitlines() if line.startswith(_THREAD))
    end = next(ends, "").removeprefix(_THREAD)
    return f"Spark does not start: {_line(end or raised)}"


def _surroundings(master: str | None) -> str | None:
    """Set what Spark needs and nobody has set; gives the master, if it is ours to say."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else executors take any Python
    if master is None and not _CONFIGURED & os.environ.keys():
        master = "local[*]"
    if master is not None and master.startswith(_HERE) and not _ADDRESSES & os.environ.keys():
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # nobody else need reach us
    return master


def _text(log: IO[bytes]) -> bytes:
    """Read what is written so far, without moving the place that others write at."""
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0)
