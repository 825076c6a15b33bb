"""Own the proof that a row of a table is read as the message it stands for, and cannot be another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.engine.rows import row_bytes
from missent.mail.archived import read_header
from missent.mail.message import parse

AT = datetime(2025, 6, 2, 9, tzinfo=UTC)
ROW: dict[str, Any] = {
    "date": AT.timestamp(),
    "sender": "ann@contractor.example",
    "to": ["john@army.ml", "eve@army.mil"],
    "cc": "joe@army.ml",
    "bcc": None,
    "message_id": "<one@contractor.example>",
    "references": ["<zero@army.mil>"],
    "subject": "Crew list",
    "body": "Dear John,\nthe list.",
}


def test_a_row_is_its_header() -> None:
    """Everything that is asked of a message is there."""
    read = read_header(row_bytes(ROW))
    assert [one.wire for one in read.header_from] == ["ann@contractor.example"]
    assert [one.wire for one in read.recipients] == ["john@army.ml", "eve@army.mil", "joe@army.ml"]
    assert read.message_id == "<one@contractor.example>"
    assert read.references == ("<zero@army.mil>",)
    assert (read.at, read.subject) == (AT, "Crew list")
    assert b"Dear John" not in row_bytes(ROW)


def test_whole_it_has_its_text() -> None:
    """And the same header."""
    whole = row_bytes(ROW, whole=True)
    assert "the list." in parse(whole).text
    assert read_header(whole) == read_header(row_bytes(ROW))


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (AT, AT),
        (AT.replace(tzinfo=None), AT),
        (AT.astimezone(timezone(timedelta(hours=2))), AT),
        (AT.timestamp(), AT),
        (int(AT.timestamp()), AT),
        (None, None),
        ("yesterday", None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
    ],
)
def test_dates(value: object, at: datetime | None) -> None:
    """A time with or without a zone, seconds; what is none is left out."""
    assert read_header(row_bytes({**ROW, "date": value})).at == at


@pytest.mark.parametrize("name", ["sender", "to", "message_id", "references", "subject"])
def test_a_cell_starts_no_field(name: str) -> None:
    """Whatever a table holds, it forges neither a field nor the end of the header."""
    for evil in ("x\nBcc: spy@army.ml", "x\r\n\r\nFrom: spy@army.ml", ["x", "\nTo: spy@army.ml\n"]):
        for whole in (False, True):
            read = message_from_bytes(row_bytes({**ROW, name: evil}, whole=whole))
            assert read["Bcc"] is None
            assert (read.keys().count("From"), read.keys().count("To")) == (1, 1)


@given(
    st.dictionaries(
        st.sampled_from(sorted(ROW)),
        st.one_of(
            st.none(),
            st.text(max_size=30),
            st.integers(),
            st.floats(),
            st.lists(st.text()),
            st.booleans(),
        ),
    )
)
def test_whatever_a_row_holds_it_is_read(row: dict[str, object]) -> None:
    """Columns of any type, or missing."""
    for whole in (False, True):
        data = row_bytes(row, whole=whole)
        assert read_header(data).identity == read_header(row_bytes(row)).identity
