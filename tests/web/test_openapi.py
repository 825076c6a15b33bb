"""The API keeps what its own OpenAPI says, whatever is sent to it."""

from __future__ import annotations

import hashlib
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.web.client import Client, serve
from tests.web.fake_desk import FakeDesk

from missent.web.keys import Key, KeyRing

SECRET = "missent_schemathesis"
_KEY = Key("test", hashlib.sha256(SECRET.encode()).hexdigest(), ("*",), per_minute=60_000)
_APP = serve(FakeDesk(), keys=KeyRing((_KEY,)))
schema = schemathesis.openapi.from_asgi("/openapi.json", _APP)


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_api_keeps_its_own_description(case: schemathesis.Case[Any]) -> None:
    """Valid and invalid calls get a described status, type and body; without a key, 401."""
    case.call_and_validate(
        headers={"Authorization": f"Bearer {SECRET}"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            negative_data_rejection,
            ignored_auth,
            unsupported_method,
        ],
    )


def test_description_says_how_it_fails() -> None:
    """Errors, the bearer key and the two calls are described; no page that loads from elsewhere."""
    client = Client(_APP)
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {"/v1/check", "/v1/answers"}
    answers = described["paths"]["/v1/check"]["post"]["responses"]
    assert {"200", "401", "403", "413", "422", "429"} <= set(answers)
    for status, answer in answers.items():
        media = "application/json" if status == "200" else "application/problem+json"
        assert list(answer["content"]) == [media]
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404
