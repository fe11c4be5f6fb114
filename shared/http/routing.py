"""Routers whose JSON bodies are read strictly.

Python's ``json`` takes NaN, Infinity, numbers of any size and, with enough brackets, runs out of
stack; here each of these is a 422 that says so. A body that is not JSON is a 415.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NoReturn

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shared.http.problems import Problem, invalid


def _no_constant(name: str) -> NoReturn:
    raise invalid("body", f"{name} is not JSON", "send a number, or leave the field out")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise invalid("body", "has a number beyond all bounds", "send a number within its bounds")
    return number


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


class _StrictRequest(Request):
    async def json(self) -> Any:
        return parse_json(await self.body())


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header names JSON."""
    kind = content_type.split(";", 1)[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


class Route(APIRoute):
    """A route that reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler behind a stricter request."""
        handler = super().get_route_handler()
        takes_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            if takes_body and not is_json(request.headers.get("content-type", "")):
                raise unsupported_media_type()
            try:
                return await handler(_StrictRequest(request.scope, request.receive))
            except HTTPException as error:
                # FastAPI answers 400 for whatever is raised while the body is read; keep our own.
                if isinstance(error.__cause__, Problem):
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
