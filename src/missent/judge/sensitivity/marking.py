"""Own the finding of protective markings and labels: what the author says about the message.

The written forms are `judge.marks`'; this gives one finding for each scheme, at its highest level.
Words inside a sentence are not markings: a secret santa is no secret. The facts say ``scheme``,
where it stands, and to whom caveats limit it, in closed words: ``countries`` (codes, a space
between), ``government_only``, ``own_only``, ``named_only``, ``national`` (one country's people only).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from missent.judge import content as contents
from missent.judge.content import Content, Detector
from missent.judge.finding import Finding
from missent.judge.marks import reader
from missent.judge.marks.grammar import Mark, Place
from missent.judge.marks.labels import LabelHeader
from missent.judge.marks.reader import Marked

WEIGHT = 0.5
"""Marked content that leaves at all is a little likelier to be going to the wrong place. Counted
once, however many schemes say so: the others weigh nothing."""

SCHEMES = {
    "us-classified": "a United States classification",
    "us-cui": "a United States controlled information marking (CUI)",
    "us-legacy": "an older United States handling marking",
    "uk": "a United Kingdom government classification",
    "uk-2014": "a United Kingdom government classification of 2014",
    "uk-older": "an older United Kingdom protective marking",
    "au": "an Australian protective marking",
    "nz": "a New Zealand protective marking",
    "ca": "a Canadian protective marking",
    "nato": "a NATO marking",
    "eu": "a European Union marking",
    "de-vs": "a German classification (VS)",
    "fr": "a French classification",
    "nl": "a Dutch classification",
    "tlp": "a Traffic Light Protocol label",
    "mip": "a Microsoft sensitivity label",
    "titus": "a Titus label",
    "boldon-james": "a Boldon James label",
    "sio": "a security label (SIO-Label)",
    "mmhs": "a military handling instruction (MMHS)",
    "sensitivity": "a Sensitivity field",
    "house": "the organisation's own confidentiality label",
}
_PLACES = {
    Place.HEADER: "the message's header",
    Place.SUBJECT: "the subject",
}


def detect(content: Content, extra: tuple[LabelHeader, ...] = ()) -> Iterator[Finding]:
    """Report each scheme with which the message or a part of it is marked."""
    schemes: defaultdict[str, list[Marked]] = defaultdict(list)
    for marked in (*reader.labels(content, extra), *reader.texts(content)):
        if marked.mark.level:
            schemes[marked.mark.scheme].append(marked)
    worst = sorted(schemes.items(), key=lambda pair: -max(m.mark.level for m in pair[1]))
    for number, (scheme, found) in enumerate(worst):
        yield _finding(scheme, found, WEIGHT if number == 0 else 0.0)


def detectors(extra: tuple[LabelHeader, ...] = ()) -> tuple[Detector, Detector]:
    """Give the detector of written markings, and of labels where no such word stands.

    Exactly one of the two speaks of a message: labels are in fields that the words do not reach.
    `extra` are the header fields that the operator's own programs write.
    """

    def written(content: Content) -> Iterator[Finding]:
        return detect(content, extra)

    def labelled(content: Content) -> Iterator[Finding]:
        if not any(content.with_any(reader.WORDS)):
            yield from detect(content, extra)

    return (
        Detector("marking", reader.WORDS, written),
        Detector("marking", frozenset(), labelled),
    )


DETECTOR, LABELS = detectors()


def _finding(scheme: str, found: list[Marked], weight: float) -> Finding:
    worst = max(found, key=lambda marked: marked.mark.level)
    mark = worst.mark
    where = _PLACES.get(mark.place) or (
        contents.place(worst.reading)
        if worst.reading is not None and worst.reading.document.attached
        else "the letter"
    )
    name = SCHEMES.get(scheme, "a label of the organisation's own")
    because = f"{where} carries {name} (level {mark.level} of 4)"
    facts: dict[str, str | bool | int] = {
        "scheme": scheme,
        "place": mark.place.value,
        **_limits(found),
    }
    return contents.finding(
        "marking",
        worst.reading,
        category="marking",
        level=mark.level,
        count=len({(m.mark, m.reading and m.reading.document.position) for m in found}),
        because=because,
        weight=weight,
        facts=facts,
    )


def _limits(found: list[Marked]) -> dict[str, str | bool | int]:
    """Give the narrowest limits any marking of a scheme sets, only those that are set."""
    marks: list[Mark] = [marked.mark for marked in found]
    facts: dict[str, str | bool | int] = {}
    limited = [mark.caveats.countries for mark in marks if mark.caveats.countries]
    if limited:
        countries = frozenset.intersection(*limited) or min(limited, key=len)
        facts["countries"] = " ".join(sorted(countries))
        facts["national"] = len(countries) == 1
    for name, is_set in (
        ("government_only", any(mark.caveats.government for mark in marks)),
        ("own_only", any(mark.caveats.own for mark in marks)),
        ("named_only", any(mark.caveats.named for mark in marks)),
    ):
        if is_set:
            facts[name] = True
    return facts
