"""The operators' pages and the digest in a real Chromium: desktop and phone, light and dark, by keyboard.

axe looks at every page that is reached; no script of ours runs, and nothing is asked of another address.
Set ``MISSENT_SCREENSHOTS`` to a folder to keep a picture of each.
"""

from __future__ import annotations

import email
import email.policy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.real.test_page_chromium import LOOKS, Visit, browser, served, window
from tests.service.collection.happenings import (
    BASIS,
    HEAD,
    NOW,
    OPERATOR,
    bot,
    count,
    hit,
    reported,
)
from tests.web.operator_pages import fill, open_empty, parts_of, serve_pages

from missent.mail.domain import DomainName
from missent.service.collection.digest import Digests
from missent.service.exposure.exposure import State
from missent.store.store import SqlStore
from missent.web.operators import path
from missent.web.settings import WebSettings

pytestmark = pytest.mark.real
__all__ = ["browser"]

COLLECTING = replace(
    BASIS, collects=True, legal_basis="Order 7 of the owner's data-protection officer"
)
Look = tuple[tuple[int, int], str]


@contextmanager
def visit(
    browser: Browser, store: SqlStore, folder: Path, name: str, look: Look = LOOKS[0]
) -> Iterator[tuple[Visit, str]]:
    """Serve the pages over a store and open a window on them; give the path they begin with, too."""
    settings = WebSettings("http://127.0.0.1", "Owner", timezone="Europe/London")
    parts = parts_of(store, folder, settings, COLLECTING)
    with served(serve_pages(parts, settings)) as base, window(browser, base, look) as page:
        yield Visit(page, base, f"{name}-{look[0][0]}-{look[1]}"), path(parts.sealer)


@pytest.mark.parametrize("look", LOOKS)
def test_what_came(browser: Browser, tmp_path: Path, look: Look) -> None:
    """The owner's page says the sentence, draws the days, and has the same in figures."""
    store = open_empty(tmp_path)
    fill(store)
    with visit(browser, store, tmp_path, "operator-collection", look) as (seen, root):
        page = seen.open(f"{root}/collection")
        expect(page.locator(".lead")).to_contain_text("47 messages for army.mil came to army.ml")
        page.get_by_text("The same in figures").click()
        expect(page.get_by_role("table").first).to_contain_text("31 Jul 2031")
        page.get_by_role("link", name="7 days").click()
        seen.look("week")
    store.close()


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    """A stranger's local part is neither markup nor a way to break the page's width."""
    store = open_empty(tmp_path)
    wild = '"<img src=x onerror=alert(1)>"@contractor.example'
    count(store, [hit(wild, f"{'w' * 60}@army.ml", n) for n in range(4)])
    with visit(browser, store, tmp_path, "operator-hostile", LOOKS[2]) as (seen, root):
        page = seen.open(f"{root}/collection")
        expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
        assert page.locator("img").count() == 0
    store.close()


@pytest.mark.parametrize("look", LOOKS)
def test_look_alikes_and_a_decision(browser: Browser, tmp_path: Path, look: Look) -> None:
    """The map, the rules, the plan and the names are there; a decision is kept and shown."""
    store = open_empty(tmp_path)
    fill(store)
    with visit(browser, store, tmp_path, "operator-lookalikes", look) as (seen, root):
        page = seen.open(f"{root}/lookalikes")
        expect(page.get_by_role("heading", name="Map of look-alikes")).to_be_visible()
        first = page.locator("ol.names > li").first
        first.locator("summary").click()
        seen.look("factors")
        first.get_by_label("Decision about").select_option("blocked")
        first.get_by_label("Note about").fill("blocked at the border")
        first.get_by_role("button", name="Keep").click()
        expect(page.locator("#row-1 .decision")).to_contain_text("Block it, 31 Jul 2031")
        expect(page.locator("#row-1 .decision")).to_contain_text("blocked at the border")
        seen.look("decided")
    (review,) = store.reviews().values()
    assert (review.state, review.note) == (State.BLOCKED, "blocked at the border")
    assert isinstance(review.domain, DomainName)
    store.close()


def test_decision_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Summary, choice and button are reached and used without a mouse."""
    store = open_empty(tmp_path)
    fill(store)
    with visit(browser, store, tmp_path, "operator-keys") as (seen, root):
        page = seen.open(f"{root}/lookalikes")
        first = page.locator("ol.names > li").first
        first.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(first.get_by_label("Decision about")).to_be_focused()
        page.keyboard.press("w")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#row-1 .decision")).to_contain_text("Watch it")
    store.close()


def test_nothing_yet(browser: Browser, tmp_path: Path) -> None:
    """Empty pages are calm and say what to do; a wrong link opens nothing."""
    store = open_empty(tmp_path)
    with visit(browser, store, tmp_path, "operator-empty") as (seen, root):
        page = seen.open(f"{root}/collection")
        expect(page.locator(".lead")).to_have_text("In 30 days no message came to army.ml.")
        page.get_by_role("link", name="Look-alikes").click()
        seen.look("lookalikes")
        expect(page.locator(".lead")).to_contain_text("Nothing was ranked yet")
        page.goto(f"{seen.base}{root}x/collection")
        seen.look("gone")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    store.close()


@pytest.mark.parametrize("look", LOOKS)
def test_digest_as_mail_programs_show_it(browser: Browser, tmp_path: Path, look: Look) -> None:
    """The digest's HTML fits a phone, has no link and asks nothing of anybody."""
    store = open_empty(tmp_path)
    fill(store)
    count(store, [bot(f"sales{n}@army.ml", n / 9) for n in range(9)])
    data = Digests(HEAD).letter(reported(store, COLLECTING), OPERATOR, NOW)
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("html",))
    assert body is not None
    (width, height), scheme = look
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    asked: list[str] = []
    page: Page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(str(body.get_content()))
    folder = os.environ.get("MISSENT_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"digest-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("a, img").count() == 0
    assert asked == []
    context.close()
    store.close()
