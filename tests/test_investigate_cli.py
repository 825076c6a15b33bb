"""`missent investigate` as a person runs it: the contract of its files, exit codes and faults."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.inquest import (
    ANN,
    BOB,
    FILES,
    MARY,
    WRONG,
    answered,
    configured,
    contents,
    investigate,
    report,
    rows,
    run,
    story,
)
from tests.tellings import BOUNCED, DEFERRED, Sent, day, tell

from missent.engine.letterbox import LetterBox

KEYS = ["misdirected", "messages", "destinations", "by_day", "sensitivity", "people"]
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
MISSENT = (sys.executable, "-m", "missent.cli", "investigate")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write the story as one log."""
    return story(tmp_path / "logs")


def _moments(plain: Any, key: str = "") -> Iterator[str]:
    """Give every value that stands under a name of a time."""
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from _moments(value, name)
    elif isinstance(plain, list):
        for value in plain:
            yield from _moments(value, key)
    elif key in {"first", "last", "since", "until"} and plain is not None:
        yield plain


# --- the contract --------------------------------------------------------------------------------


def test_files_keys_and_exit_code(tmp_path: Path, source: Path) -> None:
    """Six files, the keys of the contract first and in their order, times in UTC, exit 1, two lines."""
    ran = investigate(source, cwd=tmp_path)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[0].startswith("2 messages from 2 senders reached army.ml")
    assert ran.out.splitlines()[1:] == [f"report: {tmp_path / 'out' / 'report.html'}"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    plain = report(tmp_path / "out")
    assert list(plain)[:9] == [*KEYS, "method", "limits", "inputs"]
    assert (plain["misdirected"], plain["messages"]) == (2, 10)
    [wrong] = plain["destinations"]
    assert list(wrong)[:6] == ["domain", "intended", "messages", "senders", "first", "last"]
    assert [wrong[key] for key in list(wrong)[:6]] == [
        *("army.ml", "army.mil", 2, 2),
        *("2025-03-04T10:00:00Z", "2025-03-05T10:00:00Z"),
    ]
    assert [(one["day"], one["messages"]) for one in plain["by_day"]] == [
        ("2025-03-04", 1),
        ("2025-03-05", 1),
    ]
    moments = list(_moments(plain))
    assert len(moments) > 8
    assert all(MOMENT.fullmatch(text) for text in moments)


def test_json_on_standard_output_is_the_file(tmp_path: Path, source: Path) -> None:
    """To the octet, and nothing else is said."""
    ran = investigate(source, "--json", cwd=tmp_path)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == (tmp_path / "out" / "report.json").read_text("utf-8")


def test_nothing_found_is_exit_0_and_a_calm_page(tmp_path: Path) -> None:
    """All is there, and says so; what came of it is empty and can be read all the same."""
    tell(tmp_path, "exim", answered("right", 0))
    ran = investigate(tmp_path / "exim", "--ours", "contractor.example", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    plain = report(tmp_path / "out")
    assert (plain["misdirected"], plain["messages"], plain["destinations"]) == (0, 8, [])
    assert rows(tmp_path / "out") == []
    assert plain["sentence"] in ran.out
    assert plain["sentence"] in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_what_bounced_or_waits_is_told_and_is_no_finding(tmp_path: Path) -> None:
    """Exit 0: nothing reached a wrong server."""
    slips = [Sent("b", ANN, WRONG, day(1), BOUNCED), Sent("w", BOB, WRONG, day(2), DEFERRED)]
    ran = investigate(story(tmp_path / "logs", "postfix", slips).parent, cwd=tmp_path)
    plain = report(tmp_path / "out")
    assert ran.code == 0
    assert (plain["misdirected"], plain["bounced"], plain["pending"]) == (0, 1, 1)
    assert [one["domain"] for one in plain["refused"]] == ["army.ml"]
    assert [row["outcome"] for row in rows(tmp_path / "out")] == ["bounced", "pending"]


def test_a_process_of_its_own(tmp_path: Path, source: Path) -> None:
    """Paths relative to where it runs, no terminal and so no progress; the same report as ever."""
    investigate(source, cwd=tmp_path)
    done = subprocess.run(
        [*MISSENT, source.name, "--out", "../elsewhere", "--json"],
        cwd=source.parent,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout == (tmp_path / "elsewhere" / "report.json").read_bytes()
    assert contents(tmp_path / "elsewhere") == contents(tmp_path / "out")


def test_progress_is_shown_on_a_terminal_and_taken_away(tmp_path: Path, source: Path) -> None:
    """On standard error alone; what it said does not stay."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*MISSENT, str(source), "--out", str(tmp_path / "out")],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
        out = process.communicate(timeout=60)[0]
    os.close(ours)
    assert process.returncode == 1
    assert "\x1b" not in out
    assert re.search(rb"\r\x1b\[Knames +\[#* *\] +\d+%", shown)
    assert b"100%" in shown
    assert shown.endswith(b"\r\x1b[K")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux says EIO when nobody holds the other end any more
        return b""


# --- again, and again after an interruption ------------------------------------------------------


def test_an_interrupted_run_goes_on_where_it_was(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 130 and one line; the second run scans nothing again, and says the same as if never stopped."""
    investigate(source, cwd=tmp_path, out="whole")
    with monkeypatch.context() as patch:
        patch.setattr(LetterBox, "read", _interrupt)
        ran = investigate(source, cwd=tmp_path)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "missent: stopped; the same command goes on where it was\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".investigation"]
    with monkeypatch.context() as patch:
        patch.setattr("missent.engine.working.scan", _interrupt)  # nothing is scanned any more
        assert investigate(source, cwd=tmp_path).code == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_report_is_no_source_of_the_next_one(tmp_path: Path, source: Path) -> None:
    """Where it lies below what is investigated, a second run says the same."""
    folder = source.parent
    investigate(folder, cwd=folder)
    first = contents(folder / "out")
    investigate(".", cwd=folder)
    assert contents(folder / "out") == first
    ran = investigate("out", cwd=folder)
    assert ran.code == 2
    assert "name another folder with --out" in ran.err


# --- faults --------------------------------------------------------------------------------------


def test_a_file_of_no_known_kind_is_named_with_what_was_expected(tmp_path: Path) -> None:
    """One line, exit 2; what stands in the file is not repeated."""
    (tmp_path / "notes.txt").write_text("BLACKBIRD lands at nine.\n")
    ran = investigate(tmp_path / "notes.txt", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    [line] = ran.err.splitlines()
    assert line.startswith(
        f"missent: {tmp_path / 'notes.txt'}: unknown format; expected a mail log"
    )
    assert all(kind in line for kind in ("Exim", "Microsoft 365", "mbox", "Parquet"))
    assert "BLACKBIRD" not in line


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gone.log", "gone.log: no such file"),
        ("bare", "bare: nothing to read here"),
        ("photos", "photos: nothing here can be read"),
    ],
)
def test_a_source_that_holds_nothing_is_an_error(tmp_path: Path, name: str, says: str) -> None:
    """An empty report would look like good news."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 100)
    ran = investigate(tmp_path / name, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_what_cannot_be_read_in_a_folder_is_named_and_passed_over(
    tmp_path: Path, source: Path
) -> None:
    """The rest counts; names that are no UTF-8 do no harm."""
    (source.parent / "notes.txt").write_text("nothing\n")
    odd = os.fsencode(source.parent) + b"/caf\xe9.txt"
    Path(os.fsdecode(odd)).write_text("nothing\n")
    ran = investigate(source.parent, "--json", cwd=tmp_path)
    assert ran.code == 1
    faults = {one["name"]: one["fault"] for one in report(tmp_path / "out")["inputs"]}
    assert faults["logs/exchange"] is None
    assert faults["logs/notes.txt"] == "unknown format"
    assert len(faults) == 3


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "yesterday"],
        ["--timezone", "Mars/Phobos"],
        ["--engine", "cluster"],
        ["--ours", "not a name"],
        ["--to", "@"],
        ["--to", "."],
        ["--processes", "0"],
        ["--config", "nowhere.toml"],
    ],
)
def test_wrong_use_is_told_before_anything_is_read(
    tmp_path: Path, source: Path, words: list[str]
) -> None:
    """Exit 2 and a sentence; no report."""
    ran = investigate(source, *words, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip()
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out" / "report.json").exists()


@pytest.mark.parametrize("package", ["pyarrow", "matplotlib"])
def test_a_package_that_is_missing_is_one_clear_line(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """It says what to install, before anything is read or made."""
    monkeypatch.setitem(sys.modules, package, None)
    ran = investigate(source, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"missent: investigate needs {package}: pip install 'missent[scan]'\n"
    assert not (tmp_path / "out").exists()


def test_other_commands_do_not_need_the_packages() -> None:
    """Who does not investigate need not install them."""
    code = (
        "import sys; sys.modules['pyarrow'] = sys.modules['matplotlib'] = None\n"
        "from missent import cli; sys.argv = ['missent', 'investigate', '--help']; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--with-names" in done.stdout


def test_a_report_that_cannot_be_written_is_told_before_anything_is_read(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the way, above or at the place."""
    (tmp_path / "taken").write_text("")
    monkeypatch.setattr("missent.engine.investigate.find_inputs", _interrupt)
    for out, says in (("taken", "is a file"), ("taken/below", "cannot be made")):
        ran = investigate(source, cwd=tmp_path, out=out)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err


# --- what comes of it ----------------------------------------------------------------------------


def test_what_it_wrote_is_what_the_other_commands_take(tmp_path: Path, source: Path) -> None:
    """`warn` shows its letters, the guard holds by its policy, and STIX is read by its own library."""
    stix2 = pytest.importorskip("stix2")
    investigate(source, "--ours", "contractor.example", cwd=tmp_path)
    out = tmp_path / "out"
    shown = run("warn", out, *configured(tmp_path), "--json", cwd=tmp_path)
    letters = json.loads(shown.out)["letters"]
    assert (shown.code, [one["to"] for one in letters]) == (0, [ANN, BOB])
    assert {one["state"] for one in letters} == {"would be sent"}
    assert contents(out).keys() == FILES

    words = configured(tmp_path, (out / "policy.toml").read_text("utf-8"))
    asked = ["--from", ANN, "--to", "kim@army.ml", "--to", MARY, "--json"]
    held = run("check", *asked, *words, cwd=tmp_path)
    verdicts = json.loads(held.out)["verdicts"]
    assert held.code == 1
    assert [one["action"] for one in verdicts] == ["hold", "deliver"]
    assert verdicts[0]["rule"] == "misdirected: army.ml"

    bundle = stix2.parse((out / "indicators.json").read_text("utf-8"), allow_custom=False)
    patterns = [one.pattern for one in bundle.objects if one.type == "indicator"]
    assert any("army.ml" in pattern for pattern in patterns)


def test_a_report_that_cannot_be_written_loses_no_work(tmp_path: Path, source: Path) -> None:
    """Hours may lie behind it: what is done stays until the report stands, and the next run takes it up."""
    out = tmp_path / "out"
    (out / "report.html").mkdir(parents=True)
    ran = investigate(source, cwd=tmp_path)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert (out / ".investigation").is_dir()
    (out / "report.html").rmdir()
    assert investigate(source, cwd=tmp_path).code == 1
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
