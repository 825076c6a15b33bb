"""Own the proof that an investigation gives the same however it is cut, stopped or spread."""

from __future__ import annotations

import gzip
import os
import signal
import stat
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine.samples import (
    NOW,
    START,
    arrival,
    attempt,
    letter,
    maildir,
    mbox,
    no_attachments,
    passed,
    silent,
    story,
    wish,
    written,
)
from tests.engine.test_inputs import crowd

from missent.engine import local, reading, stretches
from missent.engine.incident import write_report
from missent.engine.inputs import find_inputs
from missent.engine.investigate import Wish, investigate
from missent.engine.local import LocalEngine
from missent.engine.reading import plan
from missent.errors import ArchiveError
from missent.service.investigation.incident import Incident, Outcome
from missent.service.investigation.plain import to_plain

DRIVER = """
import signal
import sys

from missent.cli import investigation, main
from missent.engine import local, reading

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
reading.UNIT, local._SMALL = 8_000, 0
halt, *sys.argv = sys.argv[1:]


class Halting(investigation.Progress):
    told = 0

    def __call__(self, stage, done, whole):
        super().__call__(stage, done, whole)
        self.told += stage == halt.partition(":")[0]
        if halt == f"{stage}:{self.told}":
            print("ready", flush=True)
            sys.stdin.read()


investigation.Progress = Halting
main()
"""


def run(
    out: Path, asked: Wish, processes: int = 1, progress: object = silent
) -> tuple[Incident, dict[str, bytes]]:
    """Investigate; gives the incident and the files of its report."""
    incident = investigate(asked, out, LocalEngine(processes), no_attachments, progress)  # type: ignore[arg-type]
    write_report(out, incident)
    return incident, {path.name: path.read_bytes() for path in out.iterdir()}


def found(incident: Incident) -> list[tuple[object, ...]]:
    """Give what can be compared of deliveries."""
    return [
        (one.identity, one.recipient.wire, one.at, one.outcome, one.level)
        for one in incident.deliveries
    ]


def test_a_log(tmp_path: Path) -> None:
    """What went to army.ml is found, counted and dated; what went to army.mil is not."""
    log = written(tmp_path / "mail.log", story())
    incident, files = run(tmp_path / "o", wish(log))
    assert (incident.misdirected, incident.messages, incident.senders) == (3, 120, 1)
    assert [one.domain.ascii for one in incident.destinations] == ["army.ml"]
    assert [one.intended.ascii for one in incident.destinations] == ["army.mil"]
    assert (incident.since, incident.until) == (START, START + timedelta(minutes=7 * 119))
    (one,) = incident.inputs
    assert (one.name, one.kind, one.read, one.fault) == ("mail.log", "postfix", 120, "")
    assert len(one.sha256) == 64
    assert str(tmp_path).encode() not in b"".join(files.values())
    assert not (tmp_path / "o" / ".investigation").exists()


def test_a_clean_log(tmp_path: Path) -> None:
    """In which no name is like another."""
    log = written(
        tmp_path / "log", passed("4A0000001", "a@contractor.example", "b@partner.example")
    )
    incident, _ = run(tmp_path / "o", wish(log))
    assert (incident.misdirected, incident.messages) == (0, 1)


def test_nothing_at_all(tmp_path: Path) -> None:
    """Empty files hold nothing; a folder of nothing is an error."""
    (tmp_path / "log").touch()
    incident, _ = run(tmp_path / "o", wish(tmp_path / "log"))
    assert (incident.misdirected, incident.messages) == (0, 0)
    with pytest.raises(ArchiveError):
        run(tmp_path / "o2", wish(tmp_path / "o3"))


def _sources(root: Path) -> Path:
    """Make logs of two days, one packed, and an archive of part of them."""
    lines = story(160, 20)
    half = len(lines) // 2 + 2  # in the middle of a message
    written(root / "mail.log", lines[half:])
    (root / "mail.log.1.gz").parent.mkdir(exist_ok=True)
    (root / "mail.log.1.gz").write_bytes(gzip.compress(("\n".join(lines[:half]) + "\n").encode()))
    letters = [letter(1, "p1@army.ml", "Patient: John Miller\nDiagnosis: fracture\n")]
    letters += [letter(n, "p2@army.mil") for n in range(2, 9)]
    maildir(root / "box", letters)
    (root / "notes").write_text("nothing to do with it\n")
    return root


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make units small, and every job worth several processes."""
    for module, name, size in (
        (reading, "UNIT", 8_000),
        (reading, "STRETCH", 3_000),
        (reading, "_MEMBERS", 3),
        (stretches, "STRETCH", 5_000),
        (local, "_SMALL", 0),
    ):
        monkeypatch.setattr(module, name, size)
    monkeypatch.setattr(local, "_method", lambda: "fork")


def test_cut_and_spread_it_is_the_same(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Small units or large ones, one process or two: the same bytes in all files."""
    source = _sources(tmp_path / "in")
    incident, files = run(tmp_path / "whole", wish(source))
    assert len(plan(find_inputs([source]))) == 3
    request.getfixturevalue("small")
    assert len(plan(find_inputs([source]))) > 8
    assert incident.misdirected == 9
    assert len(files) == 6
    for processes in (1, 2):
        assert run(tmp_path / f"{processes}", wish(source), processes)[1] == files


def test_the_order_of_sources_does_not_matter(tmp_path: Path) -> None:
    """Nor does naming one twice."""
    source = _sources(tmp_path / "in")
    parts = [source / name for name in ("mail.log", "mail.log.1.gz", "box")]
    _, files = run(tmp_path / "a", wish(*parts))
    _, again = run(tmp_path / "b", wish(*parts[::-1], parts[0]))
    assert files == again


def test_copies_count_once(tmp_path: Path) -> None:
    """Overlapping copies of logs tell of no further message."""
    source = _sources(tmp_path / "in")
    incident, _ = run(tmp_path / "a", wish(source))
    written(source / "copy of all", story(160, 20))
    again, _ = run(tmp_path / "b", wish(source))
    assert found(again) == found(incident)
    assert again.misdirected == incident.misdirected == 9


def test_what_the_operator_names(tmp_path: Path) -> None:
    """One pass less, and the same messages; a suffix, too; and what has no date is dated as before."""
    source = _sources(tmp_path / "in")
    (source / "box" / "cur" / "x").write_text(letter(70, "eve@army.ml", date=False))
    doubted, _ = run(tmp_path / "a", wish(source))
    for name in ("@army.ml", ".ml"):
        incident, _ = run(tmp_path / "b", wish(source, named=(name,)))
        assert found(incident) == found(doubted)
        assert (incident.messages, incident.since) == (doubted.messages, doubted.since)
        assert [one.read for one in incident.inputs] == [one.read for one in doubted.inputs]
    (undated,) = [one for one in found(incident) if one[0] == "<m70@contractor.example>"]
    assert undated[2] == incident.since


def test_logs_and_archives_of_the_same_mail(tmp_path: Path) -> None:
    """One delivery each; the log says how it ended, the archive what it held."""
    lines = [*story(40, 100)]
    for number, status in ((1, "sent"), (2, "bounced")):
        key = f"4B000000{number}"
        lines += arrival(
            key, "ann@contractor.example", message_id=f"<m{number}@contractor.example>"
        )
        lines.append(attempt(key, "p1@army.ml", START + timedelta(hours=number), status=status))
    written(tmp_path / "in" / "mail.log", lines)
    body = "Patient: John Miller\nDate of birth: 12 March 1985\nDiagnosis: fracture\n"
    box = tmp_path / "in" / "box"
    box.write_bytes(mbox([letter(n, "p1@army.ml", body) for n in (1, 2)]))
    incident, _ = run(tmp_path / "o", wish(tmp_path / "in"))
    assert [(one[0], one[3], bool(one[4])) for one in found(incident)] == [
        ("<m1@contractor.example>", Outcome.ACCEPTED, True),
        ("<m2@contractor.example>", Outcome.BOUNCED, True),
    ]
    assert (incident.misdirected, incident.bounced) == (1, 1)


def test_everything_at_once(tmp_path: Path, small: None) -> None:
    """Every format and junk in one folder: read, or named and skipped; no path of this machine anywhere."""
    crowd(tmp_path / "evidence")
    incident, files = run(tmp_path / "o", wish(tmp_path / "evidence"), 2)
    faults = {one.name: one.fault for one in incident.inputs if one.fault}
    assert len(faults) == 6
    assert all(one.read for one in incident.inputs if not one.fault)
    assert str(tmp_path).encode() not in b"".join(files.values())
    assert b"evidence/photo.jpg" in files["report.json"]


def test_damage_is_told_and_what_is_left_counts(tmp_path: Path) -> None:
    """A log that was cut by a full disk."""
    whole = gzip.compress("\n".join(story(400, 20)).encode())
    (tmp_path / "log.gz").write_bytes(whole[: len(whole) // 2])
    incident, files = run(tmp_path / "o", wish(tmp_path / "log.gz"))
    (one,) = incident.inputs
    assert one.fault == "damaged compressed data"
    assert 100 < incident.messages < 300
    assert incident.misdirected > 3
    assert b"damaged compressed data" in files["report.json"]


@pytest.mark.parametrize("named", [(), ("@army.ml",)])
def test_what_vanishes_on_the_way_is_told(tmp_path: Path, named: tuple[str, ...]) -> None:
    """A log that is rotated away between two passes: its hits are missing, and the report says so."""
    written(tmp_path / "in" / "a.log", story())
    gone = written(tmp_path / "in" / "b.log", story())

    def progress(stage: str, done: int, whole: int) -> None:
        if stage == "messages":
            gone.unlink(missing_ok=True)

    incident, _ = run(tmp_path / "o", wish(tmp_path / "in", named=named), progress=progress)
    assert [one.fault for one in incident.inputs] == ["", "No such file or directory"]
    assert incident.misdirected == 3


def test_a_sources_own_report_is_no_source(tmp_path: Path) -> None:
    """It may be written among the logs, again and again."""
    written(tmp_path / "in" / "mail.log", story())
    first = run(tmp_path / "in" / "report", wish(tmp_path / "in"))
    assert run(tmp_path / "in" / "report", wish(tmp_path / "in")) == first


# --- stopped -------------------------------------------------------------------------------------


def _begin(out: Path, log: Path, halt: str, processes: int, seed: int) -> subprocess.Popen[bytes]:
    """Start a real run, that halts where it is told to."""
    command = [sys.executable, "-c", DRIVER, halt, "missent", "investigate", str(log)]
    command += ["--out", str(out), "--ours", "contractor.example", "--processes", str(processes)]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "MISSENT_CONFIG": ""}
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in environment.items() if value},
        cwd=log.parent,
    )


def _ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == b"ready\n", process.communicate(timeout=60)


def _done(out: Path) -> dict[str, int]:
    """Give when each unit was done."""
    folder = out / ".investigation"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.glob("*/*.arrow")
    }


def _report(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a log of many small units."""
    return written(tmp_path_factory.mktemp("in") / "mail.log", story(200, 20))


@pytest.fixture(scope="module")
def uninterrupted(log: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Run it to its end."""
    out = tmp_path_factory.mktemp("o")
    with _begin(out, log, "", 2, seed=1) as process:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (1, b"")
    report = _report(out)
    assert len(report) == 6
    return report


@pytest.mark.parametrize(
    ("how", "halt", "processes"),
    [
        (signal.SIGKILL, "names:5", 1),
        (signal.SIGINT, "messages:4", 2),
    ],
)
def test_a_stopped_run_goes_on_where_it_was(
    tmp_path: Path,
    log: Path,
    uninterrupted: dict[str, bytes],
    how: signal.Signals,
    halt: str,
    processes: int,
) -> None:
    """Killed or interrupted: what is done is not done again, and the report is the same to the octet."""
    out = tmp_path / "o"
    with _begin(out, log, halt, processes, seed=2) as process:
        _ready(process)
        process.send_signal(how)
        said, err = process.communicate(timeout=60)
    assert said == b""
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert err == b"missent: stopped; the same command goes on where it was\n"
    else:
        assert process.returncode == -signal.SIGKILL
    assert {path.name for path in out.iterdir()} == {".investigation"}
    before = _done(out)
    assert len(before) >= 3
    with _begin(out, log, "content:1", processes, seed=3) as process:
        _ready(process)
        after = _done(out)
        process.communicate(timeout=60)
    assert process.returncode == 1
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)
    jobs = Counter(name.partition("/")[0] for name in after)
    units = max(jobs.values())
    assert {jobs[name.partition("/")[0]] for name in before} == {units}  # taken up, not begun anew
    assert _report(out) == uninterrupted


def test_a_changed_source_is_not_mixed_with_old_facts(tmp_path: Path) -> None:
    """What was done of a log that has grown since is done again."""
    lines = story(200, 20)
    log = written(tmp_path / "mail.log", lines[:700])

    def stop(stage: str, done: int, whole: int) -> None:
        if stage == "messages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "o", wish(log), progress=stop)
    assert _done(tmp_path / "o")
    written(log, lines)
    late = replace(wish(log), now=NOW + timedelta(days=9))
    incident, files = run(tmp_path / "o", late)
    assert files == run(tmp_path / "fresh", late)[1]
    assert incident.messages == 200


def test_memory_holds_what_was_hit(tmp_path: Path) -> None:
    """Facts of the second pass are those of three messages, not of thousands."""
    log = written(tmp_path / "mail.log", story(4_000, 1_500))
    sizes: dict[str, int] = {}

    def look(stage: str, done: int, whole: int) -> None:
        folder = tmp_path / "o" / ".investigation"
        sizes.update({str(p): p.stat().st_size for p in folder.glob("*/*.arrow")})

    incident, _ = run(tmp_path / "o", wish(log), progress=look)
    assert incident.misdirected == 3
    names, messages = sizes.values()
    assert messages < 20_000
    assert names < log.stat().st_size // 20


def test_the_plain_form_is_the_file(tmp_path: Path) -> None:
    """What report.json says is the incident."""
    log = written(tmp_path / "mail.log", story())
    incident, files = run(tmp_path / "o", wish(log))
    assert str(to_plain(incident)["misdirected"]).encode() in files["report.json"]
