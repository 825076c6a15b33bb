"""Measure names given as lists: `.mil` written as `.ml`, and legitimate neighbours inside `.gov`.

    python -m bench.names --mil dotmil-domains.csv --gov dotgov.csv

The files are the user's (esonderegger/dotmil-domains, cisagov/dotgov-data): CSV with the name in the
first column. Nothing is random; each name is judged alone, on a memory of its own.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rapidfuzz.distance import OSA

from missent.judge.case import Case, Organisation
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Verdict
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.memory import Memory
from missent.service.ports import Sighting, SightingKind

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ME = Mailbox.parse("ann@contractor.example")
OURS = Organisation("Contractor", (DomainName.parse("contractor.example"),))
POLICY = Policy.with_defaults()


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mil", type=Path)
    options.add_argument("--gov", type=Path)
    given = options.parse_args()
    _show("shipped .mil names as .ml, no history", _slips(_shipped_mil(), Memory()))
    if given.mil:
        memory = Memory()
        _correspond(memory, "bob@depot.mil", sent=1, answered=1)
        names = sorted({n for n in _column(given.mil) if n.endswith(".mil")})
        _show("names of the list as .ml, one answer from .mil", _slips(names, memory))
    if given.gov:
        _neighbours(sorted(set(_column(given.gov))))


def _shipped_mil() -> list[str]:
    return sorted(n.ascii for n in shipped().kinds if n.ascii.endswith(".mil"))


def _slips(names: list[str], memory: Memory) -> Iterator[tuple[str, bool]]:
    for name in names:
        verdict = _ask(memory, f"john@{name.removesuffix('.mil')}.ml")
        right = verdict.suggestion is not None and verdict.suggestion.domain.ascii == name
        yield str(verdict.action), right


def _neighbours(names: list[str]) -> None:
    pairs = _pairs(names)
    print(f"{len(pairs)} pairs of {len(names)} names are one edit apart")
    without, known = [], []
    for one, other in pairs:
        for written, target in ((one, other), (other, one)):
            memory = Memory()
            _correspond(memory, f"kim@{target}", sent=20, answered=10)
            without.append((str(_ask(memory, f"lee@{written}").action), False))
            _correspond(memory, f"pat@{written}", sent=1, answered=1)
            known.append((str(_ask(memory, f"lee@{written}").action), False))
    _show("the neighbour answers, the written name is new", iter(without))
    _show("both have answered, another mailbox is written to", iter(known))


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    index: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        for at in range(len(name)):
            index[name[:at] + name[at + 1 :]].add(name)
    met = {(a, b) for group in index.values() for a in group for b in group if a < b}
    met |= {(a, b) for a in names for b in index.get(a, ()) if a != b}
    return sorted({(min(p), max(p)) for p in met if OSA.distance(*p) == 1})


def _correspond(memory: Memory, text: str, *, sent: int, answered: int) -> None:
    mailbox = Mailbox.parse(text)
    for kind, count in ((SightingKind.SENT, sent), (SightingKind.ANSWERED, answered)):
        memory.learn(
            Sighting(kind, mailbox, ME, NOW - timedelta(days=60 - n), f"<{kind}.{n}.{text}>")
            for n in range(count)
        )


def _ask(memory: Memory, text: str) -> Verdict:
    mailbox = Mailbox.parse(text)
    case = Case(
        Envelope("bench", ME, (Recipient(mailbox),), NOW),
        None,
        memory.view(ME, [mailbox], NOW),
        OURS,
        NOW,
    )
    return judge(case, POLICY)[0]


def _show(what: str, found: Iterator[tuple[str, bool]]) -> None:
    rows = list(found)
    actions = Counter(action for action, _ in rows)
    listed = ", ".join(f"{count} {action}" for action, count in actions.most_common())
    right = sum(right for _, right in rows)
    print(
        f"{what}: {len(rows)} judged: {listed}" + (f"; right suggestion {right}" if right else "")
    )


def _column(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        rows = csv.reader(file, quoting=csv.QUOTE_NONE)
        next(rows, None)
        yield from (row[0].strip().lower() for row in rows if row)


if __name__ == "__main__":
    main()
