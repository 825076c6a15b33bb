"""Own the rules that hold mail to look-alikes, as a piece of missent.toml.

One pinned rule for each look-alike, the likeliest `MOST`; it holds the name and all below it. The rules:
a name stands as an A-label in a quoted string; a rule's name depends on its look-alike alone, so a later
fragment replaces an earlier one; what would hold more than slips stands as a comment, and a person decides.
A public suffix is never a rule: the guard's own rule "suffix slip" compares names there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from missent.mail.domain import DomainName
from missent.service.exposure.choosing import NO_REVIEWS, review_of, to_stop
from missent.service.exposure.exposure import Exposed, Exposure, Review, Rule, State
from missent.service.investigation.sentences import counted

MOST: Final = 200
"""Rules of one fragment: each is asked for every recipient, and the guard compares all names anyway."""


def policy_fragment(exposure: Exposure, reviews: Mapping[DomainName, Review] = NO_REVIEWS) -> str:
    """Give the rules, each with its reason as a comment; loads even where there is nothing to hold."""
    return "\n".join(_lines(exposure, reviews)) + "\n"


def rule_name(domain: DomainName) -> str:
    """Name the rule of a look-alike; neither a shipped rule nor one of an investigation has such a name."""
    return f"look-alike: {domain.ascii}"


def _lines(exposure: Exposure, reviews: Mapping[DomainName, Review]) -> Iterator[str]:
    found = list(to_stop(exposure, reviews))
    if not found:
        yield "# No look-alike is to be stopped, so there is nothing to hold."
        return
    yield f"# Holds mail to {counted(min(len(found), MOST), 'look-alike')} found by missent expose."
    yield "# Add it to missent.toml: behind rules of yours that block, in place of an earlier fragment."
    if len(found) > MOST:
        less = counted(len(found) - MOST, "less likely one")
        yield f"# {less} left out; the guard judges them by itself."
    for rule in exposure.rules:
        yield from _above(rule, found)
    for one in found[:MOST]:
        yield ""
        plain = one.phrase.isascii() and one.phrase.isprintable()
        yield f"# Written for {one.of.ascii}: {one.phrase if plain else one.kind}."
        yield from _rule(one, reviews)


def _above(rule: Rule, found: list[Exposed]) -> Iterator[str]:
    """Say of a rule that covers names we do not know why it is not active."""
    if rule.match.startswith("."):
        yield "#"
        yield f"# {counted(rule.covers, 'look-alike')} of {counted(rule.of, 'name')} under {rule.match}."
        yield "# A public suffix cannot be held whole. The guard compares every name there, listed here or"
        yield '# not: the rule "suffix slip" holds those like a name you write to, and the signal'
        yield "# suffix_habit warns of the others. Keep both."
        return
    if any(one.domain.ascii == rule.match for one in found):
        return
    if not any(one.domain.registrable == rule.match for one in found):
        return
    yield "#"
    yield f"# Whoever holds {rule.match} receives for every name below it. Not active: the rule would hold"
    yield f"# all mail to {rule.match}. Take the marks off if nobody here writes there rightly."
    yield from (f"# {line}" for line in _toml(f"look-alike: {rule.match}", rule.match))


def _rule(one: Exposed, reviews: Mapping[DomainName, Review]) -> Iterator[str]:
    review = review_of(one.domain, reviews)
    if review is not None and review.state is State.BLOCKED:
        yield "# You decided to block it."
    yield from _toml(rule_name(one.domain), one.domain.ascii)


def _toml(name: str, domain: str) -> Iterator[str]:
    """Write a rule; an A-label needs no escape in a quoted string."""
    yield "[[policy]]"
    yield f'name = "{name}"'
    yield f'when = {{ recipient_domain = "{domain}" }}'
    yield 'action = "hold"'
    yield "pinned = true"
