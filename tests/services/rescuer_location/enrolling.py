"""What tests of enrolment need: a person, a registrar who reads codes out, a provider."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.http.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_signed
from shared.identity.roles import Role
from tests.services.gateway.world import serving
from tests.services.rescuer_location.world import NOW, Running, World

PHONE = "+86 138 0000 1234"
SECRET = "a secret of sixteen or more"


async def version(service: Running) -> str:
    answer = await service.call("GET", "/public/consent", role=None, language="en")
    found: str = answer.json()["version"]
    return found


async def person(service: Running, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "phone": PHONE,
        "name": "王小明",
        "language": "zh-CN",
        "consent": {
            "version": await version(service),
            "accepted": True,
            "location_accepted": False,
        },
        "credential": {"kind": "first_aid", "number": "A-17", "expires_on": "2027-05-01"},
    }
    return {**values, **changes}


async def ask(service: Running, **changes: Any) -> dict[str, Any]:
    answer = await service.call("POST", "/enrolments", await person(service, **changes), role=None)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sign_in(
    service: Running, phone: str = PHONE, asker: str = "203.0.113.1"
) -> httpx.Response:
    headers = {"X-Forwarded-For": asker}  # as the gateway writes it
    return await service.client.post("/sign-ins", json={"phone": phone}, headers=headers)


async def code_of(service: Running, enrolment_id: str) -> str | None:
    """As a registrar reads it out."""
    listed = await service.call("GET", "/enrolments")
    found = {each["enrolment_id"]: each for each in listed.json()["items"]}
    code: str | None = found[enrolment_id]["code"]
    return code


async def give(service: Running, enrolment_id: str, code: str | None) -> httpx.Response:
    body = {"enrolment_id": enrolment_id, "code": code}
    return await service.call("POST", "/sessions", body, role=Role.SERVICE, subject="gateway")


async def enrolled(service: Running, **changes: Any) -> str:
    asked = await ask(service, **changes)
    code = await code_of(service, asked["enrolment_id"])
    answer = await give(service, asked["enrolment_id"], code)
    assert answer.status_code == 201, answer.text
    rescuer_id: str = answer.json()["rescuer_id"]
    return rescuer_id


def wrong(code: str | None) -> str:
    assert code is not None
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def everything(world: World) -> str:
    tables = await world.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", world.schema
    )
    dumps = [
        str(found["everything"])
        for table in tables
        for found in await world.sql(f'SELECT t::text AS everything FROM "{table["table_name"]}" t')
    ]
    return "\n".join(dumps)


@dataclass
class Sent:
    """What a provider was given."""

    messages: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    asked: int = 0


@asynccontextmanager
async def provider(refusals: int = 0) -> AsyncIterator[tuple[str, Sent]]:
    """A provider of text messages on a port of its own; it is busy at first if asked to be."""
    sent = Sent()

    async def take(request: Request) -> Response:
        sent.asked += 1
        body = await request.body()
        assert is_signed(
            SECRET,
            timestamp=int(request.headers[TIMESTAMP_HEADER]),
            signature=request.headers[SIGNATURE_HEADER],
            body=body,
            now=NOW + timedelta(seconds=60),
        )
        if sent.asked <= refusals:
            return Response(status_code=503)
        await sent.messages.put(json.loads(body))
        return Response(status_code=202)

    async with serving(Starlette(routes=[Route("/codes", take, methods=["POST"])])) as url:
        yield f"{url}/codes", sent
