"""An attachment about somebody else than it goes to."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.judge.build import case, message
from tests.judge.habits import all_of, beside_known, first, tie, used_to

from missent.judge.case import Case, Record
from missent.judge.signals import other_client
from missent.mail.document import Document, Text
from missent.mail.mailbox import Mailbox

DOE = "john.doe@partner.example"
ROE = "john.roe@partner.example"


def sends(text: str, *to: str, name: str | None = "statement.pdf", attached: bool = True) -> Case:
    """Make a letter with one attachment."""
    document = Document("2", "pdf", name, texts=(Text(text),) if text else (), attached=attached)
    recipients = to or (DOE,)
    about = replace(
        message(documents=(document,)), addressees=tuple(map(Mailbox.parse, recipients))
    )
    return used_to(case(*recipients, about=about), {ROE: tie(1, 2, 3)}, {DOE: (ROE,)})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Statement\nAccount holder: John Roe\n", "a.pdf"),
        ("Patient:\nROE, John\n", "a.pdf"),
        ("Prepared for\tMr John Roe\n", "a.pdf"),
        ("Dear Mr Roe,\n\nplease find", "a.pdf"),
        ("For questions write to john.roe@partner.example\n", "a.pdf"),
        ("", "Statement John Roe.pdf"),
        ("", "JohnRoe_statement.pdf"),
    ],
)
def test_somebody_the_sender_writes_to_is_named_instead(text: str, name: str) -> None:
    """The likely one is suggested; the sentence has addresses only."""
    to = "john.doe@other.example" if "@" in text else DOE
    one = used_to(sends(text, to, name=name), {ROE: tie(1, 2)}, {to: (ROE,)})
    [found] = first(other_client.find, one)
    assert found.suggestion is not None
    assert found.suggestion.wire == ROE
    assert found.facts == {"whose": "correspondent"}
    assert "John Roe" not in repr(found)


def test_a_namesake_of_the_same_domain_is_suggested_too() -> None:
    """Where nobody keeps the sender's own habits."""
    bare = replace(sends("Client: John Roe\n"), correspondence=case(DOE).correspondence)
    [found] = first(other_client.find, beside_known(bare, {ROE: Record(sent=3)}))
    assert found.facts == {"whose": "correspondent"}


def test_nobody_known_says_little() -> None:
    """A stranger's name is a weak hint, and is never repeated (law 8)."""
    [found] = first(other_client.find, sends("Patient: Zebra Canary\n"))
    assert found.weight < 1
    assert found.facts == {"whose": "unknown"}
    assert found.suggestion is None
    assert "zebra" not in repr(found).lower()


def test_addresses_of_one_other_organisation_are_noticed() -> None:
    """Two or more, and none of the recipient's own."""
    text = "Contacts: ann@zebra.example, bob@zebra.example\n"
    [found] = first(other_client.find, sends(text))
    assert found.facts == {"whose": "organisation"}
    assert "zebra" not in repr(found).lower()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Account holder: John Doe\n", "a.pdf"),
        ("Account holder: DOE, J.\n", "a.pdf"),
        ("Dear Mr Doe,\n", "a.pdf"),
        ("Client: Partner Ltd\n", "a.pdf"),
        ("Client: John Roe\nFor the attention of Doe\n", "a.pdf"),
        ("Client: John Roe\nwrite to ann@partner.example\n", "a.pdf"),
        ("Client: Amy Contractor\nfrom amy@contractor.example and ann@partner.example", "a.pdf"),
        ("Client: Mary Major\nClient: Ann Minor\n", "a.pdf"),
        ("Minutes of the meeting\nAll went well.\n", "minutes.pdf"),
        ("", "Statement John Doe.pdf"),
        ("", "report.pdf"),
        ("", None),
        ("ann@one.example bob@two.example", "a.pdf"),
    ],
)
def test_what_fits_or_names_nobody_says_nothing(text: str, name: str | None) -> None:
    """The recipient, their organisation, several clients, or no name at all."""
    assert first(other_client.find, sends(text, name=name)) == []


def test_only_outside_recipients_and_attachments_are_looked_at() -> None:
    """Colleagues get everybody's papers, and a letter quotes."""
    text = "Account holder: John Roe\n"
    assert first(other_client.find, sends(text, "john.doe@contractor.example")) == []
    assert first(other_client.find, sends(text, attached=False)) == []
    assert first(other_client.find, case(DOE)) == []


def test_another_recipient_it_fits_is_enough() -> None:
    """A letter to client and lawyer is about the client."""
    assert all_of(other_client.find, sends("Client: John Roe\n", DOE, ROE)) == []


@pytest.mark.parametrize("piece", ["Patient: ", "a@", "Dear ", "\n", "Client:\n", "a@b.", "A b "])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    """A megabyte of anything."""
    one = sends(piece * (1_000_000 // len(piece)))
    start = time.process_time()
    first(other_client.find, one)
    assert time.process_time() - start < 4.0
