"""Own the proof that a trace may be cut anywhere: no row, no cell and no character is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.samples import NAMES, Counted, counted, gathered, said, units_of

from missent.engine.reading import batches

CASES = Path(__file__).parents[1] / "cases"


def trace(quoted: bool = True) -> str:
    """Write a trace, with line ends inside of cells."""
    head = "origin_timestamp_utc,sender_address,recipient_status,message_subject,message_id\n"
    rows = []
    for number in range(60):
        subject = (
            f'"line one, ""ü""\nline two\n\nline four of {number}"' if quoted else f"plain {number}"
        )
        domain = "army.ml" if number % 10 == 5 else "army.mil"
        rows.append(
            f"2025-06-02T09:{number:02}:00.000Z,ann@contractor.example,"
            f"p{number}@{domain}##Receive, Deliver,{subject},<t{number}@contractor.example>\n"
        )
    return head + "".join(f'{a},{b},"{c}",{d}' for a, b, c, d in map(_cells, rows))


def _cells(row: str) -> tuple[str, str, str, str]:
    at, sender, rest = row.split(",", 2)
    status, _, rest = rest.partition("##Receive, Deliver,")
    return at, sender, f"{status}##Receive, Deliver", rest


def _same(one: Counted, other: Counted) -> None:
    assert one.names == other.names
    assert one.faults == other.faults
    for key in ("rows", "unreadable"):
        assert one.counts[key] == other.counts[key]


TRACES = {
    "quoted": trace().encode(),
    "crlf": trace().replace("\n", "\r\n").encode(),
    "plain": trace(quoted=False).encode(),
    "no end": trace().rstrip("\n").encode(),
    "bom": b"\xef\xbb\xbf" + trace().encode(),
    "utf-16": trace().encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + trace().encode("utf-16-be"),
    "utf-16 unmarked": trace().encode("utf-16-le"),
    **{
        path.name: path.read_bytes()
        for path in sorted((CASES / "traces").iterdir())
        if path.suffix != ".result"
    },
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", TRACES)
def test_a_trace_in_pieces(
    tmp_path: Path, cut: Callable[..., None], name: str, packed: bool
) -> None:
    """No row is cut, not even at a line end inside of quotes, and no character."""
    path = tmp_path / "trace"
    path.write_bytes(gzip.compress(TRACES[name]) if packed else TRACES[name])
    whole = counted(path)
    assert whole.names
    messages = said(gathered(tmp_path / "o", path))
    if name in ("quoted", "utf-16 unmarked"):
        assert whole.counts["rows"] == 60
        assert len(messages) == 6
    if name.startswith(("14", "15")):
        return  # hostile: what is damaged may be damaged in another way
    for stretch in (2_500, 2_501, 2_502, 2_503, 4_000, 7_777, 1 << 20):
        cut(1 << 20, stretch)
        _same(counted(path), whole)
        assert said(gathered(tmp_path / "o", path)) == messages


def test_a_stray_quote_does_not_hold_up_the_rest(tmp_path: Path, cut: Callable[..., None]) -> None:
    """Rows behind it are read, in bounded memory, and soon."""
    rows = trace(quoted=False).splitlines(keepends=True)
    rows[2] = rows[2].replace("plain", 'plain 5" disk')
    path = tmp_path / "trace"
    path.write_text("".join(rows * 40))
    cut(1 << 20, 4_000)
    longest = max(
        len(row)
        for unit in units_of(path)
        for batch in batches(unit, NAMES)
        for row in batch["data"].to_pylist()
    )
    assert longest < 20_000
    assert counted(path).counts["rows"] > 60 * 39


def test_lines_of_json_in_pieces(tmp_path: Path, cut: Callable[..., None]) -> None:
    """An escaped quote is no end of anything."""
    rows = [
        {
            "Received": f"2025-06-02T09:{n % 60:02}:00Z",
            "SenderAddress": "ann@contractor.example",
            "RecipientAddress": f"p{n}@army.ml",
            "Status": "Delivered",
            "MessageId": f"<t{n}@contractor.example>",
            "Subject": 'a 5" disk' if n % 3 else "ü",
            "MessageTraceId": f"{n:08}-0000-0000-0000-000000000000",
        }
        for n in range(90)
    ]
    path = tmp_path / "trace"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    whole = counted(path)
    assert whole.counts["rows"] == 90
    for stretch in (1_500, 3_333, 10_000):
        cut(1 << 20, stretch)
        _same(counted(path), whole)
