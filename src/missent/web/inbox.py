"""Own the demo's one page: everybody's inbox side by side, and the two buttons of the story.

It shows what `DemoDesk` says and nothing else; only the two buttons do something, and both by POST.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from missent.web.screens import Screens
from missent.web.security import foreign, own_origins
from missent.web.settings import WebSettings

REFRESH_SECONDS = 2


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message as somebody's mail program would list it."""

    sender: str
    to: str
    """The header's text."""
    subject: str
    text: str
    """The beginning of the body."""
    links: tuple[str, ...] = ()
    """Links in it; only those to our own pages can be followed."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """One person's mailbox."""

    title: str
    address: str
    messages: tuple[InboxMessage, ...] = ()
    note: str = ""
    """One sentence on who this is."""
    alarming: bool = False
    """Nothing of the sender's should ever arrive here."""


class DemoDesk(Protocol):
    """What the demo's page needs."""

    def inboxes(self) -> Sequence[Inbox]:
        """Give the inboxes in the order they are shown, newest message first."""
        ...

    def send(self, guard: bool) -> None:
        """Send the sender's mail, with the guard on or off."""
        ...

    def story(self) -> Sequence[str]:
        """Tell what happened so far, one sentence each, oldest first."""
        ...


def inbox_router(demo: DemoDesk, settings: WebSettings) -> APIRouter:
    """Make ``/`` and ``/demo/send``."""
    router = APIRouter(include_in_schema=False)
    screens = Screens(settings)
    origins = own_origins(settings.base_url)

    @router.api_route("/", methods=["GET", "HEAD"])
    def inboxes(live: Literal["yes", "no"] = "yes") -> Response:
        return screens.show(
            "inboxes.html",
            inboxes=demo.inboxes(),
            story=demo.story(),
            refresh=REFRESH_SECONDS if live == "yes" else None,
            ours=settings.base_url + "/",
        )

    @router.post("/demo/send")
    def send(request: Request, guard: Literal["on", "off"] = "on") -> Response:
        if foreign(request.headers, origins):
            raise HTTPException(403, "This form did not come from one of our own pages.")
        demo.send(guard == "on")
        return RedirectResponse(f"{settings.base_path}/", status_code=303)

    return router
