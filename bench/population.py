"""Own who writes to whom in made mail: users of ours, outside domains by Zipf's law, and their mistakes.

Everything follows from the seed. Names are made up of syllables; the military ones are the story's. Of
the outside domains three in a hundred are a real neighbour of another: the same word under another
suffix, or one letter away. All of them answer. A mistake is one letter (or suffix) from a name that
is written to often, never answers, and two in five mistakes come again: someone's address book is wrong.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from missent.lookalike.edits import neighbours

OURS = "contractor.example"
USERS = 1_500
DOMAINS = 20_000
COMMON = 300
"""Whose names are mistyped: the most used ones."""
NEIGHBOURS = 0.03
ML_PER_MB, OTHERS_PER_MB = 0.131, 0.5
MILITARY = (
    *("army.mil", "mail.mil", "navy.mil", "us.af.mil", "usmc.mil", "socom.mil", "centcom.mil"),
    *("disa.mil", "dla.mil", "uscg.mil", "eucom.mil", "jten.mil"),
)
KINDS = ("drop", "double", "swap", "neighbour_key", "other_suffix")
FATES = ("reached",) * 15 + ("bounced",) * 3 + ("pending",) * 2
_SUFFIXES = {
    "com": 46, "org": 8, "net": 6, "de": 6, "co.uk": 6, "fr": 3, "nl": 3, "it": 2, "com.au": 2,
    "ca": 2, "gov": 2, "edu": 3, "eu": 2, "ch": 2, "io": 1, "us": 2, "org.uk": 1, "se": 1, "es": 1,
}  # fmt: skip
_OTHERS = {"com": ("net", "org", "co", "cm"), "org": ("com", "net"), "net": ("com", "org")}
_ONSETS = (
    *(
        "b",
        "br",
        "c",
        "ch",
        "cl",
        "d",
        "dr",
        "f",
        "fl",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
    ),
    *("pl", "pr", "qu", "r", "s", "st", "t", "tr", "v", "w", "z"),
)
_VOWELS = ("a", "a", "e", "e", "i", "i", "o", "o", "u", "ai", "ea", "ou")
_CODAS = ("", "", "", "", "n", "r", "s", "l", "m", "t", "x", "nd", "rt")
_TRADES = (
    *("group", "tech", "labs", "systems", "travel", "energy", "legal", "air", "freight", "bank"),
    *("media", "health", "works", "consult", "data", "foods", "steel", "hotel", "design", "power"),
)
_FIRST = (
    *("ann", "ben", "carla", "dmitri", "ella", "farid", "grace", "hugo", "ines", "jonas", "kim"),
    *("laura", "mark", "nadia", "oscar", "paula", "quinn", "rosa", "sam", "tara", "uwe", "vera"),
    *("will", "xenia", "yusuf", "zoe", "john", "mary", "peter", "susan"),
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong recipient, once."""

    sender: str
    recipient: str
    typed: str
    intended: str
    slip: str
    fate: str


@dataclass(frozen=True, slots=True)
class Population:
    """Who there is."""

    users: Sequence[str]
    """Mailboxes of ours."""
    domains: Sequence[str]
    """Outside, the most used first."""
    people: Sequence[Sequence[str]]
    """Mailboxes of each domain."""
    taken: frozenset[str]
    """The domains: no mistake comes out as one of them."""

    @classmethod
    def make(cls, seed: int, count: int = DOMAINS) -> Population:
        """Make it."""
        draw = random.Random(seed)
        surnames = sorted({_word(draw, 2) for _ in range(400)})
        domains = _domains(draw, count)
        people = [
            _people(draw, surnames, name, max(1, int(200 / math.sqrt(rank + 1))))
            for rank, name in enumerate(domains)
        ]
        return cls(_people(draw, surnames, OURS, USERS), domains, people, frozenset(domains))

    def pairs(self, draw: random.Random) -> Iterator[tuple[str, int, str]]:
        """Give senders and recipients without end: sender, rank of the domain, recipient."""
        weights = list(accumulate(1 / (rank + 1) for rank in range(len(self.domains))))
        ranks, people, users, size = (
            range(len(self.domains)),
            self.people,
            self.users,
            len(self.users),
        )
        while True:
            for rank in draw.choices(ranks, cum_weights=weights, k=10_000):
                chance = draw.random()
                who = int(chance * size)
                mailboxes = people[rank]
                at = who + rank if (chance * 8192) % 1 < 0.8 else int(chance * 1e9)  # old friends
                yield users[who], rank, mailboxes[at % len(mailboxes)]

    def mistakes(self, draw: random.Random, ml: int, others: int) -> list[Mistake]:
        """Make so many mistakes, in the order in which they happen."""
        made = [
            *islice(self._habits(draw, list(MILITARY), military=True), ml),
            *islice(self._habits(draw, self._common, military=False), others),
        ]
        draw.shuffle(made)
        return made

    @property
    def _common(self) -> list[str]:
        return [name for name in self.domains[:COMMON] if not name.endswith(".mil")]

    def _habits(
        self, draw: random.Random, names: list[str], *, military: bool
    ) -> Iterator[Mistake]:
        wrong: dict[str, tuple[str, str, str]] = {}
        place = {name: rank for rank, name in enumerate(self.domains[:COMMON])}
        while True:
            name = draw.choices(names, weights=[1 / (n + 1) for n in range(len(names))])[0]
            kind = "other_suffix" if military else draw.choice(KINDS)
            typed = name.removesuffix("il") + "l" if military else slip(name, kind, draw)
            if typed in self.taken or wrong.get(typed, (name,))[0] != name:
                continue
            fate = "reached" if typed == "army.ml" else draw.choice(FATES)
            _, kind, fate = wrong.setdefault(typed, (name, kind, fate))
            local = draw.choice(self.people[place[name]]).partition("@")[0]
            mistake = Mistake(draw.choice(self.users), f"{local}@{typed}", typed, name, kind, fate)
            for _ in range(draw.choice((1, 1, 1, 2, 4))):
                yield mistake


def slip(name: str, kind: str, draw: random.Random) -> str:
    """Mistype a name's first label, or its suffix."""
    label, _, rest = name.partition(".")
    if kind == "other_suffix":
        suffix = draw.choice(_OTHERS.get(rest, ("com", "org", "net")))
        return f"{label}.{suffix}"
    at = draw.randrange(1, len(label))  # a first letter is rarely wrong
    if kind == "drop":
        typed = label[:at] + label[at + 1 :]
    elif kind == "double":
        typed = label[:at] + label[at] + label[at:]
    elif kind == "swap":
        typed = label[: at - 1] + label[at] + label[at - 1] + label[at + 1 :]
    else:
        near = sorted(b for a, b in neighbours() if a == label[at] and b.isalpha())
        typed = label[:at] + draw.choice(near or ["x"]) + label[at + 1 :]
    return f"{typed}.{rest}" if typed != label else name


def _word(draw: random.Random, syllables: int) -> str:
    parts = (
        draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS) for _ in range(syllables)
    )
    return "".join(parts)


def _domains(draw: random.Random, count: int) -> list[str]:
    suffixes, weights = list(_SUFFIXES), list(_SUFFIXES.values())
    made: dict[str, None] = {}
    known: list[str] = []
    while len(made) < count:
        known = known or (list(made) if len(made) >= COMMON else [])
        if known and draw.random() < NEIGHBOURS:
            name = _neighbour(draw.choice(known), draw)
        else:
            word = _word(draw, draw.choice((2, 2, 2, 3, 3)))
            trade = draw.choice(_TRADES) if draw.random() < 0.35 else ""
            dash = "-" if trade and draw.random() < 0.2 else ""
            name = f"{word}{dash}{trade}.{draw.choices(suffixes, weights)[0]}"
        made.setdefault(name)
    names = list(made)
    for number, name in enumerate(MILITARY):  # among the common ones
        names[2 + number * number] = name
    return list(dict.fromkeys(names))


def _neighbour(name: str, draw: random.Random) -> str:
    """Make a real name near another: the same word under another suffix, or with another letter."""
    label, _, suffix = name.partition(".")
    if draw.random() < 0.6:
        return f"{label}.{draw.choice(list(_SUFFIXES))}"
    at = draw.randrange(len(label))
    return f"{label[:at]}{draw.choice('abcdefghiklmnoprst')}{label[at + 1 :]}.{suffix}"


def _people(draw: random.Random, surnames: Sequence[str], domain: str, count: int) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < count:
        first, last = draw.choice(_FIRST), draw.choice(surnames)
        form = draw.random()
        local = f"{first}.{last}" if form < 0.6 else f"{first[0]}{last}" if form < 0.9 else first
        made.setdefault(f"{local}@{domain}")
    return list(made)
