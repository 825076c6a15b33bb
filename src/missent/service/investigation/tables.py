"""Own the tables of the report: which columns stand in each, in which order its rows come.

Each function gives one table of an incident; without rows it gives a table without rows, and the page
says so in words. Order is the incident's own, but for counts by name: the most first, then by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from missent.mail.mime import one_line
from missent.service.investigation.cells import (
    Cell,
    Column,
    Form,
    Table,
    domain,
    domains,
    mailbox,
    mailboxes,
    number,
    octets,
    probability,
    stranger,
    table,
    text,
)
from missent.service.investigation.incident import Destination, Incident, Pair
from missent.service.investigation.sentences import MONTHS, on, span
from missent.service.investigation.timeline import Timeline, Unit
from missent.service.investigation.vocabulary import category, level, slip

NAMED_RECIPIENTS = 3
"""Wrong mailboxes named beside a sender."""
_WHEN = Column("First and last", Form.WHEN)
_MESSAGES = Column("Messages", Form.NUMBER)
_OPEN = {True: "yes, anybody", False: "no, closed", None: "not known"}
_UNIT = {Unit.DAY: "Day", Unit.WEEK: "Week from", Unit.MONTH: "Month", Unit.YEAR: "Year"}


def wrong_domains(incident: Incident) -> Table:
    """Give the wrong domains and what was meant."""
    most = max((one.messages for one in incident.destinations), default=0)

    def row(one: Destination) -> tuple[Cell, ...]:
        wrong, meant = domains(one.domain, one.intended, one.because)
        reached = number(one.messages, _share(one.messages, most))
        counts = (reached, number(one.senders), number(one.recipients))
        return (wrong, meant, text(slip(one.slip)), *counts, text(span(one.first, one.last)))

    columns = (
        Column("Wrong domain", Form.ADDRESS),
        Column("Meant", Form.ADDRESS),
        Column("Slip"),
        _MESSAGES,
        Column("Senders", Form.NUMBER),
        Column("Recipients", Form.NUMBER),
        _WHEN,
    )
    return table("Wrong domains and what was meant", columns, map(row, incident.destinations))


def pairs(incident: Incident) -> Table:
    """Give who wrote to which wrong mailbox."""

    def row(pair: Pair) -> tuple[Cell, ...]:
        counts = (number(pair.messages), number(pair.days))
        return (*_three(pair), *counts, text(span(pair.first, pair.last)))

    columns = (*_THREE, _MESSAGES, Column("Days", Form.NUMBER), _WHEN)
    return table("Who wrote to which wrong mailbox", columns, map(row, incident.pairs))


def persistent(incident: Incident) -> Table:
    """Give the pairs that come again for a reason."""

    def row(pair: Pair) -> tuple[Cell, ...]:
        note = f"{pair.forwarded:,} sent on by a rule" if pair.forwarded else ""
        cause = text(one_line(pair.habit), note)
        counts = (number(pair.messages), number(pair.days))
        return (*_three(pair), cause, *counts, text(span(pair.first, pair.last)))

    columns = (*_THREE, Column("Cause"), _MESSAGES, Column("Days", Form.NUMBER), _WHEN)
    return table("Wrong addresses with a standing cause", columns, map(row, incident.persistent))


_THREE = (
    Column("Sender", Form.ADDRESS),
    Column("Wrote to", Form.ADDRESS),
    Column("Meant", Form.ADDRESS),
)


def _three(pair: Pair) -> tuple[Cell, Cell, Cell]:
    return (mailbox(pair.sender), *mailboxes(pair.recipient, pair.meant))


def control(incident: Incident) -> Table:
    """Give who controls the wrong domains, and what became of the mail to each."""

    def row(one: Destination) -> tuple[Cell, ...]:
        who = (
            text(one.country or "no country's"),
            stranger(f".{one.registry}"),
            text(_OPEN[one.open]),
        )
        servers = stranger(", ".join(one.servers) or "not known")
        counts = (one.messages, one.sensitive, one.bounced, one.pending)
        return (domain(one.domain), *who, servers, *map(number, counts))

    columns = (
        Column("Wrong domain", Form.ADDRESS),
        Column("Country"),
        Column("Registry", Form.ADDRESS),
        Column("Open to outsiders"),
        Column("Servers that took it", Form.ADDRESS),
        Column("Reached", Form.NUMBER),
        Column("Sensitive", Form.NUMBER),
        Column("Bounced", Form.NUMBER),
        Column("Waiting", Form.NUMBER),
    )
    return table("Who controls the wrong domains", columns, map(row, incident.destinations))


def refused(incident: Incident) -> Table:
    """Give the wrong domains that took nothing."""

    def row(one: Destination) -> tuple[Cell, ...]:
        wrong, meant = domains(one.domain, one.intended)
        counts = (number(one.bounced), number(one.pending), number(one.senders))
        return (wrong, meant, text(slip(one.slip)), *counts, text(span(one.first, one.last)))

    columns = (
        Column("Wrong domain", Form.ADDRESS),
        Column("Meant", Form.ADDRESS),
        Column("Slip"),
        Column("Bounced", Form.NUMBER),
        Column("Waiting", Form.NUMBER),
        Column("Senders", Form.NUMBER),
        _WHEN,
    )
    return table("Wrong domains that took nothing", columns, map(row, incident.refused))


def levels(incident: Incident) -> Table:
    """Give the messages by level of sensitivity, the highest first."""
    counts = incident.sensitivity.by_level
    rows = [
        (text(level(name)), number(counts[name], _share(counts[name], max(counts.values()))))
        for name in sorted(counts, reverse=True)
    ]
    return table("Messages by level of sensitivity", (Column("Level"), _MESSAGES), rows)


def categories(incident: Incident) -> Table:
    """Give the messages by what they held."""
    rows = _by_category(incident.sensitivity.by_category)
    return table("Messages by what they held", (Column("Kind of content"), _MESSAGES), rows)


def people(incident: Incident) -> Table:
    """Give the people by what is said of them."""
    columns = (Column("What is said of them"), Column("People", Form.NUMBER))
    rows = _by_category(incident.people.by_category)
    return table("People by what is said of them", columns, rows)


def names(incident: Incident) -> Table:
    """Give the names of people, where the operator asked for them."""
    rows = ((stranger(name),) for name in incident.people.names or ())
    return table("Names of people in the messages", (Column("Name"),), rows)


def to_warn(incident: Incident) -> Table:
    """Give the senders to warn, and whom they wrote to."""
    known = bool(incident.sensitivity.examined)
    rows = []
    for one in incident.to_warn:
        wrong = [mailbox(recipient).text for recipient in one.recipients[:NAMED_RECIPIENTS]]
        left = len(one.recipients) - len(wrong)
        also = f"and {left:,} more" if left else ""
        sensitive = number(one.sensitive if known else None)
        told = text(", ".join(wrong), also)
        when = text(span(one.first, one.last))
        rows.append((mailbox(one.sender), number(one.messages), sensitive, told, when))
    columns = (
        Column("Sender", Form.ADDRESS),
        _MESSAGES,
        Column("Sensitive", Form.NUMBER),
        Column("Wrote to", Form.ADDRESS),
        _WHEN,
    )
    return table("Senders, the most messages first", columns, rows)


def doubtful(incident: Incident) -> Table:
    """Give the domains a person should look at."""
    rows = [
        (
            *domains(one.domain, one.intended),
            number(one.messages),
            probability(one.misdirection),
            stranger(one.because),
        )
        for one in incident.doubtful
    ]
    columns = (
        Column("Domain", Form.ADDRESS),
        Column("Resembles", Form.ADDRESS),
        _MESSAGES,
        Column("Probability", Form.NUMBER),
        Column("Why"),
    )
    return table("Domains for a person to look at", columns, rows)


def inputs(incident: Incident) -> Table:
    """Give the files that were read, with their hashes."""
    rows = [
        (
            stranger(one.name),
            stranger(one.kind),
            octets(one.size),
            number(one.read),
            number(one.unreadable),
            stranger(one.sha256),
        )
        for one in incident.inputs
    ]
    columns = (
        Column("File", Form.ADDRESS),
        Column("Kind"),
        Column("Size", Form.NUMBER),
        Column("Records", Form.NUMBER),
        Column("Unreadable", Form.NUMBER),
        Column("SHA-256", Form.HASH),
    )
    return table("What was read", columns, rows)


def skipped(incident: Incident) -> Table:
    """Give the files that were skipped in whole or in part, and why."""
    rows = [
        (
            stranger(one.name),
            stranger(one.fault or "some records could not be read"),
            number(one.unreadable),
        )
        for one in incident.inputs
        if one.fault or one.unreadable
    ]
    columns = (Column("File", Form.ADDRESS), Column("Why"), Column("Unreadable", Form.NUMBER))
    return table("Skipped, or not read to the end", columns, rows)


def days(incident: Incident, line: Timeline) -> Table:
    """Give the numbers of the plot; stretches without a message are left out."""
    known = bool(incident.sensitivity.examined)
    rows = [
        (text(start(line.unit, one.first)), number(one.messages))
        + ((number(one.sensitive),) if known else ())
        for one in line.bins
        if one.messages
    ]
    columns = (Column(_UNIT[line.unit]), _MESSAGES)
    sensitive = (Column("Sensitive", Form.NUMBER),) if known else ()
    caption = f"Messages by {line.unit}"
    return Table(caption, (*columns, *sensitive), tuple(rows))


def start(unit: Unit, day: date) -> str:
    """Name a bin of the timeline."""
    if unit is Unit.YEAR:
        return str(day.year)
    return f"{MONTHS[day.month - 1]} {day.year}" if unit is Unit.MONTH else on(day)


def _by_category(counts: Mapping[str, int]) -> Iterable[tuple[Cell, ...]]:
    most = max(counts.values(), default=0)
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield stranger(category(name)), number(count, _share(count, most))


def _share(count: int, most: int) -> float:
    return count / most if most else 0.0
