"""What operators' machines ask."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families
from tests.web.client import SETTINGS, Client, serve
from tests.web.fake_desk import FakeDesk

from missent.web.app import create_app
from missent.web.keys import KeyRing


def test_health_asks_nobody() -> None:
    """The process lives even while its store is down; that is what readiness tells."""
    client = Client(serve(FakeDesk(down=True)))
    assert client.get("/healthz").status_code == 200
    assert client.request("HEAD", "/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_ready_while_it_can_commit() -> None:
    """200 as soon as the store can commit."""
    assert Client(serve(FakeDesk())).get("/readyz").json() == {"status": "ready"}


def test_metrics_are_the_registry_and_the_store() -> None:
    """Counters of all edges and the store's gauges, in Prometheus' text format."""
    registry = CollectorRegistry()
    Counter("missent_messages", "Messages.", ("edge",), registry=registry).labels("milter").inc()
    client = Client(create_app(FakeDesk(), SETTINGS, KeyRing(), registry))
    families = {f.name: f for f in text_string_to_metric_families(client.get("/metrics").text)}
    assert families["missent_messages"].samples[0].value == 1.0
    assert families["missent_held_messages"].samples[0].value == 1.0
    assert families["missent_held_messages"].type == "gauge"


def test_metrics_survive_the_store() -> None:
    """Counters are still there while the store is down."""
    response = Client(serve(FakeDesk(down=True))).get("/metrics")
    assert response.status_code == 200
    assert "missent_held_messages" not in response.text


def test_metrics_by_kind() -> None:
    """A gauge with a label value in braces becomes one sample of its family."""

    class Kinds(FakeDesk):
        def gauges(self) -> dict[str, float]:
            return {
                "missent_outbox_pending{notice}": 2.0,
                'missent_outbox_pending{kind="code"}': 1.0,
            }

    text = Client(serve(Kinds())).get("/metrics").text
    assert 'missent_outbox_pending{kind="notice"} 2.0' in text
    assert 'missent_outbox_pending{kind="code"} 1.0' in text
