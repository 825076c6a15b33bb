"""Own the sender's page: ``/h/{token}`` shows a hold on GET and decides on POST.

Theory of operation. Nothing is kept between two requests: what was picked travels in the form's own
fields, and every POST reads the hold anew. GET, HEAD and OPTIONS only ever call `Desk.view` (law 7).
A POST says in its field ``action`` which step it is::

    (page) ──review──▶ (what will be done) ──send──▶ 303 to the page, which now shows the outcome
      ▲                     │                 ├─▶ (a code was mailed) ──send, with code──▶ …
      └──────change─────────┘                 └─▶ (page again, with the reason)

A hold with one open row needs no review: its buttons say what they do and carry ``action=send``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from missent.errors import AnswerRefused, UnknownHold
from missent.judge.hold import Choice, State
from missent.mail.mailbox import Mailbox
from missent.service.desk import AnsweredView, Desk, HoldView
from missent.web.forms import Filled, blank, read
from missent.web.rows import address, deed, sentence
from missent.web.screens import Screens
from missent.web.security import Buckets, foreign

PATH = "/h/{token}"
MAX_FIELDS = 8000
"""Six fields a row and a thousand rows, as many as a mail server takes recipients, and some."""
SENDS_PER_MINUTE = 20
"""Decisions one page may ask for: each may mail a code, or try one."""
TOO_OFTEN = "That was too often in one minute. Nothing was decided; please wait a minute."
NOT_HERE = (
    "There is nothing here. The link may be incomplete, or the message was dealt with long ago."
)
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,128}\Z")
_FORM = "application/x-www-form-urlencoded"

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PageParts:
    """What the page is made of."""

    desk: Desk
    screens: Screens
    origins: frozenset[str]
    """Where a form may come from."""
    base_path: str
    buckets: Buckets


def own_form(origins: frozenset[str]) -> Callable[[Request], Awaitable[Form]]:
    """Make the dependency that reads a form, if it was sent from one of our own `origins`."""

    async def form(request: Request) -> Form:
        if foreign(request.headers, origins):
            raise HTTPException(403, "This form did not come from one of our own pages.")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            raise HTTPException(415, "This page takes its own form only.")
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as fields:
            return {name: value for name, value in fields.items() if isinstance(value, str)}

    return form


def page_router(parts: PageParts) -> APIRouter:
    """Make the sender's page."""
    router = APIRouter(include_in_schema=False)
    steps = _Steps(parts)
    form_of = Depends(own_form(parts.origins))

    @router.api_route(PATH, methods=["GET", "HEAD"])
    def show(token: str) -> Response:
        return steps.page(token, steps.view(token))

    @router.options(PATH)
    def options() -> Response:
        return Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS, POST"})

    @router.post(PATH)
    def submit(token: str, form: Form = form_of) -> Response:
        return steps.submit(token, form)

    return router


class _Steps:
    """The steps of the diagram above."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts

    def view(self, token: str) -> HoldView:
        """Read the hold; a 404 that is the same for every token that opens nothing."""
        try:
            if _TOKEN.match(token):
                return self._parts.desk.view(token)
        except UnknownHold:
            pass
        raise HTTPException(404, NOT_HERE)

    def page(
        self, token: str, view: HoldView, filled: Filled | None = None, late: bool = False
    ) -> Response:
        """Show the page: the open rows as a form, the others with their state."""
        filled = filled or blank(view)
        status = 422 if filled.wrong else 200
        return self._show("hold.html", status, token, view, filled=filled, late=late)

    def submit(self, token: str, form: Form) -> Response:
        """Take one step."""
        view = self.view(token)
        filled = read(view, form)
        action = form.get("action")
        if action == "change":
            return self.page(token, view, filled)
        if filled.wrong:
            return self.page(token, view, filled)
        if not filled.answers:
            return self._nothing_picked(token, view, filled)
        if action == "review":
            return self._show("review.html", 200, token, view, filled=filled, deed=_deed(filled))
        if action not in ("send", "resend"):
            raise HTTPException(422, "This page takes its own form only.")
        return self._send(token, view, filled, form)

    def _nothing_picked(self, token: str, view: HoldView, filled: Filled) -> Response:
        if filled.late or not filled.left:
            return self.page(token, view, late=True)
        return self._show("hold.html", 422, token, view, filled=filled, late=False, empty=True)

    def _send(self, token: str, view: HoldView, filled: Filled, form: Form) -> Response:
        code = "".join(form.get("code", "").split()) if form["action"] == "send" else ""
        if "code" in form and not code and form["action"] == "send":
            return self._code(token, view, filled, "Enter the code from the mail.")
        if self._parts.buckets.take(view.hold.hold_id, SENDS_PER_MINUTE) > 0:
            raise HTTPException(429, TOO_OFTEN, {"Retry-After": "60"})
        try:
            answered = self._parts.desk.answer(
                token, form.get("csrf", ""), filled.answers, code or None
            )
        except UnknownHold:
            raise HTTPException(404, NOT_HERE) from None
        except AnswerRefused:
            return self._show("refused.html", 403, token, view)
        if answered.code_wrong:
            fault = "That code is not right, or it is too old. Nothing was decided."
            return self._code(token, answered.view, filled, fault)
        if answered.code_sent:
            return self._code(token, answered.view, filled, "")
        return self._outcome(token, filled, answered)

    def _outcome(self, token: str, filled: Filled, answered: AnsweredView) -> Response:
        if not answered.asked_again:
            return RedirectResponse(f"{self._parts.base_path}/h/{token}", status_code=303)
        again = blank(answered.view, _notes(filled, answered))
        return self.page(token, answered.view, again)

    def _code(self, token: str, view: HoldView, filled: Filled, fault: str) -> Response:
        status = 422 if fault else 200
        return self._show(
            "code.html", status, token, view, filled=filled, deed=_deed(filled), fault=fault
        )

    def _show(
        self, name: str, status: int, token: str, view: HoldView, **context: object
    ) -> Response:
        hold = view.hold
        writer = hold.envelope.sender or hold.owner.mailbox
        context = {"empty": False, **context}
        return self._parts.screens.show(
            name,
            status,
            link=f"{self._parts.base_path}/h/{token}",
            view=view,
            hold=hold,
            writer=address(writer) if writer else None,
            owner=address(hold.owner.mailbox) if hold.owner.mailbox else None,
            passed=[address(mailbox) for mailbox in view.passed],
            **context,
        )


def _deed(filled: Filled) -> str:
    return deed([row.picked for row in filled.picked])


def _notes(filled: Filled, answered: AnsweredView) -> dict[Mailbox, str]:
    """Say why rows are asked again; a corrected address is asked about once, then it is taken."""
    notes: dict[Mailbox, str] = {}
    for mailbox, because in answered.asked_again.items():
        held = answered.view.hold.recipient(mailbox)
        answer = filled.answers.get(mailbox)
        notes[mailbox] = sentence(because)
        waits = held is not None and held.state is State.HELD
        if waits and answer and answer.choice is Choice.CORRECT and answer.corrected_to:
            notes[mailbox] = (
                f"{answer.corrected_to.screen} is doubtful, too: {because.rstrip('.')}. "
                "If it is right all the same, choose it once more."
            )
    return notes
