"""The file as bytes: bounded, strict, and what is written is read again."""

from __future__ import annotations

import json
import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.safety.texts import name, plain, text

from missent.errors import ArchiveError
from missent.mail.mailbox import Mailbox
from missent.service.safety.admission import weave
from missent.service.safety.file import LARGEST, MOST_ENTRIES, Entry, SafetyFile, read, write
from missent.service.safety.words import fault_in, worded


def test_a_whole_file_is_read() -> None:
    """Each key of the format has its place; unknown ones are left alone."""
    whole = text(
        domains=["army.mil", "us.army.mil"],
        hint="Addresses of ours end in .mil",
        report="mailto:postmaster@army.mil",
        max_age=3600,
        id="2026-1",
        issued="2026-03-01T00:00:00Z",
        colour="green",
    )
    assert read(whole) == SafetyFile(
        name("army.mil"),
        (name("army.mil"), name("us.army.mil")),
        (Entry(name("army.ml"), "one letter dropped"),),
        "Addresses of ours end in .mil",
        Mailbox.parse("postmaster@army.mil"),
        timedelta(hours=1),
        "2026-1",
        datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_the_example_of_the_reference_is_read() -> None:
    """What the format's page shows is admitted, and whole."""
    page = Path(__file__).parents[3] / "docs/reference/safety-file.md"
    [example] = re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL)
    file = read(example.encode())
    assert file.issue
    assert file.report
    assert weave([file], ()).not_ours


def test_little_is_needed() -> None:
    """Version and publisher make a file, which lasts ninety days; the publisher is one of its domains."""
    least = read(b'{"version": 0, "publisher": "army.mil"}')
    assert least == SafetyFile(name("army.mil"), (name("army.mil"),))
    assert least.lasts == timedelta(days=90)


def test_no_file_lasts_longer_than_a_year() -> None:
    """Names change hands."""
    assert read(text(max_age=10**9)).lasts == timedelta(days=365)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b" " * (LARGEST + 1), "larger than"),
        (b"\xff{}", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b'{"version": 0, "version": 0, "publisher": "army.mil"}', "given twice"),
        (b'{"version": NaN, "publisher": "army.mil"}', "not JSON"),
        (b'{"version": 0, "max_age": 1' + b"0" * 5000 + b"}", "not JSON"),
        (b"[]", "expected an object"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, fault: str) -> None:
    """Size, encoding, nesting, keys that two programs would read differently."""
    with pytest.raises(ArchiveError, match=fault):
        read(data)


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("version", 1, "version"),
        ("version", False, "version"),
        ("version", "0", "version"),
        ("publisher", None, "publisher: expected a text"),
        ("publisher", "mil", "public suffix"),
        ("publisher", "[192.0.2.1]", "an address"),
        ("publisher", "a" * 300, "longer than"),
        ("domains", "army.mil", "expected a list"),
        ("domains", ["*.mil"], r"domains\[0\]"),
        ("domains", [f"a{n}.army.mil" for n in range(200)], "more than 200"),
        ("not_ours", [{"domain": f"a{n}.army.ml"} for n in range(201)], "more than 200"),
        ("not_ours", ["army.ml"], "expected an object"),
        ("not_ours", [{"domain": "ml"}], "public suffix"),
        ("not_ours", [{"why": "x"}], "expected a text"),
        ("not_ours", [{"domain": "army.ml", "why": 1}], "expected a text"),
        ("not_ours", [{"domain": "army.ml", "why": "x" * 121}], "longer than 120"),
        ("hint", "x" * 241, "longer than 240"),
        ("report", "https://army.mil/", "mailto"),
        ("report", "mailto:a@army.mil?subject=x", "report"),
        ("report", "mailto:nobody", "report"),
        ("max_age", 0, "max_age"),
        ("max_age", True, "max_age"),
        ("max_age", 1.5, "max_age"),
        ("max_age", 10**11, "max_age"),
        ("id", "a b", "id:"),
        ("id", "x" * 65, "id:"),
        ("issued", "yesterday", "issued"),
        ("issued", "2026-03-01", "without a zone"),
        ("issued", "0001-01-01T00:00:00+23:00", "issued"),
    ],
)
def test_each_key_is_checked(key: str, value: Any, fault: str) -> None:
    """One wrong key refuses the whole file, and the fault says which."""
    with pytest.raises(ArchiveError, match=fault):
        read(text(**{key: value}))


@pytest.mark.parametrize(
    "words",
    [
        "see https://evil.example/",
        "see evil.example",
        "www.evil.example",
        ".evil.example",
        "write to john@evil.example",
        "a\nb",
        "a\x1b[31mb",
        "a\u202eb",
        "a\u200bb",
        "a\u00a0b",
        '") Do as I say',
        "(in brackets)",
        "say: yes",
        "<b>bold</b>",
        "\ud800",
        "e" + "\u0301" * 9,
        " leading",
    ],
)
def test_hostile_words_are_refused(words: str) -> None:
    """No link, no markup, nothing unseen, nothing that ends the quotation: the whole file is refused."""
    with pytest.raises(ArchiveError, match="why"):
        read(json.dumps(plain(not_ours=[{"domain": "army.ml", "why": words}])).encode())
    with pytest.raises(ArchiveError, match="hint"):
        read(json.dumps(plain(hint=words)).encode())


@pytest.mark.parametrize(
    "words", ["", "one letter dropped", "ends in .com in place of .gov.uk", "das ü fehlt", "нет"]
)
def test_ordinary_words_pass(words: str) -> None:
    """Any language; a public suffix is nobody's link."""
    assert fault_in(words) == ""


def test_a_fault_never_repeats_control_characters() -> None:
    """What an operator's terminal shows of a stranger's name is escaped and cut off."""
    with pytest.raises(ArchiveError) as refused:
        read(text(publisher="\x1b]0;x\x07" + "a" * 200))
    assert str(refused.value).isascii()
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 250


def _fault(data: bytes) -> str:
    try:
        read(data)
    except ArchiveError as refused:
        return str(refused)
    return ""


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_make_reading_fail_otherwise(data: bytes) -> None:
    """It is read or refused, whatever it is."""
    assert _fault(data).isprintable()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    st.sampled_from(
        ["version", "publisher", "domains", "not_ours", "hint", "report", "max_age", "id"]
    ),
    _JSON,
)
def test_no_value_makes_reading_fail_otherwise(key: str, value: Any) -> None:
    """Any JSON in any key is read or refused."""
    assert _fault(text(**{key: value})).isprintable()


_LABEL = st.text(string.ascii_lowercase, min_size=2, max_size=12)
_NAME = st.builds(
    "{}.{}".format, _LABEL, st.sampled_from(["mil", "example", "gov.uk", "test"])
).map(name)
_WORDS = st.text(max_size=200).map(lambda any_text: worded(any_text, 120))


@given(
    st.lists(_NAME, min_size=1, max_size=5, unique=True),
    st.lists(st.builds(Entry, _NAME, _WORDS), max_size=5, unique_by=lambda one: one.domain),
    _WORDS,
    st.integers(1, 10**9),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_written_is_read_again(
    domains: list[Any], entries: list[Entry], hint: str, age: int, issued: datetime | None
) -> None:
    """The very same value comes back, named by its content."""
    report = Mailbox.parse("desk@army.mil")
    lasts = timedelta(seconds=age)
    one = SafetyFile(domains[0], tuple(domains), tuple(entries), hint, report, lasts, issued=issued)
    again = read(write(one))
    assert again.issue
    assert (
        SafetyFile(
            again.publisher,
            again.domains,
            again.not_ours,
            again.hint,
            again.report,
            again.max_age,
            issued=again.issued,
        )
        == one
    )
    assert write(again) == write(one)


@given(st.text(max_size=300))
def test_any_text_is_made_fit_to_show(anything: str) -> None:
    """Whatever a phrase is made of, what is published of it would be admitted."""
    made = worded(anything, 120)
    assert fault_in(made) == ""
    assert len(made) <= 120


def test_the_most_entries_are_read() -> None:
    """Two hundred are not too many."""
    entries = [{"domain": f"a{n}.army.ml"} for n in range(MOST_ENTRIES)]
    assert len(read(text(not_ours=entries)).not_ours) == MOST_ENTRIES
