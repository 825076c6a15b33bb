"""Own a small Internet: network namespaces with a root zone, MX records and three mail hosts.

Five namespaces hang on one bridge: a name server, the contractor, army.mil in the US, army.ml in
Mali, and the switch itself. There is no route to the host, so nothing can leave. Names carry a random
suffix, so runs side by side do not meet. Rule: everything is taken down, whatever happened.
Needs root.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.real.client import eventually
from tests.real.postfix import PrivatePostfix, Snippet, world_searchable

AUTHORITATIVE = "198.51.100.1"
RESOLVER = "198.51.100.53"
_TTL = "$TTL 300\n@ SOA ns.example. hostmaster.example. 1 3600 600 86400 300\n@ NS ns.example.\n"

_ZONES = {
    ".": _TTL + "mil. NS ns.example.\nml. NS ns.example.\nexample. NS ns.example.\n"
    f"ns.example. A {AUTHORITATIVE}\n",
    "mil": _TTL + "army MX 10 mx.army\nmx.army A 198.51.100.20\n",
    "ml": _TTL + "army MX 10 mx.army\nmx.army A 198.51.100.30\n",
    "example": _TTL + f"ns A {AUTHORITATIVE}\n"
    "contractor MX 10 mx.contractor\nmx.contractor A 198.51.100.10\n",
}


@dataclass(frozen=True, slots=True)
class Host:
    """One mail host: its namespace, address, domain, and where its mail is delivered."""

    namespace: str
    address: str
    domain: str
    postfix: PrivatePostfix

    @property
    def mail(self) -> list[EmailMessage]:
        """Read what was delivered to this host's mailboxes."""
        inbox = self.postfix.directory / "inbox" / "new"
        files = sorted(inbox.glob("*")) if inbox.exists() else []
        return [message_from_bytes(f.read_bytes(), policy=policy.default) for f in files]

    def delivered_to(self, address: str) -> int:
        """Count the messages delivered for one address."""
        return sum(mail["X-Original-To"] == address for mail in self.mail)

    def wait_for(self, address: str) -> EmailMessage:
        """Wait for mail to one address and give it."""
        eventually(lambda: self.delivered_to(address) > 0, f"delivery to {address}")
        return next(mail for mail in self.mail if mail["X-Original-To"] == address)


class Internet:
    """The whole of it; a context manager. Pass the contractor's own wiring to place a guard.

    With `mali_unmanned` the host of army.ml is there and nothing listens on it: the test puts its own.
    """

    def __init__(
        self,
        snippets: Sequence[Snippet] = (),
        main: Sequence[tuple[str, str]] = (),
        *,
        mali_unmanned: bool = False,
    ) -> None:
        self._mark = secrets.token_hex(3)
        self._directory = world_searchable("internet")
        self._cleanup = contextlib.ExitStack()
        self.contractor = self._host("contractor", "10", "contractor.example", snippets, dict(main))
        self.army_mil = self._host("army", "20", "army.mil")
        self.army_ml = self._host("mali", "30", "army.ml")
        self.hosts = (self.contractor, self.army_mil, self.army_ml)
        self._manned = self.hosts[:-1] if mali_unmanned else self.hosts

    def __enter__(self) -> Internet:
        try:
            self._build()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def run_in(self, host: Host) -> tuple[str, ...]:
        """Give the command prefix that runs a program on `host`."""
        return _inside(host.namespace)

    def send(self, sender: str, recipients: Sequence[str], data: bytes, port: int = 25) -> str:
        """Submit at the contractor with swaks, as a program on that host; gives its transcript."""
        letter = self._directory / f"letter-{secrets.token_hex(4)}"
        letter.write_bytes(data.replace(b"\r\n", b"\n"))
        addresses = ["--from", sender, "--to", ",".join(recipients)]
        command = ["swaks", "--server", f"127.0.0.1:{port}", *addresses, "--data", f"@{letter}"]
        done = subprocess.run(
            [*self.run_in(self.contractor), *command, "--helo", "contractor.example"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        log = self.contractor.postfix.log()
        assert done.returncode == 0, f"swaks: {done.stdout}{done.stderr}\n{log[-3000:]}"
        return done.stdout

    def dns_queries(self) -> str:
        """Give the log of every name this Internet's resolver was asked for."""
        return (self._directory / "unbound.log").read_text(errors="replace")

    def _name(self, role: str) -> str:
        return f"ms-{role}-{self._mark}"

    def _host(
        self,
        role: str,
        number: str,
        domain: str,
        snippets: Sequence[Snippet] = (),
        main: dict[str, str] | None = None,
    ) -> Host:
        directory = world_searchable(role)
        settings = {
            "myhostname": f"mx.{domain}",
            "inet_interfaces": "all",
            "virtual_mailbox_domains": domain,
            "virtual_mailbox_maps": "static:inbox/",
            "virtual_mailbox_base": str(directory),
            "virtual_minimum_uid": "1",
            "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534",
            "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
            **(main or {}),
        }
        listeners = ["smtp inet n - n - - smtpd"] if not snippets else []
        postfix = PrivatePostfix(
            main=settings,
            master=listeners,
            snippets=snippets,
            prefix=_inside(self._name(role)),
            directory=directory,
        )
        return Host(self._name(role), f"198.51.100.{number}", domain, postfix)

    def _build(self) -> None:
        self._cleanup.callback(shutil.rmtree, self._directory, ignore_errors=True)
        for host in self.hosts:
            self._cleanup.callback(shutil.rmtree, host.postfix.directory, ignore_errors=True)
        self._wires()
        self._nameservers()
        for host in self.hosts:
            host.postfix.directory.joinpath("inbox").mkdir()
            shutil.chown(host.postfix.directory / "inbox", 65534, 65534)
        with ThreadPoolExecutor(len(self._manned)) as pool:
            started = [pool.submit(host.postfix.__enter__) for host in self._manned]
        for host in self._manned:
            self._cleanup.callback(host.postfix.stop)
        for future in started:
            future.result()

    def _wires(self) -> None:
        switch = self._namespace("sw")
        _ip("-n", switch, "link", "add", "br0", "type", "bridge")
        _ip("-n", switch, "link", "set", "br0", "up")
        self._attach(switch, "dns", AUTHORITATIVE, RESOLVER)
        for role, host in zip(("contractor", "army", "mali"), self.hosts, strict=True):
            self._attach(switch, role, host.address)

    def _attach(self, switch: str, role: str, *addresses: str) -> None:
        namespace = self._namespace(role)
        port = f"p-{role[:8]}"
        wire = ("link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", port)
        _ip(*wire, "netns", switch)
        _ip("-n", switch, "link", "set", port, "master", "br0", "up")
        _ip("-n", namespace, "link", "set", "lo", "up")
        for address in addresses:
            _ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", namespace, "link", "set", "eth0", "up")

    def _namespace(self, role: str) -> str:
        name = self._name(role)
        resolver = Path("/etc/netns") / name
        resolver.mkdir(parents=True)
        self._cleanup.callback(_forget_resolver, resolver)
        (resolver / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
        _ip("netns", "add", name)
        self._cleanup.callback(_ip, "netns", "del", name)
        return name

    def _nameservers(self) -> None:
        names = self._directory
        zones = []
        for number, (zone, text) in enumerate(_ZONES.items()):
            (names / f"zone{number}").write_text(text)
            zones.append(f'zone:\n  name: "{zone}"\n  zonefile: "{names}/zone{number}"\n')
        (names / "nsd.conf").write_text(_NSD.format(names=names) + "".join(zones))
        (names / "root.hints").write_text(
            f". 300 NS ns.example.\nns.example. 300 A {AUTHORITATIVE}\n"
        )
        (names / "unbound.conf").write_text(_UNBOUND.format(names=names))
        self._daemon("nsd", "nsd", "-d", "-c", f"{names}/nsd.conf")
        self._daemon("unbound", "unbound", "-d", "-p", "-c", f"{names}/unbound.conf")
        eventually(self._resolves, "the name service")

    def _daemon(self, name: str, *command: str) -> None:
        output = (self._directory / f"{name}.log").open("wb")
        with output:
            process = subprocess.Popen(
                [*_inside(self._name("dns")), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._cleanup.callback(_end, process)

    def _resolves(self) -> bool:
        # Asks for a name of the contractor's own, so that the log shows who asked for the others.
        look_up = [*self.run_in(self.contractor), "getent", "ahostsv4", "mx.contractor.example"]
        return subprocess.run(look_up, capture_output=True, check=False).returncode == 0


_NSD = """\
server:
  ip-address: 198.51.100.1
  port: 53
  username: ""
  chroot: ""
  zonesdir: "{names}"
  database: ""
  pidfile: ""
  xfrdfile: "{names}/xfrd.state"
  zonelistfile: "{names}/zone.list"
  server-count: 1
  do-ip6: no
remote-control:
  control-enable: no
"""

_UNBOUND = """\
server:
  interface: 198.51.100.53
  outgoing-interface: 198.51.100.53
  access-control: 198.51.100.0/24 allow
  root-hints: "{names}/root.hints"
  module-config: "iterator"
  do-ip6: no
  do-daemonize: no
  use-syslog: no
  log-queries: yes
  verbosity: 1
  username: ""
  chroot: ""
  pidfile: ""
  do-not-query-localhost: no
  num-threads: 1
remote-control:
  control-enable: no
"""


def _inside(namespace: str) -> tuple[str, ...]:
    return ("ip", "netns", "exec", namespace)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def _forget_resolver(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.rmdir(directory.parent)  # only if no other run uses it


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
