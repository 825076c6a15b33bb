"""Own what Missent writes to people: notices, reminders, codes, reports; as bytes with CRLF.

The rules: a letter a calm person can act on in one reading. No content, never a request for a
password, no picture, nothing remote. The subject only if the message is not sensitive. Every text
that came with the message is treated as hostile: it cannot start a header line, turn the reading
direction, or become markup, and an address under suspicion is never a link. The envelope sender is
null; that is the caller's part. Time and the seed of the Message-ID arrive as arguments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from zoneinfo import ZoneInfo

from missent.judge.hold import HeldRecipient, Hold
from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message, parse
from missent.mail.mime import one_line
from missent.service import delivery_report, wording
from missent.service.delivery_report import Attachment, Fate, serialise
from missent.service.desk import HoldView, RecipientView
from missent.service.stationery import LARGEST, address, boundary, templates, two_parts, wrap
from missent.service.wording import Row

TEMPLATES = ("notice.txt", "notice.html", "code.txt", "report.txt")
SHOWN_ROWS = 20
"""Recipients spelled out in one letter; nobody reads more, and the page has them all."""
SENSITIVE = 2
"""From this level on a subject may itself be what must not leak."""
CODE_LASTS = timedelta(minutes=15)


class Notices:
    """Writes every letter of one organisation; holds no state but its templates."""

    def __init__(
        self,
        organisation_name: str,
        base_url: str,
        timezone: str,
        operator: Mailbox,
        *,
        sender_name: str = "Missent",
        return_on_expiry: bool = True,
    ) -> None:
        self._organisation = one_line(organisation_name)
        self._base_url = base_url.rstrip("/")
        self._zone = ZoneInfo(timezone)
        self._operator = operator
        self._sender_name = sender_name
        self._returns = return_on_expiry
        self._templates = templates("notice", TEMPLATES)

    def hold_notice(
        self,
        view: HoldView,
        reader: Mailbox,
        token: str,
        message: Message | None,
        at: datetime,
        seed: str,
    ) -> bytes:
        """Tell the owner that a message waits, why, and what can be done until when."""
        return self._notice(
            view, reader, token, self._top("Waiting for you", view, reader, message, at, seed)
        )

    def reminder(
        self,
        view: HoldView,
        reader: Mailbox,
        token: str,
        message: Message | None,
        at: datetime,
        seed: str,
    ) -> bytes:
        """Tell the owner once more; shows what was decided meanwhile."""
        top = self._top("Still waiting for you", view, reader, message, at, seed)
        return self._notice(view, reader, token, top, again=True)

    def code_mail(
        self, view: HoldView, reader: Mailbox, code: str, at: datetime, seed: str
    ) -> bytes:
        """Mail a fresh code: it stands in the body only, since subjects are logged and shown locked."""
        top = self._letter("Your code for 1 message", reader, at, seed)
        minutes = CODE_LASTS // timedelta(minutes=1)
        purpose = (
            f"It confirms your choice for the message of {wording.moment(view.hold.held_at, self._zone)}, "
            f"works once, and for {minutes} minutes."
        )
        text = self._render(
            "code.txt",
            code=code,
            purpose=purpose,
            operator=wording.screen(self._operator),
            footer=self._footer(view.hold),
        )
        top.set_content(text, cte="quoted-printable")
        return serialise(top)

    def block_report(
        self,
        view: HoldView,
        reader: Mailbox,
        blocked: Sequence[HeldRecipient],
        message: Message | None,
        at: datetime,
        seed: str,
    ) -> bytes:
        """Report recipients that policy blocked (RFC 3464, 5.7.1), with the message's own header."""
        whose = wording.whose(view.hold, reader)
        opening = f"{whose} was not sent to {wording.addresses(len(blocked))} below."
        closing = "Other addresses are not affected. If you think the rule is wrong, write to "
        text = self._report(view, blocked, opening, closing + f"{wording.screen(self._operator)}.")
        top = self._letter(wording.subject("Not sent", len(blocked)), reader, at, seed, message)
        fates = [delivery_report.fate_of_block(held) for held in blocked]
        return self._compose(top, view, text, fates, at, _header_only(view.hold, message))

    def returned(
        self,
        view: HoldView,
        reader: Mailbox,
        expired: Sequence[HeldRecipient],
        original: bytes,
        at: datetime,
        seed: str,
    ) -> bytes:
        """Give the original back, byte for byte: nobody decided in time (RFC 3464, 5.4.7)."""
        opening = (
            f"{wording.whose(view.hold, reader)} was not sent to {wording.addresses(len(expired))} below: "
            "nobody decided in time. It is attached, just as it was written."
        )
        closing = "To send it after all, check the address and send the message again."
        text = self._report(view, expired, opening, closing)
        top = self._letter(
            wording.subject("Returned to you", len(expired)), reader, at, seed, parse(original)
        )
        fates = [delivery_report.fate_of_expiry(held) for held in expired]
        return self._compose(top, view, text, fates, at, Attachment("message/rfc822", original))

    def failure(
        self,
        view: HoldView,
        reader: Mailbox,
        held: HeldRecipient,
        answer: str,
        message: Message | None,
        at: datetime,
        seed: str,
    ) -> bytes:
        """Report that a released copy was refused on its way, in the refusing server's own words."""
        whose = wording.whose(view.hold, reader)
        opening = f"{whose} was released, but a mail server refused it for this address."
        operator = wording.screen(self._operator)
        closing = f"The message is kept. {operator} can try again, or you send it anew."
        said = one_line(answer, wording.BECAUSE_LENGTH) or "nothing"
        row = Row(wording.screen(held.goes_to), f"The server said: {said}")
        text = self._report_text(view, (row,), opening, closing)
        top = self._letter(wording.subject("Not delivered", 1), reader, at, seed, message)
        fates = [delivery_report.fate_of_refusal(held.goes_to, answer)]
        return self._compose(top, view, text, fates, at, _header_only(view.hold, message))

    def digest(self, subject: str, text: str, at: datetime, seed: str) -> bytes:
        """Tell the operator how the guard is doing; a paragraph that begins with a space stays as it is."""
        letter = self._letter(one_line(subject), self._operator, at, seed)
        paragraphs = [part if part.startswith(" ") else wrap(part) for part in text.split("\n\n")]
        footer = f"Written by Missent, which looks after outgoing mail for {self._organisation}."
        body = "\n\n".join([*paragraphs, wrap(footer)])
        letter.set_content(f"{body}\n", cte="quoted-printable")
        return serialise(letter)

    # --- parts of a letter ---------------------------------------------------------------------

    def _top(
        self,
        what: str,
        view: HoldView,
        reader: Mailbox,
        message: Message | None,
        at: datetime,
        seed: str,
    ) -> EmailMessage:
        return self._letter(
            wording.subject(what, len(wording.doubtful(view)) or 1), reader, at, seed, message
        )

    def _letter(
        self, subject: str, reader: Mailbox, at: datetime, seed: str, about: Message | None = None
    ) -> EmailMessage:
        """Make a letter's header."""
        ascii_only = reader.wire.isascii() and self._operator.wire.isascii()
        letter = EmailMessage(policy=SMTP if ascii_only else SMTPUTF8)
        letter["From"] = address(self._operator, self._sender_name)
        letter["To"] = address(reader)
        letter["Subject"] = f"[Missent] {subject}"
        letter["Date"] = at
        letter["Message-ID"] = f"<{_word(seed)}@{self._operator.domain.ascii}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
        if about is not None and about.message_id is not None and about.message_id.isascii():
            letter["In-Reply-To"] = about.message_id
            letter["References"] = about.message_id
        return letter

    def _notice(
        self,
        view: HoldView,
        reader: Mailbox,
        token: str,
        letter: EmailMessage,
        *,
        again: bool = False,
    ) -> bytes:
        facts = {
            **self._message_facts(view),
            "again": again,
            "title": str(letter["Subject"]),
            "heading": wording.heading(len(wording.doubtful(view))),
            "opening": wording.opening(view, reader),
            "link": f"{self._base_url}/h/{token}",
            "button": "Open the page and decide",
            "choices": wording.CHOICES,
            "silence": wording.silence(view, self._zone, returns=self._returns),
        }
        for shown in (SHOWN_ROWS, SHOWN_ROWS // 4):
            said = {**facts, **self._rows(view, shown)}
            written = two_parts(deepcopy(letter), self._templates, "notice", said)
            if len(written) <= LARGEST:
                break
        return written

    def _rows(self, view: HoldView, shown: int) -> dict[str, object]:
        rows = [wording.row(one, self._zone) for one in wording.in_order(view.rows)[:shown]]
        return {
            "rows": rows,
            "more_rows": max(len(view.rows) - shown, 0),
            "passed": [wording.screen(mailbox) for mailbox in view.passed[:shown]],
            "more_passed": max(len(view.passed) - shown, 0),
        }

    def _message_facts(self, view: HoldView) -> dict[str, object]:
        hidden = view.hold.sensitivity >= SENSITIVE
        subject = None if hidden or view.subject is None else one_line(view.subject) or "(none)"
        return {
            "subject": subject,
            "hidden": hidden,
            "sent_at": wording.moment(view.hold.held_at, self._zone),
            "footer": self._footer(view.hold),
        }

    def _report(
        self, view: HoldView, recipients: Sequence[HeldRecipient], opening: str, closing: str
    ) -> str:
        views = [
            RecipientView(held, frozenset(), waits_only=held.verdict.action is Action.DELIVER)
            for held in recipients
        ]
        return self._report_text(
            view, [wording.row(one, self._zone) for one in views], opening, closing
        )

    def _report_text(self, view: HoldView, rows: Sequence[Row], opening: str, closing: str) -> str:
        return self._render(
            "report.txt",
            **self._message_facts(view),
            opening=opening,
            closing=closing,
            rows=rows[:SHOWN_ROWS],
            more_rows=max(len(rows) - SHOWN_ROWS, 0),
        )

    def _compose(
        self,
        letter: EmailMessage,
        view: HoldView,
        text: str,
        fates: Sequence[Fate],
        at: datetime,
        attachment: Attachment,
    ) -> bytes:
        reporter = self._operator.domain.ascii
        blocks = delivery_report.status_blocks(view.hold.envelope, reporter, at, fates)
        return delivery_report.compose(letter, text, blocks, attachment, boundary(letter))

    def _render(self, template: str, **facts: object) -> str:
        return self._templates.get_template(template).render(facts)

    def _footer(self, hold: Hold) -> str:
        return (
            f"Written by Missent, which looks after outgoing mail for {self._organisation}. "
            f"Questions: {wording.screen(self._operator)}. Reference: {hold.hold_id}"
        )


def _word(seed: str) -> str:
    """Make a seed fit for the left side of a Message-ID (RFC 5322 §3.6.4: dot-atom)."""
    return ".".join(re.findall(r"[0-9A-Za-z-]+", seed))[:64] or "missent"


def _header_only(hold: Hold, message: Message | None) -> Attachment:
    """Give the sender enough to recognise the message; the subject only if it is not sensitive.

    Written by hand: the standard library raises on Message-IDs that are odd, yet in use.
    """
    lines: list[str] = []
    if message is not None and message.message_id is not None and message.message_id.isascii():
        lines.append(f"Message-ID: {message.message_id}\r\n")
    if message is not None and hold.sensitivity < SENSITIVE:
        encoded = Header(message.subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
        lines.append(f"Subject: {message.subject if message.subject.isascii() else encoded}\r\n")
    return Attachment("text/rfc822-headers", "".join(lines).encode("ascii"))
