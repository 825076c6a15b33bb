"""Own what the pages and the check API need of the service: look at a hold, answer it, check first.

What the link alone may do (DESIGN §6): cancel, or accept the offered correction. Everything else
(another address, *send as typed* against a strong slip, sensitive content) needs a fresh code that
was mailed to the owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from missent.judge.hold import Choice, HeldRecipient, Hold
from missent.judge.verdict import Verdict
from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class RecipientView:
    """One row of the sender's page."""

    held: HeldRecipient
    link_may: frozenset[Choice]
    """Choices the link alone may make; `CORRECT` means: accept exactly `held.verdict.suggestion`."""
    waits_only: bool
    """Nothing is wrong with this recipient: it waits because signed mail waits as a whole."""


@dataclass(frozen=True, slots=True)
class HoldView:
    """The sender's page."""

    hold: Hold
    rows: tuple[RecipientView, ...]
    passed: tuple[Mailbox, ...]
    """Recipients that had their copy at once."""
    subject: str | None
    """None if the content is sensitive or already destroyed."""
    csrf: str
    """The token a POST must carry; bound to the hold."""


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """One row's choice."""

    choice: Choice
    corrected_to: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class AnsweredView:
    """What came of a submitted page."""

    view: HoldView
    asked_again: Mapping[Mailbox, str]
    """Rows that still wait, with the reason: the corrected address was judged *hold*, too; or
    somebody was first."""
    code_sent: bool = False
    """Nothing was decided yet: a code was mailed and must come with the same answers."""
    code_wrong: bool = False
    """The code that came was wrong or had expired; nothing was decided."""


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A question before Send."""

    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    subject: str = ""
    attachments: tuple[tuple[str, int], ...] = ()
    """(name, size in octets) each."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The judgement, as `enforce` would carry it out, in the recipients' order."""

    check_id: str
    verdicts: tuple[Verdict, ...]


class Desk(Protocol):
    """What the pages and the API need; all raise `UnknownHold` for a token that opens nothing."""

    def view(self, token: str) -> HoldView:
        """Show a hold. Never changes anything."""
        ...

    def answer(
        self, token: str, csrf: str, answers: Mapping[Mailbox, RowAnswer], code: str | None
    ) -> AnsweredView:
        """Carry out one page of answers, or mail a code first where the link may not.

        Raises `AnswerRefused` for a bad CSRF token or a row that is not there.
        """
        ...

    def check(self, request: CheckRequest) -> CheckResult:
        """Judge before Send; keeps the question for a day so that it can be answered."""
        ...

    def answer_check(
        self, check_id: str, recipient: Mailbox, choice: Choice, senders: Sequence[str]
    ) -> None:
        """Validate for the check's sender ("send as typed"); other choices are only counted.

        `senders` are the patterns the API key is bound to. Raises `UnknownHold` for an unknown or
        expired check, another key's check, or a recipient that was not asked about.
        """
        ...

    def ready(self) -> None:
        """Raise `StoreUnavailable` if nothing could be committed now."""
        ...

    def gauges(self) -> Mapping[str, float]:
        """Give what the metrics page shows of the store: held messages, oldest, outbox."""
        ...

    def now(self) -> datetime:
        """Give the service's time."""
        ...
