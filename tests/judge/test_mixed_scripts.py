"""Addresses in letters that only look right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.judge.build import NOW, case, record

from missent.judge.case import Record
from missent.judge.finding import Finding
from missent.judge.score import misdirection
from missent.judge.signals import domain_typo, mixed_scripts
from missent.mail.mailbox import Mailbox


def _find(to: str, **known: Record) -> list[Finding]:
    one = case(to, known={name.replace("_", "."): each for name, each in known.items()})
    return list(mixed_scripts.find(one, one.envelope.recipients[0]))


@pytest.mark.parametrize(
    ("to", "what", "suggestion"),
    [
        ("john@\u0430rmy.mil", "mixed_domain", "john@army.mil"),
        ("john@mail.\u0430rmy.mil", "mixed_domain", "john@mail.army.mil"),
        ("john@gm\u0430il.com", "mixed_domain", "john@gmail.com"),
        ("john@contr\u0430ctor.example", "mixed_domain", "john@contractor.example"),
        ("john@wid\u0433ets.example", "mixed_domain", None),
        ("john@p\u0430rcels.example", "mixed_domain", None),
        ("j\u043ehn@army.mil", "mixed_local_part", "john@army.mil"),
        ("jo\u200bhn@army.mil", "invisible", "john@army.mil"),
        ("j\u03bfhn@contractor.example", "mixed_local_part", "john@contractor.example"),
    ],
)
def test_a_mixture_is_found_with_nothing_known(to: str, what: str, suggestion: str | None) -> None:
    """On the first day, a letter of another alphabet is seen, and what was meant is offered."""
    (found,) = _find(to)
    assert found.facts["what"] == what
    assert found.facts["suspect"] is True
    assert found.suggestion == (Mailbox.parse(suggestion) if suggestion else None)
    if found.suggestion and suggestion:
        assert found.suggestion.wire == suggestion
    assert misdirection([found]) > 0.5


@pytest.mark.parametrize(
    "to",
    [
        "john@army.mil",
        "john@m\u00fcnchen.example",
        "\u0438\u0432\u0430\u043d@\u043f\u043e\u0447\u0442\u0430.example",
        "\u0432\u0430\u043d\u044f@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444",
        "j\u00fcrgen@example.example",
        "taro@\u65e5\u672c\u8a9e.example",
        "taro@\u65e5\u672c\u8a9eweb.example",
        "taro@\u30c9\u30e1\u30a4\u30f3\u540d\u4f8b.example",
        "kim@\ud55c\uad6d.example",
        "s@\u0627\u062e\u062a\u0628\u0627\u0631.example",
        "n@\u0928\u092e\u0938\u094d\u0924\u0947.example",
        "n\u2019dou@example.example",
        "john@\u0441\u043e\u0440.example",
    ],
)
def test_one_alphabet_is_as_good_as_any_other(to: str) -> None:
    """A name that has no twin is silent, whatever it is written in."""
    assert _find(to) == []


def test_a_name_wholly_in_another_alphabet_needs_a_twin() -> None:
    """Cyrillic letters that spell a name we know are its twin."""
    (found,) = _find("amy@\u0441\u043e\u0440.example", cop_example=record(sent=40, answered=30))
    assert found.facts["what"] == "twin"
    assert found.suggestion == Mailbox.parse("amy@cop.example")
    assert "Cyrillic" in found.because


def test_the_directory_and_a_validation_silence_it() -> None:
    """Who is listed, or was confirmed by this sender, is who they are."""
    to = "john@\u0430rmy.mil"
    domain = Mailbox.parse(to).domain.ascii
    listed = case(to, known={domain: replace(record(), in_directory=True)})
    assert not list(mixed_scripts.find(listed, listed.envelope.recipients[0]))
    sent = replace(record(), validated=NOW - timedelta(days=3))
    confirmed = case(to, known={Mailbox.parse(to).folded: sent})
    assert not list(mixed_scripts.find(confirmed, confirmed.envelope.recipients[0]))


@pytest.mark.parametrize(
    ("to", "meant"),
    [
        ("john@\u0430rmy.mil", "john@army.mil"),
        ("john@\u0430rmy.ml", "john@army.mil"),
        ("john@mod.g\u043ev.uk", "john@mod.gov.uk"),
        ("john@hotmale.com", "john@hotmail.com"),
        ("john@vvhitehouse.gov", "john@whitehouse.gov"),
    ],
)
def test_a_twin_of_a_public_name_is_a_typo_on_its_own(to: str, meant: str) -> None:
    """The judge's strongest signal finds what looks or sounds like a public name."""
    one = case(to)
    (found,) = domain_typo.find(one, one.envelope.recipients[0])
    assert found.suggestion is not None
    assert found.suggestion.wire == meant
    if not to.endswith(".gov"):  # a closed registry: only the wrong office is left
        assert misdirection([found]) > 0.5
