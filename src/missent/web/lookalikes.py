"""Own the page of look-alikes: ``/o/{token}/lookalikes`` shows the last run; a POST keeps a review.

The rules: GET only shows (law 7). A review names a look-alike of the last run and one of the states
there are; it is audited and outlives every run. A product never stands without its factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Depends, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mime import one_line
from missent.service.exposure.exposure import NOTE, Exposure, Review, State
from missent.service.exposure.plan import plan
from missent.service.exposure.telling import headline, unit
from missent.service.ports import NewEvent
from missent.web.lookalike_map import chart
from missent.web.lookalike_rows import PlanRows, name_rows, plan_rows, rule_rows, states
from missent.web.operators import REVIEWS_PER_MINUTE, OperatorParts
from missent.web.page import TOO_OFTEN, Form, own_form

PATH: Final = "/o/{token}/lookalikes"
PAGE: Final = 25
"""Look-alikes on one page."""
BUDGET: Final = 10
"""Registrations of the plan that is shown; the command plans for any number."""
ACTOR: Final = "operator's page"
_OLD: Final = "This form is not of this page. Nothing was kept; please open it again."
_OWN: Final = "This page takes its own form only."


def lookalikes_router(parts: OperatorParts) -> APIRouter:
    """Make the page."""
    router = APIRouter(include_in_schema=False)
    steps = _Steps(parts)
    form_of = Depends(own_form(parts.origins))

    @router.api_route(PATH, methods=["GET", "HEAD"])
    def show(token: str, page: str = "1") -> Response:
        parts.admit(token)
        return steps.page(_number(page))

    @router.post(PATH)
    def review(token: str, form: Form = form_of) -> Response:
        parts.admit(token)
        return steps.review(form)

    return router


class _Steps:
    """What the two requests do."""

    def __init__(self, parts: OperatorParts) -> None:
        self._parts = parts
        self._read: Exposure | None = None
        """The run that was read last: it is large, and shown many times."""
        self._planned: tuple[str, Mapping[DomainName, Review], PlanRows] | None = None
        """A plan, with the run and the decisions it was made of: seconds for a large run."""

    def page(self, number: int) -> Response:
        """Show one page of the last run."""
        exposure = self._last()
        screens, root = self._parts.screens, self._parts.root
        if exposure is None:
            return screens.show("lookalikes.html", root=root, exposure=None)
        pages = max(-(-len(exposure.exposed) // PAGE), 1)
        number = min(number, pages)
        reviews = self._parts.store.reviews()
        first = (number - 1) * PAGE
        return screens.show(
            "lookalikes.html",
            root=root,
            csrf=self._parts.csrf,
            exposure=exposure,
            headline=headline(exposure),
            unit=unit(exposure),
            chart=chart(exposure),
            rules=rule_rows(exposure),
            plan=self._plan(exposure, reviews),
            rows=name_rows(exposure.exposed[first : first + PAGE], reviews, first),
            states=states(),
            page=number,
            pages=pages,
            note_length=NOTE,
        )

    def review(self, form: Form) -> Response:
        """Keep one decision, then show the page it came from."""
        if not self._parts.own_form(form.get("csrf", "")):
            raise HTTPException(403, _OLD)
        if self._parts.buckets.take(ACTOR, REVIEWS_PER_MINUTE) > 0:
            raise HTTPException(429, TOO_OFTEN, {"Retry-After": "60"})
        domain, state = self._domain(form.get("domain", "")), _state(form.get("state", ""))
        now = self._parts.clock.now()
        note = one_line(form.get("note", ""), NOTE)
        event = NewEvent("exposure.reviewed", domain.ascii, ACTOR, now, {"state": state.value})
        self._parts.store.review(Review(domain, state, note, ACTOR, now), event)
        row = _number(form.get("row", "1"))
        where = f"{self._parts.root}/lookalikes?page={-(-row // PAGE)}#row-{row}"
        return RedirectResponse(where, status_code=303)

    def _plan(self, exposure: Exposure, reviews: Mapping[DomainName, Review]) -> PlanRows:
        made = self._planned
        if made is None or made[:2] != (exposure.run_id, reviews):
            rows = plan_rows(plan(exposure, reviews, BUDGET))
            self._planned = made = exposure.run_id, reviews, rows
        return made[2]

    def _last(self) -> Exposure | None:
        runs = self._parts.store.runs(1)
        if not runs:
            return None
        read = self._read
        if read is None or read.run_id != runs[0][0]:
            self._read = read = self._parts.store.run(runs[0][0])
        return read

    def _domain(self, text: str) -> DomainName:
        """Read the name, which must be one of the last run's. Raises a 422."""
        try:
            domain = DomainName.parse(text)
        except MalformedAddress:
            raise HTTPException(422, _OWN) from None
        exposure = self._last()
        if exposure is None or all(one.domain != domain for one in exposure.exposed):
            raise HTTPException(422, _OLD)
        return domain


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError:
        raise HTTPException(422, _OWN) from None


def _number(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
