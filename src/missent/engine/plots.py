"""Own the plots of an evaluation: SVG files that are the same on every run, readable on any page.

Each plot stands on a light card of its own, so a dark page changes nothing; text is drawn as shapes, so
no font is asked for. No date and no random id goes into a file: the same figures give the same bytes.
matplotlib is an extra and is imported here only, when a plot is wanted.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from missent.errors import OperatorError
from missent.service.evaluation.calibration import Bin
from missent.service.evaluation.evaluation import Evaluation
from missent.service.evaluation.typos import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CARD, INK, GRID = "#fbfbf9", "#1f2328", "#d5d8dc"
OURS, SECOND, PALE = "#0b5cad", "#c2410c", "#6b7280"
BUDGET = 0.5
"""False holds per 1,000 outgoing messages (law 9)."""
_MARKERS = "sD^vPX"
_STYLE: Mapping[str, object] = {
    "svg.hashsalt": "missent",
    "svg.fonttype": "path",
    "figure.facecolor": CARD,
    "axes.facecolor": CARD,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
}


def present() -> bool:
    """Tell whether plots can be drawn, without loading what draws them."""
    if "matplotlib" in sys.modules:
        return sys.modules["matplotlib"] is not None
    return importlib.util.find_spec("matplotlib") is not None


def require() -> None:
    """Raise `OperatorError` if plots cannot be drawn, saying what to install."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise OperatorError("a report needs matplotlib: pip install 'missent[evaluate]'") from None


def draw(folder: Path, measured: Evaluation) -> tuple[str, ...]:
    """Draw what there are figures for; gives the names of the files written. Raises `OperatorError`."""
    require()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, plot, wanted in (
        ("recall.svg", _recall, measured.typos.recall is not None),
        ("cold-start.svg", _cold_start, any(w.messages for w in measured.windows)),
        ("wrong-person.svg", _wrong_person, _known(measured.persons.recall)),
        ("reliability.svg", _reliability, bool(measured.calibration.forecasts)),
    ):
        if wanted:
            with _axes(folder / name) as axes:
                plot(axes, measured)
            written.append(name)
        else:
            (folder / name).unlink(missing_ok=True)
    return tuple(written)


@contextmanager
def _axes(path: Path) -> Iterator[Axes]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(dict(_STYLE)):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        yield figure.add_subplot()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


# --- the plots -----------------------------------------------------------------------------------


def _recall(axes: Axes, measured: Evaluation) -> None:
    points = [("Missent", measured.typos), *measured.peers.items()]
    for number, (name, window) in enumerate(points):
        rate, recall = window.rate(window.holds), window.recall
        if rate is None or recall is None:
            continue
        ours = number == 0
        axes.plot(
            [rate],
            [100 * recall],
            linestyle="none",
            marker="o" if ours else _MARKERS[(number - 1) % len(_MARKERS)],
            markersize=10 if ours else 7,
            color=OURS if ours else PALE,
            label=name,
        )
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(left=0)
    _plain_ticks(axes, [w.rate(w.holds) or 0.0 for _, w in points])
    axes.axvline(2 * BUDGET, color=SECOND, linewidth=1, linestyle="--")
    axes.set_ylim(0, 103)
    axes.set_xlabel("held messages per 1,000 outgoing messages (dashed: 1)")
    axes.set_ylabel("first uses of a mistyped name held, %")
    axes.set_title("Mistyped names: what is caught, at how many holds")
    _legend_below(axes)


def _legend_below(axes: Axes) -> None:
    """Put the legend where no point can be."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)


def _plain_ticks(axes: Axes, rates: Sequence[float]) -> None:
    most = max(rates, default=1.0)
    ticks = [
        t for t in (0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if t <= 2.5 * most or t <= 1
    ]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(0, max(1.6, 1.3 * most))


def _cold_start(axes: Axes, measured: Evaluation) -> None:
    windows = [window for window in measured.windows if window.messages]
    places = range(len(windows))
    shown = [100 * (window.recall or 0.0) for window in windows]
    axes.bar(places, shown, width=0.5, color=OURS, label="held, % of first uses (left)")
    for place, window in zip(places, windows, strict=True):
        of = f"{window.caught} of {window.first_uses}" if window.first_uses else "none used"
        spot = (place, 100 * (window.recall or 0.0))
        axes.annotate(
            of, spot, (0, 8), textcoords="offset points", ha="center", va="bottom", fontsize=8
        )
    axes.set_xticks(list(places), [_since(windows, place) for place in places])
    axes.set_ylim(0, 112)
    axes.set_xlabel("outgoing messages known before")
    axes.set_ylabel("first uses of a mistyped name held, %")
    axes.set_title("Cold start")
    rates = axes.twinx()
    rates.grid(visible=False)
    rates.spines["right"].set_visible(True)
    values = [window.rate(window.false_holds) or 0.0 for window in windows]
    rates.plot(
        list(places),
        values,
        color=SECOND,
        marker="D",
        linestyle="none",
        label="false holds per 1,000 (right)",
    )
    rates.axhline(BUDGET, color=SECOND, linewidth=1, linestyle="--")
    rates.set_ylim(0, max(1.0, 1.3 * max(values)))
    rates.set_ylabel("false holds per 1,000 messages (dashed: budget)")
    handles = [*axes.get_legend_handles_labels()[0], *rates.get_legend_handles_labels()[0]]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)


def _since(windows: Sequence[Window], place: int) -> str:
    low = windows[place].since
    if place + 1 < len(windows):
        return f"{low:,} to {windows[place + 1].since - 1:,}"
    return f"{low:,} and more"


def _wrong_person(axes: Axes, measured: Evaluation) -> None:
    persons = measured.persons
    for values, name, colour, marker in (
        (persons.recall, "addresses the sender used before", OURS, "o"),
        (persons.recall_unseen, "30 % never used by the sender", SECOND, "D"),
    ):
        known = [
            (100 * budget, 100 * value) for budget, value in values.items() if value is not None
        ]
        if known:
            at, found = zip(*known, strict=True)
            axes.plot(at, found, color=colour, marker=marker, label=name)
    axes.set_xscale("log")
    ticks = [100 * budget for budget in persons.recall]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_ylim(0, 103)
    axes.set_xlabel("clean messages flagged, %")
    axes.set_ylabel("messages with a wrong person flagged, %")
    axes.set_title("Wrong person: what is found, at how many flags")
    axes.legend(loc="upper left")


def _reliability(axes: Axes, measured: Evaluation) -> None:
    bins = measured.calibration.bins()
    least = 10.0 ** math.floor(math.log10(max(1e-5, min(_low(one) for one in bins) / 3)))
    axes.plot([least, 1], [least, 1], color=PALE, linewidth=1, linestyle="--", label="honest")
    some = [one for one in bins if one.mistakes]
    around = [_wilson(one) for one in some]
    axes.errorbar(
        [one.mean for one in some],
        [one.observed for one in some],
        yerr=[
            [one.observed - max(least, low) for one, (low, _) in zip(some, around, strict=True)],
            [high - one.observed for one, (_, high) in zip(some, around, strict=True)],
        ],
        linestyle="none",
        marker="o",
        color=OURS,
        capsize=3,
        label="observed, with 95 % interval",
    )
    none = [one for one in bins if not one.mistakes]
    axes.plot(
        [one.mean for one in none],
        [least] * len(none),
        linestyle="none",
        marker="v",
        markerfacecolor=CARD,
        color=OURS,
        clip_on=False,
        label="no mistake among them",
    )
    for one in bins:
        spot = (one.mean, max(one.observed, least))
        axes.annotate(
            f"{one.forecasts:,}", spot, xytext=(7, -9), textcoords="offset points", fontsize=7
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(least, 1.5)
    axes.set_ylim(least, 1.5)
    axes.xaxis.set_major_formatter(_percents)
    axes.yaxis.set_major_formatter(_percents)
    axes.set_xlabel("probability given, mean of the bin (number of recipients beside the point)")
    axes.set_ylabel("share that were known mistakes, 95 % interval")
    axes.set_title("Are the probabilities honest?")
    axes.legend(loc="upper left")


def _percents(share: float, _place: object = None) -> str:
    return f"{100 * share:g} %"


def _low(one: Bin) -> float:
    return min(one.mean, one.observed) if one.mistakes else one.mean


def _wilson(one: Bin) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927); sound for few and for none."""
    z, n, p = 1.96, one.forecasts, one.observed
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return min(p, middle - half), max(p, min(1.0, middle + half))


def _known(values: Mapping[float, float | None]) -> bool:
    return any(value is not None for value in values.values())
