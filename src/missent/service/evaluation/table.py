"""Own the table of an evaluation, for a terminal: plain lines, figures right-aligned."""

from __future__ import annotations

from collections.abc import Iterator

from missent.service.evaluation.evaluation import Evaluation
from missent.service.evaluation.typos import Window


def lines(measured: Evaluation) -> Iterator[str]:
    """Give the lines."""
    typos = measured.typos
    yield _period(measured)
    yield ""
    yield _row("mistyped names", "recall", "holds", "false", "warnings", "right fix")
    yield _row("", "", "per 1,000", "per 1,000", "per 1,000", "")
    if measured.labelled:
        yield _window_row("Missent", typos)
        for name, window in measured.peers.items():
            yield _window_row(name, window)
        yield (
            f"  {typos.caught} of {typos.first_uses} first uses held, {typos.warned} more warned of; "
            f"in reach: {percent(typos.ceiling)}"
        )
    else:
        yield _window_row("Missent, no labels", typos)
    slips = measured.slips
    yield (
        f"  injected slips ({slips.slips}): held {percent(slips.recall)}, "
        f"warned {percent(slips.warned)}, in reach {percent(slips.ceiling)}, "
        f"right fix {percent(slips.top1)}"
    )
    yield ""
    yield _row("after so many messages", "recall", "holds", "false", "warnings", "right fix")
    for window in measured.windows:
        yield _window_row(f"{window.since:,}", window)
    yield ""
    yield from _persons(measured)
    yield from _calibration(measured)


def _period(measured: Evaluation) -> str:
    days = f"{measured.first:%Y-%m-%d} to {measured.last:%Y-%m-%d}" if measured.first else "empty"
    typos = measured.typos
    return (
        f"{typos.messages:,} outgoing messages ({typos.outside:,} with a recipient outside) "
        f"of {measured.letters:,}, {days}; history: {measured.history:,} letters"
    )


def _persons(measured: Evaluation) -> Iterator[str]:
    persons = measured.persons
    if not persons.messages and not persons.clean_messages:
        return
    yield f"wrong person: first of all recipients (acc@1) {percent(persons.acc_at_1)}" + "".join(
        f", {name} {percent(value)}" for name, value in persons.baselines.items()
    )
    yield _row("  leaks found at", *(f"{budget:.1%}" for budget in persons.recall))
    yield _row("  addresses used before", *map(percent, persons.recall.values()))
    yield _row("  30 % never used", *map(percent, persons.recall_unseen.values()))
    yield ""


def _calibration(measured: Evaluation) -> Iterator[str]:
    calibration = measured.calibration
    if calibration.forecasts:
        yield (
            f"calibration: {calibration.forecasts:,} outside recipients, "
            f"{percent(calibration.base_rate, 3)} mistakes, Brier {calibration.brier:.6f}, "
            f"skill {_number(calibration.skill)}"
        )


def _window_row(name: str, window: Window) -> str:
    return _row(
        name,
        percent(window.recall),
        *(
            _number(window.rate(count))
            for count in (window.holds, window.false_holds, window.warnings)
        ),
        percent(window.top1),
    )


def _row(name: str, *cells: str) -> str:
    return f"{name:<32}" + "".join(f"{cell:>11}" for cell in cells)


def percent(value: float | None, digits: int = 1) -> str:
    """Show a share."""
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
