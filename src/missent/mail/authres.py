"""Own what an Authentication-Results field says (RFC 8601), and whom to believe.

A sender can write such a field, too. Three rules keep forgeries out: only fields with one of *our*
authserv-ids count (§5); of those only the topmost group, with no ``Received`` in between, because
what our border writes stands above what came from outside; and within the group the worst result
counts. A field that is not closed properly says nothing. That the border removes foreign fields
with its own id is RFC 8601 §5's demand on the border; without any field of ours, nothing is known.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName

MAX_FIELD = 16_384  # characters; real ones have a few hundred
_MAX_RESULTS = 64
_CACHE = 256  # a message is asked about several times in a row
_MARK = re.compile(r'\\.|[()"]', re.DOTALL)
_SECTION = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^";])+', re.DOTALL)
_PAIR = re.compile(
    r"""(?<![^\s;="])([^\s;="]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""", re.DOTALL
)  # the look-behind starts it at a word only, which keeps long words linear
_SERVER = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;="]+))(\s*=)?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One ``method=result`` with its properties, such as ``header.from``; all lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """Give every value of one property: a repeated property is a disagreement, not a choice."""
        return tuple(value for key, value in self.properties if key == name)


@dataclass(frozen=True, slots=True)
class AuthResults:
    """One Authentication-Results field."""

    authserv_id: str
    """Who says so, lower case; empty where the field names nobody."""
    results: tuple[MethodResult, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """One Authentication-Results field where it stands; read when somebody needs it."""

    body: str
    hop: int = 0
    """How many ``Received`` fields stand above it in the header."""


class Alignment(StrEnum):
    """What our own border found out about the author's domain (DMARC, RFC 7489)."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNKNOWN = "unknown"
    """No field of ours, no dmarc in it, no policy published, or a temporary error."""


@functools.lru_cache(maxsize=_CACHE)
def parse_authres(body: str) -> AuthResults | None:
    """Read the field's body, unfolded or not; None if it is malformed as a whole.

    A single unreadable result is left out; the others stand.
    """
    plain = _without_comments(body) if len(body) <= MAX_FIELD else None
    server = _SERVER.match(plain) if plain is not None else None
    if plain is None or server is None:
        return None
    sections = _SECTION.findall(plain)
    unnamed = server[3] is not None  # some hosted services leave the authserv-id out
    claims = sections[: _MAX_RESULTS + 1] if unnamed else sections[1 : _MAX_RESULTS + 1]
    authserv_id = "" if unnamed else _value(server[1], server[2])
    results = tuple(r for r in map(_result, claims) if r is not None)
    return AuthResults(authserv_id, results)


def alignment(stamps: Sequence[Stamp], trusted: Iterable[str], author: DomainName) -> Alignment:
    """Tell what our border says about `author`, the domain of the one From mailbox.

    `stamps` come in header order, topmost first; `trusted` are our own authserv-ids.
    """
    verdicts = [r for r in border_results(stamps, trusted) if r.method == "dmarc"]
    if any(verdict.result == "fail" for verdict in verdicts):
        return Alignment.FAIL
    if not verdicts or any(verdict.result != "pass" for verdict in verdicts):
        return Alignment.UNKNOWN
    agreed = all(_about(verdict, author) for verdict in verdicts)
    return Alignment.PASS if agreed else Alignment.FAIL


def border_results(stamps: Sequence[Stamp], trusted: Iterable[str]) -> tuple[MethodResult, ...]:
    """Give the results of the topmost group of fields that one of our own hosts wrote."""
    names = {name.lower() for name in trusted if name}
    group: list[MethodResult] = []
    top: int | None = None
    for stamp in stamps if names else ():
        if top is not None and stamp.hop != top:
            break
        read = parse_authres(stamp.body)
        if read is not None and read.authserv_id in names:
            top = stamp.hop
            group += read.results
    return tuple(group)


def _about(verdict: MethodResult, author: DomainName) -> bool:
    """Tell whether a dmarc result is about this author: same name or same registrable part."""
    named = verdict.values("header.from")
    if not named:
        return False
    try:
        domains = [DomainName.parse(name.rpartition("@")[2]) for name in named]
    except MalformedAddress:
        return False
    return all(
        domain == author
        or (domain.registrable is not None and domain.registrable == author.registrable)
        for domain in domains
    )


def _without_comments(body: str) -> str | None:
    """Replace comments, which nest and may hold anything (RFC 5322 §3.2.2), by a space.

    None if a comment or a quoted string does not end.
    """
    kept: list[str] = []
    depth = start = 0
    quoted = False
    for mark in _MARK.finditer(body):
        text = mark[0]
        if text == '"' and depth == 0:
            quoted = not quoted
        elif text == "(" and not quoted:
            if depth == 0:
                kept.append(body[start : mark.start()])
            depth += 1
        elif text == ")" and not quoted:
            depth -= 1
            start = mark.end()
            if depth < 0:
                return None
    if depth or quoted:
        return None
    kept.append(body[start:])
    return " ".join(kept)


def _result(section: str) -> MethodResult | None:
    """Read one ``method[/version]=result [property=value]...``; None also for ``none``."""
    pairs = [(key.lower(), _value(quoted, atom)) for key, quoted, atom in _PAIR.findall(section)]
    if not pairs or not section.lstrip().lower().startswith(pairs[0][0]):
        return None
    method = pairs[0][0].partition("/")[0]
    return MethodResult(method, pairs[0][1], tuple(pairs[1:]))


def _value(quoted: str | None, atom: str) -> str:
    return (re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted else atom or "").lower()
