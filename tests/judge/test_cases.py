"""The golden cases of ``tests/cases/judge``: what a person would read, judged in one loop."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.judge.build import case, days_ago, message, record

from missent.judge.case import Record
from missent.judge.judgement import judge
from missent.judge.policy import Policy

FOLDER = Path(__file__).parent.parent / "cases" / "judge"


def _record(row: dict[str, Any]) -> Record:
    made = record(
        row.get("sent", 0),
        row.get("answered", 0),
        since=row.get("since", 1),
        heard=row.get("heard", 0),
    )
    return replace(made, validated=days_ago(row["validated"])) if "validated" in row else made


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.case")), ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    """Each line of the result is recipient, action, rule and suggestion."""
    table = tomllib.loads(path.read_text())
    about = message(
        table.get("subject", ""), tuple(table.get("files", ())), tuple(table.get("problems", ()))
    )
    known = {name: _record(row) for name, row in table.get("known", {}).items()}
    verdicts = judge(case(*table["to"], known=known, about=about), Policy.with_defaults())
    lines = [f'{v.recipient.wire} {v.action} "{v.rule}" {v.suggestion or "-"}' for v in verdicts]
    assert lines == path.with_suffix(".result").read_text().splitlines()
