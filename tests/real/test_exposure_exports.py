"""What an exposure gives to other servers, in these servers: Postfix refuses, Unbound denies the name.

A real Postfix has the access map, a real Unbound has the response policy zone, NSD's checker reads it.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest
from tests.real.client import Letter, eventually, submit
from tests.real.conftest import require
from tests.real.postfix import PrivatePostfix, free_port, world_searchable
from tests.service.exposure.samples import MIL, army, portfolio

from missent.service.exposure.exports import postfix_map, postfix_regexp, rpz

ANSWER = "550 5.1.2 army.ml is not army.mil: did you mean army.mil?"
SENDER = "ann@contractor.example"
DATA = b"From: ann@contractor.example\r\nSubject: crew list\r\n\r\nNone here.\r\n"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _looked_up(key: str, table: str, etc: Path) -> str:
    return _run("postmap", "-c", str(etc), "-q", key, table).stdout.strip()


# -- Postfix ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusing:
    """A Postfix with the map: a listener as Postfix is shipped, and one that matches no parents."""

    port: int
    strict: int
    etc: Path
    table: Path
    """The map's source; ``hash:`` reads what `postmap` made of it."""


@pytest.fixture(scope="module")
def refusing() -> Iterator[Refusing]:
    """Give a running Postfix that has the access map; what it accepts it throws away."""
    require("postfix", "postmap", "root")
    directory = world_searchable("refusing")
    table, port, strict = directory / "postfix.map", free_port(), free_port()
    postfix = PrivatePostfix(
        main={
            "smtpd_recipient_restrictions": f"check_recipient_access hash:{table}, permit_mynetworks",
            "default_transport": "discard:accepted",
        },
        master=[
            f"127.0.0.1:{port} inet n - n - - smtpd",
            f"127.0.0.1:{strict} inet n - n - - smtpd\n    -o parent_domain_matches_subdomains=",
        ],
        wait_for=[port, strict],
        directory=directory,
    )
    table.write_text(postfix_map(army()), "utf-8")
    etc = directory / "maps"  # postmap wants a configuration, and Postfix the map before it starts
    etc.mkdir()
    (etc / "main.cf").write_text("compatibility_level = 3.6\n")
    made = _run("postmap", "-c", str(etc), f"hash:{table}")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    with postfix:
        yield Refusing(port, strict, postfix.etc, table)


def test_postfix_refuses_at_rcpt_and_says_the_right_name(refusing: Refusing) -> None:
    """The wrong recipient is refused with the name that was meant; the right one beside it is not."""
    outcome = submit(
        refusing.port, Letter(SENDER, ["john@army.ml", "john@army.mil", "john@arny.ml"], DATA)
    )
    assert outcome.accepted
    code, text = outcome.recipients["john@army.ml"]
    assert code == 550
    assert text.startswith("5.1.2 ")
    assert text.endswith("army.ml is not army.mil: did you mean army.mil?")
    assert outcome.recipients["john@army.mil"][0] == 250
    assert outcome.recipients["john@arny.ml"][0] == 250


@pytest.mark.parametrize("way", ["port", "strict"])
def test_names_below_are_refused_too(refusing: Refusing, way: str) -> None:
    """A host below a look-alike is its holder's, whichever of the two ways Postfix looks parents up."""
    letter = Letter(SENDER, ["john@mail.army.ml"], DATA)
    code, text = submit(getattr(refusing, way), letter).recipients["john@mail.army.ml"]
    assert code == 550
    assert "did you mean army.mil?" in text


def test_every_key_is_found(refusing: Refusing) -> None:
    """postmap answers for each name and for nothing else."""
    for key in ("army.ml", ".army.ml"):
        assert _looked_up(key, f"hash:{refusing.table}", refusing.etc) == ANSWER
    assert _looked_up("army.mil", f"hash:{refusing.table}", refusing.etc) == ""
    assert _looked_up("ml", f"hash:{refusing.table}", refusing.etc) == ""


def test_a_whole_portfolio_is_one_map(refusing: Refusing, tmp_path: Path) -> None:
    """A map of thousands of names is made without a warning: no key stands twice, no line is unsound."""
    table = tmp_path / "postfix.map"
    table.write_text(postfix_map(portfolio(*MIL, "mod.gov.uk")), "utf-8")
    made = _run("postmap", "-c", str(refusing.etc), f"hash:{table}")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    found = _looked_up("mod.go.uk", f"hash:{table}", refusing.etc)
    assert found == "550 5.1.2 mod.go.uk is not mod.gov.uk: did you mean mod.gov.uk?"


def test_a_suffix_is_refused_once_the_mark_is_off(refusing: Refusing, tmp_path: Path) -> None:
    """As given the regexp map refuses nothing; without the mark it names the same name under .mil."""
    table = tmp_path / "postfix.regexp"
    given = postfix_regexp(army())
    table.write_text(given, "utf-8")
    assert _looked_up("john@mail.navy.ml", f"regexp:{table}", refusing.etc) == ""
    table.write_text(given.replace("#/", "/"), "utf-8")
    found = _looked_up("john@mail.navy.ml", f"regexp:{table}", refusing.etc)
    assert found == "550 5.1.2 mail.navy.ml is not mail.navy.mil: did you mean mail.navy.mil?"
    assert _looked_up("john@navy.mil", f"regexp:{table}", refusing.etc) == ""


# -- Name servers ----------------------------------------------------------------------------------

_UNBOUND = """\
server:
  interface: 127.0.0.1@{port}
  do-ip6: no
  do-tcp: no
  module-config: "respip iterator"
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  directory: "{directory}"
  pidfile: ""
  num-threads: 1
  local-zone: "mil." static
  local-data: "army.mil. MX 10 mx.army.mil."
  do-not-query-localhost: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
rpz:
  name: "rpz.missent"
  zonefile: "{directory}/rpz.zone"
remote-control:
  control-enable: no
"""


@dataclass(frozen=True, slots=True)
class Resolver:
    """A running Unbound, and the socket of the only server that it could ask, which never answers."""

    port: int
    upstream: socket.socket

    def ask(self, name: str, kind: str = "MX", timeout: float = 10) -> dns.message.Message:
        """Ask and give the answer."""
        query = dns.message.make_query(name, kind)
        return dns.query.udp(query, "127.0.0.1", timeout=timeout, port=self.port)

    def answers(self) -> bool:
        """Tell whether it is there."""
        try:
            self.ask("army.mil", timeout=0.5)
        except (dns.exception.Timeout, OSError):
            return False
        return True

    def asked(self, timeout: float) -> str | None:
        """Give the next name that the other server was asked for; None if it was asked for none."""
        self.upstream.settimeout(timeout)
        try:
            query = dns.message.from_wire(self.upstream.recv(65_535))
        except (TimeoutError, BlockingIOError):
            return None
        return query.question[0].name.to_text(omit_final_dot=True)


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    """Give a running Unbound that has the zone."""
    require("unbound")
    directory, port = world_searchable("rpz"), free_port()
    with socket.socket(type=socket.SOCK_DGRAM) as upstream:
        upstream.bind(("127.0.0.1", 0))
        places = {"port": port, "directory": directory, "upstream": upstream.getsockname()[1]}
        (directory / "rpz.zone").write_text(rpz(army(), serial=2025020300), "utf-8")
        (directory / "unbound.conf").write_text(_UNBOUND.format(**places))
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(
                ["unbound", "-d", "-c", str(directory / "unbound.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            found = Resolver(port, upstream)
            eventually(found.answers, "Unbound")
            yield found
        finally:
            process.terminate()
            process.wait(20)
            shutil.rmtree(directory, ignore_errors=True)


def test_the_resolver_says_there_is_no_such_name(resolver: Resolver) -> None:
    """A look-alike and all below it do not exist, whatever is asked, and nobody else hears of it."""
    for name, kind in (
        ("army.ml", "MX"),
        ("army.ml", "A"),
        ("mx.army.ml", "A"),
        ("a.b.army.com", "MX"),
    ):
        assert resolver.ask(name, kind).rcode() == dns.rcode.NXDOMAIN, name
    assert resolver.asked(timeout=0) is None


@pytest.mark.parametrize("name", ["arny.ml", "example.com"])
def test_other_names_go_their_way(resolver: Resolver, name: str) -> None:
    """What is not listed is asked for as ever."""
    with pytest.raises(dns.exception.Timeout):
        resolver.ask(name, timeout=0.2)
    assert resolver.asked(timeout=10) == name


def test_the_right_name_is_found(resolver: Resolver) -> None:
    """The name that was meant still has its mail servers."""
    found = resolver.ask("army.mil")
    assert found.rcode() == dns.rcode.NOERROR
    assert "mx.army.mil." in str(found.answer[0])


def test_the_zone_of_a_portfolio_is_sound(tmp_path: Path) -> None:
    """A name server's own checker takes the zone with thousands of names."""
    require("nsd-checkzone")
    zone = tmp_path / "rpz.zone"
    zone.write_text(rpz(portfolio(*MIL, "mod.gov.uk"), serial=4294967295), "utf-8")
    checked = _run("nsd-checkzone", "rpz.missent", str(zone))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "zone rpz.missent is ok" in checked.stdout
