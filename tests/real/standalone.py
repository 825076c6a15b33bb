"""Own a standalone Spark of our own: a master and two workers of one core each, on loopback.

Everything they write lies in one folder, and so does what a driver writes that runs with `Standalone.env`.
Each leads a session of its own and is stopped by its pid; with a worker its executors go.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.real.client import eventually
from tests.real.postfix import free_port

_START = 60.0
"""Seconds: two cores may be busy with other tests."""
_FINISHED = re.compile(r"Finished task \S+ in stage")
_SITE = """\
spark.cores.max 2
spark.executor.memory 512m
spark.scheduler.minRegisteredResourcesRatio 1
spark.scheduler.maxRegisteredResourcesWaitingTime 60s
"""
"""A site's own configuration: begin when both workers are there, else one might do it all."""
_SHORT_LIVED = "-XX:-UsePerfData -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For Java: compile quickly rather than well."""
_LOOPBACK = ("--host", "127.0.0.1", "--webui-port", "0")
WORKERS = ("one", "two")


@dataclass(frozen=True, slots=True)
class Standalone:
    """A running cluster."""

    folder: Path
    master: str

    @property
    def env(self) -> dict[str, str]:
        """Give the environment of a driver: what it writes lies with the rest."""
        return _env(self.folder / "driver") | {"SPARK_CONF_DIR": str(self.folder / "conf")}

    def tasks(self, worker: str) -> int:
        """Count the tasks that executors of a worker finished, as their own logs say."""
        logs = (self.folder / worker / "work").glob("app-*/*/stderr")
        return sum(len(_FINISHED.findall(log.read_text())) for log in logs)


@contextlib.contextmanager
def standalone(folder: Path) -> Iterator[Standalone]:
    """Run a cluster, and leave no process behind."""
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    running = []
    try:
        running.append(_start(folder / "master", "master.Master", "--port", str(port)))
        for name in WORKERS:
            more = ("--cores", "1", "--memory", "1g", "--work-dir", str(folder / name / "work"))
            running.append(_start(folder / name, "worker.Worker", *more, master))
        said = "Successfully registered with master"
        for name in WORKERS:
            log = folder / name / "log"
            eventually(lambda log=log: said in log.read_text(), said, timeout=_START)  # type: ignore[misc]
        for name in ("driver", "conf"):
            (folder / name).mkdir()
        (folder / "conf/spark-defaults.conf").write_text(_SITE)
        yield Standalone(folder, master)
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            _end(process)
        eventually(lambda: not processes(folder), "the end of every process", timeout=_START)


def processes(folder: Path) -> list[int]:
    """Give the processes whose environment names a folder: those started with `_env`, and all below."""
    found = []
    for one in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in one.read_bytes():
                found.append(int(one.parent.name))
    return found


def _start(folder: Path, role: str, *options: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    script = _home() / "bin/spark-class"
    command = [str(script), f"org.apache.spark.deploy.{role}", *_LOOPBACK]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*command, *options],
            env=_env(folder) | {"SPARK_HOME": str(_home()), "SPARK_DAEMON_MEMORY": "256m"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _env(folder: Path) -> dict[str, str]:
    """Give an environment in which all that is temporary lies in a folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    java = f"-Djava.io.tmpdir={folder} {_SHORT_LIVED}"
    return plain | {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "JDK_JAVA_OPTIONS": java,
        "TMPDIR": str(folder),
    }


def _home() -> Path:
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=_START)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
