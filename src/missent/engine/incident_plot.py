"""Own the plot of an incident by day: SVG to stand inside a page, in the page's own colours.

Text is drawn as shapes, so no font is asked for; no date, random id or address of another place is in it:
the same days give the same bytes. Colours are CSS variables (`VARIABLES`), so that the plot is dark on
a dark page. For those who do not see it the page has the same numbers as a table. matplotlib is an
extra and is imported here only, when a plot is wanted.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from missent.service.investigation.tables import start
from missent.service.investigation.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _GRID, _ALL, _SENSITIVE, _CARD = "#010101", "#020202", "#030303", "#040404", "#050505"
VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        _INK: "--soft",
        _GRID: "--line",
        _ALL: "--plot-all",
        _SENSITIVE: "--plot-sensitive",
        _CARD: "--card",
    }
)
"""What stands in the drawing for each of the page's colours."""
_STYLE: Mapping[str, object] = {
    "svg.hashsalt": "missent",
    "svg.fonttype": "path",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": _GRID,
    "grid.linewidth": 0.7,
    "hatch.color": _CARD,
    "hatch.linewidth": 0.8,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "ytick.major.size": 0,
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "legend.frameon": False,
}
_TICKS = 8
_FEW = 6
"""Bars from which on a bar fills its stretch; fewer would look like walls."""


def by_day(line: Timeline, *, known: bool, title: str, description: str) -> Markup:
    """Draw the timeline; `known`: whether anything is known about what was sensitive."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    out = io.StringIO()
    with mpl.rc_context(dict(_STYLE)):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.6, 2.6), layout="constrained")
        _bars(figure.add_subplot(), line, known=known)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing)
    return _inline(out.getvalue(), title, description)


def _bars(axes: Axes, line: Timeline, *, known: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(line.bins))
    whole = [one.messages for one in line.bins]
    width = 0.82 if len(line.bins) >= _FEW else 0.4
    sensitive = [one.sensitive if known else 0 for one in line.bins]
    rest = [all_ - some for all_, some in zip(whole, sensitive, strict=True)]
    if known:
        axes.bar(places, sensitive, width, color=_SENSITIVE, hatch="////", label="sensitive")
    label = "other" if known else "messages (content not known)"
    axes.bar(places, rest, width, bottom=sensitive, color=_ALL, label=label)
    axes.set_xlim(-0.5 - (len(whole) < _FEW), len(whole) - 0.5 + (len(whole) < _FEW))
    axes.set_ylim(0, max(whole, default=1) * 1.06)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    step = max(1, -(-len(whole) // _TICKS))
    shown = list(places)[::step]
    axes.set_xticks(shown, [start(line.unit, line.bins[place].first) for place in shown])
    axes.set_ylabel(f"messages a {line.unit}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)


def _inline(svg: str, title: str, description: str) -> Markup:
    """Take the drawing out of its file: one root of our own, no style that would reach the page."""
    body = svg[svg.index("<svg") :]
    box = re.search(r'viewBox="([\d. ]+)"', body)
    inner = body[body.index(">") + 1 : body.rindex("</svg>")]
    inner = re.sub(
        r"<defs>\s*<style.*?</style>\s*</defs>|<metadata>.*?</metadata>", "", inner, flags=re.S
    )
    inner = re.sub(r"<metadata\s*/>|<!--.*?-->", "", inner, flags=re.S)
    inner = re.sub(r' fill="(#0\d0\d0\d)"', r' style="fill: \1"', inner)
    for colour, variable in VARIABLES.items():
        inner = inner.replace(colour, f"var({variable})")
    inner = re.sub(
        r'\bid="(?=(figure|axes|patch|text|xtick|ytick|matplotlib|line2d|legend)\w*_)',
        'id="plot-',
        inner,
    )
    view = box[1] if box else ""
    head = (
        f'<svg class="plot" role="img" aria-labelledby="plot-title plot-desc" viewBox="{view}">'
        f'<title id="plot-title">{escape(title)}</title><desc id="plot-desc">{escape(description)}</desc>'
    )
    return Markup(head + inner.strip() + "</svg>")  # noqa: S704 -- title and description are escaped
