"""Own the lists of people: crew, passengers, staff, patients, as the names of attachments tell.

Only names are known here, of files and in the subject; what a file says is read elsewhere. A table
or document named as a list of people is level 2, one that also names identity papers, health or
pay is level 3. The subject alone, without any attachment, says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.content import Content, Detector
from missent.judge.finding import Finding
from missent.mail.mime import Part

_PEOPLE = (
    r"crew|passengers?|pax|staff|personnel|employees?|patients?|students?"
    r"|members?|customers?|guests?|visitors?|attendees?"
)
_LIST = r"lists?|manifests?|rosters?|roll|register|directory|records?|details|data|export"
_LISTED = re.compile(
    rf"\b(?:{_PEOPLE})\s+(?:\w+\s+)?(?:{_LIST})\b|\b(?:{_LIST})\s+of\s+(?:\w+\s+)?(?:{_PEOPLE})\b"
)
_GRAVE = re.compile(
    r"\b(?:passports?|visas?|ids?|identity|ssn|social security|medical|health|patients?|x ?rays?"
    r"|salar(?:y|ies)|payroll|bank|tax)\b"
)
_TABLES = ("csv", "tsv", "xls", "xlsx", "ods", "pdf", "doc", "docx", "odt", "txt", "rtf", "zip")
_WORDS = re.compile(r"[\W_]+")


def detect(content: Content) -> Iterator[Finding]:
    """Report an attachment that is, by its name or the subject, a list of people."""
    names = [_words(part.filename) for part in content.message.parts if _is_document(part)]
    if not names:
        return
    subject = _words(content.message.subject)
    if not any(_LISTED.search(text) for text in (*names, subject)):
        return
    level = 3 if any(_GRAVE.search(text) for text in (*names, subject)) else 2
    because = "an attachment seems to be a list of people"
    facts: dict[str, str | bool | int] = {"level": level, "category": "people", "count": 1}
    yield Finding("people_list", "message", 0.0, because, facts=facts)


def _is_document(part: Part) -> bool:
    name = (part.filename or "").lower()
    return name.rpartition(".")[2] in _TABLES


def _words(text: str | None) -> str:
    return _WORDS.sub(" ", (text or "").lower()).strip()


DETECTOR = Detector("people_list", frozenset(), detect)
