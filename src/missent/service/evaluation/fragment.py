"""Own how a tuning is given: as a piece of missent.toml with its figures as comments, or as JSON.

The piece holds the whole rule table, in its order: rules in a file stand before the built-in ones, so
a fragment with only the tuned rules would be asked before the pinned ones and so loosen them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from missent.judge.policy import Rule
from missent.service.evaluation.doubts import Played
from missent.service.evaluation.tuning import Tuning, changes, thresholds
from missent.service.evaluation.typos import Window


def lines(tuning: Tuning) -> Iterator[str]:
    """Give the fragment."""
    yield from (f"# {line}".rstrip() for line in _comments(tuning))
    if tuning.prior is not None:
        yield from ("", "[judge]", f"prior = {tuning.prior:g}")
    for rule in tuning.proposed.rules:
        yield from ("", *_rule(rule))


def to_plain(tuning: Tuning) -> dict[str, Any]:
    """Give a tuning as plain values; rates per 1,000 outgoing messages."""
    return {
        "messages": tuning.before.window.messages,
        "target": {
            "false_holds_per_1000": 1_000 * tuning.target.false_holds,
            "warnings_per_1000": 1_000 * tuning.target.warnings,
        },
        "kept": tuning.kept,
        "too_small": tuning.small,
        "pinned_false_holds": tuning.pinned,
        "prior": tuning.prior,
        "thresholds": {
            name: {"before": before, "after": after} for name, before, after in changes(tuning)
        },
        "before": _played(tuning.before),
        "after": _played(tuning.after),
        "policy": [_plain_rule(rule) for rule in tuning.proposed.rules],
    }


# --- comments ------------------------------------------------------------------------------------


def _comments(tuning: Tuning) -> Iterator[str]:
    before, after = tuning.before, tuning.after
    yield (
        f"Thresholds for at most {1_000 * tuning.target.false_holds:g} false holds and "
        f"{1_000 * tuning.target.warnings:g} warnings per 1,000 outgoing messages,"
    )
    yield f"from {before.window.messages:,} of your own, replayed before and after."
    yield "Put this in place of all [[policy]] tables of your missent.toml."
    yield ""
    yield f"{'':<42}{'before':>10}{'after':>10}"
    for name, was, becomes in changes(tuning):
        yield f"{name + ', min_misdirection':<42}{was:>10.4f}{becomes:>10.4f}"
    for name, attribute in _RATES:
        yield _row(name, *(_rate(one.window, attribute) for one in (before, after)))
    yield _row("known mistakes held, %", *(_percent(one.window.recall) for one in (before, after)))
    yield _row(
        "injected slips held, %", *(_percent(one.injected_recall) for one in (before, after))
    )
    yield from _warnings(tuning)


_RATES = (
    ("holds per 1,000", "holds"),
    ("false holds per 1,000", "false_holds"),
    ("warnings per 1,000", "warnings"),
)


def _warnings(tuning: Tuning) -> Iterator[str]:
    if tuning.small:
        yield ""
        yield "The archive is too small to allow one false hold, so nothing was loosened."
    if tuning.pinned:
        yield ""
        yield f"{tuning.pinned} false holds came from pinned rules or your own: these were left alone."
    if not tuning.kept:
        yield ""
        yield "NOT KEPT: the second replay had more false holds than the budget allows."
    if tuning.proposed == tuning.current or not any(was != now for _, was, now in changes(tuning)):
        yield ""
        yield "No threshold changed."
    if len(thresholds(tuning.current)) == 0:
        yield "None of the built-in rules by probability is in force, so there is nothing to tune."


def _row(name: str, *cells: str) -> str:
    return f"{name:<42}" + "".join(f"{cell:>10}" for cell in cells)


def _rate(window: Window, attribute: str) -> str:
    rate = window.rate(getattr(window, attribute))
    return "-" if rate is None else f"{rate:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


# --- values --------------------------------------------------------------------------------------


def _played(played: Played) -> Mapping[str, Any]:
    window = played.window
    return {
        "holds_per_1000": window.rate(window.holds),
        "false_holds_per_1000": window.rate(window.false_holds),
        "warnings_per_1000": window.rate(window.warnings),
        "first_uses": window.first_uses,
        "recall": window.recall,
        "injected_slips": played.slips,
        "injected_recall": played.injected_recall,
    }


def _plain_rule(rule: Rule) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": rule.name,
        "when": dict(rule.when),
        "action": rule.action.value,
    }
    return plain | {"pinned": True} if rule.pinned else plain


def _rule(rule: Rule) -> Iterator[str]:
    yield "[[policy]]"
    yield f"name = {_toml(rule.name)}"
    yield f"when = {{ {', '.join(f'{key} = {_toml(value)}' for key, value in rule.when.items())} }}"
    yield f"action = {_toml(rule.action.value)}"
    if rule.pinned:
        yield "pinned = true"


def _toml(value: object) -> str:
    if isinstance(value, str):  # a JSON string is a TOML basic string, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
