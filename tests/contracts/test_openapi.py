"""The OpenAPI documents of the services, as an outside validator sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.contracts.generate import REFERENCE, ROOT, services

pytestmark = pytest.mark.contracts
METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}


def kept(service: str) -> dict[str, Any]:
    path: Path = ROOT / REFERENCE / "openapi" / f"{service}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def operations(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


@pytest.mark.parametrize("service", services())
def test_it_is_valid_openapi_3_1(service: str) -> None:
    described = kept(service)
    assert described["openapi"].startswith("3.1.")
    assert [str(e) for e in OpenAPIV31SpecValidator(described).iter_errors()] == []


@pytest.mark.parametrize("service", services())
def test_every_operation_has_a_name_of_its_own(service: str) -> None:
    ids = [operation.get("operationId") for _, operation in operations(kept(service))]
    assert None not in ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("service", services())
def test_refusals_are_problem_details(service: str) -> None:
    for name, operation in operations(kept(service)):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and "content" in response:
                assert "application/problem+json" in response["content"], (name, status)


@pytest.mark.parametrize("service", services())
def test_protected_operations_declare_their_refusals(service: str) -> None:
    """Whoever needs a token is told that it may be missing (401) or not enough (403)."""
    for name, operation in operations(kept(service)):
        if operation.get("security"):
            assert {"401", "403"} <= operation["responses"].keys(), name
