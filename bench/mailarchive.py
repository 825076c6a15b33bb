"""Own made archives: an mbox or a Maildir of mail in threads, and what is wrong in it is known.

``python -m bench.mailarchive PATH --messages 100000 [--maildir]``. A message has 13 KB on average; 12 %
carry a base64 attachment. One in a thousand goes to a wrong domain, and a third of these holds what
should not have gone there (`bench.mailtexts`). 55 % go out, the rest are answers; a quarter of these is
answered again. Everything follows from the seed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from pathlib import Path

from bench.mailtexts import Texts
from bench.population import OURS, Mistake, Population
from bench.truth import REACHED, Tally, Truth

START = datetime(2024, 1, 8, 7, 0, tzinfo=UTC)
SECONDS_BETWEEN = 97
WRONG = 0.001
_ML_SHARE = 0.2
_OUTGOING = 0.55
_LAG = 200  # letters that wait until their turn
_ACCENTS = {"a": "á", "e": "é", "o": "ö", "u": "ü", "i": "í"}


@dataclass(frozen=True, slots=True)
class _Letter:
    number: int
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    thread: tuple[str, ...]
    """Message-IDs before this one, the oldest first."""
    sensitive: bool = False

    @property
    def at(self) -> datetime:
        return START + timedelta(seconds=SECONDS_BETWEEN * self.number)

    @property
    def message_id(self) -> str:
        return f"<{self.number:07d}.{self.number * 7919 % 999_983:06d}@{self.sender.rpartition('@')[2]}>"


def write_mbox(path: Path, messages: int, seed: int, mean_kb: float = 13) -> Truth:
    """Write an mbox, and its truth beside it."""
    archive, octets = _Archive(messages, seed, mean_kb), 0
    with path.open("wb", buffering=1 << 20) as file:
        for letter, data in archive.messages():
            head = f"From {letter.sender} {letter.at:%a %b %d %H:%M:%S %Y}\n".encode()
            quoted = data.replace(b"\nFrom ", b"\n>From ")
            octets += file.write(head) + file.write(quoted) + file.write(b"\n")
    return archive.truth(path, octets)


def write_maildir(path: Path, messages: int, seed: int, mean_kb: float = 13) -> Truth:
    """Write a Maildir, and its truth beside it."""
    archive, octets = _Archive(messages, seed, mean_kb), 0
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for letter, data in archive.messages():
        name = f"{int(letter.at.timestamp())}.M{letter.number}.mail:2,S"
        octets += (path / "cur" / name).write_bytes(data)
    return archive.truth(path, octets)


class _Archive:
    def __init__(self, messages: int, seed: int, mean_kb: float) -> None:
        self._count, self._seed = messages, seed
        self._draw = random.Random(seed)
        self._population = Population.make(seed)
        self._pairs = self._population.pairs(self._draw)
        self._texts = Texts(self._draw, mean_kb)
        self._answers: deque[_Letter] = deque()
        self._answered: set[int] = set()
        self._continued: deque[_Letter] = deque()
        self._outgoing = self._sensitive = 0
        self._tally = Tally()

    def messages(self) -> Iterator[tuple[_Letter, bytes]]:
        """Give each letter and its bytes, in order of time."""
        wrong = self._plan()
        for number in range(self._count):
            answers = len(self._answers) > _LAG and number * _OUTGOING < self._outgoing
            mistake = wrong.get(number)
            if mistake is None and answers:
                letter = replace(self._answers.popleft(), number=number)
                self._continue(letter)
            elif mistake is None and len(self._continued) > _LAG:
                letter = replace(self._continued.popleft(), number=number)
                self._outgoing += 1
                self._answer(letter, [(-1, letter.to[0])])
            else:
                letter = self._outbound(number, mistake)
            yield letter, self._write(letter)

    def truth(self, path: Path, octets: int) -> Truth:
        """Sum up what was written, and write it beside the archive."""
        truth = Truth(
            seed=self._seed,
            messages=self._count,
            octets=octets,
            lines=0,
            ml_lines=0,
            misdirected=len(self._tally.wrong),
            sensitive=self._sensitive,
            destinations=self._tally.destinations(),
        )
        truth.write(path)
        return truth

    def _plan(self) -> dict[int, Mistake]:
        wrong = max(5, round(WRONG * self._count))
        ml = max(2, round(wrong * _ML_SHARE))
        places = self._draw.sample(range(self._count // 10, self._count), wrong)
        mistakes = self._population.mistakes(self._draw, ml, wrong - ml)
        return dict(zip(places, mistakes, strict=True))

    def _outbound(self, number: int, mistake: Mistake | None) -> _Letter:
        self._outgoing += 1
        sender, rank, recipient = next(self._pairs)
        chance = self._draw.random()
        more = 0 if chance < 0.8 else 1 if chance < 0.9 else 3 if chance < 0.98 else 12
        others = [(rank, recipient), *(next(self._pairs)[1:] for _ in range(more))]
        if mistake is not None:
            sender, others[0] = mistake.sender, (-1, mistake.recipient)
        colleagues = self._draw.choices(self._population.users, k=1) if chance < 0.2 else []
        recipients = list(dict.fromkeys(mailbox for _, mailbox in others))
        to = len(recipients) - len(recipients) // 3
        letter = _Letter(
            number,
            sender,
            tuple(recipients[:to]),
            (*recipients[to:], *colleagues),
            self._texts.subject(),
            (),
            sensitive=mistake is not None and chance < 1 / 3,
        )
        if mistake is not None:
            self._note(letter, mistake)
        self._answer(letter, [(r, m) for r, m in others if r >= 0])
        return letter

    def _note(self, letter: _Letter, mistake: Mistake) -> None:
        self._sensitive += letter.sensitive
        self._tally.add(
            mistake.typed,
            mistake.intended,
            mistake.slip,
            letter.message_id,
            letter.sender,
            REACHED,
            letter.at,
        )

    def _answer(self, letter: _Letter, recipients: list[tuple[int, str]]) -> None:
        for rank, mailbox in recipients:
            owed = len(self._answers) + letter.number - self._outgoing < 0.8 * self._outgoing
            if owed or (rank >= 0 and rank not in self._answered):
                self._answered.add(rank)
                self._answers.append(_answer(letter, mailbox))

    def _continue(self, letter: _Letter) -> None:
        """Let a quarter of the answers be answered again."""
        if letter.number % 4 == 0:
            self._continued.append(_answer(letter, letter.to[0]))

    def _write(self, letter: _Letter) -> bytes:
        outgoing = letter.sender.endswith(f"@{OURS}")
        fields = self._inside(letter) if outgoing else self._border(letter)
        fields.append(f"From: {self._shown(letter.sender)}")
        fields.append(self._listed("To", letter.to))
        if letter.cc:
            fields.append(self._listed("Cc", letter.cc))
        fields.append(f"Subject: {letter.subject}")
        fields.append(f"Date: {format_datetime(letter.at)}")
        fields.append(f"Message-ID: {letter.message_id}")
        if letter.thread:
            fields.append(f"In-Reply-To: {letter.thread[-1]}")
            fields.append("References: " + "\n ".join(letter.thread))
        fields += ["MIME-Version: 1.0", "User-Agent: Mozilla Thunderbird"]
        head = "\n".join(fields).encode() + b"\n"
        return head + self._texts.body(letter.number, sensitive=letter.sensitive)

    def _inside(self, letter: _Letter) -> list[str]:
        host = f"ws{letter.number % 9000:04d}.{OURS}"
        return [_received(letter, f"{host} ({host} [10.1.2.3])", "ESMTPSA")]

    def _border(self, letter: _Letter) -> list[str]:
        domain = letter.sender.rpartition("@")[2]
        before = format_datetime(letter.at - timedelta(seconds=4))
        border = f"Authentication-Results: mail.{OURS}; dkim=pass header.d={domain};\n"
        return [
            f"Return-Path: <{letter.sender}>",
            _received(letter, f"mx1.{domain} (mx1.{domain} [203.0.113.7])", "ESMTPS"),
            f"{border}\tdmarc=pass header.from={domain}",
            f"Received: by mx1.{domain} (Postfix, from userid 1000)\n\tid 9{letter.number:08X}; {before}",
        ]

    def _listed(self, name: str, mailboxes: tuple[str, ...]) -> str:
        """Write an address list, folded."""
        return f"{name}: " + ",\n ".join(map(self._shown, mailboxes))

    def _shown(self, mailbox: str) -> str:
        local = mailbox.partition("@")[0]
        first, _, last = local.title().partition(".")
        style = len(mailbox) * 31 % 10
        if not last or style < 2:
            return mailbox
        if style < 4:
            return f'"{last}, {first}" <{mailbox}>'
        if style == 4:
            accented = "".join(_ACCENTS.get(c, c) for c in f"{first} {last}")
            return f"{Header(accented, 'utf-8').encode()} <{mailbox}>"
        return f"{first} {last} <{mailbox}>"


def _received(letter: _Letter, by: str, protocol: str) -> str:
    return (
        f"Received: from {by}\n\tby mail.{OURS} (Postfix) with {protocol} id 4{letter.number:08X}\n"
        f"\tfor <{letter.to[0]}>; {format_datetime(letter.at)}"
    )


def _answer(letter: _Letter, sender: str) -> _Letter:
    subject = letter.subject if letter.thread else f"Re: {letter.subject}"
    thread = (*letter.thread, letter.message_id)
    return _Letter(0, sender, (letter.sender,), (), subject, thread)


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(prog="python -m bench.mailarchive", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--maildir", action="store_true")
    given = parser.parse_args()
    started = time.monotonic()
    write = write_maildir if given.maildir else write_mbox
    truth = write(given.path, given.messages, given.seed)
    print(
        f"{truth.octets} octets, {truth.messages} messages, {truth.misdirected} misdirected"
        f" to {len(truth.reached)} domains, {time.monotonic() - started:.1f} s"
    )


if __name__ == "__main__":
    main()
