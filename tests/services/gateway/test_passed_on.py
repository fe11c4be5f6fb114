"""A phone's own token stops at the gateway; what goes on lives shortly, and ends when it ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.gateway.domain.upstreams import Upstreams
from services.gateway.work.sessions import PASSED_ON_FOR, EndedSessions, Sessions
from shared.clock import ManualClock
from shared.http.app import create_app
from shared.identity.roles import Role
from shared.identity.tokens import Identity, issue, verify
from shared.settings import ServiceSettings
from tests.services.gateway.world import (
    KEYS,
    PATIENCE_S,
    Upstream,
    decoded,
    everything_at,
    gateway,
    serving,
)

SESSION = "ses-" + "0" * 32


def phone(session: str | None = SESSION, **more: Any) -> dict[str, str]:
    token = issue(
        KEYS.private_pem,
        role=Role.RESCUER,
        subject="R-1",
        now=datetime.now(UTC),
        lifetime_s=86_400,
        session=session,
        **more,
    )
    return {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}


async def test_the_services_get_a_token_of_the_gateways_own() -> None:
    service = Upstream("all")
    async with (
        serving(service.app()) as url,
        gateway(everything_at(url), token_private_key=KEYS.private_pem) as client,
    ):
        seen = [
            decoded(await client.get("/api/me/tasks", headers=phone()))["headers"]["authorization"]
            for _ in range(2)
        ]
        assert seen[0] == seen[1]
        who = verify(KEYS.public_pem, seen[0].removeprefix("Bearer "), datetime.now(UTC))
        assert (who.role, who.subject, who.session, who.passed_on) == (
            Role.RESCUER,
            "R-1",
            SESSION,
            True,
        )
        assert who.expires_at is not None
        assert who.expires_at <= datetime.now(UTC) + PASSED_ON_FOR
        # A token from the command line has no session, and goes on as it is.
        own = phone(None)
        plain = decoded(await client.get("/api/me/tasks", headers=own))
        assert plain["headers"]["authorization"] == own["Authorization"]
        # What is passed on is nothing to come in with.
        inner = {"Authorization": seen[0]}
        assert (await client.get("/api/me/tasks", headers=inner)).status_code == 401


async def test_without_its_key_the_gateway_passes_no_phone_on() -> None:
    service = Upstream("all")
    async with serving(service.app()) as url, gateway(everything_at(url)) as client:
        answer = await client.get("/api/me/tasks", headers=phone())
        assert answer.status_code == 503
        assert "LIFERING_TOKEN_PRIVATE_KEY" in answer.json()["detail"]
        assert service.asked == []


async def test_who_signs_out_hears_nothing_more_on_an_open_stream() -> None:
    service = Upstream("all")
    async with (
        asyncio.timeout(PATIENCE_S),
        serving(service.app()) as url,
        gateway(everything_at(url), token_private_key=KEYS.private_pem) as client,
    ):
        async with client.stream("GET", "/api/me/stream", headers=phone()) as answer:
            chunks = answer.aiter_text()
            await anext(chunks)
            left = await client.post("/api/session/sign-out", headers=phone())
            assert left.json() == {"ended": True}
            with pytest.raises(StopAsyncIteration):
                await anext(chunks)
        await service.silence.wait()
        assert (await client.get("/api/me/stream", headers=phone())).status_code == 401


@pytest.mark.parametrize(
    ("session", "passed_on", "at_the_edge", "inside"),
    [(None, False, 404, 404), (SESSION, False, 404, 401), (SESSION, True, 401, 404)],
)
async def test_which_token_counts_where(
    session: str | None, passed_on: bool, at_the_edge: int, inside: int
) -> None:
    settings = ServiceSettings(service="any", token_public_key=KEYS.public_pem)
    for edge, status in ((True, at_the_edge), (False, inside)):
        app = create_app(title="any", settings=settings, routers=[], edge=edge)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://any") as client:
            headers = phone(session, passed_on=passed_on)
            assert (await client.get("/nowhere", headers=headers)).status_code == status


async def test_what_is_passed_on_is_made_anew_in_time_and_never_for_another() -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    sessions = Sessions(
        client=httpx.AsyncClient(),
        upstreams=Upstreams({}),
        ended=EndedSessions(),
        private_key=KEYS.private_pem,
        lifetime_s=60,
        clock=clock,
        now_s=lambda: 0.0,
    )
    mine = Identity(Role.RESCUER, "R-1", session=SESSION)
    first = sessions.passed_on(mine)
    other = sessions.passed_on(Identity(Role.RESCUER, "R-2", session=SESSION))
    assert verify(KEYS.public_pem, other, clock.now()).subject == "R-2"
    clock.advance(PASSED_ON_FOR.total_seconds() / 2 + 1)
    again = sessions.passed_on(mine)
    assert again != first
    assert verify(KEYS.public_pem, again, clock.now() + timedelta(seconds=60)).subject == "R-1"
