"""Measure an investigation on real mail the user supplies, with known mistakes seeded into it.

    python -m bench.seeded --mail FILE.parquet --ours DOMAIN [--labels CSV] [--rate 0.001] [--seeds 5]
        [--form parquet|mbox|postfix] [--show-domains]

For each seed some recipients outside are mistyped (`bench.seeding`), the mail is written to a temporary
folder, `missent investigate` reads it, and its files are scored. What counts as found is a message: its
wrong recipient stands in deliveries.csv. *In reach* are seeded messages whose meant domain stands in at
least two other messages: of the rest nobody can know what was meant. *False* are messages reported for
a recipient who is neither seeded nor in the labels (CSV ``typed,meant``: what people really mistyped).

Prints JSON, figures only. ``--show-domains`` lists missed and false domains on stderr, for one's own mail.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.investigating import investigate, report_of
from bench.seeding import FORMS, Seed, Seeded, Sent, outside, read_mail, seeded
from bench.truth import REACHED, Tally, Truth, agreement, destinations_of
from missent.judge.case import Organisation
from missent.mail.domain import DomainName
from missent.service.evaluation.labels import Labels, read_labels
from missent.service.investigation.deliveries import plain

NEEDED = 2
"""Other messages in which a meant domain must stand to be in reach."""


@dataclass(slots=True)
class Score:
    """What was found of the seeds of one or more runs."""

    seeded: Counter[str] = field(default_factory=Counter)
    """By kind of slip."""
    found: Counter[str] = field(default_factory=Counter)
    reachable: Counter[str] = field(default_factory=Counter)
    found_reachable: Counter[str] = field(default_factory=Counter)
    right: int = 0
    """Of the found, those whose meant domain was named."""
    messages: int = 0
    outgoing: int = 0
    """With a recipient outside."""
    false: int = 0
    natural: int = 0
    """Messages to a labelled domain."""
    natural_found: int = 0
    destinations: int = 0
    """Seeded domains that are in the report."""
    exact: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    missed: list[str] = field(default_factory=list)
    falsely: Counter[str] = field(default_factory=Counter)

    def add(self, other: Score) -> None:
        """Add another run's."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def told(self) -> dict[str, object]:
        """Give the figures."""
        total, reachable = self.seeded.total(), self.reachable.total()
        return {
            "seeded": total,
            "found": _share(self.found.total(), total),
            "in_reach": reachable,
            "found_in_reach": _share(self.found_reachable.total(), reachable),
            "kinds": {
                kind: {
                    "seeded": count,
                    "found": _share(self.found[kind], count),
                    "in_reach": self.reachable[kind],
                    "found_in_reach": _share(self.found_reachable[kind], self.reachable[kind]),
                }
                for kind, count in sorted(self.seeded.items())
            },
            "intended_right": _share(self.right, self.found.total()),
            "destinations_exact": _share(self.exact, self.destinations),
            "false": self.false,
            "false_per_1000": _share(1000 * self.false, self.messages),
            "false_per_1000_outgoing_outside": _share(1000 * self.false, self.outgoing),
            "natural": self.natural,
            "natural_found": _share(self.natural_found, self.natural),
            "messages": self.messages,
            "outgoing_outside": self.outgoing,
            "cpu_s": round(self.cpu, 1),
            "wall_s": round(self.wall, 1),
        }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


@dataclass(frozen=True, slots=True)
class Trial:
    """How a run is made and scored."""

    organisation: Organisation
    labels: Labels
    form: str

    def run(self, mail: Seeded, number: int) -> Score:
        """Write the mail, investigate it, score what is said."""
        file, write = FORMS[self.form]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file
            write(path, mail.mail, self.organisation)
            owned = [name.ascii for name in self.organisation.domains]
            ran, out = investigate(Path(folder), [path], ours=owned)
            with (out / "deliveries.csv").open(encoding="utf-8", newline="") as table:
                rows = list(csv.DictReader(table))
            score = self.score(mail, rows)
            truth = _truth(mail, number)
            agreed = agreement(report_of(out), truth)
            score.destinations, score.exact = agreed.found, agreed.exact
            for one in destinations_of(report_of(out)):
                if one["domain"] not in truth.reached and one["domain"] not in self.labels.meant:
                    score.falsely[f"{one['domain']} for {one['intended']}"] += int(one["messages"])
        score.cpu, score.wall = ran.cpu, ran.wall
        return score

    def score(self, mail: Seeded, rows: Iterable[Mapping[str, str]]) -> Score:
        """Score the rows of deliveries.csv."""
        said: dict[tuple[str, str], str] = {}
        for row in rows:
            domain = plain(row["recipient"]).rpartition("@")[2]
            said[plain(row["message_id"]), domain] = row["intended"]
        score = self._found(mail, said)
        wrong = {(mail.mail[seed.number].message_id, seed.typed.ascii) for seed in mail.seeds}
        false = {
            message
            for message, domain in said
            if (message, domain) not in wrong and domain not in self.labels.meant
        }
        score.false = len(false)
        self._natural(mail.mail, said, score)
        return score

    def _found(self, mail: Seeded, said: Mapping[tuple[str, str], str]) -> Score:
        score, occurrences = Score(), mail.occurrences()
        for seed in mail.seeds:
            sent = mail.mail[seed.number]
            intended = said.get((sent.message_id, seed.typed.ascii))
            others = occurrences[seed.meant.ascii] - (seed.meant.ascii in sent.names)
            score.seeded[seed.kind] += 1
            score.reachable[seed.kind] += others >= NEEDED
            score.found[seed.kind] += intended is not None
            score.found_reachable[seed.kind] += intended is not None and others >= NEEDED
            score.right += intended == seed.meant.ascii
            if intended is None and others >= NEEDED:
                score.missed.append(_shown(seed, others))
        return score

    def _natural(
        self, mail: Sequence[Sent], said: Mapping[tuple[str, str], str], score: Score
    ) -> None:
        for sent in mail:
            away = outside(sent, self.organisation)
            labelled = [m.domain.ascii for m in away if m.domain.ascii in self.labels.meant]
            score.messages += 1
            score.outgoing += bool(away)
            score.natural += bool(labelled)
            score.natural_found += any((sent.message_id, domain) in said for domain in labelled)


def _truth(mail: Seeded, number: int) -> Truth:
    tally = Tally()
    for seed in mail.seeds:
        sent = mail.mail[seed.number]
        sender = sent.sender.wire if sent.sender else ""
        tally.add(
            seed.typed.ascii, seed.meant.ascii, seed.kind, sent.message_id, sender, REACHED, sent.at
        )
    destinations = tally.destinations()
    return Truth(number, len(mail.mail), 0, 0, 0, len(tally.wrong), destinations)


def _shown(seed: Seed, others: int) -> str:
    return f"{seed.kind}: {seed.typed.ascii} for {seed.meant.ascii}, in {others} other messages"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.seeded", description=__doc__)
    parser.add_argument("--mail", type=Path, required=True)
    parser.add_argument("--ours", action="append", required=True, metavar="DOMAIN")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--rate", type=float, default=0.001, help="of all messages")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--form", choices=tuple(FORMS), default="parquet")
    parser.add_argument("--show-domains", action="store_true")
    given = parser.parse_args()
    organisation = Organisation("", tuple(map(DomainName.parse, given.ours)))
    labels = read_labels(given.labels.read_text("utf-8")) if given.labels else Labels()
    trial = Trial(organisation, labels, given.form)
    mail, whole, each = read_mail(given.mail), Score(), []
    for number in range(1, given.seeds + 1):
        score = trial.run(seeded(mail, organisation, given.rate, number), number)
        each.append({"seed": number, **score.told()})
        whole.add(score)
    setting = {"form": given.form, "rate": given.rate, "seeds": given.seeds}
    print(json.dumps({**setting, "all": whole.told(), "each": each}, indent=1))
    if given.show_domains:
        falsely = [f"false: {name} ({count})" for name, count in whole.falsely.most_common()]
        print("\n".join([*whole.missed, *falsely]), file=sys.stderr)


if __name__ == "__main__":
    main()
