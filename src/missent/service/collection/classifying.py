"""Own what is known of a collected message once nobody here can read it: level, categories, people.

The rule: the same `judge()` as everywhere says how sensitive it is, and only how sensitive and in which
way; nothing of what was matched leaves this module (law 8). Doubt counts (law 5): what could not be
read, or made a reader fail, is told as such and never as harmless.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from missent.judge.case import Case, Correspondence, Organisation
from missent.judge.content import Detector, read
from missent.judge.exposure import exposed
from missent.judge.finding import Finding
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.sensitivity import DETECTORS, VOCABULARY
from missent.judge.signals import unreadable
from missent.mail.envelope import Envelope
from missent.mail.message import Message, parse
from missent.service.contents import with_content
from missent.service.ports import Extractor

UNREADABLE: Final = "unreadable"
"""The category of what failed to be read, beside those of the detectors."""
DOUBT: Final = 1
"""The least level of what failed to be read: that of a kind which nothing here reads
(`judge.sensitivity.opaque`)."""
_KEY = hashlib.sha256(b"missent collect").digest()
"""Of the hashes by which people are counted. They are not kept, so the key need not be secret."""
_NOBODY = Organisation("", ())


@dataclass(frozen=True, slots=True)
class Classified:
    """How sensitive one message is."""

    level: int
    """0 to 4."""
    categories: tuple[tuple[str, int], ...]
    """Category and its highest level, by name."""
    people: int
    """People whose data it holds, as far as they are named."""


UNKNOWN: Final = Classified(DOUBT, ((UNREADABLE, DOUBT),), 0)
"""Of a message that nobody could classify."""


Classifier = Callable[[Envelope, bytes], Classified]
"""Says how sensitive a message is; keeps nothing."""


class ContentClassifier:
    """Reads a message as the guard does, attachments in the sandbox, and judges its content."""

    def __init__(self, extractor: Extractor, detectors: tuple[Detector, ...] = DETECTORS) -> None:
        self._extractor = extractor
        self._detectors = detectors
        self._policy = Policy.with_defaults(())

    def __call__(self, envelope: Envelope, data: bytes) -> Classified:
        """Classify a message with CRLF line ends. Never raises: doubt is a category."""
        try:
            return self._classified(envelope, with_content(parse(data), data, self._extractor))
        except Exception:  # its text may quote the message (law 8), so nobody sees it
            return UNKNOWN

    def _classified(self, envelope: Envelope, message: Message) -> Classified:
        one = envelope.only(frozenset(envelope.mailboxes[:1]))
        case = Case(one, message, Correspondence(), _NOBODY, envelope.received_at)
        verdict = judge(case, self._policy, (unreadable.find,), self._detectors)[0]
        categories = _categories(verdict.findings)
        people = exposed(read(message, VOCABULARY), verdict.findings, key=_KEY)
        level = max(verdict.sensitivity, *categories.values(), 0)
        return Classified(level, tuple(sorted(categories.items())), len(people))


def _categories(findings: Iterable[Finding]) -> dict[str, int]:
    categories: dict[str, int] = {}
    for finding in findings:
        category, level = finding.facts.get("category"), int(finding.facts.get("level", 0))
        if finding.signal == UNREADABLE:
            category, level = UNREADABLE, max(level, DOUBT)
        if isinstance(category, str) and level:
            categories[category] = max(level, categories.get(category, 0))
    return categories
