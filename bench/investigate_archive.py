"""Own the measures of an archive: its headers alone, and the whole investigation with content.

The archive is that of `bench.mailarchive`. Headers: every message's names, by the engine in one process.
With content: the whole command, which reads the content of what was misdirected. Figures are messages a
second of CPU time, of all processes, so a core's.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench import Line
from bench.investigating import Mail, agreed, engine, investigate, report_of
from bench.truth import agreement

HEADERS, CONTENT = 8_000, 2_000
"""Messages a second, at least."""


def headers(mail: Mail) -> Iterator[Line]:
    """Read every header."""
    path, truth = mail.mbox()
    speeds, right = [], True
    for number in range(mail.rounds):
        found = engine("names", path)
        speeds.append(truth.messages / float(found["cpu"]))
        right = right and found["counts"]["messages"] == truth.messages
        yield {"round": number + 1, "messages_per_cpu_s": round(speeds[-1])}
    median = statistics.median(speeds)
    yield {
        "messages": truth.messages,
        "messages_per_cpu_s": round(median),
        "right": right,
        "goal": HEADERS,
        "met": right and median >= HEADERS,
    }


def content(mail: Mail) -> Iterator[Line]:
    """Investigate it."""
    path, truth = mail.mbox()
    speeds, right = [], True
    for number in range(mail.rounds):
        command, out = investigate(mail.folder, [path])
        report = report_of(out)
        found = agreement(report, truth)
        speeds.append(truth.messages / command.cpu)
        right = right and found.exact == found.found > 0
        yield {
            "round": number + 1,
            "messages_per_cpu_s": round(speeds[-1]),
            "cpu_s": round(command.cpu, 2),
            "wall_s": round(command.wall, 2),
            "peak_anonymous_mb": round(command.peak_mb, 1),
        }
    median = statistics.median(speeds)
    sensitive = report["sensitivity"].get("sensitive")
    yield {
        "messages": truth.messages,
        "messages_per_cpu_s": round(median),
        **agreed(found),
        "misdirected": [report["misdirected"], truth.misdirected],
        "sensitive": [sensitive, truth.sensitive],
        "right": right,
        "goal": CONTENT,
        "met": right and median >= CONTENT,
    }
