"""The report of an evaluation: every figure, no address, the same bytes each time."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from missent.engine import report
from missent.errors import OperatorError
from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.domain import DomainName
from missent.service.evaluation.calibration import Calibration
from missent.service.evaluation.evaluation import Evaluation, Setting, Slips
from missent.service.evaluation.typos import Window
from missent.service.evaluation.wrong_person import WrongPerson

OURS = DomainName.parse("contractor.example")
SETTING = Setting(
    Organisation("Contractor", (OURS,)),
    Policy.with_defaults(
        [{"name": "no navy.mil", "when": {"recipient_domain": "navy.mil"}, "action": "hold"}]
    ),
)
PLOTS = ("cold-start.svg", "recall.svg", "reliability.svg", "wrong-person.svg")


def _window(since: int, messages: int, caught: int, false: int) -> Window:
    return Window(
        since,
        messages=messages,
        outside=messages // 2,
        holds=caught + false,
        false_holds=false,
        warnings=3 * caught,
        first_uses=10,
        reachable=9,
        caught=caught,
        warned=1,
        right=caught,
    )


def measured() -> Evaluation:
    """Give an evaluation as of an archive of a year."""
    calibration = Calibration()
    for probability, forecasts, mistakes in (
        (0.001, 40_000, 4),
        (0.02, 400, 0),
        (0.2, 50, 9),
        (0.6, 20, 11),
        (0.97, 60, 57),
    ):
        for number in range(forecasts):
            calibration.see(probability, mistake=number < mistakes)
    budgets = (0.001, 0.005, 0.01, 0.05)
    recall = dict(zip(budgets, (0.21, 0.42, 0.55, 0.8), strict=True))
    unseen = dict(zip(budgets, (0.12, 0.3, 0.41, 0.66), strict=True))
    windows = (
        _window(0, 50, 2, 0),
        _window(50, 450, 5, 1),
        _window(500, 4_500, 7, 2),
        _window(5_000, 35_000, 9, 12),
    )
    total = Window(0)
    for window in windows:
        total.add(window)
    return Evaluation(
        letters=60_000,
        first=datetime(2025, 1, 1, tzinfo=UTC),
        last=datetime(2025, 12, 31, tzinfo=UTC),
        history=1_000,
        typos=total,
        windows=windows,
        rules={"suffix slip": 11, "probable slip": 24, "no navy.mil": 3},
        labelled=40,
        slips=Slips(900, 0.8, 0.9, 0.05, 0.98, {"deletion": 0.85, "suffix": 0.9}),
        calibration=calibration,
        peers={
            "one edit, target seen 5 times": _window(0, 40_000, 8, 30),
            "one edit, target seen once": _window(0, 40_000, 9, 220),
            "nearest known name": _window(0, 40_000, 9, 900),
            "mailcheck 1.1.1": _window(0, 40_000, 3, 500),
        },
        persons=WrongPerson(
            acc_at_1=0.88,
            recall=recall,
            recall_unseen=unseen,
            kinds={"added": recall, "added_unseen": unseen},
            baselines={"random": 0.4, "frequency": 0.5, "terms": 0.6},
            users=20,
            messages=2_400,
            clean_messages=12_000,
            leaky_messages=1_200,
        ),
        seeds=(1, 2, 3, 4, 5),
    )


def test_page_and_plots_are_the_same_each_time(tmp_path: Path) -> None:
    """No date, no random id: a changed file is a changed figure."""
    written = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        report.write_report(folder / "page.md", measured(), SETTING)
        written.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.*")})
    assert written[0] == written[1]
    assert {path.name for path in written[0]} == {"page.md", *PLOTS}


def test_the_page_names_nobody(tmp_path: Path) -> None:
    """No address, no domain of the archive, no name of an operator's rule."""
    report.write_report(tmp_path / "page.md", measured(), SETTING)
    texts = [path.read_text() for path in tmp_path.rglob("*.*")]
    assert not any("contractor" in text.lower() or "navy" in text for text in texts)
    assert not any(re.search(r"@[a-z]", text) for text in texts)


def test_the_page_has_targets_beside_figures(tmp_path: Path) -> None:
    """What was wanted stands beside what was got, and what is not known has a section."""
    report.write_report(tmp_path / "page.md", measured(), SETTING)
    page = (tmp_path / "page.md").read_text()
    assert "| false holds per 1,000 outgoing messages | at most 0.5 | 0.38 |" in page
    assert "| wrong person ranked worst (acc@1) | at least 85.0 % | 88.0 % |" in page
    assert "| period | 2025-01-01 to 2025-12-31 |" in page
    assert "| rules of the operator's own | 3 |" in page
    assert "## What this does not tell" in page
    for plot in PLOTS:
        assert f"](page/{plot})" in page
    assert all(len(line) <= 120 for line in page.splitlines() if not line.startswith(("|", "!")))


def test_a_peer_that_holds_everything_is_not_the_one_to_beat(tmp_path: Path) -> None:
    """Beside ours stands the best of those that are no more annoying; here there is none."""
    report.write_report(tmp_path / "page.md", measured(), SETTING)
    assert "| the best peer with no more false holds |  | - |" in (tmp_path / "page.md").read_text()


def test_plots_are_svg_on_a_card_of_their_own(tmp_path: Path) -> None:
    """A dark page must not swallow black letters; nothing is fetched, no date is kept."""
    report.write_report(tmp_path / "page.md", measured(), SETTING)
    for name in PLOTS:
        text = (tmp_path / "page" / name).read_text()
        ElementTree.fromstring(text)
        assert "#fbfbf9" in text
        assert "dc:date" not in text
        assert 'href="http' not in text.replace('xlink:href="#', "")


def test_what_was_not_measured_is_not_drawn(tmp_path: Path) -> None:
    """Without labels and persons two plots are missing, and one of an earlier run is taken away."""
    report.write_report(tmp_path / "page.md", measured(), SETTING)
    whole = measured()
    typos = replace(whole.typos, first_uses=0, caught=0)
    bare = replace(whole, labelled=0, typos=typos, persons=WrongPerson(), peers={})
    report.write_report(tmp_path / "page.md", bare, SETTING)
    left = {path.name for path in (tmp_path / "page").iterdir()}
    assert left == {"cold-start.svg", "reliability.svg"}
    page = (tmp_path / "page.md").read_text()
    assert "recall.svg" not in page
    assert "Nobody labelled mistakes" in page
    assert "Not measured." in page


def test_an_empty_archive_has_a_page_all_the_same(tmp_path: Path) -> None:
    """No figure is no reason to fail."""
    empty = Evaluation(
        letters=0,
        first=None,
        last=None,
        history=0,
        typos=Window(0),
        windows=(Window(0),),
        rules={},
        labelled=0,
        slips=Slips(0, None, None, None, None, {}),
        calibration=Calibration(),
        peers={},
        persons=WrongPerson(),
        seeds=(1,),
    )
    report.write_report(tmp_path / "page.md", empty, SETTING)
    assert "| period | nothing |" in (tmp_path / "page.md").read_text()


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is measured."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(OperatorError, match=r"pip install 'missent\[evaluate\]'"):
        report.check(tmp_path / "page.md")


def test_a_page_that_cannot_be_written_is_told_before(tmp_path: Path) -> None:
    """An hour's replay must not end in a missing folder."""
    with pytest.raises(OperatorError, match="no such directory"):
        report.check(tmp_path / "nowhere" / "page.md")
