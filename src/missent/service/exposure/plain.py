"""Own an exposure as plain values: what ``--json`` prints and the store keeps (DESIGN §7).

The contract's keys come first; behind them stands everything else, so that `from_plain` gives back the
very same exposure. Domains are A-labels, times RFC 3339 in UTC to the microsecond. Only texts, finite
numbers, truth values, None, and lists and tables of these.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from missent.mail.domain import DomainName
from missent.service.exposure.exposure import (
    UNASKED,
    Controller,
    Estimate,
    Exposed,
    Exposure,
    Factors,
    Mail,
    Rule,
    Source,
    Standing,
)

FACTORS = ("volume", "hand_typed", "slip", "registrable", "receiving")
"""The columns, in the order in which they are multiplied."""


def to_plain(exposure: Exposure) -> dict[str, Any]:
    """Give an exposure as plain values, in a fixed order. Raises `ValueError` for an endless number."""
    return {
        "lookalikes": [_exposed(one) for one in exposure.exposed],
        "rules": [_rule(rule) for rule in exposure.rules],
        "remainder": remainder(exposure),
        "at": _moment(exposure.at),
        "names": [name.ascii for name in exposure.names],
        "total": estimate(exposure.total),
        "closed": exposure.closed,
        "calibration": {
            key: _finite(value) if isinstance(value, float) else value
            for key, value in exposure.calibration.items()
        },
        "run_id": exposure.run_id,
    }


def from_plain(plain: Mapping[str, Any]) -> Exposure:
    """Read what `to_plain` wrote; `KeyError`, `ValueError` or `MalformedAddress` for anything else."""
    read = _Reader()
    return Exposure(
        at=_read_moment(plain["at"]),
        names=tuple(map(DomainName.parse, plain["names"])),
        exposed=tuple(map(read.exposed, plain["lookalikes"])),
        rules=tuple(map(read.rule, plain["rules"])),
        total=read.estimate(plain["total"]),
        closed=plain["closed"],
        calibration=MappingProxyType(dict(plain["calibration"])),
        run_id=plain["run_id"],
    )


def about(names: Iterable[DomainName]) -> str:
    """Give eight letters that are the same for the same names of ours, in whatever order."""
    told = "\n".join(sorted({name.ascii for name in names}))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def remainder(exposure: Exposure) -> dict[str, Any]:
    """Say how many look-alikes no rule covers, and which part of the expected mail goes to them."""
    covered = sum(rule.covers for rule in exposure.rules)
    share = 1.0 - math.fsum(rule.share for rule in exposure.rules)
    left = len(exposure.exposed) - covered
    return {"covers": left, "share": max(share, 0.0) if left else 0.0}


def estimate(figure: Estimate) -> dict[str, Any]:
    """Give one figure with its interval and source."""
    return {
        "low": _finite(figure.low),
        "mid": _finite(figure.mid),
        "high": _finite(figure.high),
        "source": figure.source.value,
    }


def _exposed(one: Exposed) -> dict[str, Any]:
    return {
        "domain": one.domain.ascii,
        "of": one.of.ascii,
        "slip": one.phrase,
        "suffix": one.suffix,
        "country": one.country,
        "open": one.open,
        "expected_share": _finite(one.expected_share),
        "kind": one.kind,
        "suffix_slip": one.suffix_slip,
        "expected": estimate(one.expected),
        "factors": {name: estimate(getattr(one.factors, name)) for name in FACTORS},
        "controller": {"match": one.controller.match, "label": one.controller.label},
        "standing": _standing(one.standing),
        "jurisdiction": one.jurisdiction,
        "weight": _finite(one.weight),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "registered": standing.registered,
        "mail": standing.mail.value,
        "mx": list(standing.mx),
        "nameservers": list(standing.nameservers),
        "registrar": standing.registrar,
        "at": None if standing.at is None else _moment(standing.at),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "match": rule.match,
        "covers": rule.covers,
        "controller": rule.controller,
        "of": rule.of,
        "share": _finite(rule.share),
        "expected": estimate(rule.expected),
        "examples": list(rule.examples),
    }


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a figure of an exposure is a finite number")
    return value


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a point in time has a zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


# -- Reading ---------------------------------------------------------------------------------------


class _Reader:
    """Reads the parts of one exposure. Equal values become one: a run has some 100,000 rows."""

    def __init__(self) -> None:
        self._estimates: dict[tuple[object, ...], Estimate] = {}
        self._names: dict[str, DomainName] = {}
        self._texts: dict[str, str] = {}

    def exposed(self, row: Mapping[str, Any]) -> Exposed:
        factors, held = row["factors"], row["controller"]
        return Exposed(
            domain=DomainName.parse(row["domain"]),
            of=self._name(row["of"]),
            kind=self._text(row["kind"]),
            phrase=self._text(row["slip"]),
            suffix_slip=row["suffix_slip"],
            open=row["open"],
            country=None if row["country"] is None else self._text(row["country"]),
            factors=Factors(*(self.estimate(factors[name]) for name in FACTORS)),
            expected=self.estimate(row["expected"]),
            expected_share=row["expected_share"],
            controller=Controller(self._text(held["match"]), self._text(held["label"])),
            standing=_read_standing(row["standing"]),
            jurisdiction=self._text(row["jurisdiction"]),
            weight=row["weight"],
        )

    def rule(self, row: Mapping[str, Any]) -> Rule:
        return Rule(
            match=row["match"],
            covers=row["covers"],
            of=row["of"],
            share=row["share"],
            expected=self.estimate(row["expected"]),
            controller=row["controller"],
            examples=tuple(row["examples"]),
        )

    def estimate(self, row: Mapping[str, Any]) -> Estimate:
        key = row["low"], row["mid"], row["high"], row["source"]
        known = self._estimates.get(key)
        if known is None:
            known = self._estimates[key] = Estimate(*key[:3], Source(key[3]))
        return known

    def _name(self, text: str) -> DomainName:
        return self._names.get(text) or self._names.setdefault(text, DomainName.parse(text))

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)


def _read_standing(row: Mapping[str, Any]) -> Standing:
    standing = Standing(
        registered=row["registered"],
        mail=Mail(row["mail"]),
        mx=tuple(row["mx"]),
        nameservers=tuple(row["nameservers"]),
        registrar=row["registrar"],
        at=None if row["at"] is None else _read_moment(row["at"]),
    )
    return UNASKED if standing == UNASKED else standing


def _read_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
