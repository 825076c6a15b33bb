"""Own the making of our own safety file: our domains, and the neighbours worth naming.

Pure and without a clock, so that the same knowledge gives the same bytes. The rule: nothing is drafted
that would not be admitted elsewhere; where room ends, the least likely entries are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from missent.errors import OperatorError
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.exposure.choosing import review_of
from missent.service.exposure.exposure import Review, State
from missent.service.safety.admission import refusal
from missent.service.safety.file import (
    LARGEST,
    MOST_DOMAINS,
    MOST_ENTRIES,
    Entry,
    SafetyFile,
    read,
    shown,
    write,
)
from missent.service.safety.words import HINT_LENGTH, WHY_LENGTH, fault_in, worded

_NAMED = frozenset({State.BLOCKED, State.WATCHED})
"""What was decided about a name that others should know of, too."""
_SPARED = frozenset({State.REGISTERED, State.ACCEPTED, State.LEGITIMATE})
"""Ours, nothing to be done about, or somebody's own name: we accuse none of these."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be published."""

    domains: tuple[DomainName, ...]
    """Ours; the first is the publisher."""
    named: tuple[Entry, ...] = ()
    """By the operator, who hears if one cannot be published."""
    exposed: tuple[Entry, ...] = ()
    """Look-alikes, the likeliest first."""
    reviews: Mapping[DomainName, Review] = field(default_factory=lambda: MappingProxyType({}))
    hint: str = ""
    report: Mailbox | None = None
    issued: datetime | None = None


def draft(wish: Wish, ours: Sequence[DomainName]) -> bytes:
    """Write the file. Raises `OperatorError` for what cannot be published."""
    if not wish.domains or len(wish.domains) > MOST_DOMAINS:
        raise OperatorError(f"a file has from 1 to {MOST_DOMAINS} domains")
    publisher, *others = dict.fromkeys(wish.domains)
    _check("--hint", wish.hint, HINT_LENGTH)
    file = SafetyFile(
        publisher,
        (publisher, *sorted(others)),
        hint=wish.hint,
        report=wish.report,
        issued=wish.issued,
    )
    ours = tuple(name for name in ours if name not in file.domains)
    for entry in wish.named:
        _check(f"--not-ours {shown(entry.domain.ascii)}", entry.why, WHY_LENGTH)
        if fault := refusal(entry.domain, file, ours):
            raise OperatorError(f"--not-ours {entry.domain.ascii}: {fault}")
    entries: dict[DomainName, Entry] = {}
    for entry in (*wish.named, *_known(wish, file, ours)):
        entries.setdefault(entry.domain, entry)
    return _fitting(file, list(entries.values()))


def _check(where: str, text: str, longest: int) -> None:
    fault = fault_in(text) if len(text) <= longest else f"longer than {longest} characters"
    if fault:
        raise OperatorError(f"{where}: {fault}")


def _known(wish: Wish, file: SafetyFile, ours: Sequence[DomainName]) -> list[Entry]:
    """Give what was reviewed and what is exposed, as far as it may be published."""
    phrases = {entry.domain: entry.why for entry in reversed(wish.exposed)}
    reviewed = (name for name in sorted(wish.reviews) if wish.reviews[name].state in _NAMED)
    names = dict.fromkeys((*reviewed, *(entry.domain for entry in wish.exposed)))
    return [  # a review's note is for the operator's own eyes
        Entry(name, worded(phrases.get(name, ""), WHY_LENGTH))
        for name in names
        if not _is_spared(name, wish.reviews) and refusal(name, file, ours) is None
    ]


def _is_spared(name: DomainName, reviews: Mapping[DomainName, Review]) -> bool:
    """Tell whether it was decided about a name, or one above it, that we accuse it of nothing."""
    review = review_of(name, reviews)
    return review is not None and review.state in _SPARED


def _fitting(file: SafetyFile, entries: list[Entry]) -> bytes:
    entries = entries[:MOST_ENTRIES]
    data = write(replace(file, not_ours=tuple(entries)))
    while entries and len(data) > LARGEST:
        entries = entries[: -max(1, len(entries) // 20)]
        data = write(replace(file, not_ours=tuple(entries)))
    read(data)  # raises for what would not be admitted elsewhere
    return data
