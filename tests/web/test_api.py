"""The check API: the contract's keys and codes, keys bound to senders, and no value repeated."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from tests.web.client import BASE, Client, serve
from tests.web.fake_desk import ARMY, FakeDesk

from missent.judge.hold import Choice
from missent.web.api import MAX_RECIPIENTS
from missent.web.keys import Key, KeyRing
from missent.web.security import API_BODY
from missent.web.settings import WebSettings

SECRET = "missent_test-secret"
ANN = "ann@contractor.example"
QUESTION: dict[str, Any] = {"from": ANN, "to": ["john@army.ml"]}


def key(**more: Any) -> Key:
    """Make the key whose secret is `SECRET`."""
    fields: dict[str, Any] = {"name": "webmail", "senders": ("*@contractor.example",)} | more
    return Key(sha256=hashlib.sha256(SECRET.encode()).hexdigest(), **fields)


def asked(desk: FakeDesk | None = None, **more: Any) -> Client:
    """Serve an API that knows one key."""
    return Client(serve(desk or FakeDesk(), keys=KeyRing((key(**more),))))


def problem(response: Any, status: int) -> dict[str, Any]:
    """Check that a response is a problem of that status."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "detail", "errors"} == set(body)
    assert body["status"] == status
    assert isinstance(body, dict)
    return body


def test_answer_has_exactly_the_contract_keys() -> None:
    """Clients are built on these keys; facts and other inner matters stay inside."""
    body = asked().ask("/v1/check", QUESTION, SECRET).json()
    assert set(body) == {"check_id", "verdicts"}
    (verdict,) = body["verdicts"]
    assert set(verdict) == {
        "recipient",
        "action",
        "misdirection",
        "sensitivity",
        "suggestion",
        "rule",
        "findings",
    }
    assert set(verdict["findings"][0]) == {"signal", "about", "weight", "because", "suggestion"}
    assert (verdict["recipient"], verdict["action"]) == ("john@army.ml", "hold")
    assert verdict["suggestion"] == "john@army.mil"
    assert "214 times" in verdict["findings"][0]["because"]


def test_question_reaches_the_desk_whole() -> None:
    """All recipients in order and once each, the subject, names and sizes."""
    desk = FakeDesk()
    question = QUESTION | {
        "cc": ["mary@contractor.example", "JOHN@army.ml"],
        "bcc": ["rob@navy.mil"],
        "subject": "Crew list",
        "attachments": [{"name": "crew.xlsx", "size": 20480}],
    }
    asked(desk).ask("/v1/check", question, SECRET)
    (request,) = desk.checks
    assert [m.wire for m in request.recipients] == [
        "john@army.ml",
        "mary@contractor.example",
        "rob@navy.mil",
    ]
    assert (request.subject, request.attachments) == ("Crew list", (("crew.xlsx", 20480),))


def test_bcc_alone_is_enough() -> None:
    """A message to nobody but blind copies is a message."""
    question = {"from": ANN, "to": [], "bcc": ["john@army.ml"]}
    assert asked().ask("/v1/check", question, SECRET).status_code == 200


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "\udcff"])
def test_no_key_no_answer(secret: str | None) -> None:
    """Without a known key there is nothing but a challenge."""
    headers = (
        {} if secret is None else {"Authorization": f"Bearer {secret}".encode("utf-8", "replace")}
    )
    response = asked().request("POST", "/v1/check", json=QUESTION, headers=headers)
    problem(response, 401)
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_other_schemes_are_no_key() -> None:
    """Basic authentication is not ours."""
    headers = {"Authorization": "Basic YTpi"}
    problem(asked().request("POST", "/v1/check", json=QUESTION, headers=headers), 401)


def test_key_is_bound_to_its_senders() -> None:
    """A key asks only for those it was made for; the desk is not even asked."""
    desk = FakeDesk()
    client = asked(desk, senders=("mary@contractor.example",))
    body = problem(client.ask("/v1/check", QUESTION, SECRET), 403)
    assert ANN not in json.dumps(body)
    assert desk.checks == []
    assert client.ask(
        "/v1/check", QUESTION | {"from": "Mary@contractor.example"}, SECRET
    ).is_success


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "SECRET"}, "from"),
        ({"to": ["john@army.mil", "SECRET"]}, "to[1]"),
        ({"cc": ["SECRET@"]}, "cc[0]"),
        ({"bcc": ["a b@SECRET"]}, "bcc[0]"),
        ({"to": []}, "to"),
        ({"to": "SECRET"}, "to"),
        ({"to": [7]}, "to[0]"),
        ({"subject": ["SECRET"]}, "subject"),
        ({"attachments": [{"name": "SECRET", "size": -1}]}, "attachments[0].size"),
        ({"attachments": [{"name": "SECRET", "size": "SECRET"}]}, "attachments[0].size"),
        ({"SECRET": 1}, "body"),
        ({"attachments": [{"name": "x", "SECRET": 1}]}, "attachments[0]"),
        ({"to": ["x" * 400]}, "to[0]"),
    ],
)
def test_fault_names_the_field_and_never_the_value(change: dict[str, Any], field: str) -> None:
    """What is wrong is told by field, so that a log of answers holds no content (law 8)."""
    response = asked().ask("/v1/check", QUESTION | change, SECRET)
    body = problem(response, 422)
    assert [fault["field"] for fault in body["errors"]] == [field]
    assert "SECRET" not in response.text


@pytest.mark.parametrize("missing", ["from", "to"])
def test_from_and_to_are_required(missing: str) -> None:
    """The contract's two required fields."""
    question = {name: value for name, value in QUESTION.items() if name != missing}
    body = problem(asked().ask("/v1/check", question, SECRET), 422)
    assert body["errors"][0]["field"] == missing


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"from": "\xff"}',
        b"[" * 100_000,
        b'{"from":"\\ud800@x.example","to":["a\\ud800"]}',
    ],
)
def test_what_is_not_json_of_ours_is_422(body: bytes) -> None:
    """No bytes make it fall over."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
    problem(asked().request("POST", "/v1/check", content=body, headers=headers), 422)


def test_json_needs_its_content_type() -> None:
    """A web page can post text/plain anywhere without asking; it is not read."""
    headers = {"Content-Type": "text/plain", "Authorization": f"Bearer {SECRET}"}
    content = json.dumps(QUESTION).encode()
    problem(asked().request("POST", "/v1/check", content=content, headers=headers), 422)


def test_too_big_is_413() -> None:
    """A body over 256 KiB is refused, whether or not it says its length; so are too many recipients."""
    client = asked()
    big = QUESTION | {"subject": "x" * API_BODY}
    problem(client.ask("/v1/check", big, SECRET), 413)
    many = QUESTION | {"to": ["john@army.ml"] * (MAX_RECIPIENTS + 1)}
    problem(client.ask("/v1/check", many, SECRET), 413)


def test_rate_is_per_key() -> None:
    """Beyond its rate a key is told how long to wait."""
    client = asked(per_minute=3)
    assert [client.ask("/v1/check", QUESTION, SECRET).status_code for _ in range(3)] == [200] * 3
    response = client.ask("/v1/check", QUESTION, SECRET)
    problem(response, 429)
    assert 1 <= int(response.headers["retry-after"]) <= 20


def test_shared_key_learns_no_counts() -> None:
    """A key that several people know is no address-book oracle: no digit of the evidence gets out."""
    body = asked(shared=True).ask("/v1/check", QUESTION, SECRET).json()
    (verdict,) = body["verdicts"]
    assert verdict["suggestion"] == "john@army.mil"
    sentences = [finding["because"] for finding in verdict["findings"]]
    assert sentences[0] == "this address looks like john@army.mil"
    assert not any(char.isdigit() for sentence in sentences for char in sentence)
    assert [finding["weight"] for finding in verdict["findings"]] == [5.0, 0.0, -0.0]


def test_answers_are_handed_on_with_the_key_s_senders() -> None:
    """The desk decides whether the check is this key's; it gets the key's patterns."""
    desk = FakeDesk()
    answer = {"check_id": "check-1", "recipient": "john@army.ml", "choice": "confirm"}
    response = asked(desk).ask("/v1/answers", answer, SECRET)
    assert (response.status_code, response.json()) == (200, answer)
    expected = (ARMY.mailbox, Choice.CONFIRM, ("*@contractor.example",))
    assert desk.writes == [("answer_check", expected)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"check_id": "other"}, 404),
        ({"check_id": ""}, 422),
        ({"recipient": "SECRET"}, 422),
        ({"choice": "SECRET"}, 422),
        ({"choice": "release"}, 422),
        ({"SECRET": "x"}, 422),
    ],
)
def test_bad_answers_are_problems(change: dict[str, str], status: int) -> None:
    """An unknown check is 404, a field that cannot be used 422, and neither repeats what was sent."""
    desk = FakeDesk()
    answer = {"check_id": "check-1", "recipient": "john@army.ml", "choice": "confirm"} | change
    response = asked(desk).ask("/v1/answers", answer, SECRET)
    problem(response, status)
    assert "SECRET" not in response.text
    assert desk.writes == []


def test_store_down_is_503() -> None:
    """The caller is asked to come back; what a missing answer means is its own choice."""
    response = asked(FakeDesk(down=True)).ask("/v1/check", QUESTION, SECRET)
    problem(response, 503)
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/v1/check", "GET", 405), ("/v1/nothing", "GET", 404), ("/v1/", "POST", 404)],
)
def test_router_speaks_problems_too(path: str, method: str, status: int) -> None:
    """Everything under /v1 answers programs."""
    problem(asked().request(method, path), status)


DEMO = WebSettings(BASE, "Contractor", open_loopback_api=True)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 401),
        ("127.0.0.1", {"Host": "rebound.example"}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 401),
        ("127.0.0.1", {"Authorization": "Bearer wrong"}, 401),
    ],
)
def test_demo_needs_no_key_from_this_machine(
    address: str, headers: dict[str, str], status: int
) -> None:
    """Only the demo, only loopback, not through a proxy, and not by another name for loopback."""
    client = Client(serve(FakeDesk(), settings=DEMO), address)
    response = client.request("POST", "/v1/check", json=QUESTION, headers=headers)
    assert response.status_code == status


def test_loopback_needs_a_key_outside_the_demo() -> None:
    """The default is closed."""
    response = Client(serve(FakeDesk()), "127.0.0.1").ask("/v1/check", QUESTION)
    assert response.status_code == 401
