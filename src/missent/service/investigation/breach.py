"""Own the draft of a breach notice: a regulator's fields, filled in as far as the incident's facts go.

The fields are those of GDPR Art. 33(3), which the UK's ICO asks for, too. The rules: nothing stands here
that the incident does not say; where a fact is missing stands a blank that says what belongs there; a
likely consequence follows from a category that was found, a proposed measure from something counted.
It is a draft for a person to finish and answer for, and never says whether a notice is due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.mail.mime import one_line
from missent.service.investigation.incident import Destination, Incident
from missent.service.investigation.sentences import (
    NAMED,
    between,
    counted,
    destinations,
    listed,
    not_counted,
    sentence,
    shown,
)
from missent.service.investigation.vocabulary import category, level

CLOCK = (
    (
        "GDPR Art. 33(1): the notice is due without undue delay and, where feasible, within 72 hours of "
        "becoming aware of the breach, unless it is unlikely to be a risk to people. The 72 hours do not "
        "begin with the first message, and they do not wait for this report."
    ),
    (
        "What is not known yet may follow in parts, with the reasons for a delay (Art. 33(1) and (4)). "
        "Breaches that are not notified are documented all the same (Art. 33(5))."
    ),
)
"""What the law says about time, a paragraph each."""
_FRAUD = "Bank, tax, pay and card data can be used for fraud."
_WHEREABOUTS = "Itineraries tell where people are, and where they are not."
_ROLLS = (
    "Rosters and lists of names tell who serves or works where, and help to pass for a colleague."
)
_STANDING = (
    "Personnel, legal and disciplinary matters can harm the standing of those they are about."
)
_HEALTH = (
    "Health data (a special category, Art. 9) cannot be called back, and can be used against those it "
    "is about."
)
_CONSEQUENCES: Mapping[str, str] = MappingProxyType(
    {
        "credentials": "Passwords and keys can be used until they are changed.",
        "identity": "Identity papers and numbers can be used to pass for those they belong to.",
        "health": _HEALTH,
        "finance": _FRAUD,
        "payment": _FRAUD,
        "travel": _WHEREABOUTS,
        "movements": _WHEREABOUTS,
        "roster": _ROLLS,
        "people": _ROLLS,
        "personnel": _STANDING,
        "legal": _STANDING,
        "places": "Maps, plans and pictures of sites help whoever wants to get in.",
        "marking": "Some messages bear a classification mark: duties beyond data protection may follow.",
    }
)
"""Category -> what strangers can do with it."""
_PAIRS = ("pair of sender and wrong address", "pairs of sender and wrong address")


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of a field; or, if `blank`, what a person has to write there."""

    text: str
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a regulator's form."""

    title: str
    source: str
    """Where the law asks for it."""
    passages: tuple[Passage, ...]


def breach_notice(incident: Incident) -> tuple[Field, ...]:
    """Draft a notice; empty if nothing reached a wrong destination."""
    if not incident.misdirected:
        return ()
    return (
        Field("Nature of the breach", "Art. 33(3)(a)", tuple(_nature(incident))),
        Field("When it happened and when it was noticed", "Art. 33(1)", tuple(_when(incident))),
        Field("People concerned", "Art. 33(3)(a)", tuple(_people(incident))),
        Field("Records concerned", "Art. 33(3)(a)", tuple(_records(incident))),
        Field("Data-protection officer or other contact", "Art. 33(3)(b)", _CONTACT),
        Field("Likely consequences", "Art. 33(3)(c)", tuple(_consequences(incident))),
        Field("Measures taken or proposed", "Art. 33(3)(d)", tuple(_measures(incident))),
    )


_CONTACT = (Passage("name, role, telephone and e-mail address of the contact", blank=True),)


def _nature(incident: Incident) -> Iterator[Passage]:
    yield Passage(
        "Loss of confidentiality: e-mail was sent to wrong addresses, and the servers they lead to took "
        f"it. {sentence(incident)}"
    )
    for one in incident.destinations[:NAMED]:
        yield Passage(_who(one))
    if len(incident.destinations) > NAMED:
        more = counted(len(incident.destinations) - NAMED, "more domain")
        yield Passage(f"And {more}; all are listed in the annex.")
    if again := incident.persistent:
        why = listed(sorted({pair.habit for pair in again}))
        pairs = counted(len(again), *_PAIRS)
        yield Passage(
            f"Not only slips of the hand: {pairs} came again because of a standing cause ({why})."
        )
    yield from map(Passage, not_counted(incident))


def _who(one: Destination) -> str:
    name, meant = shown(one.domain), shown(one.intended)
    words = [f"{name} was written where {meant} was meant ({counted(one.messages, 'message')})."]
    where = f" (country: {one.country})" if one.country else ""
    words.append(f"Names under .{one_line(one.registry)} are given out by its registry{where}.")
    if one.open is not None:
        words.append(
            "Anybody can hold a name there." if one.open else "Outsiders cannot hold a name there."
        )
    if one.servers:
        words.append(f"The mail was taken by {listed([one_line(name) for name in one.servers])}.")
    return " ".join(words)


def _when(incident: Incident) -> Iterator[Passage]:
    if incident.first and incident.last:
        yield Passage(
            f"Messages reached wrong destinations {between(incident.first, incident.last)} (UTC)."
        )
    if incident.since and incident.until:
        looked = between(incident.since, incident.until)
        yield Passage(
            f"The sources cover what happened {looked}; it may have begun before and gone on since."
        )
    yield Passage("when and how the organisation became aware", blank=True)
    yield Passage("whether it has been stopped, and since when", blank=True)
    yield Passage(
        "if more than 72 hours have passed since then: the reasons for the delay", blank=True
    )


def _people(incident: Incident) -> Iterator[Passage]:
    held, people = incident.sensitivity, incident.people
    if not held.examined:
        yield Passage("Who is named in the messages is not known: no source holds their content.")
        yield Passage("approximate number and categories of the people concerned", blank=True)
    else:
        read = counted(held.examined, "message")
        number = counted(people.people, "person is", "people are")
        who = f"About {number}" if people.people else "Nobody is recognisably"
        yield Passage(f"{who} named in the {read} whose content was read.")
        if people.by_category:
            said = [f"{category(name)} ({n:,})" for name, n in _most(people.by_category)]
            yield Passage(f"What is said of them: {listed(said)}.")
        if held.unseen:
            yield Passage(
                f"Not in these numbers: {counted(held.unseen, 'message')} without content in the sources."
            )
        yield Passage(
            "who they are (staff, families, customers, ...), and whether children are among them",
            True,
        )
    if incident.senders:
        who = counted(incident.senders, "sender")
        yield Passage(
            f"Besides, the names and addresses of {who} and of those they meant to write to."
        )


def _records(incident: Incident) -> Iterator[Passage]:
    held = incident.sensitivity
    yield Passage(f"{counted(incident.misdirected, 'message')} reached wrong destinations.")
    if not held.examined:
        yield Passage("What they carried is not known: no source holds their content.")
        yield Passage("approximate number and categories of the personal data records", blank=True)
        return
    levels = [
        f"level {level(n)}: {count:,}" for n, count in sorted(held.by_level.items(), reverse=True)
    ]
    if levels:
        yield Passage(
            f"By sensitivity, of the {held.examined:,} that were read: {'; '.join(levels)}."
        )
    if held.by_category:
        kinds = [f"{category(name)} ({n:,})" for name, n in _most(held.by_category)]
        yield Passage(f"By kind of content, in messages: {listed(kinds)}.")
    if held.unread:
        yield Passage(f"{counted(held.unread, 'message')} with a part that could not be read.")
    if held.unseen:
        yield Passage(f"Of {counted(held.unseen, 'message')} more, the content is not known.")


def _where(incident: Incident) -> str:
    return destinations(incident) if len(incident.destinations) <= NAMED else "these domains"


def _consequences(incident: Incident) -> Iterator[Passage]:
    where = _where(incident)
    yield Passage(
        f"Whoever runs the mail of {where} can have read, kept and passed on these messages, and can "
        "answer them in the name of those who were meant."
    )
    told = {**incident.sensitivity.by_category, **incident.people.by_category}
    follows = (text for name, text in _CONSEQUENCES.items() if name in told)
    yield from map(Passage, dict.fromkeys(follows))
    yield Passage(
        "the organisation's own view of how likely and how severe the harm to people is", blank=True
    )


def _measures(incident: Incident) -> Iterator[Passage]:
    yield Passage("measures taken so far, with dates", blank=True)
    where = _where(incident)
    yield Passage(
        f"Proposed: hold or refuse mail to {where} before it leaves, and ask its senders."
    )
    if incident.to_warn:
        yield Passage(
            f"Proposed: tell {counted(len(incident.to_warn), 'sender')} what went where, so that they "
            "correct their address books and write again to whom they meant."
        )
    if again := incident.persistent:
        pairs = counted(len(again), *_PAIRS)
        yield Passage(f"Proposed: correct the forwarding rules and address books behind {pairs}.")
    if "credentials" in incident.sensitivity.by_category:
        yield Passage("Proposed: change the passwords and keys that were sent.")
    if incident.people.people:
        yield Passage(
            "Proposed: decide whether the people named are to be told (Art. 34: a high risk to them)."
        )
    yield Passage(
        "what else was decided: contact with the holder of the domain, registration, police",
        blank=True,
    )


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
