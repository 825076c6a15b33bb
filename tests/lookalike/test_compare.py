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
