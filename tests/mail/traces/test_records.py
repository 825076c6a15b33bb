"""What `mail.traces.records` promises: rows out of any shape of JSON, and damage that stays where it is."""

import pytest

from missent.mail.traces.records import MAX_DAMAGED, is_cuttable, plain, records


@pytest.mark.parametrize(
    "text",
    [
        '[{"a":1},{"a":2}]',
        '[\n  {"a": 1},\n  {"a": 2}\n]\n',
        '\ufeff {"value":[{"a":1},{"a":2}],"next":"x"}',
        '{\n "@odata.context": "x",\n "value": [\n {"A": 1},\n {"A": 2}\n ]\n}',
        '{"items":[{"a":1},{"a":2}]}',
        '{"d":{"results":[{"a":1},{"a":2}]}}',
        '{"d":[{"a":1},{"a":2}]}',
        '{"a":1}\n{"a":2}\n',
        '{"a":1}\r\n\r\n{"a":2}',
        '{\n"a":1\n}\n{\n"a":2\n}\n',
        '{"value":[{"a":1}]}\n{"value":[{"a":2}]}\n',
    ],
)
def test_every_shape_gives_its_rows(text: str) -> None:
    """However the same rows are wrapped, they come out."""
    assert list(records(text)) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"a":1}\n{"a":\n{"a":2}\n', [{"a": 1}, None, {"a": 2}]),
        ('{"a":\n{"a":1}\n{"a":2}\n', [None, {"a": 1}, {"a": 2}]),
        ('[{"a":1},{"a":},{"a":2}]', [{"a": 1}, None, {"a": 2}]),
        ('[{"a":1},\n{"a":\n{"a":2}]', [{"a": 1}, None, {"a": 2}]),
        ('[{"a":1},{"a":2', [{"a": 1}, None]),
        ('[{"a":1},', [{"a": 1}]),
        ('[1,null,"x",[{"a":2}],{"a":1}]', [None, None, None, None, {"a": 1}]),
        ('{"value":[]}', []),
        ("[" * 100_000, [None]),
        ('[{"a":' * 50_000, [None]),
        ('{"a":1}\n' + '{"a":' * 100_000 + "\n", [{"a": 1}, None]),
        ('[{"a":' + "9" * 9_999 + '},{"a":1}]', [None, {"a": 1}]),
    ],
)
def test_damage_is_one_row(text: str, rows: list[object]) -> None:
    """A row that cannot be read, or is nested without end, is None; those around it are read."""
    assert list(records(text)) == rows


def test_document_that_is_all_damage_is_given_up() -> None:
    """What is taken up again may be read to its end each time, so that happens seldom."""
    assert list(records("[" + '{"a"},' * 5_000)) == [None] * MAX_DAMAGED


def test_only_rows_on_lines_can_be_cut() -> None:
    """A later part of a document, or of pages one a line, has no row at its start."""
    assert is_cuttable('{"a":1}\n{"a":2}\n')
    assert is_cuttable('{"a":\n{"a":1}\n')
    assert not is_cuttable('{"value":[{"a":1}]}\n')
    assert not is_cuttable('[{"a":1}]')
    assert not is_cuttable('{\n"a":1\n}')


def test_names_are_compared_without_case_and_marks() -> None:
    """One service writes one column in three ways."""
    assert {
        plain(name) for name in ("recipient-address", "Recipient address", "recipientAddress")
    } == {"recipientaddress"}
