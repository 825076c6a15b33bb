"""Own `missent doctor`: look at the set-up as it runs, and say what is wrong and what to do.

Nothing is changed, and nothing leaves this machine but a search in the operator's own directory. Each
examination gives findings of one of three kinds: fine, note (worth knowing), care (do something). Only
*care* makes the exit code 1.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from missent import wiring
from missent.config import Config
from missent.errors import MissentError
from missent.extraction import reading, sandbox
from missent.service.ports import JobKind
from missent.service.settings import Mode
from missent.wiring import Installation, host_port

INBOUND_SILENCE = timedelta(days=7)
"""Without answers law 1 starves: after this, the inbound feed is probably not connected."""
CLOCK_SLACK = timedelta(minutes=5)
_QUERIES = (
    "reject_unknown_recipient_domain",
    "reject_unverified_recipient",
    "check_recipient_mx_access",
    "check_recipient_ns_access",
    "check_recipient_a_access",
)
"""Restrictions that ask the recipient's domain, and so tell its owner who nearly wrote (law 11)."""
_EXPANDING = ("virtual_alias_maps", "alias_maps", "recipient_canonical_maps", "canonical_maps")
_WAYS = ("smtpd_proxy_filter", "content_filter", "relayhost", "transport_maps")
"""Settings that can lead mail to the proxy."""
_SIGNERS = ("dkim", "12301", "8891", "8892", "rspamd", "11332")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at."""

    level: str
    """``fine``, ``note`` or ``care``."""
    about: str
    text: str
    remedy: str = ""

    @property
    def needs_care(self) -> bool:
        """Whether the operator should do something."""
        return self.level == "care"

    def line(self) -> str:
        """Write it for a terminal."""
        mark = {"fine": "ok  ", "note": "note", "care": "CARE"}[self.level]
        return f"{mark}  {self.about}: {self.text}" + (
            f"\n      -> {self.remedy}" if self.remedy else ""
        )

    def to_plain(self) -> Mapping[str, str]:
        """Give it for JSON."""
        return {"level": self.level, "about": self.about, "text": self.text, "remedy": self.remedy}


def examine(config: Config, postfix: Path | None) -> list[Diagnosis]:
    """Look at everything: key, store, clock, mail heard, ports, and Postfix where there is one."""
    found: list[Diagnosis] = []
    try:
        installation = wiring.install(config)
    except MissentError as error:
        found.append(Diagnosis("care", "set-up", str(error) or error.public, "mend this first"))
    else:
        with contextlib.closing(installation):
            for look in (_store, _clock, _inbound, _outbox, _mode, _directory, _budget):
                found += look(installation)
    found += _content(config)
    found += _key(config)
    found += _ports(config)
    found += _postfix(config, postfix)
    return found


# --- the installation ----------------------------------------------------------------------------


def _store(installation: Installation) -> Iterator[Diagnosis]:
    try:
        installation.store.ready()
    except MissentError as error:
        yield Diagnosis(
            "care", "store", error.public, "free space, or start the database; mail is tempfailed"
        )
    else:
        yield Diagnosis("fine", "store", "it can commit")


def _directory(installation: Installation) -> Iterator[Diagnosis]:
    if installation.config.organisation.directory is None:
        return
    try:
        directory = wiring.load_directory(installation.config)
    except MissentError as error:
        yield Diagnosis(
            "care", "directory", str(error), "until it can be read, those listed before stay listed"
        )
        return
    yield Diagnosis("fine", "directory", f"it names {len(directory.mailboxes):,} people")
    for fault in directory.faults:
        yield Diagnosis("note", "directory", fault, "they are left out")


def _clock(installation: Installation) -> Iterator[Diagnosis]:
    now = installation.place.clock.now()
    latest = max((event.at for _, event, _ in installation.store.trail()), default=now)
    if latest - now > CLOCK_SLACK:
        yield Diagnosis(
            "care",
            "clock",
            f"the audit trail's last event lies {latest - now} in the future",
            "set the clock (NTP); expiry and reminders depend on it",
        )
    else:
        yield Diagnosis("fine", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _inbound(installation: Installation) -> Iterator[Diagnosis]:
    last = installation.store.last_inbound()
    now = installation.place.clock.now()
    if last is not None and now - last <= INBOUND_SILENCE:
        yield Diagnosis("fine", "inbound mail", f"last heard {last:%Y-%m-%d %H:%M} UTC")
        return
    since = "never heard" if last is None else f"not heard since {last:%Y-%m-%d}"
    yield Diagnosis(
        "care",
        "inbound mail",
        f"{since}: nobody's answers are seen, so no name earns trust",
        "connect [inbound] to the inbound listener, or run `missent learn` on its log every day",
    )


def _outbox(installation: Installation) -> Iterator[Diagnosis]:
    pending = installation.store.pending()
    waiting = sum(count for kind, count in pending.items() if kind is not JobKind.REMINDER)
    due = "nothing" if not waiting else f"{waiting} notices and releases"
    yield Diagnosis("fine" if waiting < 100 else "care", "outbox", f"{due} waiting for the relay")


def _mode(installation: Installation) -> Iterator[Diagnosis]:
    mode = installation.rulebook.mode()
    if mode is Mode.ENFORCE:
        yield Diagnosis("fine", "mode", "enforce")
    else:
        yield Diagnosis(
            "note", "mode", f"{mode.value}: nothing is held", "`missent mode enforce` when ready"
        )


def _budget(installation: Installation) -> Iterator[Diagnosis]:
    found = installation.budget.standing()
    rate = "no mail yet" if found.rate is None else f"{1000 * found.rate:.2f} false holds per 1,000"
    text = (
        f"{rate} in the last seven days; {found.right} of the last {found.decided} holds were right"
    )
    if not found.exceeded:
        yield Diagnosis("fine", "interruption budget", text)
        return
    proposal = installation.budget.proposal(found)
    remedy = "run `missent tune` on an archive of your mail"
    if proposal is not None:
        rules = ", ".join(f'"{name}"' for name in proposal.rules)
        remedy = f"min_misdirection = {proposal.threshold:.4f} in the rules {rules}, or {remedy}"
    yield Diagnosis("care", "interruption budget", f"exceeded for a week: {text}", remedy)


def _content(config: Config) -> Iterator[Diagnosis]:
    if not config.content.attachments:
        yield Diagnosis("note", "content", "attachments are judged by their names only")
        return
    reason = sandbox.available()
    if reason is not None:
        remedy = "until then every attachment is unreadable and holds; or set content.attachments"
        yield Diagnosis("care", "content", reason, remedy)
        return
    missing = reading.missing()
    if missing:
        yield Diagnosis(
            "note",
            "content",
            f"no reader is installed for {', '.join(missing)}",
            "install missent[content]; such attachments are judged by their names",
        )
    else:
        yield Diagnosis("fine", "content", "attachments are read in a sandbox")


def _key(config: Config) -> Iterator[Diagnosis]:
    path = config.store.key_file
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Diagnosis("care", "master key", f"{path}: others can read it", f"chmod 600 {path}")
    database = config.store.url.removeprefix("sqlite:///")
    if config.store.url.startswith("sqlite:///") and path.parent == Path(database).parent:
        yield Diagnosis(
            "note",
            "master key",
            "it lies beside the database",
            "keep it elsewhere, so that a backup of the database cannot be opened",
        )


def _ports(config: Config) -> Iterator[Diagnosis]:
    wanted = {"web.listen": config.web.listen, "relay.host": config.relay.host}
    if config.proxy is not None:
        wanted |= {"proxy.listen": config.proxy.listen, "proxy.upstream": config.proxy.upstream}
    for key, where in wanted.items():
        yield _answers(key, socket.AF_INET, host_port(where))
    for key, table in (("milter.listen", config.milter), ("inbound.listen", config.inbound)):
        if table is None:
            continue
        kind, _, where = table.listen.partition(":")
        if kind == "unix":
            yield _answers(key, socket.AF_UNIX, where)
        else:
            yield _answers(key, socket.AF_INET, host_port(where))


def _answers(key: str, family: socket.AddressFamily, where: tuple[str, int] | str) -> Diagnosis:
    name = where if isinstance(where, str) else f"{where[0]}:{where[1]}"
    try:
        if isinstance(where, tuple):
            socket.create_connection(where, timeout=2).close()
        else:
            with socket.socket(family) as client:
                client.settimeout(2)
                client.connect(where)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        remedy = (
            "start what listens there"
            if key in {"relay.host", "proxy.upstream"}
            else "start `missent guard`"
        )
        return Diagnosis("care", key, f"nothing answers at {name} ({reason})", remedy)
    return Diagnosis("fine", key, f"something answers at {name}")


# --- Postfix -------------------------------------------------------------------------------------


def _postfix(config: Config, directory: Path | None) -> Iterator[Diagnosis]:
    postconf = shutil.which("postconf") or shutil.which(
        "postconf", path="/usr/sbin:/usr/local/sbin"
    )
    if postconf is None or (directory is None and not Path("/etc/postfix/main.cf").exists()):
        yield Diagnosis("note", "postfix", "none on this machine; its settings were not looked at")
        return
    settings = _read(postconf, [], directory)
    services = _read(postconf, ["-P"], directory)
    if settings is None or services is None:
        yield Diagnosis(
            "care", "postfix", "postconf cannot read its configuration", "run `postfix check`"
        )
        return
    mta = _Mta(config, settings, services)
    for look in (_milters, _signer, _expansion, _suspects, _filters):
        yield from look(mta)


def _leads_to_proxy(mta: _Mta, ways: tuple[str, ...]) -> bool:
    if mta.config.proxy is None:
        return False
    port = mta.config.proxy.listen.rpartition(":")[2]
    return any(
        re.search(rf"[:\]]{port}\b", value)
        for name, value in mta.every.items()
        if name.endswith(ways)
    )


@dataclass(frozen=True, slots=True)
class _Mta:
    """Postfix's settings, as they are in force."""

    config: Config
    main: Mapping[str, str]
    """main.cf: name -> value."""
    services: Mapping[str, str]
    """master.cf's overrides: service/type/name -> value."""

    @property
    def every(self) -> Mapping[str, str]:
        """Give both; a name may end in what main.cf calls it."""
        return {**self.main, **self.services}


def _read(postconf: str, extra: list[str], directory: Path | None) -> Mapping[str, str] | None:
    """Read main.cf (or with ``-P`` the master.cf overrides) as name -> value, expanded."""
    where = ["-c", str(directory)] if directory is not None else []
    done = subprocess.run(  # noqa: S603 - a fixed program; the directory is the operator's own
        [postconf, *where, "-x", *extra], capture_output=True, text=True, timeout=20, check=False
    )
    if done.returncode:
        return None
    pairs = (line.partition(" = ") for line in done.stdout.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _ours(config: Config, value: str) -> bool:
    if config.milter is None:
        return False
    where = config.milter.listen
    return where in value or where.replace("inet:127.0.0.1:", "inet:localhost:") in value


def _milters(mta: _Mta) -> Iterator[Diagnosis]:
    if mta.config.milter is None:
        return
    listeners = [value for name, value in mta.services.items() if name.endswith("/smtpd_milters")]
    if not any(
        _ours(mta.config, value) for value in [mta.main.get("smtpd_milters", ""), *listeners]
    ):
        yield Diagnosis(
            "care",
            "smtpd_milters",
            "the guard is not in it: mail that comes by SMTP is not judged",
            f"smtpd_milters = {mta.config.milter.listen}",
        )
    if not _ours(mta.config, mta.main.get("non_smtpd_milters", "")):
        yield Diagnosis(
            "care",
            "non_smtpd_milters",
            "the guard is not in it: mail from sendmail(1) is not judged",
            f"non_smtpd_milters = {mta.config.milter.listen}",
        )
    default = mta.main.get("milter_default_action", "tempfail")
    if default == "accept":
        yield Diagnosis(
            "care",
            "milter_default_action",
            "accept: when the guard is down, mail leaves unjudged",
            "milter_default_action = tempfail",
        )


def _signer(mta: _Mta) -> Iterator[Diagnosis]:
    every = {"smtpd_milters": mta.main.get("smtpd_milters", ""), **mta.services}
    for name, value in every.items():
        if not name.endswith("smtpd_milters") or not _ours(mta.config, value):
            continue
        order = re.split(r"[,\s]+(?![^{]*\})", value)
        ours = next(i for i, item in enumerate(order) if _ours(mta.config, item))
        before = [item for item in order[:ours] if any(hint in item.lower() for hint in _SIGNERS)]
        if before:
            yield Diagnosis(
                "care",
                name,
                "what looks like a DKIM signer stands before the guard: signed mail waits as a whole",
                "name the guard first",
            )


def _expansion(mta: _Mta) -> Iterator[Diagnosis]:
    """Look for lists that are expanded behind the guard; a filter behind the queue sees members."""
    if mta.config.proxy is not None and _leads_to_proxy(mta, ("content_filter", "relayhost")):
        return
    for name in _EXPANDING:
        value = mta.main.get(name, "")
        local = name == "alias_maps" and not mta.main.get("mydestination", "").strip()
        if value and not local:
            yield Diagnosis(
                "care",
                name,
                "lists are expanded behind the guard: a wrong address inside one would escape",
                "put the guard on the last outbound hop, after expansion (docs/how-to/postfix.md)",
            )


def _suspects(mta: _Mta) -> Iterator[Diagnosis]:
    for name, value in mta.every.items():
        asked = [word for word in _QUERIES if re.search(rf"\b{word}\b", value)]
        if asked and name.endswith("_restrictions"):
            yield Diagnosis(
                "care",
                name,
                f"{', '.join(asked)} asks the recipient's domain: a squatter learns who nearly wrote",
                "take it off listeners that take outgoing mail",
            )


def _filters(mta: _Mta) -> Iterator[Diagnosis]:
    for name, value in mta.every.items():
        if name.endswith("smtpd_proxy_options") and "speed_adjust" in value:
            yield Diagnosis(
                "care",
                name,
                "speed_adjust: one refused recipient fails the whole message",
                "leave smtpd_proxy_options empty on the guard's listener",
            )
    if mta.config.milter is None and mta.config.proxy is not None:
        where = mta.config.proxy.listen
        if not _leads_to_proxy(mta, _WAYS):
            yield Diagnosis(
                "care",
                "smtpd_proxy_filter",
                f"nothing leads to the proxy at {where}",
                f"smtpd_proxy_filter = {where}, or content_filter, or relayhost",
            )
