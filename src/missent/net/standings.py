"""Own what the name system tells of a look-alike: is it registered, who serves it, where its mail goes.

Which questions leave, and who can see them:

- ``NS`` of the registrable name, to the operator's resolver. It asks the registry; for a name that is
  registered it may ask the holder's name servers, too.
- ``MX`` of it, and if there is none ``A`` and ``AAAA``; only if the name is there. These the holder's name
  servers see, from the resolver's address: whoever keeps the look-alike can learn that somebody near
  that resolver looked. Therefore look-ups are opt-in (law 11), made of a list rather than of a message
  that waits to be sent, and never made twice within `keep`.
- ``MX`` also of a name that is said not to exist where the answer does not name the registry's zone: the
  holder's own name servers may say so of ``NS`` alone.
- ``NS`` of one random label a suffix, which tells a registry that answers for every name.
- With `Rdap`, one HTTPS request a name, to the registry.

The rules: nobody connects to a host that an answer names, nothing below the registrable name is asked for,
and what nobody answered is not kept.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from missent.errors import OperatorError
from missent.mail.domain import DomainName
from missent.net.pacing import Pace
from missent.net.rdap import Rdap, Registration, rdap
from missent.net.resolver import Answer, Outcome, Resolver, absolute, host, resolver_settings
from missent.service.exposure.exposure import UNASKED, Mail, Standing
from missent.service.exposure.ports import StandingStore
from missent.service.ports import Clock
from missent.tables import LookUpTable

if TYPE_CHECKING:
    import dns.name

MOST_HOSTS: Final = 20
"""Mail exchangers, or name servers, kept of one name."""
_OURS = 3
"""Names of ours that a resolver must know one of."""
_AT_ONCE = 4
"""Names looked up at the same time: a slow one does not hold up the others."""
_BATCH = 50
"""Standings written at once; an interrupt loses no more."""


def _random_label() -> str:
    return secrets.token_hex(10)


def _nothing(done: int, of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class LookUpSettings:
    """Whom to ask, and within what bounds."""

    resolver: Resolver
    rdap: Rdap | None = None
    """None: registries are not asked."""
    keep: timedelta = timedelta(days=7)
    """An answer is not asked for again within."""
    longest: float = 900.0
    """Seconds for all names of one call; those whose turn did not come stay unasked."""
    label: Callable[[], str] = _random_label
    """Gives a label that nobody registered."""
    told: Callable[[int, int], None] = _nothing
    """Told how many names are done, of how many."""


def look_ups(
    table: LookUpTable,
    store: StandingStore,
    clock: Clock,
    told: Callable[[int, int], None] = _nothing,
) -> DnsLookUps:
    """Build look-ups as ``[look_up]`` says. Raises `OperatorError` or `ConfigError` for a wrong set-up."""
    pace = Pace(table.per_second)
    resolver = Resolver(resolver_settings(table), pace)
    settings = LookUpSettings(resolver, rdap(table, pace), table.keep, told=told)
    return DnsLookUps(settings, store, clock)


class DnsLookUps:
    """Implements `exposure.ports.LookUps`."""

    def __init__(self, settings: LookUpSettings, store: StandingStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock

    def standings(self, names: Iterable[DomainName]) -> Mapping[DomainName, Standing]:
        """Give what is known of these registrable names; one that nobody answered for is `UNASKED`.

        A standing without a time is known in part only, and not kept. A name that is not registrable
        (a suffix, a host, a literal) is not asked about. Raises `StoreUnavailable`.
        """
        wanted = tuple(dict.fromkeys(names))
        known = self._store.standings(wanted, self._clock.now() - self._settings.keep)
        left = [name for name in wanted if name not in known and name.registrable == name.ascii]
        fresh = dict(self._looked_up(left))
        return {name: known.get(name) or fresh.get(name, UNASKED) for name in wanted}

    def believe(self, ours: Sequence[DomainName]) -> None:
        """Make sure that the resolver knows names that are there: some of ours.

        Raises `OperatorError` if it says of all of them that they do not exist.
        """
        run = _Run(self._settings)
        asked = [name for name in ours if name.registrable == name.ascii][:_OURS]
        if asked and all(run.standing(name)[0].registered is False for name in asked):
            names = ", ".join(name.ascii for name in asked)
            raise OperatorError(
                f"the resolver says that {names} does not exist, so what it says of look-alikes is not "
                "believed; name another one in look_up.resolvers"
            )

    def _looked_up(self, names: Sequence[DomainName]) -> Iterator[tuple[DomainName, Standing]]:
        """Look names up, likeliest first, and keep what was answered."""
        run = _Run(self._settings)
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look-up")
        unkept: dict[DomainName, Standing] = {}
        try:
            futures = {pool.submit(self._standing, run, name): name for name in names}
            for done, future in enumerate(as_completed(futures), 1):
                name = futures[future]
                standing, whole = future.result()
                unkept[name] = replace(standing, at=self._clock.now() if whole else None)
                self._settings.told(done, len(names))
                yield name, unkept[name]
                if len(unkept) >= _BATCH:
                    self._store.keep_standings(unkept)
                    unkept = {}
        finally:
            pool.shutdown(cancel_futures=True)
            if unkept:
                self._store.keep_standings(unkept)

    def _standing(self, run: _Run, name: DomainName) -> tuple[Standing, bool]:
        standing, whole = run.standing(name)
        if self._settings.rdap is not None:
            standing = merge(standing, self._settings.rdap.ask(name, run.until))
        return standing, whole


def merge(standing: Standing, registration: Registration) -> Standing:
    """Add what a registry said.

    Its *yes* holds also for a name that is not in the name system. Its *no* changes nothing: a service
    that finds the registry for a name says the same (404) of a suffix it does not know.
    """
    if not registration.registered:
        return standing
    return replace(standing, registered=True, registrar=registration.registrar)


class _Run:
    """The look-ups of one call: when it ends, and what each suffix says of a name nobody registered."""

    def __init__(self, settings: LookUpSettings) -> None:
        self.until = settings.resolver.now + settings.longest
        self._resolver = settings.resolver
        self._label = settings.label
        self._lock = threading.Lock()
        self._nobody: dict[str, Future[Answer]] = {}

    def standing(self, name: DomainName) -> tuple[Standing, bool]:
        """Ask about one name; False beside what is known if a part of it was not answered."""
        found = self._ask(name.ascii, "NS")
        if found.outcome is Outcome.UNKNOWN:
            return UNASKED, False
        if found.outcome is Outcome.NO_NAME:
            heard = found if found.by_zone_above else self._ask(name.ascii, "MX")
            if heard.outcome is Outcome.NO_NAME:
                return Standing(registered=False, mail=Mail.NONE), True
            if heard.outcome is Outcome.UNKNOWN:
                return UNASKED, False
        nobody = self._of_nobody(name.public_suffix)
        mail, mx = self._mail(name.ascii)
        standing = Standing(_registered(name, found, nobody), mail, mx, _nameservers(found))
        return standing, nobody.outcome is not Outcome.UNKNOWN and mail is not Mail.UNKNOWN

    def _ask(self, name: str, kind: str) -> Answer:
        return self._resolver.ask(absolute(name), kind, self.until)

    def _of_nobody(self, suffix: str) -> Answer:
        """Ask once what the suffix answers for a random name; others wait for the same answer."""
        with self._lock:
            first = suffix not in self._nobody
            future = self._nobody.setdefault(suffix, Future())
        if first:
            try:
                future.set_result(self._ask(f"{self._label()}.{suffix}", "NS"))
            except BaseException as error:
                future.set_exception(error)  # or the others would wait for ever
        return future.result()

    def _mail(self, name: str) -> tuple[Mail, tuple[str, ...]]:
        """Follow RFC 5321 §5.1 as a sender's server would, up to where it would connect."""
        found = self._ask(name, "MX")
        if found.outcome is Outcome.UNKNOWN:
            return Mail.UNKNOWN, ()
        if found.outcome is Outcome.RECORDS:
            records = sorted(found.records, key=lambda one: (one.preference, one.exchange))
            exchanges = [record.exchange for record in records if record.exchange.labels != (b"",)]
            if not exchanges:
                return Mail.NULL, ()
            return Mail.MX, _hosts(exchanges)
        for kind in ("A", "AAAA"):
            found = self._ask(name, kind)
            if found.outcome is Outcome.UNKNOWN:
                return Mail.UNKNOWN, ()
            if found.outcome is Outcome.RECORDS:
                return Mail.ADDRESS, ()
        return Mail.NONE, ()


def _registered(name: DomainName, found: Answer, nobody: Answer) -> bool | None:
    """Tell a name that somebody holds from one that the registry answers for anyway.

    Right below a top-level domain, what is answered like a random name is not registered. Below a longer
    suffix it may be a customer's: such suffixes often hand out names by a wildcard.
    """
    if nobody.outcome is Outcome.UNKNOWN:
        return None
    if nobody.outcome is Outcome.NO_NAME:
        return True
    served = _nameservers(found)
    if served and served != _nameservers(nobody):
        return True
    return None if "." in name.public_suffix else False


def _nameservers(found: Answer) -> tuple[str, ...]:
    return _hosts(sorted(record.target for record in found.records)) if found.own else ()


def _hosts(names: Iterable[dns.name.Name]) -> tuple[str, ...]:
    """Read host names, as A-labels in order of name; the first `MOST_HOSTS` that are ones."""
    read = dict.fromkeys(one.ascii for name in names if (one := host(name)) is not None)
    return tuple(sorted(tuple(read)[:MOST_HOSTS]))
