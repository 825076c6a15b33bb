"""The public names that come with Missent."""

from __future__ import annotations

import pytest

from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName

name = DomainName.parse


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("army.mil", "defence"),
        ("mail.navy.mil", "defence"),
        ("mod.gov.uk", "defence"),
        ("army.nl", "defence"),
        ("hmrc.gov.uk", "government"),
        ("gmail.com", "mail_provider"),
        ("yahoo.fr", "mail_provider"),
        ("orange.ml", None),
        ("army.ml", None),
        ("[192.0.2.1]", None),
    ],
)
def test_a_shipped_name_and_its_hosts_have_a_kind(text: str, kind: str | None) -> None:
    """A host of a shipped name is shipped, too."""
    assert shipped().kind(name(text)) == kind


@pytest.mark.parametrize(
    "text",
    [
        "gmial.com",
        "hotmial.com",
        "hotmai.com",
        "yaho.com",
        "gmai.com",
        "gmal.com",
        "gamil.com",
        "gmail.co",
        "gmail.cm",
        "gmeil.com",
        "hotmail.co",
        "army.ml",
        "navy.ml",
        "af.ml",
        "dla.ml",
        "mod.go.uk",
        "gnail.com",
        "gmil.com",
        "gmali.com",
        "outlok.com",
    ],
)
def test_names_that_live_on_mistyped_mail_are_not_shipped(text: str) -> None:
    """Published provider lists hold such names; ours must not."""
    assert shipped().kind(name(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "gmail.com",
        "ymail.com",
        "mail.com",
        "email.com",
        "mail.ru",
        "email.ru",
        "me.com",
        "my.com",
        "q.com",
        "qq.com",
        "123.com",
        "126.com",
        "163.com",
        "gmx.de",
        "web.de",
        "t-online.de",
        "icloud.com",
        "proton.me",
        "outlook.com",
        "hotmail.com",
        "btinternet.com",
        "docomo.ne.jp",
        "naver.com",
        "comcast.net",
        "orange.fr",
        "libero.it",
        "bop.gov",
        "bep.gov",
        "cbo.gov",
        "cbp.gov",
        "uscis.gov",
        "uspis.gov",
        "usds.gov",
        "usgs.gov",
        "dni.gov",
        "doi.gov",
        "ed.gov",
        "eda.gov",
        "fara.gov",
        "nara.gov",
        "mod.uk",
        "forces.gc.ca",
        "defence.gov.au",
        "nzdf.mil.nz",
        "mindef.nl",
        "bundeswehr.org",
        "nato.int",
    ],
)
def test_real_neighbours_of_each_other_are_all_shipped(text: str) -> None:
    """Where two real names lie side by side, each must be known, or one suspects the other."""
    assert shipped().kind(name(text)) is not None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("army.ml", "army.mil"),
        ("mail.army.ml", "army.mil"),
        ("usarmy.ml", "us.army.mil"),
        ("gamil.co", "gmail.com"),
        ("mod.go.uk", "mod.gov.uk"),
    ],
)
def test_what_was_meant_is_near(written: str, meant: str) -> None:
    """The index of public names finds one slip, and two cheap ones."""
    assert name(meant) in shipped().near(name(written))


def test_a_name_is_not_near_itself() -> None:
    """Looking for neighbours of a public name gives others only."""
    assert name("army.mil") not in shipped().near(name("army.mil"))


def test_closed_registries_are_told_by_suffix() -> None:
    """Nobody outside can register below .mil or .gov.uk."""
    assert shipped().protects(name("anything.mil"))
    assert shipped().protects(name("a.b.gov.uk"))
    assert not shipped().protects(name("mod.go.uk"))
    assert not shipped().protects(name("army.ml"))


def test_there_are_enough_names_to_start_with() -> None:
    """The list covers the second level of .mil that the public knows."""
    military = [n for n in shipped().kinds if n.ascii.endswith(".mil")]
    assert len(military) >= 80
    assert shipped() is shipped()
