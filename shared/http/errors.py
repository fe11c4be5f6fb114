"""From the framework's own errors to problem details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.http.problems import FieldError, Problem, problem_response

_WHERE = ("body", "query", "path", "header", "cookie")

_MENDS: Mapping[str, str] = {
    "json_invalid": "send valid JSON in UTF-8",
    "missing": "send this field",
    "extra_forbidden": "leave this field out, or check its spelling",
    "string_type": "send a string",
    "string_unicode": "send valid Unicode, without lone surrogates",
    "string_too_short": "send at least {min_length} characters",
    "string_too_long": "send at most {max_length} characters",
    "string_pattern_mismatch": "match {pattern}",
    "int_type": "send a whole number",
    "int_parsing": "send a whole number",
    "int_from_float": "send a whole number",
    "float_type": "send a number",
    "float_parsing": "send a number",
    "finite_number": "send a finite number",
    "bool_type": "send true or false",
    "bool_parsing": "send true or false",
    "greater_than": "send more than {gt}",
    "greater_than_equal": "send at least {ge}",
    "less_than": "send less than {lt}",
    "less_than_equal": "send at most {le}",
    "enum": "send one of: {expected}",
    "literal_error": "send one of: {expected}",
    "date_from_datetime_parsing": "send a date such as 2026-01-31",
    "date_parsing": "send a date such as 2026-01-31",
    "datetime_type": "send a time such as 2026-01-31T08:00:00Z",
    "date_type": "send a date such as 2026-01-31",
    "datetime_parsing": "send a time such as 2026-01-31T08:00:00Z",
    "datetime_from_date_parsing": "send a time such as 2026-01-31T08:00:00Z",
    "timezone_aware": "add the time zone, such as Z or +08:00",
    "list_type": "send a JSON array",
    "too_short": "send at least {min_length} items",
    "too_long": "send at most {max_length} items",
    "model_type": "send a JSON object",
    "model_attributes_type": "send a JSON object",
    "dict_type": "send a JSON object",
}


class MendableError(ValueError):
    """A validator's refusal that says how to mend it; raise it inside pydantic validators."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(f"{message}; {mend}")
        self.message = message
        self.mend = mend


def field_errors(
    errors: Sequence[Mapping[str, Any]], *, row: int | None = None, where: str | None = None
) -> list[FieldError]:
    """pydantic's errors as ours: a dotted path, what is wrong, how to mend it; never the input."""
    found = []
    for error in errors:
        location = [str(part) for part in error["loc"]]
        place = where
        if place is None and location and location[0] in _WHERE:
            place = location.pop(0)
        context = error.get("ctx", {})
        message, mend = (
            str(error["msg"]),
            _MENDS.get(str(error["type"]), "see the OpenAPI document"),
        )
        cause = context.get("error")
        if isinstance(cause, MendableError):
            message, mend = cause.message, cause.mend
        elif isinstance(cause, ValueError):
            # "time_zone: what is wrong; how to mend it" is how our own ValueErrors read.
            message, _, rest = str(cause).partition("; ")
            mend = rest or mend
        else:
            mend = mend.format_map({**context})
        found.append(
            FieldError(
                field=".".join(location) or (place or "body"),
                message=message,
                mend=mend,
                row=row,
                where=place,
            )
        )
    return found


async def _on_problem(_: Request, error: Problem) -> Response:
    return problem_response(error)


async def _on_validation(_: Request, error: RequestValidationError) -> Response:
    errors = field_errors(error.errors())
    first = errors[0]
    return problem_response(
        Problem(
            422,
            "invalid",
            "The request is not valid",
            f"{first.field}: {first.message}",
            errors=errors,
        )
    )


async def _on_http(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 404:
        problem = Problem(404, "not-found", "No such path", "See /openapi.json for what there is.")
    elif error.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request))
        problem = Problem(
            405, "method-not-allowed", "Not with this method", f"Allowed: {headers['Allow']}."
        )
    else:
        problem = Problem(error.status_code, "refused", str(error.detail))
    problem.headers.update(headers)
    return problem_response(problem)


def allowed_methods(request: Request) -> list[str]:
    """The methods of the resource: of all routes with the template that matches first.

    A later template may match too (``/aeds/{id}`` for ``/aeds/bulk``), but is another resource's.
    """
    template: str | None = None
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        match, _ = route.matches(request.scope)
        if match is not Match.NONE and template in (None, route.path_format):
            template = route.path_format
            methods |= route.methods or set()
    return sorted(methods)


def install(app: FastAPI) -> None:
    """Answers every refusal as problem details."""
    # Starlette's types ask for handlers of any Exception; it calls each with its own kind only.
    app.add_exception_handler(Problem, _on_problem)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _on_validation)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _on_http)  # type: ignore[arg-type]
