"""Own the keys and tokens that well-known providers hand out, known by how they begin.

Each form is looked for only where a word that stands beside it, or in it, is among the reading's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2

MOST = 4_000
"""Places of one mark that are looked at: a document has fewer, an attack has more."""
_ENTROPY = 3.0
"""Bits a character: English words have about 2.5 at this length, random hexadecimal 3.6."""

_MARKS: tuple[tuple[str, str], ...] = (
    ("AKIA", r"AKIA[0-9A-Z]{16}\b"),
    ("ASIA", r"ASIA[0-9A-Z]{16}\b"),
    ("AIza", r"AIza[0-9A-Za-z_-]{35}"),
    ("gh", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("glpat-", r"glpat-[A-Za-z0-9_-]{20,64}"),
    ("xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("xapp-", r"xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-f0-9]{20,100}"),
    ("hooks.slack.com", r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}"),
    ("k_live_", r"[sr]k_live_[0-9A-Za-z]{16,120}"),
    ("sk-", r"sk-(?:proj-|ant-[a-z0-9]{2,8}-)?[A-Za-z0-9_-]{32,200}"),
    ("SG.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    ("eyJ", r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{16,2000}"),
    ("npm_", r"npm_[A-Za-z0-9]{36}\b"),
    ("pypi-", r"pypi-AgE[A-Za-z0-9_-]{50,250}"),
    ("hvs.", r"hvs\.[A-Za-z0-9_-]{24,200}"),
    ("dop_v1_", r"dop_v1_[a-f0-9]{64}"),
    ("hf_", r"hf_[A-Za-z]{30,40}\b"),
    ("AccountKey=", r"AccountKey=[A-Za-z0-9+/]{40,100}={0,2}"),
    ("ya29.", r"ya29\.[A-Za-z0-9_-]{20,300}"),
    ("key-", r"key-[0-9a-f]{32}\b"),
)
_TOKENS = {mark: re.compile(rf"(?<![A-Za-z0-9_/+-]){form}") for mark, form in _MARKS}
_ISSUED: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = tuple(
    (frozenset(words.split()), tuple(marks.split()))
    for words, marks in (
        ("ghp gho ghu ghs ghr", "gh"),
        ("github", "github_pat_"),
        ("glpat", "glpat-"),
        ("xoxa xoxb xoxe xoxo xoxp xoxr xoxs", "xox"),
        ("xapp", "xapp-"),
        ("slack", "hooks.slack.com"),
        ("sk rk", "k_live_ sk-"),
        ("sg", "SG."),
        ("npm", "npm_"),
        ("pypi", "pypi-"),
        ("hvs", "hvs."),
        ("dop", "dop_v1_"),
        ("hf", "hf_"),
        ("accountkey", "AccountKey="),
        ("ya29", "ya29."),
        ("mailgun apikey", "key-"),
        ("key keys aws amazon iam s3 credentials creds boto", "AKIA ASIA"),
        ("key keys google maps firebase gcp youtube apikey", "AIza"),
        ("token tokens jwt bearer auth authorization oauth jws", "eyJ"),
    )
)
"""Words, of which one stands beside or in a key, and the marks of those keys."""
WORDS = frozenset[str]().union(*(words for words, _ in _ISSUED))
"""Any of them must stand there."""
MAILGUN = _TOKENS["key-"]


def issued(text: str, words: frozenset[str]) -> Iterator[str]:
    """Give the keys and tokens, where these words stand in the text."""
    if words.isdisjoint(WORDS):
        return
    for telling, marks in _ISSUED:
        if words.isdisjoint(telling):
            continue
        for mark in marks:
            for match in marked(_TOKENS[mark], text, mark, back=mark == "k_live_"):
                if drawn(match.group()[len(mark) :]):
                    yield match.group()


def marked(
    pattern: re.Pattern[str], text: str, mark: str, *, back: int = 0
) -> Iterator[re.Match[str]]:
    """Give the matches at the places of a mark, or `back` characters before; none inside another."""
    at = text.find(mark)
    for _ in range(MOST):
        if at < 0:
            return
        match = pattern.match(text, max(0, at - back))
        if match:
            yield match
        at = text.find(mark, match.end() if match else at + len(mark))


def drawn(value: str) -> bool:
    """Tell whether a value was drawn, not written: letters and digits, evenly used."""
    body = value.rstrip("=.")
    if not any(c.isdigit() for c in body) and not (
        any(c.islower() for c in body) and any(c.isupper() for c in body)
    ):
        return False
    if len(body) < 12 or "example" in body.lower() or "xxxx" in body.lower():
        return False
    counts = [body.count(c) / len(body) for c in set(body)]
    return -sum(share * log2(share) for share in counts) > _ENTROPY
