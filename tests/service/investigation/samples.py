"""Own invented incidents for the tests: the story's, nothing found, logs only, one message.

Deliveries are invented by a fixed rule; every count is taken from them, so that an incident is true to
itself. Names of people are made up and stand out, so that a test can look for them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from missent.lookalike.edits import Kind
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import (
    Day,
    Destination,
    Doubt,
    Incident,
    Input,
    Misdirected,
    Outcome,
    Pair,
    People,
    Sender,
    Sensitivity,
)

OURS = DomainName.parse("contractor.example")
BEGIN = datetime(2025, 2, 3, 7, 40, tzinfo=UTC)
PEOPLE = ("Zebedee Quokka", "Philippa Numbat")
"""Names a report may show only if it was asked for them."""
_WRONG: Sequence[tuple[str, str, str, str | None, str, bool | None, str]] = (
    ("army.ml", "army.mil", Kind.DROP, "Mali", "ml", True, "mx1.army.ml"),
    ("navy.ml", "navy.mil", Kind.DROP, "Mali", "ml", True, "mail.navy.ml"),
    ("osd.ml", "osd.mil", Kind.DROP, "Mali", "ml", True, "mx1.army.ml"),
    ("gmial.example", "gmail.example", Kind.SWAP, None, "example", None, "in.gmial.example"),
    ("аrmy.example", "army.example", Kind.LOOK_ALIKE, None, "example", None, ""),
)
_LOCAL = ("john", "crew.list", "travel-desk", "mary.major", "hq", "base-hospital", "o'neil", "ops")
_SENDERS = ("ann", "bob", "carol", "dan", "erin", "frank", "grace", "heidi", "ivan", "judy")
_HELD: Sequence[dict[str, int]] = (
    {},
    {"roster": 3, "travel": 2},
    {},
    {"health": 3},
    {"people": 1},
    {"credentials": 3},
    {},
    {"identity": 3, "travel": 2},
    {"places": 2, "marking": 4},
    {},
)


def incident(
    messages: int = 240,
    *,
    days: int = 150,
    content: bool = True,
    archived: int = 100,
    names: bool = False,
    senders: int = 37,
    deliveries: Iterable[Misdirected] | None = None,
) -> Incident:
    """Give an incident; of `archived` per cent the content is held, if there is any `content`."""
    if deliveries is None:
        deliveries = _deliveries(messages, days, senders)
        if not content or archived < 100:
            share = archived if content else 0
            deliveries = [
                one if n % 100 < share else replace(one, level=None, categories={}, people=0)
                for n, one in enumerate(deliveries)
            ]
    return counted(tuple(deliveries), names=names)


def nothing() -> Incident:
    """Give an investigation that found nothing."""
    return replace(incident(0), doubtful=())


def single() -> Incident:
    """Give an incident of one message."""
    return incident(1)


def hostile() -> Incident:
    """Give an incident whose every text wants to break out."""
    wrong = Mailbox.parse('"<script>alert(1)</script>&\'"@army.ml')
    formula = Mailbox.parse("=1+1|cmd@army.ml")
    first = replace(
        _deliveries(1, 1, 1)[0],
        recipient=wrong,
        meant=wrong.at(DomainName.parse("army.mil")),
        message_id='<"><img src=x onerror=alert(1)>@x>',
        relay="</td><svg/onload=alert(1)>",
        because="<b>bold</b> & {{ 7 * 7 }}",
        source='"><iframe src=//evil.example>',
        categories={"<i>health</i>": 3},
        level=3,
    )
    other = replace(first, recipient=formula, message_id="@SUM(1)", queue_id="\t+1", relay="x;=1")
    made = counted((first, other), names=False)
    return replace(
        made,
        method=("<em>method</em>",),
        limits=("</section><h1>limits</h1>",),
        version="<u>0</u>",
        inputs=(
            Input("<a href=//evil.example>log</a>", "<kind>", "0" * 64, 1, 1, 1, "<fault>\x1b[31m"),
        ),
    )


def _deliveries(messages: int, days: int, senders: int) -> list[Misdirected]:
    made = []
    for n in range(messages):
        wrong, intended, slip, _, _, _, server = _WRONG[
            (0, 0, 0, 1, 0, 2, 0, 0, 3, 0, 1, 0, 4)[n % 13]
        ]
        number = min(n * n % 97, n * 7 % 31) % senders
        name = _SENDERS[number % len(_SENDERS)]
        local = _LOCAL[(number * 3 + n % 2) % len(_LOCAL)]
        held = _HELD[n * 3 % len(_HELD)]
        outcome = (
            Outcome.BOUNCED
            if n % 23 == 22
            else Outcome.PENDING
            if n % 61 == 60
            else Outcome.ACCEPTED
        )
        at = BEGIN + timedelta(days=_spread(n, messages, days), minutes=n * 37 % 600)
        made.append(
            Misdirected(
                at=at,
                sender=Mailbox.parse(f"{name}{number // len(_SENDERS) or ''}@contractor.example"),
                recipient=Mailbox.parse(f"{local}@{wrong}"),
                meant=Mailbox.parse(f"{local}@{intended}"),
                intended=DomainName.parse(intended),
                outcome=outcome,
                misdirection=0.97 - n % 7 / 100,
                rule="suffix slip",
                slip=slip,
                suffix_slip=wrong.endswith(".ml"),
                because=f"people here wrote to {intended} 214 times and it answered 190; "
                f"{wrong} never answered anyone here",
                identity=f"<{n}@contractor.example>",
                message_id=f"<{n}@contractor.example>",
                queue_id=f"4XyZ{n:05d}",
                relay=f"{server}[198.51.100.30]" if server else "",
                forwarded=number == 4,
                level=max(held.values(), default=0),
                categories=held,
                people=2 if held else 0,
                source="mail.log" if n % 3 else "sent.mbox",
            )
        )
    return sorted(made, key=lambda one: one.at)


def _spread(n: int, messages: int, days: int) -> int:
    """Put more towards the end, with quiet days between."""
    place: float = (n / max(1, messages - 1)) ** 0.7 * (days - 1)
    return round(place) if n % 4 else round(place // 7 * 7)


# --- counts --------------------------------------------------------------------------------------


def counted(deliveries: tuple[Misdirected, ...], *, names: bool = False) -> Incident:
    """Count deliveries; each is a message of its own."""
    reached = [one for one in deliveries if one.outcome is Outcome.ACCEPTED]
    there = {one.recipient.domain for one in reached}
    everywhere = dict.fromkeys(one.recipient.domain for one in deliveries)
    destinations = [_destination(name, deliveries) for name in everywhere]
    destinations.sort(key=lambda one: (-one.messages, one.domain))
    days = Counter(one.at.date() for one in reached)
    bad = Counter(one.at.date() for one in reached if (one.level or 0) >= 2)
    return Incident(
        ours=(OURS,),
        messages=len(deliveries) * 57 + 3_141,
        since=datetime(2025, 1, 1, tzinfo=UTC),
        until=max([one.at for one in deliveries], default=BEGIN + timedelta(200)),
        misdirected=len(reached),
        first=min([one.at for one in reached], default=None),
        last=max([one.at for one in reached], default=None),
        senders=len({one.sender for one in reached} - {None}),
        bounced=sum(one.outcome is Outcome.BOUNCED for one in deliveries),
        pending=sum(one.outcome is Outcome.PENDING for one in deliveries),
        deliveries=deliveries,
        destinations=tuple(one for one in destinations if one.domain in there),
        refused=tuple(one for one in destinations if one.domain not in there),
        pairs=_pairs(reached),
        by_day=tuple(Day(day, days[day], bad[day]) for day in sorted(days)),
        sensitivity=_sensitivity(reached),
        people=_people(reached, names=names),
        to_warn=_to_warn(reached),
        doubtful=(
            Doubt(
                DomainName.parse("contractor-supplies.example"),
                DomainName.parse("contractor.example"),
                12,
                0.31,
                "it resembles contractor.example, and answered once",
            ),
        ),
        limits=(
            "Mail that left by another server is not in these sources.",
            "That a server took a message does not mean that somebody read it.",
            "Logs say nothing of what a message held; only archives do.",
        ),
        method=(
            "Every recipient in the sources was judged by the same rules as live mail.",
            "A domain is called wrong if it can be mistaken for one that is better known here.",
            "Nobody outside was asked: no DNS, no HTTP, no SMTP.",
        ),
        inputs=_inputs(),
        version="0.1.0",
    )


def _destination(name: DomainName, deliveries: Sequence[Misdirected]) -> Destination:
    every = [one for one in deliveries if one.recipient.domain == name]
    took = [one for one in every if one.outcome is Outcome.ACCEPTED]
    counted = took or every
    _, _, _, country, registry, is_open, _ = next(
        (w for w in _WRONG if DomainName.parse(w[0]) == name), _WRONG[0]
    )
    servers = Counter(one.relay.partition("[")[0] for one in took if one.relay)
    examined = [one for one in took if one.level is not None]
    return Destination(
        domain=name,
        intended=every[0].intended,
        slip=every[0].slip,
        suffix_slip=every[0].suffix_slip,
        because=every[0].because,
        messages=len(took),
        bounced=sum(one.outcome is Outcome.BOUNCED for one in every),
        pending=sum(one.outcome is Outcome.PENDING for one in every),
        senders=len({one.sender for one in counted}),
        recipients=len({one.recipient for one in counted}),
        first=min(one.at for one in counted),
        last=max(one.at for one in counted),
        misdirection=max(one.misdirection for one in every),
        sensitive=sum((one.level or 0) >= 2 for one in examined) if examined else None,
        country=country,
        registry=registry,
        open=is_open,
        servers=tuple(server for server, _ in servers.most_common(5)),
    )


def _pairs(reached: Sequence[Misdirected]) -> tuple[Pair, ...]:
    found: dict[tuple[str, str], list[Misdirected]] = {}
    for one in reached:
        key = (one.sender.wire if one.sender else "", one.recipient.wire)
        found.setdefault(key, []).append(one)
    made = []
    for key in sorted(found, key=lambda key: (-len(found[key]), key)):
        same = found[key]
        days = len({one.at.date() for one in same})
        forwarded = sum(one.forwarded for one in same)
        habit = "forwarding rule" if forwarded else "address book" if days > 8 else ""
        one = same[0]
        made.append(
            Pair(
                one.sender,
                one.recipient,
                one.meant,
                len(same),
                min(o.at for o in same),
                max(o.at for o in same),
                days,
                forwarded,
                habit,
            )
        )
    return tuple(made)


def _sensitivity(reached: Sequence[Misdirected]) -> Sensitivity:
    examined = [one for one in reached if one.level is not None]
    return Sensitivity(
        examined=len(examined),
        unread=len(examined) // 40,
        unseen=len(reached) - len(examined),
        sensitive=sum((one.level or 0) >= 2 for one in examined),
        by_level=dict(sorted(Counter(one.level or 0 for one in examined).items())),
        by_category=dict(
            Counter(name for one in examined for name in one.categories).most_common()
        ),
    )


def _people(reached: Sequence[Misdirected], *, names: bool) -> People:
    number = sum(one.people for one in reached)
    kinds = Counter({"service": number, "movements": number // 2, "health": number // 5})
    counts = {name: count for name, count in kinds.most_common() if count}
    return People(number, counts, PEOPLE if names else None)


def _to_warn(reached: Sequence[Misdirected]) -> tuple[Sender, ...]:
    found: dict[Mailbox, list[Misdirected]] = {}
    for one in reached:
        if one.sender:
            found.setdefault(one.sender, []).append(one)
    made = [
        Sender(
            sender,
            len(sent),
            tuple(to for to, _ in Counter(one.recipient for one in sent).most_common()),
            sum((one.level or 0) >= 2 for one in sent),
            min(one.at for one in sent),
            max(one.at for one in sent),
        )
        for sender, sent in found.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.messages, one.sender.wire)))


def _inputs() -> tuple[Input, ...]:
    hashes = [hashlib.sha256(name.encode()).hexdigest() for name in "abc"]
    return (
        Input("mail.log", "postfix", hashes[0], 48_120_331, 412_906, 12),
        Input(
            "mail.log.1.gz",
            "postfix",
            hashes[1],
            9_120_331,
            398_112,
            0,
            "gzip stream ends too early",
        ),
        Input("archive/sent.mbox", "mbox", hashes[2], 812_331, 1_204),
    )
