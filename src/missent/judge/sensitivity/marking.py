"""Own the protective markings in a subject: what the author says about the message.

Read are the written forms of published schemes: ``[SEC=PROTECTED]`` of the Australian framework
(PSPF policy 8), and a marking that opens or closes the subject in capitals, alone before a
separator or in brackets (United States EO 13526 and CUI, United Kingdom Government Security
Classifications, NATO, European Union). Words inside a sentence are not markings: a secret santa is
no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.content import Content, Detector
from missent.judge.finding import Finding

WEIGHT = 0.5
"""Marked content that leaves at all is a little likelier to be going to the wrong place."""

_LEVELS: tuple[tuple[str, int], ...] = (
    (r"COSMIC TOP SECRET|(?:UK )?TOP[ -]SECRET|TRES SECRET UE(?: ?/ ?EU TOP SECRET)?|TS(?=//)", 4),
    (r"(?:NATO |UK |SECRET UE ?/ ?EU )?SECRET|S(?=//)", 4),
    (r"NATO CONFIDENTIAL|CONFIDENTIEL UE ?/ ?EU CONFIDENTIAL|PROTECTED(?: [AB])?", 3),
    (
        r"NATO RESTRICTED|RESTREINT UE ?/ ?EU RESTRICTED|R-UE/EU-R|VS-NFD",
        2,
    ),
    (r"(?:UK )?OFFICIAL ?[:-] ?(?:SENSITIVE|Sensitive)|CONFIDENTIAL", 2),
    (r"(?:Contains )?CUI|CONTROLLED|(?:U//)?FOUO|U//FOUO", 2),
    (r"(?:UK )?OFFICIAL", 1),
)
_UNMISTAKABLE = (
    (re.compile(r"\bTLP: ?RED\b"), 3),
    (re.compile(r"\bTLP: ?AMBER\b|\bOFFICIAL-SENSITIVE\b"), 2),
)
"""Forms that nobody writes for anything else, wherever they stand."""
_MORE = r"(?:(?://| ?- ?|, ?| )[A-Z][A-Za-z0-9 ,:;/+-]*)?"
"""Caveats and handling instructions after the marking: ``//NOFORN``, `` - UK EYES ONLY``."""
_FORMS = tuple(
    (
        re.compile(
            rf"\[SEC=(?:{name})[\],]"
            rf"|^[\[({{](?:{name}){_MORE}[\])}}]"
            rf"|[\[({{](?:{name}){_MORE}[\])}}]$"
            rf"|^(?:{name})(?://[A-Z][A-Z0-9 ,/-]*)?(?:$| ?: | - |//)"
        ),
        level,
    )
    for name, level in _LEVELS
)
_REPLY = re.compile(r"^(?:(?:re|fwd?|aw|wg|sv|tr)\s*:\s*)+", re.IGNORECASE)


def detect(content: Content) -> Iterator[Finding]:
    """Report the highest protective marking in the subject."""
    subject = _REPLY.sub("", content.message.subject.strip())
    level = max(
        (level for form, level in (*_FORMS, *_UNMISTAKABLE) if form.search(subject)), default=0
    )
    if not level:
        return
    because = f"the subject carries a protective marking (level {level} of 4)"
    facts: dict[str, str | bool | int] = {"level": level, "category": "marking", "count": 1}
    yield Finding("marking", "message", WEIGHT, because, facts=facts)


DETECTOR = Detector("marking", frozenset(), detect)
