"""The command line's contract: what is printed, and what it exits with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.service.stage import MARY, TYPED, envelope, mail

from missent import cli, wiring
from missent.config import load
from missent.mail.mailbox import Mailbox

CONFIG = """
mode = "enforce"
[organisation]
name = "Contractor"
domains = ["contractor.example"]
[store]
url = "sqlite:///var/missent.db"
[proxy]
listen = "127.0.0.1:10025"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a configuration file in a directory of its own."""
    path = tmp_path / "missent.toml"
    path.write_text(CONFIG)
    return path


def _run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run one command as `missent` would; gives exit code, output and errors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["missent", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    said = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), said.out, said.err


def _hold(config: Path, message_id: str = "<one@contractor.example>") -> str:
    installation = wiring.install(load(config))
    try:
        data = mail("john@army.ml, mary@army.mil", message_id=message_id)
        decision = installation.guard.decide(
            envelope(TYPED, MARY), data, edge="test", prepared=False
        )
    finally:
        installation.close()
    assert decision.hold_id is not None
    return decision.hold_id


def test_check_says_what_enforce_would_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The founding case on an empty history: held, right suggestion, exit 1; the others delivered."""
    words = ["check", "--config", config, "--from", "ann@contractor.example", "--json"]
    to = ["john@army.ml", "someone@orange.ml", "x@gmail.com", "y@navy.mil"]
    code, out, _ = _run(capsys, *words, *(word for box in to for word in ("--to", box)))
    verdicts = json.loads(out)["verdicts"]
    assert code == 1
    assert [v["action"] for v in verdicts] == ["hold", "deliver", "deliver", "deliver"]
    assert [v["recipient"] for v in verdicts] == to
    assert verdicts[0]["suggestion"] == "john@army.mil"
    assert verdicts[1]["suggestion"] is None
    wanted = {
        "recipient",
        "action",
        "misdirection",
        "sensitivity",
        "suggestion",
        "rule",
        "findings",
    }
    assert wanted <= set(verdicts[0])
    assert {"signal", "about", "weight", "because", "suggestion"} <= set(verdicts[0]["findings"][0])


def test_check_without_doubt_exits_0(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found, exit 0, one calm line."""
    words = [
        "check",
        "--config",
        config,
        "--from",
        "ann@contractor.example",
        "--to",
        "mary@army.mil",
    ]
    code, out, _ = _run(capsys, *words)
    assert code == 0
    assert out.startswith("deliver  mary@army.mil")


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--from", "ann", "--to", "mary@army.mil"],
        ["check", "--from", "ann@contractor.example", "--to", "a%b@army.mil"],
        ["hold", "show", "nothing"],
        ["nonsense"],
        ["mode", "loud"],
        ["mode", "enforce", "--rule", "no such rule"],
        ["learn", "/nonexistent/archive"],
    ],
)
def test_wrong_use_exits_2_and_says_why(
    config: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str]
) -> None:
    """Exit 2 with a sentence on standard error, never a traceback."""
    options = [] if words[0] == "nonsense" else ["--config", str(config)]
    code, out, err = _run(capsys, *words, *options)
    assert code == 2
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err


def test_a_broken_configuration_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The fault is told with file and line."""
    path = tmp_path / "missent.toml"
    path.write_text('mode = "loud"\n')
    code, _, err = _run(capsys, "config", "check", "--config", path)
    assert code == 2
    assert f"{path}:1: mode" in err


def test_a_hold_is_listed_shown_and_decided(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """list, show with the page's url, correct; each as the contract says."""
    hold_id = _hold(config)
    code, out, _ = _run(capsys, "hold", "list", "--json", "--config", config)
    [hold] = json.loads(out)["holds"]
    assert code == 0
    assert hold["hold_id"] == hold_id
    [recipient] = hold["recipients"]
    assert (recipient["mailbox"], recipient["state"]) == ("john@army.ml", "held")
    assert recipient["corrected_to"] is None
    assert recipient["verdict"]["suggestion"] == "john@army.mil"
    _, out, _ = _run(capsys, "hold", "show", hold_id, "--json", "--config", config)
    assert json.loads(out)["url"].startswith("http://127.0.0.1:8025/h/")
    code, out, _ = _run(
        capsys,
        "hold",
        "correct",
        hold_id,
        "john@army.ml",
        "john@army.mil",
        "--json",
        "--config",
        config,
    )
    assert code == 0
    assert json.loads(out)["recipients"][0]["state"] == "corrected"
    code, _, err = _run(capsys, "hold", "cancel", hold_id, "john@army.ml", "--config", config)
    assert code == 1
    assert "cannot cancel" in err


def test_a_doubtful_correction_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A correction that is a slip itself is asked about before it is done."""
    hold_id = _hold(config)
    words = ["hold", "correct", hold_id, "john@army.ml", "john@navy.ml", "--config", config]
    code, _, err = _run(capsys, *words)
    assert code == 1
    assert "navy.ml looks like navy.mil" in err


def test_the_mode_is_switched_and_audited(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`missent mode` outlives the process and is in the trail."""
    code, _, _ = _run(capsys, "mode", "observe", "--config", config)
    assert code == 0
    _, out, _ = _run(capsys, "audit", "export", "--config", config)
    events = [json.loads(line) for line in out.splitlines()]
    assert events[-1]["kind"] == "mode.changed"
    assert events[-1]["detail"] == {"mode": "observe"}


def test_a_changed_trail_is_noticed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`audit verify` exits 1 when one event was edited."""
    _hold(config)
    code, _, _ = _run(capsys, "audit", "verify", "--config", config)
    assert code == 0
    database = sqlite3.connect(config.parent / "var/missent.db")
    tables = [
        row[0]
        for row in database.execute("select name from sqlite_master where name like '%audit%'")
    ]
    with database:
        database.execute(f"update {tables[0]} set actor = 'nobody' where kind = 'hold.placed'")
    database.close()
    code, out, _ = _run(capsys, "audit", "verify", "--config", config)
    assert code == 1
    assert "BROKEN" in out


def test_learning_makes_an_intended_name(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After learning an archive, a slip of a name only we know is held; learning again adds nothing."""
    archive = tmp_path / "sent.mbox"
    letters = [
        mail("kim@riverbank.example", message_id=f"<{n}@contractor.example>") for n in range(5)
    ]
    text = b"".join(
        b"From ann Mon Mar  2 09:00:00 2026\n" + one.replace(b"\r\n", b"\n") + b"\n"
        for one in letters
    )
    archive.write_bytes(text)
    code, out, _ = _run(capsys, "learn", archive, "--config", config, "--json")
    [report] = json.loads(out)["sources"]
    assert code == 0
    assert (report["outgoing"], report["learned"]) == (5, 5)
    _, out, _ = _run(capsys, "learn", archive, "--config", config, "--json")
    assert json.loads(out)["sources"][0]["learned"] == 0
    words = ["check", "--config", config, "--from", "ann@contractor.example", "--json", "--to"]
    _, out, _ = _run(capsys, *words, "kim@riverbnk.example")
    verdict: dict[str, Any] = json.loads(out)["verdicts"][0]
    assert verdict["suggestion"] == "kim@riverbank.example"


def test_an_api_key_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The secret goes to standard error, the lines for the file to standard output."""
    code, out, err = _run(capsys, "api-key", "webmail", "--sender", "*@contractor.example")
    secret = err.split()[-1]
    assert code == 0
    assert secret not in out
    assert 'senders = ["*@contractor.example"]' in out


def test_config_show_is_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Defaults filled in, readable by a program."""
    _, out, _ = _run(capsys, "config", "show", "--config", config)
    shown = json.loads(out)
    assert shown["organisation"]["domains"] == ["contractor.example"]
    assert shown["mode"] == "enforce"


def test_an_address_is_shown_with_its_punycode(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What looks like army.mil but is not is shown as it is."""
    words = [
        "check",
        "--config",
        config,
        "--from",
        "ann@contractor.example",
        "--to",
        "x@аrmy.example",
    ]
    _, out, _ = _run(capsys, *words)
    assert Mailbox.parse("x@аrmy.example").domain.ascii in out
