"""Own the words of the owner's report: one sentence first, then rows, each list with its end told.

The rules: right for none, one and many; what the envelope cannot tell is said to be unclear and never
rounded to real. Names come from strangers: here they lose whatever cannot be seen, and what shows them
escapes them. A mailbox of the owner is never said to exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mime import one_line
from missent.service.collection.collection import Pair
from missent.service.collection.report import CollectionReport, Sending, Split, TypoDomain
from missent.service.investigation.sentences import counted, listed, on, shown, span
from missent.service.investigation.vocabulary import CATEGORIES, LEVELS
from missent.service.wording import screen

NAMED = 3
"""Typo domains that the sentence names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    name: str
    """An address or a domain from outside; shown inert."""
    about: str = ""
    """What it is about, another name: shown inert, too."""
    real: int = 0
    unclear: int = 0
    spam: int = 0
    text: str = ""
    """A remark of ours."""

    @property
    def hits(self) -> int:
        """Give the sum."""
        return self.real + self.unclear + self.spam

    @property
    def messages(self) -> str:
        """Give the sum with its noun."""
        return counted(self.hits, "message")


@dataclass(frozen=True, slots=True)
class Told:
    """A report as people read it; every list is bounded, and `more_…` says what was left out."""

    sentence: str
    asides: tuple[str, ...]
    days: tuple[Row, ...]
    domains: tuple[Row, ...]
    more_domains: str
    organisations: tuple[Row, ...]
    more_organisations: str
    pairs: tuple[Row, ...]
    more_pairs: str
    sealed: str
    levels: tuple[Row, ...]
    categories: tuple[Row, ...]
    basis: tuple[str, ...]
    counting: str


COUNTING = (
    "Counted is every recipient asked for: a message to three addresses counts three times. Days are "
    "days in UTC. Real, unclear and spam are told apart by the envelope alone: who sent it, from where, "
    "how often, and whether the mailbox is known."
)


def told(report: CollectionReport, rows: int) -> Told:
    """Put a report into words, at most `rows` rows a table."""
    organisations, pairs = report.organisations, report.pairs
    return Told(
        sentence=sentence(report),
        asides=tuple(_asides(report)),
        days=tuple(_row(on(day.day), day.split) for day in report.by_day),
        domains=tuple(map(_domain, report.domains[:rows])),
        more_domains=_more(report.domains, rows),
        organisations=tuple(map(_organisation, organisations[:rows])),
        more_organisations=_more(organisations, rows),
        pairs=tuple(map(_pair, pairs[:rows])),
        more_pairs=_more(pairs, rows),
        sealed=_sealed(report),
        levels=tuple(_levels(report)) if report.sealed.messages else (),
        categories=tuple(
            Row(one_line(CATEGORIES.get(name, name)), real=number, text=f"up to level {level}")
            for name, number, level in report.sealed.categories[:rows]
        ),
        basis=tuple(_basis(report)),
        counting=COUNTING,
    )


def sentence(report: CollectionReport) -> str:
    """Say in one sentence what came, how much of it was real, and who keeps writing."""
    split, when = report.split, f"In {counted(report.days, 'day')}"
    if not split.hits:
        return f"{when} no message came to {_watched(report)}."
    clauses = [f"{when} {counted(split.hits, 'message')} {_where(report)}", *_real(report)]
    if senders := report.senders:
        clauses.append(
            "1 sender keeps writing" if senders == 1 else f"{senders:,} senders keep writing"
        )
    return "; ".join(clauses) + "."


def name_of(organisation: str) -> str:
    """Show an organisation that is kept as A-labels."""
    try:
        return shown(DomainName.parse(organisation))
    except MalformedAddress:
        return one_line(organisation)


def _where(report: CollectionReport) -> str:
    if len(report.domains) == 1:
        only = report.domains[0]
        return f"for {shown(only.meant)} came to {shown(only.typed)}"
    first = report.domains[0]
    return (
        f"came to {len(report.domains):,} typo domains ({shown(first.typed)}, meant for "
        f"{shown(first.meant)}, most often: {first.split.hits:,})"
    )


def _watched(report: CollectionReport) -> str:
    typed = [one_line(typed) for typed, _ in report.basis.domains]
    if not typed:
        return "the typo domains"
    if len(typed) > NAMED:
        return f"any of {len(typed):,} typo domains"
    return listed(typed)


def _real(report: CollectionReport) -> Iterator[str]:
    real, unclear = report.split.real, report.split.unclear
    one = report.split.hits == 1
    if real:
        were = "was" if real == 1 else "were"
        much = "it" if one else f"{real:,}"
        number = report.real_organisations
        sent = f", from {counted(number, 'organisation')}" if number else ""
        yield f"{much} {were} probably real{sent}"
    elif unclear == report.split.hits:
        yield f"whether {'it was' if one else 'they were'} real is unclear"
    elif unclear:
        spam = report.split.spam
        what = "is" if unclear == 1 else "are"
        were = "was" if spam == 1 else "were"
        yield f"{unclear:,} {what} unclear, {spam:,} {were} probably spam"
    else:
        yield "it was probably spam" if one else "all were probably spam"


def _asides(report: CollectionReport) -> Iterator[str]:
    split = report.split
    if split.real and (split.unclear or split.spam):
        parts = [
            *([f"{split.unclear:,} unclear"] if split.unclear else []),
            *([f"{split.spam:,} probably spam"] if split.spam else []),
        ]
        yield f"The rest: {listed(parts)}."
    if split.unclear and not report.basis.directory:
        yield (
            "No directory is configured, so that no mailbox is known and most mail stays unclear: "
            "name one in organisation.directory."
        )
    if report.unnamed:
        yield (
            f"{counted(report.unnamed, 'message')} had no sender's organisation: bounces, senders "
            "without a domain, and what was too much for one day."
        )


def _row(name: str, split: Split, about: str = "", text: str = "") -> Row:
    return Row(name, about, split.real, split.unclear, split.spam, text)


def _domain(one: TypoDomain) -> Row:
    text = f"from {counted(one.organisations, 'organisation')}" if one.organisations else ""
    return _row(shown(one.typed), one.split, shown(one.meant), text)


def _organisation(one: Sending) -> Row:
    where = listed([shown(name) for name in one.typed[:NAMED]])
    if len(one.typed) > NAMED:
        where = f"{', '.join(shown(name) for name in one.typed[:NAMED])} and {len(one.typed) - NAMED} more"
    parts = [
        *(
            [f"{counted(one.persistent, 'stored address', 'stored addresses')}"]
            if one.persistent
            else []
        ),
        *([f"since {on(one.first.date())}"] if one.first else []),
        *([f"SPF passed {one.aligned:.0%}"] if one.aligned else []),
    ]
    return _row(name_of(one.name), one.split, where, ", ".join(parts))


def _pair(pair: Pair) -> Row:
    text = f"{counted(pair.hits, 'message')} on {counted(pair.days, 'day')}, {span(pair.first, pair.last)}"
    if pair.told:
        text += f"; postmaster told {on(pair.told.date())}"
    return Row(screen(pair.sender), screen(pair.typed), pair.hits, text=text)


def _more(rows: Sequence[object], shown_rows: int) -> str:
    left = len(rows) - shown_rows
    return f"and {left:,} more" if left > 0 else ""


def _sealed(report: CollectionReport) -> str:
    sealed = report.sealed
    if not report.basis.collects and not sealed.messages and report.kept:
        return (
            "Every message is refused before it is sent, and the answer names the right domain. What was "
            "sealed before these days is kept until its time ends."
        )
    if not report.basis.collects and not sealed.messages:
        return (
            "Nothing is kept: every message is refused before it is sent, and the answer names the right "
            "domain."
        )
    if not sealed.messages:
        return "No message was sealed in these days."
    grave = sum(sealed.levels[2:])
    parts = [
        f"{counted(sealed.messages, 'message was', 'messages were')} sealed",
        f"{grave:,} of level 2 or more",
        *([f"data of up to {counted(sealed.people, 'person', 'people')}"] if sealed.people else []),
    ]
    if sealed.destroyed:
        parts.append(f"{sealed.destroyed:,} destroyed since")
    return "; ".join(parts) + "."


def _levels(report: CollectionReport) -> Iterator[Row]:
    for level, number in enumerate(report.sealed.levels):
        yield Row(f"{level}: {LEVELS[level]}", real=number)


def _basis(report: CollectionReport) -> Iterator[str]:
    basis = report.basis
    if basis.legal_basis:
        yield f"Legal basis: {one_line(basis.legal_basis, 500)}"
    elif basis.collects:
        yield "Legal basis: none is configured."
    yield (
        "Clients were checked by SPF and reverse name."
        if basis.look_ups
        else "Nothing was looked up about the clients."
    )
