"""Stations and units on the real servers, in a schema and under topic names of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from services.ambulance_stations.domain.states import Commander
from services.ambulance_stations.main import build
from services.ambulance_stations.settings import Settings
from shared.clock import ManualClock
from shared.contracts.records import OrderRecord
from shared.contracts.topics import CIRCLES, ORDERS, STATIONS, UNITS, Topic
from shared.contracts.words import OrderState
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.messaging.admin import ensure_topics
from shared.messaging.events import cloud_headers
from shared.streets.graph import StreetGraph, save
from shared.streets.synthetic import synthetic_graph

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HERE = (26.2719, 117.6457)
PLACE = {"latitude": HERE[0], "longitude": HERE[1], "datum": "wgs84"}


class OwnSchema(Settings):
    """The service under its own name, in a schema that is the test's."""

    own_schema: str

    @property
    def database_schema(self) -> str:
        return self.own_schema


@dataclass(frozen=True)
class Stations:
    """The running service and how to ask it."""

    client: httpx.AsyncClient
    clock: ManualClock
    keys: KeyPair
    bootstrap: str
    prefix: str

    def headers(self, role: Role, subject: str, station: str | None) -> dict[str, str]:
        token = issue(
            self.keys.private_pem,
            role=role,
            subject=subject,
            now=NOW,
            lifetime_s=365 * 86_400,
            station=station,
        )
        return {"Authorization": f"Bearer {token}"}

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: Role = Role.REGISTRAR,
        subject: str = "li",
        station: str | None = None,
        if_match: int | str | None = None,
        **params: Any,
    ) -> httpx.Response:
        headers = self.headers(role, subject, station)
        if if_match is not None:
            headers["If-Match"] = "*" if if_match == "*" else f'"{if_match}"'
        return await self.client.request(method, path, json=body, headers=headers, params=params)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.call("GET", path, role=Role.DISPATCHER, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    async def circles(self, station_id: str) -> dict[str, Any]:
        """The circles of a station, once they are worked out."""
        while True:
            found: dict[str, Any] = await self.get(f"/circles/{station_id}")
            if not found["due"]:
                return found
            await asyncio.sleep(0.02)

    async def unit(self, unit_id: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The unit, once what is waited for holds."""
        while True:
            found: dict[str, Any] = await self.get(f"/units/{unit_id}")
            if until(found):
                return found
            await asyncio.sleep(0.02)

    async def records(self, topic: Topic | str, enough: int) -> list[ConsumerRecord[bytes, bytes]]:
        """The first ``enough`` events of a topic, in the order of their partitions."""
        consumer = AIOKafkaConsumer(
            self.prefix + (topic if isinstance(topic, str) else topic.name),
            bootstrap_servers=self.bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            found: dict[bytes, ConsumerRecord[bytes, bytes]] = {}
            while len(found) < enough:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    # An outbox publishes at least once: the same event again is no other event.
                    for record in records:
                        found.setdefault(dict(record.headers)["ce_id"], record)
            return sorted(found.values(), key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()

    async def order(self, *events: tuple[str, OrderRecord]) -> None:
        """Publishes steps of orders, each with its event id, in their order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            for event_id, record in events:
                headers = cloud_headers(
                    event_id=event_id,
                    type=ORDERS.event_type,
                    source="lifering/dispatch",
                    subject=record.order_id,
                    time=record.at,
                )
                await producer.send_and_wait(
                    self.prefix + ORDERS.name,
                    record.model_dump_json().encode(),
                    key=record.order_id.encode(),
                    partition=0,
                    headers=[(name, value.encode()) for name, value in headers.items()],
                )
        finally:
            await producer.stop()


def step(state: OrderState, sequence: int, **fields: Any) -> OrderRecord:
    """A step of an order, a minute after the one before it."""
    return OrderRecord(
        **{
            "order_id": "order-1",
            "incident_id": "inc-1",
            "unit_id": "U-1",
            "state": state,
            "sequence": sequence,
            "at": NOW + timedelta(minutes=sequence),
            "shard": 0,
            **fields,
        }
    )


Run = Callable[..., Any]


@pytest.fixture
def run(kafka_bootstrap: str, database_url: str, schema: str, topic_prefix: str) -> Run:
    """Runs the service for a deployment in which that one commands the units."""

    @asynccontextmanager
    async def running(
        commander: Commander = Commander.OURS, streets: Path | str = ""
    ) -> AsyncIterator[Stations]:
        keys = make_key_pair()
        clock = ManualClock(NOW)
        topics = (STATIONS, UNITS, CIRCLES, ORDERS)
        await ensure_topics(kafka_bootstrap, topics, prefix=topic_prefix)
        settings = OwnSchema(
            own_schema=schema,
            kafka_bootstrap=kafka_bootstrap,
            database_url=database_url,
            topic_prefix=topic_prefix,
            token_public_key=keys.public_pem,
            units=commander,
            streets=str(streets),
        )
        async with build(settings, clock).running() as app:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield Stations(client, clock, keys, kafka_bootstrap, topic_prefix)

    return running


@pytest.fixture(scope="session")
def town() -> StreetGraph:
    """Streets around the station."""
    return synthetic_graph(4_000, seed=1, centre=HERE)


@pytest.fixture
def streets_folder(town: StreetGraph, tmp_path: Path) -> Path:
    """The town, as it was imported."""
    return save(town, tmp_path / town.version)


@pytest.fixture
async def stations(run: Run) -> AsyncIterator[Stations]:
    """A deployment that commands its own units."""
    async with run(Commander.OURS) as running:
        yield running


@pytest.fixture
def station_row() -> Callable[..., dict[str, Any]]:
    """A station's row; fields can be given."""

    def make(**fields: Any) -> dict[str, Any]:
        return {
            "id": "ST-1",
            "name": "梅列急救站",
            "tier": "first_aid_station",
            "place": PLACE,
            "provenance": {"source": "test", "synthetic": True},
            **fields,
        }

    return make


@pytest.fixture
def unit_row() -> Callable[..., dict[str, Any]]:
    """A unit's row; fields can be given."""

    def make(**fields: Any) -> dict[str, Any]:
        return {
            "id": "U-1",
            "station_id": "ST-1",
            "kind": "ambulance",
            "mode": "car",
            "capabilities": ["als", "aed"],
            "crew": [{"role": "doctor", "name": "陈医生"}, {"role": "driver"}],
            "provenance": {"source": "test", "synthetic": True},
            **fields,
        }

    return make


Register = Callable[..., Awaitable[None]]


@pytest.fixture
def station_with_unit(
    station_row: Callable[..., dict[str, Any]], unit_row: Callable[..., dict[str, Any]]
) -> Callable[[Stations], Awaitable[None]]:
    """Registers a station and its one unit."""

    async def register(stations: Stations) -> None:
        await stations.made("/stations", station_row())
        await stations.made("/units", unit_row())

    return register
