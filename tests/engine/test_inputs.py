"""Own the proof that every file of a source is found, known by its content, or named and skipped."""

from __future__ import annotations

import gzip
import hashlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.engine.samples import letter, maildir, mbox, story, written
from tests.engine.test_packed import PACKERS

from missent.engine.inputs import InputFile, digest, find_inputs
from missent.engine.kinds import EXPECTED
from missent.errors import ArchiveError

CASES = Path(__file__).parents[1] / "cases"
TRACES = {
    "01": "exchange",
    "02": "exchange",
    "03": "exchange",
    "04": "microsoft365",
    "05": "microsoft365",
    "06": "microsoft365",
    "07": "microsoft365-summary",
    "08": "microsoft365",
    "09": "google-log-search",
    "10": "google-log-events",
    "11": "google-bigquery",
    "12": "google-bigquery",
    "13": "google-reports",
}
LOGS = sorted(
    (path, dialect)
    for dialect in ("postfix", "exim", "sendmail", "opensmtpd")
    for path in (CASES / dialect).glob("*.log")
)
TABLES = [
    (path, TRACES[path.name[:2]])
    for path in sorted((CASES / "traces").iterdir())
    if path.suffix != ".result" and path.name[:2] in TRACES
]


def _table(path: Path, rows: int = 3) -> Path:
    columns = {
        "date": [1_749_000_000 + n for n in range(rows)],
        "sender": ["ann@contractor.example"] * rows,
        "to": [["john@army.ml"]] * rows,
    }
    pq.write_table(pa.table(columns), path)
    return path


def _only(source: Path) -> InputFile:
    (one,) = find_inputs([source])
    return one


@pytest.mark.parametrize(
    ("path", "kind"), [*LOGS, *TABLES], ids=lambda one: getattr(one, "name", one)
)
def test_logs_and_traces_are_known_by_content(tmp_path: Path, path: Path, kind: str) -> None:
    """Whatever they are called, compressed or not."""
    plain = tmp_path / "some file.eml"
    plain.write_bytes(path.read_bytes())
    assert (_only(plain).kind, _only(plain).packed) == (kind, False)
    packed = tmp_path / "another"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert (_only(packed).kind, _only(packed).packed) == (kind, True)


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize(
    ("kind", "content"),
    [("mbox", mbox([letter(1, "john@army.ml")])), ("eml", letter(1, "john@army.ml").encode())],
)
def test_messages_are_known_by_content(
    tmp_path: Path, name: str, kind: str, content: bytes
) -> None:
    """However they are compressed."""
    path = tmp_path / "mail.log"
    path.write_bytes(content)
    assert (_only(path).kind, _only(path).packed) == (kind, False)
    path.write_bytes(PACKERS[name](content))
    assert (_only(path).kind, _only(path).packed) == (kind, True)


def test_a_table_is_known_by_content(tmp_path: Path) -> None:
    """Parquet, which has its own compression."""
    assert _only(_table(tmp_path / "table.csv")).kind == "parquet"


def crowd(root: Path) -> None:
    """Make a folder of everything, and junk."""
    written(root / "logs" / "mail.log", story(10))
    (root / "logs" / "mail.log.1.gz").write_bytes(gzip.compress("\n".join(story(8)).encode()))
    (root / "logs" / "empty.log").touch()
    for number, (path, _) in enumerate([*LOGS[::4], *TABLES[:3]]):
        (root / f"case{number}").write_bytes(path.read_bytes())
    (root / "box").write_bytes(mbox([letter(n, "john@army.ml") for n in range(3)]))
    maildir(root / "mail", [letter(n, "john@army.ml") for n in range(4)])
    maildir(root / "mail" / ".Sent", [letter(9, "john@army.ml")])
    (root / "kept").mkdir()
    for number in range(2):
        (root / "kept" / f"{number}.eml").write_text(letter(number, "john@army.ml"))
    (root / "kept" / "2.eml.gz").write_bytes(gzip.compress(letter(2, "john@army.ml").encode()))
    _table(root / "table.parquet")
    (root / "photo.jpg").write_bytes(b"\xff\xd8\xff" + bytes(range(256)) * 9)
    (root / "half.parquet").write_bytes(b"PAR1 and no more")
    (root / "notes.txt").write_text("nothing to do with it\n")
    os.mkfifo(root / "pipe")
    (root / "dangling").symlink_to(root / "nowhere")
    (root / "elsewhere").symlink_to(root / "box")


def test_a_folder_of_everything(tmp_path: Path) -> None:
    """All is found in one order; junk is named, by a name that begins with the folder's; nothing hangs."""
    root = tmp_path / "evidence"
    crowd(root)
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind(str(root / "sock"))
        found = find_inputs([root])
    assert [one.name for one in found] == sorted(one.name for one in found)
    kinds = {one.name.removeprefix("evidence/"): one.kind for one in found if not one.fault}
    assert kinds == {
        "box": "mbox",
        **{f"case{n}": kind for n, (_, kind) in enumerate([*LOGS[::4], *TABLES[:3]])},
        "kept": "eml",
        "kept/2.eml.gz": "eml",
        "logs/mail.log": "postfix",
        "logs/mail.log.1.gz": "postfix",
        "mail": "maildir",
        "mail/.Sent": "maildir",
        "table.parquet": "parquet",
    }
    faults = {one.name.removeprefix("evidence/"): one.fault for one in found if one.fault}
    assert faults == {
        "dangling": "a symbolic link; name what it leads to",
        "elsewhere": "a symbolic link; name what it leads to",
        "half.parquet": "expected a Parquet file that pyarrow can read",
        "notes.txt": "unknown format",
        "photo.jpg": "unknown format",
        "pipe": "neither a file nor a folder",
        "sock": "neither a file nor a folder",
    }
    assert [len(one.members) for one in found if one.members] == [2, 4, 1]
    assert str(tmp_path) not in "".join(f"{one.name}{one.fault}" for one in found)


def test_digests(tmp_path: Path) -> None:
    """A file's is what sha256sum says; a folder's changes with any octet in it; pipes are let be."""
    root = tmp_path / "evidence"
    crowd(root)
    found = {one.name: one for one in find_inputs([root])}
    box = (root / "box").read_bytes()
    assert digest(found["evidence/box"]) == hashlib.sha256(box).hexdigest()
    assert digest(found["evidence/pipe"]) == ""
    assert digest(found["evidence/dangling"]) == ""
    before = digest(found["evidence/kept"])
    (root / "kept" / "0.eml").write_text(letter(7, "john@army.ml"))
    changed = digest(found["evidence/kept"])
    (root / "kept" / "0.eml").rename(root / "kept" / "00.eml")
    renamed = digest(next(o for o in find_inputs([root]) if o.name == "evidence/kept"))
    assert len({before, changed, renamed}) == 3
    assert digest(found["evidence/box"], lambda: True) == ""


def test_an_order_to_stop_stops_a_digest(tmp_path: Path) -> None:
    """In the middle of a large file: an interrupt must not wait for terabytes."""
    path = written(tmp_path / "log", story(4))
    with path.open("ab") as file:
        file.truncate(1 << 40)
    answers = iter([False, False, True, True, True])
    assert digest(_only(path), lambda: next(answers)) == ""


def _pipe(path: Path) -> None:
    os.mkfifo(path)


WRONG_SOURCES: dict[str, tuple[Callable[[Path], object], str]] = {
    "junk": (lambda path: path.write_text("nothing to do with it\n"), "unknown format"),
    "pictures": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" * 99), "unknown format"),
    "half a table": (lambda path: path.write_bytes(b"PAR1 and no more"), "expected a Parquet"),
    "no table": (
        lambda path: pq.write_table(pa.table({"a": [1]}), path),
        "expected the columns date, sender, to",
    ),
    "damage alone": (
        lambda path: path.write_bytes(gzip.compress(b"x" * 99)[:10]),
        "damaged compressed data",
    ),
    "nothing there": (lambda path: None, "no such file or directory"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "no such file or directory"),
    "circle": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    "pipe": (_pipe, "neither a file nor a folder"),
    "empty folder": (lambda path: path.mkdir(), "nothing to read here"),
    "folder of junk": (
        lambda path: written(path / "a" / "junk", ["nothing to do with it"]),
        "nothing here can be read",
    ),
}


@pytest.mark.parametrize("name", WRONG_SOURCES)
def test_what_was_named_and_cannot_be_read_is_one_line(tmp_path: Path, name: str) -> None:
    """It names the file, what is wrong with it, and what would be right."""
    make, words = WRONG_SOURCES[name]
    path = tmp_path / "source"
    make(path)
    with pytest.raises(ArchiveError) as caught:
        find_inputs([path])
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert words in text
    assert "\n" not in text
    if "no such" not in text:
        assert text.endswith(EXPECTED)


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    """A log that was just rotated."""
    (tmp_path / "log").touch()
    (tmp_path / "log.gz").write_bytes(gzip.compress(b""))
    assert {one.kind for one in find_inputs([tmp_path / "log", tmp_path / "log.gz"])} == {"empty"}


def test_a_cut_file_is_known_by_what_is_left(tmp_path: Path) -> None:
    """What stands before the damage still counts."""
    whole = gzip.compress("\n".join(story(200)).encode())
    (tmp_path / "log.gz").write_bytes(whole[: len(whole) // 2])
    assert _only(tmp_path / "log.gz").kind == "postfix"


def test_what_is_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another path, or by its folder, too; in any order."""
    log = written(tmp_path / "logs" / "mail.log", story(4))
    (tmp_path / "link").symlink_to(log)
    monkeypatch.chdir(tmp_path)
    names = [Path("logs"), Path("logs/mail.log"), log, Path("link"), Path("logs/../logs/mail.log")]
    for order in (names, names[::-1]):
        assert len(find_inputs(order)) == 1
    assert _only(Path("logs")).name == "logs/mail.log"
    monkeypatch.chdir(tmp_path / "logs")
    assert find_inputs([Path("..")])[0].name == f"{tmp_path.name}/link"
    assert _only(Path()).name == "logs/mail.log"


def test_the_report_is_no_source(tmp_path: Path) -> None:
    """It may lie among the sources, and what a stopped run left there, too."""
    written(tmp_path / "mail.log", story(4))
    written(tmp_path / "out" / "report.json", ["{}"])
    written(tmp_path / "out" / ".investigation" / "run.json", ["{}"])
    assert [one.name for one in find_inputs([tmp_path], tmp_path / "out")] == [
        f"{tmp_path.name}/mail.log"
    ]
    with pytest.raises(ArchiveError, match="name another folder with --out"):
        find_inputs([tmp_path / "out"], tmp_path / "out")


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named: an error. In a folder: named and skipped, a closed folder, too, and one Maildir in it."""
    log = written(tmp_path / "logs" / "mail.log", story(4))
    written(tmp_path / "logs" / "open.log", story(4))
    maildir(tmp_path / "logs" / "box", [letter(1, "john@army.ml")])
    written(tmp_path / "logs" / "closed" / "mail.log", story(4))
    closed = {str(log), str(tmp_path / "logs" / "box" / "cur"), str(tmp_path / "logs" / "closed")}
    real_open, real_scan = Path.open, os.scandir

    def refuse(path: object) -> None:
        if str(path) in closed:
            raise PermissionError(13, "Permission denied", str(path))

    def opening(self: Path, *args: object, **more: object) -> object:
        refuse(self)
        return real_open(self, *args, **more)  # type: ignore[call-overload]

    def scanning(path: str) -> object:
        refuse(path)
        return real_scan(path)

    monkeypatch.setattr(Path, "open", opening)
    monkeypatch.setattr(os, "scandir", scanning)
    with pytest.raises(ArchiveError, match=r"mail\.log: Permission denied; expected"):
        find_inputs([log])
    found = find_inputs([tmp_path / "logs"])
    assert {one.name: one.fault for one in found} == {
        "logs/box": "Permission denied",
        "logs/closed": "Permission denied",
        "logs/mail.log": "Permission denied",
        "logs/open.log": "",
    }
    assert [digest(one) == "" for one in found] == [True, True, True, False]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    """Old systems have them; they are shown and hashed like others."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    written(folder / "mail.log", story(4))
    maildir(folder / "box", [letter(1, "john@army.ml")])
    found = find_inputs([folder])
    assert [one.kind for one in found] == ["maildir", "postfix"]
    assert all(digest(one) for one in found)


def test_a_file_that_vanishes_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rotation goes on while a folder is walked."""
    written(tmp_path / "a.log", story(4))
    written(tmp_path / "b.log", story(4))
    real = os.path.isfile
    gone = threading.Event()

    def looking(path: os.PathLike[str]) -> bool:
        there = real(path)
        if Path(path).name == "b.log" and not gone.is_set():
            gone.set()
            Path(path).unlink()
        return there

    monkeypatch.setattr(os.path, "isfile", looking)
    found = find_inputs([tmp_path])
    assert [one.fault for one in found] == ["", "No such file or directory"]
