"""Own what is kept of a letter's wording: hashed terms and the keys of its conversation.

Neither gives a word away: terms are numbers of `BUCKETS` that many words share, keys are digests. No
function here but `bare_subject` returns text, and a store is handed a `Wording` alone (law 8).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from missent.judge.circle import BUCKETS, TERMS_READ

_TEXT_READ = 600
"""Characters of text looked at: what a letter is about stands at its beginning."""
_WORD = re.compile(r"[^\W\d_]{4,20}")
_PREFIX = re.compile(
    r"\s*(?:(?:re|fwd?|aw|wg|sv|tr|rv|antw)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
_SHORTEST_SUBJECT = 4
_REFERENCES_READ = 8


@dataclass(frozen=True, slots=True)
class Wording:
    """One letter's wording, as far as it is looked up or kept."""

    terms: tuple[int, ...] = ()
    subject_key: bytes | None = None
    reference_keys: tuple[bytes, ...] = ()
    """Of the letters it refers to, the latest first."""


NO_WORDING = Wording()


def read(subject: str, text: str, references: Sequence[str] = ()) -> Wording:
    """Read a letter's wording."""
    return Wording(buckets(subject, text), subject_key(subject), reference_keys(references))


def buckets(subject: str, text: str) -> tuple[int, ...]:
    """Give the distinct terms of a letter, hashed, subject first, at most `TERMS_READ`."""
    words = _WORD.findall(f"{bare_subject(subject)} {text[:_TEXT_READ]}".casefold())
    distinct = tuple(dict.fromkeys(words))[:TERMS_READ]
    return tuple(
        {crc32(word.encode("utf-8", "replace")) & (BUCKETS - 1): None for word in distinct}
    )


def is_reply(subject: str) -> bool:
    """Tell whether a subject says that it answers or passes on something."""
    return _PREFIX.match(subject) is not None


def bare_subject(subject: str) -> str:
    """Give a subject without its ``Re:`` and the like, folded, spaces single."""
    match = _PREFIX.match(subject)
    return " ".join(subject[match.end() if match else 0 :].casefold().split())


def subject_key(subject: str) -> bytes | None:
    """Give the key of the conversation a subject names; None if it says too little."""
    bare = bare_subject(subject)
    return _digest("s" + bare) if len(bare) >= _SHORTEST_SUBJECT else None


def reference_keys(references: Sequence[str]) -> tuple[bytes, ...]:
    """Give the keys of the letters that are referred to, the latest first, at most eight."""
    return tuple(_digest("m" + name) for name in references[: -_REFERENCES_READ - 1 : -1])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:12]
