"""The options of `missent investigate`: whose domains, which wrong ones, since when, and whose clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.inquest import (
    ANN,
    BOB,
    MARY,
    WRONG,
    answered,
    configured,
    investigate,
    report,
    rows,
    run,
    story,
)
from tests.tellings import Sent, day, postfix, tell


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write the story as one log."""
    return story(tmp_path / "logs")


@pytest.mark.parametrize("ours", [(), ("contractor.example",), ("army.mil",)])
def test_whose_domains_they_are_need_not_be_said(
    tmp_path: Path, source: Path, ours: tuple[str, ...]
) -> None:
    """The sender's organisation, the one that was meant, or nobody in particular: the same messages."""
    ran = investigate(source, *(w for name in ours for w in ("--ours", name)), cwd=tmp_path)
    plain = report(tmp_path / "out")
    assert (ran.code, plain["misdirected"], plain["ours"]) == (1, 2, list(ours))
    assert [row["meant"] for row in rows(tmp_path / "out")] == [MARY, MARY]


def test_the_owner_of_the_right_name_needs_no_history(tmp_path: Path) -> None:
    """A name nobody wrote to in these sources is meant, if its owner says that it is theirs."""
    slip = Sent("s", ANN, "kim@riverbnk.example", day(1))
    tell(tmp_path, "exim", [*answered("right", 0), slip])
    assert investigate(tmp_path / "exim", cwd=tmp_path).code == 0
    ran = investigate(tmp_path / "exim", "--ours", "riverbank.example", cwd=tmp_path)
    [wrong] = report(tmp_path / "out")["destinations"]
    assert (ran.code, wrong["domain"], wrong["intended"]) == (
        1,
        "riverbnk.example",
        "riverbank.example",
    )


@pytest.mark.parametrize("wrong", ["army.ml", "ARMY.ML", "@army.ml", ".ml"])
def test_a_wrong_domain_is_counted_because_it_is_named(tmp_path: Path, wrong: str) -> None:
    """Everything at and below it, and nothing else, whatever the judge would have said."""
    slips = [
        Sent("a", ANN, WRONG, day(1)),
        Sent("b", BOB, "kim@us.army.ml", day(2)),
        Sent("c", BOB, "pat@gamil.com", day(3)),
        Sent("d", WRONG, ANN, day(4)),
    ]
    ran = investigate(story(tmp_path / "logs", "sendmail", slips), "--to", wrong, cwd=tmp_path)
    plain = report(tmp_path / "out")
    assert (ran.code, plain["misdirected"], plain["messages"]) == (1, 2, 12)
    assert {row["recipient"] for row in rows(tmp_path / "out")} == {WRONG, "kim@us.army.ml"}
    assert any("named it as wrong" in text for text in plain["method"])


def test_since_leaves_out_what_was_before(tmp_path: Path, source: Path) -> None:
    """Counted from that moment on; what was earlier is evidence still."""
    ran = investigate(source, "--since", "2025-03-05", cwd=tmp_path)
    plain = report(tmp_path / "out")
    assert (ran.code, plain["misdirected"], plain["first"]) == (1, 1, "2025-03-05T10:00:00Z")
    assert "44" not in plain["destinations"][0]["because"]
    assert investigate(source, "--since", "2025-03-05T11:00:00+00:00", cwd=tmp_path).code == 0
    assert investigate(source, "--since", "2025-03-05T11:30:00+02:00", cwd=tmp_path).code == 1


@pytest.mark.parametrize("said", ["option", "configuration"])
def test_time_stamps_without_an_offset_are_of_the_operators_zone(tmp_path: Path, said: str) -> None:
    """Winter and summer have their own; the option comes before the configuration."""
    slips = [Sent("w", ANN, WRONG, day(1)), Sent("s", ANN, WRONG, day(120))]
    log = tmp_path / "mail.log"
    log.write_text(postfix([*answered("right", 0), *slips], "%b %e %H:%M:%S"))
    words = ["--timezone", "Europe/Berlin"] if said == "option" else configured(tmp_path)
    investigate(log, *words, cwd=tmp_path)
    assert [row["at"] for row in rows(tmp_path / "out")] == [
        "2025-03-04T08:00:00Z",
        "2025-07-01T07:00:00Z",
    ]
    assert any("Europe/Berlin" in text for text in report(tmp_path / "out")["limits"])


def test_without_inbound_mail_the_report_says_what_that_costs(tmp_path: Path) -> None:
    """Public names still tell; that nobody is known to have answered is a limit."""
    tell(tmp_path, "exim", [Sent("r", ANN, MARY, day(0)), Sent("s", ANN, WRONG, day(1))])
    ran = investigate(tmp_path / "exim", cwd=tmp_path)
    assert ran.code == 1
    assert any("no inbound mail" in text for text in report(tmp_path / "out")["limits"])


def test_whom_the_directory_lists_was_meant(tmp_path: Path) -> None:
    """A listed mailbox, and everything at its domain, is nobody's slip; the rest of the report stands."""
    joe = "joe@harbourlight.example"
    slips = [Sent("a", ANN, joe, day(1)), Sent("b", ANN, WRONG, day(2))]
    other = "joe@harbourlights.example"
    known = answered("light", 0, them=other)
    log = story(tmp_path / "logs", "exim", [*known, *slips])
    investigate(log, cwd=tmp_path)
    assert [row["recipient"] for row in rows(tmp_path / "out")] == [joe, WRONG]
    for listed in (joe, "kim@harbourlight.example"):
        (tmp_path / "people.csv").write_text(f"address,name\n{other},Joe\n{listed},Another\n")
        investigate(log, *configured(tmp_path, 'directory = "people.csv"\n'), cwd=tmp_path)
        assert [row["recipient"] for row in rows(tmp_path / "out")] == [WRONG]


def test_a_name_in_the_directory_is_one_that_may_be_meant(tmp_path: Path) -> None:
    """Though nobody ever wrote to it."""
    tell(tmp_path, "exim", [*answered("r", 0), Sent("s", ANN, "kim@riverbnk.example", day(1))])
    (tmp_path / "people.csv").write_text("kim@riverbank.example\n")
    words = configured(tmp_path, 'directory = "people.csv"\n')
    ran = investigate(tmp_path / "exim", *words, cwd=tmp_path)
    assert ran.code == 1
    assert [row["meant"] for row in rows(tmp_path / "out")] == ["kim@riverbank.example"]


def test_names_that_claim_each_other_are_nobodys_slip(tmp_path: Path) -> None:
    """Partners' safety files count as they do in the guard: one owner's two names are both right."""
    right, twin = "harbourlights.example", "harbourlight.example"
    joe = f"joe@{right}"
    log = story(
        tmp_path / "logs",
        "exim",
        [*answered("light", 0, them=joe), Sent("a", ANN, f"joe@{twin}", day(1))],
    )
    words = configured(tmp_path)
    assert investigate(log, *words, cwd=tmp_path).code == 1
    assert not (tmp_path / "missent.db").exists(), "an investigation makes no store"
    for mine, other in ((right, twin), (twin, right)):
        path = tmp_path / f"{mine}.json"
        path.write_text(
            f'{{"version": 0, "publisher": "{mine}", "domains": ["{mine}", "{other}"]}}'
        )
        run("policy", "import", path, "--from", mine, *words, cwd=tmp_path)
    assert investigate(log, *words, cwd=tmp_path).code == 0
