"""Dispatch in this process, on real servers, with time that stands still, and a small city."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.dispatch.main import build
from services.dispatch.settings import Settings
from services.dispatch.work.follow_ups import FollowUps
from services.dispatch.work.picture import Picture
from shared.clock import ManualClock
from shared.contracts import topics
from shared.contracts.records import (
    AedRecord,
    AlertRecord,
    DeliveryRecord,
    OrderRecord,
    PresenceRecord,
    Record,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.contracts.topics import PARTITIONS, Topic
from shared.contracts.words import (
    AedAccess,
    AedState,
    DeliveryState,
    RescuerState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.geometry.cells import cell_of, partition_of_shard, shard_of_place
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.ids import new_id
from shared.messaging.events import cloud_headers, decode

NOON = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)
"""12:00 in Sanming, on a Wednesday."""
HERE = (26.2486, 117.6186)
PATIENCE_S = 30.0
M_PER_DEGREE = 111_195.0


def moved(north_m: float, east_m: float = 0.0) -> tuple[float, float]:
    """A place so far from :data:`HERE`, near enough for a city."""
    return HERE[0] + north_m / M_PER_DEGREE, HERE[1] + east_m / (M_PER_DEGREE * 0.897)


def rescuer(name: str, **changes: Any) -> RescuerRecord:
    values: dict[str, Any] = {
        "id": name,
        "version": 1,
        "state": RescuerState.VERIFIED,
        "credential_expires_on": date(2027, 1, 1),
        "time_zone": "Asia/Shanghai",
        "transport_mode": TransportMode.E_BIKE,
        "location_consent": True,
    }
    return RescuerRecord(**{**values, **changes})


def aed(name: str, north_m: float, **changes: Any) -> AedRecord:
    latitude, longitude = moved(north_m)
    values: dict[str, Any] = {
        "id": name,
        "version": 1,
        "name": f"AED {name}",
        "latitude": latitude,
        "longitude": longitude,
        "opening_hours": "24/7",
        "time_zone": "Asia/Shanghai",
        "access": AedAccess.PUBLIC,
        "state": AedState.IN_SERVICE,
        "last_checked_at": NOON - timedelta(days=3),
    }
    return AedRecord(**{**values, **changes})


@dataclass
class World:
    """One deployment of dispatch: its clock, its city, its people's tokens."""

    bootstrap: str
    dsn: str
    prefix: str
    clock: ManualClock
    keys: KeyPair
    picture: Picture
    follow_ups: FollowUps
    _client: httpx.AsyncClient
    _producer: AIOKafkaProducer
    expected: dict[str, int] = field(default_factory=dict)

    def token(self, role: Role, subject: str, station: str | None = None) -> str:
        return issue(
            self.keys.private_pem,
            role=role,
            subject=subject,
            now=self.clock.now(),
            lifetime_s=86_400,
            station=station,
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: Role = Role.DISPATCHER,
        subject: str = "alice",
        station: str | None = None,
        **headers: str,
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token(role, subject, station)}"
        return await self._client.request(method, path, json=body, headers=sent)

    async def ok(self, method: str, path: str, body: Any = None, **who: Any) -> dict[str, Any]:
        answer = await self.ask(method, path, body, **who)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        document: dict[str, Any] = answer.json()
        return document

    async def rescuer(self, name: str, alert_id: str, step: str, **body: Any) -> httpx.Response:
        return await self.ask(
            "POST",
            f"/me/tasks/{alert_id}/steps/{step}",
            body,
            role=Role.RESCUER,
            subject=name,
        )

    async def crew(self, order: dict[str, Any], step: str) -> httpx.Response:
        return await self.ask(
            "POST",
            f"/orders/{order['id']}/steps",
            {"step": step},
            role=Role.STATION,
            subject="crew",
            station=order["station_id"],
        )

    async def call(self, **changes: Any) -> dict[str, Any]:
        body = {
            "place": {"latitude": HERE[0], "longitude": HERE[1], "datum": "wgs84"},
            "details": {"address": "SECRET STREET 1", "floor": 0},
            "conscious": False,
            "breathing_normally": False,
        }
        return await self.ok("POST", "/calls", {**body, **changes})

    async def incident(self, incident_id: str) -> dict[str, Any]:
        return await self.ok("GET", f"/incidents/{incident_id}")

    async def events(self, incident_id: str) -> list[str]:
        timeline = await self.ok("GET", f"/incidents/{incident_id}/timeline")
        assert [e["sequence"] for e in timeline["entries"]] == list(
            range(1, len(timeline["entries"]) + 1)
        )
        return [entry["event"] for entry in timeline["entries"]]

    # --- the city ------------------------------------------------------------------------------

    async def publish(self, topic: Topic, record: Record, place: tuple[float, float]) -> None:
        await self._put(
            topic,
            str(getattr(record, topic.key)),
            record.model_dump_json().encode(),
            place,
            version=getattr(record, "version", None),
        )

    async def unpublish(
        self, topic: Topic, key: str, place: tuple[float, float], version: int
    ) -> None:
        """A tombstone where the record was."""
        await self._put(topic, key, None, place, version=version)

    async def _put(
        self,
        topic: Topic,
        key: str,
        value: bytes | None,
        place: tuple[float, float],
        *,
        version: int | None,
    ) -> None:
        shard = shard_of_place(*place)
        headers = cloud_headers(
            event_id=new_id("evt"),
            type=topic.event_type,
            source="lifering/test",
            subject=key,
            time=self.clock.now(),
            version=version,
            shard=shard,
            traceparent=None,
        )
        await self._producer.send_and_wait(
            self.prefix + topic.name,
            value,
            key=key.encode(),
            partition=partition_of_shard(shard, PARTITIONS),
            headers=[(name, text.encode()) for name, text in headers.items()],
        )

    async def settle(self, done: Callable[[], bool]) -> None:
        """Waits until the tables have taken what was published."""
        async with asyncio.timeout(PATIENCE_S):
            while not done():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)

    async def add_rescuer(self, name: str, north_m: float, **changes: Any) -> None:
        place = moved(north_m)
        await self.publish(topics.RESCUERS, rescuer(name, **changes), place)
        await self.publish(
            topics.PRESENCE,
            PresenceRecord(rescuer_id=name, cell=cell_of(*place), recorded_at=self.clock.now()),
            place,
        )

        def there() -> bool:
            entry = self.picture.rescuers.get(name)
            return entry is not None and entry.presence is not None

        await self.settle(there)

    async def add_aed(self, name: str, north_m: float, **changes: Any) -> None:
        await self.publish(topics.AEDS, aed(name, north_m, **changes), moved(north_m))
        await self.settle(lambda: self.picture.aeds.get(name) is not None)

    async def add_unit(
        self, name: str, north_m: float, kind: UnitKind = UnitKind.AMBULANCE, **changes: Any
    ) -> None:
        place = moved(north_m)
        station = f"station-{name}"
        tier = (
            Tier.FIRST_AID_STATION if kind is UnitKind.AMBULANCE else Tier.COMMUNITY_HEALTH_CENTRE
        )
        await self.publish(
            topics.STATIONS,
            StationRecord(
                id=station,
                version=1,
                name=station,
                tier=tier,
                latitude=place[0],
                longitude=place[1],
                time_zone="Asia/Shanghai",
            ),
            place,
        )
        values: dict[str, Any] = {
            "id": name,
            "version": 1,
            "station_id": station,
            "kind": kind,
            "mode": TransportMode.CAR,
            "state": UnitState.AVAILABLE,
            "state_at": self.clock.now(),
            "latitude": place[0],
            "longitude": place[1],
        }
        record = UnitRecord(**{**values, **changes})
        await self.publish(topics.UNITS, record, place)

        def there() -> bool:
            known = self.picture.units.get(name)
            return known is not None and known.version >= record.version

        await self.settle(there)
        await self.settle(lambda: station in self.picture.stations)

    async def receipt(
        self,
        message: AlertRecord,
        state: DeliveryState,
        *,
        channel: str = "in_app",
        reason: str | None = None,
    ) -> str:
        """Alerting reports on a message; returns the event's id."""
        record = DeliveryRecord(
            message_id=message.message_id,
            alert_id=message.alert_id,
            incident_id=message.incident_id,
            rescuer_id=message.rescuer_id,
            channel=channel,
            state=state,
            at=self.clock.now(),
            shard=message.shard,
            reason=reason,
        )
        await self.publish(topics.DELIVERIES, record, HERE)
        return record.message_id

    async def read(self, topic: Topic, enough: Callable[[list[Any]], bool]) -> list[Any]:
        """Everything on a topic from its start, until it is enough."""
        consumer = AIOKafkaConsumer(
            self.prefix + topic.name,
            bootstrap_servers=self.bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        found: list[Any] = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not enough(found):
                    batches = await consumer.getmany(timeout_ms=200)
                    for batch in batches.values():
                        found += [decode(one, topic).data for one in batch]
        finally:
            await consumer.stop()
        return found

    async def alerts(self, count: int) -> list[AlertRecord]:
        return await self.read(topics.ALERTS, lambda found: len(found) >= count)

    async def orders(self, count: int) -> list[OrderRecord]:
        return await self.read(topics.ORDERS, lambda found: len(found) >= count)


def settings_for(
    bootstrap: str, dsn: str, schema: str, prefix: str, keys: KeyPair, **more: Any
) -> Settings:
    class OwnSchema(Settings):
        @property
        def database_schema(self) -> str:
            return schema

    return OwnSchema(
        service="dispatch",
        kafka_bootstrap=bootstrap,
        database_url=dsn,
        topic_prefix=prefix,
        token_public_key=keys.public_pem,
        urls={
            "aed_registry": "http://127.0.0.1:9",
            "rescuer_location": "http://127.0.0.1:9",
        },
        **{"rehearse_every_s": 0.25, **more},
    )


@asynccontextmanager
async def running(
    bootstrap: str,
    dsn: str,
    schema: str,
    prefix: str,
    *,
    clock: ManualClock | None = None,
    keys: KeyPair | None = None,
    producer_bootstrap: str | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    """One instance of dispatch; several share a schema and a prefix."""
    clock = clock or ManualClock(NOON)
    keys = keys or make_key_pair()
    service = build(settings_for(bootstrap, dsn, schema, prefix, keys, **more), clock)
    producer = AIOKafkaProducer(
        bootstrap_servers=producer_bootstrap or bootstrap, enable_idempotence=True
    )
    await producer.start()
    try:
        async with service.running() as app:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://dispatch") as client:
                picture = service.parts.get(Picture)
                later = service.parts.get(FollowUps)
                yield World(bootstrap, dsn, prefix, clock, keys, picture, later, client, producer)
    finally:
        await producer.stop()
