"""The sender's page in a real Chromium: desktop and phone, light and dark, mouse and keyboard.

A served application around a desk in memory; axe looks at every page that is reached. Set
``MISSENT_SCREENSHOTS`` to a folder to keep a picture of each.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright
from prometheus_client import CollectorRegistry
from tests.web.fake_desk import ARMY, CODE, NAVY, NOW, TOKEN, FakeDesk, clean, held, slip

from missent.judge.hold import Choice, Event, State
from missent.mail.mailbox import Mailbox
from missent.web.app import create_app, serve_config
from missent.web.inbox import Inbox, InboxMessage, inbox_router
from missent.web.keys import KeyRing
from missent.web.settings import WebSettings

pytestmark = pytest.mark.real

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
DESKTOP, PHONE = (1280, 900), (390, 844)
LOOKS = [(size, scheme) for size in (DESKTOP, PHONE) for scheme in ("light", "dark")]
START_SECONDS = 10.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once; without one, skip, or fail where CI promises one."""
    path = shutil.which("chromium")
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of loopback; give its address."""
    server = uvicorn.Server(serve_config(app, "127.0.0.1", 0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)


@dataclass
class Visit:
    """One open page and what it is served from."""

    page: Page
    base: str
    name: str

    def open(self, path: str = f"/h/{TOKEN}") -> Page:
        """Go there and look."""
        self.page.goto(self.base + path)
        self.look("first")
        return self.page

    def look(self, step: str) -> None:
        """Let axe look at the page, and keep a picture if asked to."""
        results = Axe().run(self.page)
        found = [(fault["id"], fault["help"]) for fault in results.response["violations"]]
        folder = os.environ.get("MISSENT_SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{self.name}-{step}.png"
            self.page.screenshot(path=path, full_page=True)
        assert found == []
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width


@contextmanager
def visit(
    browser: Browser, desk: FakeDesk, name: str, look: tuple[tuple[int, int], str] = LOOKS[0]
) -> Iterator[Visit]:
    """Serve a desk and open a window on it; nothing may be asked of any other address."""
    settings = WebSettings("http://127.0.0.1", "Contractor", timezone="Europe/London")
    app = create_app(desk, settings, KeyRing(), CollectorRegistry())
    with served(app) as base, window(browser, base, look) as page:
        yield Visit(page, base, f"{name}-{look[0][0]}-{look[1]}")


@contextmanager
def window(browser: Browser, base: str, look: tuple[tuple[int, int], str]) -> Iterator[Page]:
    """Open a window without JavaScript of the page's own making; watch where it goes."""
    (width, height), scheme = look
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    elsewhere: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on("request", lambda r: None if r.url.startswith(base) else elsewhere.append(r.url))
    page.on("console", lambda m: complaints.append(m.text) if "Security" in m.text else None)
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert (elsewhere, complaints) == ([], [])


def press(visit: Visit, name: str, step: str) -> None:
    """Press a button by its text and look at what comes."""
    visit.page.get_by_role("button", name=name, exact=True).click()
    visit.look(step)


def rows(desk: FakeDesk) -> list[State]:
    """Say where the rows stand."""
    return [recipient.state for recipient in desk.recipients]


@pytest.mark.parametrize("look", LOOKS)
def test_correct(browser: Browser, look: tuple[tuple[int, int], str]) -> None:
    """One press corrects; the page that follows lasts and survives a reload."""
    desk = FakeDesk()
    with visit(browser, desk, "correct", look) as seen:
        page = seen.open()
        expect(page.get_by_role("heading", level=1)).to_have_text("Did you mean this address?")
        press(seen, "Correct to john@army.mil", "done")
        expect(page.get_by_text("Corrected to john@army.mil.")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Corrected to john@army.mil.")).to_be_visible()
        desk.move(ARMY.mailbox, Event.SEND)
        desk.move(ARMY.mailbox, Event.ACCEPTED)
        page.reload()
        expect(page.get_by_text("Sent to john@army.mil.")).to_be_visible()
    assert len(desk.writes) == 1


def test_do_not_send(browser: Browser) -> None:
    """One press cancels."""
    desk = FakeDesk()
    with visit(browser, desk, "cancel") as seen:
        seen.open()
        press(seen, "Do not send", "done")
    assert rows(desk) == [State.CANCELLED]


@pytest.mark.parametrize("look", LOOKS)
def test_send_as_typed_with_code(browser: Browser, look: tuple[tuple[int, int], str]) -> None:
    """Against a strong slip the page asks for the mailed code, says when it is wrong, and goes on."""
    desk = FakeDesk(needs_code=frozenset({Choice.CONFIRM}))
    with visit(browser, desk, "code", look) as seen:
        page = seen.open()
        press(seen, "Send as typed", "asked")
        page.get_by_label("Code").fill("00000000")
        press(seen, "Send 1 as typed", "wrong")
        page.get_by_label("Code").fill(CODE)
        press(seen, "Send 1 as typed", "done")
    assert rows(desk) == [State.CONFIRMED]
    assert desk.codes_mailed == 1


def test_another_address_by_keyboard(browser: Browser) -> None:
    """Enter in the field means the field's own button, never the suggestion's."""
    desk = FakeDesk()
    with visit(browser, desk, "other") as seen:
        page = seen.open()
        field = page.get_by_label("Or correct to another address")
        field.fill("rob")
        field.press("Enter")
        seen.look("fault")
        expect(page.get_by_role("alert")).to_contain_text("Enter a whole address")
        field = page.get_by_label("Or correct to another address")
        field.fill("rob@army.mil")
        field.press("Enter")
        page.get_by_label("Code").fill(CODE)
        page.get_by_label("Code").press("Enter")
        expect(page.get_by_text("Corrected to rob@army.mil.")).to_be_visible()
    assert desk.recipients[0].corrected_to == Mailbox.parse("rob@army.mil")


@pytest.mark.parametrize("look", LOOKS)
def test_review_of_two(browser: Browser, look: tuple[tuple[int, int], str]) -> None:
    """Two rows: pick, check, change, and only the last button decides."""
    desk = FakeDesk((ARMY, NAVY, held(clean("ops@navy.mil"))))
    with visit(browser, desk, "review", look) as seen:
        page = seen.open()
        page.get_by_role("group", name="john@army.ml").get_by_label(
            "Correct to john@army.mil"
        ).check()
        page.get_by_role("group", name="rose@navy.ml").get_by_label("Do not send").check()
        press(seen, "Check your answers", "check")
        assert desk.writes == []
        page.get_by_role("button", name="Change what happens with rose@navy.ml").click()
        seen.look("change")
        group = page.get_by_role("group", name="rose@navy.ml")
        expect(group.get_by_label("Do not send")).to_be_checked()
        group.get_by_label("Send as typed").check()
        press(seen, "Check your answers", "again")
        press(seen, "Correct 1 and send 1 as typed", "done")
        expect(page.get_by_text("Already decided")).to_be_visible()
    assert rows(desk) == [State.CORRECTED, State.CONFIRMED, State.HELD]


def test_nothing_picked(browser: Browser) -> None:
    """Forgetting to choose is told at the top, with a link to the first row."""
    with visit(browser, FakeDesk((ARMY, NAVY)), "nothing") as seen:
        seen.open()
        press(seen, "Check your answers", "fault")
        expect(seen.page.get_by_role("alert")).to_contain_text("Choose what to do")


def test_keyboard_alone(browser: Browser) -> None:
    """Tab reaches the first button after the skip link, and Enter presses it."""
    desk = FakeDesk()
    with visit(browser, desk, "keys", LOOKS[2]) as seen:
        page = seen.open()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Tab")
        button = page.get_by_role("button", name="Correct to john@army.mil")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Corrected to john@army.mil.")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_other_pages(browser: Browser, look: tuple[tuple[int, int], str]) -> None:
    """A dead link, a long unknown alphabet, every state, and an old form look as calm as the rest."""
    long = held(slip(f"{'very.long.' * 5}name@аrmy.example", None, "nobody here wrote there"))
    every = [replace(ARMY, state=state) for state in State]
    desk = FakeDesk((long, *every), subject=None)
    with visit(browser, desk, "states", look) as seen:
        seen.open()
        seen.page.goto(f"{seen.base}/h/none")
        seen.look("gone")
        seen.page.goto(f"{seen.base}/h/{TOKEN}")
        desk.csrf = "changed"
        group = seen.page.get_by_role("group").first
        group.get_by_label("Do not send").check()
        press(seen, "Check your answers", "check")
        desk.csrf = "changed again"
        seen.page.get_by_role("button", name="Do not send 1").click()
        seen.look("refused")
        expect(seen.page.get_by_role("link", name="Open the page again")).to_be_visible()


class FakeDemo:
    """The story's inboxes, half-way through it."""

    def __init__(self) -> None:
        self.sent: list[bool] = []

    def inboxes(self) -> Sequence[Inbox]:
        """Give four inboxes."""
        to = "mary@contractor.example, john@army.ml"
        link = f"http://127.0.0.1/h/{TOKEN}"
        notice = InboxMessage(
            "missent@contractor.example",
            "ann@contractor.example",
            "Did you mean john@army.mil?",
            "Your message of 14:05 has not gone to john@army.ml.\n"
            "You wrote to army.mil 214 times, never to army.ml.",
            (link,),
            NOW,
        )
        mail = InboxMessage("ann@contractor.example", to, "Crew list", "Here is the list.", (), NOW)
        return (
            Inbox("Ann", "ann@contractor.example", (notice,), "She wrote the mail."),
            Inbox("Mary", "mary@contractor.example", (mail,), "Her copy did not wait."),
            Inbox("John at army.mil", "john@army.mil", (), "The one Ann means."),
            Inbox(
                "The registry of .ml",
                "john@army.ml",
                (mail,) if False in self.sent else (),
                "What Mali would have received.",
                alarming=True,
            ),
        )

    def send(self, guard: bool) -> None:
        """Note which button was pressed."""
        self.sent.append(guard)

    def story(self) -> Sequence[str]:
        """Tell it."""
        return (
            "Ann wrote to mary@contractor.example and john@army.ml.",
            "Mary has her copy; the copy for john@army.ml is held.",
        )


@pytest.mark.parametrize("look", LOOKS)
def test_demo_inboxes(browser: Browser, look: tuple[tuple[int, int], str]) -> None:
    """The demo's page explains itself, refreshes by itself, and stands still when asked to."""
    demo = FakeDemo()
    settings = WebSettings("http://127.0.0.1", "Contractor", timezone="Europe/London", home="/")
    app = create_app(FakeDesk(), settings, KeyRing(), CollectorRegistry())
    app.include_router(inbox_router(demo, settings))
    with served(app) as base, window(browser, base, look) as page:
        seen = Visit(page, base, f"demo-{look[0][0]}-{look[1]}")
        seen.open("/?live=no")
        page.get_by_role("button", name="Replay with the guard off").click()
        expect(page.get_by_text("This page looks again every 2 seconds.")).to_be_visible()
        page.get_by_role("link", name="Stop that").click()
        seen.look("off")
    assert demo.sent == [False]
