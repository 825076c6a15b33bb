"""Own who could read what a slip sends away, and how many names fold into one line.

The rules. A slip in the suffix that ends in another suffix is in its registry's hands, whatever stands
before it. A slip that makes an ordinary name of the suffix (``go.uk``) is in the hands of whoever holds
that name. Every other look-alike has one stranger. A mail server that several strangers share is said
to be that, never the same person; a server that anybody can rent says nothing.

Folding. A look-alike belongs to one rule at most, taken in this order: its suffix, where a slip leads
there; the mail servers it shares; and, where several of our names are asked about, the suffix that was
put in place of theirs (``*.com``) or behind it (``mil.*``). What is left stands alone. Rules are given
until they cover `ENOUGH`, the rest is a remainder that `Exposure` can tell.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from missent.errors import MalformedAddress
from missent.lookalike.edits import Kind
from missent.lookalike.registries import country_of
from missent.mail.domain import DomainName
from missent.service.exposure.estimate import total
from missent.service.exposure.exposure import Controller, Exposed, Mail, Rule, Standing
from missent.service.exposure.receiving import UNASKED_MAIL, is_free, potential

ENOUGH = 0.95
"""Rules are given until they cover so much of the expected mail."""
MOST = 25
"""Rules at most: more is a list of names, which stands beside them."""
TOGETHER = 3
"""Holders that must share exactly the same mail servers before these are named."""
NAMED = 3
"""Examples of a rule; names that a label lists."""

SHARED_BY_ALL = frozenset(
    name
    for line in (
        "163.com 1and1.co.uk 1and1.com 1und1.de active24.com aliyun.com amazonaws.com apple.com",
        "aruba.it barracudanetworks.com bluehost.com cloudflare.net dreamhost.com dynadot.com",
        "emailsrvr.com fastmail.com forwardemail.net gandi.net google.com googlemail.com home.pl",
        "hostgator.com hostinger.com hotmail.com hover.com icloud.com improvmx.com infomaniak.ch",
        "ionos.co.uk ionos.com ionos.de iphmx.com kundenserver.de lolipop.jp loopia.se mail.ru",
        "mailgun.org mailspamprotection.com messagelabs.com messagingengine.com migadu.com",
        "mimecast.com mxhichina.com name.com namecheap.com nazwa.pl netsolmail.net office365.us",
        "one.com outlook.com ovh.net porkbun.com ppe-hosted.com pphosted.com privateemail.com",
        "proton.me protonmail.ch qq.com registrar-servers.com rzone.de secureserver.net",
        "sendgrid.net seznam.cz strato.de titan.email transip.email transip.net tucows.com",
        "web.com websupport.sk wp.pl xserver.jp yahoodns.net yandex.net yandex.ru zoho.com",
        "zoho.eu zohomail.com",
    )
    for name in line.split()
)
"""Where anybody can rent a mailbox: the servers are shared, and nobody reads for all of them."""

_ADDED = frozenset({Kind.OTHER_SUFFIX, Kind.GLUED_TEXT})
"""Our own words under a stranger's suffix."""


def controller(
    domain: DomainName, of: DomainName, *, suffix_slip: bool, kind: str, standing: Standing
) -> Controller:
    """Say who could read what is sent to `domain` where `of` was meant."""
    if suffix_slip and kind != Kind.OTHER_SUFFIX and not eats_suffix(domain, of):
        return _registry(domain.public_suffix)
    return _holder(domain.owner, standing)


def eats_suffix(domain: DomainName, of: DomainName) -> bool:
    """Tell whether `domain` has an ordinary name where `of` has its suffix: ``mod.go.uk``."""
    known = of.public_suffix if of.registrable else of.ascii.partition(".")[2]
    return domain.public_suffix.count(".") < known.count(".")


def fold(exposed: Sequence[Exposed]) -> tuple[Rule, ...]:
    """Fold look-alikes into rules, most share first, until these cover `ENOUGH` of the expected mail."""
    if not exposed:
        return ()
    several = len({one.of for one in exposed}) > 1
    weights = _Weights.of(exposed)
    ranked = sorted(
        ((-weights.share(group.members), group.match), group) for group in _groups(exposed, several)
    )
    rules: list[Rule] = []
    covered = 0.0
    for (share, _), group in ranked:
        if covered >= ENOUGH or len(rules) == MOST:
            break
        covered -= share
        group.members.sort(key=lambda one: (-weights.by_row[id(one)], one.domain, one.of))
        rules.append(_rule(group, -share))
    return tuple(rules)


# -- Who holds one name ----------------------------------------------------------------------------


def _registry(suffix: str) -> Controller:
    country = country_of(suffix)
    label = f"{country}, registry of .{suffix}" if country else f"the registry of .{suffix}"
    return Controller(f".{suffix}", label)


def _holder(name: str, standing: Standing) -> Controller:
    if standing.registered is False:
        return Controller(name, f"nobody yet: {name} is not registered")
    return Controller(name, f"whoever holds {name}")


def mail_servers(standing: Standing) -> str | None:
    """Name whose mail servers take a name's mail, for those that strangers may share; None otherwise.

    The registrable part of the hosts, or the first host where they have not the same one.
    """
    if standing.mail is not Mail.MX or not standing.mx:
        return None
    try:
        hosts = list(map(DomainName.parse, standing.mx))
    except MalformedAddress:  # a stranger's record may say anything
        return None
    if any(_is_rented(host.ascii) for host in hosts):
        return None
    parts = {host.owner for host in hosts}
    return parts.pop() if len(parts) == 1 else hosts[0].ascii


def _is_rented(host: str) -> bool:
    labels = host.split(".")
    return any(".".join(labels[at:]) in SHARED_BY_ALL for at in range(len(labels)))


# -- Folding ---------------------------------------------------------------------------------------


class _Way(Enum):
    """What the names of one rule have in common."""

    ALONE = auto()
    """One registry or one stranger."""
    SERVERS = auto()
    UNDER = auto()
    BEHIND = auto()


@dataclass(slots=True, order=True)
class _Group:
    """What one rule covers."""

    match: str
    way: _Way = field(compare=False)
    members: list[Exposed] = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Weights:
    """What each look-alike counts: its mail, or its share where no mail is expected at all."""

    by_row: Mapping[int, float]
    """By the row's identity: a row is large, and asked for many times."""
    total: float

    @classmethod
    def of(cls, exposed: Sequence[Exposed]) -> _Weights:
        counts = {id(one): _mail(one) for one in exposed}
        total = math.fsum(counts.values())
        if total <= 0:
            counts = {id(one): one.expected_share for one in exposed}
            total = math.fsum(counts.values())
        return cls(counts, total)

    def share(self, members: Iterable[Exposed]) -> float:
        mail = math.fsum([self.by_row[id(one)] for one in members])
        return mail / self.total if self.total else 0.0


def _mail(one: Exposed) -> float:
    """Give what is expected, of a name that is free as much as if nobody had asked.

    Its registry may answer for it at any time: army.ml was nobody's when its mail was first heard.
    """
    return potential(one).mid * UNASKED_MAIL.mid if is_free(one) else one.expected.mid


def _groups(exposed: Sequence[Exposed], several: bool) -> list[_Group]:
    suffixes = {one.controller.match for one in exposed if one.controller.match.startswith(".")}
    operators = _operators(exposed, suffixes)
    placed: defaultdict[tuple[_Way, str], list[Exposed]] = defaultdict(list)
    for one in exposed:
        placed[_place(one, suffixes, operators, several)].append(one)
    alone = [key for key, ones in placed.items() if key[0] is not _Way.ALONE and _is_one(ones)]
    for key in alone:  # one stranger is named, not put behind a pattern
        ones = placed.pop(key)
        placed[_Way.ALONE, ones[0].controller.match].extend(ones)
    return [_Group(match, way, ones) for (way, match), ones in placed.items()]


def _is_one(ones: Sequence[Exposed]) -> bool:
    return len({_name(one) for one in ones}) == 1


def _operators(exposed: Sequence[Exposed], suffixes: set[str]) -> Mapping[tuple[str, ...], str]:
    """Give the sets of mail servers that `TOGETHER` strangers or more share, with their operator."""
    holders: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for one in exposed:
        if f".{one.suffix}" not in suffixes and mail_servers(one.standing):
            holders[one.standing.mx].add(_name(one))
    shared = (mx for mx, names in holders.items() if len(names) >= TOGETHER)
    return {mx: mail_servers(Standing(True, Mail.MX, mx)) or mx[0] for mx in shared}


def _place(
    one: Exposed,
    suffixes: set[str],
    operators: Mapping[tuple[str, ...], str],
    several: bool,
) -> tuple[_Way, str]:
    """Give the rule that a look-alike belongs to."""
    if f".{one.suffix}" in suffixes:
        return _Way.ALONE, f".{one.suffix}"
    operator = operators.get(one.standing.mx)
    if operator is not None:
        return _Way.SERVERS, f"mx:{operator}"
    if several and one.kind == Kind.EXTRA_SUFFIX:
        return _Way.BEHIND, f"{one.of.public_suffix}.*"
    if several and one.kind in _ADDED:
        return _Way.UNDER, f"*.{one.suffix}"
    return _Way.ALONE, one.controller.match


def _label(way: _Way, match: str, ones: Sequence[Exposed]) -> str:
    if way is _Way.ALONE:
        return next((one.controller.label for one in ones if one.controller.match == match), match)
    holders = list(dict.fromkeys(map(_name, ones)))
    many = len(holders)
    named = ", ".join(holders[:NAMED]) + (", ..." if many > NAMED else "")
    if way is _Way.SERVERS:
        return f"same mail servers ({match.removeprefix('mx:')}) for {many} names: {named}"
    if way is _Way.BEHIND:
        return f"holders of {many} names, each for all of ours below it: {named}"
    return f"holders of {many} names with ours under {match.removeprefix('*')}: {named}"


def _rule(group: _Group, share: float) -> Rule:
    return Rule(
        match=group.match,
        covers=len(group.members),
        of=len({one.of for one in group.members}),
        share=share,
        expected=total(one.expected for one in group.members),
        controller=_label(group.way, group.match, group.members),
        examples=tuple(dict.fromkeys(one.domain.ascii for one in group.members))[:NAMED],
    )


def _name(one: Exposed) -> str:
    return one.domain.owner
