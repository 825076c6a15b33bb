"""Own the rules that stop the same mistakes from now on, as a piece of missent.toml.

One pinned rule for each wrong domain. The rules: every name stands as A-labels in a quoted TOML
string, so that no domain can write configuration; a rule's name depends on its domain alone, so a later
fragment replaces an earlier one. A rule holds a domain and all below it. Where that would hold more
than was wrong (a public suffix, a name above the intended one or above ours) and where the judge only
doubts, the rule is written as a comment: a person decides.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from missent.mail.domain import DomainName
from missent.service.investigation.incident import Destination, Doubt, Incident
from missent.service.investigation.sentences import counted

_MANY: Final = 3
"""From so many wrong domains on that share a slip of the suffix, the shipped rule is mentioned."""


def fragment(incident: Incident) -> str:
    """Give the rules, each with its figures as a comment; loads even where there is nothing to stop."""
    return "\n".join(_lines(incident)) + "\n"


def rule_name(domain: DomainName) -> str:
    """Name the rule of a wrong domain; none of the shipped rules has such a name."""
    return f"misdirected: {domain.ascii}"


def _lines(incident: Incident) -> Iterator[str]:
    yield from _head(incident)
    for one in incident.wrong:
        yield ""
        yield from _comments(one)
        reason = _too_wide(one, incident.ours)
        if reason:
            yield f"# {reason}"
        yield from _rule(one.domain, active=not reason)
    stopped = {one.domain for one in incident.wrong}
    for doubt in incident.doubtful:
        if doubt.domain not in stopped:
            yield from ("", *_doubtful(doubt))


def _head(incident: Incident) -> Iterator[str]:
    held = sum(not _too_wide(one, incident.ours) for one in incident.wrong)
    if not incident.wrong:
        yield "# No wrong domain was found, so there is nothing to hold."
        return
    domains = counted(held, "wrong domain")
    yield f"# Holds mail to {domains} found by missent {_plain(incident.version)}"
    if incident.since is not None and incident.until is not None:
        yield f"# in mail from {_day(incident.since)} to {_day(incident.until)}."
    yield "# Add it to missent.toml: behind rules of yours that block, in place of an earlier fragment."
    slips = Counter(
        (one.domain.public_suffix, one.intended.public_suffix)
        for one in incident.wrong
        if one.suffix_slip
    )
    for (written, meant), count in sorted(slips.items()):
        if count >= _MANY:
            yield "#"
            yield f"# {count} of them are .{_plain(written)} written for .{_plain(meant)}. The shipped rule"
            yield '# "suffix slip" holds such names already, those not listed here, too: keep it.'


def _comments(one: Destination) -> Iterator[str]:
    figures = [f"{one.messages} reached it"]
    figures += [f"{one.bounced} bounced"] if one.bounced else []
    figures += [f"{one.pending} waiting"] if one.pending else []
    yield (
        f"# {_plain(one.intended.ascii)} was probably meant. Messages: {', '.join(figures)}; "
        f"senders: {one.senders}."
    )
    yield f"# {_day(one.first)} to {_day(one.last)}."


def _doubtful(doubt: Doubt) -> Iterator[str]:
    yield f"# Only doubtful ({doubt.misdirection:.0%}): {_plain(doubt.intended.ascii)} may have been meant."
    yield f"# Messages: {doubt.messages}. Take the marks off if it is wrong."
    yield from _rule(doubt.domain, active=False)


def _too_wide(one: Destination, ours: Iterable[DomainName]) -> str:
    """Say why a rule for this name and all below it would hold right mail; empty if it would not."""
    if one.domain.registrable is None and not one.domain.is_literal:
        return "Not active: this is a public suffix, and the rule would hold every name below it."
    if any(right.is_within(one.domain) for right in (one.intended, *ours)):
        return "Not active: the rule would hold the right name, too, which is below this one."
    return ""


def _rule(domain: DomainName, *, active: bool) -> Iterator[str]:
    mark = "" if active else "# "
    yield f"{mark}[[policy]]"
    yield f"{mark}name = {_toml(rule_name(domain))}"
    yield f"{mark}when = {{ recipient_domain = {_toml(domain.ascii)} }}"
    yield f'{mark}action = "hold"'
    yield f"{mark}pinned = true"


def _toml(text: str) -> str:
    """Quote a text; a JSON string in ASCII is a TOML basic string, but for one character."""
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """Make a text fit for a comment: printable ASCII on one line, whatever it was."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def _day(at: datetime) -> str:
    return at.date().isoformat()
