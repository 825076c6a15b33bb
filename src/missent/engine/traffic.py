"""Own how logs become an organisation's traffic.

Everything `open_source` reads is read once, message by message, and added up (`slips`). The rules: only a
final word counts, so mail that waits is not yet there; the null path is left out, since programs wrote what
it carries; a message that was handed to a filter or store of one's own has not left; and what a name's
own host says of it, that nobody has it, is a squatter's word (`slips`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import ip_address, ip_network
from pathlib import Path

from missent.engine.slips import Counts, Fate, Seen
from missent.engine.sources import ArchiveSource, open_source
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.domain import DomainName
from missent.service.exposure.traffic import Traffic, near_names

_NOBODY = frozenset({"5.1.2", "5.4.4", "5.4.310"})
"""No such domain, or none that takes mail (RFC 3463 §3.2, §3.5; Exchange Online)."""
_FINAL = frozenset({"sent", "bounced", "expired"})
_OWN = tuple(
    map(
        ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
_CACHE = 8_192  # hosts kept: a log names the same ones again and again
_NOWHERE = frozenset({"", "local", "virtual", "none"})


def read_traffic(
    paths: Sequence[Path], names: Sequence[DomainName], *, now: datetime, zone: tzinfo = UTC
) -> Traffic:
    """Read what logs, traces and archives tell of mail to `names` and to names near them.

    `now` dates lines without a year, `zone` those without an offset. Memory grows with `names` (100 KB
    each) and not with the logs. Raises `ArchiveError` for a path that cannot be read.
    """
    near = (one.domain.ascii for name in dict.fromkeys(names) for one in near_names(name))
    counts = Counts(names, near)
    for path in dict.fromkeys(paths):
        source = open_source(path, now=now, zone=zone)
        if isinstance(source, ArchiveSource):
            counts.tells = False
            for message in source:
                counts.take_all(_archived(message, now))
        else:
            for delivery in source:
                counts.take_all(_logged(delivery))
    return counts.traffic()


# -- What is told of one message -------------------------------------------------------------------


def _logged(one: Delivery) -> Iterator[Seen]:
    if one.sender is None or one.status not in _FINAL:
        return
    fate = _fate(one)
    forwarded = one.orig_to is not None and one.orig_to.domain != one.recipient.domain
    yield Seen(
        one.identity,
        one.sender.folded,
        one.recipient.folded,
        one.recipient.domain,
        one.at,
        fate,
        one.relay if _is_outside(one.relay) else "",
        forwarded,
    )


def _archived(one: ArchivedMessage, now: datetime) -> Iterator[Seen]:
    if one.automatic or not one.header_from or one.at is None or one.at > now + timedelta(days=1):
        return
    sender = one.header_from[0].folded
    for to in one.recipients:
        yield Seen(one.identity, sender, to.folded, to.domain, one.at, Fate.HANDED, "", False)


def _fate(one: Delivery) -> Fate:
    if one.status == "sent":
        return Fate.DELIVERED if _is_outside(one.relay) else Fate.INSIDE
    if one.dsn in _NOBODY or (one.status == "bounced" and one.relay == "none"):
        return Fate.BOUNCED
    return Fate.REFUSED


@functools.lru_cache(maxsize=_CACHE)
def _is_outside(relay: str) -> bool:
    """Tell whether mail was handed to another's server: ``mx.example[192.0.2.1]:25``."""
    host, bracket, rest = relay.partition("[")
    if not bracket:
        return relay not in _NOWHERE
    try:
        address = ip_address(rest.partition("]")[0].removeprefix("IPv6:"))
    except ValueError:
        return host != "" and not rest.startswith("private/")
    return not any(address in network for network in _OWN)
