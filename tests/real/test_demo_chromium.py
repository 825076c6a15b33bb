"""A person in a browser, on the real guard: the demo, driven through Chromium, button by button."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.real.conftest import require

pytestmark = pytest.mark.real
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture
def site() -> Iterator[str]:
    """Run `missent demo` and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "missent.cli", "demo", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium."""
    require("chromium")
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=sorted(SIZES))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Give a window of desktop or phone size."""
    width, height = SIZES[request.param]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(30_000)
    yield page
    page.close()


def _open_notice(page: Page, site: str) -> None:
    """Follow the link in the notice Ann gets for the mail the demo opens with."""
    page.goto(f"{site}/?live=no")
    link = page.get_by_role("link", name="Open the link")
    _reload_until(page, site, lambda: link.count() > 0)
    link.click()
    page.get_by_role("heading", level=1).wait_for()


def _reload_until(page: Page, site: str, seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not seen():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.3)
        page.goto(f"{site}/?live=no")


def _inbox(page: Page, site: str, title: str) -> str:
    page.goto(f"{site}/?live=no")
    column = page.locator("section", has=page.get_by_role("heading", name=title, exact=True)).last
    return column.inner_text()


def test_correct(page: Page, site: str) -> None:
    """Correct: John has the mail, Mali nothing."""
    _open_notice(page, site)
    page.get_by_role("button", name="Correct to john@army.mil").click()
    _reload_until(page, site, lambda: "Crew for Thursday" in _inbox(page, site, "John"))
    assert "Crew for Thursday" not in _inbox(page, site, "Mali")


def test_the_replay_shows_where_it_would_go(page: Page, site: str) -> None:
    """The second button: with the guard off, Mali has the mail and John has not."""
    _open_notice(page, site)
    page.goto(f"{site}/?live=no")
    page.get_by_role("button", name="Replay with the guard off").click()
    _reload_until(page, site, lambda: "Crew for Thursday" in _inbox(page, site, "Mali"))
    assert "Crew for Thursday" not in _inbox(page, site, "John")


def test_do_not_send(page: Page, site: str) -> None:
    """Do not send: nobody has it but Mary."""
    _open_notice(page, site)
    page.get_by_role("button", name="Do not send").click()
    page.get_by_text("Nothing is left to decide").first.wait_for()
    assert "Crew for Thursday" in _inbox(page, site, "Mary")
    for title in ("John", "Mali"):
        assert "Crew for Thursday" not in _inbox(page, site, title)


def test_send_as_typed_takes_a_code(page: Page, browser: Browser, site: str) -> None:
    """Send as typed: a code comes to Ann's mailbox; with it the mail goes to where she typed."""
    _open_notice(page, site)
    page.get_by_role("button", name="Send as typed").click()
    page.get_by_role("heading", name="Enter the code we mailed you").wait_for()
    other = browser.new_page()
    code = re.compile(r"\b\d{4} ?\d{4}\b")
    _reload_until(other, site, lambda: code.search(_inbox(other, site, "Ann")) is not None)
    assert "Crew for Thursday" not in _inbox(other, site, "Mali")
    found = code.search(_inbox(other, site, "Ann"))
    assert found is not None
    page.get_by_label("Code").fill(found.group())
    page.locator("button.primary").click()
    _reload_until(other, site, lambda: "Crew for Thursday" in _inbox(other, site, "Mali"))
    other.close()
