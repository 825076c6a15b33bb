"""The commands for safety files, and the real guard's answer once one is loaded."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.service.safety.texts import name, plain

from missent import cli, wiring
from missent.config import load
from missent.service.exposure.exposure import Review, State
from missent.service.ports import NewEvent
from missent.system import SystemClock

CONFIG = """
mode = "enforce"
[organisation]
name = "Contractor"
domains = ["contractor.example", "contractor.test"]
[store]
url = "sqlite:///var/missent.db"
key_file = "var/missent.key"
[content]
attachments = false
"""
ANN = "ann@contractor.example"


class Desk:
    """An operator in front of one installation."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.config = path / "missent.toml"
        self.config.write_text(CONFIG)
        self._capsys = capsys

    def run(self, *words: object) -> tuple[int, str, str]:
        """Run one command as `missent` would; gives exit code, output and errors."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["missent", *map(str, words), "--config", str(self.config)])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        said = self._capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), said.out, said.err

    def load(self, host: str, publisher: str = "army.mil", **keys: Any) -> tuple[int, str, str]:
        """Import a file."""
        path = self.path / "theirs.json"
        path.write_text(json.dumps(plain(publisher, **keys)))
        return self.run("policy", "import", path, "--from", host)

    def check(self, to: str) -> dict[str, Any]:
        """Ask for the verdict on one recipient."""
        _, out, _ = self.run("check", "--from", ANN, "--to", to, "--json")
        verdict: dict[str, Any] = json.loads(out)["verdicts"][0]
        return verdict


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Give an operator with an empty installation."""
    return Desk(tmp_path, capsys)


def test_the_story_with_a_loaded_file(desk: Desk) -> None:
    """army.ml is stopped as before, just as sure, and the publisher's word is among the reasons."""
    before = desk.check("john@army.ml")
    assert desk.load("www.army.mil")[0] == 0
    after = desk.check("john@army.ml")
    assert after["action"] in {"warn", "hold"}
    assert (after["action"], after["misdirection"]) == (before["action"], before["misdirection"])
    assert after["suggestion"] == "john@army.mil"
    [said] = [one for one in after["findings"] if one["signal"] == "published"]
    assert said == {
        "signal": "published",
        "about": "john@army.ml",
        "weight": 0.0,
        "because": "army.mil, whose file you loaded, says army.ml is not theirs (one letter dropped)",
        "suggestion": "john@army.mil",
    }


def test_a_neighbour_nobody_else_knows_of_is_warned_of(desk: Desk) -> None:
    """Without the file it passes; with it the sender is asked to look, in the publisher's words."""
    keys = {"not_ours": [{"domain": "harbur.example", "why": "one letter dropped"}]}
    assert desk.check("joe@harbur.example")["action"] == "deliver"
    desk.load("harbour.example", "harbour.example", **keys)
    _, out, _ = desk.run("check", "--from", ANN, "--to", "joe@harbur.example")
    assert "warn " in out
    assert "harbour.example, whose file you loaded, says harbur.example is not theirs" in out
    assert "did you mean joe@harbour.example?" in out
    assert desk.run("policy", "remove", "harbour.example")[0] == 0
    assert desk.check("joe@harbur.example")["action"] == "deliver"


def test_a_smear_changes_nothing(desk: Desk) -> None:
    """The verdict on the accused is word for word the same; the list says why."""
    before = desk.check("joe@rival.example")
    keys = {"not_ours": [{"domain": "rival.example", "why": "crooks"}]}
    code, out, _ = desk.load("shop.example", "shop.example", **keys)
    assert code == 0
    assert "does not count: it is not near" in out
    assert desk.check("joe@rival.example") == before


def test_the_list_says_what_counts(desk: Desk) -> None:
    """As text and as JSON."""
    assert desk.run("policy", "list")[1] == "no file is loaded\n"
    entries = [{"domain": "army.ml", "why": "one letter dropped"}, {"domain": "rival.example"}]
    desk.load("army.mil", not_ours=entries, hint="Ours end in .mil", report="mailto:desk@army.mil")
    _, out, _ = desk.run("policy", "list")
    assert 'army.mil says: "one letter dropped"' in out
    assert 'army.mil says: "Ours end in .mil"' in out
    _, out, _ = desk.run("policy", "list", "--json")
    [one] = json.loads(out)["files"]
    assert (one["publisher"], one["expired"], one["counting"]) == ("army.mil", False, 1)
    assert one["domains"] == [{"domain": "army.mil", "proven": True}]
    assert [entry["refused"] is None for entry in one["not_ours"]] == [True, False]


def test_an_expired_file_is_listed_as_such(desk: Desk) -> None:
    """It counts no more, and the list says so and what to do."""
    desk.load("army.mil", max_age=60)
    installation = wiring.install(load(desk.config))
    try:
        [kept] = installation.store.published_files()
        early = kept.imported_at.replace(year=kept.imported_at.year - 1)
        event = NewEvent("safety_file.imported", "army.mil", "test", early)
        old = type(kept)(kept.publisher, kept.text, early, kept.actor)
        installation.store.keep_published(old, event)
    finally:
        installation.close()
    _, out, _ = desk.run("policy", "list")
    assert "EXPIRED" in out
    assert "load it again" in out
    verdict = desk.check("john@army.ml")
    assert all(one["signal"] != "published" for one in verdict["findings"])


@pytest.mark.parametrize(
    ("host", "fault"),
    [("army.ml", "anybody may have written it"), ("not a host", "--from"), ("", "--from")],
)
def test_the_host_must_be_the_publishers(desk: Desk, host: str, fault: str) -> None:
    """Wrong use is exit code 2, and nothing is loaded."""
    code, _, err = desk.load(host)
    assert code == 2
    assert fault in err
    assert "no file" in desk.run("policy", "list")[1]


def test_a_file_that_cannot_be_read_is_named(desk: Desk) -> None:
    """With the reason, in one line, and never its control characters."""
    bad = desk.path / "bad.json"
    for content in (b"\x1b[31m", b"x" * 70_000, b'{"version": 0, "publisher": "\\u001b[2J"}'):
        bad.write_bytes(content)
        code, _, err = desk.run("policy", "import", bad, "--from", "army.mil")
        assert code == 2
        assert err.startswith(f"missent: {bad}: ")
        assert "\x1b" not in err
        assert err.count("\n") == 1
    code, _, err = desk.run("policy", "import", desk.path / "none.json", "--from", "army.mil")
    assert (code, "No such file" in err) == (2, True)


def test_a_file_may_come_through_a_pipe(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """``curl ... | missent policy import -``."""
    data = io.BytesIO(json.dumps(plain()).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    assert desk.run("policy", "import", "-", "--from", "army.mil")[0] == 0
    assert "army.ml" in desk.run("policy", "list")[1]


def test_removing_what_is_not_there_is_wrong_use(desk: Desk) -> None:
    """And it says how to see what is."""
    code, _, err = desk.run("policy", "remove", "army.mil")
    assert (code, "missent policy list" in err) == (2, True)


def test_loading_is_in_the_trail(desk: Desk) -> None:
    """Who loaded what, from where."""
    desk.load("www.army.mil")
    desk.run("policy", "remove", "army.mil")
    _, out, _ = desk.run("audit", "export")
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [event["kind"] for event in events]
    assert kinds == ["safety_file.imported", "safety_file.removed"]
    assert events[0]["detail"]["from"] == "www.army.mil"
    assert events[0]["actor"].startswith("operator:")


def test_what_is_exported_is_imported_by_a_partner(desk: Desk, tmp_path: Path) -> None:
    """From what `missent expose` found and what was decided, to a partner's warning."""
    exposed = tmp_path / "exposed.json"
    rows = [
        {"domain": "contractor.com", "slip": "ends in .com in place of .example", "open": True},
        {"domain": "contracter.example", "slip": "has e for o", "open": None},
        {"domain": "contractr.example", "slip": "drops the o", "open": False},
        {"domain": "contractorr.example", "slip": "doubles the r", "open": True},
    ]
    exposed.write_text(json.dumps({"lookalikes": rows, "rules": []}))
    installation = wiring.install(load(desk.config))
    try:
        at = SystemClock().now()
        review = Review(name("contractor.com"), State.LEGITIMATE, "a friend", "ann", at)
        event = NewEvent("exposure.reviewed", "contractor.com", "ann", at)
        installation.store.review(review, event)
    finally:
        installation.close()
    published = tmp_path / "missent.json"
    words = ["--exposed", exposed, "--top", 2, "--not-ours", "cntractor.example=one letter dropped"]
    words += [
        "--hint",
        "Ask our desk",
        "--report",
        "desk@contractor.example",
        "--issued",
        "2026-03-01",
    ]
    assert desk.run("policy", "export", *words, "--out", published)[0] == 0
    assert desk.run("policy", "export", *words)[1] == published.read_text()
    whole = json.loads(published.read_text())
    assert whole["domains"] == ["contractor.example", "contractor.test"]
    assert whole["not_ours"] == [
        {"domain": "cntractor.example", "why": "one letter dropped"},
        {"domain": "contracter.example", "why": "has e for o"},
    ]
    assert whole["issued"] == "2026-03-01T00:00:00Z"
    partner = CONFIG.replace("contractor.", "partner.")
    desk.config.write_text(partner.replace("missent.db", "partner.db"))
    assert desk.run("policy", "import", published, "--from", "contractor.example")[0] == 0
    verdict = desk.check("joe@contracter.example")
    assert (verdict["action"], verdict["rule"]) == ("warn", "published neighbour")
    assert verdict["suggestion"] == "joe@contractor.example"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--not-ours", "rival.example=crooks"], "not near"),
        (["--not-ours", "contractr.example=see http://x"], "only letters"),
        (["--hint", "see evil.example"], "link"),
        (["--domain", "a b"], "--domain"),
        (["--report", "nobody"], "--report"),
    ],
)
def test_what_cannot_be_published_is_said(desk: Desk, words: list[str], fault: str) -> None:
    """Exit code 2 and the reason."""
    code, out, err = desk.run("policy", "export", *words)
    assert (code, out) == (2, "")
    assert fault in err


@pytest.mark.parametrize(
    "content", ["[]", '{"lookalikes": [1]}', '{"lookalikes": [{"domain": "x y", "slip": ""}]}']
)
def test_another_file_than_exposes_is_refused(desk: Desk, content: str) -> None:
    """It says what was expected."""
    path = desk.path / "exposed.json"
    path.write_text(content)
    code, _, err = desk.run("policy", "export", "--exposed", path)
    assert (code, "exposed.json: lookalikes" in err) == (2, True)
