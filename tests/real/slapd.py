"""Own a slapd of our own, with invented people, on a loopback port, with and without TLS."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = "dc=contractor,dc=example"
READER = f"cn=reader,{BASE}"
SECRET = "reading-only"

_CONF = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit size.soft=600 size.hard=unlimited size.prtotal=unlimited
{tls}
database mdb
suffix "{base}"
rootdn "{reader}"
rootpw {secret}
directory {folder}/data
access to * by * read
"""


def program() -> str | None:
    """Find slapd, with what it needs."""
    there = Path("/etc/ldap/schema/inetorgperson.schema").exists()
    return shutil.which("slapd", path="/usr/sbin:/usr/lib/openldap:/usr/bin") if there else None


@dataclass(frozen=True, slots=True)
class Slapd:
    """A running server."""

    port: int
    tls_port: int
    folder: Path


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def person(number: int, *more: str) -> str:
    """Write one person as LDIF."""
    lines = [
        f"dn: uid=u{number},{BASE}",
        "objectClass: inetOrgPerson",
        f"uid: u{number}",
        f"cn: Person {number}",
        "sn: Person",
        f"mail: person{number}@army.mil",
        *more,
    ]
    return "\n".join(lines) + "\n\n"


@contextlib.contextmanager
def running(slapd: str, folder: Path, ldif: str, tls: str = "") -> Iterator[Slapd]:
    """Load people and serve them until the end."""
    (folder / "data").mkdir()
    conf = folder / "slapd.conf"
    conf.write_text(_CONF.format(folder=folder, base=BASE, reader=READER, secret=SECRET, tls=tls))
    top = f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: C\ndc: contractor\n\n"
    (folder / "people.ldif").write_text(top + ldif)
    with (folder / "log").open("w") as log:
        load = [slapd, "-T", "add", "-q", "-f", str(conf), "-l", str(folder / "people.ldif")]
        subprocess.run(load, check=True, stdout=log, stderr=log, timeout=60)
        port, tls_port = _free(), _free()
        urls = f"ldap://127.0.0.1:{port}" + (f" ldaps://127.0.0.1:{tls_port}" if tls else "")
        serve = [slapd, "-d", "0", "-f", str(conf), "-h", urls]
        with subprocess.Popen(serve, stdout=log, stderr=log) as process:
            try:
                _wait(port)
                yield Slapd(port, tls_port, folder)
            finally:
                process.terminate()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
