"""Own a private PostgreSQL: one cluster a test run, a fresh database a test, a UNIX socket alone."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_PROGRAMS = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin")


def programs() -> Path | None:
    """Find the folder of the newest `initdb`, or None."""
    found = sorted(p for pattern in _PROGRAMS for p in Path("/").glob(f"{pattern[1:]}/initdb"))
    if found:
        return found[-1].parent
    onpath = shutil.which("initdb")
    return Path(onpath).parent if onpath else None


class Cluster:
    """A running cluster in its own folder. `close` stops it and removes the folder."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._numbers = itertools.count(1)
        # Not pytest's folder: user postgres must be able to search every folder above.
        self.home = Path(tempfile.mkdtemp(prefix="missent-pg-", dir="/tmp"))
        self.home.chmod(0o755)
        self._data = self.home / "data"
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
        try:
            self._run("initdb", "-D", self._data, "-A", "trust", "-U", "missent", "--no-sync")
            options = f"-k {self.home} -c listen_addresses='' -c fsync=off -c max_connections=120"
            log = self.home / "log"
            self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    def url(self, name: str) -> str:
        """Give the URL of a database, as an operator would write it."""
        return f"postgresql://missent@/{name}?host={self.home}"

    def create(self, template: str = "template0") -> str:
        """Create a database; gives its name."""
        name = f"test{next(self._numbers)}"
        self._run("createdb", *self._place, "-E", "UTF8", "-T", template, name)
        return name

    def drop(self, name: str) -> None:
        """Remove a database."""
        self._run("dropdb", *self._place, "--force", name)

    def close(self) -> None:
        """Stop the cluster and remove it."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def _place(self) -> tuple[str, ...]:
        return ("-h", str(self.home), "-U", "missent")

    def _run(self, program: str, *arguments: str | Path) -> None:
        user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        command = [*user, str(self._binaries / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=program != "pg_ctl",  # the server would keep the pipes open
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {(done.stderr or b'').decode()}")
