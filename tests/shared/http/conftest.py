"""A small service with one route for each thing that the edge must do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from shared.clock import ManualClock
from shared.http.app import create_app
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.settings import ServiceSettings
from tests.shared.http.sample import sample_router

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def keys() -> KeyPair:
    return make_key_pair()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def token(keys: KeyPair) -> Callable[..., dict[str, str]]:
    def headers(role: Role = Role.REGISTRAR, subject: str = "ann") -> dict[str, str]:
        made = issue(keys.private_pem, role=role, subject=subject, now=NOW, lifetime_s=3600)
        return {"Authorization": f"Bearer {made}"}

    return headers


@pytest.fixture
def app(keys: KeyPair, clock: ManualClock) -> FastAPI:
    settings = ServiceSettings(service="sample", token_public_key=keys.public_pem)
    return create_app(
        title="Sample",
        settings=settings,
        routers=[sample_router()],
        clock=clock,
        public=("/public/{thing_id}",),
        body_limits={"/large": 10_000_000},
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sample") as made:
        yield made
