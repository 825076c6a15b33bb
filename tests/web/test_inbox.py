"""The demo's page: it explains itself, and only its buttons do something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from tests.web.client import BASE, SETTINGS, Client, serve
from tests.web.fake_desk import NOW, FakeDesk

from missent.web.inbox import Inbox, InboxMessage, inbox_router

EVIL = "<script>alert(1)</script>"


@dataclass
class FakeDemo:
    """Two inboxes and a memory of what was pressed."""

    sent: list[bool] = field(default_factory=list)
    told: Sequence[str] = ()

    def inboxes(self) -> Sequence[Inbox]:
        links = (f"{BASE}/h/abc", "https://evil.example/h/abc", "javascript:alert(1)")
        notice = InboxMessage("missent@contractor.example", "ann@x", EVIL, EVIL, links, NOW)
        return (
            Inbox("Ann", "ann@contractor.example", (notice,)),
            Inbox("Mali", "john@army.ml", alarming=True),
        )

    def send(self, guard: bool) -> None:
        self.sent.append(guard)

    def story(self) -> Sequence[str]:
        return self.told


def demo_client(demo: FakeDemo) -> Client:
    """Serve a demo."""
    app = serve(FakeDesk())
    app.include_router(inbox_router(demo, SETTINGS))
    return Client(app)


def test_page_tells_the_story() -> None:
    """What happened and who has what, refreshed by itself unless told not to."""
    client = demo_client(FakeDemo(told=("Ann wrote to Mary and John.",)))
    text = client.get("/").text
    assert "Ann wrote to Mary and John." in text
    assert "Nothing. Good." in text
    assert '<meta http-equiv="refresh" content="2">' in text
    assert "http-equiv" not in client.get("/?live=no").text


def test_only_our_own_links_can_be_followed() -> None:
    """A link in a mail is a button only if it leads to our own page; everything else is text."""
    text = demo_client(FakeDemo()).get("/").text
    assert f'href="{BASE}/h/abc"' in text
    assert 'href="https://evil.example' not in text
    assert 'href="javascript' not in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("query", "guard"), [("?guard=on", True), ("?guard=off", False), ("", True)]
)
def test_buttons_act_by_post(query: str, guard: bool) -> None:
    """POST sends; the browser then looks at the page again."""
    demo = FakeDemo()
    client = demo_client(demo)
    response = client.submit({}, path=f"/demo/send{query}")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert demo.sent == [guard]
    assert client.get(f"/demo/send{query}").status_code == 405
    assert demo.sent == [guard]


def test_other_sites_cannot_press_the_buttons() -> None:
    """A foreign form is refused."""
    demo = FakeDemo()
    response = demo_client(demo).submit({}, {"Origin": "https://evil.example"}, "/demo/send")
    assert response.status_code == 403
    assert demo.sent == []


def test_pages_of_the_demo_lead_back() -> None:
    """With a home set, the sender's page has a way back to the inboxes; otherwise none."""
    from dataclasses import replace

    with_home = serve(FakeDesk(), settings=replace(SETTINGS, home="/"))
    assert "Back to the inboxes" in Client(with_home).get("/h/none").text
    assert "Back to the inboxes" not in Client(serve(FakeDesk())).get("/h/none").text
