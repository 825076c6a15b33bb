"""Own where marked content may go: a table of marking schemes by destinations.

The rule: the findings of markings are held against one recipient's domain. The operator's rows
come first, then those of ``data/release.toml``; a destination that a row allows is silent, and so is a
scheme without a row. Caveats bind on top of any row: a limit to countries where the destination's
country is known, to governments, to the author's organisation, to named persons.

Countries are told by the domain's last label (``.uk`` is gb) and the closed suffixes of the United States;
who uses a ``.com`` is not known, and its country binds nobody.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from missent.judge.case import Organisation
from missent.judge.finding import Finding
from missent.judge.marks.countries import EU, NATO
from missent.judge.party import is_personal
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

SIGNAL = "release"
WEIGHT = 1.0
"""Set, not measured: who marks content mostly knows where it may go, so that a destination outside
that is nearly three times as likely not to be the one meant; but much of it is meant and merely not
allowed, which is for policy rules to stop (by this finding's name and level), not for the odds."""
MANY = 10
"""Recipients beyond which nobody means persons by name (TLP:RED, RECIPIENTS ONLY)."""
_GOVERNMENT = "government:"
_AMERICAN = frozenset(("mil", "gov", "edu", "us"))
_CCTLD = {"uk": "gb"}
_GENERIC = frozenset(
    ("eu", "io", "ai", "co", "tv", "me", "cc", "ws", "fm", "ly", "gg", "to", "sh", "su")
)
"""Labels of two letters that do not name whose people are meant; ``gov.me`` is found in the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where a scheme's markings may go from a level on."""

    scheme: str
    min_level: int
    """The row speaks of this level and all above it."""
    allowed: tuple[str, ...]
    """Domains (the name and all below it), ``government:gb``, ``government:NATO``; empty: nowhere."""
    says: str = ""
    """What the level is called, for the sentence; empty: the scheme's short name."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order in which they are asked, and the domains of governments."""

    rows: tuple[Row, ...]
    governments: Mapping[str, tuple[str, ...]]
    """Two-letter country, lower case -> domains of its government and forces."""

    def row(self, scheme: str, level: int) -> Row | None:
        """Give the first row that speaks of this marking."""
        return next((r for r in self.rows if r.scheme == scheme and level >= r.min_level), None)

    def country(self, name: DomainName) -> str | None:
        """Tell in which country a domain is; None if its name does not say."""
        top = name.ascii.rpartition(".")[2]
        if top in _AMERICAN:
            return "us"
        for country, domains in self.governments.items():
            if _within(name, domains):
                return country
        if name.is_literal or len(top) != 2 or top in _GENERIC:
            return None
        return _CCTLD.get(top, top)

    def is_government(self, name: DomainName) -> bool:
        """Tell whether a domain is of some government's or an organisation's of governments."""
        known = (domains for domains in self.governments.values())
        return any(_within(name, domains) for domains in known) or _within(name, tuple(_UNIONS))

    def allows(self, row: Row, name: DomainName) -> bool:
        """Tell whether a row lets its markings go to a domain."""
        return any(self._covers(entry, name) for entry in row.allowed)

    def _covers(self, entry: str, name: DomainName) -> bool:
        if not entry.startswith(_GOVERNMENT):
            return entry == "*" or _within(name, (entry,))
        whose = entry.removeprefix(_GOVERNMENT)
        countries = _MEMBERS.get(whose, frozenset((whose.lower(),)))
        return any(_within(name, self.governments.get(country, ())) for country in countries)


_MEMBERS = {"NATO": NATO, "EU": EU}
_UNIONS = {"nato.int": NATO, "europa.eu": EU, "eu.int": EU}
"""Domains in which the people of several countries are."""


def table(rows: Iterable[Row] = ()) -> Table:
    """Give the table that comes with this version, after the operator's own rows."""
    shipped = _shipped()
    return Table((*rows, *shipped.rows), shipped.governments)


def check(
    findings: Iterable[Finding],
    recipient: Mailbox,
    organisation: Organisation,
    allowed: Table,
    recipients: int = 1,
) -> Finding | None:
    """Report that a marking may not go to this recipient; the highest, if there are several.

    `findings` are the message's, of which those named ``marking`` count; `recipients` is to how many
    the message goes in all.
    """
    domain = recipient.domain
    if organisation.owns(domain):
        return None
    marked = [one for one in findings if one.signal == "marking"]
    for one in sorted(marked, key=lambda each: -_level(each)):
        why = _why_not(one, recipient, allowed, recipients)
        if why:
            return _finding(one, recipient, allowed, why)
    return None


def _why_not(marking: Finding, recipient: Mailbox, allowed: Table, recipients: int) -> str:
    """Give why a marking may not go there; empty if it may."""
    facts, domain = marking.facts, recipient.domain
    name = domain.screen
    countries = frozenset(str(facts.get("countries", "")).split())
    if countries and not _in_countries(domain, countries, allowed):
        return f"{name} is outside the countries it is limited to"
    if facts.get("government_only") and not allowed.is_government(domain):
        return f"{name} is no government's domain, to which it is limited"
    row = allowed.row(str(facts.get("scheme", "")), _level(marking))
    if row is not None:
        listed = allowed.allows(row, domain)
        return "" if listed else f"{name} is outside the domains that marking may go to"
    if facts.get("own_only"):
        return f"{name} is not the organisation it is limited to"
    if facts.get("named_only") and is_personal(recipient):
        return f"{name} is a public mail provider, where it may not go"
    if facts.get("named_only") and recipients > MANY:
        return f"it goes to {recipients} recipients, though it is limited to named persons"
    return ""


def _in_countries(domain: DomainName, countries: frozenset[str], allowed: Table) -> bool:
    for union, members in _UNIONS.items():
        if _within(domain, (union,)):
            return members <= countries
    country = allowed.country(domain)
    return country is None or country in countries


def _finding(marking: Finding, recipient: Mailbox, allowed: Table, why: str) -> Finding:
    scheme, level = str(marking.facts.get("scheme", "")), _level(marking)
    row = next((r for r in _shipped().rows if r.scheme == scheme and level >= r.min_level), None)
    row = row or allowed.row(scheme, level)
    says = (row.says if row else "") or _SAYS.get((scheme, level), f"{scheme} (level {level} of 4)")
    facts: dict[str, str | bool | int] = {
        "category": "release",
        "scheme": scheme,
        "level": level,
        "allowed": False,
    }
    return Finding(SIGNAL, recipient.wire, WEIGHT, f"marked {says}, and {why}", facts=facts)


_SAYS = {
    ("tlp", 3): "TLP:RED",
    ("tlp", 2): "TLP:AMBER",
    ("tlp", 1): "TLP:GREEN",
    ("uk", 1): "UK OFFICIAL",
    ("au", 1): "Australian OFFICIAL",
    ("nato", 1): "NATO UNCLASSIFIED",
}
"""What is called by name though no row speaks of it."""


def _level(finding: Finding) -> int:
    return int(finding.facts.get("level", 0))


def _within(name: DomainName, domains: tuple[str, ...]) -> bool:
    return any(name.ascii == domain or name.ascii.endswith("." + domain) for domain in domains)


@functools.cache
def _shipped() -> Table:
    text = resources.files("missent.judge.data").joinpath("release.toml").read_text("utf-8")
    data = tomllib.loads(text)
    rows = tuple(
        Row(row["scheme"], row["level"], tuple(row["to"]), row["says"]) for row in data["row"]
    )
    governments = {country: tuple(names) for country, names in data["government"].items()}
    return Table(rows, MappingProxyType(governments))
