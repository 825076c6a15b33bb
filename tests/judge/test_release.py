"""Where marked content may go: the table of schemes by destinations."""

from __future__ import annotations

import pytest
from tests.judge.build import OURS, content

from missent.judge import release
from missent.judge.case import Organisation
from missent.judge.finding import Finding
from missent.judge.marks.countries import EU, NATO
from missent.judge.release import Row, check, table
from missent.judge.sensitivity import marking
from missent.judge.vocabulary import Vocabulary
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

VOCABULARY = Vocabulary(marking.DETECTOR.words)
SHIPPED = table()
ALLY = Organisation("Ally", (DomainName.parse("ally.example"),))


def marked(line: str) -> list[Finding]:
    """Give the findings of a letter with this line in it."""
    read = content(f"Dear all,\n{line}\nThe boats come in at noon.\nAmy", vocabulary=VOCABULARY)
    found = list(marking.detect(read))
    assert found
    return found


@pytest.mark.parametrize(
    ("line", "to", "allowed"),
    [
        ("SECRET//REL TO USA, GBR", "amy@contractor.example", True),
        ("SECRET//REL TO USA, GBR", "john@army.mil", False),
        ("SECRET//NOFORN", "john@army.ml", False),
        ("TOP SECRET//SI//NOFORN", "x@partner.example", False),
        ("CONFIDENTIAL//NOFORN", "x@navy.mil", False),
        ("CUI//SP-PRVCY", "john@army.mil", True),
        ("CUI//SP-PRVCY", "john@us.army.mil", True),
        ("CUI//SP-PRVCY", "john@state.gov", True),
        ("CUI//SP-PRVCY", "john@army.ml", False),
        ("CUI//SP-PRVCY", "john@gmail.com", False),
        ("CUI//SP-PRVCY", "john@notarmy.example", False),
        ("CUI//SP-PRVCY", "john@army.mil.example", False),
        ("CUI//SP-PRVCY", "john@dept.gov.uk", False),
        ("CUI//NOFORN", "john@army.mil", True),
        ("U//FOUO", "john@navy.mil", True),
        ("U//FOUO", "john@navy.ml", False),
        (
            "DISTRIBUTION STATEMENT F. Further dissemination only as directed.",
            "a@partner.example",
            False,
        ),
        (
            "DISTRIBUTION STATEMENT B. Distribution authorized to U.S. Government agencies.",
            "a@army.mil",
            True,
        ),
        ("OFFICIAL-SENSITIVE", "a@dept.gov.uk", True),
        ("OFFICIAL-SENSITIVE", "a@mod.uk", True),
        ("OFFICIAL-SENSITIVE", "a@kent.police.uk", True),
        ("OFFICIAL-SENSITIVE", "a@trust.nhs.uk", True),
        ("OFFICIAL-SENSITIVE", "a@nhs.net", True),
        ("OFFICIAL-SENSITIVE", "a@shop.co.uk", False),
        ("OFFICIAL-SENSITIVE", "a@gov.uk.example", False),
        ("OFFICIAL-SENSITIVE COMMERCIAL", "a@gov.co.uk", False),
        ("OFFICIAL-SENSITIVE - HMG USE ONLY", "a@mod.uk", True),
        ("UK SECRET", "a@mod.uk", False),
        ("UK OFFICIAL", "a@shop.co.uk", True),
        ("RESTRICTED - COMMERCIAL", "a@mod.uk", True),
        ("RESTRICTED - COMMERCIAL", "a@shop.example", False),
        ("NATO RESTRICTED", "a@nato.int", True),
        ("NATO RESTRICTED", "a@shape.nato.int", True),
        ("NATO RESTRICTED", "a@mil.no", True),
        ("NATO RESTRICTED", "a@mod.gov.lv", True),
        ("NATO RESTRICTED", "a@army.mil", True),
        ("NATO RESTRICTED", "a@mod.uk", True),
        ("NATO RESTRICTED", "a@bundeswehr.org", True),
        ("NATO RESTRICTED", "a@defence.gov.au", False),
        ("NATO RESTRICTED", "a@partner.example", False),
        ("NATO RESTRICTED", "a@nato.int.example", False),
        ("NATO CONFIDENTIAL", "a@nato.int", False),
        ("NATO UNCLASSIFIED", "a@partner.example", True),
        ("RESTREINT UE/EU RESTRICTED", "a@consilium.europa.eu", True),
        ("RESTREINT UE/EU RESTRICTED", "a@diplomatie.gouv.fr", True),
        ("RESTREINT UE/EU RESTRICTED", "a@army.mil", False),
        ("RESTREINT UE/EU RESTRICTED", "a@partner.eu", False),
        ("CONFIDENTIEL UE/EU CONFIDENTIAL", "a@europa.eu", False),
        ("OFFICIAL: Sensitive", "a@dept.gov.au", True),
        ("OFFICIAL: Sensitive", "a@defence.gov.au", True),
        ("OFFICIAL: Sensitive", "a@shop.com.au", False),
        ("PROTECTED//CABINET", "a@pmc.gov.au", True),
        ("PROTECTED//AUSTEO", "a@defence.gov.au", True),
        ("SECRET//AUSTEO", "a@defence.gov.au", False),
        ("PROTECTED B", "a@forces.gc.ca", True),
        ("PROTECTED B", "a@shop.ca", False),
        ("NZ RESTRICTED", "a@mfat.govt.nz", True),
        ("NZ RESTRICTED", "a@shop.co.nz", False),
        ("VS-NfD", "a@bmi.bund.de", True),
        ("VS-NfD", "a@bundeswehr.org", True),
        ("VS-NfD", "a@firma.de", False),
        ("VS-VERTRAULICH", "a@bund.de", False),
        ("DIFFUSION RESTREINTE", "a@intradef.gouv.fr", True),
        ("DIFFUSION RESTREINTE", "a@societe.fr", False),
        ("SECRET DÉFENSE", "a@intradef.gouv.fr", False),
        ("DEPARTEMENTAAL VERTROUWELIJK", "a@mindef.nl", True),
        ("DEPARTEMENTAAL VERTROUWELIJK", "a@bedrijf.nl", False),
        ("CUI//FED ONLY", "a@army.mil", True),
        ("CUI//REL TO USA, GBR", "a@army.mil", True),
        ("TLP:RED", "a@partner.example", True),
        ("TLP:RED", "a@gmail.com", False),
        ("TLP:AMBER", "a@partner.example", True),
        ("TLP:AMBER+STRICT", "a@partner.example", False),
        ("TLP:AMBER+STRICT", "a@contractor.example", True),
        ("TLP:GREEN", "a@gmail.com", True),
        ("Classification: Confidential", "a@gmail.com", True),
    ],
)
def test_a_marking_goes_only_where_it_may(line: str, to: str, allowed: bool) -> None:
    """The shipped table, scheme by scheme; one's own organisation is always allowed."""
    found = check(marked(line), Mailbox.parse(to), OURS, SHIPPED)
    assert (found is None) is allowed
    if found is not None:
        assert found.signal == "release"
        assert found.about == to
        assert found.weight == release.WEIGHT
        assert found.facts["category"] == "release"
        assert found.facts["allowed"] is False
        assert found.because.startswith("marked ")


def test_the_sentence_names_scheme_and_domain() -> None:
    """What the level is called, and which domain is outside."""
    found = check(marked("NATO RESTRICTED"), Mailbox.parse("a@partner.example"), OURS, SHIPPED)
    assert found is not None
    assert found.because == (
        "marked NATO RESTRICTED, and partner.example is outside the domains that marking may go to"
    )
    assert found.facts["scheme"] == "nato"
    assert found.facts["level"] == 2


def test_the_operators_rows_come_first() -> None:
    """A listed partner may have what the shipped row keeps in, and a row may close what was open."""
    rows = (
        Row("us-cui", 1, ("partner.example", "government:us")),
        Row("tlp", 2, ()),
        Row("house", 2, ("de", "partner.example")),
    )
    own = table(rows)

    def may(line: str, to: str) -> bool:
        return check(marked(line), Mailbox.parse(to), OURS, own) is None

    assert may("CUI//SP-CTI", "a@partner.example")
    assert may("CUI//SP-CTI", "a@eu.partner.example")
    assert may("CUI//SP-CTI", "a@army.mil")
    assert not may("CUI//SP-CTI", "a@other.example")
    assert not may("TLP:AMBER", "a@partner.example")
    assert may("TLP:GREEN", "a@partner.example")
    assert may("Classification: Confidential", "a@firma.de")
    assert not may("Classification: Confidential", "a@gmail.com")


@pytest.mark.parametrize(
    ("line", "to", "allowed"),
    [
        ("CUI//NOFORN", "a@partner.example", True),
        ("CUI//NOFORN", "a@partner.co.uk", False),
        ("CUI//NOFORN", "a@nato.int", False),
        ("CUI//REL TO USA, GBR", "a@partner.co.uk", True),
        ("CUI//REL TO USA, GBR", "a@partner.com.au", False),
        ("CUI//REL TO USA, FVEY", "a@partner.com.au", True),
        ("CUI//REL TO USA, NATO", "a@nato.int", True),
        ("CUI//FED ONLY", "a@partner.example", False),
        ("OFFICIAL-SENSITIVE - UK EYES ONLY", "a@partner.co.uk", True),
        ("OFFICIAL-SENSITIVE - UK EYES ONLY", "a@partner.de", False),
        ("OFFICIAL: Sensitive//AUSTEO", "a@partner.co.nz", False),
    ],
)
def test_caveats_bind_whatever_a_row_allows(line: str, to: str, allowed: bool) -> None:
    """No row sends to a country or a company that the author has shut out."""
    rows = tuple(Row(scheme, 1, ("*",)) for scheme in ("us-cui", "uk", "au"))
    found = check(marked(line), Mailbox.parse(to), OURS, table(rows))
    assert (found is None) is allowed


def test_named_persons_are_not_a_mailing() -> None:
    """What is limited to named persons goes to few."""
    to = Mailbox.parse("a@partner.example")
    assert check(marked("TLP:RED"), to, OURS, SHIPPED, recipients=3) is None
    found = check(marked("TLP:RED"), to, OURS, SHIPPED, recipients=40)
    assert found is not None
    assert "40" in found.because


def test_the_highest_marking_is_reported() -> None:
    """One finding a recipient, of the highest marking that may not go there."""
    found = check(
        [*marked("OFFICIAL-SENSITIVE"), *marked("SECRET//NOFORN")],
        Mailbox.parse("a@partner.example"),
        OURS,
        SHIPPED,
    )
    assert found is not None
    assert found.facts["level"] == 4


def test_only_markings_count() -> None:
    """Other findings and unmarked mail have nothing to do with it."""
    other = Finding("people_list", "message", 0.0, "", facts={"level": 3, "scheme": "us-cui"})
    assert check([other], Mailbox.parse("a@gmail.com"), OURS, SHIPPED) is None
    assert check([], Mailbox.parse("a@gmail.com"), OURS, SHIPPED) is None


def test_caveats_are_never_repeated() -> None:
    """Neither the sentence nor the facts contain anything of the mail's text (law 8)."""
    found = check(
        marked("SECRET//SAR-ZEBRA//ORCON/NOFORN"), Mailbox.parse("a@army.ml"), ALLY, SHIPPED
    )
    assert found is not None
    told = repr(found).lower()
    for word in ("zebra", "noforn", "orcon", "sar"):
        assert word not in told


def test_literals_and_unknown_countries_are_destinations_too() -> None:
    """An address literal is outside every list, and of no known country."""
    found = check(marked("CUI//SP-CTI"), Mailbox.parse("a@[192.0.2.1]"), OURS, SHIPPED)
    assert found is not None
    assert SHIPPED.country(DomainName.parse("partner.com")) is None
    assert SHIPPED.country(DomainName.parse("[192.0.2.1]")) is None
    assert SHIPPED.country(DomainName.parse("army.mil")) == "us"
    assert SHIPPED.country(DomainName.parse("gov.me")) == "me"


def test_the_shipped_table_is_whole() -> None:
    """Every member has a government, every entry is a domain, every scheme is a known one."""
    assert set(SHIPPED.governments) >= NATO | EU | {"au", "nz"}
    for domains in SHIPPED.governments.values():
        assert all(DomainName.parse(name).ascii == name for name in domains)
    for row in SHIPPED.rows:
        assert row.scheme in marking.SCHEMES
        assert row.says
        assert 1 <= row.min_level <= 4
    levels: dict[str, int] = {}
    for row in SHIPPED.rows:  # the higher level of a scheme must be asked first
        assert row.min_level < levels.get(row.scheme, 5)
        levels[row.scheme] = row.min_level
