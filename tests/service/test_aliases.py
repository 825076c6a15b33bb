"""What `service.aliases` promises: spellings of one person meet, strangers never, trust is untouched."""

from __future__ import annotations

import pytest

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.aliases import is_rename, one_each, person_of, personal_name


def box(text: str) -> Mailbox:
    """Read a mailbox."""
    return Mailbox.parse(text)


@pytest.mark.parametrize(
    "other",
    ["j..smith@army.mil", "j.smith@army.mil", "J_Smith@army.mil", "jsmith+x@us.army.mil"],
)
def test_spellings_of_one_mailbox_are_one_person(other: str) -> None:
    """Dots, tags and relays below one registrable owner tell nobody apart."""
    assert person_of(box(other)) == person_of(box("jsmith@army.mil"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jsmith@army.mil", "jsmith@army.ml"),
        ("jsmith@army.mil", "jsmyth@army.mil"),
        ("jsmith@army.mil", "jsmith2@army.mil"),
        ("j.d@army.mil", "jd@army.mil"),
        ("jsmith@[192.0.2.1]", "j.smith@[192.0.2.1]"),
        ("j.smith@yahoo.com", "jsmith@yahoo.com"),
    ],
)
def test_others_stay_apart(one: str, other: str) -> None:
    """Another domain, a slip, a number, too short to tell, a literal, strangers at one provider."""
    assert person_of(box(one)) != person_of(box(other))


def test_at_a_provider_only_what_it_ignores_is_ignored() -> None:
    """Tags everywhere; dots where the provider says so."""
    assert person_of(box("anna+x@yahoo.com")) == person_of(box("anna@yahoo.com"))
    assert person_of(box("a.lee@gmail.com")) == person_of(box("alee@gmail.com"))


def test_each_person_is_given_once() -> None:
    """The first spelling stands for all."""
    found = one_each(map(box, ("j.smith@army.mil", "jsmith@army.mil", "anna@army.mil")))
    assert [m.wire for m in found] == ["j.smith@army.mil", "anna@army.mil"]


def test_a_role_or_a_provider_recognises_nobody() -> None:
    """There is an info@ everywhere, and a John Smith at every provider."""
    assert personal_name(box("john.smith@contractor.example")) == "johnsmith"
    assert personal_name(box("info@contractor.example")) is None
    assert personal_name(box("john.smith@yahoo.com")) is None


def test_three_people_who_answer_from_both_names_make_a_rename() -> None:
    """Two do not; one name is not renamed to itself."""
    old, new = DomainName.parse("contractor.example"), DomainName.parse("globex.test")
    assert is_rename(old, new, answered=3, listed=0)
    assert not is_rename(old, new, answered=2, listed=2)
    assert not is_rename(old, old, answered=9, listed=9)


def test_answers_never_make_a_rename_of_a_name_that_can_be_mistaken() -> None:
    """A squatter answers three people's misdirected mail in their names; only the directory counts."""
    real, squatted = DomainName.parse("army.mil"), DomainName.parse("army.ml")
    assert not is_rename(real, squatted, answered=5_000, listed=0)
    assert is_rename(real, squatted, answered=0, listed=3)
