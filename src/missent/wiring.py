"""Own the one place where objects meet: a configuration becomes an installation.

Nothing here decides anything; every class is told what it needs and looks nothing up by itself.
"""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from missent.config import Config
from missent.engine.ldap import PASSWORD, LdapUrl, load_library, read_ldap
from missent.errors import ConfigError, OperatorError
from missent.extraction.pool import ExtractionSettings, SandboxedExtractor
from missent.journal import Journal
from missent.mail.domain import DomainName
from missent.net.relay import RelaySettings, SmtpRelay
from missent.service.answers import Answers
from missent.service.budget import Budget
from missent.service.contents import NamesOnly
from missent.service.directory import Directory, read_directory
from missent.service.guard import Guard, Place
from missent.service.learning import Learning
from missent.service.notice import Notices
from missent.service.outbox import Outbox
from missent.service.ports import Clock
from missent.service.rulebook import Rulebook
from missent.service.safety.shelf import Shelf
from missent.store.recorder import BufferedRecorder
from missent.store.seal import open_sealer
from missent.store.store import SqlStore, open_store
from missent.system import RandomIds, SystemClock


class Unattached(NamesOnly):
    """The extractor of an installation that reads no attachments."""

    def close(self) -> None:
        """Nothing was opened."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The services of one configuration, over one open store."""

    config: Config
    store: SqlStore
    place: Place
    recorder: BufferedRecorder
    registry: CollectorRegistry
    journal: Journal
    rulebook: Rulebook
    learning: Learning
    guard: Guard
    answers: Answers
    outbox: Outbox
    budget: Budget
    extractor: SandboxedExtractor | Unattached

    def close(self) -> None:
        """Write what waits, end the reading processes and let go of the store."""
        self.extractor.close()
        self.recorder.close()
        self.store.close()


def install(config: Config, *, clock: Clock | None = None) -> Installation:
    """Open the store and put the services together.

    Raises `ConfigError` where a duty cannot work with this configuration, `OperatorError` for a key
    file or database that cannot be used.
    """
    clock = clock or SystemClock()
    people = config.people()
    store = open_sql(config, clock)
    recorder = BufferedRecorder(store)
    extractor = open_extractor(config)
    organisation = config.judged_as()
    place = Place(
        store,
        open_sealer(config.store.key_file),
        clock,
        RandomIds(),
        recorder,
        extractor,
        Shelf(store, organisation.domains, clock),
    )
    registry = CollectorRegistry()
    journal = Journal(registry)
    rulebook = Rulebook(config.rules(), config.mode, store, clock)
    learning = Learning(store, organisation, config.inbound.authserv_ids if config.inbound else ())
    guard = Guard(place, rulebook, organisation, people, config.hold_settings(), config.detectors())
    answers = Answers(place, guard, journal)
    notices = Notices(
        organisation_name=config.organisation.name,
        base_url=config.web.base_url,
        timezone=config.organisation.timezone,
        operator=people.operator,
        return_on_expiry=config.hold_settings().return_on_expiry,
    )
    outbox = Outbox(
        place,
        answers,
        open_relay(config),
        notices,
        learning,
        people,
        config.hold_settings(),
        hostname=own_name(),
        through_guard=config.relay.through_guard,
    )
    return Installation(
        config,
        store,
        place,
        recorder,
        registry,
        journal,
        rulebook,
        learning,
        guard,
        answers,
        outbox,
        Budget(place, rulebook, journal, config.organisation.timezone),
        extractor,
    )


def open_extractor(config: Config) -> SandboxedExtractor | Unattached:
    """Open the reading of attachments, or what stands for it where none are read."""
    return SandboxedExtractor(_extraction(config)) if config.content.attachments else Unattached()


def _extraction(config: Config) -> ExtractionSettings:
    content = config.content
    return ExtractionSettings(
        workers=content.workers,
        time_limit=content.time_limit.total_seconds(),
        patience=config.guard.verdict_cap.total_seconds(),  # later, nobody waits for the answer
        memory=content.memory,
        ocr=content.ocr,
    )


def open_sql(config: Config, clock: Clock) -> SqlStore:
    """Open the store alone, for commands that need nothing else."""
    return open_store(config.store.url, node=own_name(), clock=clock)


def learn_directory(installation: Installation) -> int:
    """Read the operator's directory into the store; gives how many people it names.

    People it no longer names are no longer listed. A server that does not answer is no reason not to
    start: it is logged, and those listed before stay listed.
    """
    try:
        directory = load_directory(installation.config)
    except ConfigError:
        raise
    except OperatorError as error:
        installation.journal.trouble("directory.unread", reason=str(error))
        return 0
    for fault in directory.faults:
        installation.journal.trouble("directory.fault", reason=fault)
    now = installation.place.clock.now()
    return installation.store.list_directory(directory.mailboxes, now)


def examine_directory(config: Config) -> None:
    """Check the directory's file, or its URL without asking the server. Raises `ConfigError`."""
    source = config.organisation.directory
    if isinstance(source, str):
        _ldap_url(source)
        load_library()
    else:
        load_directory(config)


def load_directory(config: Config) -> Directory:
    """Read the operator's directory.

    Raises `ConfigError` naming each line that is no address, `OperatorError` for a server's trouble.
    """
    source = config.organisation.directory
    if source is None:
        return read_directory("")
    if isinstance(source, str):
        return read_ldap(_ldap_url(source), password=os.environ.get(PASSWORD, ""))
    try:
        text = source.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(
            f"organisation.directory: {source}: {reason}; make the file, or take the key out"
        ) from None
    directory = read_directory(text)
    if directory.faults:
        raise ConfigError("\n".join(f"{source}: {fault}" for fault in directory.faults))
    return directory


def _ldap_url(text: str) -> LdapUrl:
    try:
        return LdapUrl.parse(text)
    except ConfigError as error:
        raise ConfigError(f"organisation.directory: {error}") from None


def open_relay(config: Config) -> SmtpRelay:
    """Prepare the way to the relay; nothing is opened before a letter is sent."""
    host, port = host_port(config.relay.host)
    tls = ssl.create_default_context() if config.relay.starttls else None
    return SmtpRelay(RelaySettings(host, port, own_name(), tls))


def host_port(text: str) -> tuple[str, int]:
    """Split ``HOST:PORT``, brackets around an IPv6 address taken off."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def own_name() -> str:
    """Give this machine's name, as it goes into trace fields and names the audit chain."""
    return socket.gethostname() or "localhost"


def local_domain(config: Config) -> DomainName:
    """Give the domain that completes a bare ``postmaster``."""
    if not config.organisation.domains:
        raise ConfigError("organisation.domains is empty: name your own domains")
    return config.organisation.domains[0]
