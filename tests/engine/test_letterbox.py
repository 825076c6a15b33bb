"""Own the proof that the content of hits is read from every kind of archive, and only theirs."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.engine.samples import START, handovers, letter, maildir, mbox, no_attachments, units_of

from missent import wiring
from missent.config import Config
from missent.engine import reading
from missent.engine.letterbox import LetterBox
from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.service.contents import NamesOnly
from missent.service.investigation.book import Book
from missent.service.investigation.census import Census
from missent.service.investigation.incident import Misdirected, Outcome
from missent.service.investigation.inquiry import Inquiry
from missent.service.investigation.merging import Handovers
from missent.service.ports import Extractor

SECRET = "Patient: John Miller\nDate of birth: 12 March 1985\nDiagnosis: fracture\n"
PLAIN = "See you at noon.\n"
BODIES = [PLAIN, SECRET, PLAIN, SECRET]
JOHN = "john@army.ml"


def _letters() -> list[str]:
    return [letter(number, JOHN, body) for number, body in enumerate(BODIES)]


def _mbox(folder: Path) -> Path:
    path = folder / "box"
    path.write_bytes(mbox(_letters()))
    return path


def _packed(folder: Path) -> Path:
    path = folder / "box.gz"
    path.write_bytes(gzip.compress(mbox(_letters())))
    return path


def _eml(folder: Path) -> Path:
    for number, text in enumerate(_letters()):
        (folder / f"{number}.eml").write_text(text)
    return folder


def _packed_eml(folder: Path) -> Path:
    for number, text in enumerate(_letters()):
        (folder / f"{number}.eml.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def _maildir(folder: Path) -> Path:
    return maildir(folder / "mail", _letters())


def _table(folder: Path) -> Path:
    columns = {
        "date": [START.timestamp() + 3_600 * number for number in range(4)],
        "sender": ["ann@contractor.example"] * 4,
        "to": [[JOHN]] * 4,
        "message_id": [f"<m{number}@contractor.example>" for number in range(4)],
        "body": BODIES,
    }
    pq.write_table(pa.table(columns), folder / "table", row_group_size=3)
    return folder / "table"


KINDS: dict[str, Callable[[Path], Path]] = {
    "mbox": _mbox,
    "packed mbox": _packed,
    "eml": _eml,
    "packed eml": _packed_eml,
    "maildir": _maildir,
    "parquet": _table,
}


def _opened(
    source: Path, out: Path, with_names: bool = False
) -> tuple[LetterBox, Handovers, tuple[Misdirected, ...]]:
    book = Book(Census(), Organisation("Contractor", ()), Policy.with_defaults(), {})
    found = handovers(out, source)
    judged, _ = Inquiry(book, lambda _: True, [source.name] * 99).judged(found.all())
    return LetterBox(units_of(source), book, no_attachments, with_names), found, judged


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("small", [False, True])
def test_content_is_read_from_every_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, small: bool
) -> None:
    """The right content for the right message, whatever the units: how grave, what kind, who."""
    if small:
        for name, size in (("UNIT", 300), ("_MEMBERS", 1), ("_ROWS", 2)):
            monkeypatch.setattr(reading, name, size)
    (tmp_path / "in").mkdir()
    box, found, judged = _opened(KINDS[kind](tmp_path / "in"), tmp_path / "o", with_names=True)
    read = box.read(judged, found.all())
    assert [one.identity for one in read] == [f"<m{n}@contractor.example>" for n in range(4)]
    assert [bool(one.level) for one in read] == [False, True, False, True]
    assert [one.people for one in read] == [0, 1, 0, 1]
    assert [bool(one.categories) for one in read] == [False, True, False, True]
    assert box.lost == 0
    assert box.unread == set()
    assert box.people.people == 1
    assert "fracture" not in repr(box) + repr(read)


def test_names_only_where_asked_for(tmp_path: Path) -> None:
    """Counts always, names never else."""
    box, found, judged = _opened(_mbox(tmp_path), tmp_path / "o")
    box.read(judged, found.all())
    assert box.people.names is None
    assert box.people.people == 1
    assert "Miller" not in repr(box)


def test_one_message_to_many_is_read_once(tmp_path: Path) -> None:
    """And each of its deliveries knows what it held."""
    path = tmp_path / "box"
    path.write_bytes(mbox([letter(1, "john@army.ml, eve@army.ml", SECRET)]))
    box, found, judged = _opened(path, tmp_path / "o")
    opened = 0

    def count() -> Extractor:
        nonlocal opened
        opened += 1
        return NamesOnly()

    box.extractor = count
    read = box.read(judged, found.all())
    assert [one.level for one in read] == [3, 3]
    assert (opened, box.people.people) == (1, 1)


def test_nothing_to_read_opens_nothing(tmp_path: Path) -> None:
    """No sandbox is started for a log."""
    box, found, judged = _opened(_mbox(tmp_path), tmp_path / "o")

    def refuse() -> Extractor:
        raise AssertionError

    box.extractor = refuse
    assert box.read((), found.all()) == ()
    assert box.read(judged, []) == judged


def _emptied(path: Path) -> None:
    for one in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        one.write_bytes(b"")


def _gone(path: Path) -> None:
    for one in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        one.unlink()


def _other(path: Path) -> None:
    """Put other mail there, of other people."""
    other = [letter(number + 50, "eve@army.mil", SECRET * 3) for number in range(9)]
    data = {
        "box": mbox(other),
        "box.gz": gzip.compress(mbox(other)),
    }.get(path.name)
    if path.name == "table":
        columns = {"date": [0], "sender": ["eve@army.mil"], "to": [[JOHN]], "body": [SECRET]}
        pq.write_table(pa.table(columns), path)
    elif data is not None:
        path.write_bytes(data)
    else:
        for one in [p for p in path.rglob("*") if p.is_file()]:
            text = other[0].encode()
            one.write_bytes(gzip.compress(text) if one.suffix == ".gz" else text)


@pytest.mark.parametrize("happened", [_emptied, _gone, _other])
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_that_is_gone_is_counted(
    tmp_path: Path, kind: str, happened: Callable[[Path], None]
) -> None:
    """Deleted, emptied, or another one in its place: none of it is read as if it were the message."""
    (tmp_path / "in").mkdir()
    source = KINDS[kind](tmp_path / "in")
    box, found, judged = _opened(source, tmp_path / "o")
    happened(source)
    assert box.read(judged, found.all()) == judged
    assert box.lost == 4
    assert box.people.people == 0


def test_a_damaged_mailbox_gives_what_is_before_the_damage(tmp_path: Path) -> None:
    """A packed mbox that was cut."""
    path = _packed(tmp_path)
    letters = [
        letter(n, JOHN, SECRET + "".join(f"{n * k * 7919 % 104729}\n" for k in range(400)))
        for n in range(30)
    ]
    whole = gzip.compress(mbox(letters))
    path.write_bytes(whole[: len(whole) // 2])
    box, found, judged = _opened(path, tmp_path / "o")
    read = box.read(judged, found.all())
    assert 5 < len(read) < 30
    assert all(one.level for one in read)
    assert box.lost == 0


# --- attachments ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    """Open the real sandbox, as the default configuration has it."""
    made = wiring.open_extractor(Config())
    yield made
    made.close()


def _zipped(name: str, data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def _with(number: int, name: str, data: bytes) -> str:
    made = EmailMessage()
    made["From"], made["To"] = "ann@contractor.example", JOHN
    made["Message-ID"] = f"<a{number}@contractor.example>"
    made["Date"] = "Mon, 02 Jun 2025 09:00:00 +0000"
    made.set_content("see attachment\n")
    made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_string()


def test_attachments_are_read_in_the_sandbox(tmp_path: Path, extractor: Extractor) -> None:
    """Also inside an archive; a bomb and a damaged one are counted as unread, and stop no other."""
    bomb = _zipped("bomb.txt", bytes(400 << 20))
    path = tmp_path / "box"
    path.write_bytes(
        mbox(
            [
                _with(0, "crew.txt", SECRET.encode()),
                _with(1, "crew.zip", _zipped("crew.txt", SECRET.encode())),
                _with(2, "bomb.zip", bomb),
                _with(3, "half.zip", _zipped("crew.txt", SECRET.encode())[:60]),
                _with(4, "lunch.txt", PLAIN.encode()),
            ]
        )
    )
    box, found, judged = _opened(path, tmp_path / "o")
    box.extractor = lambda: extractor
    read = {one.identity: one for one in box.read(judged, found.all())}
    assert [read[f"<a{n}@contractor.example>"].people for n in (0, 1, 4)] == [1, 1, 0]
    assert box.unread == {"<a2@contractor.example>", "<a3@contractor.example>"}
    assert all(one.outcome is Outcome.ACCEPTED for one in read.values())
    assert box.lost == 0
