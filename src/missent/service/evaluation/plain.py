"""Own the plain form of an evaluation: the JSON of `missent evaluate --json` (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from missent.service.evaluation.calibration import Calibration
from missent.service.evaluation.evaluation import Evaluation
from missent.service.evaluation.typos import Window
from missent.service.evaluation.wrong_person import BUDGETS


def to_plain(measured: Evaluation) -> dict[str, Any]:
    """Give an evaluation as plain values; shares from 0 to 1, rates per 1,000 outgoing messages."""
    persons = measured.persons
    return {
        "messages": measured.typos.messages,
        "messages_with_outside_recipient": measured.typos.outside,
        "letters": measured.letters,
        "history": measured.history,
        "first": measured.first.isoformat() if measured.first else None,
        "last": measured.last.isoformat() if measured.last else None,
        "seeds": list(measured.seeds),
        "typos": _typos(measured),
        "cold_start": [{"since": w.since, **_window(w)} for w in measured.windows],
        "wrong_person": {
            "acc_at_1": persons.acc_at_1,
            "recall": _at_budgets(persons.recall),
            "recall_unseen": _at_budgets(persons.recall_unseen),
            "by_leak": {kind: _at_budgets(values) for kind, values in persons.kinds.items()},
            "baselines_acc_at_1": dict(persons.baselines),
            "users": persons.users,
            "messages": persons.messages,
            "clean_messages": persons.clean_messages,
            "leaky_messages": persons.leaky_messages,
        },
        "calibration": _calibration(measured.calibration),
        "peers": {name: _peer(window) for name, window in measured.peers.items()},
    }


def _at_budgets(recall: Mapping[float, float | None]) -> dict[str, float | None]:
    return {str(budget): recall.get(budget) for budget in BUDGETS}


def _typos(measured: Evaluation) -> dict[str, Any]:
    slips = measured.slips
    injected = {
        "slips": slips.slips,
        "recall": slips.recall,
        "ceiling": slips.ceiling,
        "warned": slips.warned,
        "suggestion_top1": slips.top1,
        "by_kind": dict(slips.by_kind),
    }
    plain = _window(measured.typos) | {"rules": dict(measured.rules), "injected": injected}
    if not measured.labelled:  # nobody said what is wrong: the injected slips are the measure
        plain |= {
            "recall": slips.recall,
            "ceiling": slips.ceiling,
            "suggestion_top1": slips.top1,
        }
    return plain | {"labelled": measured.labelled}


def _window(window: Window) -> dict[str, Any]:
    return {
        "messages": window.messages,
        "first_uses": window.first_uses,
        "caught": window.caught,
        "warned": window.warned,
        "recall": window.recall,
        "ceiling": window.ceiling,
        "holds_per_1000": window.rate(window.holds),
        "false_holds_per_1000": window.rate(window.false_holds),
        "warnings_per_1000": window.rate(window.warnings),
        "holds_per_1000_outside": window.outside_rate(window.holds),
        "false_holds_per_1000_outside": window.outside_rate(window.false_holds),
        "warnings_per_1000_outside": window.outside_rate(window.warnings),
        "suggestion_top1": window.top1,
    }


def _peer(window: Window) -> dict[str, Any]:
    """Give a peer's figures: a rule that holds does not warn, and knows no ceiling."""
    silent = ("ceiling", "warned", "warnings_per_1000", "warnings_per_1000_outside")
    return {key: value for key, value in _window(window).items() if key not in silent}


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "forecasts": calibration.forecasts,
        "base_rate": calibration.base_rate,
        "brier": calibration.brier,
        "skill": calibration.skill,
        "bins": [
            {
                "from": one.low,
                "to": one.high,
                "forecasts": one.forecasts,
                "mean": one.mean,
                "observed": one.observed,
            }
            for one in calibration.bins()
        ],
    }
