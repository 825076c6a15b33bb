"""The files of an investigation: nothing breaks out, nothing is fetched, the same bytes each time."""

from __future__ import annotations

import json
import re
import stat
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.service.investigation.samples import PEOPLE, hostile, incident, nothing, single

from missent.engine.incident import (
    DELIVERIES,
    FIGURES,
    INDICATORS,
    PAGE,
    POLICY,
    STIX,
    check,
    page,
    write_report,
)
from missent.errors import OperatorError
from missent.service.investigation.incident import Incident
from missent.service.investigation.plain import to_plain
from missent.service.investigation.sentences import sentence

SECTIONS = [
    "title",
    "days",
    "wrong",
    "persistent",
    "destinations",
    "sensitivity",
    "people",
    "warn",
    "doubtful",
    "limits",
    "notice",
    "method",
]
SECURITY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
FILES = {DELIVERIES, FIGURES, INDICATORS, PAGE, POLICY, STIX}
VOID = {"meta", "wbr", "br", "img", "link", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page: its elements with their attributes, its text, and whether all is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of the plot, which is closed at once."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """See that it is the one that is open."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text, but not the style."""
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Give all text in one line."""
        return " ".join("".join(self.words).split())


SAMPLES = {
    "large": incident(400),
    "years": incident(300, days=2_190),
    "logs": incident(60, content=False, days=20),
    "names": incident(60, names=True),
    "single": single(),
    "nothing": nothing(),
    "hostile": hostile(),
}
EVERY = pytest.mark.parametrize("made", SAMPLES.values(), ids=SAMPLES)


@EVERY
def test_the_same_incident_gives_the_same_bytes(tmp_path: Path, made: Incident) -> None:
    """No date of today, no random id, and a second run replaces the first."""
    written = []
    for folder in (tmp_path / "a", tmp_path / "deep" / "b", tmp_path / "a"):
        write_report(folder, made)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1] == written[2]
    assert set(written[0]) == FILES
    assert str(tmp_path).encode() not in b"".join(written[0].values())


@EVERY
def test_the_page_asks_for_nothing(made: Incident) -> None:
    """One file: no script, no link but within the page, no address to fetch from."""
    text = page(made)
    read = Reader(text)
    names = {name for name, _ in read.elements}
    assert not names & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "image",
    }
    for _, attributes in read.elements:
        assert not any(name.startswith("on") or name in ("src", "srcset") for name in attributes)
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", text)
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": SECURITY}) in read.elements


@EVERY
def test_ids_are_unique_and_links_lead_somewhere(made: Incident) -> None:
    """Also between the plot and the page around it."""
    elements = Reader(page(made)).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a.get("href") or a.get("xlink:href") for _, a in elements} - {None}
    labels = {word for _, a in elements for word in (a.get("aria-labelledby") or "").split()}
    assert {f"#{one}" for one in ids} >= targets
    assert set(ids) >= labels


def test_hostile_text_stays_text() -> None:
    """Addresses, reasons, servers, file names: shown as they are, and nothing of them is markup."""
    read = Reader(page(hostile()))
    names = [name for name, _ in read.elements]
    assert not {"b", "i", "u", "em", "iframe", "script"} & set(names)
    assert names.count("h1") == 1
    assert all(a["href"] and a["href"].startswith("#") for name, a in read.elements if name == "a")
    assert '"<script>alert(1)</script>&\'"@army.ml' in read.text
    assert "<b>bold</b> & {{ 7 * 7 }}" in read.text
    assert "</section><h1>limits</h1>" in read.text
    assert "\x1b" not in page(hostile())


def test_all_sections_in_their_order() -> None:
    """Management first, method last."""
    labels = [
        a.get("aria-labelledby") for n, a in Reader(page(incident())).elements if n == "section"
    ]
    assert labels == SECTIONS


def test_first_screen() -> None:
    """The sentence and the key figures stand before everything else."""
    made = incident()
    text = Reader(page(made)).text
    start = text[: text.index("In this report")]
    assert sentence(made) in start
    assert f"{made.bounced} more messages to a wrong destination were returned" in start
    for label in (
        "senders",
        "wrong domains that took mail",
        "with sensitive content",
        "people named",
    ):
        assert label in start


def test_nothing_found_is_calm_and_modest() -> None:
    """It says so, and what that does not mean; no draft, no plot, no alarm."""
    made = nothing()
    text = Reader(page(made)).text
    assert sentence(made) in text
    assert "What this does not mean" in text
    assert "Draft of a breach notice" not in text
    assert "<svg" not in page(made)
    assert made.inputs[0].sha256 in text
    bounced = Reader(page(replace(made, refused=incident().destinations[:1]))).text
    assert "Wrong domains that took nothing" in bounced


def test_names_of_people_only_where_asked_for(tmp_path: Path) -> None:
    """Without --with-names in none of the files; with it on the page and in report.json."""
    for folder, names in ((tmp_path / "without", False), (tmp_path / "with", True)):
        write_report(folder, incident(names=names))
        texts = {path.name: path.read_text() for path in folder.iterdir()}
        for name in PEOPLE:
            found = {file for file, text in texts.items() if name in text}
            assert found == ({PAGE, FIGURES} if names else set())


def test_logs_only_never_shows_a_nought() -> None:
    """What was carried is not known, in figures, tables, plot and notice."""
    made = page(incident(content=False))
    for label in ("with sensitive content", "people named in them"):
        assert f'<dt>{label}</dt><dd class="value">not known</dd>' in made
    text = Reader(made).text
    assert "Not known: no source holds the content" in text
    assert "approximate number and categories of the people concerned" in text


def test_long_tables_are_cut_and_say_so() -> None:
    """Fifty rows, how many more, and where they are."""
    made = incident(1_400)
    text = Reader(page(made)).text
    assert len(made.pairs) > 50
    assert f"the first 50 of {len(made.pairs)}" in text
    assert f"{len(made.pairs) - 50} more rows in report.json." in text


@pytest.mark.parametrize(
    ("days", "unit"), [(1, "day"), (30, "day"), (166, "week"), (2_190, "month")]
)
def test_the_plot_says_its_unit(days: int, unit: str) -> None:
    """A title and a description for those who do not see it, and the numbers as a table."""
    made = incident(200, days=days)
    text = page(made)
    read = Reader(text)
    assert f'<title id="plot-title">Messages that reached a wrong destination, by {unit}' in text
    roles = [attributes.get("role") for name, attributes in read.elements if name == "svg"]
    assert roles == ["img"]
    assert f"Messages by {unit}" in read.text
    assert ("so the days are put together" in read.text) == (unit != "day")


def test_tables_have_captions_and_headers() -> None:
    """Every table says what it is, every header what it heads."""
    elements = Reader(page(incident(names=True))).elements
    names = [name for name, _ in elements]
    assert names.count("table") == names.count("caption") > 10
    assert {a.get("scope") for name, a in elements if name == "th"} == {"col", "row"}
    assert elements[0] == ("html", {"lang": "en"})
    assert {"header", "main", "nav", "footer"} <= set(names)


def test_the_other_files(tmp_path: Path) -> None:
    """report.json is the plain form; the table has a row for each delivery."""
    made = incident()
    write_report(tmp_path, made)
    assert json.loads((tmp_path / FIGURES).read_text("utf-8")) == to_plain(made)
    assert (tmp_path / DELIVERIES).read_bytes().count(b"\r\n") == 1 + len(made.deliveries)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """The files name who wrote to whom."""
    write_report(tmp_path / "out", single())
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()]
    assert modes == [0o600] * len(FILES)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_trouble_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the way, a place that cannot be made, a full disk; no half report is left."""
    (tmp_path / "file").write_text("")
    for call in (check, lambda out: write_report(out, single())):
        with pytest.raises(OperatorError, match="is a file; --out names a folder"):
            call(tmp_path / "file")
        with pytest.raises(OperatorError, match="cannot be made: Not a directory"):
            call(tmp_path / "file" / "below")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OperatorError, match="cannot be written: No space left on device"):
        write_report(tmp_path / "out", single())
    assert list((tmp_path / "out").iterdir()) == []


def test_without_matplotlib_it_says_so_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after hours of reading."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(OperatorError, match="pip install"):
        check(tmp_path / "out")
    assert not (tmp_path / "out").exists()
