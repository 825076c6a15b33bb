"""What `engine.stretches` promises: whole rows, none lost, in bounded memory and time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.mail.logs.rows import NOW

from missent.engine import stretches
from missent.engine.sources import LogSource, open_source
from missent.mail.delivery import Delivery

CASES = Path(__file__).parent.parent / "cases"
_HEAD = "Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,FromIP,Size,MessageId\n"


def _deliveries(path: Path) -> list[Delivery]:
    source = open_source(path, now=NOW)
    assert isinstance(source, LogSource)
    return list(source)


def _table(rows: int, subject: str = "a") -> str:
    return _HEAD + "".join(
        f"2025-11-22T10:00:00Z,ann@contractor.example,jürgen{n}@army.mil,{subject},Delivered,"
        f"198.51.100.5,,9,<{n}@contractor.example>\n"
        for n in range(rows)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_large_table_is_read_in_stretches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """No row is lost, given twice or garbled where a stretch ends, whatever the encoding."""
    monkeypatch.setattr(stretches, "STRETCH", 1_002)
    path = tmp_path / "trace.csv"
    path.write_bytes(_table(100).encode(encoding))
    assert len(list(stretches.table_stretches(path))) > 10
    found = [delivery.recipient.wire for delivery in _deliveries(path)]
    assert found == [f"jürgen{n}@army.mil" for n in range(100)]


def test_line_end_in_quotes_cuts_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subject of several lines is one cell."""
    monkeypatch.setattr(stretches, "STRETCH", 1_000)
    path = tmp_path / "trace.csv"
    path.write_text(_table(100, '"two\nlines, one ""cell"""'))
    assert len(_deliveries(path)) == 100


def test_quote_that_is_never_closed_costs_few_rows_and_little_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of a table is neither kept in memory nor lost, nor counted over and over."""
    monkeypatch.setattr(stretches, "STRETCH", 20_000)
    path = tmp_path / "trace.csv"
    path.write_text(_table(5_000).replace(",a,", ',"a,', 1))
    most = max(len(data) for _, data in stretches.table_stretches(path))
    assert most < 3 * 20_000
    assert len(_deliveries(path)) > 4_500


def test_json_document_is_given_whole_and_lines_of_json_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document cannot be cut; one object a line can be."""
    monkeypatch.setattr(stretches, "STRETCH", 5_000)
    lines = (CASES / "traces/11-google-bigquery.json").read_text().splitlines() * 20
    path = tmp_path / "export"
    path.write_text("\n".join(lines))
    assert len(list(stretches.table_stretches(path))) > 5
    cut = _deliveries(path)
    assert len(cut) > 100
    path.write_text(json.dumps(list(map(json.loads, lines))))
    assert len(list(stretches.table_stretches(path))) == 1
    assert _deliveries(path) == cut


def test_lines_of_a_log_are_given_in_stretches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stretch ends where a line does and says where it began; an endless line is given in pieces."""
    monkeypatch.setattr(stretches, "STRETCH", 100)
    path = tmp_path / "mail.log"
    data = b"".join(b"line %d\n" % n for n in range(100)) + b"x" * 1_000 + b"\nlast"
    path.write_bytes(data)
    found = list(stretches.line_stretches(path))
    assert b"".join(piece for _, piece in found) == data
    assert all(data[place:].startswith(piece) for place, piece in found)
    assert max(len(piece) for _, piece in found) <= 200
    assert all(piece.endswith(b"\n") for _, piece in found[:8])
