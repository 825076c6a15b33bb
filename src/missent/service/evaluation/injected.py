"""Own injected slips: a real message's domain, mistyped by the measured mix, and judged.

The mix is that of 134 natural mistyped domains (deletion .28, insertion .23, substitution .22, another
suffix .18, transposition .08), the place in the name is drawn evenly, and half of the wrong letters are
keys beside the right one. The letter goes on as it was, so that no injected slip is ever learned.
What comes out as another real name that was written to before is drawn again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from missent.errors import MalformedAddress
from missent.judge.verdict import Action
from missent.lookalike.edits import neighbours
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.replay import Replay
from missent.service.letter import Letter

MIX = (
    ("deletion", 0.28),
    ("insertion", 0.23),
    ("substitution", 0.22),
    ("suffix", 0.18),
    ("transposition", 0.08),
)
ONE_IN = 20
"""Of the letters with a recipient outside, how many are also judged with a slip."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SUFFIXES = ("com", "net", "org", "edu", "co", "cm", "us", "gov", "info")
_TRIES = 8


class Draw:
    """Even choices that are the same on every run: SHA-256 of the seed and a running number."""

    def __init__(self, *seed: object) -> None:
        self._seed = "|".join(map(str, seed))
        self._count = 0

    def unit(self) -> float:
        """Give a number from 0 up to 1."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}|{self._count}".encode()).digest()
        return int.from_bytes(digest[:7], "big") / 2**56

    def below(self, limit: int) -> int:
        """Give a whole number from 0 up to `limit`."""
        return int(self.unit() * limit)


def slip(name: DomainName, draw: Draw) -> tuple[str, DomainName] | None:
    """Mistype a name once; gives the kind and the result, None if none was found."""
    kind = _kind(draw)
    text = name.ascii
    try:
        typed = DomainName.parse(_typed(text, kind, draw))
    except MalformedAddress:
        return None
    return None if typed == name else (kind, typed)


def _kind(draw: Draw) -> str:
    at = draw.unit() * sum(part for _, part in MIX)
    for kind, part in MIX:
        at -= part
        if at < 0:
            return kind
    return MIX[0][0]


def _typed(text: str, kind: str, draw: Draw) -> str:
    at = draw.below(len(text))
    if kind == "suffix":
        stem = text.rpartition(".")[0]
        return f"{stem}.{_SUFFIXES[draw.below(len(_SUFFIXES))]}"
    if kind == "deletion":
        return text[:at] + text[at + 1 :]
    if kind == "transposition":
        at = min(at, len(text) - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    wrong = _wrong(text[at], draw)
    return text[:at] + wrong + text[at + (kind == "substitution") :]


def _wrong(right: str, draw: Draw) -> str:
    beside = sorted(b for a, b in neighbours() if a == right and b in _LETTERS)
    pool = beside if beside and draw.unit() < 0.5 else list(_LETTERS)
    return pool[draw.below(len(pool))]


@dataclass(slots=True)
class Injected:
    """The outcome of one seed."""

    seed: int
    slips: Counter[str] = field(default_factory=Counter)
    reachable: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    """Held or blocked, by kind."""
    warned: Counter[str] = field(default_factory=Counter)
    right: int = 0
    """Of the caught, those with the right suggestion."""

    def see(self, replay: Replay, letter: Letter, number: int) -> None:
        """Judge one letter with a slip, if it is its turn; call it before the letter is learned."""
        draw = Draw(self.seed, number)
        if draw.below(ONE_IN):
            return
        outside = [m for m in letter.recipients if not replay.organisation.owns(m.domain)]
        if not outside:
            return
        meant = outside[draw.below(len(outside))]
        for kind, typed in self._slips(replay, meant, draw):
            self._judge(replay, letter, meant, meant.at(typed), kind)
            return

    def _slips(
        self, replay: Replay, meant: Mailbox, draw: Draw
    ) -> Iterator[tuple[str, DomainName]]:
        for _ in range(_TRIES):
            found = slip(meant.domain, draw)
            if found is not None and not replay.memory.domain(found[1]).sent:
                yield found

    def _judge(
        self, replay: Replay, letter: Letter, meant: Mailbox, typed: Mailbox, kind: str
    ) -> None:
        written = tuple(typed if m == meant else m for m in letter.recipients)
        case = replay.case(letter, written)
        verdict = next(v for v in replay.judge(case, replay.policy) if v.recipient == typed)
        self.slips[kind] += 1
        self.reachable[kind] += replay.knows(meant.domain)
        if verdict.action.severity >= Action.HOLD.severity:
            self.caught[kind] += 1
            self.right += verdict.suggestion == meant
        elif verdict.action is Action.WARN:
            self.warned[kind] += 1
