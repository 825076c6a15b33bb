"""Own the proof that where a source is cut changes nothing of what is read from it."""

from __future__ import annotations

import bz2
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.samples import (
    NAMES,
    NOW,
    START,
    Counted,
    counted,
    gathered,
    handovers,
    letter,
    maildir,
    mbox,
    passed,
    said,
    story,
    units_of,
    written,
)
from tests.engine.test_reading_traces import trace

from missent.engine import reading
from missent.engine.facts import Fact, Task
from missent.engine.reading import Stopped, batches
from missent.engine.working import gave

CASES = Path(__file__).parents[1] / "cases"


def _dirty() -> bytes:
    """Write a log with everything that may stand in one."""
    lines = [line.encode() for line in story(24, 8)]
    lines.insert(3, b"")
    lines.insert(7, b"\0\0\0 to=<a\0b@army.ml> \0")
    lines.insert(11, b"\xff\xfe\xfd not UTF-8: to=<\xe9@army.ml>")
    lines.insert(19, b"x" * 3_000)
    lines.insert(23, "Jun  2 09:00:00 mx1 cron: löng ".encode() + "ü".encode() * 999)
    return b"\n".join(lines)


TEXTS = {
    "clean": "\n".join(story(24, 8)).encode() + b"\n",
    "crlf": "\r\n".join(story(24, 8)).encode() + b"\r\n",
    "no end": "\n".join(story(24, 8)).encode(),
    "dirty": _dirty(),
    "one line": story(1)[0].encode(),
}
SIZES = [1, 97, 128, 1_000, 1_001, 100_000]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", TEXTS)
def test_a_log_in_pieces_counts_as_one(
    tmp_path: Path, cut: Callable[..., None], name: str, packed: bool
) -> None:
    """Whatever the size of units and stretches: the same names, counts and messages."""
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(TEXTS[name]) if packed else TEXTS[name])
    whole = counted(path)
    messages = said(gathered(tmp_path / "out", path))
    assert len(messages) == (0 if name == "one line" else 3)
    assert all(sender == "ann@contractor.example" for _, _, sender, *_ in messages)
    for unit in SIZES:
        if len(TEXTS[name]) // unit > 2_000:
            continue
        for stretch in {unit, max(1, unit // 3), 10 * unit}:
            cut(
                unit, max(stretch, 4_000 if packed else 1)
            )  # of a packed line longer than this a piece
            assert counted(path) == whole
            if unit >= 128 and stretch == unit:
                assert said(gathered(tmp_path / "out", path)) == messages


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([*story(3), "", "x" * 400, "é" * 90]), max_size=30),
    st.integers(1, 3_000),
    st.integers(1, 3_000),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_log_any_size(lines: list[str], unit: int, stretch: int, end: str, ends: bool) -> None:
    """Every line stands in exactly one stretch, in order, whole."""
    text = end.join(lines) + (end if ends else "")
    text = text or "\n"
    data = (story(1)[0] + end + text).encode()
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "log"
        path.write_bytes(data)
        patch.setattr(reading, "UNIT", unit)
        patch.setattr(reading, "STRETCH", stretch)
        rows = [
            (row["place"], row["data"])
            for piece in units_of(path)
            for batch in batches(piece, NAMES)
            for row in batch.to_pylist()
        ]
    assert b"".join(octets for _, octets in rows) == data
    at = 0
    for place, octets in rows:
        assert place == at
        at += len(octets)
        assert octets.endswith(b"\n") or at == len(data)


def test_an_endless_line_hides_no_other(tmp_path: Path, cut: Callable[..., None]) -> None:
    """A line longer than all limits is given in pieces; those around it are whole."""
    lines = passed("4A0000001", "ann@contractor.example", "john@army.ml")
    more = passed("4A0000002", "ann@contractor.example", "john@army.ml")
    path = written(tmp_path / "log", [*lines, "y" * 100_000, *more])
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_ENDLESS", 2_000)
        for unit in (700, 5_000, 60_000, 1 << 20):
            cut(unit, 3_000)
            for source in (path, packed):
                found = gathered(tmp_path / "out", source)
                assert [one.identity for one in found] == [
                    "<4A0000001@contractor.example>",
                    "<4A0000002@contractor.example>",
                ]
                longest = max(
                    len(row)
                    for piece in units_of(source)
                    for batch in batches(piece, NAMES)
                    for row in batch["data"].to_pylist()
                )
                assert longest < 8_000


# --- archives ------------------------------------------------------------------------------------


def _box() -> bytes:
    """Write an mbox with quoted, unquoted and forged separators."""
    bodies = [
        "short\n",
        ">From a quoted line\n\nFrom here on it is quiet\n",
        "x" * 700 + "\n",
        "Hi\nFrom ann@contractor.example Mon Jun  2 09:00:00 2025\nno empty line before\n",
        "",
    ]
    people = ("john@army.ml", "eve@army.mil", "joe@army.ml, ann@contractor.example")
    return mbox([letter(n, people[n % 3], bodies[n % 5]) for n in range(20)])


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_mbox_in_pieces(
    tmp_path: Path, cut: Callable[..., None], packed: bool, end: bytes
) -> None:
    """A separator at a cut belongs to one piece, and to one only."""
    path = tmp_path / "box"
    data = _box().replace(b"\n", end)
    path.write_bytes(gzip.compress(data) if packed else data)
    whole = counted(path)
    assert whole.counts["messages"] == 20
    before = [
        (one.identity, one.content and one.content.at) for one in gathered(tmp_path / "o", path)
    ]
    assert len(before) == 13
    separator = data.find(b"\nFrom ann", 100)
    for unit in {1_000, 333, *range(separator - 2, separator + 4)}:
        cut(unit)
        assert counted(path) == whole
        found = gathered(tmp_path / "o", path)
        assert [(one.identity, one.content and one.content.at) for one in found] == before


def test_a_maildir_in_pieces(tmp_path: Path, cut: Callable[..., None]) -> None:
    """However many members a unit has; a folder of message files, too."""
    letters = [letter(n, "john@army.ml" if n % 2 else "eve@army.mil") for n in range(11)]
    box = maildir(tmp_path / "box", letters)
    folder = tmp_path / "kept"
    folder.mkdir()
    for number, text in enumerate(letters):
        (folder / f"{number}.eml").write_text(text)
    for source in (box, folder):
        whole, messages = counted(source), said(gathered(tmp_path / "o", source))
        assert whole.counts["messages"] == 11
        assert len(messages) == 5
        for rows in (1, 2, 3, 10, 11, 12):
            cut(500, rows=rows)
            assert counted(source) == whole
            assert said(gathered(tmp_path / "o", source)) == messages


def test_message_files(tmp_path: Path) -> None:
    """One alone, compressed or not; one with a header longer than a first look."""
    text = letter(1, "john@army.ml")
    long = f"X-Long: {'y' * 60}\n" * 400 + text
    for name, data in (
        ("one.eml", text.encode()),
        ("packed", gzip.compress(text.encode())),
        ("long.eml", b"Subject: x\n" + long.encode()),
        ("long", bz2.compress(b"Subject: x\n" + long.encode())),
        ("header only", text.partition("\n\n")[0].encode()),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert counted(path).names["to", "john", "army.ml"] == 1
        assert [one.identity for one in gathered(tmp_path / "o", path)] == [
            "<m1@contractor.example>"
        ]


def table(path: Path, rows: int, group: int) -> Path:
    """Write a table of mail."""
    columns = {
        "date": [START.timestamp() + n for n in range(rows)],
        "sender": ["ann@contractor.example"] * rows,
        "to": [["john@army.ml" if n % 3 else "eve@army.mil"] for n in range(rows)],
        "message_id": [f"<t{n}@contractor.example>" for n in range(rows)],
        "body": [f"body of {n}" for n in range(rows)],
    }
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


@pytest.mark.parametrize("group", [1, 4, 7, 100])
def test_a_table_in_pieces(tmp_path: Path, cut: Callable[..., None], group: int) -> None:
    """Row groups and units need not fit."""
    path = table(tmp_path / "table", 17, group)
    whole, messages = counted(path), said(gathered(tmp_path / "o", path))
    assert whole.counts["messages"] == 17
    assert len(messages) == 11
    for rows in (1, 3, 4, 16, 17, 18):
        cut(500, rows=rows)
        assert counted(path) == whole
        assert said(gathered(tmp_path / "o", path)) == messages


def test_a_table_without_rows(tmp_path: Path) -> None:
    """Holds nothing, and that is no fault."""
    assert counted(table(tmp_path / "table", 0, 1)) == Counted()


# --- trouble -------------------------------------------------------------------------------------


def _kinds(path: Path) -> Iterator[tuple[str, bytes]]:
    yield "log", "\n".join(story(2_000)).encode()
    yield "mbox", mbox([letter(n, f"p{n}@army.ml", f"{n * 7919}\n" * 20) for n in range(600)])
    rows = trace().splitlines(keepends=True)
    yield "trace", "".join([rows[0], *(rows[1:] * 60)]).encode()


@pytest.mark.parametrize("kind", ["log", "mbox", "trace"])
@pytest.mark.parametrize("stretch", [0, 30_000])
def test_what_stands_before_the_damage_counts(
    tmp_path: Path, cut: Callable[..., None], kind: str, stretch: int
) -> None:
    """A compressed file that was cut: most is counted, and that it is not all is told."""
    data = dict(_kinds(tmp_path))[kind]
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(data))
    whole = counted(path)
    assert whole.faults == []
    packed = path.read_bytes()
    path.write_bytes(packed[: len(packed) * 3 // 4])
    if stretch:
        cut(1 << 20, stretch)
    found = counted(path)
    assert found.faults == ["damaged compressed data"]
    assert sum(whole.names.values()) // 2 < sum(found.names.values()) < sum(whole.names.values())


def test_what_vanished_or_shrank_since(tmp_path: Path) -> None:
    """Rotated away between two passes, emptied, replaced by a folder: a reason without a path, no more."""
    log = written(tmp_path / "mail.log", story(40))
    box = tmp_path / "box"
    box.write_bytes(_box())
    packed = tmp_path / "box.gz"
    packed.write_bytes(gzip.compress(_box()))
    one = tmp_path / "one.eml"
    one.write_text(letter(1, "john@army.ml"))
    rows = table(tmp_path / "table", 5, 2)
    sources = (log, box, packed, one, rows)
    units = units_of(*sources)

    def faults() -> Counter[str]:
        found: Counter[str] = Counter()
        for unit in units:
            for batch in gave(unit, NAMES):
                found.update(r["key"] for r in batch.to_pylist() if r["what"] == Fact.FAULT)
        return found

    assert faults() == Counter()
    for path in sources:
        path.write_bytes(b"")
    assert str(tmp_path) not in "".join(faults())
    assert len(list(faults().elements())) == 3  # nothing in a log or a message is no fault
    for path in sources:
        path.unlink()
        path.mkdir()
    assert str(tmp_path) not in "".join(faults())
    for path in sources:
        path.rmdir()
    reasons = faults()
    assert reasons.pop("No such file or directory") == 4
    assert list(reasons) == ["expected a Parquet file that pyarrow can read"]
    with pytest.raises(Stopped):
        list(batches(units[0], NAMES))


def test_one_bad_member_stops_no_other(tmp_path: Path) -> None:
    """A message file that cannot be read is a message that cannot be read; one that was moved is none."""
    box = maildir(tmp_path / "box", [letter(n, "john@army.ml") for n in range(6)])
    (box / "cur" / "0002.mx").write_bytes(gzip.compress(b"From: x\n")[:11])
    units = units_of(box)
    (box / "cur" / "0004.mx").unlink()
    counts: Counter[str] = Counter()
    for batch in gave(units[0], NAMES):
        for row in batch.to_pylist():
            assert row["what"] != Fact.FAULT
            if row["what"] == Fact.COUNT:
                counts[row["key"]] += row["count"]
    assert counts == {"messages": 5, "unreadable": 1}


def test_the_book_of_places(tmp_path: Path) -> None:
    """Each archived hit knows where its content lies."""
    path = tmp_path / "box"
    path.write_bytes(_box())
    for one in handovers(tmp_path / "o", path).all():
        assert one.content is not None
        assert one.message_id is not None
        assert one.message_id.encode() in path.read_bytes()[one.content.at :][:200]


def test_a_plan_covers_everything(tmp_path: Path, cut: Callable[..., None]) -> None:
    """Units of a file lie side by side; progress adds up to about the file."""
    path = written(tmp_path / "log", story(100))
    cut(4_000)
    units = units_of(path)
    size = path.stat().st_size
    assert [unit.start for unit in units[1:]] == [unit.end for unit in units[:-1]]
    assert (units[0].start, units[-1].end) == (0, size)
    assert [unit.number for unit in units] == list(range(len(units)))
    assert size * 0.9 < sum(unit.weight for unit in units) <= size


def test_a_task_travels_with_its_work(tmp_path: Path) -> None:
    """In the metadata of every batch, whatever the kind."""
    task = Task(NOW.isoformat(), to=("@army.ml",), joins=True)
    path = written(tmp_path / "log", story(4))
    box = tmp_path / "box"
    box.write_bytes(_box())
    for unit in units_of(path, box):
        for batch in batches(unit, task):
            assert Task.of(batch.schema) == task
