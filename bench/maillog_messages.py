"""Own the messages of a made Postfix log: each the list of its lines, and what they are a mistake for.

A message is made at once. What must be noticed when its line is written (a wrong recipient, a pause until
the next attempt) stands in the list as an object. Who answers is decided here: everybody written to
rightly, sooner or later; nobody at a wrong domain.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from itertools import count

from bench.population import ML_PER_MB, OTHERS_PER_MB, OURS, Mistake, Population
from bench.truth import BOUNCED, PENDING, REACHED

MEGABYTE = 1_000_000
MESSAGE_OCTETS = 1_100
OUTGOING = 0.55
_LAG = 300  # answers that wait until their turn
_SEND, _BOUNCE, _DEFER, _LATER = "send", "bounce", "defer", "later"
"""What becomes of an attempt: `_LATER` is deferred and sent at the next one."""
_LATER_SHARE, _BOUNCE_SHARE = 0.03, 0.01

_CONNECT = " mail postfix/smtpd[{0}]: connect from {1}\n"
_CLIENT = " mail postfix/smtpd[{0}]: {2}: client={1}{3}\n"
_MESSAGE_ID = " mail postfix/cleanup[{0}]: {1}: message-id={2}\n"
_QUEUED = " mail postfix/qmgr[811]: {0}: from=<{1}>, size={2}, nrcpt={3} (queue active)\n"
_DISCONNECT = (
    " mail postfix/smtpd[{0}]: disconnect from {1} ehlo=1 mail=1 rcpt={2} data=1 commands=5\n"
)
_TLS = (
    " mail postfix/smtp[{0}]: Trusted TLS connection established to mx{2}.{1}[{3}]:25:"
    " TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
)
_SENT = (
    " mail postfix/smtp[{0}]: {1}: to=<{2}>, relay=mx{3}.{4}[{5}]:25, delay={6},"
    " delays=0.1/0/0.3/{6}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4{0}{1})\n"
)
_DEFERRED = (
    " mail postfix/smtp[{0}]: {1}: to=<{2}>, relay=none, delay={6}, delays=0.1/0/30/0, dsn=4.4.1,"
    " status=deferred (connect to mx{3}.{4}[{5}]:25: Connection timed out)\n"
)
_BOUNCED = (
    " mail postfix/smtp[{0}]: {1}: to=<{2}>, relay=mx{3}.{4}[{5}]:25, delay={6}, delays=0.1/0/1/0,"
    " dsn=5.1.1, status=bounced (host mx{3}.{4}[{5}] said: 550 5.1.1 User unknown)\n"
)
_NOTICE = " mail postfix/bounce[{0}]: {1}: sender non-delivery notification: {2}\n"
_LOCAL = (
    " mail postfix/lmtp[{0}]: {1}: to=<{2}>, relay=mail.{3}[private/dovecot-lmtp], delay={4},"
    " delays=0.1/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 <{2}> Saved)\n"
)
_REMOVED = " mail postfix/qmgr[811]: {0}: removed\n"


@dataclass(frozen=True, slots=True)
class Pause:
    """The rest of a message comes that much later."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that says what became of a wrong recipient."""

    text: str
    mistake: Mistake
    queue_id: str
    outcome: str


Part = str | Pause | Wrong


class Post:
    """Makes messages, each as the list of its lines, the last line first."""

    def __init__(self, seed: int, megabytes: float) -> None:
        self._draw = random.Random(seed)
        self._population = Population.make(seed)
        self._pairs = self._population.pairs(self._draw)
        self._answers: deque[tuple[str, str]] = deque()
        self._notices: deque[tuple[str, str]] = deque()
        self._answered: set[int] = set()
        self._numbers = count(1)
        self._mistakes = self._plan(megabytes)
        self.messages = self._outgoing = self._incoming = 0

    @property
    def waiting(self) -> int:
        """Count what is still to be written at the end."""
        return len(self._answers) + len(self._notices)

    def _plan(self, megabytes: float) -> deque[tuple[int, Mistake]]:
        """Give each mistake its place among the outgoing messages."""
        ml, others = max(3, round(ML_PER_MB * megabytes)), max(5, round(OTHERS_PER_MB * megabytes))
        mistakes = self._population.mistakes(self._draw, ml, others)
        outgoing = megabytes * MEGABYTE / MESSAGE_OCTETS * OUTGOING * 0.9
        places = sorted(
            self._draw.sample(range(10, max(10 + len(mistakes), int(outgoing))), len(mistakes))
        )
        return deque(zip(places, mistakes, strict=True))

    def next(self, *, last: bool) -> list[Part]:
        """Give one message; an empty one at the end, when no answer waits any more."""
        self.messages += 1
        if self._notices:
            return self._notice(*self._notices.popleft())
        owed = len(self._answers) > _LAG and self._incoming < self.messages * (1 - OUTGOING)
        if self._answers and (owed or last):
            return self._inbound(*self._answers.popleft())
        if last:
            self.messages -= 1
            return []
        return self._outbound()

    def unplanned(self) -> int:
        """Count the mistakes that found no place."""
        return len(self._mistakes)

    def _queue_id(self) -> str:
        return f"4{next(self._numbers):06X}{self._draw.randrange(4096):03X}"

    def _outbound(self) -> list[Part]:
        self._outgoing += 1
        sender, rank, recipient = next(self._pairs)
        mistake = None
        if self._mistakes and self._mistakes[0][0] <= self._outgoing:
            mistake = self._mistakes.popleft()[1]
            sender, recipient = mistake.sender, mistake.recipient
        else:
            self._answer(sender, rank, recipient)
        recipients = [recipient]
        chance = self._draw.random()
        if chance > 0.88:
            for _ in range(1 if chance < 0.96 else 2 if chance < 0.99 else 5):
                _, rank, other = next(self._pairs)
                recipients.append(other)
                self._answer(sender, rank, other)
        return self._lines(sender, list(dict.fromkeys(recipients)), mistake)

    def _answer(self, sender: str, rank: int, recipient: str) -> None:
        """Let the recipient answer: the first of each domain always, others as the share allows."""
        if rank not in self._answered or self._incoming + len(self._answers) < 0.8 * self._outgoing:
            self._answered.add(rank)
            self._answers.append((recipient, sender))

    def _lines(self, sender: str, recipients: list[str], mistake: Mistake | None) -> list[Part]:
        """Write one message; the mistake, if there is one, is its first recipient."""
        queue_id, chance = self._queue_id(), self._draw.random()
        host = f"ws{int(chance * 9000):04d}.{OURS}"
        login = f", sasl_method=PLAIN, sasl_username={sender.partition('@')[0]}"
        size = 1_200 + int(40_000 * chance * chance)
        parts = self._head(host, queue_id, login, sender, size, len(recipients))
        retried: list[tuple[str, Mistake | None]] = []
        wrong = mistake
        for recipient in recipients:
            outcome = self._fate(wrong)
            if outcome == _LATER:
                retried.append((recipient, wrong))
            parts += self._attempt(queue_id, recipient, outcome, wrong)
            if outcome == _BOUNCE:
                self._notices.append((queue_id, sender))
            wrong = None
        if retried:
            parts.append(Pause(300 + int(3_000 * chance)))
            parts.append(_QUEUED.format(queue_id, sender, size, len(recipients)))
            for recipient, wrong in retried:
                parts += self._attempt(queue_id, recipient, _SEND, wrong)
        if not (mistake and mistake.fate == PENDING):
            parts.append(_REMOVED.format(queue_id))
        parts.reverse()
        return parts

    def _fate(self, wrong: Mistake | None) -> str:
        chance = self._draw.random()
        if wrong is not None and wrong.fate != REACHED:
            return _BOUNCE if wrong.fate == BOUNCED else _DEFER
        if chance < _LATER_SHARE:
            return _LATER
        return _BOUNCE if wrong is None and chance < _LATER_SHARE + _BOUNCE_SHARE else _SEND

    def _head(
        self, host: str, queue_id: str, login: str, sender: str, size: int, recipients: int
    ) -> list[Part]:
        process = 1_000 + size % 61
        client = f"{host}[10.{size % 200}.{size % 37}.{size % 251}]"
        return [
            _CONNECT.format(process, client),
            _CLIENT.format(process, client, queue_id, login),
            _MESSAGE_ID.format(
                process + 3, queue_id, f"<{queue_id}-{size:05d}-4c1b-9d1e-{size * 977:09d}@{host}>"
            ),
            _QUEUED.format(queue_id, sender, size, recipients),
            _DISCONNECT.format(process, client, recipients),
        ]

    def _attempt(
        self, queue_id: str, recipient: str, outcome: str, mistake: Mistake | None
    ) -> list[Part]:
        chance = self._draw.random()
        domain = recipient.rpartition("@")[2]
        mx, process = 1 + len(domain) % 2, 2_000 + int(chance * 90)
        address = f"203.0.{len(domain)}.{sum(domain.encode()) % 251}"
        template = {_SEND: _SENT, _BOUNCE: _BOUNCED}.get(outcome, _DEFERRED)
        delay = f"{chance * 9:.2f}"
        line = template.format(process, queue_id, recipient, mx, domain, address, delay)
        said = {_SEND: REACHED, _BOUNCE: BOUNCED}.get(outcome, PENDING)
        part: Part = line if mistake is None else Wrong(line, mistake, queue_id, said)
        if outcome == _SEND and chance > 0.2:
            return [_TLS.format(process, domain, mx, address), part]
        return [part]

    def _inbound(self, outside: str, ours: str) -> list[Part]:
        self._incoming += 1
        queue_id = self._queue_id()
        size = 1_500 + int(30_000 * self._draw.random())
        parts = self._head(f"mx1.{outside.rpartition('@')[2]}", queue_id, "", outside, size, 1)
        return self._delivered(parts, queue_id, ours)

    def _notice(self, of: str, sender: str) -> list[Part]:
        self._incoming += 1
        queue_id = self._queue_id()
        parts: list[Part] = [
            _MESSAGE_ID.format(1_001, queue_id, f"<{queue_id}@mail.{OURS}>"),
            _NOTICE.format(1_002, of, queue_id),
            _QUEUED.format(queue_id, "", 3_400, 1),
        ]
        return self._delivered(parts, queue_id, sender)

    def _delivered(self, parts: list[Part], queue_id: str, ours: str) -> list[Part]:
        parts.append(_LOCAL.format(2_100, queue_id, ours, OURS, "0.21"))
        parts.append(_REMOVED.format(queue_id))
        parts.reverse()
        return parts
