"""What `mail.traces.trace` promises: cells read into parts of a delivery, whatever type they are of."""

from datetime import UTC, datetime

import pytest

from missent.mail.traces.records import MAX_CELL
from missent.mail.traces.trace import (
    addresses_of,
    ids_of,
    place_of,
    sender_of,
    size_of,
    text_of,
)

AT = datetime(2025, 11, 22, 10, 0, 1, 250_000, tzinfo=UTC)


def test_first_cell_that_says_something_counts() -> None:
    """Empty, ``N/A`` and a wrong type say nothing; a number is its digits."""
    row = {"a": " ", "b": "N/A", "c": None, "d": [1], "e": True, "f": 7, "g": " x "}
    assert text_of(row, "a", "b", "c", "d", "e", "none", "g") == "x"
    assert text_of(row, "f", "g") == "7"
    assert text_of(row, "a", "c") == ""
    assert text_of({"a": "x" * (MAX_CELL + 1)}, "a") == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a@x.example;b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example, b@x.example", ["a@x.example", "b@x.example"]),
        ('"a;b, c"@x.example;d@x.example', ['"a;b, c"@x.example', "d@x.example"]),
        (["a@x.example", 7, "b@x.example"], ["a@x.example", "b@x.example"]),
        ('"' * 7, ['"' * 6]),
        ('"\\' * 60_000, None),
        ("", []),
        (None, []),
    ],
)
def test_lists_of_addresses_are_split_outside_quotes(
    cell: object, expected: list[str] | None
) -> None:
    """A separator in a quoted local part is none, and no quote is looked for to the end."""
    found = addresses_of({"to": cell}, "to")
    assert expected is None or found == expected


def test_sender_is_null_known_or_unknown() -> None:
    """The null path is an answer; an empty or broken cell is none, and the next column is asked."""
    row = {"null": "<>", "empty": "", "broken": "Ann", "good": "<ann@contractor.example>"}
    assert sender_of(row, "empty", "null", "good") == (None, True)
    sender, known = sender_of(row, "broken", "good")
    assert sender is not None
    assert (sender.wire, known) == ("ann@contractor.example", True)
    assert sender_of(row, "empty", "broken") == (None, False)


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("mx.army.ml", "203.0.113.9", "mx.army.ml[203.0.113.9]"),
        ("", "203.0.113.9", "unknown[203.0.113.9]"),
        ("", "[2001:DB8::1]", "unknown[2001:db8::1]"),
        ("mx.army.ml", "", "mx.army.ml"),
        ("mx army], relay=x", "203.0.113.999", None),
        ("x" * 300, "fe80::1%eth0]x", "unknown[fe80::1]"),
        ("", "1" * 5_000, None),
        ("", "", None),
    ],
)
def test_machine_is_written_as_postfix_does(host: str, address: str, expected: str | None) -> None:
    """What is no host name and no address is left out."""
    assert place_of(host, address) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (7, 7),
        ("7", 7),
        (0, 0),
        (-1, None),
        ("1e9", None),
        ("9" * 16, None),
        (1.5, None),
        ("٧", None),
    ],
)
def test_size_is_a_small_number(cell: object, expected: int | None) -> None:
    """Anything else is no size."""
    assert size_of({"size": cell}, "size") == expected


def test_ids_fall_back_on_one_another() -> None:
    """The trace's own id, else the Message-ID, else the time; none that cannot be stored."""
    assert ids_of("42", "a@x.example", AT) == ("42", "<a@x.example>")
    assert ids_of("", "<a@x.example>", AT) == ("a@x.example", "<a@x.example>")
    assert ids_of("4 2", "", AT) == ("100001.250000", None)
    assert ids_of("\ud800", "<\ud800@x.example>", AT) == ("?@x.example", "<?@x.example>")
