"""Own the response policy zone: a resolver that has it says that a look-alike does not exist.

The format of draft-vixie-dnsop-dns-rpz-00 as BIND, Unbound, Knot Resolver and PowerDNS read it: ``CNAME .``
is NXDOMAIN, for the name and for all below it. A mail server that asks such a resolver returns the
message at once, and the holder of the look-alike never learns that anybody asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from missent.mail.domain import DomainName
from missent.service.exposure.choosing import NO_REVIEWS, to_stop
from missent.service.exposure.exposure import Exposure, Review

ORIGIN = "rpz.missent"
MOST_SERIAL = 2**32 - 1
"""RFC 1982 §2: a serial number has 32 bits."""
_MOST_OCTETS = 255 - 2  # RFC 1035 §2.3.4, without the first label's length and the root
_TTL = 300


def rpz(
    exposure: Exposure, reviews: Mapping[DomainName, Review] = NO_REVIEWS, *, serial: int
) -> str:
    """Give the zone file. Raises `ValueError` for a serial number that is none."""
    if not 0 <= serial <= MOST_SERIAL:
        raise ValueError("a serial number is from 0 to 4294967295")
    return "\n".join(_lines(exposure, reviews, serial)) + "\n"


def _lines(exposure: Exposure, reviews: Mapping[DomainName, Review], serial: int) -> Iterator[str]:
    yield f"$ORIGIN {ORIGIN}."
    yield f"$TTL {_TTL}"
    yield f"@ IN SOA localhost. hostmaster.localhost. {serial} 3600 600 86400 {_TTL}"
    yield "@ IN NS localhost."
    suffixes: dict[str, None] = {}
    for one in to_stop(exposure, reviews):
        name = one.domain.ascii
        if one.controller.match.startswith("."):
            suffixes[one.suffix] = None
        if len(f"*.{name}.{ORIGIN}") > _MOST_OCTETS:
            yield f"; {name} is left out: too long a name below {ORIGIN}"
            continue
        yield f"; {name} for {one.of.ascii}"
        yield f"{name} IN CNAME ."
        yield f"*.{name} IN CNAME ."
    for suffix in suffixes:
        yield f"; All of .{suffix}: take the mark off if nobody here needs any name there."
        yield f";*.{suffix} IN CNAME ."
