"""The OpenAPI document says what the application does."""

from typing import Any

import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def statuses(document: dict[str, Any], method: str, path: str) -> set[str]:
    return set(document["paths"][path][method]["responses"])


def test_refusals_are_declared(document: dict[str, Any]) -> None:
    edge = {"401", "403", "500", "503"}
    body = {"413", "415", "422"}
    assert statuses(document, "post", "/things") == {"201", "409"} | edge | body
    assert statuses(document, "put", "/things/{thing_id}") == (
        {"200", "404", "412", "428"} | edge | body
    )
    assert statuses(document, "get", "/things") == {"200", "422"} | edge
    assert statuses(document, "get", "/public/{thing_id}") == {"200", "404", "422", "500", "503"}


def test_refusals_are_problem_details(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "4":
                    assert "application/problem+json" in response["content"], (path, status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_security_is_declared(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["paths"]["/things"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/live"]["get"]


def test_a_stream_is_declared_with_its_bound(document: dict[str, Any]) -> None:
    operation = document["paths"]["/stream"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"text/event-stream"}
    (limit,) = [p for p in operation["parameters"] if p["name"] == "limit_s"]
    assert limit["required"] is False
    assert limit["schema"]["type"] == "number"
    assert (limit["schema"]["exclusiveMinimum"], limit["schema"]["maximum"]) == (0, 3600)


def test_no_parameter_can_be_null(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                assert "null" not in str(parameter["schema"]), parameter


def test_a_change_needs_the_version(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/things/{thing_id}"]["put"]["parameters"]
    assert [p["required"] for p in parameters if p["name"] == "If-Match"] == [True]


def test_operation_ids_are_the_functions_names(document: dict[str, Any]) -> None:
    assert document["paths"]["/things"]["post"]["operationId"] == "create_thing"
