"""`missent evaluate` and `missent tune`, from an archive on disk to what is printed."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from missent.cli import app
from missent.config import load
from missent.errors import ArchiveError, ConfigError, MissentError, OperatorError

OURS = "contractor.example"
PARTNER, TYPED = "harbourlights.example", "harbourlight.example"
START = datetime(2025, 1, 6, 9, tzinfo=UTC)
COMMANDS = ("evaluate", "tune")
PEOPLE = ("ann", "bob", "cleo", "dan")


def _mail(number: int, sender: str, to: str, answers: str | None = None) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = f"Berth plan {number}"
    message["Date"] = format_datetime(START + timedelta(hours=3 * number))
    message["Message-ID"] = f"<{number}@{sender.partition('@')[2]}>"
    if answers is not None:
        message["In-Reply-To"] = answers
    message.set_content("The ferry berths at nine; please confirm the plan.\n")
    return b"From MAILER Thu Jan  1 00:00:00 1970\n" + message.as_bytes() + b"\n"


def _letters(first: int, last: int) -> Iterator[bytes]:
    for number in range(first, last):
        us, them = f"{PEOPLE[number % 4]}@{OURS}", f"joe@{PARTNER}"
        if number % 5 == 4:
            yield _mail(number, them, us, f"<{number - 1}@{OURS}>")
        elif number in {60, 91}:
            yield _mail(number, us, f"joe@{TYPED}")
        else:
            yield _mail(number, us, them)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a history, an archive and its labels."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "earlier.mbox").write_bytes(b"".join(_letters(0, 40)))
    (folder / "mail.mbox").write_bytes(b"".join(_letters(40, 140)))
    (folder / "typos.csv").write_text(f"typed,meant,note\n{TYPED},{PARTNER},seen\nx y,{PARTNER},\n")
    return folder


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of this machine is read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MISSENT_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def _run(folder: Path, command: str, *words: str) -> Result:
    archive = [str(folder / "mail.mbox"), "--history", str(folder / "earlier.mbox")]
    labels = ["--labels", str(folder / "typos.csv"), "--ours", OURS]
    return CliRunner().invoke(app, [command, *archive, *labels, *words])


def _plain(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    plain: dict[str, Any] = json.loads(result.stdout)
    return plain


def test_the_json_of_evaluate_is_the_contract(folder: Path) -> None:
    """Keys and kinds of DESIGN §7, whatever else there is."""
    plain = _plain(_run(folder, "evaluate", "--json"))
    assert plain["messages"] == 80
    typos = plain["typos"]
    assert {
        "first_uses",
        "recall",
        "ceiling",
        "holds_per_1000",
        "false_holds_per_1000",
        "warnings_per_1000",
        "suggestion_top1",
    } <= set(typos)
    assert typos["first_uses"] == 1
    assert typos["recall"] == typos["ceiling"] == typos["suggestion_top1"] == 1.0
    assert typos["holds_per_1000"] == pytest.approx(1_000 * 2 / 80)
    assert typos["false_holds_per_1000"] == 0
    persons = plain["wrong_person"]
    assert "acc_at_1" in persons
    assert set(persons["recall"]) == {"0.001", "0.005", "0.01", "0.05"}
    assert set(persons["recall_unseen"]) == set(persons["recall"])
    assert plain["calibration"]["forecasts"] == 80
    assert plain["peers"]["one edit, target seen 5 times"]["recall"] == 1.0


def test_evaluate_for_people_is_a_table(folder: Path) -> None:
    """Ours and the peers beside each other, and what was left out on standard error."""
    result = _run(folder, "evaluate", "--no-persons")
    assert result.exit_code == 0
    assert "80 outgoing messages (80 with a recipient outside) of 100" in result.stdout
    assert "mailcheck 1.1.1" in result.stdout
    assert "1 of 1 first uses held" in result.stdout


def test_evaluate_writes_a_report(folder: Path, tmp_path: Path) -> None:
    """The page and its plots, and nothing of the archive's names in them."""
    page = tmp_path / "page.md"
    _plain(_run(folder, "evaluate", "--no-persons", "--json", "--report", str(page)))
    assert "| outgoing messages, judged | 80 |" in page.read_text()
    assert (tmp_path / "page" / "recall.svg").exists()
    written = [path.read_text() for path in tmp_path.rglob("*.*") if path.is_file()]
    assert not any(name in text for text in written for name in (OURS, PARTNER, TYPED, "mail.mbox"))


def test_without_labels_injected_slips_are_the_measure(folder: Path) -> None:
    """Every hold counts as false, and recall is that of the slips."""
    archive = [str(folder / "mail.mbox"), "--ours", OURS, "--no-persons", "--json"]
    plain = _plain(CliRunner().invoke(app, ["evaluate", *archive]))
    assert plain["typos"]["labelled"] == 0
    assert plain["typos"]["recall"] == plain["typos"]["injected"]["recall"]


def test_the_installation_learns_nothing(folder: Path, tmp_path: Path) -> None:
    """A replay lives in memory; no database is made."""
    _run(folder, "evaluate", "--no-persons", "--json")
    assert not list(tmp_path.rglob("*.db"))


def test_tune_prints_a_policy_that_loads(folder: Path, tmp_path: Path) -> None:
    """The fragment is TOML with the figures as comments, and `config` takes it as it is."""
    result = _run(folder, "tune")
    assert result.exit_code == 0, result.output
    path = tmp_path / "missent.toml"
    path.write_text(f'[organisation]\ndomains = ["{OURS}"]\n{result.stdout}')
    names = [rule.name for rule in load(path).rules().rules]
    assert names[:3] == ["suffix slip", "unreadable", "secret marking"]
    assert "# false holds per 1,000" in result.stdout
    assert "# The archive is too small" in result.stdout
    assert tomllib.loads(result.stdout)["judge"]["prior"] == pytest.approx(0.0012)


def test_the_json_of_tune(folder: Path) -> None:
    """The same, for programs."""
    plain = _plain(_run(folder, "tune", "--json", "--false-holds", "0.02"))
    assert plain["kept"] is True
    assert plain["target"]["false_holds_per_1000"] == 20
    assert plain["after"]["recall"] == 1.0
    assert set(plain["thresholds"]["probable slip"]) == {"before", "after"}


def test_a_budget_that_pinned_rules_exceed_is_an_exit_of_1(folder: Path, tmp_path: Path) -> None:
    """Something was found that the operator must decide about."""
    config = tmp_path / "pinned.toml"
    config.write_text(
        f'[organisation]\ndomains = ["{OURS}"]\n[[policy]]\nname = "partner"\n'
        f'when = {{ recipient_domain = "{PARTNER}" }}\naction = "hold"\npinned = true\n'
    )
    result = _run(folder, "tune", "--config", str(config))
    assert result.exit_code == 1
    assert "NOT KEPT" in result.stdout
    assert "were left alone" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_whose_mail_it_is_must_be_said(folder: Path, command: str) -> None:
    """Without --ours and configuration nobody knows what is outgoing."""
    result = CliRunner().invoke(app, [command, str(folder / "mail.mbox")])
    assert isinstance(result.exception, ConfigError)
    assert "--ours" in str(result.exception)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("wrong,right\na.example,b.example\n", "columns typed,meant"),
        ("typed,meant\na.example,not a name\n", "line 2, column meant"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(
    folder: Path, tmp_path: Path, command: str, text: str, complaint: str
) -> None:
    """The line and the column are named."""
    labels = tmp_path / "labels.csv"
    labels.write_text(text)
    words = [command, str(folder / "mail.mbox"), "--ours", OURS, "--labels", str(labels)]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, ArchiveError)
    assert complaint in str(result.exception)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_log_is_no_archive(tmp_path: Path, command: str) -> None:
    """A log has no messages to judge."""
    log = tmp_path / "mail.log"
    log.write_text(
        "Jan  6 09:00:00 mx postfix/qmgr[9]: 4Y1: from=<ann@contractor.example>, size=9, nrcpt=1\n"
        "Jan  6 09:00:01 mx postfix/smtp[9]: 4Y1: to=<joe@harbourlights.example>, relay=x[192.0.2.1]:25,"
        " delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
    )
    result = CliRunner().invoke(app, [command, str(log), "--ours", OURS])
    assert isinstance(result.exception, ArchiveError)
    assert "expected an archive of mail" in str(result.exception)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_archive_that_is_not_there(tmp_path: Path, command: str) -> None:
    """It is named."""
    result = CliRunner().invoke(app, [command, str(tmp_path / "gone.mbox"), "--ours", OURS])
    assert isinstance(result.exception, MissentError)
    assert "gone.mbox" in str(result.exception)


def test_a_report_that_cannot_be_written_is_told_at_once(folder: Path, tmp_path: Path) -> None:
    """Before the replay."""
    result = _run(folder, "evaluate", "--report", str(tmp_path / "nowhere" / "page.md"))
    assert isinstance(result.exception, OperatorError)


def test_as_a_program(folder: Path, tmp_path: Path) -> None:
    """Answers on standard output, everything else on standard error; 2 is wrong use."""
    missent = [sys.executable, "-m", "missent.cli", "evaluate", str(folder / "mail.mbox")]
    done = subprocess.run(
        [*missent, "--ours", OURS, "--no-persons", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["messages"] == 80
    wrong = subprocess.run(
        missent, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    assert wrong.returncode == 2
    assert wrong.stdout == ""
    assert wrong.stderr.startswith("missent: whose mail is it?")
    assert "Traceback" not in wrong.stderr
