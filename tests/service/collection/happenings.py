"""Own what came to a typo domain in the tests: hits in a real store, as a collector would count them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection.collection import Check, Hit, Item, Likely
from missent.service.collection.evidence import likely
from missent.service.collection.ports import CollectionStore
from missent.service.collection.report import Basis, CollectionReport, read
from missent.service.ports import NewEvent
from missent.service.stationery import Letterhead

NOW = datetime(2031, 7, 31, 12, 0, tzinfo=UTC)
TODAY = date(2031, 7, 31)
OPERATOR = Mailbox.parse("postmaster@owner.example")
HEAD = Letterhead("Owner", OPERATOR, OPERATOR, "Europe/London")
BASIS = Basis(collects=False, directory=True, look_ups=True, domains=(("army.ml", "army.mil"),))
SPAMMER = "offers@xn--frber-gra.example"


def box(text: str) -> Mailbox:
    """Read an address."""
    return Mailbox.parse(text)


def name(text: str) -> DomainName:
    """Read a domain."""
    return DomainName.parse(text)


def hit(sender: str | None, typed: str, ago: float = 0.0, **fields: object) -> Hit:
    """One RCPT of an honest server, `ago` days before `NOW`."""
    made = Hit(
        at=NOW - timedelta(days=ago),
        client="192.0.2.7",
        helo="mx.contractor.example",
        tls=True,
        sender=box(sender) if sender else None,
        typed=box(typed),
        meant=name("army.mil"),
        rcpts=1,
        listed=True,
        aligned=Check.PASS,
        confirmed=Check.PASS,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def bot(typed: str, ago: float = 0.0, sender: str = SPAMMER) -> Hit:
    """One RCPT of a computer that was taken over."""
    return hit(
        sender,
        typed,
        ago,
        client="198.51.100.9",
        helo="198-51-100-9.dsl.example",
        tls=False,
        rcpts=20,
        listed=False,
        aligned=Check.FAIL,
        confirmed=Check.FAIL,
    )


def count(store: CollectionStore, hits: Iterable[Hit]) -> None:
    """Count hits one after the other, each judged by what is known before it."""
    for one in sorted(hits, key=lambda one: one.at):
        organisation = one.organisation
        record = store.organisation(str(organisation)) if organisation else None
        store.count_hits([(one, likely(one, record))])


def month() -> list[Hit]:
    """A month of `army.ml`: two organisations, one stored address each, some slips, spam, a bounce."""
    hits = [hit("ann@contractor.example", "john@army.ml", 2 * n) for n in range(12)]
    hits += [hit("crew@shipping.example", "rose@army.ml", 3 * n) for n in range(5)]
    hits += [hit(f"p{n}@contractor.example", f"q{n}@army.ml", n + 0.5) for n in range(9)]
    hits += [bot(f"info{n}@army.ml", n / 3) for n in range(20)]
    hits += [hit(None, "john@army.ml", 1.2)]
    return hits


def item(number: int, level: int, *categories: tuple[str, int], people: int = 0) -> Item:
    """One sealed message."""
    at = NOW - timedelta(days=number)
    return Item(
        f"item{number}",
        at,
        (name("army.ml"),),
        "contractor.example",
        40_000 + number,
        level,
        categories,
        people,
        Likely.REAL,
        at + timedelta(days=30),
    )


def seal(store: CollectionStore, items: Iterable[Item]) -> None:
    """Keep sealed messages' rows."""
    for one in items:
        store.keep_item(one, NewEvent("collection.sealed", one.item_id, "collector", one.at))


def reported(store: CollectionStore, basis: Basis = BASIS, days: int = 30) -> CollectionReport:
    """Read the report of the last days."""
    return read(store, basis, NOW, days)
