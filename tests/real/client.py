"""Own the sending client: one SMTP transaction with ESMTP parameters, and what it was told.

Rule: nothing raises for a refusal; the replies are what a test is about. A connection that breaks
is code 0. `until_accepted` tries again on a temporary answer, as an MTA would.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Reply = tuple[int, str]
LOST: Reply = (0, "connection lost")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one transaction was told."""

    final: Reply
    """To the end of data, or to the command that ended the transaction before it."""
    recipients: Mapping[str, Reply] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the server took responsibility."""
        return 200 <= self.final[0] < 300

    @property
    def temporary(self) -> bool:
        """Whether an MTA would try again: 4yz, or no answer at all."""
        return self.final[0] == 0 or 400 <= self.final[0] < 500


@dataclass(frozen=True, slots=True)
class Letter:
    """One transaction to be sent."""

    sender: str
    recipients: Sequence[str]
    data: bytes
    """With CRLF line ends; sent byte for byte."""
    options: Sequence[str] = ()
    """Of MAIL FROM: ``RET=HDRS``, ``SMTPUTF8``, ..."""
    recipient_options: Mapping[str, Sequence[str]] = field(default_factory=dict)


def submit(port: int, letter: Letter) -> Outcome:
    """Send once, on a connection of its own."""
    heard: dict[str, Reply] = {}
    try:
        with smtplib.SMTP("127.0.0.1", port, "client.example.test", timeout=20) as session:
            session.ehlo()
            return _transact(session, letter, heard)
    except smtplib.SMTPConnectError as error:
        return Outcome(_reply(error.smtp_code, error.smtp_error), heard)
    except (smtplib.SMTPException, OSError):
        return Outcome(LOST, heard)


def until_accepted(
    port: int, letter: Letter, *, pause: float = 0.2, timeout: float = 60
) -> tuple[Outcome, int]:
    """Send until the answer is final; gives it and the number of tries."""
    deadline = time.monotonic() + timeout
    tries = 0
    while True:
        tries += 1
        outcome = submit(port, letter)
        if not outcome.temporary or time.monotonic() > deadline:
            return outcome, tries
        time.sleep(pause)


def eventually(
    condition: Callable[[], bool], what: str, *, timeout: float = 20, pause: float = 0.1
) -> None:
    """Poll something that cannot be waited on; raises `AssertionError` at the deadline."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout} s"
        time.sleep(pause)


def _transact(session: smtplib.SMTP, letter: Letter, heard: dict[str, Reply]) -> Outcome:
    answer = _reply(*session.mail(letter.sender, letter.options))
    if answer[0] >= 400:
        return Outcome(answer, heard)
    for recipient in letter.recipients:
        options = letter.recipient_options.get(recipient, ())
        heard[recipient] = _reply(*session.rcpt(recipient, options))
    answers = list(heard.values())
    if any(400 <= code < 500 for code, _ in answers):
        return Outcome(next(a for a in answers if 400 <= a[0] < 500), heard)
    if all(code >= 400 for code, _ in answers):
        return Outcome(answers[-1], heard)
    return Outcome(_data(session, letter.data), heard)


def _data(session: smtplib.SMTP, data: bytes) -> Reply:
    try:
        return _reply(*session.data(data))
    except smtplib.SMTPDataError as error:  # DATA itself was refused
        return _reply(error.smtp_code, error.smtp_error)


def _reply(code: int, text: bytes | str) -> Reply:
    return code, text if isinstance(text, str) else text.decode("utf-8", "replace")
