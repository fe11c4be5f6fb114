"""How a request is refused: RFC 9457 problem details, naming the field (and row) and the mend.

Everything that is not 2xx has this form, whoever refuses: the framework, a dependency, a handler.
What a client sent is never repeated in it (it may be private, and may not even be valid text).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from shared.telemetry.traces import current_trace_id

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:lifering:problem:"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and how to mend it."""

    field: str
    """Path inside the request, such as ``place.latitude``."""
    message: str
    mend: str
    row: int | None = None
    """1-based row of an upload."""
    where: str | None = None
    """body, query, path or header."""


class Problem(Exception):  # noqa: N818 (RFC 9457's own word)
    """A refusal, raised anywhere below the edge and answered as problem details.

    ``type`` is a short stable word that a program may branch on, such as ``not-found``.
    """

    def __init__(
        self,
        status: int,
        type: str,
        title: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {type}: {detail or title}")
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def not_found(what: str, entity_id: str) -> Problem:
    """404: there is no such thing. ``what`` such as ``AED``."""
    return Problem(404, "not-found", f"No such {what}", f"There is no {what} {entity_id!r}.")


def forbidden(detail: str) -> Problem:
    """403: signed in, and not allowed."""
    return Problem(403, "forbidden", "Not allowed", detail)


def conflict(type: str, title: str, detail: str) -> Problem:
    """409: the state of the thing does not allow it."""
    return Problem(409, type, title, detail)


def invalid(
    field: str, message: str, mend: str, *, row: int | None = None, where: str = "body"
) -> Problem:
    """422: one field is wrong."""
    error = FieldError(field=field, message=message, mend=mend, row=row, where=where)
    return Problem(
        422, "invalid", "The request is not valid", f"{field}: {message}", errors=[error]
    )


def unavailable(detail: str, retry_after_s: int = 1) -> Problem:
    """503: not now; worth trying again after ``retry_after_s`` seconds."""
    return Problem(
        503, "unavailable", "Not available now", detail, headers={"Retry-After": str(retry_after_s)}
    )


class FieldErrorOut(BaseModel):
    """What is wrong with one field, and how to mend it."""

    model_config = ConfigDict(extra="forbid", title="FieldError")

    field: str = Field(description="Path inside the request, such as place.latitude")
    message: str
    mend: str = Field(description="What to send instead")
    row: int | None = Field(default=None, description="1-based row of an upload")
    where: str | None = Field(default=None, description="body, query, path or header")


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="urn:lifering:problem:… – stable; a program may branch on it")
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldErrorOut] = Field(default_factory=list)
    trace_id: str | None = Field(default=None, description="Finds the request in logs and traces")


def clean(text: str) -> str:
    """Text that UTF-8 can carry: lone surrogates replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def problem_response(problem: Problem) -> JSONResponse:
    """The response that says so."""
    content: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": clean(problem.detail) if problem.detail is not None else None,
        "errors": [
            {
                "field": clean(error.field),
                "message": clean(error.message),
                "mend": clean(error.mend),
                "row": error.row,
                "where": error.where,
            }
            for error in problem.errors
        ],
        "trace_id": current_trace_id(),
    }
    return JSONResponse(
        content, status_code=problem.status, media_type=MEDIA_TYPE, headers=problem.headers
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route that refuses with these statuses.

    What every route may refuse (401, 403, 404 for a path parameter, 405, 413, 415, 422, 412 and
    428 for If-Match, 500, 503) is declared by :mod:`shared.http.openapi`; give the others, as 409.
    """
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in statuses
    }
