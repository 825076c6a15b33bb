"""What a sender is told: the domain that was meant, in one short line that carries nothing foreign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import ConfigError, MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection.hints import (
    Neighbours,
    is_role,
    refusal,
    refusal_of_all,
    role_refusal,
)

JOHN = Mailbox.parse("john@army.ml")
ARMY = DomainName.parse("army.mil")
BOTH = Neighbours.read({"army.ml": "army.mil", ".ml": ".mil", "us.army.ml": "army.us.mil"})
LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=63)
NAMES = st.lists(LABEL, min_size=1, max_size=8).map(".".join)
LOCAL_PARTS = st.text(min_size=1, max_size=64)
URLS = st.text([chr(code) for code in range(0x21, 0x7F)], max_size=200).map(
    lambda text: f"https://{text}" if text else ""
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("army.ml", "army.mil"),
        ("ARMY.ML", "army.mil"),
        ("mail.army.ml", "mail.army.mil"),
        ("us.army.ml", "army.us.mil"),
        ("hq.us.army.ml", "hq.army.us.mil"),
        ("navy.ml", "navy.mil"),
        ("mail.navy.ml", "mail.navy.mil"),
        ("myarmy.ml", "myarmy.mil"),
        ("ml", None),
        ("army.mil", None),
        ("army.ml.example", None),
        ("[192.0.2.1]", None),
    ],
)
def test_the_longest_key_says_what_was_meant(typed: str, meant: str | None) -> None:
    """A domain's key covers all below it, a suffix's every name in it; a longer key goes first."""
    found = BOTH.meant(DomainName.parse(typed))
    assert found == (DomainName.parse(meant) if meant else None)


def test_a_name_that_would_be_too_long_is_hinted_at_by_its_domain() -> None:
    """Labels below a typo domain are carried over only where the result is still a name."""
    table = Neighbours.read({"a.test": f"{'b' * 60}.{'c' * 60}.example"})
    deep = DomainName.parse(".".join(["d" * 60] * 3) + ".a.test")
    assert table.meant(deep) == DomainName.parse(f"{'b' * 60}.{'c' * 60}.example")


def test_internationalised_names_are_compared_as_names() -> None:
    """A key may be written in either form; what is said is the A-label."""
    table = Neighbours.read({"árny.example": "army.example"})
    assert table.meant(DomainName.parse("xn--rny-dla.example")) is not None
    line = refusal(Mailbox.parse("jo@árny.example"), DomainName.parse("army.example"), "")
    assert "xn--rny-dla.example is another domain" in line
    assert line.isascii()


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"army.ml": ".mil"}, "army.ml"),
        ({".ml": "army.mil"}, ".ml"),
        ({"a..ml": "army.mil"}, "a..ml"),
        ({"army.ml": "army_mil!"}, "army.ml"),
        ({"[192.0.2.1]": "army.mil"}, "[192.0.2.1]"),
        ({"army.ml": "army.ml"}, "army.ml"),
        ({"army.ml": "mail.army.ml"}, "army.ml"),
        ({"a.example": "b.example", "b.example": "a.example"}, "a.example"),
        ({".ml": ".ml"}, ".ml"),
        ({"army.ml": "army.mil", "ARMY.ml": "navy.mil"}, "ARMY.ml"),
        ({"": "army.mil"}, ""),
    ],
)
def test_a_wrong_entry_is_named(table: dict[str, str], key: str) -> None:
    """An operator learns which entry cannot be, before the first sender is told nonsense."""
    with pytest.raises(ConfigError) as caught:
        Neighbours.read(table)
    assert f'collect.domains."{key}"' in str(caught.value)


def test_names_are_those_that_must_not_be_looked_up() -> None:
    """Typo domains and suffixes, without dots before them."""
    assert {name.ascii for name in BOTH.names} == {"army.ml", "ml", "us.army.ml"}


def test_the_line_says_what_happened_key_words_first() -> None:
    """This sentence is what stands in the sender's bounce."""
    assert refusal(JOHN, ARMY, "") == (
        "550 5.1.2 <john@army.ml>: did you mean army.mil? army.ml is another domain; "
        "nothing was delivered."
    )
    assert refusal(JOHN, ARMY, "https://help.example/x").endswith(". https://help.example/x")


def test_a_sealed_copy_is_admitted() -> None:
    """Where a copy was kept, its sender reads so."""
    line = refusal(JOHN, ARMY, "", sealed=True)
    assert "nothing was delivered" not in line
    assert "sealed copy was kept" in line


def test_the_hint_does_not_depend_on_the_local_part() -> None:
    """It says a domain and never whether a mailbox is there: only the typed part differs."""
    others = ["mary", "nobody", "root"]
    lines = {refusal(Mailbox.parse(f"{one}@army.ml"), ARMY, "").replace(one, "X") for one in others}
    assert len(lines) == 1
    assert "@army.mil" not in lines.pop()


@pytest.mark.parametrize("local", ['"<b>x</b>"', '"a b"', "jörg", '"\\"; DROP"', '"x> did"'])
def test_what_is_no_plain_atom_is_not_repeated(local: str) -> None:
    """A reply carries no markup, quotes or octets above 127 into anybody's bounce."""
    line = refusal(Mailbox.parse(f"{local}@army.ml"), ARMY, "")
    assert line.startswith("550 5.1.2 army.ml: did you mean army.mil?")


@given(local=LOCAL_PARTS, typed=NAMES, meant=NAMES, url=URLS, sealed=st.booleans())
def test_every_line_fits_and_hints(
    local: str, typed: str, meant: str, url: str, sealed: bool
) -> None:
    """Whatever was typed, the line has at most 510 printable ASCII octets, and the hint is in it."""
    try:
        mailbox = Mailbox.parse(f"{local}@{typed}")
        domain = DomainName.parse(meant)
    except MalformedAddress:
        return
    lines = [
        refusal(mailbox, domain, url, sealed=sealed),
        refusal_of_all([(mailbox, domain)] * 3, url, sealed=sealed),
    ]
    for line in lines:
        assert len(line) <= 510
        assert line.isascii()
        assert line.isprintable()
        assert line.startswith("550 5.1.2 ")
        assert f"did you mean {domain.ascii}?" in line
    role = role_refusal(mailbox, domain, mailbox)
    assert len(role) <= 510
    assert role.isascii()
    assert role.isprintable()


def test_the_longest_names_there_are_still_hint() -> None:
    """253 octets each, and the key words are whole."""
    longest = ".".join(["a" * 62] * 3 + ["b" * 60])
    meant = DomainName.parse(".".join(["c" * 62] * 3 + ["d" * 60]))
    line = refusal(Mailbox.parse(f"x@{longest}"), meant, "https://help.example/")
    assert (
        line
        == f"550 5.1.2 did you mean {meant.ascii}? nothing was delivered. https://help.example/"
    )


def test_several_recipients_get_every_hint_once() -> None:
    """One reply to a whole message names each domain that was meant."""
    table = [(JOHN, ARMY), (Mailbox.parse("m@army.ml"), ARMY)]
    table.append((Mailbox.parse("m@navy.ml"), DomainName.parse("navy.mil")))
    line = refusal_of_all(table, "")
    assert line.startswith(
        "550 5.1.2 army.ml: did you mean army.mil? navy.ml: did you mean navy.mil?"
    )
    assert line.count("army.mil") == 1
    assert refusal_of_all(table[:1], "") == refusal(JOHN, ARMY, "")


def test_roles_are_told_where_the_operator_is() -> None:
    """Mail for whoever runs the domain gets an address that works, and the hint behind it."""
    operator = Mailbox.parse("ops@owner.example")
    assert is_role(Mailbox.parse("Postmaster@army.ml"))
    assert is_role(Mailbox.parse("ABUSE@army.ml"))
    assert not is_role(JOHN)
    line = role_refusal(Mailbox.parse("abuse@army.ml"), ARMY, operator)
    assert "write to ops@owner.example" in line
    assert line.endswith("(did you mean army.mil?)")
