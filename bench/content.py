"""What looking at content costs: the quick look, and a whole message from bytes to findings.

The peers: the standard library's parse of the same messages, and Hyperscan or Python's own splitting for
the quick look, whose answers must be the same. Synthetic business mail, 13 KB on average, no attachments.
"""

from __future__ import annotations

import email
import email.policy
import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec

from bench import Line
from missent.judge.content import read
from missent.judge.sensitivity import DETECTORS, VOCABULARY
from missent.judge.vocabulary import Vocabulary, plain
from missent.mail.message import parse
from missent.service.contents import NamesOnly, with_content

MEAN_OCTETS = 13_000
RATIO = 1.7
"""To the standard library's parse alone: 1,500 messages a second where that does 883."""
_WORDS = (
    *(
        "the",
        "of",
        "and",
        "to",
        "in",
        "for",
        "on",
        "that",
        "with",
        "this",
        "from",
        "have",
        "will",
        "your",
        "about",
        "meeting",
    ),
    *(
        "next",
        "week",
        "please",
        "find",
        "project",
        "team",
        "update",
        "report",
        "customer",
        "order",
        "price",
        "contract",
        "budget",
        "plan",
        "review",
        "call",
    ),
    *(
        "time",
        "office",
        "schedule",
        "question",
        "answer",
        "number",
        "list",
        "copy",
        "letter",
        "change",
        "issue",
        "draft",
        "version",
        "agreed",
        "thanks",
        "regards",
    ),
    *(
        "monday",
        "tuesday",
        "morning",
        "afternoon",
        "market",
        "energy",
        "gas",
        "power",
        "trade",
        "desk",
        "deal",
        "pipeline",
        "capacity",
        "volume",
        "invoice",
        "agreement",
    ),
    *(
        "account",
        "payment",
        "flight",
        "hotel",
        "travel",
        "health",
        "insurance",
        "official",
        "confidential",
        "secret",
    ),
)


def _letter(rng: random.Random, number: int) -> bytes:
    size = int(MEAN_OCTETS * rng.uniform(0.3, 1.7))
    lines, length = [], 0
    while length < size:
        words = rng.choices(_WORDS, weights=[max(1, 60 - i) for i in range(len(_WORDS))], k=12)
        line = " ".join(words).capitalize() + rng.choice(
            (".", ",", "", f" {rng.randint(1, 9999)}.")
        )
        lines.append(line)
        length += len(line) + 2
    head = (
        f"From: Ann Roe <ann{number}@contractor.example>\r\nTo: bob@partner.example\r\n"
        f"Subject: {' '.join(rng.choices(_WORDS, k=4))}\r\nMessage-ID: <{number}@contractor.example>\r\n"
        "Date: Mon, 12 May 2031 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return (head + "\r\n".join(lines) + "\r\n").encode()


def _seconds(work: Callable[[bytes], object], letters: Sequence[bytes]) -> float:
    started = time.process_time()
    for letter in letters:
        work(letter)
    return time.process_time() - started


def _findings(data: bytes) -> int:
    message = with_content(parse(data), data, NamesOnly())
    content = read(message, VOCABULARY)
    words = frozenset[str]().union(*(reading.words for reading in content.readings))
    wanted = (d for d in DETECTORS if not d.words or not d.words.isdisjoint(words))
    return sum(len(tuple(detector.detect(content))) for detector in wanted)


def _look(way: Vocabulary, data: bytes) -> object:
    return way.among(plain(data.decode()))


def _stdlib(data: bytes) -> object:
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(("plain",))
    return message["to"], message["subject"], body.get_content() if body else ""


def measure(quick: bool) -> Iterator[Line]:
    """Give messages a second and MB a second, in paired rounds, as medians and ratios."""
    rng = random.Random(4)
    letters = [_letter(rng, number) for number in range(60 if quick else 300)]
    octets = sum(map(len, letters))
    ways = {"python": Vocabulary(VOCABULARY.words, fast=False)}
    if find_spec("hyperscan") is not None:
        ways["hyperscan"] = Vocabulary(VOCABULARY.words, fast=True)
    texts = [letter.decode() for letter in letters]
    same = all(len({v.among(plain(text)) for v in ways.values()}) == 1 for text in texts)
    rounds: dict[str, list[float]] = {}
    for _ in range(3 if quick else 7):
        for name, way in ways.items():
            spent = _seconds(partial(_look, way), letters)
            rounds.setdefault(name, []).append(octets / spent / 1e6)
        rounds.setdefault("message", []).append(len(letters) / _seconds(_findings, letters))
        rounds.setdefault("stdlib", []).append(len(letters) / _seconds(_stdlib, letters))
    median = {name: sorted(values)[len(values) // 2] for name, values in rounds.items()}
    for name in ways:
        goal = 50 if name == "hyperscan" else 4
        met = same and median[name] >= goal
        yield {
            "what": f"quick look, {name}",
            "mb_per_s": round(median[name], 1),
            "goal": goal,
            "met": met,
        }
    yield {
        "what": "message to findings",
        "messages_per_s": round(median["message"]),
        "stdlib_parse_per_s": round(median["stdlib"]),
        "ratio": round(median["message"] / median["stdlib"], 2),
        "mean_octets": octets // len(letters),
        "goal": RATIO,
        "met": median["message"] >= RATIO * median["stdlib"],
    }
