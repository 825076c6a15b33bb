"""Own one evaluation: everything that is measured of an archive, from one replay, as one value.

The main replay answers its own holds; peers' rules are replayed on the same letters and answered in
the same way; injected slips are judged beside the letters and never learned; wrong persons have
a pass of their own (`wrong_person`), since their leaks are made up.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.mailbox import Mailbox
from missent.service.evaluation import wrong_person
from missent.service.evaluation.calibration import Calibration
from missent.service.evaluation.injected import Injected
from missent.service.evaluation.labels import Labels
from missent.service.evaluation.peers import PEERS, Peer
from missent.service.evaluation.replay import Judged, Replay
from missent.service.evaluation.typos import Typos, Window, share
from missent.service.evaluation.wrong_person import WrongPerson
from missent.service.letter import Letter

SEEDS = (1, 2, 3, 4, 5)
Progress = Callable[[str, int, int], None]
"""Told a stage's name, how many letters of how many are done."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is evaluated, beside the letters."""

    organisation: Organisation
    policy: Policy
    labels: Labels = field(default_factory=Labels)
    trusted_authserv: tuple[str, ...] = ()
    seeds: tuple[int, ...] = SEEDS
    persons: bool = True
    """Whether wrong persons are measured, too: half of the time a run takes."""


@dataclass(frozen=True, slots=True)
class Slips:
    """Injected slips, medians over the seeds."""

    slips: int
    """In all seeds together."""
    recall: float | None
    ceiling: float | None
    warned: float | None
    top1: float | None
    by_kind: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured."""

    letters: int
    first: datetime | None
    last: datetime | None
    history: int
    """Letters learned before, and not judged."""
    typos: Window
    windows: tuple[Window, ...]
    rules: Mapping[str, int]
    labelled: int
    """Lines of the labels file."""
    slips: Slips
    calibration: Calibration
    peers: Mapping[str, Window]
    persons: WrongPerson
    seeds: tuple[int, ...]


def evaluate(
    letters: Sequence[Letter],
    setting: Setting,
    history: Sequence[Letter] = (),
    progress: Progress = lambda _stage, _done, _all: None,
) -> Evaluation:
    """Replay `letters`, oldest first, after learning from `history`, and measure everything."""
    bench = _replayed(letters, setting, history, progress)
    persons = WrongPerson()
    if setting.persons:
        progress("wrong persons", 0, len(letters))
        persons = wrong_person.measure(letters, bench.is_ours, history, setting.seeds)
    return Evaluation(
        letters=len(letters),
        first=letters[0].at if letters else None,
        last=letters[-1].at if letters else None,
        history=len(history),
        typos=bench.typos.total(),
        windows=bench.typos.windows,
        rules=dict(bench.typos.rules),
        labelled=len(setting.labels.meant) + setting.labels.unreadable,
        slips=_slips(bench.injected),
        calibration=bench.calibration,
        peers={peer.name: peer.window for peer in bench.peers},
        persons=persons,
        seeds=setting.seeds,
    )


def _replayed(
    letters: Sequence[Letter], setting: Setting, history: Sequence[Letter], progress: Progress
) -> _Bench:
    replay = Replay(setting.organisation, setting.policy, setting.labels, setting.trusted_authserv)
    bench = _Bench(setting, replay)
    progress("history", 0, len(history))
    replay.learn(history)
    for letter in history:
        bench.remember(letter)
    for done, letter in enumerate(letters):
        bench.play(letter)
        if done % 1_000 == 0:
            progress("replay", done, len(letters))
    bench.done()
    return bench


class _Bench:
    """All that watches one replay."""

    def __init__(self, setting: Setting, replay: Replay) -> None:
        self._replay: Replay | None = replay
        self._organisation = setting.organisation
        self._labels = setting.labels
        self.typos = Typos(setting.labels)
        self.calibration = Calibration()
        self.peers = tuple(Peer(name, rule, setting.labels) for name, rule in PEERS)
        self.injected = tuple(map(Injected, setting.seeds))

    def is_ours(self, mailbox: Mailbox) -> bool:
        """Tell whether a mailbox is inside."""
        return self._organisation.owns(mailbox.domain)

    def remember(self, letter: Letter) -> None:
        """Let the peers take note of history."""
        for peer in self.peers:
            if self.is_ours(letter.sender):
                peer.learn(self._outside(letter))
            else:
                peer.hear(letter.sender)

    def play(self, letter: Letter) -> None:
        """Replay one letter before everybody."""
        replay = self._replay
        if replay is None:
            raise ValueError("the replay is over")
        if not replay.judges(letter):
            replay.learn((letter,))
            self.remember(letter)
            return
        for seed in self.injected:
            seed.see(replay, letter, replay.outgoing)
        for judged in replay.judged((letter,)):
            self.typos.see(judged)
            self._forecasts(judged)
            for peer in self.peers:
                peer.send(letter.sender, self._outside(letter), judged.first_uses)

    def done(self) -> None:
        """Let go of what the replay learned: half a gigabyte for a large archive."""
        self._replay = None

    def _forecasts(self, judged: Judged) -> None:
        for verdict in judged.verdicts:
            if not self.is_ours(verdict.recipient):
                mistake = self._labels.right(verdict.recipient) is not None
                self.calibration.see(verdict.misdirection, mistake=mistake)

    def _outside(self, letter: Letter) -> tuple[Mailbox, ...]:
        return tuple(mailbox for mailbox in letter.recipients if not self.is_ours(mailbox))


def _slips(runs: Sequence[Injected]) -> Slips:
    """Take medians over the seeds."""
    kinds: Counter[str] = Counter()
    for run in runs:
        kinds.update(run.slips)

    def median(one: Callable[[Injected], float | None]) -> float | None:
        found = [value for value in map(one, runs) if value is not None]
        return statistics.median(found) if found else None

    return Slips(
        slips=kinds.total(),
        recall=median(lambda run: share(run.caught.total(), run.slips.total())),
        ceiling=median(lambda run: share(run.reachable.total(), run.slips.total())),
        warned=median(lambda run: share(run.warned.total(), run.slips.total())),
        top1=median(lambda run: share(run.right, run.caught.total())),
        by_kind={
            kind: median(lambda run, kind=kind: share(run.caught[kind], run.slips[kind]))  # type: ignore[misc]
            for kind in sorted(kinds)
        },
    )
