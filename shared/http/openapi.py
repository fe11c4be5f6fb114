"""The OpenAPI document, made complete: what every operation may refuse is written down.

FastAPI knows parameters, bodies and successes. Refusals that come from the edge (a missing token,
a body too large, a stale version) are derived here from what an operation takes, so that no route
has to list them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.problems import MEDIA_TYPE, ProblemDetails

_METHODS: Final = ("get", "put", "post", "delete", "patch")
_SCHEMA: Final = {"$ref": "#/components/schemas/ProblemDetails"}


def _refusals(path: str, operation: dict[str, Any]) -> set[int]:
    statuses = {500, 503}
    parameters = operation.get("parameters", [])
    if operation.get("security"):
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    if parameters:
        statuses.add(422)
    if "requestBody" in operation:
        statuses |= {413, 415, 422}
    if any(parameter["name"] == "If-Match" for parameter in parameters):
        statuses |= {412, 428}
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        statuses.add(422)
    return statuses


def _complete_parameter(parameter: dict[str, Any]) -> None:
    """A parameter that may be left out still cannot be null: a URL has no null."""
    schema = parameter.get("schema", {})
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1 and len(schema["anyOf"]) == 2:
        del schema["anyOf"]
        schema.update({**choices[0], **schema})
    if parameter["name"] == "If-Match":
        # Left out it is a 428, answered only once the entry is known to exist.
        parameter["required"] = True


def _complete(path: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        _complete_parameter(parameter)
    responses = operation.setdefault("responses", {})
    # FastAPI's own description of a 422 is not what we answer.
    responses.pop("422", None)
    for status in _refusals(path, operation):
        response = responses.setdefault(str(status), {"description": HTTPStatus(status).phrase})
        response.setdefault("content", {}).setdefault(MEDIA_TYPE, {"schema": _SCHEMA})
    operation["responses"] = dict(sorted(responses.items()))


def build(app: FastAPI) -> dict[str, Any]:
    """The service's OpenAPI 3.1 document."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    for path, operations in document.get("paths", {}).items():
        for method in _METHODS:
            if method in operations:
                _complete(path, operations[method])
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas["ProblemDetails"] = schema
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["schemas"] = dict(sorted(schemas.items()))
    return document
