"""Planning on the real database, with a dispatch that answers from a small made-up city."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.planning import main
from services.planning.main import build
from services.planning.settings import Settings
from shared.clock import ManualClock
from shared.contracts.records import AedRecord, RescuerRecord, StationRecord, UnitRecord, UsualPlace
from shared.contracts.words import (
    AedState,
    PlaceKind,
    RescuerState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.geometry.cells import cell_of
from shared.http.client import make_client
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.snapshots import Known, encode
from shared.whatif.recruits import LASTS

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HERE = (26.25, 117.62)


class OwnSchema(Settings):
    """The service under its own name, in a schema that is the test's."""

    own_schema: str

    @property
    def database_schema(self) -> str:
        return self.own_schema


def city() -> Known:
    """One AED, one ambulance, twenty rescuers around them."""
    zone: dict[str, Any] = {"version": 1, "time_zone": "Asia/Shanghai"}
    place: dict[str, Any] = {"latitude": HERE[0], "longitude": HERE[1]}
    return Known(
        aeds=[
            AedRecord(
                id="a1", name="一号", opening_hours="24/7", state=AedState.IN_SERVICE,
                **zone, **place,
            )
        ],
        stations=[StationRecord(id="s1", name="站", tier=Tier.EMERGENCY_CENTRE, **zone, **place)],
        units=[
            UnitRecord(
                id="u1", version=1, station_id="s1",
                kind=UnitKind.AMBULANCE, mode=TransportMode.CAR,
                state=UnitState.AVAILABLE, state_at=NOW, **place,
            )
        ],
        rescuers=[
            RescuerRecord(
                id=f"r{k:02}",
                state=RescuerState.VERIFIED,
                credential_expires_on=LASTS,
                places=(
                    UsualPlace(kind=PlaceKind.HOME, cell=cell_of(HERE[0] + k / 500, HERE[1], 10)),
                ),
                **zone,
            )
            for k in range(20)
        ],
        as_of=dict.fromkeys(("aeds", "rescuers", "stations", "units"), NOW),
    )  # fmt: skip


@dataclass
class Planning:
    """The running service, and how to ask it."""

    client: httpx.AsyncClient
    keys: KeyPair
    clock: ManualClock
    asked: list[httpx.Request]
    """What dispatch was asked."""

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: Role = Role.PLANNER,
        if_match: int | None = None,
    ) -> httpx.Response:
        token = issue(self.keys.private_pem, role=role, subject="paula", now=NOW, lifetime_s=86_400)
        headers = {"Authorization": f"Bearer {token}"}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return await self.client.request(method, f"/planning{path}", json=body, headers=headers)

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = await self.call(method, path, body, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def ended(self, run_id: str) -> Any:
        """The run, once it has ended."""
        while True:
            run = await self.ok("GET", f"/runs/{run_id}")
            if run["state"] in ("done", "failed", "stopped"):
                return run
            await asyncio.sleep(0.05)


@pytest.fixture
async def planning(
    database_url: str, schema: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Planning]:
    """The service; marked `at_once(0)` it works on nothing."""
    document = encode(city(), NOW, "live")
    asked: list[httpx.Request] = []

    def dispatch(question: httpx.Request) -> httpx.Response:
        asked.append(question)
        if question.url.path == "/incidents/picture/snapshot":
            return httpx.Response(200, content=document)
        if question.url.path == "/incidents/past":
            return httpx.Response(200, json={"incidents": []})
        return httpx.Response(503)

    def client_of(settings: Any, **more: Any) -> httpx.AsyncClient:
        return make_client(settings, transport=httpx.MockTransport(dispatch), **more)

    monkeypatch.setattr(main, "make_client", client_of)
    keys, clock = make_key_pair(), ManualClock(NOW)
    settings = OwnSchema(
        own_schema=schema,
        database_url=database_url,
        token_public_key=keys.public_pem,
        urls={"dispatch": "http://dispatch"},
        planning_at_once=getattr(request, "param", 1),
    )
    async with build(settings, clock).running() as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Planning(client, keys, clock, asked)
