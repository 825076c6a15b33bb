"""Cells of the report's tables: hostile text made visible, differences marked, long tables cut."""

from __future__ import annotations

import pytest
from tests.service.investigation.samples import incident

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.differences import Piece
from missent.service.investigation import tables
from missent.service.investigation.cells import (
    SHOWN,
    Column,
    domains,
    mailbox,
    mailboxes,
    number,
    octets,
    probability,
    stranger,
    table,
    text,
)
from missent.service.investigation.timeline import timeline


def test_what_differs_is_marked() -> None:
    """The labels that differ, in both addresses, and only these."""
    wrong, meant = mailboxes(Mailbox.parse("john@army.ml"), Mailbox.parse("john@army.mil"))
    assert wrong.pieces == (Piece("john@army."), Piece("ml", marked=True))
    assert meant.pieces == (Piece("john@army."), Piece("mil", marked=True))


def test_an_unknown_meaning_is_said_or_taken_from_the_domain() -> None:
    """Without a mailbox that was meant the domain may still be known."""
    wrong = Mailbox.parse("john@army.ml")
    assert mailboxes(wrong, None)[1].text == "not known"
    assert mailboxes(wrong, None, DomainName.parse("army.mil"))[1].text == "john@army.mil"
    assert mailbox(None).text == "not known"


def test_punycode_stands_beside_and_is_not_compared() -> None:
    """A Cyrillic letter is marked by its label; the punycode is a help to read, no difference."""
    wrong, meant = domains(DomainName.parse("аrmy.example"), DomainName.parse("army.example"))
    assert wrong.pieces == (
        Piece("аrmy", marked=True),
        Piece(".example"),
        Piece(" (xn--rmy-5cd.example)"),
    )
    assert meant.text == "army.example"


def test_what_cannot_be_seen_is_spelt_out_or_dropped() -> None:
    """A zero-width space in an address, an escape sequence in a file name."""
    assert mailbox(Mailbox.parse("jo\u200bhn@army.ml")).text == "jo\\u200bhn@army.ml"
    assert stranger("log\x1b[31m\n\u202etxt").text == "log[31m txt"


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (2 * 10**9, "2.0 GB")]
)
def test_sizes(size: int, said: str) -> None:
    """As people read them."""
    assert octets(size).text == said


def test_numbers() -> None:
    """Not known is not nought; no probability is certainty."""
    assert (number(None).text, number(1204).text) == ("not known", "1,204")
    assert [probability(p).text for p in (0.0, 0.314, 1.0)] == ["0.1 %", "31.4 %", "99.9 %"]


def test_a_long_table_says_how_much_more() -> None:
    """Fifty rows, and the rest elsewhere."""
    made = table("x", [Column("n")], [(text(str(n)),) for n in range(SHOWN + 7)])
    assert (len(made.rows), made.more, made.where) == (SHOWN, 7, "report.json")


def test_every_table_has_a_cell_for_each_column() -> None:
    """Whatever the incident holds."""
    for made in (incident(), incident(content=False, names=True), incident(0)):
        for make in (
            tables.wrong_domains,
            tables.pairs,
            tables.persistent,
            tables.control,
            tables.refused,
            tables.levels,
            tables.categories,
            tables.people,
            tables.names,
            tables.to_warn,
            tables.doubtful,
            tables.inputs,
            tables.skipped,
        ):
            shown = make(made)
            assert all(len(row) == len(shown.columns) for row in shown.rows)
        days = tables.days(made, timeline(made.by_day))
        assert all(len(row) == len(days.columns) for row in days.rows)
