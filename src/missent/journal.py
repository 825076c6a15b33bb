"""Own what is logged and counted of passing mail: one line a message, addresses masked.

A line names ids, edges, rules and times; never a subject, a body or a whole local part (law 8).
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Mapping
from typing import TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from missent import metrics
from missent.judge.verdict import Verdict
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.metrics import Metric
from missent.service.guard import Decision


def set_up_logging(*, as_json: bool = False, level: int = logging.INFO) -> None:
    """Write logs from `level` on to standard error, one line an event: key=value, or JSON."""
    renderer: structlog.typing.Processor = structlog.processors.LogfmtRenderer(
        key_order=["timestamp", "level", "event"], drop_missing=True
    )
    if as_json:
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", _Forgiving(sys.stderr))),
        cache_logger_on_first_use=True,
    )


class _Forgiving(io.TextIOBase):
    """A stream whose trouble stops nobody: a full disk under the log must cost no mail and no count."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it, if it can be written."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush it, if it can be."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class Journal:
    """Implements the edges' `EdgeLog` and the service's `Counters`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._log = structlog.get_logger("missent")
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        for metric in metrics.ALL:
            if metric.kind == "counter":
                self._counters[metric.name] = Counter(
                    metric.name, metric.help, metric.labels, registry=registry
                )
            elif metric.kind == "histogram":
                self._histograms[metric.name] = Histogram(
                    metric.name, metric.help, metric.labels, registry=registry
                )

    def count(self, metric: Metric, *labels: str, by: int = 1) -> None:
        """Add one, or `by`."""
        counter = self._counters[metric.name]
        (counter.labels(*labels) if labels else counter).inc(by)

    def judged(self, edge: str, envelope: Envelope, decision: Decision, seconds: float) -> None:
        """Log and count one message that was judged; `seconds` from its end to the verdict."""
        self.count(metrics.MESSAGES, edge)
        self._histograms[metrics.CHECK_SECONDS.name].labels(edge).observe(seconds)
        for verdict in decision.verdicts.values():
            self.count(metrics.VERDICTS, edge, verdict.action.value)
        self._log.info(
            "judged",
            edge=edge,
            id=envelope.transaction_id,
            sender=envelope.sender.log if envelope.sender else "<>",
            delivered=len(decision.deliver),
            withheld=len(decision.withheld),
            hold=decision.hold_id,
            verdicts=_verdicts(decision.verdicts),
            ms=round(seconds * 1000, 1),
        )

    def refused(self, edge: str, reason: str, transaction_id: str) -> None:
        """Log and count one message or recipient an edge refused; `reason` is one of our own words."""
        self.count(metrics.REFUSALS, edge, reason)
        self._log.warning("refused", edge=edge, id=transaction_id, reason=reason)

    def note(self, event: str, **facts: str | int | float | bool | None) -> None:
        """Log something the operator should see."""
        self._log.info(event, **facts)

    def alarm(self, event: str, **facts: str | int | float | bool | None) -> None:
        """Log something the operator should act on."""
        self._log.warning(event, **facts)

    def trouble(self, event: str, **facts: str | int | float | bool | None) -> None:
        """Log something that went wrong."""
        self._log.error(event, **facts)


def _verdicts(verdicts: Mapping[Mailbox, Verdict]) -> str:
    """Give recipient, action, probability and rule of each that has findings."""
    return ",".join(
        f"{v.recipient.log}:{v.action.value}:{v.misdirection:.3f}:{v.rule.replace(' ', '_')}"
        for v in verdicts.values()
        if v.findings
    )
