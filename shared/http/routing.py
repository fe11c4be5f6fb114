"""Routers whose JSON bodies are read strictly, and only for those who may send one.

Python's ``json`` takes NaN, Infinity, numbers of any size and, with enough brackets, runs out of
stack; and FastAPI, validating Python objects, takes ``true`` for 1, ``"1"`` for 1 and 5 for a time.
Here each of these is a 422 that says so: what the OpenAPI document calls an integer is an integer.
A body that is not JSON is a 415. The role is looked at before the body is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json
from starlette.exceptions import HTTPException

from shared.http.auth import check_role, roles_of
from shared.http.problems import Problem, invalid


def _no_constant(name: str) -> NoReturn:
    raise invalid("body", f"{name} is not JSON", "send a number, or leave the field out")


def _finite(digits: str) -> float | int:
    number = float(digits)
    if not math.isfinite(number):
        raise invalid("body", "has a number beyond all bounds", "send a number within its bounds")
    # 3.0 is an integer in JSON Schema, and many programs write whole numbers so.
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def parse_json(body: bytes) -> Any:
    """JSON as RFC 8259 has it; raises a 422 problem for anything else."""
    try:
        return json.loads(body, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise invalid(
            "body",
            f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            "send one JSON document in UTF-8",
        ) from error
    except RecursionError as error:
        raise invalid("body", "is nested too deeply", "send a flatter document") from error
    except ValueError as error:
        # Not UTF-8, or an integer of thousands of digits.
        raise invalid("body", "cannot be read as JSON", "send UTF-8 and sane numbers") from error


def plain_json(parsed: Any) -> bytes:
    """Parsed JSON as JSON again; raises a 422 problem for text that UTF-8 cannot carry."""
    try:
        return to_json(parsed)
    except PydanticSerializationError as error:
        raise invalid(
            "body", "has text with lone surrogates", "send text that is valid Unicode"
        ) from error


class _StrictRequest(Request):
    """A request whose body must be what the route declares, by JSON's own types."""

    declared: TypeAdapter[Any] | None = None

    async def json(self) -> Any:
        body = await self.body()
        parsed = parse_json(body)
        if self.declared is not None:
            try:
                self.declared.validate_json(plain_json(parsed), strict=True)
            except ValidationError as error:
                errors = error.errors(include_url=False)
                raise RequestValidationError(
                    [{**each, "loc": ("body", *each["loc"])} for each in errors]
                ) from error
        return parsed


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header names JSON."""
    kind = content_type.split(";", 1)[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _adapter(body_field: Any) -> TypeAdapter[Any] | None:
    """What validates the declared body, as JSON."""
    if body_field is None:
        return None
    info = body_field.field_info
    declared: Any = info.annotation
    if info.metadata:
        declared = Annotated[(declared, *info.metadata)]
    return TypeAdapter(declared)


class Route(APIRoute):
    """A route that reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler behind a stricter request."""
        handler = super().get_route_handler()
        takes_body = self.body_field is not None
        declared = _adapter(self.body_field)
        roles = roles_of(self.dependant)

        async def strict(request: Request) -> Response:
            if roles:
                check_role(request, roles)
            if takes_body and not is_json(request.headers.get("content-type", "")):
                raise unsupported_media_type()
            try:
                strict_request = _StrictRequest(request.scope, request.receive)
                strict_request.declared = declared
                return await handler(strict_request)
            except HTTPException as error:
                # FastAPI answers 400 for whatever is raised while the body is read; keep our own.
                if isinstance(error.__cause__, Problem | RequestValidationError):
                    raise error.__cause__ from None
                raise

        return strict


def unsupported_media_type() -> Problem:
    """415: bodies are JSON."""
    return Problem(
        415,
        "unsupported-media-type",
        "The body must be JSON",
        "Send Content-Type: application/json.",
        headers={"Accept": "application/json"},
    )


def new_router(*tags: str, responses: dict[int | str, dict[str, Any]] | None = None) -> APIRouter:
    """A router for a service's ``api``; its routes carry their full paths."""
    router_tags: Sequence[str] = tags
    return APIRouter(route_class=Route, tags=list(router_tags), responses=responses)
