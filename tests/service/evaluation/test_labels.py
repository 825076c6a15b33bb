"""The labels file."""

from __future__ import annotations

import pytest

from missent.errors import ArchiveError
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.labels import read_labels


def test_further_columns_and_a_byte_order_mark_are_passed_over() -> None:
    """What spreadsheets write is read."""
    labels = read_labels("\ufefftyped,meant,uses\nARMY.ml,army.mil,7\n")
    assert labels.right(Mailbox.parse("john@army.ml")) == Mailbox.parse("john@army.mil")
    assert labels.right(Mailbox.parse("john@army.mil")) is None


def test_a_typed_name_that_is_none_is_counted() -> None:
    """Any mail server refuses it, so it is no case for the judge, and not forgotten either."""
    assert read_labels("typed,meant\nfoo-.bar.test,foo-bar.test\n").unreadable == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "typed,meant"), ("a,b\n", "typed,meant"), ("typed,meant\nx.test,-\n", "line 2")],
)
def test_a_bad_file_says_what_was_expected(text: str, told: str) -> None:
    """One line, with what and where."""
    with pytest.raises(ArchiveError, match=told):
        read_labels(text, "labels.csv")


def test_a_suggestion_agrees_only_for_the_same_person_at_the_right_name() -> None:
    """The right domain with another person is no right suggestion."""
    labels = read_labels("typed,meant\narmy.ml,army.mil\n")
    typed = Mailbox.parse("john@army.ml")
    assert labels.agrees(typed, Mailbox.parse("John@army.mil"))
    assert not labels.agrees(typed, Mailbox.parse("jon@army.mil"))
    assert not labels.agrees(typed, None)
