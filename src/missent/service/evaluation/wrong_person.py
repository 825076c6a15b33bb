"""Own the measure of "the wrong person": made-up leaks, found or not, beside real letters left in peace.

Two protocols in one pass through the letters, in the order of time, nothing known of what comes later:

- *acc@1* (Carvalho and Cohen, SDM 2007): the 20 people of ours who wrote most, the newest tenth of
  each one's letters, one leak of the "3g-address" kind added to each. The share of letters in which
  the leak has the worst score of all recipients. Beside it three baselines on the very same leaks.
- *recall at a budget*: letters of all people of ours with some history. A letter's score is that of
  its worst recipient; from the clean letters comes the limit that flags 0.1, 0.5, 1 or 5 % of them,
  and recall is the share of leaky letters above it. Once with leaks the sender wrote to before, once
  with 30 % of them drawn from addresses only others wrote to, and each kind by itself
  (`leaks.LeakKind`).

People are measured whose own mail the archive has: where it names folders, those with a folder of
their name. Of others it has what their correspondents kept, and every habit would look new.

Each figure is the median over the seeds; None where the archive is too small to say. The guard goes
on learning while it is measured, as it does in life: what is learned is the letter as it was.
"""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from missent.judge import forest, terms
from missent.judge.circle import LIST_SIZE, Circle
from missent.judge.person import Company, Draft, features
from missent.mail.mailbox import Mailbox
from missent.service.circles import Circles
from missent.service.evaluation.leaks import AddressBooks, Leak, LeakKind, Lots
from missent.service.evaluation.owners import owners
from missent.service.letter import Letter

BUDGETS = (0.001, 0.005, 0.01, 0.05)
"""Shares of clean letters that may be flagged."""
SEEDS = (1, 2, 3, 4, 5)
USERS = 20
NEWEST = 10
"""One letter in this many, the newest, is a test letter of the 2007 protocol."""
FEWEST_TESTS = 3
ENOUGH_LETTERS = 20
"""A sender's letters before one of theirs is scored."""
UNSEEN_SHARE = 0.3
MOST_CLEAN = 12_000
MOST_LEAKY = 1_200
"""Letters at most, spread over the archive by lot: what bounds the time a run takes."""
_MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class WrongPerson:
    """What was measured."""

    acc_at_1: float | None = None
    recall: Mapping[float, float | None] = field(default_factory=lambda: MappingProxyType({}))
    """Budget -> share of letters with an added leak that were flagged."""
    recall_unseen: Mapping[float, float | None] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The same with 30 % of the leaks drawn from addresses the sender never wrote to."""
    kinds: Mapping[str, Mapping[float, float | None]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The same for each kind of leak by itself."""
    baselines: Mapping[str, float | None] = field(default_factory=lambda: MappingProxyType({}))
    """acc@1 of ``random``, ``frequency`` (least written to) and ``terms`` (least alike in wording)."""
    users: int = 0
    messages: int = 0
    """Test letters of the 2007 protocol."""
    clean_messages: int = 0
    leaky_messages: int = 0
    """Letters that were leaked for recall, for each kind and seed."""


def measure(
    letters: Sequence[Letter],
    is_ours: Callable[[Mailbox], bool],
    history: Iterable[Letter] = (),
    seeds: Sequence[int] = SEEDS,
) -> WrongPerson:
    """Measure on `letters`, in the order of time, after learning from the earlier `history`."""
    run = _Run(letters, is_ours, seeds)
    for letter in history:
        run.learn(letter)
    for letter in letters:
        run.measure(letter)
        run.learn(letter)
    return run.result()


class _Run:
    """One pass: what is known so far, and the scores so far."""

    def __init__(
        self, letters: Sequence[Letter], is_ours: Callable[[Mailbox], bool], seeds: Sequence[int]
    ) -> None:
        self._is_ours = is_ours
        self._seeds = seeds
        self._circles = Circles(is_ours)
        self._books = AddressBooks()
        self._forest = forest.shipped()
        self._people = owners(letters, is_ours)
        written = [_name(letter) for letter in letters if self._measured(letter)]
        self._tests = _testers(Counter(written))
        self._share_clean = MOST_CLEAN / max(1, len(written))
        self._share_leaky = MOST_LEAKY / max(1, len(written))
        self._written: Counter[str] = Counter()
        self._tested: Counter[str] = Counter()
        self._top = {seed: _Top() for seed in seeds}
        self._clean: list[float] = []
        self._leaky: dict[tuple[int, str], list[float]] = {}
        self._leaked = 0

    def _counts(self, letter: Letter) -> bool:
        """Tell whether a letter is ours, and to people rather than to a list."""
        return 0 < len(letter.recipients) <= LIST_SIZE and self._is_ours(letter.sender)

    def _measured(self, letter: Letter) -> bool:
        return self._counts(letter) and _name(letter) in self._people

    def learn(self, letter: Letter) -> None:
        """Add a letter to what is known."""
        if not letter.recipients:
            return
        self._circles.note(letter)
        if self._counts(letter):
            self._books.note(letter)

    def measure(self, letter: Letter) -> None:
        """Score a letter as it is and with leaks, if it is among those to be measured."""
        if not self._measured(letter):
            return
        name = _name(letter)
        self._written[name] += 1
        test = name in self._tests and self._written[name] > self._tests[name]
        lot = Lots(0, letter.identity).share()
        clean, leaky = lot < self._share_clean, lot < self._share_leaky
        if not (test or clean):
            return
        leaks = self._leaks(letter, test=test, leaky=leaky)
        scoring = self._scoring(letter, leaks.values())
        if test:
            self._tested[name] += 1
            for seed in self._seeds:
                if (seed, LeakKind.ADDED) in leaks:
                    self._top[seed].add(scoring, leaks[seed, LeakKind.ADDED])
        if scoring.circle.letters >= ENOUGH_LETTERS and clean:
            self._clean.append(max(scoring.scores(letter.recipients)))
            if leaky:
                self._score_leaks(letter, scoring, leaks)

    def _leaks(
        self, letter: Letter, *, test: bool, leaky: bool
    ) -> dict[tuple[int, LeakKind], Leak]:
        """Make a letter's leaks, as many as one circle has room for."""
        kinds = tuple(LeakKind) if leaky else (LeakKind.ADDED,) if test else ()
        people, found = set(letter.recipients), {}
        for kind in kinds:
            for seed in self._seeds:
                leak = self._books.leak(letter, kind, seed)
                if leak is not None and len(people | {leak.wrong}) <= LIST_SIZE:
                    people.add(leak.wrong)
                    found[seed, kind] = leak
        return found

    def _scoring(self, letter: Letter, leaks: Iterable[Leak]) -> _Scoring:
        people = dict.fromkeys((*letter.recipients, *(leak.wrong for leak in leaks)))
        wording = terms.read(letter.subject, letter.text, letter.header.references)
        circle = self._circles.circle(letter.sender, tuple(people), wording, letter.at)
        return _Scoring(letter, circle, self._forest)

    def _score_leaks(
        self, letter: Letter, scoring: _Scoring, leaks: Mapping[tuple[int, LeakKind], Leak]
    ) -> None:
        self._leaked += 1
        scores = {key: max(scoring.scores(leak.recipients)) for key, leak in leaks.items()}
        for (seed, kind), score in scores.items():
            self._leaky.setdefault((seed, kind), []).append(score)
        for seed in self._seeds:
            unseen = Lots(seed, f"unseen\n{letter.identity}").share() < UNSEEN_SHARE
            kind = LeakKind.ADDED_UNSEEN if unseen else LeakKind.ADDED
            if (seed, kind) in scores:
                self._leaky.setdefault((seed, _MIXED), []).append(scores[seed, kind])

    def result(self) -> WrongPerson:
        """Sum up."""
        tops = [self._top[seed].shares() for seed in self._seeds]
        kinds = {kind.value: self._recall(kind) for kind in LeakKind}
        return WrongPerson(
            acc_at_1=_median(top["model"] for top in tops),
            recall=kinds[LeakKind.ADDED],
            recall_unseen=self._recall(_MIXED),
            kinds=MappingProxyType(kinds),
            baselines=MappingProxyType(
                {name: _median(top[name] for top in tops) for name in _Top.BASELINES}
            ),
            users=len(self._tested),
            messages=sum(self._tested.values()),
            clean_messages=len(self._clean),
            leaky_messages=self._leaked,
        )

    def _recall(self, kind: str) -> Mapping[float, float | None]:
        clean = sorted(self._clean)
        leaky = [sorted(self._leaky.get((seed, kind), ())) for seed in self._seeds]
        return MappingProxyType(
            {
                budget: _median(_above(scores, _limit(clean, budget)) for scores in leaky)
                for budget in BUDGETS
            }
        )


class _Scoring:
    """Scores the recipients of one letter, as written or leaked, from one circle."""

    def __init__(self, letter: Letter, circle: Circle, model: forest.Forest) -> None:
        self.circle = circle
        self._letter = letter
        self._forest = model

    def company(self, recipients: tuple[Mailbox, ...]) -> Company:
        letter = self._letter
        return Company(Draft(letter.sender, recipients, letter.subject, letter.text), self.circle)

    def scores(self, recipients: tuple[Mailbox, ...]) -> list[float]:
        company = self.company(recipients)
        return [self._forest.raw(features(company, mailbox)) for mailbox in company.people]


class _Top:
    """Counts how often the leak came out on top, by the model and by each baseline."""

    BASELINES = ("random", "frequency", "terms")

    def __init__(self) -> None:
        self._leaks = 0
        self._right: defaultdict[str, float] = defaultdict(float)

    def add(self, scoring: _Scoring, leak: Leak) -> None:
        company = scoring.company(leak.recipients)
        at = company.people.index(leak.wrong)
        self._leaks += 1
        self._right["model"] += _first(scoring.scores(leak.recipients), at)
        self._right["random"] += 1 / len(company.people)
        self._right["frequency"] += _first([-float(tie.sent) for tie in company.ties], at)
        self._right["terms"] += _first([-close for close in company.closeness], at)

    def shares(self) -> dict[str, float | None]:
        names = ("model", *self.BASELINES)
        return {name: self._right[name] / self._leaks if self._leaks else None for name in names}


def _first(scores: Sequence[float], at: int) -> float:
    """Give 1 if a score is the highest, a part of 1 if it shares that, else 0."""
    best = max(scores)
    return 1 / scores.count(best) if scores[at] == best else 0.0


def _name(letter: Letter) -> str:
    return letter.sender.folded


def _testers(written: Counter[str]) -> dict[str, int]:
    """Give, for each of those who wrote most, after how many of their letters the test begins."""
    most = sorted(written, key=lambda name: (-written[name], name))[:USERS]
    return {
        name: written[name] - written[name] // NEWEST
        for name in most
        if written[name] // NEWEST >= FEWEST_TESTS
    }


def _limit(clean: Sequence[float], budget: float) -> float | None:
    """Give the score that at most this share of clean letters exceeds; None if that is below one."""
    allowed = int(len(clean) * budget)
    return clean[-1 - allowed] if allowed else None


def _above(scores: Sequence[float], limit: float | None) -> float | None:
    if limit is None or not scores:
        return None
    return (len(scores) - bisect_right(scores, limit)) / len(scores)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
