"""The register of AEDs on the real servers, in a schema and under topic names of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from services.aed_registry.main import build
from services.aed_registry.settings import Settings
from shared.clock import ManualClock
from shared.contracts.records import IncidentRecord
from shared.contracts.topics import AEDS, INCIDENTS, dead_letter_name
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.messaging.admin import ensure_topics
from shared.messaging.events import cloud_headers

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai


class OwnSchema(Settings):
    """The service under its own name, in a schema that is the test's."""

    own_schema: str

    @property
    def database_schema(self) -> str:
        return self.own_schema


@dataclass(frozen=True)
class Registry:
    """The running service and how to ask it."""

    client: httpx.AsyncClient
    clock: ManualClock
    keys: KeyPair
    bootstrap: str
    prefix: str
    dsn: str
    schema: str

    def headers(self, role: Role = Role.REGISTRAR, subject: str = "li") -> dict[str, str]:
        token = issue(
            self.keys.private_pem, role=role, subject=subject, now=NOW, lifetime_s=365 * 86_400
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
        if_match: int | None = None,
        **params: Any,
    ) -> httpx.Response:
        headers = self.headers(role, subject)
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return await self.client.request(method, path, json=body, headers=headers, params=params)

    async def sql(self, statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": self.schema})
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    async def records(self, enough: int) -> list[ConsumerRecord[bytes, bytes]]:
        """The first ``enough`` events about AEDs, in the order of their partitions."""
        consumer = AIOKafkaConsumer(
            self.prefix + AEDS.name,
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

    async def happened(self, *events: tuple[str, IncidentRecord]) -> None:
        """Publishes what happened in incidents, each with its event id, in their order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            for event_id, record in events:
                headers = cloud_headers(
                    event_id=event_id,
                    type=INCIDENTS.event_type,
                    source="lifering/dispatch",
                    subject=record.incident_id,
                    time=record.at,
                    version=record.sequence,
                )
                await producer.send_and_wait(
                    self.prefix + INCIDENTS.name,
                    record.model_dump_json().encode(),
                    key=record.incident_id.encode(),
                    partition=0,  # of one partition, so handled in the order of publishing
                    headers=[(name, value.encode()) for name, value in headers.items()],
                )
        finally:
            await producer.stop()

    async def dead_letters(self) -> int:
        """How many events about incidents were put aside until now."""
        letters = TopicPartition(self.prefix + dead_letter_name(INCIDENTS.name, "aed_registry"), 0)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None)
        await consumer.start()
        try:
            ends: dict[TopicPartition, int] = await consumer.end_offsets([letters])
            return ends[letters]
        finally:
            await consumer.stop()


@pytest.fixture
async def registry(
    kafka_bootstrap: str, database_url: str, schema: str, topic_prefix: str
) -> AsyncIterator[Registry]:
    keys = make_key_pair()
    clock = ManualClock(NOW)
    await ensure_topics(kafka_bootstrap, (AEDS, INCIDENTS), prefix=topic_prefix)
    settings = OwnSchema(
        own_schema=schema,
        kafka_bootstrap=kafka_bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        token_public_key=keys.public_pem,
    )
    service = build(settings, clock)
    async with service.running() as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Registry(client, clock, keys, kafka_bootstrap, topic_prefix, database_url, schema)


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    """An AED's row; fields can be given."""

    def make(**fields: Any) -> dict[str, Any]:
        return {
            "id": "AED-1",
            "name": "市民广场北门",
            "place": {"latitude": 26.2634, "longitude": 117.6389, "datum": "wgs84"},
            "opening_hours": "Mo-Su 06:00-21:00",
            "access": "public",
            "access_code": "2580#",
            "code_required": True,
            "state": "in_service",
            "last_checked_at": (NOW - timedelta(days=20)).isoformat(),
            "keeper": {"name": "林晓", "phone": "+86 598 000 0000"},
            "provenance": {"source": "test"},
            **fields,
        }

    return make


@pytest.fixture
def registered(
    registry: Registry, row: Callable[..., dict[str, Any]]
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Registers an AED and gives what was answered."""

    async def register(**fields: Any) -> dict[str, Any]:
        response = await registry.call("POST", "/aeds", row(**fields))
        assert response.status_code == 201, response.text
        body: dict[str, Any] = response.json()
        return body

    return register
