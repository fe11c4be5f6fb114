"""Alerting as a process of its own on real servers, and those around it: dispatch, phones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts.records import AlertRecord, DeliveryRecord
from shared.contracts.topics import ALERTS, DELIVERIES
from shared.contracts.words import MessageKind, Task
from shared.geometry.cells import partition_of_shard
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair
from shared.ids import new_id
from shared.messaging.admin import ensure_topics
from shared.messaging.events import cloud_headers, decode

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 40.0
"""Only ends a test that would hang; nothing is measured by it."""


def alert(rescuer_id: str, **changes: Any) -> AlertRecord:
    """A message as dispatch sends it; incident and alert are the rescuer's own by default."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "message_id": new_id("msg"),
        "alert_id": f"alert-{rescuer_id}",
        "incident_id": f"inc-{rescuer_id}",
        "rescuer_id": rescuer_id,
        "kind": MessageKind.ALERT,
        "sequence": 1,
        "task": Task.VIA_AED,
        "sent_at": now,
        "expires_at": now + timedelta(minutes=5),
        "shard": 7,
    }
    return AlertRecord(**{**values, **changes})


SECRET = "a secret of both sides"


def channels(*turns: tuple[str, float], **urls: str) -> str:
    """LIFERING_CHANNELS for an order of channels; those with a URL are providers.

    A name with a plus before it begins together with the one before.
    """
    return json.dumps(
        [
            {
                "channel": name.removeprefix("+"),
                "deadline_s": deadline_s,
                "with_previous": name.startswith("+"),
            }
            | (
                {"url": urls[name.removeprefix("+")], "secret": SECRET}
                if name.removeprefix("+") in urls
                else {}
            )
            for name, deadline_s in turns
        ]
    )


VAPID = {
    "LIFERING_VAPID_PRIVATE_KEY": "IBW2ANTJhK6vn4ECChlfJXuxOVGlp3PCh_Vdf1rE1bE",
    "LIFERING_VAPID_SUBJECT": "mailto:centre@example.org",
    "LIFERING_PUSH_HOSTS": '["localhost", "127.0.0.1"]',
    "LIFERING_PUSH_INSECURE": "true",
}
"""What makes an instance push, to services on this machine."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event as a phone reads it."""

    id: str
    name: str
    data: dict[str, Any]


class Phone:
    """A rescuer's phone: an open stream and the requests beside it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    @asynccontextmanager
    async def stream(
        self, last_event_id: str | None = None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """The events of its stream, as they come."""
        headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        async with (
            asyncio.timeout(PATIENCE_S),
            self.client.stream("GET", "/me/stream", headers=headers) as response,
        ):
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            events = _events(response)
            try:
                yield events
            finally:
                await events.aclose()

    async def receipt(self, message_id: str, state: str, **more: Any) -> httpx.Response:
        return await self.client.post(
            f"/me/messages/{message_id}/receipts", json={"state": state, **more}
        )


async def _events(response: httpx.Response) -> AsyncGenerator[StreamEvent, None]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            yield StreamEvent(fields["id"], fields["event"], json.loads(fields["data"]))
        fields = {}


@dataclass
class World:
    """One deployment of alerting: a schema, prefixed topics, keys and processes."""

    bootstrap: str
    dsn: str
    schema: str
    prefix: str
    keys: KeyPair = field(default_factory=make_key_pair)

    def token(self, role: Role, subject: str, **more: Any) -> str:
        return issue(
            self.keys.private_pem,
            role=role,
            subject=subject,
            now=datetime.now(UTC),
            lifetime_s=600,
            **more,
        )

    @contextmanager
    def process(self, *, instance: str = "1", **environment: str) -> Iterator[Running]:
        """A running instance, ready; ended at the end if it still runs."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("LIFERING_")}
        env = inherited | {
            "PYTHONPATH": str(ROOT),
            "LIFERING_SERVICE": self.schema,
            "LIFERING_INSTANCE": instance,
            "LIFERING_PORT": str(port),
            "LIFERING_TOPIC_PREFIX": self.prefix,
            "LIFERING_TOKEN_PUBLIC_KEY": self.keys.public_pem,
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "DATABASE_URL": self.dsn,
            **environment,
        }
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "services.alerting"], cwd=ROOT, env=env
        )
        running = Running(process, f"http://127.0.0.1:{port}", self)
        try:
            running.wait_ready()
            yield running
        finally:
            running.stop()

    async def publish(self, *alerts: AlertRecord, event_id: str | None = None) -> None:
        """Puts alerts on their topic as dispatch's relay does."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            for one in alerts:
                headers = cloud_headers(
                    event_id=event_id or new_id("evt"),
                    type=ALERTS.event_type,
                    source="lifering/dispatch",
                    subject=one.alert_id,
                    time=one.sent_at,
                    shard=one.shard,
                )
                await producer.send_and_wait(
                    self.prefix + ALERTS.name,
                    one.model_dump_json().encode(),
                    key=one.alert_id.encode(),
                    partition=partition_of_shard(one.shard, ALERTS.partitions),
                    headers=[(k, v.encode()) for k, v in headers.items()],
                )
        finally:
            await producer.stop()

    async def deliveries_until(
        self, enough: Callable[[Sequence[DeliveryRecord]], bool]
    ) -> list[DeliveryRecord]:
        """All deliveries from the beginning until there are enough."""
        name = self.prefix + DELIVERIES.name
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        await consumer.start()
        found: list[DeliveryRecord] = []
        try:
            partitions = [TopicPartition(name, n) for n in range(DELIVERIES.partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async with asyncio.timeout(PATIENCE_S):
                while not enough(found):
                    record = await consumer.getone()
                    event = decode(record, DELIVERIES)
                    assert record.partition == partition_of_shard(event.shard or 0, 8)
                    assert event.data is not None
                    found.append(event.data)
        finally:
            await consumer.stop()
        return found


@dataclass
class Running:
    """A running instance."""

    popen: subprocess.Popen[bytes]
    url: str
    world: World

    def wait_ready(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.popen.poll() is None, "the service has ended by itself"
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(httpx.get(f"{self.url}/ready").text)

    def kill(self) -> None:
        """kill -9."""
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        if self.popen.poll() is None:
            self.popen.terminate()
        return self.popen.wait(timeout=PATIENCE_S)

    @asynccontextmanager
    async def phone(self, rescuer_id: str) -> AsyncIterator[Phone]:
        async with self.client(Role.RESCUER, rescuer_id) as client:
            yield Phone(client)

    def client(self, role: Role, subject: str) -> httpx.AsyncClient:
        token = self.world.token(role, subject)
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(PATIENCE_S),
        )


@contextmanager
def new_world(bootstrap: str, dsn: str) -> Iterator[World]:
    """A fresh deployment; its schema is dropped at the end."""
    world = World(bootstrap, dsn, f"alerting_{secrets.token_hex(5)}", f"t{secrets.token_hex(4)}.")
    with asyncio.Runner() as runner:
        runner.run(ensure_topics(bootstrap, (ALERTS, DELIVERIES), prefix=world.prefix))
    try:
        yield world
    finally:
        with asyncio.Runner() as runner:
            runner.run(_drop(dsn, world.schema))


async def _drop(dsn: str, schema: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    finally:
        await connection.close()


def states_of(found: Sequence[DeliveryRecord], message_id: str) -> list[str]:
    """What was published about a message, in its order."""
    return [one.state.value for one in found if one.message_id == message_id]
