"""The operators' pages: GET only shows, a review is a POST of our own form, strangers' names are text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.service.collection.happenings import NOW, bot, count, hit
from tests.service.exposure.samples import exposed, exposure
from tests.web.client import FROM_HERE, Client, hidden
from tests.web.operator_pages import fill, keep, open_empty, parts_of, serve_pages

from missent.errors import StoreUnavailable
from missent.service.exposure.exposure import State
from missent.service.exposure.receiving import SEEN_HELD
from missent.store.store import SqlStore
from missent.web.lookalikes import PAGE
from missent.web.operator_pages import add_operator_pages
from missent.web.operators import OperatorParts, path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Open an empty store."""
    store = open_empty(tmp_path)
    yield store
    store.close()


@pytest.fixture
def parts(store: SqlStore, tmp_path: Path) -> OperatorParts:
    """Put the pages together."""
    return parts_of(store, tmp_path)


@pytest.fixture
def client(parts: OperatorParts) -> Client:
    """Serve them."""
    return Client(serve_pages(parts))


@pytest.fixture
def root(parts: OperatorParts) -> str:
    """Give the path that their links begin with."""
    return path(parts.sealer)


def trail(store: SqlStore) -> list[str]:
    """Name what was audited of reviews."""
    return [event.kind for _, event, _ in store.trail() if event.kind.endswith("reviewed")]


def test_only_the_right_link_opens_the_pages(client: Client, root: str) -> None:
    """Every other token gets the same 404, by GET and by POST."""
    wrong = [f"{root}x", root[:-1], "/o/", "/o/%00", f"/o/{'a' * 5000}", f"{root.swapcase()}"]
    pages = {
        client.get(f"{one}/{name}").text for one in wrong for name in ("collection", "lookalikes")
    }
    assert len(pages) == 1
    assert all(client.get(f"{one}/collection").status_code == 404 for one in wrong)
    assert client.submit({"state": "blocked"}, path=f"{root}x/lookalikes").status_code == 404
    assert client.get(f"{root}/collection").status_code == 200


def test_the_page_of_what_came_says_it_all(client: Client, root: str, store: SqlStore) -> None:
    """Sentence, days as picture and figures, organisations, stored addresses, levels, basis."""
    fill(store)
    text = html.unescape(client.get(f"{root}/collection").text)
    assert "In 30 days 47 messages for army.mil came to army.ml; 26 were probably real" in text
    assert text.count("<rect") >= 20
    assert "ann@contractor.example" in text
    assert "3: harmful in the hands of strangers" in text
    assert "<script" not in text
    assert "style=" not in text


def test_the_period_is_one_of_four(client: Client, root: str, store: SqlStore) -> None:
    """Whatever else is asked for, thirty days are shown."""
    count(store, [hit("ann@contractor.example", "john@army.ml", ago) for ago in (3, 20)])
    assert "In 7 days 1 message" in client.get(f"{root}/collection?days=7").text
    for odd in ("8", "-1", "9999999999", "x", "7%20"):
        assert "In 30 days 2 messages" in client.get(f"{root}/collection?days={odd}").text


def test_names_from_strangers_are_escaped(client: Client, root: str, store: SqlStore) -> None:
    """A local part is neither markup nor an attribute."""
    wild = '"<script>alert(1)</script>"@contractor.example'
    count(store, [hit(wild, '"x onload=a"@army.ml', n) for n in range(4)])
    text = client.get(f"{root}/collection").text
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_get_never_writes(client: Client, root: str, store: SqlStore) -> None:
    """Scanners follow links: nothing is audited, nothing reviewed."""
    fill(store)
    before = len(list(store.trail()))
    for page in (
        "collection",
        "lookalikes",
        "lookalikes?page=3",
        "lookalikes?domain=army.ml&state=blocked",
    ):
        assert client.get(f"{root}/{page}").status_code == 200
    assert len(list(store.trail())) == before
    assert not store.reviews()


def test_the_map_has_figures_and_shades_that_agree(
    client: Client, root: str, store: SqlStore
) -> None:
    """The field with the most is the darkest; empty fields have no shade and say so."""
    keep(
        store,
        exposure(
            [
                exposed("army.ml", "army.mil", 90.0, suffix_slip=True),
                exposed("navy.ml", "navy.mil", 9.0, suffix_slip=True),
                exposed("armymil.com", "army.mil", 0.1),
            ]
        ),
    )
    text = client.get(f"{root}/lookalikes").text
    assert '<td class="n shade-5">90</td>' in text
    assert '<td class="n shade-2">9</td>' in text or '<td class="n shade-3">9</td>' in text
    assert '<td class="n shade-1">0.1</td>' in text
    assert '<td class="n shade-0"><span class="hint">–</span></td>' in text
    assert ".ml" in text


def test_every_factor_stands_beside_the_product(client: Client, root: str, store: SqlStore) -> None:
    """A product is never shown alone, and each factor says where it comes from."""
    fill(store)
    text = html.unescape(client.get(f"{root}/lookalikes").text)
    first = text.split('<li class="card"')[1]
    for part in (
        "Messages a year to",
        "Part with a typed address",
        "turned into this name",
        "A stranger can hold it",
        "Mail to it is taken",
        "your own figure",
        "from published cases",
        "multiplied",
    ):
        assert part in first


def test_a_later_run_is_shown_at_once(client: Client, root: str, store: SqlStore) -> None:
    """A run is read once; the next one, and what the logs of that one say, takes its place."""
    fill(store)
    assert "army.ml" in client.get(f"{root}/lookalikes").text
    took = exposed("navy.ml", "navy.mil", 5.0)
    took = replace(took, factors=replace(took.factors, registrable=SEEN_HELD, receiving=SEEN_HELD))
    keep(store, replace(exposure([took]), at=NOW))
    text = client.get(f"{root}/lookalikes").text
    assert "army.ml" not in text
    assert "Somebody holds it: it took mail of yours, by your logs." in text


def test_a_review_is_kept_audited_and_shown(client: Client, root: str, store: SqlStore) -> None:
    """The form's own fields and a choice: kept across runs, on the page of its row."""
    fill(store)
    text = client.get(f"{root}/lookalikes?page=2").text
    fields = {**hidden(text), "state": "watched", "note": " looks\r\nodd\u202e "}
    answer = client.submit(fields, path=f"{root}/lookalikes")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{root}/lookalikes?page=2#row-{PAGE + 1}"
    (review,) = store.reviews().values()
    assert (review.domain.ascii, review.state, review.note) == (
        fields["domain"],
        State.WATCHED,
        "looks odd",
    )
    assert trail(store) == ["exposure.reviewed"]
    shown = html.unescape(client.get(f"{root}/lookalikes?page=2").text)
    assert "Watch it, 31 Jul 2031: looks odd" in shown
    worst = {**hidden(client.get(f"{root}/lookalikes").text), "state": "blocked"}
    client.submit(worst, path=f"{root}/lookalikes")
    assert "you decided to block it" in client.get(f"{root}/lookalikes").text  # in the plan, too


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"csrf": "0" * 64}, 403),
        ({"csrf": ""}, 403),
        ({"state": "nonsense"}, 422),
        ({"domain": "elsewhere.example"}, 422),
        ({"domain": "not a domain"}, 422),
    ],
)
def test_a_review_that_is_not_of_our_form_changes_nothing(
    client: Client, root: str, store: SqlStore, change: dict[str, str], status: int
) -> None:
    """No token, no such state, no such look-alike: refused, and nothing is kept."""
    fill(store)
    fields = {**hidden(client.get(f"{root}/lookalikes").text), "state": "blocked", **change}
    assert client.submit(fields, path=f"{root}/lookalikes").status_code == status
    assert not store.reviews()
    assert trail(store) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused(
    client: Client, root: str, store: SqlStore, headers: dict[str, str]
) -> None:
    """Another site cannot review with the operator's browser, even with the right token."""
    fill(store)
    fields = {**hidden(client.get(f"{root}/lookalikes").text), "state": "blocked"}
    assert client.submit(fields, headers, path=f"{root}/lookalikes").status_code == 403
    assert client.submit(fields, FROM_HERE, path=f"{root}/lookalikes").status_code == 303


@pytest.mark.parametrize("page", ["0", "-4", "99999", "9999999", "x", "2.5", "²"])
def test_any_page_number_shows_a_page(
    client: Client, root: str, store: SqlStore, page: str
) -> None:
    """Numbers that are none are the first page, too large ones the last."""
    fill(store)
    assert client.get(f"{root}/lookalikes", params={"page": page}).status_code == 200


def test_the_pages_have_the_fence_and_are_not_in_the_schema(client: Client, root: str) -> None:
    """Same headers as the sender's page; the published interface does not name them."""
    answer = client.get(f"{root}/collection")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "/o/" not in client.get("/openapi.json").text


def test_a_store_that_is_down_is_a_calm_503(
    client: Client, root: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the fault is told."""

    def down(*_: object) -> object:
        raise StoreUnavailable("disk full at /secret/place")

    monkeypatch.setattr(type(store), "days", down)
    answer = client.get(f"{root}/collection")
    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_nothing_but_spam_lists_nobody(client: Client, root: str, store: SqlStore) -> None:
    """Spammers are counted and nobody is to be warned."""
    count(store, [bot(f"info{n}@army.ml", n) for n in range(4)])
    text = client.get(f"{root}/collection").text
    assert "all were probably spam" in text
    assert "Organisations that wrote" not in text


def test_an_operators_weight_is_told_with_the_row(
    client: Client, root: str, store: SqlStore
) -> None:
    """The order says why it is so when a country counts more."""
    one = exposed("army.ml", "army.mil", 9.0, suffix_slip=True)
    keep(store, exposure([replace(one, jurisdiction="restricted", weight=3.0)]))
    text = client.get(f"{root}/lookalikes").text
    assert "counts 3 times in this order (restricted)" in text


def test_the_collectors_own_application_serves_them_with_their_style(
    parts: OperatorParts, root: str
) -> None:
    """An application without a sender's page gets the style, too."""
    app = FastAPI()
    add_operator_pages(app, parts)
    bare = Client(app)
    page = bare.get(f"{root}/collection").text
    (style,) = re.findall(r'href="([^"]+\.css\?[^"]+)"', page)
    assert bare.get(style).status_code == 200
