"""The incident report in a real Chromium: axe in light and dark, wide and narrow, and on paper.

The page is opened from its file, as whoever receives it opens it. Set ``MISSENT_SCREENSHOTS`` to a
folder to keep a picture of each.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.real.conftest import require
from tests.service.investigation.samples import hostile, incident, nothing, single

from missent.engine.incident import PAGE, write_report
from missent.service.investigation.incident import Incident
from missent.service.investigation.sentences import sentence

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
SAMPLES = {
    "large": incident(1_400, days=166, archived=70, names=True),
    "logs": incident(200, days=20, content=False),
    "single": single(),
    "nothing": nothing(),
    "hostile": hostile(),
}
PAGES = {"large": range(10, 18), "single": range(4, 8), "nothing": range(1, 3)}
"""Sheets of A4 each takes, with some room for other fonts."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    require("chromium")
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, folder: Path, made: Incident, look: tuple[tuple[int, int], str] = LOOKS[0]
) -> Iterator[Page]:
    """Write a report and open it; nothing but the file may be asked for, and no rule be broken."""
    write_report(folder, made)
    address = (folder / PAGE).as_uri()
    (width, height), scheme = look
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    asked: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(address)
    yield page
    context.close()
    assert asked == [address]
    assert complaints == []


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_anybody_can_read_it(
    browser: Browser, tmp_path: Path, name: str, look: tuple[tuple[int, int], str]
) -> None:
    """No finding of axe, also in the opened table of the plot; nothing wider than the window."""
    with opened(browser, tmp_path, SAMPLES[name], look) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = [
            (f["id"], f["help"], len(f["nodes"])) for f in Axe().run(page).response["violations"]
        ]
        if folder := os.environ.get("MISSENT_SCREENSHOTS"):
            path = Path(folder) / f"incident-{name}-{look[0][0]}-{look[1]}.png"
            page.screenshot(path=path, full_page=True)
        assert found == []
        assert page.evaluate("document.documentElement.scrollWidth") <= look[0][0]


def test_the_first_screen_has_the_sentence(browser: Browser, tmp_path: Path) -> None:
    """Management reads it without scrolling, with all key figures."""
    with opened(browser, tmp_path, SAMPLES["large"]) as page:
        expect(page.locator(".lead")).to_have_text(sentence(SAMPLES["large"]))
        expect(page.locator(".lead")).to_be_in_viewport(ratio=1)
        expect(page.locator(".figures")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("name", PAGES)
def test_on_paper(browser: Browser, tmp_path: Path, name: str) -> None:
    """A4, as many sheets as expected, each with text; the sentence first; no link, no folded table."""
    made = SAMPLES[name]
    with opened(browser, tmp_path, made, (DESKTOP, "dark")) as page:
        page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)
    document = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    try:
        sizes = {tuple(round(side) for side in sheet.get_size()) for sheet in document}
        texts = [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in document]
    finally:
        document.close()
    assert sizes == {(595, 842)}
    assert len(texts) in PAGES[name]
    assert all(len(text) > 100 for text in texts)
    assert sentence(made) in texts[0]
    assert not any("In this report" in text or "The same numbers as" in text for text in texts)
    if made.misdirected:
        assert any("Messages by" in text for text in texts)
        notice = next(text for text in texts if "Draft, not sent to anybody." in text)
        assert re.match(r"\D*\d+ / \d+ Draft of a breach notice", notice)


def test_table_heads_are_repeated_on_paper(browser: Browser, tmp_path: Path) -> None:
    """A table that goes on has its head on each sheet."""
    with opened(browser, tmp_path, SAMPLES["large"]) as page:
        page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    document = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    try:
        texts = [sheet.get_textpage().get_text_range() for sheet in document]
    finally:
        document.close()
    assert sum("Wrote to" in text and "Meant" in text for text in texts) >= 3
