"""Own the page of the owner of typo domains: ``/o/{token}/collection``, what came and who keeps writing.

GET only shows, and nothing else is offered: letters are sent from the command line, where the dry run
comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from missent.service.collection.report import CollectionReport, read
from missent.service.collection.telling import told
from missent.service.investigation.sentences import on
from missent.web.operators import OperatorParts

PATH: Final = "/o/{token}/collection"
PERIODS: Final = (7, 30, 90, 365)
USUAL: Final = 30
ROWS: Final = 50
"""Rows of each table; the command with ``--json`` has all."""
HEIGHT: Final = 100
WIDTH: Final = 10
"""Units of the picture a day takes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day in the picture, in its units; the three parts stand on each other."""

    x: int
    real: float
    unclear: float
    spam: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture of the days, and the sentence that says the same."""

    bars: tuple[Bar, ...]
    width: int
    caption: str


def collection_router(parts: OperatorParts) -> APIRouter:
    """Make the page."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(PATH, methods=["GET", "HEAD"])
    def show(token: str, days: str = str(USUAL)) -> Response:
        parts.admit(token)
        period = int(days) if days in map(str, PERIODS) else USUAL
        report = read(parts.store, parts.basis, parts.clock.now(), period)
        return parts.screens.show(
            "collection.html",
            root=parts.root,
            told=told(report, ROWS),
            chart=chart(report) if report.split.hits else None,
            made_at=report.made_at,
            period=period,
            periods=PERIODS,
        )

    return router


def chart(report: CollectionReport) -> Chart:
    """Draw the days: heights are parts of the day with the most messages."""
    most = max((day.split.hits for day in report.by_day), default=0) or 1
    bars = tuple(
        Bar(
            number * WIDTH,
            HEIGHT * day.split.real / most,
            HEIGHT * day.split.unclear / most,
            HEIGHT * day.split.spam / most,
        )
        for number, day in enumerate(report.by_day)
    )
    top = max(report.by_day, key=lambda day: day.split.hits)
    first, last = report.by_day[0].day, report.by_day[-1].day
    caption = (
        f"Messages a day from {on(first)} to {on(last)}; the most, {most:,}, on {on(top.day)}."
    )
    return Chart(bars, len(bars) * WIDTH, caption)
