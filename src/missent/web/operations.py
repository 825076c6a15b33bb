"""Own what operators' machines ask: is it alive, is it ready, how is it doing. No address in any.

``/healthz`` asks nothing of anybody, so it answers as long as the process can; ``/readyz`` proves
that the store can commit; ``/metrics`` is the registry's counters and what the store counts now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from missent import metrics
from missent.errors import ServiceError

_KNOWN: Mapping[str, metrics.Metric] = {metric.name: metric for metric in metrics.ALL}
_GAUGE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{(?:[a-z_]+=)?"?([A-Za-z0-9_.-]*)"?\})?\Z')


class Watched(Protocol):
    """What is watched: the guard's desk, or a collector."""

    def ready(self) -> None:
        """Raise `StoreUnavailable` if nothing could be committed now."""
        ...

    def gauges(self) -> Mapping[str, float]:
        """Give what the metrics page shows of the store, now."""
        ...


def operations_router(desk: Watched, registry: CollectorRegistry) -> APIRouter:
    """Make ``/healthz``, ``/readyz`` and ``/metrics``."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz(response: Response) -> dict[str, str]:
        try:
            desk.ready()
        except ServiceError:
            response.status_code = 503
            return {"status": "unavailable"}
        return {"status": "ready"}

    @router.api_route("/metrics", methods=["GET", "HEAD"])
    def show_metrics() -> Response:
        now = CollectorRegistry(auto_describe=False)
        now.register(_Now(_gauges(desk)))
        text = generate_latest(registry) + generate_latest(now)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return router


def _gauges(desk: Watched) -> Mapping[str, float]:
    try:
        return desk.gauges()
    except ServiceError:
        return {}  # the counters are still worth having while the store is down


class _Now(Collector):
    """The store's gauges at one moment, as ``name`` or ``name{label value}``."""

    def __init__(self, gauges: Mapping[str, float]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Family]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, label, value in _split(self._gauges):
            family = families.get(name)
            if family is None:
                known = _KNOWN.get(name)
                text = known.help if known else "Of the store, now."
                labels = (known.labels if known else ()) or ("kind",)
                family = GaugeMetricFamily(name, text, labels=labels if label is not None else None)
                families[name] = family
            family.add_metric([] if label is None else [label], value)
        return families.values()


def _split(gauges: Mapping[str, float]) -> Iterator[tuple[str, str | None, float]]:
    for key, value in sorted(gauges.items()):
        match = _GAUGE.match(key)
        if match:
            yield match[1], match[2], value
