"""Own the services of one collector, over one open store: counting, looking up, custody, what is told.

Nothing here listens or serves; `collecting` does. Closing writes what waits to be counted.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from missent import metrics
from missent.config import Config
from missent.confinement import harden
from missent.errors import ConfigError, MissentError, OperatorError
from missent.extraction.pool import SandboxedExtractor
from missent.journal import Journal
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net.clients import client_checks
from missent.net.collector import Collecting, CollectorSettings
from missent.service.collection import evidence, sealing
from missent.service.collection.classifying import ContentClassifier
from missent.service.collection.collection import Hit, Likely, Pair
from missent.service.collection.counting import HitCounter
from missent.service.collection.keeping import Keeping
from missent.service.collection.ports import ClientChecks
from missent.service.ports import Clock
from missent.store.agekey import AgeSealer
from missent.store.store import SqlStore
from missent.store.vault import FileVault
from missent.system import RandomIds, SystemClock
from missent.tables import CollectMode, CollectTable
from missent.wiring import Unattached, load_directory, open_extractor, open_sql

FLUSH = 0.5
"""Seconds between two flushes: what a kill -9 can cost."""
EXPIRE = 60.0
"""Seconds between two looks for sealed messages that are past their time."""
SWEEP = 3600.0
"""Seconds between two looks for pairs to forget, and for sealed bytes that nothing speaks of."""
LOOK = 5.0
"""Seconds between two looks at how full the vault's disk is."""
LEAST = 40
"""Times `max_size` that stay free on it, about twice what may be open at once: a sender who fills it up
would turn every hint into a 451, and so into days of silence."""
ASKING = 4
"""Clients that are looked up at once."""
QUEUE = 1_000
"""Hits that wait for a look-up; a further one is counted without."""

_EVER = datetime(9999, 1, 1, tzinfo=UTC)

Duty = tuple[Callable[[], object], float]
"""What is done again and again, and the seconds between."""


@dataclass(frozen=True, slots=True)
class Collection:
    """The services of one collector, over one open store."""

    config: Config
    settings: CollectorSettings
    store: SqlStore
    clock: Clock
    registry: CollectorRegistry
    journal: Journal
    counter: HitCounter
    known: KnownMailboxes | None
    checks: ClientChecks | None
    custody: Custody | None
    """None: nothing is collected and nothing kept."""

    def ready(self) -> None:
        """Raise `StoreUnavailable` if nothing could be committed now."""
        self.store.ready()

    def gauges(self) -> Mapping[str, float]:
        """Give what is shown beside the counters."""
        return {}

    def duties(self) -> tuple[Duty, ...]:
        """Give what goes on beside the mail."""
        counting: tuple[Duty, ...] = ((self.counter.flush, FLUSH), (self.forget, SWEEP))
        if self.custody is None:
            return counting
        return (*counting, (self.look, LOOK), (self.expire, EXPIRE), (self.sweep, SWEEP))

    def counted(self) -> None:
        """Write what waits, if the store takes it now; closing tries again, and tells what is lost."""
        with contextlib.suppress(MissentError):
            self.counter.flush()

    def look(self) -> None:
        """See how much room the vault's disk has; said once when there is too little."""
        if self.custody is not None and self.custody.disk.look():
            self.journal.alarm("collected.full", vault=str(table_of(self.config).vault))

    def expire(self) -> int:
        """Destroy sealed messages that are past their time."""
        return self.custody.keeping.expire(self.clock.now()) if self.custody else 0

    def sweep(self) -> int:
        """Destroy sealed bytes that no row speaks of."""
        if self.custody is None:
            return 0
        swept = self.custody.keeping.sweep(self.clock.now())
        if strays := self.custody.keeping.strays:
            self.journal.alarm("collected.strays", items=strays)
        return swept

    def forget(self) -> int:
        """Forget who wrote to which wrong address, where that is long ago."""
        return self.store.forget_pairs(self.clock.now() - table_of(self.config).pairs_kept)


@contextlib.contextmanager
def opened(
    config: Config, settings: CollectorSettings, clock: Clock | None = None
) -> Iterator[Collection]:
    """Open the store and put the services together; closing writes what waits to be counted."""
    clock = clock or SystemClock()
    table = table_of(config)
    registry = CollectorRegistry()
    journal = Journal(registry)
    with contextlib.ExitStack() as stack:
        store = open_sql(config, clock)
        stack.callback(store.close)
        counter = HitCounter(store, threading.Lock(), Told(journal), evidence.likely)
        stack.callback(counter.close)
        custody: Custody | None
        if table.mode is CollectMode.COLLECT:
            extractor = open_extractor(config)
            stack.callback(extractor.close)
            custody = _custody(config, table, store, clock, extractor)
        else:
            custody = _leftover(table, store, journal)
        names = settings.neighbours.names
        checks = client_checks(config.look_up, names) if table.look_ups else None
        known = _known(config, journal)
        yield Collection(
            config, settings, store, clock, registry, journal, counter, known, checks, custody
        )


@dataclass(frozen=True, slots=True)
class Custody:
    """Who seals, and who destroys in time."""

    collecting: Collecting | None
    """None: refuse mode; what was sealed before is still destroyed."""
    keeping: Keeping
    disk: Disk

    def spare(self) -> bool:
        """Tell whether another message may come."""
        return self.disk.spare


class Disk:
    """How full the vault's disk was at the last look."""

    def __init__(self, vault: FileVault, least: int) -> None:
        self._vault = vault
        self._least = least
        self.spare = True

    def look(self) -> bool:
        """Look again; tells whether it has become too full since. Raises `StoreUnavailable`."""
        before, self.spare = self.spare, self._vault.free() >= self._least
        return before and not self.spare


def _custody(
    config: Config,
    table: CollectTable,
    store: SqlStore,
    clock: Clock,
    extractor: SandboxedExtractor | Unattached,
) -> Custody:
    harden()
    vault = FileVault(table.vault)
    room = sealing.Strongroom(store, vault, AgeSealer(table.public_key), clock, RandomIds().hold_id)
    classify = ContentClassifier(extractor, config.detectors())
    return Custody(
        sealing.Collecting(room, classify, table.retention),
        Keeping(store, vault, table.retention),
        Disk(vault, LEAST * table.max_size),
    )


def _leftover(table: CollectTable, store: SqlStore, journal: Journal) -> Custody | None:
    """Give who destroys in time what was sealed before the mode was refuse again, if there is any."""
    if not store.expired_items(_EVER, 1):
        return None
    if not table.vault.is_dir():
        journal.trouble("collected.vault_missing", vault=str(table.vault))
        return None
    vault = FileVault(table.vault)
    return Custody(None, Keeping(store, vault, table.retention), Disk(vault, 0))


class KnownMailboxes:
    """Implements `collection.ports.Known` over the owner's directory."""

    def __init__(self, mailboxes: Sequence[Mailbox]) -> None:
        self._mailboxes = frozenset(mailboxes)
        self._domains = frozenset(mailbox.domain for mailbox in mailboxes)

    def listed(self, local_part: str, meant: DomainName) -> bool | None:
        """Tell whether the directory has it; None for a domain of which it has nobody."""
        if meant not in self._domains:
            return None
        return Mailbox(local_part, meant) in self._mailboxes


def _known(config: Config, journal: Journal) -> KnownMailboxes | None:
    if config.organisation.directory is None:
        return None
    try:
        return KnownMailboxes(load_directory(config).mailboxes)
    except ConfigError:
        raise
    except OperatorError as error:  # a server that does not answer is no reason not to start
        journal.trouble("directory.unread", reason=str(error))
        return None


class Told:
    """Implements `counting.Telling`: metrics, and a line for what somebody should act on."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def counted(self, hits: Mapping[Likely, int]) -> None:
        """Count what is in the store now."""
        for likely, number in hits.items():
            self._journal.count(metrics.COLLECTED_HITS, likely.value, by=number)

    def persistent(self, pair: Pair) -> None:
        """Log a pair that is stored somewhere, with both addresses masked."""
        self._journal.count(metrics.COLLECTED_PAIRS)
        self._journal.alarm(
            "collected.persistent",
            sender=pair.sender.log,
            typed=pair.typed.log,
            meant=pair.meant.ascii,
            organisation=pair.sender.domain.owner,
            hits=pair.hits,
            days=pair.days,
            likely=pair.likely.value,
        )

    def dropped(self, hits: int) -> None:
        """Log hits that were answered and will never be counted."""
        self._journal.count(metrics.COLLECTED_DROPPED, by=hits)
        self._journal.trouble("collected.dropped", hits=hits)


class Noted:
    """Implements the edge's `Noting`; looks clients up behind the reply, where that is wanted."""

    def __init__(self, collection: Collection) -> None:
        self._journal = collection.journal
        self._counter = collection.counter
        self._checks = collection.checks
        self._room = threading.BoundedSemaphore(QUEUE)
        self._pool = ThreadPoolExecutor(ASKING, thread_name_prefix="ask")

    def hit(self, hit: Hit) -> None:
        """Count a hit, now or once its client was looked up."""
        if self._checks is None or not self._room.acquire(blocking=False):
            self._counter.add(hit)
        else:
            self._pool.submit(self._look_up, self._checks, hit)

    def refused(self, reason: str) -> None:
        """Count a refusal; a line for each would be a log that strangers fill."""
        self._journal.count(metrics.REFUSALS, "collector", reason)

    def close(self) -> None:
        """Count what still waits for a look-up, without it."""
        self._checks = None
        self._pool.shutdown()

    def _look_up(self, checks: ClientChecks, hit: Hit) -> None:
        try:
            if self._checks is not None:
                hit = replace(hit, confirmed=checks.confirmed(hit.client))
            if self._checks is not None and hit.sender is not None:
                hit = replace(hit, aligned=checks.aligned(hit.client, hit.helo, hit.sender))
        except Exception as error:
            self._journal.trouble("collected.unchecked", error=type(error).__name__)
        finally:
            self._counter.add(hit)
            self._room.release()


def table_of(config: Config) -> CollectTable:
    """Give ``[collect]``. Raises `ConfigError` where there is none."""
    if config.collect is None:
        raise ConfigError("there is no table [collect]: it names the typo domains that are yours")
    return config.collect
