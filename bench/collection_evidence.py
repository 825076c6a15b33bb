"""Measure how well the envelope tells misdirected mail from spam, on SYNTHETIC mail.

    python -m bench.collection_evidence [--hits 20000] [--seeds 5] [--json]

There is no public labelled set of the mail that comes to typo domains, so the hits are invented here. The
classes are those that the published cases describe: slips in the recipient's domain, once or out of an
address book; what services send to a mistyped registration ("reflection"); mail programs set up with the
typo domain ("SMTP typo"); spam of taken-over computers, of spammers' own servers, through taken-over
accounts of honest organisations (the same as those of the slips), and bought lists mailed by honest
services. How often each behaves how is a guess, written down in `CLASSES`; no weight of
`service.collection.evidence` is read here. ``--noise`` moves every guess towards a coin's: it shows how
far the figures hang on them. They say that the weights fit together, not how a real domain's mail splits.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import mean

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection.collection import Check, Hit, Likely, OrganisationRecord
from missent.service.collection.evidence import likely, score
from missent.store.collection_rows import added

TYPED, MEANT = DomainName.parse("army.ml"), DomainName.parse("army.mil")
START = datetime(2031, 1, 1, tzinfo=UTC)
DAYS = 60
REAL_SHARE = 0.3
"""The registry's own collector called much of what it got spam; the part is not published."""
HONEST = [f"firm{n}.example" for n in range(400)]
SERVICES = [f"service{n}.example" for n in range(60)]
MAILERS = [f"mailer{n}.example" for n in range(40)]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one class of mail behaves; every figure is a probability unless said."""

    name: str
    real: bool
    part: float
    """Of its side, real or spam."""
    aligned: tuple[float, float]
    """SPF pass, fail; the rest has no usable record."""
    confirmed: float
    tls: float
    helo: tuple[float, float, float]
    """A host's own name, one made of the address, an address literal; the rest is a bare word."""
    rcpts: float
    """Mean recipients of a transaction (geometric)."""
    listed: float
    senders: str
    """Where its sender comes from: ``honest``, ``service``, ``fresh``, ``mailer``, ``forged``, ``typo``."""
    logged_in: float = 0.0
    again: float = 0.0
    """That it comes from a sender and to an address it came from and to before."""


CLASSES: Sequence[Kind] = (
    Kind("slip", True, 0.50, (0.85, 0.05), 0.93, 0.92, (0.95, 0.02, 0.01), 1.2, 0.90, "honest"),
    Kind(
        "address book",
        True,
        0.28,
        (0.80, 0.12),
        0.93,
        0.90,
        (0.95, 0.02, 0.01),
        1.3,
        0.88,
        "honest",
        again=0.85,
    ),
    Kind(
        "reflection",
        True,
        0.17,
        (0.95, 0.02),
        0.97,
        0.88,
        (0.98, 0.02, 0.0),
        1.0,
        0.80,
        "service",
        again=0.5,
    ),
    Kind(
        "SMTP typo",
        True,
        0.05,
        (0.10, 0.30),
        0.35,
        0.80,
        (0.15, 0.40, 0.25),
        1.3,
        0.60,
        "typo",
        logged_in=0.7,
    ),
    Kind("bots", False, 0.40, (0.05, 0.60), 0.25, 0.15, (0.25, 0.40, 0.15), 5.0, 0.04, "forged"),
    Kind(
        "own servers",
        False,
        0.25,
        (0.92, 0.03),
        0.92,
        0.60,
        (0.94, 0.04, 0.0),
        3.0,
        0.06,
        "fresh",
        again=0.3,
    ),
    Kind(
        "taken-over accounts",
        False,
        0.20,
        (0.85, 0.05),
        0.92,
        0.88,
        (0.93, 0.03, 0.02),
        6.0,
        0.06,
        "honest",
    ),
    Kind(
        "bought lists",
        False,
        0.15,
        (0.95, 0.02),
        0.98,
        0.97,
        (0.98, 0.01, 0.0),
        1.0,
        0.12,
        "mailer",
        again=0.3,
    ),
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One invented hit, and what it is."""

    hit: Hit
    kind: Kind


def hits(number: int, seed: int, noise: float = 0.0) -> list[Labelled]:
    """Invent hits in order of time; `noise` 0..1 moves each probability towards one half."""
    chance = random.Random(seed)
    kinds = [_noisy(kind, noise) for kind in CLASSES]
    sides = {side: [kind for kind in kinds if kind.real is side] for side in (True, False)}
    known: dict[str, list[tuple[str, str]]] = {}
    made: list[Labelled] = []
    for at in sorted(chance.random() * DAYS for _ in range(number)):
        side = sides[chance.random() < REAL_SHARE]
        kind = chance.choices(side, [one.part for one in side])[0]
        made.append(
            Labelled(_hit(kind, START + timedelta(days=at), chance, known, len(made)), kind)
        )
    return made


def _noisy(kind: Kind, noise: float) -> Kind:
    def mixed(value: float) -> float:
        return (1 - noise) * value + noise / 2

    host, dynamic, literal = kind.helo
    return replace(
        kind,
        aligned=(mixed(kind.aligned[0]), (1 - noise) * kind.aligned[1] + noise / 4),
        confirmed=mixed(kind.confirmed),
        tls=mixed(kind.tls),
        helo=(mixed(host), (1 - noise) * dynamic + noise / 6, (1 - noise) * literal + noise / 6),
        listed=mixed(kind.listed),
    )


def _hit(
    kind: Kind,
    at: datetime,
    chance: random.Random,
    known: dict[str, list[tuple[str, str]]],
    number: int,
) -> Hit:
    client = ".".join(str(chance.randint(1, 254)) for _ in range(4))
    sender, typed = _pair(kind, chance, known, number)
    first, second = kind.aligned
    spf = chance.choices(
        (Check.PASS, Check.FAIL, Check.UNKNOWN), (first, second, 1 - first - second)
    )
    rcpts = 1
    while kind.rcpts > 1 and chance.random() < 1 - 1 / kind.rcpts and rcpts < 100:
        rcpts += 1
    return Hit(
        at,
        client,
        _helo(kind, chance, client, number),
        chance.random() < kind.tls,
        Mailbox.parse(sender),
        Mailbox.parse(typed),
        MEANT,
        rcpts,
        listed=chance.random() < kind.listed,
        aligned=spf[0],
        confirmed=Check.PASS if chance.random() < kind.confirmed else Check.FAIL,
        logged_in=chance.random() < kind.logged_in,
    )


def _pair(
    kind: Kind, chance: random.Random, known: dict[str, list[tuple[str, str]]], number: int
) -> tuple[str, str]:
    before = known.setdefault(kind.name, [])
    if before and chance.random() < kind.again:
        return chance.choice(before[-50:])
    domain = {
        "honest": lambda: chance.choice(HONEST),
        "service": lambda: chance.choice(SERVICES),
        "mailer": lambda: chance.choice(MAILERS),
        "fresh": lambda: f"offer{number // 200}.example",
        "forged": lambda: chance.choice([chance.choice(HONEST), f"x{number}.example", str(TYPED)]),
        "typo": lambda: chance.choice([str(TYPED), str(TYPED), chance.choice(HONEST)]),
    }[kind.senders]()
    pair = (
        f"p{chance.randint(1, 30)}@{domain}",
        f"{chance.choice('abcdefgh')}{chance.randint(1, 900)}@{TYPED}",
    )
    before.append(pair)
    return pair


def _helo(kind: Kind, chance: random.Random, client: str, number: int) -> str:
    host, dynamic, literal = kind.helo
    bare = max(1 - host - dynamic - literal, 0.0)
    names = (
        f"mx{number % 9}.host{number % 200}.example",
        f"{client.replace('.', '-')}.dsl.example",
        f"[{client}]",
        "desktop",
    )
    return chance.choices(names, (host, dynamic, literal, bare))[0]


# --- measuring -----------------------------------------------------------------------------------

SETTINGS = {
    "everything": (True, True),
    "without look-ups": (False, True),
    "without directory": (True, False),
    "neither": (False, False),
}


def judged(
    made: Sequence[Labelled], *, look_ups: bool, directory: bool, memory: bool = True
) -> Iterator[tuple[Labelled, float, Likely]]:
    """Judge hits in order of time, each by what its organisation did before."""
    records: dict[str, OrganisationRecord] = {}
    for one in made:
        hit = one.hit
        if not look_ups:
            hit = replace(hit, aligned=Check.UNKNOWN, confirmed=Check.UNKNOWN)
        if not directory:
            hit = replace(hit, listed=None)
        name = str(hit.organisation)
        record = records.get(name) if memory else None
        verdict = likely(hit, record)
        yield one, score(hit, record), verdict
        if memory:
            records[name] = added(record, name, [(hit, verdict)])


def area(scores: Sequence[tuple[float, bool]]) -> float:
    """Give the area under the ROC curve: that a real hit scores above spam, ties by half."""
    ordered = sorted(scores)
    below = wins = 0.0
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        real = sum(label for _, label in ordered[at:end])
        spam = end - at - real
        wins += real * (below + spam / 2)
        below += spam
        at = end
    positives = sum(label for _, label in scores)
    return wins / (positives * (len(scores) - positives))


def figures(made: Sequence[Labelled], **settings: bool) -> dict[str, float]:
    """Measure one setting on one set of hits."""
    results = list(judged(made, **settings))
    called = Counter((verdict, one.kind.real) for one, _, verdict in results)
    real = called[Likely.REAL, True] + called[Likely.REAL, False]
    spam = called[Likely.SPAM, True] + called[Likely.SPAM, False]
    all_real = sum(one.kind.real for one in made)
    return {
        "auc": area([(value, one.kind.real) for one, value, _ in results]),
        "real_precision": called[Likely.REAL, True] / real if real else float("nan"),
        "real_recall": called[Likely.REAL, True] / all_real,
        "spam_precision": called[Likely.SPAM, False] / spam if spam else float("nan"),
        "spam_recall": called[Likely.SPAM, False] / (len(made) - all_real),
        "unclear": 1 - (real + spam) / len(made),
    }


def run(number: int, seeds: int) -> dict[str, dict[str, float]]:
    """Measure every setting, the mean over seeds; then the whole at two levels of noise."""
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in range(seeds):
        made = hits(number, seed)
        for name, (look_ups, directory) in SETTINGS.items():
            rows.setdefault(name, []).append(figures(made, look_ups=look_ups, directory=directory))
        rows.setdefault("everything, no memory", []).append(
            figures(made, look_ups=True, directory=True, memory=False)
        )
        for noise in (0.2, 0.4):
            noisy = hits(number, seed, noise)
            rows.setdefault(f"everything, noise {noise}", []).append(
                figures(noisy, look_ups=True, directory=True)
            )
    return {
        name: {key: mean(one[key] for one in many) for key in many[0]}
        for name, many in rows.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hits", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = run(options.hits, options.seeds)
    if options.json:
        print(json.dumps({"synthetic": True, "figures": found}, indent=2))
        return
    print(f"SYNTHETIC: {options.hits:,} invented hits, mean of {options.seeds} seeds")
    keys = list(next(iter(found.values())))
    print(f"{'':26}" + "".join(f"{key:>16}" for key in keys))
    for name, row in found.items():
        print(f"{name:26}" + "".join(f"{row[key]:16.3f}" for key in keys))


if __name__ == "__main__":
    main()
