"""The rescuers' service on the real servers, in a schema and under topic names of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from services.rescuer_location.main import build
from services.rescuer_location.settings import RescuerLocationSettings
from shared.clock import ManualClock
from shared.contracts.records import PositionRecord, PresenceRecord
from shared.contracts.topics import POSITIONS, PRESENCE, RESCUERS, Topic
from shared.geometry.cells import cell_of, partition_of_shard, shard_of_cell
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.ids import new_id
from shared.messaging.admin import ensure_topics
from shared.messaging.events import cloud_headers

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
PATIENCE_S = 30.0
"""Only ends a test that would hang; nothing is measured by it."""
SANMING = (26.263412, 117.638951)
HOME = cell_of(*SANMING)


def partition_of_cell(cell: str) -> int:
    return partition_of_shard(shard_of_cell(cell), PRESENCE.partitions)


def far_cell(partition_unlike: int) -> str:
    """A cell whose presence goes to another partition."""
    for step in range(1, 200):
        cell = cell_of(SANMING[0] + step * 0.1, SANMING[1])
        if partition_of_cell(cell) != partition_unlike:
            return cell
    raise AssertionError("no such cell")


def row(rescuer_id: str, **changes: Any) -> dict[str, Any]:
    """A rescuer as a registrar enters one."""
    values: dict[str, Any] = {
        "id": rescuer_id,
        "name": f"张 {rescuer_id}",
        "phone": "+86 138 0000 0000",
        "credential": {
            "kind": "first_aid",
            "number": f"C-{rescuer_id}",
            "expires_on": "2027-12-31",
        },
        "state": "verified",
        "skills": ["cpr", "aed"],
        "time_zone": "Asia/Shanghai",
        "transport_mode": "e_bike",
        "places": [{"kind": "home", "cell": HOME, "hours": "24/7"}],
        "consent": {"alerts": True, "location": True},
        "provenance": {"source": "test", "synthetic": True},
    }
    return {**values, **changes}


@dataclass
class World:
    """One deployment: a schema, prefixed topics, keys, a clock that the test holds."""

    bootstrap: str
    dsn: str
    schema: str
    prefix: str
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    keys: KeyPair = field(default_factory=make_key_pair)

    async def make_topics(self) -> None:
        await ensure_topics(self.bootstrap, [RESCUERS, POSITIONS, PRESENCE], prefix=self.prefix)

    @asynccontextmanager
    async def running(self, *, ready: bool = True, **settings: Any) -> AsyncIterator[Running]:
        """An instance of the service in this process, once it is ready."""
        service = build(
            RescuerLocationSettings(
                service=self.schema,
                **{
                    "kafka_bootstrap": self.bootstrap,
                    "database_url": self.dsn,
                    "topic_prefix": self.prefix,
                    "token_public_key": self.keys.public_pem,
                    **settings,
                },
            ),
            clock=self.clock,
        )
        async with service.running() as app:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                running = Running(self, client)
                if ready:
                    await eventually(running.is_ready)
                yield running

    async def send(self, *positions: PositionRecord) -> None:
        """Positions as the gateway produces them, acknowledged."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            for position in positions:
                headers = cloud_headers(
                    event_id=new_id("evt"),
                    type=POSITIONS.event_type,
                    source="lifering/gateway",
                    subject=position.rescuer_id,
                    time=position.recorded_at,
                )
                await producer.send_and_wait(
                    self.prefix + POSITIONS.name,
                    value=position.model_dump_json().encode(),
                    key=position.rescuer_id.encode(),
                    partition=0,
                    headers=[(name, value.encode()) for name, value in headers.items()],
                )
        finally:
            await producer.stop()

    def position(self, rescuer_id: str, cell: str, age_s: float = 1.0) -> PositionRecord:
        now = self.clock.now()
        return PositionRecord(
            rescuer_id=rescuer_id,
            cell=cell,
            recorded_at=now - timedelta(seconds=age_s),
            received_at=now,
        )

    async def records(self, topic: Topic) -> list[ConsumerRecord[bytes, bytes]]:
        """Everything on a topic now."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        try:
            name = self.prefix + topic.name
            partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[ConsumerRecord[bytes, bytes]] = []
            for partition, end in ends.items():
                while await consumer.position(partition) < end:
                    for batch in (await consumer.getmany(partition, timeout_ms=500)).values():
                        found.extend(batch)
            return found
        finally:
            await consumer.stop()

    async def rewind(self, topic: Topic) -> None:
        """Puts the service's group back to the start, as if it had committed nothing."""
        name = self.prefix + topic.name
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=f"{self.prefix}rescuer_location.{topic.name}",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            await consumer.commit(dict.fromkeys(partitions, 0))
        finally:
            await consumer.stop()

    async def presences(self) -> list[tuple[str, int, str | None]]:
        """(rescuer, partition, cell or None for a tombstone), in the order of partitions."""
        return [
            (
                (record.key or b"").decode(),
                record.partition,
                None
                if record.value is None
                else PresenceRecord.model_validate_json(record.value).cell,
            )
            for record in await self.records(PRESENCE)
        ]

    async def sql(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": self.schema})
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()


@dataclass(frozen=True)
class Running:
    """A running instance and how to ask it."""

    world: World
    client: httpx.AsyncClient

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: Role | None = Role.REGISTRAR,
        subject: str = "li",
        if_match: int | None = None,
        **params: Any,
    ) -> httpx.Response:
        headers = self.headers(role, subject)
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return await self.client.request(method, path, json=body, headers=headers, params=params)

    def headers(self, role: Role | None, subject: str = "li") -> dict[str, str]:
        if role is None:
            return {}
        token = issue(
            self.world.keys.private_pem,
            role=role,
            subject=subject,
            now=NOW,
            lifetime_s=365 * 86_400,
        )
        return {"Authorization": f"Bearer {token}"}

    async def is_ready(self) -> bool:
        return (await self.call("GET", "/ready", role=None)).status_code == 200

    async def register(self, *rows: dict[str, Any]) -> None:
        answer = await self.call("POST", "/rescuers/bulk", list(rows))
        assert answer.json()["refused"] == 0, answer.text

    async def own(self, rescuer_id: str, path: str = "/me/presence") -> dict[str, Any]:
        answer = await self.call("GET", path, role=Role.RESCUER, subject=rescuer_id)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def live_cell(self, rescuer_id: str) -> str | None:
        live = (await self.own(rescuer_id))["live"]
        return None if live is None else live["cell"]

    async def until_handled(self, *sentinels: str) -> None:
        """Waits until a fresh position of each sentinel, sent now, has been taken in."""
        for sentinel in sentinels:
            await self.world.send(self.world.position(sentinel, HOME, age_s=0))
            await eventually(partial(self._is_live, sentinel))

    async def _is_live(self, rescuer_id: str) -> bool:
        return await self.live_cell(rescuer_id) is not None


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits until something holds; a test that would wait for ever fails."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.02)


def texts(records: Sequence[ConsumerRecord[bytes, bytes]]) -> str:
    """Everything in the records, as text to search in."""
    parts = []
    for record in records:
        parts.append(repr(record.key))
        parts.append(repr(record.value))
        parts.extend(f"{name}={value!r}" for name, value in record.headers)
    return "\n".join(parts)
