"""Own how an exposure is told on a terminal: one sentence, the rules, the worst names.

The rule: a figure is shown with its interval and with where it comes from, and never more exact than it
is; columns are names and figures of ours, so nothing of a stranger's can move the cursor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from missent.mail.domain import DomainName
from missent.service.exposure.exposure import Estimate, Exposed, Exposure, Mail, Rule, Source
from missent.service.exposure.receiving import is_seen_held

ROWS: Final = 20
"""Look-alikes that are shown; all of them are in the files."""
_OPEN: Final = {True: "open", False: "closed", None: "asks"}
_MAIL: Final = {
    Mail.UNKNOWN: "not asked",
    Mail.NONE: "none",
    Mail.NULL: "refuses",
    Mail.ADDRESS: "perhaps",
    Mail.MX: "takes mail",
}
_FROM: Final = {
    Source.LOG: "from your own logs",
    Source.OPERATOR: "from your own figures",
    Source.PRIOR: "from published cases: nothing is known of your own slips",
}


def lines(exposure: Exposure, rows: int = ROWS) -> Iterator[str]:
    """Tell an exposure, the worst first."""
    yield headline(exposure)
    if not exposure.exposed:
        return
    yield from _calibrated(exposure.calibration)
    yield ""
    yield from _columns(
        ("rule", "names", "of yours", "share", unit(exposure), "who"), _rules(exposure.rules)
    )
    yield ""
    head = (
        "look-alike",
        "meant",
        "of its own",
        unit(exposure),
        "slip",
        "country",
        "registry",
        "mail",
    )
    yield from _columns(head, _names(exposure.exposed[:rows]))
    if len(exposure.exposed) > rows:
        yield f"and {len(exposure.exposed) - rows:,} more: --json, or --out DIR"
    if exposure.closed:
        yield f"{exposure.closed:,} under closed registries are left out: mail to them bounces"


def headline(exposure: Exposure) -> str:
    """Say it in one sentence."""
    names = _named(exposure.names)
    if not exposure.exposed:
        return f"{names}: no name that a slip could turn into can receive mail."
    source = _FROM.get(_source(exposure), "from your own figures")
    amount = f"{spread(exposure.total)} messages {unit(exposure)}"
    return f"{names}: {amount} are expected to go to {_count(exposure)}, {source}."


def _calibrated(figures: Mapping[str, str | float | int]) -> Iterator[str]:
    """Say what the logs told, where there were any."""
    if "bounces" not in figures:
        return
    bounces, typed, days = (float(figures[key]) for key in ("bounces", "typed", "days"))
    told = f"your logs of {days:,.0f} days: {bounces:,.0f} slips bounced among {typed:,.0f} addresses typed"
    if figures.get("source") == Source.PRIOR:
        yield f"{told}; too little to say how often your people slip"
        return
    silent = figure(float(figures["silent_slips"]))
    span = f"{figure(float(figures['silent_low']))} to {figure(float(figures['silent_high']))}"
    yield f"{told}; some {silent} ({span}) a year are taken by strangers without a word"


def unit(exposure: Exposure) -> str:
    """Say what an expected figure counts: a year, or a million messages where no volume is known."""
    priors = (row.factors.volume.source is Source.PRIOR for row in exposure.exposed)
    return "a million sent" if exposure.exposed and all(priors) else "a year"


def spread(estimate: Estimate) -> str:
    """Write a figure with its interval: ``12 (4.1 to 40)``."""
    if estimate.low == estimate.high:
        return figure(estimate.mid)
    return f"{figure(estimate.mid)} ({figure(estimate.low)} to {figure(estimate.high)})"


def figure(value: float) -> str:
    """Write a figure with two digits that mean something."""
    if value == 0:
        return "0"
    if value < 0.001:
        return "<0.001"
    if value >= 99.5:
        return f"{round(value, 2 - len(str(round(value)))):,.0f}"
    return f"{value:.2g}"


def _named(names: Sequence[DomainName]) -> str:
    if len(names) == 1:
        return names[0].screen
    return f"{names[0].screen} and {len(names) - 1:,} more of yours"


def _count(exposure: Exposure) -> str:
    number = len(exposure.exposed)
    return "1 look-alike" if number == 1 else f"{number:,} look-alikes"


def _source(exposure: Exposure) -> Source:
    return exposure.exposed[0].factors.slip.source


def _rules(rules: Iterable[Rule]) -> Iterator[tuple[str, ...]]:
    for rule in rules:
        counts = f"{rule.covers:,}", f"{rule.of:,}"
        yield rule.match, *counts, f"{rule.share:.1%}", spread(rule.expected), rule.controller


def _names(rows: Iterable[Exposed]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (
            row.domain.screen,
            row.of.screen,
            f"{row.expected_share:.1%}",
            spread(row.expected),
            row.phrase,
            row.jurisdiction or row.country or "",
            _OPEN[row.open],
            _mail(row),
        )


def _mail(row: Exposed) -> str:
    """Say what becomes of mail to a name; a registry may take it for names that nobody has."""
    mail = row.standing.mail
    if is_seen_held(row):
        return "took yours" if row.factors.receiving.mid == 1 else "answered yours"
    if row.standing.registered is False:
        return "its registry" if mail in (Mail.MX, Mail.ADDRESS) else "nobody's yet"
    return _MAIL[mail]


def _columns(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    table = [head, *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
