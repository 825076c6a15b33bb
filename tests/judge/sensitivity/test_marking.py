"""Protective markings: the golden vectors of ``tests/cases/markings.toml``, and what surrounds them."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.judge.build import content, message

from missent.judge.content import Content, Detector
from missent.judge.finding import Finding
from missent.judge.marks.labels import LabelHeader
from missent.judge.sensitivity import marking
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text, Where

CASES: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / "cases" / "markings.toml").read_text(encoding="utf-8")
)
VOCABULARY = Vocabulary(marking.DETECTOR.words)
PROSE = "The boats come in at noon and the crew has lunch.\n" * 3
PLACES = ("subject", "line", "portion", "first", "twice", "margin", "cell", "header", "property")


def put(place: str, what: Any) -> Content:
    """Put a vector where it belongs, amid ordinary words."""
    if place == "subject":
        return content(PROSE, subject=what, vocabulary=VOCABULARY)
    if place == "header":
        return content(PROSE, fields=((what[0].lower(), what[1]),), vocabulary=VOCABULARY)
    if place == "property":
        document = Document("2", "docx", texts=(Text(PROSE),), properties=((what[0], what[1]),))
    elif place == "margin":
        document = Document("2", "pdf", texts=(Text(PROSE), Text(what, Where.MARGIN)))
    elif place == "cell":
        document = Document("2", "xlsx", tables=(Table((("a", "b"), (what, "c"))),))
    else:
        return content(_letter(place, what), vocabulary=VOCABULARY)
    return content(PROSE, document, vocabulary=VOCABULARY)


def _letter(place: str, what: str) -> str:
    if place == "first":
        return f"{what}\n\n{PROSE}"
    if place == "twice":
        return f"Dear all,\n{what}\n{PROSE}\n{what}\nAmy"
    return f"Dear all,\n{PROSE}\n{what}\n{PROSE}\nAmy"


def _vectors() -> Iterator[Any]:
    for row in CASES["carries"]:
        for place in PLACES:
            for what in row.get(place, ()):
                yield pytest.param(
                    place, what, row["scheme"], row["level"], id=f"{row['scheme']}-{place}-{what}"
                )


def _traps() -> Iterator[Any]:
    for place, whats in CASES["traps"].items():
        yield from (pytest.param(place, what, id=f"{place}-{what}") for what in whats)


def found_in(read: Content) -> list[Finding]:
    """Ask both detectors, as the judge does."""
    words = frozenset[str]().union(*(reading.words for reading in read.readings))
    asked = [one for one in marking.detectors() if not one.words or not one.words.isdisjoint(words)]
    return [finding for detector in asked for finding in detector.detect(read)]


@pytest.mark.parametrize(("place", "what", "scheme", "level"), list(_vectors()))
def test_a_marking_is_found_at_its_level(place: str, what: Any, scheme: str, level: int) -> None:
    """Every published form is found, with its scheme and level, once for each scheme."""
    found = found_in(put(place, what))
    levels = {finding.facts["scheme"]: finding.facts["level"] for finding in found}
    assert levels.get(scheme) == level, levels
    assert max(levels.values()) == level
    assert len(levels) == len(found)


@pytest.mark.parametrize(("place", "what"), list(_traps()))
def test_words_in_ordinary_use_are_not_markings(place: str, what: Any) -> None:
    """The same words in sentences, titles, disclaimers and names say nothing."""
    assert found_in(put(place, what)) == []


def test_there_are_enough_vectors() -> None:
    """The golden set covers each scheme that has a name, and keeps its size."""
    vectors = list(_vectors())
    assert len(vectors) >= 250
    assert len(list(_traps())) >= 120
    assert {row["scheme"] for row in CASES["carries"]} == set(marking.SCHEMES)


def test_each_scheme_is_one_finding_and_only_the_first_weighs() -> None:
    """Three schemes are three findings; that something is marked counts once."""
    read = content(
        "NATO RESTRICTED\n\ntext\n\nNATO RESTRICTED",
        subject="[OFFICIAL-SENSITIVE] NATO menu",
        fields=(("sensitivity", "Company-Confidential"),),
        vocabulary=VOCABULARY,
    )
    found = found_in(read)
    assert {f.facts["scheme"] for f in found} == {"uk", "nato", "sensitivity"}
    assert sum(f.weight for f in found) == marking.WEIGHT


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("SECRET//NOFORN", {"countries": "us", "national": True}),
        ("CUI//NOFORN", {"countries": "us", "national": True}),
        ("SECRET//REL TO USA, GBR", {"countries": "gb us", "national": False}),
        ("SECRET//REL TO USA, FVEY", {"countries": "au ca gb nz us", "national": False}),
        ("SECRET//AUSTEO", {"countries": "au", "national": True}),
        ("UK SECRET - UK EYES ONLY", {"countries": "gb", "national": True}),
        ("UK SECRET - UK/US EYES ONLY", {"countries": "gb us", "national": False}),
        ("DIFFUSION RESTREINTE - SPÉCIAL FRANCE", {"countries": "fr", "national": True}),
        ("CUI//FED ONLY", {"government_only": True}),
        ("CUI//DL ONLY", {"named_only": True}),
        ("OFFICIAL-SENSITIVE - HMG USE ONLY", {"government_only": True}),
        ("OFFICIAL-SENSITIVE - RECIPIENTS ONLY", {"named_only": True}),
        ("TLP:RED", {"named_only": True}),
        ("TLP:AMBER+STRICT", {"own_only": True}),
        ("TLP:AMBER", {}),
    ],
)
def test_caveats_become_closed_facts(line: str, facts: dict[str, str | bool]) -> None:
    """To whom a marking limits its content is said in closed words."""
    (found,) = found_in(put("line", line))
    said = {k: v for k, v in found.facts.items() if k == "countries" or k.endswith(("only", "nal"))}
    assert said == facts


def test_the_narrowest_limit_counts() -> None:
    """A portion for fewer countries limits the whole."""
    letter = (
        "SECRET//REL TO USA, FVEY\n\n(S//REL TO USA, GBR) One.\n\n(S//REL TO USA, GBR, AUS) Two."
    )
    (found,) = found_in(content(letter, vocabulary=VOCABULARY))
    assert found.facts["countries"] == "gb us"
    assert found.facts["count"] == 3


def test_what_was_found_is_never_repeated() -> None:
    """No text of subject, line, header or property enters a finding (law 8)."""
    canary = Document(
        "2",
        "docx",
        name="zebra.docx",
        texts=(Text("CUI//SP-ZEBRA//NOFORN"), Text("NATO RESTRICTED - ZEBRA", Where.MARGIN)),
        properties=(("Classification", "Confidential zebra"), ("bjDocumentSecurityLabel", "zebra")),
    )
    read = content(
        "(TS//SI//REL TO USA, FVEY) zebra\n[SEC=PROTECTED, CAVEAT=FG:zebra]\n",
        canary,
        subject="SECRET//ORCON/NOFORN zebra",
        fields=(("sio-label", 'marking="SECRET zebra"'), ("x-classification", "zebra secret")),
        vocabulary=VOCABULARY,
    )
    found = found_in(read)
    assert len(found) >= 6
    told = repr(found).lower()
    for word in ("zebra", "noforn", "orcon", "fvey", "rel to", "sp-"):
        assert word not in told


def test_the_place_is_named_without_the_file() -> None:
    """The sentence says the subject, the letter, the header, or the part."""
    assert "the subject" in found_in(put("subject", "SECRET//NOFORN"))[0].because
    assert "the letter" in found_in(put("line", "SECRET//NOFORN"))[0].because
    assert "header" in found_in(put("header", ["Sensitivity", "Private"]))[0].because
    margin = found_in(put("margin", "SECRET//NOFORN"))[0]
    assert "part 2" in margin.because
    assert margin.about == "part 2"


def test_a_site_names_its_own_header() -> None:
    """A configured header gives its level; without configuration it says nothing."""
    extra = LabelHeader("X-Contractor-Label", re.compile(r"\bblue\b", re.IGNORECASE), 3)
    read = content(PROSE, fields=(("x-contractor-label", "Blue; v=1"),), vocabulary=VOCABULARY)
    assert found_in(read) == []
    written, labels = marking.detectors((extra,))
    (found,) = labels.detect(read)
    assert found.facts["level"] == 3
    marked = content("NATO RESTRICTED", fields=read.message.fields, vocabulary=VOCABULARY)
    assert {f.facts["level"] for f in written.detect(marked)} == {2, 3}
    assert list(labels.detect(marked)) == []


def test_a_label_that_cannot_be_decoded_is_no_pass() -> None:
    """Hostile JSON and base64 give the lowest level, never an error."""
    deep = "W1tb" * 5000
    for value in (deep, "e30=", "W10=", "eyJNZXRhZGF0YSI6MX0=", "\u2603"):
        (found,) = found_in(put("header", ["x-titus-metadata-40", value]))
        assert found.facts["level"] == 1


HOSTILE = (
    "SECRET//" * 125_000,
    "SECRET\n" * 145_000,
    "OFFICIAL-SENSITIVE - " * 47_000,
    "(S//NF" * 160_000,
    "\n".join(f"SECRET//NOFORN {n}" for n in range(45_000)),
    "NATO " + "SECRET " * 140_000,
    "[SEC=" * 200_000,
    "CUI//" + "A/" * 500_000,
    "TLP:RED - " * 100_000,
    "REL TO " * 140_000,
    "Classification: " * 60_000 + "SECRET",
    "\t".join(["SECRET"] * 140_000),
    " - " * 330_000 + "SECRET",
    "\n".join(["OFFICIAL-SENSITIVE" + " - LEGAL" * 25 + "x"] * 4_000),
    "\n".join("SECRET//" + "A " * 100 + str(n) for n in range(4_500)),
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12].strip())
def test_a_megabyte_of_markings_is_read_in_time(text: str) -> None:
    """No form makes the search slower than linear (law 5: a limit, never a hang)."""
    attached = Document("2", "text", texts=(Text(text), Text(text[:100_000], Where.MARGIN)))
    read = content(text, attached, subject=text[:200], vocabulary=VOCABULARY)
    start = time.process_time()
    found_in(read)
    assert time.process_time() - start < 2.0


def test_labels_of_any_length_are_read_in_time() -> None:
    """A header field of a megabyte costs no more than its first characters."""
    names = ("msip_labels", "x-titus-metadata-40", "sio-label", "x-protective-marking", "x-bjlabel")
    values = (
        "MSIP_Label_" * 90_000,
        "marking=" * 120_000,
        "SEC=" * 250_000,
        "<a value='" * 100_000,
    )
    fields = tuple((name, value) for name in names for value in values)
    start = time.process_time()
    found_in(content(PROSE, fields=fields, vocabulary=VOCABULARY))
    assert time.process_time() - start < 2.0


def test_the_two_detectors_share_one_name() -> None:
    """A policy rule for ``marking`` hears both."""
    pair: tuple[Detector, ...] = (marking.DETECTOR, marking.LABELS)
    assert {one.name for one in pair} == {"marking"}
    assert message("x").subject == "x"
