"""Own what one replay doubted: its figures, and every recipient another threshold might treat otherwise.

Kept are what the judge found of a recipient, never its sentence (law 8), and whether it was a mistake:
a labelled one, or an injected slip judged beside the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from missent.judge.case import Case
from missent.judge.judgement import judge
from missent.judge.policy import Facts, Policy
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.evaluation import Progress, Setting
from missent.service.evaluation.injected import Injected
from missent.service.evaluation.replay import Judged, Replay
from missent.service.evaluation.typos import Typos, Window, share
from missent.service.letter import Letter

_DOUBT = 0.01  # less is no candidate for anything


@dataclass(frozen=True, slots=True)
class Seen:
    """One recipient there was a doubt about, as the judge saw it."""

    letter: int
    at: datetime
    facts: Facts
    mistake: bool
    """A known mistake, or an injected slip."""
    injected: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """One replay."""

    window: Window
    slips: int
    """Injected."""
    slips_held: int
    recipients: int
    """Outside, of all outgoing messages."""
    mistakes: int
    """Of them, at a labelled name."""
    seen: tuple[Seen, ...] = field(default=(), repr=False)

    @property
    def injected_recall(self) -> float | None:
        """Share of the injected slips held."""
        return share(self.slips_held, self.slips)


def play(
    letters: Sequence[Letter],
    setting: Setting,
    history: Sequence[Letter] = (),
    progress: Progress = lambda _stage, _done, _all: None,
) -> Played:
    """Replay an archive with the setting's policy, and keep what was doubtful."""
    watch = _Watch(setting)
    progress("history", 0, len(history))
    watch.replay.learn(history)
    for done, letter in enumerate(letters):
        watch.play(letter)
        if done % 1_000 == 0:
            progress("replay", done, len(letters))
    return watch.played()


class _Watch:
    """Keeps what one replay says."""

    def __init__(self, setting: Setting) -> None:
        self._labels = setting.labels
        self._said: list[Verdict] = []
        self.replay = Replay(
            setting.organisation,
            setting.policy,
            setting.labels,
            setting.trusted_authserv,
            judge=self._judge,
        )
        self._typos = Typos(setting.labels)
        self._injected = tuple(map(Injected, setting.seeds))
        self._seen: list[Seen] = []
        self._recipients = self._mistakes = 0

    def play(self, letter: Letter) -> None:
        replay = self.replay
        if not replay.judges(letter):
            replay.learn((letter,))
            return
        written = frozenset(letter.recipients)
        for seed in self._injected:
            self._said.clear()
            seed.see(replay, letter, replay.outgoing)
            self._keep(letter, (v for v in self._said if v.recipient not in written), slips=True)
        for judged in replay.judged((letter,)):
            self._typos.see(judged)
            self._real(judged)

    def played(self) -> Played:
        return Played(
            self._typos.total(),
            sum(seed.slips.total() for seed in self._injected),
            sum(seed.caught.total() for seed in self._injected),
            self._recipients,
            self._mistakes,
            tuple(self._seen),
        )

    def _judge(self, case: Case, policy: Policy) -> tuple[Verdict, ...]:
        verdicts = judge(case, policy)
        self._said[:] = verdicts
        return verdicts

    def _real(self, judged: Judged) -> None:
        for verdict in judged.verdicts:
            if self._outside(verdict.recipient):
                self._recipients += 1
                self._mistakes += self._labels.right(verdict.recipient) is not None
        self._keep(judged.letter, judged.verdicts, slips=False)

    def _keep(self, letter: Letter, verdicts: Iterable[Verdict], *, slips: bool) -> None:
        for verdict in verdicts:
            if verdict.misdirection < _DOUBT and verdict.action is Action.DELIVER:
                continue
            facts = Facts(
                verdict.recipient,
                letter.sender,
                self._outside(verdict.recipient),
                verdict.misdirection,
                verdict.sensitivity,
                tuple(replace(finding, because="") for finding in verdict.findings),
            )
            mistake = slips or self._labels.right(verdict.recipient) is not None
            self._seen.append(Seen(self.replay.outgoing, letter.at, facts, mistake, slips))

    def _outside(self, mailbox: Mailbox) -> bool:
        return not self.replay.organisation.owns(mailbox.domain)
