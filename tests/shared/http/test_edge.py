"""Whatever is wrong with a request is answered as a problem, and nothing else is let through."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.clock import ManualClock
from shared.http.auth import requires, undeclared_routes
from shared.http.problems import TYPE_PREFIX
from shared.http.routing import new_router
from shared.identity.roles import Role
from tests.shared.http.sample import Engine

Token = Callable[..., dict[str, str]]
GOOD: dict[str, Any] = {"id": "t-1", "name": "A thing"}


def problem(response: httpx.Response, status: int, word: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["type"] == TYPE_PREFIX + word
    return body


async def test_a_good_request_passes(client: httpx.AsyncClient, token: Token) -> None:
    response = await client.post("/things", json=GOOD, headers=token())
    assert response.status_code == 201
    assert response.headers["etag"] == '"1"'
    assert response.headers["x-request-id"].startswith("req-")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}],
    ids=["none", "nonsense", "basic"],
)
async def test_without_a_token_it_is_401_before_the_body_is_read(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/things", content=b"{{{", headers=headers)
    problem(response, 401, "unauthorized")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_token_is_401(
    client: httpx.AsyncClient, token: Token, clock: ManualClock
) -> None:
    headers = token()
    assert (await client.get("/things", headers=headers)).status_code == 200
    clock.advance(timedelta(hours=2).total_seconds())
    body = problem(await client.get("/things", headers=headers), 401, "unauthorized")
    assert "expired" in body["detail"]


async def test_the_wrong_role_is_told_which_would_do(
    client: httpx.AsyncClient, token: Token
) -> None:
    response = await client.get("/things", headers=token(Role.RESCUER))
    body = problem(response, 403, "forbidden")
    assert "administrator, registrar" in body["detail"]


async def test_the_role_is_looked_at_before_the_body(
    client: httpx.AsyncClient, token: Token
) -> None:
    response = await client.post("/things", content=b"{{{", headers=token(Role.RESCUER))
    problem(response, 403, "forbidden")


async def test_a_public_path_needs_no_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/public/t-1")).status_code == 200
    assert (await client.get("/publicity")).status_code == 401


@pytest.mark.parametrize(
    ("change", "field", "mend"),
    [
        ({"name": None}, "name", "string"),
        ({"nam": "x"}, "nam", "spelling"),
        ({"name": " "}, "name", "match"),
        ({"name": "a\x00b"}, "name", "match"),
        ({"note": "a\x00b"}, "note", "match"),
        ({"id": "ä"}, "id", "match"),
        ({"id": "a" * 65}, "id", "64"),
        ({"count": 2**31}, "count", "at most"),
        ({"count": 1.5}, "count", "whole number"),
        ({"count": True}, "count", "whole number"),
        ({"count": "1"}, "count", "whole number"),
        ({"weight": False}, "weight", "number"),
        ({"extra": {"a": "1"}}, "extra.a", "number"),
        ({"at": 5}, "at", "2026-01-31T08:00:00Z"),
        ({"at": "2026-01-01T00:00:00"}, "at", "time zone"),
        ({"place": {"latitude": 91, "longitude": 0, "datum": "wgs84"}}, "place.latitude", "90"),
        ({"place": {"latitude": 0, "longitude": 0}}, "place.datum", "send this field"),
        (
            {"place": {"latitude": 0, "longitude": 0, "datum": "utm"}},
            "place.datum",
            "wgs84",
        ),
    ],
)
async def test_a_wrong_field_is_named_with_its_mend(
    client: httpx.AsyncClient, token: Token, change: dict[str, Any], field: str, mend: str
) -> None:
    response = await client.post("/things", json=GOOD | change, headers=token())
    body = problem(response, 422, "invalid")
    (error,) = body["errors"]
    assert error["field"] == field
    assert mend in error["mend"]
    assert error["where"] == "body"


async def test_a_whole_number_may_have_a_point(client: httpx.AsyncClient, token: Token) -> None:
    response = await client.post("/things", json=GOOD | {"count": 3.0}, headers=token())
    assert response.json()["count"] == 3


async def test_zero_zero_is_a_place(client: httpx.AsyncClient, token: Token) -> None:
    place = {"latitude": 0, "longitude": 0, "datum": "wgs84"}
    response = await client.post("/things", json=GOOD | {"place": place}, headers=token())
    assert response.status_code == 201
    assert response.json()["place"]["latitude"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe\xfa",
        b'{"id": "t", "name": "n", "weight": NaN}',
        b'{"id": "t", "name": "n", "weight": Infinity}',
        b'{"id": "t", "name": "n", "weight": 1e999}',
        b'{"id": "t", "name": "n", "extra": {"a": -1e999}}',
        b'{"id": "t", "name": "\\ud800"}',
        b'{"id": "t", "name": "n", "\\ud800": 1}',
        b'{"id": "t", "name": "n", "count": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"id":' * 60_000,
        b"[]",
        b'"x"',
        b"null",
    ],
)
async def test_a_body_that_is_no_good_json_is_422(
    client: httpx.AsyncClient, token: Token, body: bytes
) -> None:
    headers = token() | {"Content-Type": "application/json"}
    problem(await client.post("/things", content=body, headers=headers), 422, "invalid")


async def test_another_media_type_is_415(client: httpx.AsyncClient, token: Token) -> None:
    headers = token() | {"Content-Type": "text/plain"}
    response = await client.post("/things", content=b"{}", headers=headers)
    problem(response, 415, "unsupported-media-type")


async def test_a_large_body_is_413_whether_announced_or_not(
    client: httpx.AsyncClient, token: Token
) -> None:
    large = b"[" + b"1," * 600_000 + b"1]"
    headers = token() | {"Content-Type": "application/json"}
    problem(await client.post("/things", content=large, headers=headers), 413, "too-large")

    async def unannounced() -> Any:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    problem(await client.post("/things", content=unannounced(), headers=headers), 413, "too-large")
    assert (await client.post("/large", content=large, headers=headers)).json() == 600_001


async def test_unknown_paths_and_methods(client: httpx.AsyncClient, token: Token) -> None:
    problem(await client.get("/nowhere", headers=token()), 404, "not-found")
    response = await client.request("TRACE", "/things", headers=token())
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, POST"
    response = await client.delete("/things/t-1", headers=token())
    assert response.headers["allow"] == "GET, PUT"
    response = await client.patch("/things/bulk", headers=token())
    assert response.headers["allow"] == "POST"


async def test_what_nobody_foresaw_is_a_500_with_a_trace(
    client: httpx.AsyncClient, token: Token
) -> None:
    body = problem(await client.get("/broken", headers=token()), 500, "internal-error")
    assert "boom" not in str(body)


async def test_a_part_that_has_not_started_is_503(
    app: FastAPI, client: httpx.AsyncClient, token: Token
) -> None:
    response = await client.get("/engine", headers=token())
    problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "1"
    app.state.parts.provide(Engine())
    assert (await client.get("/engine", headers=token())).json() == "Engine"


async def test_the_clock_is_the_services(client: httpx.AsyncClient, token: Token) -> None:
    response = await client.get("/things/t-1", headers=token())
    assert response.json()["now"] == "2026-03-01T08:00:00+00:00"


def test_every_route_needs_a_role_or_is_declared_public(app: FastAPI) -> None:
    assert undeclared_routes(app) == []


def test_a_forgotten_route_is_found(app: FastAPI) -> None:
    router = new_router()

    @router.get("/forgotten")
    async def forgotten() -> str:
        return "oh"

    app.include_router(router)
    assert undeclared_routes(app) == ["GET /forgotten"]


def test_requires_needs_a_role() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        requires()
