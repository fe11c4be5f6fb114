"""From a phone number to a token and back: the gateway before the rescuers' own service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.rescuer_location.main import build
from services.rescuer_location.settings import RescuerLocationSettings
from shared.contracts.topics import POSITIONS, PRESENCE, RESCUERS
from shared.identity.roles import Role
from shared.identity.tokens import issue, verify
from shared.messaging.admin import ensure_topics
from tests.conftest import Servers
from tests.services.gateway.world import KEYS, bearer, gateway, serving

pytestmark = pytest.mark.integration

PHONE = "+86 138 0000 1234"


@dataclass(frozen=True)
class Edge:
    """Two gateways before one service of rescuers."""

    here: httpx.AsyncClient
    there: httpx.AsyncClient
    inside: str

    async def enrol(self, phone: str = PHONE) -> tuple[str, str]:
        """(enrolment id, its code as a registrar reads it out)."""
        words = (await self.here.get("/api/public/consent", params={"language": "en"})).json()
        asked = await self.here.post(
            "/api/enrolments",
            json={
                "phone": phone,
                "name": "Wang",
                "language": "en",
                "consent": {
                    "version": words["version"],
                    "accepted": True,
                    "location_accepted": True,
                },
            },
        )
        assert asked.status_code == 201, asked.text
        listed = await self.here.get("/api/enrolments", headers=bearer(Role.REGISTRAR))
        codes = {each["enrolment_id"]: each["code"] for each in listed.json()["items"]}
        enrolment_id = asked.json()["enrolment_id"]
        return enrolment_id, codes[enrolment_id]

    async def signed_in(self) -> dict[str, Any]:
        enrolment_id, code = await self.enrol()
        answer = await self.here.post(
            f"/api/session/enrolments/{enrolment_id}", json={"code": code}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def as_rescuer(signed: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed['token']}"}


@pytest.fixture
async def edge(servers: Servers, schema: str, topic_prefix: str) -> AsyncIterator[Edge]:
    await ensure_topics(
        servers.kafka_bootstrap, [RESCUERS, POSITIONS, PRESENCE], prefix=topic_prefix
    )
    service = build(
        RescuerLocationSettings(
            service=schema,
            kafka_bootstrap=servers.kafka_bootstrap,
            database_url=servers.database_url,
            topic_prefix=topic_prefix,
            token_public_key=KEYS.public_pem,
        )
    )
    async with (
        service.running() as app,
        serving(app) as url,
        _gateway(url) as here,
        _gateway(url) as there,
    ):
        yield Edge(here, there, url)


@asynccontextmanager
async def _gateway(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    token = issue(
        KEYS.private_pem,
        role=Role.SERVICE,
        subject="gateway",
        now=datetime.now(UTC),
        lifetime_s=3_600,
    )
    chosen = {"token_private_key": KEYS.private_pem, "ended_sessions_every_s": 0.1, **settings}
    async with gateway({"rescuer_location": url}, service_token=token, **chosen) as client:
        yield client


async def test_a_phone_signs_in_stays_and_leaves(edge: Edge) -> None:
    signed = await edge.signed_in()
    who = verify(KEYS.public_pem, signed["token"], datetime.now(UTC))
    assert (who.role, who.subject) == (Role.RESCUER, signed["rescuer_id"])
    assert who.expires_at == datetime.fromisoformat(signed["expires_at"])
    session = (await edge.here.get("/api/session", headers=as_rescuer(signed))).json()
    assert (session["subject"], session["renewable"]) == (signed["rescuer_id"], True)
    own = await edge.here.get("/api/me/rescuer", headers=as_rescuer(signed))
    assert (own.status_code, own.json()["name"]) == (200, "Wang")

    # The services behind take the token as the gateway passes it on, and not the phone's own.
    async with httpx.AsyncClient(base_url=edge.inside) as direct:
        beside = await direct.get("/me/rescuer", headers=as_rescuer(signed))
        assert beside.status_code == 401

    again = await edge.here.post("/api/session/refresh", headers=as_rescuer(signed))
    assert again.status_code == 200
    assert again.json()["rescuer_id"] == signed["rescuer_id"]
    own = await edge.there.get("/api/me/rescuer", headers=as_rescuer(again.json()))
    assert own.status_code == 200

    left = await edge.here.post("/api/session/sign-out", headers=as_rescuer(signed))
    assert left.json() == {"ended": True}
    for token in (signed, again.json()):
        gone = await edge.here.get("/api/me/rescuer", headers=as_rescuer(token))
        assert gone.status_code == 401
    # The other gateway hears of it, and so does one that starts later.
    await until_refused(edge.there, signed)
    async with _gateway(edge.inside) as later:
        await until_refused(later, signed)


async def until_refused(client: httpx.AsyncClient, signed: dict[str, Any]) -> None:
    async with asyncio.timeout(30):
        while True:
            answer = await client.get("/api/me/rescuer", headers=as_rescuer(signed))
            if answer.status_code == 401:
                return
            await asyncio.sleep(0.02)


async def test_the_refusals_of_the_owner_reach_the_phone(edge: Edge) -> None:
    enrolment_id, code = await edge.enrol()
    path = f"/api/session/enrolments/{enrolment_id}"
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for number in range(5):
        answer = await edge.here.post(path, json={"code": wrong})
        assert answer.status_code == 403, number
        assert answer.json()["type"] == "urn:lifering:problem:wrong-code"
    assert (await edge.here.post(path, json={"code": code})).status_code == 410
    unknown = f"/api/session/enrolments/enrol-{'0' * 32}"
    assert (await edge.here.post(unknown, json={"code": code})).status_code == 404
    for body in ({"code": 123456}, {"code": "12345"}, {"code": "12345６"}, {}):
        assert (await edge.here.post(path, json=body)).status_code == 422
    odd = "/api/session/enrolments/..%2f..%2fsessions"
    assert (await edge.here.post(odd, json={"code": code})).status_code == 401


async def test_sessions_cannot_be_reached_from_outside(edge: Edge) -> None:
    for path in ("/api/sessions", "/sessions", "/api/sessions/ended"):
        answer = await edge.here.post(path, json={}, headers=bearer(Role.SERVICE))
        assert answer.status_code in (404, 405), path


async def test_a_token_from_the_command_line_is_not_renewed(edge: Edge) -> None:
    mine = bearer(Role.RESCUER, "R-1")
    assert (await edge.here.post("/api/session/refresh", headers=mine)).status_code == 409
    left = await edge.here.post("/api/session/sign-out", headers=mine)
    assert left.json() == {"ended": False}
    for role in set(Role) - {Role.RESCUER}:
        answer = await edge.here.post("/api/session/refresh", headers=bearer(role))
        assert answer.status_code == 403


async def test_a_forged_session_of_somebody_else_renews_nothing(edge: Edge) -> None:
    signed = await edge.signed_in()
    session = verify(KEYS.public_pem, signed["token"], datetime.now(UTC)).session
    theirs = issue(
        KEYS.private_pem,
        role=Role.RESCUER,
        subject="R-9",
        now=datetime.now(UTC),
        lifetime_s=60,
        session=session,
    )
    headers = {"Authorization": f"Bearer {theirs}"}
    refused = await edge.here.post("/api/session/refresh", headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (
        401,
        "urn:lifering:problem:session-ended",
    )


async def test_without_the_signing_key_nobody_signs_in_and_the_mend_is_said() -> None:
    async with gateway({}) as client:
        for path, headers in (
            (f"/api/session/enrolments/enrol-{'0' * 32}", {}),
            ("/api/session/refresh", as_rescuer({"token": _with_session()})),
        ):
            answer = await client.post(path, json={"code": "000000"}, headers=headers)
            assert answer.status_code == 503
            assert "LIFERING_TOKEN_PRIVATE_KEY" in answer.json()["detail"]


async def test_guessing_from_one_address_is_counted(edge: Edge) -> None:
    async with _gateway(edge.inside, rate_sign_in="4/hour") as client:
        path = f"/api/session/enrolments/enrol-{'0' * 32}"
        asked = [
            (await client.post(path, json={"code": f"{number:06d}"})).status_code
            for number in range(3)
        ]
        assert asked == [404, 404, 404]
        phone = {"phone": "13800001111"}
        assert (await client.post("/api/sign-ins", json=phone)).status_code == 201
        refused = await client.post("/session" + path.removeprefix("/api/session"), json={})
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        assert (await client.post("/api/enrolments", json={})).status_code == 429
        # Reading is not guessing.
        assert (await client.get("/api/public/consent")).status_code == 200
        registrar = bearer(Role.REGISTRAR)
        assert (await client.get("/api/enrolments", headers=registrar)).status_code == 200


def _with_session() -> str:
    return issue(
        KEYS.private_pem,
        role=Role.RESCUER,
        subject="R-1",
        now=datetime.now(UTC),
        lifetime_s=60,
        session=f"ses-{'0' * 32}",
    )
