"""An exposure as plain values, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.exposure.samples import MIL, army, exposed, exposure, portfolio

from missent.mail.domain import DomainName
from missent.service.exposure.exposure import (
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
from missent.service.exposure.plain import from_plain, remainder, to_plain

_CONTRACT = ["domain", "of", "slip", "suffix", "country", "open", "expected_share"]
_LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
_NAMES = st.one_of(
    st.builds("{}.{}".format, _LABEL, st.sampled_from(["ml", "com", "co.uk", "gov.uk"])),
    st.sampled_from(["münchen.example", "xn--mnchen-3ya.de", "ml", "a_b.test"]),
).map(DomainName.parse)
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(max_size=30)
_TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # hypothesis wants the bounds without a zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
_ESTIMATES = st.builds(Estimate, _NUMBERS, _NUMBERS, _NUMBERS, st.sampled_from(Source))
_HOSTS = st.lists(_TEXTS, max_size=3).map(tuple)
_TRUTHS = st.none() | st.booleans()
_STANDINGS = st.builds(
    Standing, _TRUTHS, st.sampled_from(Mail), _HOSTS, _HOSTS, _TEXTS, st.none() | _TIMES
)
_ROWS = st.builds(
    Exposed,
    domain=_NAMES,
    of=_NAMES,
    kind=_TEXTS,
    phrase=_TEXTS,
    suffix_slip=st.booleans(),
    open=_TRUTHS,
    country=st.none() | _TEXTS,
    factors=st.builds(Factors, *[_ESTIMATES] * 5),
    expected=_ESTIMATES,
    expected_share=_NUMBERS,
    controller=st.builds(Controller, _TEXTS, _TEXTS),
    standing=_STANDINGS,
    jurisdiction=_TEXTS,
    weight=_NUMBERS,
)
_RULES = st.builds(
    Rule, _TEXTS, st.integers(0), st.integers(0), _NUMBERS, _ESTIMATES, _TEXTS, _HOSTS
)
_EXPOSURES = st.builds(
    Exposure,
    at=_TIMES,
    names=st.lists(_NAMES, max_size=3).map(tuple),
    exposed=st.lists(_ROWS, max_size=3).map(tuple),
    rules=st.lists(_RULES, max_size=2).map(tuple),
    total=_ESTIMATES,
    closed=st.integers(0),
    calibration=st.dictionaries(_TEXTS, _TEXTS | _NUMBERS | st.integers(), max_size=3).map(
        MappingProxyType
    ),
    run_id=_TEXTS,
)


@settings(max_examples=60)
@given(_EXPOSURES)
def test_there_and_back(value: Exposure) -> None:
    """Whatever an exposure holds comes back as it was, through JSON, with the names' parts."""
    back = from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False)))
    assert back == value
    assert [(one.domain.unicode, one.suffix) for one in back.exposed] == [
        (one.domain.unicode, one.suffix) for one in value.exposed
    ]
    assert to_plain(back) == to_plain(value)


def test_a_whole_portfolio_there_and_back() -> None:
    """A run of many names is kept without loss."""
    whole = portfolio(*MIL[:5])
    assert from_plain(json.loads(json.dumps(to_plain(whole)))) == whole


def test_the_contract_comes_first() -> None:
    """The published keys lead, in the published order; others follow."""
    plain = to_plain(army())
    assert list(plain)[:2] == ["lookalikes", "rules"]
    assert all(list(row)[:7] == _CONTRACT for row in plain["lookalikes"])
    assert all(list(rule)[:3] == ["match", "covers", "controller"] for rule in plain["rules"])
    first = plain["lookalikes"][0]
    assert [first[key] for key in _CONTRACT] == [
        *("army.ml", "army.mil", "drops the i of .mil", "ml", "Mali", True, 0.5)
    ]


def test_every_factor_stands_with_its_source() -> None:
    """No product without its factors: each with its interval and where it comes from."""
    factors = to_plain(army())["lookalikes"][0]["factors"]
    assert list(factors) == ["volume", "hand_typed", "slip", "registrable", "receiving"]
    assert factors["volume"] == {
        "low": 10_000.0,
        "mid": 10_000.0,
        "high": 10_000.0,
        "source": "operator",
    }


def test_only_plain_values() -> None:
    """Nothing but texts, numbers, truth values, None, lists and tables."""
    assert list(_leaves(to_plain(army())))
    assert {type(leaf) for leaf in _leaves(to_plain(army()))} <= {str, int, float, bool, type(None)}


def test_what_no_rule_covers_is_said() -> None:
    """Rules stop when they cover enough; how much is left is a figure."""
    whole = portfolio(*MIL)
    left = remainder(whole)
    assert left["covers"] == len(whole.exposed) - sum(rule.covers for rule in whole.rules)
    assert 0 < left["share"] <= 0.05
    one = exposure([exposed("army.com", "army.mil", 1.0)])
    assert remainder(one) == {"covers": 0, "share": 0.0}


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_endless_figures_are_refused(bad: float) -> None:
    """A number that JSON cannot write is a fault, not a null."""
    row = exposed("army.com", "army.mil", 1.0, weight=bad)
    with pytest.raises(ValueError, match="finite"):
        to_plain(exposure([row]))


def test_a_time_has_a_zone() -> None:
    """A time without a zone is a fault."""
    naive = datetime(2025, 2, 3)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        to_plain(Exposure(naive, (), (), (), army().total))


def _leaves(value: Any) -> Any:
    if isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    else:
        yield value
