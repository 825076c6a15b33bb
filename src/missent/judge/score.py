"""Own how findings become two numbers: the probability of misdirection and the sensitivity.

Weights are log-odds and add up, as independent evidence does, on top of the prior odds of one in a
thousand: misdirected mail is between one message in ten thousand (vendors' counts over all staff)
and about one in a thousand of those that go outside (natural typos in a real archive). With it, a
weight of 6.9 means even odds and 9.2 means nine in ten. The constants of the signals start
from published shares and base rates; four of them were then adjusted on one replayed archive, so
rates measured on that archive flatter.

Two findings are not independent: a mistyped domain is nearly always a first contact, and the
typo's base weight was taken among first contacts. So beside a suspect `first_contact` adds nothing,
which also keeps trust one-way: no number of sends makes a suspect look better. And signals that ask
the same question in different ways (`SAME_QUESTION`) are not added up: the strongest answer counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from missent.judge.finding import Finding

PRIOR = math.log(1 / 1000)
MAX_SENSITIVITY = 4
_ABSORBED = frozenset({"first_contact"})
SAME_QUESTION = (
    frozenset({"domain_typo", "suffix_habit", "mixed_scripts"}),
    frozenset(
        {
            "wrong_person",
            "odd_one_out",
            "new_organisation",
            "greeting",
            "personal_mailbox",
            "local_typo",
            "other_client",
        }
    ),
)
"""Was another name meant? Does this person belong here?"""
_ASKED = frozenset[str]().union(*SAME_QUESTION)
_CERTAIN = 30.0
"""Log-odds beyond which a float shows 0 or 1 anyway."""


def misdirection(findings: Iterable[Finding], prior: float = PRIOR) -> float:
    """Give the probability that this recipient is not the one meant."""
    found = tuple(findings)
    if not found:  # most mail
        return _probability(prior)
    suspect = any(finding.facts.get("suspect") for finding in found)
    counted = [f for f in found if not (suspect and f.signal in _ABSORBED)]
    return _probability(prior + math.fsum(_weights(counted)))


def sensitivity(findings: Iterable[Finding]) -> int:
    """Give the highest level any detector found, 0 if none, 4 at most."""
    levels = (finding.facts.get("level", 0) for finding in findings)
    return min(MAX_SENSITIVITY, max((int(level) for level in levels), default=0))


def _weights(found: Sequence[Finding]) -> Iterator[float]:
    for question in SAME_QUESTION:
        answers = [finding.weight for finding in found if finding.signal in question]
        if answers:
            yield max(answers)
    yield from (finding.weight for finding in found if finding.signal not in _ASKED)


def _probability(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(_CERTAIN, max(-_CERTAIN, odds))))
