"""Own how the API says no: RFC 9457 problem details, which name a field and never repeat a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class FieldFault(BaseModel):
    """One field of the request that cannot be used."""

    field: str = Field(description="Path of the field, such as to[0].")
    because: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """An RFC 9457 problem; the type is about:blank, the status says what kind it is."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = Field(default_factory=list)


class Refusal(HTTPException):
    """A call that is refused, with the fields at fault."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.errors = tuple(errors)


def problem(
    status: int,
    detail: str,
    errors: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Write a problem as a response."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors)
    )
    return JSONResponse(
        body.model_dump(), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )
