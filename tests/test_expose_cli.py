"""The commands that expose: what they print, keep, compare and write, offline."""

from __future__ import annotations

import csv
import json
import re
import socket
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from missent.cli import app
from missent.config import load
from missent.errors import MissentError, OperatorError

PORTFOLIO = (
    "army af navy marines usmc uscg osd js pentagon dod disa dla dha dfas dtra darpa nga mda"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a state of its own, where nobody can be asked anything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("MISSENT_CONFIG", raising=False)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    """Run a command and give what it printed."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def ask(*arguments: str) -> dict[str, Any]:
    """Run a command and read its JSON."""
    answer: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return answer


def test_the_contract_of_the_answer(here: Path) -> None:
    """DESIGN §7: these keys, the best first, shares that sum to 1 for each of our names."""
    answer = ask("expose", "army.mil", "mod.gov.uk")
    shares: defaultdict[str, float] = defaultdict(float)
    for row in answer["lookalikes"]:
        assert list(row)[:7] == [
            "domain",
            "of",
            "slip",
            "suffix",
            "country",
            "open",
            "expected_share",
        ]
        assert row["open"] in (True, None)
        shares[row["of"]] += row["expected_share"]
    assert shares == {"army.mil": pytest.approx(1), "mod.gov.uk": pytest.approx(1)}
    first = next(row for row in answer["lookalikes"] if row["of"] == "army.mil")
    assert (first["domain"], first["country"], first["open"]) == ("army.ml", "Mali", True)
    assert first["slip"] == "drops the i of .mil"
    assert list(answer["rules"][0])[:3] == ["match", "covers", "controller"]


def test_a_portfolio_folds_to_a_handful_of_rules(here: Path) -> None:
    """A file of .mil names: five rules at most, and Mali's registry is the first."""
    (here / "mil.txt").write_text("".join(f"{name}.mil\n" for name in PORTFOLIO.split()))
    answer = ask("expose", "mil.txt")
    assert len(answer["names"]) == len(PORTFOLIO.split())
    assert 1 < len(answer["rules"]) <= 5
    assert answer["rules"][0]["match"] == ".ml"
    assert "Mali" in answer["rules"][0]["controller"]
    assert answer["remainder"]["share"] <= 0.05
    heads = [row["domain"] for row in answer["lookalikes"][: len(PORTFOLIO.split())]]
    assert all(name.endswith(".ml") for name in heads)


def test_closed_registries_are_told_from_open_ones(here: Path) -> None:
    """Names under a closed registry are left out and counted; on demand they are listed with nothing."""
    left_out = ask("expose", "army.mil")
    listed = ask("expose", "army.mil", "--closed", "--limit", "5000")
    shut = [row for row in listed["lookalikes"] if row["open"] is False]
    assert left_out["closed"] == len(shut) > 100
    assert {row["expected"]["high"] for row in shut} == {0.0}
    assert "army.il" in {row["domain"] for row in shut}


def test_people_read_a_sentence_rules_and_names(here: Path) -> None:
    """The terminal shows the total with its interval and source, then rules, then the worst names."""
    (here / "ours.csv").write_text("domain,messages a year\narmy.mil,3000000\n")
    text = run("expose", "ours.csv")
    assert "messages a year are expected to go to" in text
    assert "published cases" in text
    assert text.index("Mali, registry of .ml") < text.index("drops the i of .mil")
    assert "under closed registries are left out" in text


def test_volumes_of_the_operator_scale_the_estimate(here: Path) -> None:
    """Twice the mail, twice the expected loss; the shares stay."""
    found = {}
    for volume in (1000, 2000):
        (here / "p.csv").write_text(f"army.mil,{volume}\n")
        found[volume] = ask("expose", "p.csv")["lookalikes"][0]
    assert found[2000]["expected"]["mid"] == pytest.approx(2 * found[1000]["expected"]["mid"])
    assert found[2000]["expected_share"] == found[1000]["expected_share"]
    assert found[2000]["factors"]["volume"]["source"] == "operator"


def test_a_year_is_not_added_to_a_million(here: Path) -> None:
    """A name without a number beside others that have one is told: their figures have no one unit."""
    (here / "p.csv").write_text("army.mil,1000\nnavy.mil\n")
    result = CliRunner().invoke(app, ["expose", "p.csv"])
    assert "navy.mil: no messages a year" in str(result.exception)


def _log(path: Path) -> None:
    lines = []
    for number in range(400):
        queue, sent = f"{number:010X}", f"r{number % 80}@army.mil"
        lines += _lines(queue, f"s{number % 20}@contractor.example", sent, "sent", "2.0.0")
    for number in range(4):
        queue = f"F{number:09X}"
        lines += _lines(
            queue, f"s{number}@contractor.example", f"r{number}@army.mill.test", "sent", "2.0.0"
        )
        lines += _lines(
            f"E{number:09X}",
            f"s{number}@contractor.example",
            f"r{number}@armymil.com",
            "bounced",
            "5.4.4",
        )
    path.write_text("\n".join(lines) + "\n")


def _lines(queue: str, sender: str, recipient: str, status: str, dsn: str) -> list[str]:
    head = "2026-03-02T10:00:00.000000+00:00 mx postfix"
    delays, fate = "delay=1, delays=0/0/0/1", f"dsn={dsn}, status={status}"
    relay = "none" if status == "bounced" else "mx.example[192.0.2.7]:25"
    return [
        f"{head}/cleanup[1]: {queue}: message-id=<{queue}@contractor.example>",
        f"{head}/qmgr[1]: {queue}: from=<{sender}>, size=900, nrcpt=1 (queue active)",
        f"{head}/smtp[1]: {queue}: to=<{recipient}>, relay={relay}, {delays}, {fate} (x)",
        f"{head}/qmgr[1]: {queue}: removed",
    ]


def test_our_own_log_calibrates(here: Path) -> None:
    """Volume and typed share come from the log, its bounces are the slips that were counted."""
    _log(here / "mail.log")
    answer = ask("expose", "army.mil", "--log", "mail.log")
    factors = answer["lookalikes"][0]["factors"]
    assert factors["volume"]["source"] == "log"
    assert factors["hand_typed"]["source"] == "log"
    assert answer["calibration"]["messages"] == 400
    assert answer["calibration"]["bounces"] == 4
    glued = next(row for row in answer["lookalikes"] if row["domain"] == "armymil.com")
    plain = next(
        row for row in ask("expose", "army.mil")["lookalikes"] if row["domain"] == "armymil.com"
    )
    assert glued["factors"]["slip"]["mid"] > plain["factors"]["slip"]["mid"]
    assert "4 slips bounced among" in run("expose", "army.mil", "--log", "mail.log")


def test_runs_are_kept_and_compared(here: Path) -> None:
    """Equal runs differ in nothing; a run of other names has nothing to be compared with."""
    run("expose", "army.mil")
    run("expose", "navy.mil")
    again = run("expose", "army.mil", "--limit", "20")
    assert "since the run of" in again
    changes = ask("lookalike", "diff")
    assert len(changes["gone"]) > 5
    assert changes["new"] == []
    assert "In the list no longer: " in run("lookalike", "diff")
    run("expose", "army.mil", "--limit", "20")
    assert "nothing" in run("lookalike", "diff")
    shown = ask("lookalike", "show")
    assert len(shown["runs"]) == 4
    run("expose", "army.mil", "--no-keep")
    assert len(ask("lookalike", "show")["runs"]) == 4


def test_decisions_outlive_runs_and_shape_the_exports(here: Path) -> None:
    """A name found legitimate is in no export of the next run; the decision is audited."""
    run("expose", "army.mil", "--out", "first")
    assert "armymil.com" in (here / "first/postfix.map").read_text()
    run("lookalike", "review", "armymil.com", "legitimate", "--note", "the band's own site")
    run("expose", "army.mil", "--out", "second")
    for name in ("postfix.map", "rpz.zone"):
        assert "armymil.com" not in (here / "second" / name).read_text()
    reviews = ask("lookalike", "show")["reviews"]
    assert [(one["domain"], one["state"]) for one in reviews] == [("armymil.com", "legitimate")]
    kinds = [json.loads(line)["kind"] for line in _trail(here)]
    assert kinds == ["exposure.run", "exposure.reviewed", "exposure.run"]


def _trail(here: Path) -> list[str]:
    config = here / "trail.toml"
    config.write_text(
        '[organisation]\ndomains = ["army.mil"]\n'
        f'[store]\nurl = "sqlite:///{here}/state/missent/missent.db"\n'
        f'key_file = "{here}/state/missent/missent.key"\n'
    )
    return run("audit", "export", "--config", str(config)).splitlines()


def test_every_file_is_written_and_the_policy_loads(here: Path) -> None:
    """Seven files; the policy is a configuration, the table has a row for each look-alike."""
    answer = ask("expose", "army.mil", "--out", "out", "--budget", "3")
    names = sorted(path.name for path in (here / "out").iterdir())
    assert names == [
        "lookalikes.csv",
        "lookalikes.json",
        "plan.txt",
        "policy.toml",
        "postfix.map",
        "postfix.regexp",
        "rpz.zone",
    ]
    assert load(here / "out/policy.toml").policy
    with (here / "out/lookalikes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(answer["lookalikes"])
    plan = json.loads((here / "out/lookalikes.json").read_text())["plan"]
    bought = [step for step in plan["steps"] if step["action"] == "register"]
    assert len(bought) == 3
    assert "army.ml" in (here / "out/plan.txt").read_text()


def test_our_own_name_is_never_stopped_as_a_partners_look_alike(here: Path) -> None:
    """Who is army.com, and looks at army.mil for those who write there, must not block himself."""
    (here / "missent.toml").write_text('[organisation]\ndomains = ["mail.army.com"]\n')
    run("expose", "army.mil", "--out", "out", "--budget", "30")
    for name in ("policy.toml", "postfix.map", "rpz.zone"):
        told = (here / "out" / name).read_text()
        assert "armymil.com" in told
        assert not re.search(r"(?m)(^|[ \".])army\.com\b", told), name
    plan = (here / "out" / "plan.txt").read_text()
    assert re.search(r"army\.com .*one of our own names", plan)


def test_countries_have_the_operators_own_weights(here: Path) -> None:
    """Shipped empty; a word of the operator's changes the order, never the estimate."""
    (here / "j.toml").write_text('[countries]\nMali = "ally"\n[weights]\nally = 0.001\n')
    plain = ask("expose", "army.mil")["lookalikes"]
    weighed = ask("expose", "army.mil", "--jurisdictions", "j.toml")["lookalikes"]
    assert plain[0]["jurisdiction"] == ""
    assert weighed[0]["domain"] != "army.ml"
    mali = next(row for row in weighed if row["domain"] == "army.ml")
    assert mali["expected"] == plain[0]["expected"]
    assert mali["jurisdiction"] == "ally"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mil"], "top-level"),
        (["[192.0.2.1]"], "expected"),
        (["no such file.csv"], "no such file"),
        (["army.mil", "--limit", "0"], "limit"),
        (["army.mil", "--log", "missing.log"], "missing.log"),
        (["army.mil", "--jurisdictions", "missing.toml"], "missing.toml"),
    ],
)
def test_wrong_use_is_told(here: Path, arguments: list[str], says: str) -> None:
    """What is no domain and no file, a limit of nothing, a file that is not there: exit 2, and why."""
    result = CliRunner().invoke(app, ["expose", *arguments])
    told = result.output + str(result.exception or "")
    assert says in told
    assert result.exit_code == 2 or "Error" in type(result.exception).__name__


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a" * 300 + ".example", "no file"),
        ("missing.csv", "no such file"),
        ("192.0.2.1", "address"),
        ("\x1b[31mred.example", "\\x1b"),
        ("x\0y", "no file"),
    ],
)
def test_odd_names_are_told_and_never_end_in_a_trace(here: Path, name: str, says: str) -> None:
    """A name that no file could have, a list that is not there, an address, control characters."""
    result = CliRunner().invoke(app, ["expose", name])
    assert result.exit_code == 2 or isinstance(result.exception, MissentError)
    told = " ".join((result.output + str(result.exception or "")).split())
    assert says in told
    assert "\x1b" not in told


def test_a_last_dot_is_no_fault(here: Path) -> None:
    """As a zone file writes it."""
    assert ask("expose", "army.mil.")["names"] == ["army.mil"]


def test_two_portfolios_that_differ_are_told(here: Path) -> None:
    """Which of two figures is right is not guessed."""
    (here / "one.csv").write_text("army.mil,5\nnavy.mil,7\n")
    (here / "two.csv").write_text("army.mil,6\n")
    result = CliRunner().invoke(app, ["expose", "one.csv", "two.csv"])
    assert "army.mil: two files differ" in str(result.exception)


@pytest.mark.parametrize("name", ["ml", "co.uk", "[192.0.2.1]"])
def test_a_whole_registry_is_not_decided_about(here: Path, name: str) -> None:
    """A decision counts for a name that somebody can hold: for a suffix it would do nothing, silently."""
    result = CliRunner().invoke(app, ["lookalike", "review", name, "legitimate"])
    assert result.exit_code == 2
    assert "nobody's own name" in " ".join(result.output.split())


def test_a_store_that_cannot_be_made_is_told(here: Path) -> None:
    """A folder that cannot be: one line, no trace."""
    (here / "missent.toml").write_text('[store]\nurl = "sqlite:////proc/nowhere/m.db"\n')
    result = CliRunner().invoke(app, ["expose", "army.mil"])
    assert isinstance(result.exception, OperatorError)


def test_a_resolver_that_does_not_answer_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else "not asked" beside every name looks as if all went well."""

    def silent(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(socket.socket, "sendto", silent)
    (here / "missent.toml").write_text('[look_up]\nresolvers = ["127.0.0.1"]\nper_second = 1000\n')
    result = CliRunner().invoke(app, ["expose", "army.mil", "--look-up", "--limit", "3"])
    assert result.exit_code == 0
    assert "of 3 names asked about, nobody answered for 3" in result.stderr


def test_nothing_can_be_shown_before_a_run(here: Path) -> None:
    """It says which command makes one."""
    result = CliRunner().invoke(app, ["lookalike", "show"])
    assert "missent expose" in str(result.exception)
