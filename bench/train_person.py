"""Train the model of "the wrong person" on mail archives, and write ``src/missent/data/person.json``.

    python -m bench.train_person gather ARCHIVE... --ours example.com --examples FILE.npz
    python -m bench.train_person train --examples FILE.npz [--out src/missent/data/person.json]

`gather` needs numpy, `train` scikit-learn beside it; the product needs neither, since trees are scored
in plain Python. The features are the product's own (`judge.person` on `service.circles`), so that
training and judging cannot differ. Reproducible: every draw depends on fixed seeds and the letters
alone.

What is learned from: letters of people of ours after their first `HISTORY`, each as it was and with
made-up leaks of every kind (`service.evaluation.leaks`): the address-book leaks of the 2007 protocol alone
would teach that novelty proves innocence, and leaks that are only added that a letter to one person is
always right.

What is said of it: `HELD_OUT` of the people are set aside; a model trained on the others' letters of the
first `EARLY` of the time is measured on the newest tenth of the set-aside people's letters, later than that
time. The scale (`slope`, `bias`) is fitted there, too, by logistic regression weighted to equal numbers, so
that the sum is a log-odds ratio. The model that is written is then trained on everybody.

What it reached on 88,699 messages of one archive (people set aside, later than all training): acc@1 0.929;
recall of added leaks 0.37, 0.54, 0.62, 0.76 at 0.1, 0.5, 1 and 5 % of clean letters flagged; of leaks that
replace 0.21, 0.37, 0.48, 0.68. The file itself repeats these figures under ``about``. No leak goes to an
address that nobody of ours had written to, so of such the model can say nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from missent.engine.letters import read_letters
from missent.engine.sources import ArchiveSource, open_source
from missent.judge import terms
from missent.judge.circle import LIST_SIZE
from missent.judge.person import FEATURES, Company, Draft, features
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.circles import Circles
from missent.service.evaluation.leaks import AddressBooks, LeakKind
from missent.service.letter import Letter

HISTORY = 20
FEWEST = 40
"""Letters of a person who is learned from."""
MOST = 220
"""Letters of one person that are learned from, the newest tenth apart: nobody should be the model."""
CROWD, CROWD_SHARE = 12, 0.4
"""Of letters to more people, only a share: they make many examples, all alike."""
HELD_OUT, EARLY = 0.4, 0.7
BUDGETS = (0.001, 0.005, 0.01, 0.05)
OUT = Path("src/missent/data/person.json")
PAIRS = (
    (LeakKind.ADDED, LeakKind.REPLACES),
    (LeakKind.REPLACES, LeakKind.ADDED),
    (LeakKind.ADDED, LeakKind.ADDED_UNSEEN),
    (LeakKind.REPLACES, LeakKind.ADDED_STRANGER),
    (LeakKind.REPLACES_UNSEEN, LeakKind.ADDED),
)
"""Kinds of leak a letter is learned with, one pair for each by lot."""
SHARES = {
    LeakKind.ADDED: 0.35,
    LeakKind.REPLACES: 0.35,
    LeakKind.ADDED_UNSEEN: 0.1,
    LeakKind.REPLACES_UNSEEN: 0.1,
    LeakKind.ADDED_STRANGER: 0.1,
}
"""What the scale takes leaks to be: three in ten go to somebody the sender never wrote to."""
UNSEEN_COUNTS = 0.5
"""What a letter with an unseen leak counts in training, so that there, too, three in ten are."""


@dataclass(frozen=True, slots=True)
class Examples:
    """One row a recipient of a letter, as it was or leaked."""

    features: Any
    about: Any
    """person, letter, kind (0 = as it was), leak, newest tenth, time."""

    @property
    def person(self) -> Any:
        """One value a row."""
        return self.about[:, 0].astype(int)

    @property
    def letter(self) -> Any:
        """One value a row."""
        return self.about[:, 1].astype(int)

    @property
    def kind(self) -> Any:
        """One value a row."""
        return self.about[:, 2].astype(int)

    @property
    def leak(self) -> Any:
        """One value a row."""
        return self.about[:, 3].astype(int)

    @property
    def newest(self) -> Any:
        """One value a row."""
        return self.about[:, 4] > 0

    @property
    def at(self) -> Any:
        """One value a row."""
        return self.about[:, 5]


def _lot(purpose: str, name: str) -> float:
    digest = hashlib.blake2b(f"{purpose}\n{name}".encode("utf-8", "replace"), digest_size=6)
    return int.from_bytes(digest.digest(), "big") / (1 << 48)


class Lesson:
    """Walks letters in the order of time and gives the examples."""

    def __init__(self, letters: Sequence[Letter], ours: tuple[DomainName, ...]) -> None:
        self._letters = letters
        self._ours = ours
        self._circles = Circles(self._is_ours)
        self._books = AddressBooks()
        written = Counter(m.sender.folded for m in letters if self._counts(m))
        people = sorted(name for name, count in written.items() if count >= FEWEST)
        self._written = {name: written[name] for name in people}
        self._number = {name: at for at, name in enumerate(people)}
        self._so_far: Counter[str] = Counter()

    def _is_ours(self, mailbox: Mailbox) -> bool:
        return any(mailbox.domain.is_within(domain) for domain in self._ours)

    def _counts(self, letter: Letter) -> bool:
        return 0 < len(letter.recipients) <= LIST_SIZE and self._is_ours(letter.sender)

    def examples(self) -> Examples:
        """Give all examples, in the order of time."""
        rows: list[tuple[float, ...]] = []
        about: list[tuple[float, ...]] = []
        for number, letter in enumerate(self._letters):
            for row, what in self._of(letter, number):
                rows.append(row)
                about.append(what)
            self._circles.note(letter)
            if self._counts(letter):
                self._books.note(letter)
        return Examples(np.array(rows, dtype=np.float32), np.array(about))

    def _of(
        self, letter: Letter, number: int
    ) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
        name = letter.sender.folded
        if name not in self._number or not self._counts(letter):
            return
        self._so_far[name] += 1
        newest = self._so_far[name] > 0.9 * self._written[name]
        if self._so_far[name] <= HISTORY or not (newest or self._chosen(letter)):
            return
        pair = PAIRS[int(_lot("kinds", letter.identity) * len(PAIRS))]
        variants = [(0, letter.recipients, None), *self._leaked(letter, newest, pair)]
        people = tuple(dict.fromkeys(m for _, recipients, _ in variants for m in recipients))
        wording = terms.read(letter.subject, letter.text, letter.header.references)
        circle = self._circles.circle(letter.sender, people, wording, letter.at)
        for kind, recipients, wrong in variants if len(people) <= LIST_SIZE else ():
            draft = Draft(letter.sender, recipients, letter.subject, letter.text)
            company = Company(draft, circle)
            for mailbox in company.people:
                what = (kind, mailbox == wrong, newest, letter.at.timestamp())
                yield features(company, mailbox), (self._number[name], number, *what)

    def _chosen(self, letter: Letter) -> bool:
        share = MOST / (0.9 * self._written[letter.sender.folded])
        crowd = CROWD_SHARE if len(letter.recipients) > CROWD else 1.0
        return _lot("chosen", letter.identity) < share * crowd

    def _leaked(
        self, letter: Letter, newest: bool, pair: tuple[LeakKind, LeakKind]
    ) -> Iterator[tuple[int, tuple[Mailbox, ...], Mailbox]]:
        for number, kind in enumerate(LeakKind, 1):
            leak = self._books.leak(letter, kind, 0) if newest or kind in pair else None
            if leak is not None:
                yield number, leak.recipients, leak.wrong


# --- the model ------------------------------------------------------------------------------------


def fit(examples: Examples, chosen: Any) -> Any:
    """Train on the chosen rows."""
    model = importlib.import_module("sklearn.ensemble").HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.1,
        max_leaf_nodes=18,
        min_samples_leaf=60,
        l2_regularization=5.0,
        max_bins=64,
        early_stopping=False,
        random_state=0,
    )
    kinds = tuple(LeakKind)
    unseen = [
        at for at, kind in enumerate(kinds, 1) if kind not in (LeakKind.ADDED, LeakKind.REPLACES)
    ]
    counts = np.where(np.isin(examples.kind, unseen), UNSEEN_COUNTS, 1.0)[chosen]
    return model.fit(examples.features[chosen], examples.leak[chosen], sample_weight=counts)


def scale(scores: Any, examples: Examples, chosen: Any) -> tuple[float, float]:
    """Fit slope and bias so that the scaled score is a log-odds ratio, leak against clean."""
    linear = importlib.import_module("sklearn.linear_model")
    used = chosen & ((examples.kind == 0) | (examples.leak == 1))
    leak = examples.leak[used]
    weight = _in_shares(examples, used)
    line = linear.LogisticRegression(C=1e6).fit(
        scores[used].reshape(-1, 1), leak, sample_weight=weight
    )
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def _in_shares(examples: Examples, chosen: Any) -> Any:
    """Weigh rows so that clean ones and leaks count the same, and leaks by `SHARES`."""
    kind, share = examples.kind[chosen], [1.0, *(SHARES[kind] for kind in LeakKind)]
    count = np.maximum(1, np.bincount(kind, minlength=len(share)))
    return (np.array(share) / count)[kind] * len(kind) / 2


def plain(model: Any, slope: float, bias: float, about: dict[str, Any]) -> dict[str, Any]:
    """Write a model as `judge.forest` reads it."""
    base = float(model._baseline_prediction.ravel()[0])
    trees = [_tree(stage[0].nodes, 0) for stage in model._predictors]
    shape = {"features": list(FEATURES), "slope": round(slope, 5)}
    return {"about": about, **shape, "bias": round(bias + slope * base, 5), "trees": trees}


def _tree(nodes: Any, at: int) -> Any:
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), 4)
    limit = float(np.float32(node["num_threshold"]))
    sides = (_tree(nodes, int(node["left"])), _tree(nodes, int(node["right"])))
    return [int(node["feature_idx"]), round(limit, 6), *sides]


# --- what it is worth -----------------------------------------------------------------------------


def worth(scores: Any, examples: Examples, chosen: Any) -> dict[str, Any]:
    """Give acc@1 and recall at each budget for each kind of leak."""
    clean = _worst(scores, examples, chosen & (examples.kind == 0))[0]
    limits = [float(np.quantile(clean, 1 - budget)) for budget in BUDGETS]
    found: dict[str, Any] = {"people": len(set(examples.person[chosen])), "clean": len(clean)}
    for number, kind in enumerate(LeakKind, 1):
        worst, leak, others = _worst(scores, examples, chosen & (examples.kind == number))
        recall = [round(float((worst > limit).mean()), 3) for limit in limits]
        found[kind.value] = {"acc_at_1": round(float((leak > others).mean()), 3), "recall": recall}
    return found


def _worst(scores: Any, examples: Examples, chosen: Any) -> tuple[Any, Any, Any]:
    """Give for each letter the highest score, that of the leak, and that of the others."""
    places = np.where(chosen)[0]
    letter = examples.letter[places]
    starts = np.where(np.r_[True, letter[1:] != letter[:-1]])[0]
    leak = examples.leak[places] == 1
    own = scores[places]
    every = (own, np.where(leak, own, -np.inf), np.where(leak, -np.inf, own))
    return tuple(np.maximum.reduceat(values, starts) for values in every)  # type: ignore[return-value]


def reliability(weights: Any, examples: Examples, chosen: Any) -> list[tuple[float, float, float]]:
    """Give (from, mean weight said, log-odds ratio seen) for bands of weight."""
    used = chosen & ((examples.kind == 0) | (examples.leak == 1))
    said, leak, count = weights[used], examples.leak[used] == 1, _in_shares(examples, used)
    found = []
    for start in np.arange(-4.0, 8.0, 1.0):
        inside = (said >= start) & (said < start + 1)
        clean, leaks = count[inside & ~leak].sum(), count[inside & leak].sum()
        if clean and leaks:
            mean = float(np.average(said[inside], weights=count[inside]))
            found.append((float(start), mean, float(np.log(leaks / clean))))
    return found


def train(examples: Examples) -> dict[str, Any]:
    """Measure on people set aside, then train on everybody."""
    order = np.random.RandomState(7).permutation(examples.person.max() + 1)
    aside = np.isin(examples.person, order[: int(len(order) * HELD_OUT)])
    early = np.quantile(examples.at, EARLY)
    probe = fit(examples, ~aside & (examples.at <= early))
    scores = probe.decision_function(examples.features)
    later, newest = aside & (examples.at > early) & examples.newest, aside & examples.newest
    slope, bias = scale(scores, examples, newest)
    figures = {
        "people_set_aside_later": worth(scores, examples, later),
        "people_set_aside": worth(scores, examples, newest),
    }
    print(json.dumps(figures, indent=1))
    for line in reliability(slope * scores + bias, examples, newest):
        print("from {:.0f}: said {:.2f}, seen {:.2f}".format(*line))
    about = {
        "made_by": "bench/train_person.py",
        "examples": len(examples.leak),
        "people": int(examples.person.max()) + 1,
        "budgets": BUDGETS,
        "measured": figures,
    }
    return plain(fit(examples, np.ones(len(aside), bool)), slope, bias, about)


# --- the command ----------------------------------------------------------------------------------


def gather(paths: Sequence[Path], ours: Sequence[str]) -> Examples:
    """Read archives and give the examples in them."""
    now = datetime.now(UTC)
    opened = [open_source(path, now=now) for path in paths]
    archives = [source for source in opened if isinstance(source, ArchiveSource)]
    letters = read_letters(archives, now).letters
    return Lesson(letters, tuple(DomainName.parse(name) for name in ours)).examples()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("step", choices=("gather", "train"))
    parser.add_argument("archive", nargs="*", type=Path)
    parser.add_argument("--ours", action="append", default=[])
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


def main() -> None:
    """Gather examples, or train on them and write the model."""
    asked = _arguments()
    if asked.step == "gather":
        examples = gather(asked.archive, asked.ours)
        np.savez(asked.examples, features=examples.features, about=examples.about)
        print(f"{asked.examples}: {len(examples.leak):,} examples")
        return
    kept = np.load(asked.examples)
    text = json.dumps(train(Examples(kept["features"], kept["about"])), separators=(",", ":"))
    asked.out.write_text(text + "\n", encoding="utf-8")
    print(f"{asked.out}: {len(text):,} characters")


if __name__ == "__main__":
    main()
