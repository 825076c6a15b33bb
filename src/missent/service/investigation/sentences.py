"""Own the sentences an organisation has to say about an incident, right for none, one and many.

Facts only. What no source holds is said to be not known and is never a zero; what bounced or waits is
told apart from what reached a wrong destination. Days are UTC, as everywhere in an incident. Domains
come from strangers: they stand here in their screen form with nothing invisible, and are escaped by
whoever puts a sentence on a page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from missent.mail.domain import DomainName
from missent.mail.mime import spell_out
from missent.service.investigation.incident import Incident

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMED = 3
"""Destinations that a sentence names; with more, it counts them and names the first."""
MOSTLY = 0.8
"""The share of the messages whose few senders are counted."""

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


# --- words ---------------------------------------------------------------------------------------


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say a number with its noun: ``1 message``, ``1,204 messages``; `many` if it is not ``one`` + s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def on(day: date) -> str:
    """Write a day: ``3 Feb 2025``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def between(first: datetime, last: datetime) -> str:
    """Write a stretch of time in a sentence: ``between 3 Feb and 18 Jul 2025``, ``on 3 Feb 2025``."""
    one, other = first.astimezone(UTC).date(), last.astimezone(UTC).date()
    if one == other:
        return f"on {on(one)}"
    if one.year == other.year:
        return f"between {one.day} {MONTHS[one.month - 1]} and {on(other)}"
    return f"between {on(one)} and {on(other)}"


def span(first: datetime, last: datetime) -> str:
    """Write a stretch of time in a table: ``3 Feb – 18 Jul 2025``."""
    return between(first, last).removeprefix("on ").removeprefix("between ").replace(" and ", " – ")


def shown(domain: DomainName) -> str:
    """Show a domain in a sentence, punycode beside it where it is internationalised, nothing hidden.

    A name that is written from right to left would turn the sentence round: it is shown as punycode.
    """
    turns = any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in domain.unicode)
    return domain.ascii if turns else spell_out(domain.screen)


# --- the sentence --------------------------------------------------------------------------------


def sentence(incident: Incident) -> str:
    """Say in one sentence what reached wrong destinations; or that nothing did, or nothing is known."""
    if not incident.misdirected:
        return _nothing(incident)
    clauses = [_reached(incident), *_content(incident), *_concentration(incident)]
    return "; ".join(clauses) + "."


def asides(incident: Incident) -> tuple[str, ...]:
    """Say, a sentence each, what the sentence leaves out: bounced, waiting, doubtful, not read."""
    return (*not_counted(incident), *_reservations(incident))


def not_counted(incident: Incident) -> tuple[str, ...]:
    """Say what went to wrong destinations and reached none: what bounced, what waits."""
    return tuple(_not_counted(incident))


def _nothing(incident: Incident) -> str:
    if not incident.messages:
        return "These sources hold no messages, so they cannot tell whether mail went astray."
    when = ""
    if incident.since and incident.until:
        when = f" {between(incident.since, incident.until)}"
    if incident.messages == 1:
        return f"The 1 message in these sources{when} reached no wrong destination, as far as they tell."
    return (
        f"None of the {incident.messages:,} messages in these sources{when} reached a wrong destination, "
        "as far as they tell."
    )


def _reached(incident: Incident) -> str:
    words = [counted(incident.misdirected, "message")]
    if incident.senders:
        words.append(f"from {counted(incident.senders, 'sender')}")
    words.append(f"reached {destinations(incident)}")
    if incident.first and incident.last:
        words.append(between(incident.first, incident.last))
    return " ".join(words)


def destinations(incident: Incident) -> str:
    """Name the wrong destinations that took something, or count them and name the first."""
    found = incident.destinations
    if not found:
        return "wrong destinations"
    if len(found) <= NAMED:
        return listed([shown(one.domain) for one in found])
    first = found[0]
    return f"{len(found):,} wrong domains ({shown(first.domain)} most often: {first.messages:,})"


def _content(incident: Incident) -> Iterator[str]:
    held, one = incident.sensitivity, incident.misdirected == 1
    if not held.examined:
        whose = "its content" if one else "their content"
        yield f"what {'it' if one else 'they'} carried is not known, as no source holds {whose}"
        return
    if held.unseen:
        yield f"of the {held.examined:,} whose content was read, {_sensitive(held.sensitive)}"
        yield f"what the other {held.unseen:,} carried is not known"
    elif one:
        found = (
            "sensitive content" if held.sensitive else "nothing that was recognised as sensitive"
        )
        yield f"it carried {found}"
    else:
        yield _sensitive(held.sensitive)
    yield _people(incident)


def _sensitive(number: int) -> str:
    if not number:
        return "none carried anything that was recognised as sensitive"
    return f"{number:,} carried sensitive content"


def _people(incident: Incident) -> str:
    number = incident.people.people
    where = "in it" if incident.misdirected == 1 else "in them"
    if incident.sensitivity.unseen:
        where = "in what was read"
    if not number:
        return f"no names of people were recognised {where}"
    return f"{counted(number, 'person is', 'people are')} named {where}"


def _concentration(incident: Incident) -> Iterator[str]:
    few = incident.senders_of(MOSTLY)
    if not 0 < few < len(incident.to_warn):
        return
    share = sum(sender.messages for sender in incident.to_warn[:few]) / incident.misdirected
    accounts = "sender accounts" if few == 1 else "senders account"
    yield f"{few:,} {accounts} for {int(100 * share)} %"


def _not_counted(incident: Incident) -> Iterator[str]:
    what = "more message" if incident.misdirected else "message"
    if number := incident.bounced:
        was = (
            "was returned by a mail server and is"
            if number == 1
            else "were returned by mail servers and are"
        )
        yield f"{counted(number, what)} to a wrong destination {was} not counted."
    if number := incident.pending:
        waits = (
            "was still waiting when the sources end: it may yet arrive and is"
            if number == 1
            else "were still waiting when the sources end: they may yet arrive and are"
        )
        yield f"{counted(number, what)} to a wrong destination {waits} not counted."


def _reservations(incident: Incident) -> Iterator[str]:
    if number := len(incident.doubtful):
        what = counted(number, "domain is", "domains are")
        yield f"{what} doubtful: for a person to look at, and not counted."
    if number := incident.sensitivity.unread:
        what = counted(number, "message has", "messages have")
        yield f"{what} a part that could not be read, and may hold more."
    if number := sum(bool(one.fault) for one in incident.inputs):
        what, they = (
            counted(number, "file was", "files were"),
            "it holds" if number == 1 else "they hold",
        )
        yield f"{what} skipped or not read to the end; what {they} may be missing from these figures."
