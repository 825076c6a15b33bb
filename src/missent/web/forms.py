"""Own how a submitted page is read: fields to answers, faults to sentences.

The rule: a row's answer is what was deliberately picked in that row and nothing else; a row without a
pick stays as it is. The form repeats which recipient and which suggestion it showed, so that a page
that was open while something changed cannot answer for what it did not show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from missent.errors import MalformedAddress
from missent.judge.hold import Choice, HeldRecipient
from missent.mail.mailbox import Mailbox
from missent.service.desk import HoldView, RowAnswer
from missent.web.rows import Pick, Row, row

_LONGEST = 320
"""Of a text that is tried as an address."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A page with what was picked in it."""

    rows: tuple[Row, ...]
    answers: Mapping[Mailbox, RowAnswer] = field(default_factory=dict)
    late: bool = False
    """A pick came for a row that somebody, or the clock, had decided before."""

    @property
    def wrong(self) -> tuple[Row, ...]:
        """Give the rows whose picks cannot be carried out."""
        return tuple(row for row in self.rows if row.error)

    @property
    def picked(self) -> tuple[Row, ...]:
        """Give the open rows with a pick, in order."""
        return tuple(row for row in self.rows if row.open and row.picked)

    @property
    def left(self) -> tuple[Row, ...]:
        """Give the open rows without a pick."""
        return tuple(row for row in self.rows if row.open and not row.picked)


def blank(view: HoldView, notes: Mapping[Mailbox, str] | None = None) -> Filled:
    """Show a hold with nothing picked; `notes` say why rows are asked again."""
    notes = notes or {}
    rows = (row(n, v, notes.get(v.held.mailbox, "")) for n, v in enumerate(view.rows))
    return Filled(tuple(rows))


def read(view: HoldView, form: Mapping[str, str]) -> Filled:
    """Read a submitted page against the hold as it is now."""
    rows: list[Row] = []
    answers: dict[Mailbox, RowAnswer] = {}
    late = False
    for plain, recipient in zip(blank(view).rows, view.rows, strict=True):
        shown = _picked(plain, form)
        late = late or bool(shown.picked and not shown.open)
        if shown.picked and shown.open and not shown.error:
            try:
                answers[recipient.held.mailbox] = _answer(shown, recipient.held)
            except _Unusable as fault:
                shown = replace(shown, error=str(fault), error_at=fault.field)
        rows.append(shown)
    return Filled(tuple(rows), _waiting_first(view, answers), late)


def _waiting_first(
    view: HoldView, answers: Mapping[Mailbox, RowAnswer]
) -> Mapping[Mailbox, RowAnswer]:
    """Put rows that only wait first: once the last doubtful one is decided, the others go by themselves."""
    waiting = {row.held.mailbox for row in view.rows if row.waits_only}
    return dict(sorted(answers.items(), key=lambda item: item[0] not in waiting))


class _Unusable(Exception):
    """A pick that cannot be carried out; the text is for the person."""

    def __init__(self, text: str, field: str = "choice") -> None:
        super().__init__(text)
        self.field = field


def _picked(plain: Row, form: Mapping[str, str]) -> Row:
    number = plain.number
    if form.get(f"recipient-{number}") != plain.key:
        return plain
    picked = form.get(f"choice-{number}", "")
    other = form.get(f"address-{number}", "").strip()[:_LONGEST]
    shown = replace(plain, picked=picked if picked in set(Pick) else "", other=other)
    if picked == Pick.SUGGESTION and form.get(f"suggestion-{number}") != plain.suggestion_key:
        changed = "This page was out of date. Please look again and choose."
        return replace(shown, picked="", error=changed)
    return shown


def _answer(shown: Row, held: HeldRecipient) -> RowAnswer:
    if shown.picked == Pick.CONFIRM:
        return RowAnswer(Choice.CONFIRM)
    if shown.picked == Pick.CANCEL:
        return RowAnswer(Choice.CANCEL)
    if shown.picked == Pick.SUGGESTION:
        if held.verdict.suggestion is None:
            raise _Unusable("There is no suggestion for this address. Please choose again.")
        return RowAnswer(Choice.CORRECT, held.verdict.suggestion)
    other = _other(shown.other)
    if other == held.mailbox:
        raise _Unusable(
            "This is the address that waits already. If it is right, choose “Send as typed”.",
            "address",
        )
    return RowAnswer(Choice.CORRECT, other)


def _other(text: str) -> Mailbox:
    """Read another address as people paste one: alone, or ``Name <address>``."""
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1].strip()
    if not text:
        raise _Unusable("Enter the address it should go to.", "address")
    try:
        return Mailbox.parse(text)
    except MalformedAddress:
        raise _Unusable("Enter a whole address, like name@contractor.example.", "address") from None
