"""What misdirected mail held is told as levels, categories and numbers, and not repeated (law 8)."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from bench.papers import Fields, Rows, desk, people
from bench.papers.rendering import as_docx
from tests.inquest import ANN, BOB, WRONG, Ran, answered, contents, investigate, report, rows
from tests.tellings import Sent, day, letter, tell

from missent.engine.letterbox import LetterBox

NAMES = ("Quill Harrow", "Bram Oakes", "Tilda Marsh", "Orin Vale", "Petra Lund")
CREW = "Name,Rank,Date of birth,Passport number,Nationality\n" + "".join(
    f"{name},Captain,197{n}-03-14,X447192{n},USA\n" for n, name in enumerate(NAMES)
)
WARD = (
    "Discharge summary\n\nPatient: Ivo Tarrant\nDate of birth: 14 March 1971\n"
    "Diagnosis: type 2 diabetes (E11.9). Medication on discharge: metformin 500 mg twice daily.\n"
    "The patient was admitted on the ward for three days. Unfit for flying duty until May.\n"
)
PAPER = people.crew_list(desk(7))
CARRIED = ("crew", "ward", "locked", "paper", "alone", "nothing")
MAIL = [*answered("right", 0)] + [
    Sent(name, (ANN, BOB)[n % 2], WRONG, day(1 + n, 10)) for n, name in enumerate(CARRIED)
]
CANARIES = (
    *("BLACKBIRD", "Papers of"),  # attachments' names and subjects
    *NAMES,
    *(part for name in NAMES for part in name.split() if part != "Captain"),
    *(f"X447192{n}" for n in range(5)),
    *("1970-03-14", "1971-03-14", "14 March 1971"),
    *("Ivo Tarrant", "Tarrant", "diabetes", "metformin", "E11.9", "flying duty"),
)


def _cells() -> Iterator[str]:
    for block in PAPER.blocks:
        assert isinstance(block, Fields | Rows)
        for row in block.pairs if isinstance(block, Fields) else block.rows:
            yield from (cell for cell in row if len(cell) > 7 and any(map(str.isdigit, cell)))


def _locked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("BLACKBIRD.txt", "x")
    data = bytearray(out.getvalue())
    data[6] |= 1  # the flag of encryption, in front of the member and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _adorn(one: Sent, message: EmailMessage) -> None:
    if one.name == "alone":  # the message is the attachment: its name stands in the header
        message.set_content(CREW.encode(), "text", "csv", filename="BLACKBIRD.csv")
        return
    message.set_content(WARD if one.name == "ward" else "Please find it attached.\n")
    carried = {
        "crew": (CREW.encode(), "text", "csv"),
        "locked": (_locked(), "application", "zip"),
        "paper": (as_docx(PAPER), "application", "octet-stream"),
    }.get(one.name)
    if carried is not None:
        data, major, minor = carried
        ending = "docx" if one.name == "paper" else minor
        message.add_attachment(data, major, minor, filename=f"BLACKBIRD.{ending}")


def _telling(folder: Path, kind: str) -> Path:
    """Write the archive beside logs that name subjects, too."""
    folder.mkdir()
    tell(folder, kind, MAIL, _adorn)
    for other in ("exim", "microsoft365", "google-log-search", "exchange"):
        tell(folder, other, [*MAIL, Sent(f"only-{other}", ANN, WRONG, day(20))])
    return folder


def _leaks(text: str) -> set[str]:
    """Name what stands in a text and must not."""
    return {canary for canary in (*CANARIES, *_cells()) if canary in text}


def _whole(folder: Path) -> str:
    files = (path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{path}\n" + path.read_bytes().decode("latin-1") for path in files)


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml"])
def test_what_each_message_held_is_told_in_numbers(tmp_path: Path, kind: str) -> None:
    """Levels, categories and people of every message; what could not be read is said to be so."""
    investigate(_telling(tmp_path / "all", kind), cwd=tmp_path)
    found = {row["message_id"].partition("@")[0][1:]: row for row in rows(tmp_path / "out")}
    told = {name: (int(found[name]["level"]), int(found[name]["people"])) for name in CARRIED}
    crew = len(PAPER.blocks[1].rows) if isinstance(PAPER.blocks[1], Rows) else 0
    assert told["crew"] == told["alone"] == (3, 5)
    assert told["paper"] == (3, crew)
    assert told["ward"] == (3, 1)
    assert told["nothing"] == (0, 0)
    assert told["locked"] == (2, 0)
    categories = {name: found[name]["categories"] for name in CARRIED}
    assert categories["crew"] == categories["alone"] == "identity:3 people:3 roster:3"
    assert (categories["ward"], categories["locked"]) == ("health:3", "sealed:2")
    plain = report(tmp_path / "out")
    held = plain["sensitivity"]
    assert (plain["misdirected"], held["examined"], held["unseen"]) == (10, 6, 4)
    assert (held["unread"], held["sensitive"], held["by_level"]["3"]) == (1, 5, 4)
    assert held["by_category"]["health"] == 1
    assert plain["people"] == 5 + 1 + crew  # the crew of five counts once, though it was sent twice
    assert any("could not be read" in text for text in plain["limits"])
    assert "people_names" not in plain


def _all_said(ran: Ran, folder: Path) -> str:
    return ran.out + ran.err + _whole(folder)


@pytest.mark.parametrize("words", [[], ["--json"], ["--to", "army.ml"]])
def test_nothing_that_was_found_is_repeated(tmp_path: Path, words: list[str]) -> None:
    """No value, name, subject or name of an attachment: in no file, and not where it was said."""
    source = _telling(tmp_path / "all", "mbox")
    assert _leaks(_whole(source)) >= {"BLACKBIRD", "Papers of", "Ivo Tarrant"}, "they are there"
    ran = investigate(source, *words, cwd=tmp_path)
    assert ran.code == 1
    assert report(tmp_path / "out")["people"] > 10
    assert not _leaks(_all_said(ran, tmp_path / "out")), "never print what leaked"


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml", "parquet"])
@pytest.mark.parametrize("words", [[], ["--to", ".ml", "--with-names"]])
def test_nothing_is_left_by_a_run_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, words: list[str]
) -> None:
    """What is kept to go on with names mailboxes, queue ids and times, and nothing of what was written."""
    whole = LetterBox.read

    def read(box: LetterBox, *given: object) -> None:
        whole(box, *given)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(LetterBox, "read", read)
    ran = investigate(_telling(tmp_path / "all", kind), *words, cwd=tmp_path)
    assert ran.code == 130
    kept = _whole(tmp_path / "out")
    assert WRONG in kept
    assert "<crew@contractor.example>" in kept
    assert not _leaks(_all_said(ran, tmp_path / "out")), "never print what leaked"
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "out").glob(".investigation")}
    assert modes == {0}


def test_names_are_listed_only_where_they_were_asked_for(tmp_path: Path) -> None:
    """In the page and report.json; in no other file, and no other value anywhere."""
    ran = investigate(_telling(tmp_path / "all", "eml"), "--with-names", cwd=tmp_path)
    files = {name: data.decode() for name, data in contents(tmp_path / "out").items()}
    names = set(report(tmp_path / "out")["people_names"])
    assert {*NAMES, "Ivo Tarrant"} <= names
    assert len(names) == report(tmp_path / "out")["people"]
    listed = {name for name in files if any(one in files[name] for one in NAMES)}
    assert listed == {"report.html", "report.json"}
    words = {part for name in names for part in (name, *name.split())}
    said = "".join(files.values()) + ran.out + ran.err
    assert not _leaks(said) - words, "never print what leaked"
    assert not any(name in ran.out + ran.err for name in names)


def test_an_error_repeats_nothing_either(tmp_path: Path) -> None:
    """A message alone, cut in the middle of a packed file; a table without the columns it needs."""
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "table.csv").write_text("Subject,Name\nPapers of crew,Quill Harrow\n")
    (folder / "one.eml").write_bytes(letter(MAIL[-5], _adorn)[:400])
    with contextlib.suppress(OSError):
        (folder / "gone").symlink_to(folder / "nowhere")
    ran = investigate(folder, cwd=tmp_path)
    assert ran.code in {0, 1}
    assert not _leaks(_all_said(ran, tmp_path / "out"))
    ran = investigate(folder / "table.csv", cwd=tmp_path)
    assert ran.code == 2
    assert not _leaks(ran.out + ran.err)
