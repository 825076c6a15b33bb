"""Own the files of an investigation, in one folder.

report.html is for people, report.json and deliveries.csv for programs; policy.toml makes the guard hold
what went wrong, indicators.json (STIX 2.1) and indicators.csv tell others.

The page is one file that asks for nothing else: style and plot stand inside it, its policy forbids
everything but these, and there is no script. All text of strangers is escaped, and none of it is a link.
The same incident gives the same bytes: no date of today, no path of this machine. The files name
people's addresses, so only their owner may read them. Each is written beside its place and renamed, so
that a report is never half a report.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from missent.engine import incident_plot, plots
from missent.errors import OperatorError
from missent.service.investigation import tables
from missent.service.investigation.breach import CLOCK, breach_notice
from missent.service.investigation.cells import Table
from missent.service.investigation.deliveries import SAFETY, deliveries_csv
from missent.service.investigation.guarding import fragment
from missent.service.investigation.incident import Incident
from missent.service.investigation.indicators import indicators_csv, stix
from missent.service.investigation.plain import to_plain
from missent.service.investigation.sentences import asides, counted, listed, sentence, shown, span
from missent.service.investigation.timeline import Timeline, Unit, timeline

PAGE, FIGURES, DELIVERIES = "report.html", "report.json", "deliveries.csv"
POLICY, STIX, INDICATORS = "policy.toml", "indicators.json", "indicators.csv"
_OURS_NAMED = 2
_SEAM = re.compile(r"(?=@)|(?<=[._-])(?=[^._-])")
_RUN = re.compile(r".{1,24}", re.DOTALL)
_TABLES: Mapping[str, Callable[[Incident], Table]] = MappingProxyType(
    {
        make.__name__: make
        for make in (
            tables.wrong_domains,
            tables.pairs,
            tables.persistent,
            tables.control,
            tables.refused,
            tables.levels,
            tables.categories,
            tables.people,
            tables.names,
            tables.to_warn,
            tables.doubtful,
            tables.inputs,
            tables.skipped,
        )
    }
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure of the first screen."""

    label: str
    value: str
    note: str = ""


def check(out: Path) -> None:
    """Make sure that a report can be written, before hours are spent. Raises `OperatorError`."""
    if not plots.present():
        plots.require()
    _folder(out)


def write_report(out: Path, incident: Incident) -> None:
    """Write all files into the folder `out`, which is made if absent. Raises `OperatorError`."""
    plots.require()
    files = {
        DELIVERIES: deliveries_csv(incident),
        FIGURES: _json(to_plain(incident)),
        POLICY: fragment(incident),
        STIX: _json(stix(incident)),
        INDICATORS: indicators_csv(incident),
        PAGE: page(incident),
    }
    _folder(out)
    try:
        _put(out, {name: text.encode("utf-8", "backslashreplace") for name, text in files.items()})
    except OSError as error:
        raise OperatorError(f"{out}: the report cannot be written: {error.strerror}") from None


def _json(plain: object) -> str:
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def page(incident: Incident) -> str:
    """Render the page."""
    line = timeline(incident.by_day)
    template = _environment().get_template("report.html")
    return template.render(
        incident=incident,
        title=_title(incident),
        sentence=sentence(incident),
        asides=asides(incident),
        figures=tuple(_figures(incident)),
        covers=_covers(incident),
        known=bool(incident.sensitivity.examined),
        line=line,
        plot=_plot(incident, line),
        days=tables.days(incident, line),
        tables={name: make(incident) for name, make in _TABLES.items()},
        notice=breach_notice(incident),
        clock=CLOCK,
        safety=SAFETY,
    )


# --- what the page says --------------------------------------------------------------------------


def _title(incident: Incident) -> str:
    ours = [shown(domain) for domain in incident.ours[:_OURS_NAMED]]
    if more := len(incident.ours) - len(ours):
        ours.append(counted(more, "more domain"))
    return f"Misdirected mail of {listed(ours)}" if ours else "Misdirected mail"


def _covers(incident: Incident) -> str:
    if not (incident.since and incident.until):
        return ""
    return span(incident.since, incident.until)


def _figures(incident: Incident) -> Iterator[Figure]:
    held = incident.sensitivity
    of = f"of {incident.messages:,} in the sources"
    yield _count(
        incident.misdirected, "message reached", "messages reached", " a wrong destination", of
    )
    yield _count(incident.senders, "sender", "senders")
    yield _count(len(incident.destinations), "wrong domain", "wrong domains", " that took mail")
    unseen = f"{held.unseen:,} more without content" if held.examined and held.unseen else ""
    yield Figure("with sensitive content", _known(incident, held.sensitive), unseen)
    yield Figure("people named in them", _known(incident, incident.people.people))
    if incident.first and incident.last:
        days = counted(len(incident.by_day), "day")
        yield Figure("first and last", span(incident.first, incident.last), f"on {days}, UTC")
    waits = f"{incident.pending:,} more still waiting" if incident.pending else ""
    yield Figure("bounced, not counted", f"{incident.bounced:,}", waits)


def _count(number: int, one: str, many: str, rest: str = "", note: str = "") -> Figure:
    return Figure((one if number == 1 else many) + rest, f"{number:,}", note)


def _known(incident: Incident, value: int) -> str:
    return f"{value:,}" if incident.sensitivity.examined else "not known"


def _plot(incident: Incident, line: Timeline) -> Markup | None:
    most = line.most
    if most is None:
        return None
    names = {Unit.DAY: "on", Unit.WEEK: "in the week from", Unit.MONTH: "in", Unit.YEAR: "in"}
    when = f"{names[line.unit]} {tables.start(line.unit, most.first)}"
    return incident_plot.by_day(
        line,
        known=bool(incident.sensitivity.examined),
        title=f"Messages that reached a wrong destination, by {line.unit}",
        description=f"Bars; the most, {most.messages:,}, {when}. The table below has the same numbers.",
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("missent", "data/incident"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(text: str) -> Markup:
    """Let a long address break where a reader would break it; no character is added to it."""
    runs = (_RUN.findall(part) for part in _SEAM.split(text))
    return Markup("<wbr>").join(escape(run) for part in runs for run in part)


# --- files ---------------------------------------------------------------------------------------


def _folder(out: Path) -> None:
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise OperatorError(f"{out}: is a file; --out names a folder") from None
    except OSError as error:
        raise OperatorError(f"{out}: cannot be made: {error.strerror}") from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise OperatorError(f"{out}: cannot be written to")


def _put(out: Path, files: Mapping[str, bytes]) -> None:
    """Write all files, then give them their names, the page last."""
    written: dict[Path, str] = {}
    try:
        for name, content in files.items():
            handle, path = tempfile.mkstemp(prefix=f".{name}.", dir=out)
            written[Path(path)] = name
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for made in list(written):
            made.replace(out / written[made])
            del written[made]
    finally:
        for left in written:
            left.unlink(missing_ok=True)
