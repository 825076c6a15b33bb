"""Own the check API: the same judgement as the guard's, asked before Send (DESIGN §7).

The rule: a caller is known by a bearer key that is bound to the senders it may ask for and to a rate;
what is wrong with a call is told by field name, never by repeating a value. Nothing is held here:
the gateway is the control, and a client that gets no answer decides by itself what that means.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from missent.errors import AnswerRefused, MalformedAddress, UnknownHold
from missent.judge.hold import Choice
from missent.mail.mailbox import Mailbox
from missent.service.desk import CheckRequest, Desk
from missent.web.keys import Key, KeyRing
from missent.web.problems import MEDIA_TYPE, FieldFault, Refusal
from missent.web.security import Buckets, loopback
from missent.web.verdicts import VerdictAnswer, shown

MAX_RECIPIENTS = 1000
"""As many as a mail server takes in one transaction; more are refused with 413."""
MAX_ATTACHMENTS = 500
_WIRE = 320
"""Longest text that is even tried as an address; `Mailbox.parse` allows 254 octets."""

ANYBODY_HERE = Key("loopback", "", ("*",), per_minute=6000)
"""The demo's caller: no key, from this machine only."""

Address = Annotated[str, Field(max_length=_WIRE, examples=["john@army.mil"])]
Addresses = list[Address]


class AttachmentName(BaseModel):
    """What is known of an attachment before Send."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=1000)]
    size: Annotated[int, Field(ge=0, le=2**53, description="Octets.")] = 0


class CheckQuestion(BaseModel):
    """A message about to be sent; at least one recipient among to, cc and bcc."""

    model_config = ConfigDict(extra="forbid")

    sender: Annotated[Address, Field(alias="from")]
    to: Addresses
    cc: Addresses = Field(default_factory=list)
    bcc: Addresses = Field(default_factory=list)
    subject: Annotated[str, Field(max_length=10_000)] = ""
    attachments: Annotated[list[AttachmentName], Field(max_length=MAX_ATTACHMENTS)] = Field(
        default_factory=list
    )


class CheckAnswer(BaseModel):
    """One verdict a recipient, in the order asked."""

    check_id: str
    verdicts: list[VerdictAnswer]


class SenderChoice(BaseModel):
    """What the sender chose about one recipient of a check."""

    model_config = ConfigDict(extra="forbid")

    check_id: Annotated[str, Field(min_length=1, max_length=200)]
    recipient: Address
    choice: Choice = Field(description="confirm = send as typed: not asked again for 90 days.")


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the API is made of."""

    desk: Desk
    keys: KeyRing
    buckets: Buckets
    open_loopback: bool


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


_RETRY = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: _problem("No key, or one that is not known."),
    403: _problem("The key may not ask for this sender."),
    413: _problem(f"The body is over 256 KiB, or has over {MAX_RECIPIENTS} recipients."),
    422: _problem("A field is missing or cannot be used; `errors` names it."),
    429: _problem("Too many calls with this key.") | {"headers": _RETRY},
    503: _problem("The service cannot answer now.") | {"headers": _RETRY},
}
_bearer = HTTPBearer(
    auto_error=False, scheme_name="key", description="A key from the operator's keys file."
)
_GIVEN = Depends(_bearer)


def api_router(parts: ApiParts) -> APIRouter:
    """Make the routes under ``/v1``."""
    router = APIRouter(prefix="/v1", tags=["check"], responses=PROBLEMS)
    caller = Depends(_caller(parts))

    @router.post("/check", summary="Judge the recipients of a message before it is sent")
    def check(question: CheckQuestion, key: Key = caller) -> CheckAnswer:
        asked = _read(question)
        if not key.may_ask_for(asked.sender):
            raise Refusal(403, "This key may not ask for that sender.")
        result = parts.desk.check(asked)
        verdicts = [shown(verdict, shared=key.shared) for verdict in result.verdicts]
        return CheckAnswer(check_id=result.check_id, verdicts=verdicts)

    @router.post(
        "/answers",
        summary="Say what the sender chose, so that nobody is asked twice",
        responses={404: _problem("No such check, or not that recipient, or another key's.")},
    )
    def answers(answer: SenderChoice, key: Key = caller) -> SenderChoice:
        recipient = _mailbox(answer.recipient, "recipient")
        try:
            parts.desk.answer_check(answer.check_id, recipient, answer.choice, key.senders)
        except UnknownHold:
            raise Refusal(404, "There is no such check.") from None
        except AnswerRefused as error:
            raise Refusal(403, error.public) from None
        return answer

    return router


def _caller(parts: ApiParts) -> Callable[..., Key]:
    """Make the dependency that knows the caller and counts the call."""

    def caller(
        request: Request,
        given: HTTPAuthorizationCredentials | None = _GIVEN,
    ) -> Key:
        key = parts.keys.find(given.credentials) if given else None
        if key is None and "authorization" not in request.headers:
            key = ANYBODY_HERE if parts.open_loopback and loopback(request.scope) else None
        if key is None:
            challenge = {"WWW-Authenticate": 'Bearer realm="missent"'}
            raise Refusal(401, "A bearer key is needed.", headers=challenge)
        wait = parts.buckets.take(key.name, key.per_minute)
        if wait > 0:
            after = {"Retry-After": str(math.ceil(wait))}
            raise Refusal(429, "Too many calls with this key.", headers=after)
        return key

    return caller


def _read(question: CheckQuestion) -> CheckRequest:
    """Read the addresses; raises `Refusal` that names every field at fault."""
    fields = (("to", question.to), ("cc", question.cc), ("bcc", question.bcc))
    if sum(len(texts) for _, texts in fields) > MAX_RECIPIENTS:
        raise Refusal(413, f"More than {MAX_RECIPIENTS} recipients.")
    faults: list[FieldFault] = []
    recipients: dict[Mailbox, None] = {}
    sender = _try("from", question.sender, faults)
    for name, texts in fields:
        for index, text in enumerate(texts):
            mailbox = _try(f"{name}[{index}]", text, faults)
            if mailbox is not None:
                recipients[mailbox] = None
    if not recipients and not faults:
        faults.append(FieldFault(field="to", because="at least one recipient is needed"))
    if faults or sender is None:
        raise Refusal(422, "A field cannot be used.", faults)
    attachments = tuple((item.name, item.size) for item in question.attachments)
    return CheckRequest(sender, tuple(recipients), question.subject, attachments)


def _mailbox(text: str, field: str) -> Mailbox:
    faults: list[FieldFault] = []
    mailbox = _try(field, text, faults)
    if mailbox is None:
        raise Refusal(422, "A field cannot be used.", faults)
    return mailbox


def _try(field: str, text: str, faults: list[FieldFault]) -> Mailbox | None:
    try:
        return Mailbox.parse(text)
    except MalformedAddress as error:
        faults.append(FieldFault(field=field, because=str(error)))
        return None
