"""One name for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.lookalike.compare import explain, explain_suffix
from missent.mail.domain import DomainName

name = DomainName.parse


@pytest.mark.parametrize(
    ("written", "known", "meant", "slip", "suffix_slip"),
    [
        ("army.ml", "army.mil", "army.mil", "drop", True),
        ("mail.army.ml", "army.mil", "mail.army.mil", "drop", True),
        ("ftp.army.ml", "mail.army.mil", "ftp.army.mil", "drop", True),
        ("navy.mi", "navy.mil", "navy.mil", "no_such_suffix", True),
        ("mod.go.uk", "mod.gov.uk", "mod.gov.uk", "drop", True),
        ("mail.mod.go.uk", "mod.gov.uk", "mail.mod.gov.uk", "drop", True),
        ("mod.govt.uk", "mod.gov.uk", "mod.gov.uk", "insert", True),
        ("nzdf.ml.nz", "nzdf.mil.nz", "nzdf.mil.nz", "drop", True),
        ("forces.g.ca", "forces.gc.ca", "forces.gc.ca", "drop", True),
        ("defence.gov.ua", "defence.gov.au", "defence.gov.au", "swap", True),
        ("army.ml", "army.nl", "army.nl", "neighbour_key", True),
        ("usarmy.ml", "us.army.mil", "us.army.mil", "two_slips", True),
        ("gamil.co", "gmail.com", "gmail.com", "two_slips", True),
        ("ml.no", "mil.no", "mil.no", "drop", False),
        ("army.nl", "army.mil", "army.mil", "other_suffix", False),
        ("gte.com", "gte.net", "gte.net", "other_suffix", False),
        ("worldnet.att.com", "worldnet.att.net", "worldnet.att.net", "other_suffix", False),
        ("acme.dk", "acme.de", "acme.de", "other_suffix", False),
        ("army.mil.com", "army.mil", "army.mil", "extra_suffix", False),
        ("web.de.de", "web.de", "web.de", "extra_suffix", False),
        ("modgov.uk", "mod.gov.uk", "mod.gov.uk", "missing_dot", False),
        ("uspwcglobal.com", "us.pwcglobal.com", "us.pwcglobal.com", "missing_dot", False),
        ("scotia.mcleod.com", "scotia-mcleod.com", "scotia-mcleod.com", "separator", False),
        ("contractr.example", "contractor.example", "contractor.example", "drop", False),
        ("\u0430rmy.mil", "army.mil", "army.mil", "look_alike", False),
        ("mail.\u0430rmy.mil", "army.mil", "mail.army.mil", "look_alike", False),
        ("navy.m\u0456l", "navy.mil", "navy.mil", "look_alike", True),
        ("mod.g\u043ev.uk", "mod.gov.uk", "mod.gov.uk", "look_alike", True),
        ("\u0430rmy.ml", "army.mil", "army.mil", "drop", True),
        ("rnicrosoft.com", "microsoft.com", "microsoft.com", "look_alike", False),
        ("vvebmail.example", "webmail.example", "webmail.example", "look_alike", False),
        ("c0ntract0r.example", "contractor.example", "contractor.example", "look_alike", False),
        ("munchen.example", "m\u00fcnchen.example", "xn--mnchen-3ya.example", "accent", False),
        ("muenchen.example", "m\u00fcnchen.example", "xn--mnchen-3ya.example", "accent", False),
        ("strasse.example", "stra\u00dfe.example", "xn--strae-oqa.example", "accent", False),
        ("m\u00fcchen.example", "m\u00fcnchen.example", "xn--mnchen-3ya.example", "drop", False),
        ("hotmale.com", "hotmail.com", "hotmail.com", "sound_alike", False),
        ("outluk.com", "outlook.com", "outlook.com", "sound_alike", False),
        ("enron.comthanks", "enron.com", "enron.com", "glued_text", True),
        ("mod.gov.ukthanks", "mod.gov.uk", "mod.gov.uk", "glued_text", True),
        ("army.mil.please", "army.mil", "army.mil", "extra_suffix", False),
        ("army.mil.mil", "army.mil", "army.mil", "extra_suffix", False),
        ("www.mod.gov.uk.nl", "mod.gov.uk", "www.mod.gov.uk", "extra_suffix", False),
        ("wwwarmy.mil", "army.mil", "army.mil", "glued_text", False),
        ("armymil.com", "army.mil", "army.mil", "glued_text", False),
        ("gmailcom.com", "gmail.com", "gmail.com", "glued_text", False),
        ("halibutron.com", "halliburton.com", "halliburton.com", "two_slips", False),
        ("acme.cm", "acme.com", "acme.com", "drop", True),
        ("acme.co", "acme.com", "acme.com", "drop", True),
        ("acme.om", "acme.com", "acme.com", "drop", True),
        ("acme.con", "acme.com", "acme.com", "no_such_suffix", True),
        ("army.nl", "army.ml", "army.ml", "neighbour_key", True),
        ("con-tractor.example", "contractor.example", "contractor.example", "extra_hyphen", False),
    ],
)
def test_the_name_that_was_meant_is_found(
    written: str, known: str, meant: str, slip: str, suffix_slip: bool
) -> None:
    """What stands before the known name is kept, and a slip of the suffix is told from others."""
    way = explain(name(written), name(known))
    assert way is not None
    assert (way.meant.ascii, way.slip, way.suffix_slip) == (meant, slip, suffix_slip)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("army.mil", "army.mil"),
        ("mail.army.mil", "mial.army.mil"),
        ("us.army.mil", "army.mil"),
        ("orange.ml", "army.mil"),
        ("[192.0.2.1]", "[192.0.2.2]"),
        ("foo.co.uk", "cco.uk"),
        ("\u043f\u043e\u0447\u0442\u0430.example", "\u65e5\u672c\u8a9e.example"),
        ("bank.example", "banc.example.example"),
        ("hptmale.com", "hotmail.org"),
    ],
)
def test_what_is_no_lookalike_is_none(written: str, known: str) -> None:
    """Hosts of one owner, unlike names and literals are no look-alikes; nor is a bare suffix."""
    assert explain(name(written), name(known)) is None


def test_the_phrase_names_the_suffix_that_was_hurt() -> None:
    """A sentence can be made of it."""
    way = explain(name("army.ml"), name("army.mil"))
    assert way is not None
    assert way.phrase == "drops the i of .mil"


def test_short_names_lie_side_by_side_by_chance() -> None:
    """The same slip speaks louder for a long name than for one of three letters."""
    short, long = (
        explain(name("wrw.com"), name("wfw.com")),
        explain(name("kochimd.com"), name("kochind.com")),
    )
    assert short is not None
    assert long is not None
    assert long.log_ratio > short.log_ratio + 3


@pytest.mark.parametrize(
    ("written", "suffix", "meant"),
    [
        ("hmrc.go.uk", "gov.uk", "hmrc.gov.uk"),
        ("a.b.gv.uk", "gov.uk", "a.b.gov.uk"),
        ("forces.g.ca", "gc.ca", "forces.gc.ca"),
        ("nzdf.il.nz", "mil.nz", "nzdf.mil.nz"),
        ("go.uk", "gov.uk", None),
        ("hmrc.gov.uk", "gov.uk", None),
        ("x.gov.ua", "gov.au", None),
        ("x.co.uk", "gov.uk", None),
        ("orange.ml", "mil", None),
    ],
)
def test_a_slip_of_a_closed_suffix_needs_no_known_name(
    written: str, suffix: str, meant: str | None
) -> None:
    """Whatever stands before go.uk was meant for gov.uk; another real suffix is no slip."""
    way = explain_suffix(name(written), name(suffix))
    assert (way.meant.ascii if way else None) == meant


def test_a_strange_letter_is_named_in_the_sentence() -> None:
    """The reader cannot see it, so the sentence says which letter of which alphabet it is."""
    one = explain(name("\u0430rmy.mil"), name("army.mil"))
    whole = explain(name("\u0430\u0440\u0440\u04cf\u0435.example"), name("apple.example"))
    assert one is not None
    assert whole is not None
    assert one.phrase == "has the Cyrillic \u0430 for a"
    assert whole.phrase == "has Cyrillic letters"
    assert one.log_ratio > 5


LABELS = st.text("abmil-", min_size=1, max_size=6).filter(lambda text: text.strip("-") == text)
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(lambda labels: name(".".join(labels)))


@given(DOMAINS)
def test_a_name_is_never_its_own_lookalike(domain: DomainName) -> None:
    """Nobody is suspected of being what was written."""
    assert explain(domain, domain) is None


@given(DOMAINS, DOMAINS)
def test_any_explanation_leads_away_from_what_was_written(
    written: DomainName, known: DomainName
) -> None:
    """A look-alike always means another name, which lies within the known owner's."""
    way = explain(written, known)
    if way is not None:
        assert way.meant != written
        assert way.meant.is_within(name(known.registrable or known.ascii))
