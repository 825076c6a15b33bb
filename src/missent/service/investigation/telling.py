"""Own what an investigation says of itself: how it found what it says, and what the data cannot tell.

Plain sentences of what was true of this run, none that is true of every run and helps nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from missent.mail.archived import KINDS
from missent.mail.domain import DomainName
from missent.service.investigation.book import DOUBTFUL, MISDIRECTED
from missent.service.investigation.census import Census
from missent.service.investigation.incident import Input, Sensitivity
from missent.service.investigation.moments import rfc3339
from missent.service.investigation.sentences import counted


@dataclass(frozen=True, slots=True)
class Run:
    """What is said about."""

    inputs: tuple[Input, ...]
    census: Census
    sensitivity: Sensitivity
    named: tuple[str, ...]
    ours: tuple[DomainName, ...]
    since: datetime | None
    now: datetime
    zone: str
    guessed: bool
    """Whether any log has time stamps without a year or an offset."""
    ambiguous: int
    """Dates of traces of which day and month had to be told apart."""
    lost: int
    """Messages whose content was there and could not be read again."""

    @property
    def kinds(self) -> frozenset[str]:
        """Give the kinds of inputs that were read, if not to their end."""
        return frozenset(one.kind for one in self.inputs if one.read or not one.fault)


def limits(run: Run) -> tuple[str, ...]:
    """Say what these data cannot tell."""
    return (*_of_sources(run), *_of_evidence(run), *_of_content(run), *_of_times(run))


def method(run: Run) -> tuple[str, ...]:
    """Say how it was found."""
    return tuple(_method(run))


def _method(run: Run) -> Iterator[str]:
    if run.named:
        names = ", ".join(run.named)
        yield f"Every message to {names} was counted: the operator named it as wrong."
    else:
        yield (
            "Every domain that was written to was compared with every other name in the sources and with "
            "the public names that come with Missent; what can be mistaken for a better known name was "
            "judged."
        )
    yield (
        "The judge is the one that holds live mail, shown what the whole of the sources knows. A "
        f"delivery counts as misdirected from a probability of {MISDIRECTED:g}, or if the slip is inside "
        "the public suffix of a public name or a closed registry and the guard would hold it; from "
        f"{DOUBTFUL:g}, or if the guard would hold it, its domain is listed as doubtful."
    )
    yield (
        "One message to one recipient counts once, however many servers, copies of logs and archives "
        "tell of it; the last final word about it decides whether it was taken."
    )
    if run.ours:
        yield f"Taken as right names: {', '.join(name.screen for name in run.ours)}."
    if run.since is not None:
        since = rfc3339(run.since)
        yield f"Only deliveries since {since} are counted; earlier ones are evidence."


def _of_sources(run: Run) -> Iterator[str]:
    skipped = [one for one in run.inputs if one.fault]
    if skipped:
        yield (
            f"{counted(len(skipped), 'file')} could not be read, or not to the end: see the inputs."
        )
    unreadable = sum(one.unreadable for one in run.inputs if one.kind not in KINDS)
    if unreadable:
        what = counted(unreadable, "line or row was", "lines or rows were")
        yield f"{what} unreadable and left out."
    if run.census.unread:
        names = counted(run.census.unread, "written domain is", "written domains are")
        yield f"{names} no name by the standards, and not judged."
    if run.kinds & set(KINDS):
        yield (
            "An archive holds what was kept and does not say what became of a message: what lies in it "
            "counts as delivered. Blind copies are known only where the archive kept them."
        )
    if len([one for one in run.inputs if not one.fault]) > 1:
        yield (
            "What went astray counts once. How many messages the sources hold, and how often a name was "
            "written to, is added up file by file: copies, and an archive beside a log, count again there."
        )


def _of_evidence(run: Run) -> Iterator[str]:
    if run.named:
        yield "Only the named domains were looked for; other mistakes may stand in the same sources."
        return
    answering = any(traffic.answered for traffic in run.census.texts.values())
    if not run.census.heard(run.ours):
        yield (
            "These sources hold no inbound mail, so nobody is known to have answered. Which of two like "
            "names was meant is then told by public names and by which is written to more: a mistake made "
            "more often than the right address would be taken for it."
        )
    elif answering:
        yield (
            "Logs do not say what a message refers to. An answer here is a message from a mailbox that was "
            "itself written to, which is weaker than what live mail is judged by."
        )
    yield (
        "A wrong person at the right domain, and a name that stands in no other message and is no "
        "public one, cannot be found this way."
    )


def _of_content(run: Run) -> Iterator[str]:
    content = run.sensitivity
    if content.unseen and not (content.examined or run.lost):
        yield "These sources hold no content, so what the messages carried is not known."
    elif content.unseen > run.lost:
        unseen = counted(content.unseen - run.lost, "misdirected message")
        yield f"Of {unseen} no source holds the content; what was carried is not known."
    if content.unread:
        unread = counted(content.unread, "message has", "messages have")
        yield f"{unread} parts that could not be read, which may hold more than is said."
    if run.lost:
        lost = counted(run.lost, "message was", "messages were")
        yield f"{lost} gone, or could not be read again, when the content was looked at."
    if content.examined:
        yield (
            "Content was read by rules for known kinds of papers and identifiers; what is written in "
            "other words is missed. Two people of one name count as one."
        )


def _of_times(run: Run) -> Iterator[str]:
    if run.guessed:
        yield (
            f"Some time stamps have no year or no offset: they were read in {run.zone}, in the latest "
            f"year that does not put them after {run.now:%Y-%m-%d}."
        )
    if run.ambiguous:
        dates = counted(run.ambiguous, "date", "dates")
        yield (
            f"{dates} in message traces may have day or month first: read as the rest of the file suggests."
        )
    undated = sum(one.unreadable for one in run.inputs if one.kind in KINDS)
    if undated:
        what = counted(undated, "message has", "messages have")
        yield f"{what} no readable date or author; without a date, the time is the sources' beginning."
