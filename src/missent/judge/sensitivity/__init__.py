"""What makes a message sensitive: one file a detector, independent of each other.

A detector is a pure function of the message's content. Each of its findings says how sensitive
(``level``, 1 to 4), in which way (``category``) and how often (``count``); its sentence never repeats
what was matched (law 8). A detector that raises is itself a finding (law 5). To add one, write its
file and its line here.

Levels: 1 internal, or innocuous facts about somebody; 2 confidential, or personal data; 3 what harms
people or the organisation when strangers have it (health, identity papers, passwords, rosters of a
crew); 4 secret.
"""

from __future__ import annotations

from missent.judge.content import Detector
from missent.judge.marks.labels import LabelHeader
from missent.judge.sensitivity import (
    credentials,
    diplomatic,
    discipline,
    finance,
    health,
    identifiers,
    inspection,
    legal,
    marking,
    opaque,
    people_list,
    places,
    research,
    roster,
    travel,
)
from missent.judge.vocabulary import Vocabulary

_OTHERS = (
    credentials.DETECTOR,
    diplomatic.DETECTOR,
    discipline.DETECTOR,
    finance.DETECTOR,
    health.DETECTOR,
    identifiers.DETECTOR,
    inspection.DETECTOR,
    legal.DETECTOR,
    people_list.DETECTOR,
    places.DETECTOR,
    places.SITES,
    research.DETECTOR,
    roster.DETECTOR,
    travel.DETECTOR,
    opaque.DETECTOR,
)

DETECTORS: tuple[Detector, ...] = (*marking.detectors(), *_OTHERS)

VOCABULARY = Vocabulary(frozenset[str]().union(*(detector.words for detector in DETECTORS)))
"""All their words, looked for in one go."""


def with_labels(labels: tuple[LabelHeader, ...]) -> tuple[Detector, ...]:
    """Give the detectors where an organisation's own header fields are labels, too."""
    return (*marking.detectors(labels), *_OTHERS) if labels else DETECTORS
