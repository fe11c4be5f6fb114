"""A provider behind a signed webhook: a real HTTP server, Kafka and PostgreSQL."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from shared.http.signature import WINDOW_S, is_signed, sign
from tests.services.alerting.world import (
    PATIENCE_S,
    SECRET,
    Running,
    World,
    alert,
    channels,
    states_of,
)

pytestmark = pytest.mark.integration


@dataclass
class Provider:
    """Answers with the statuses that it was given, then with 202."""

    url: str
    statuses: list[int] = field(default_factory=list)
    retry_after: str | None = None
    requests: queue.Queue[tuple[dict[str, str], bytes]] = field(default_factory=queue.Queue)

    def next_message(self) -> dict[str, Any]:
        """The next message that it was given, once its signature has been checked."""
        headers, body = self.requests.get(timeout=PATIENCE_S)
        assert is_signed(
            SECRET,
            timestamp=int(headers["lifering-timestamp"]),
            signature=headers["lifering-signature"],
            body=body,
            now=datetime.now(UTC),
        )
        message: dict[str, Any] = json.loads(body)
        assert headers["idempotency-key"] == f"{message['message_id']}.sms"
        return message


@contextmanager
def provider(*statuses: int, retry_after: str | None = None) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.requests.put(({k.lower(): v for k, v in self.headers.items()}, body))
            status = made.statuses.pop(0) if made.statuses else 202
            self.send_response(status)
            if made.retry_after is not None and status >= 400:
                self.send_header("Retry-After", made.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Provider(f"http://127.0.0.1:{server.server_port}/sms", list(statuses), retry_after)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


async def report(
    running: Running,
    content: dict[str, Any],
    *,
    secret: str = SECRET,
    age_s: int = 0,
    tail: str = "",
) -> httpx.Response:
    """A provider's report; `tail` is added to the body after signing."""
    body = json.dumps(content)
    timestamp = int(datetime.now(UTC).timestamp()) - age_s
    headers = {
        "Content-Type": "application/json",
        "Lifering-Timestamp": str(timestamp),
        "Lifering-Signature": sign(secret, timestamp, body.encode()),
    }
    async with httpx.AsyncClient(base_url=running.url) as client:
        return await client.post("/receipts/webhook", content=body + tail, headers=headers)


async def test_a_provider_gets_what_the_app_did_not_and_reports_back(world: World) -> None:
    one = alert("R-1")
    with (
        provider(503) as sms,
        world.process(
            LIFERING_CHANNELS=channels(("in_app", 0.5), ("sms", 30.0), sms=sms.url)
        ) as running,
    ):
        await world.publish(one)
        first, again = sms.next_message(), sms.next_message()
        assert first == again, "tried again after the 503, under the same idempotency key"
        assert first["rescuer_id"] == "R-1"
        assert first.keys() == {
            "channel",
            "message_id",
            "alert_id",
            "incident_id",
            "rescuer_id",
            "kind",
            "sent_at",
            "expires_at",
        }
        said = {"channel": "sms", "message_id": one.message_id, "state": "delivered"}
        for refused in (
            await report(running, said, secret="somebody else's secret"),
            await report(running, said, age_s=WINDOW_S + 60),
            await report(running, said, age_s=-WINDOW_S - 60),
            await report(running, said, tail=" "),
            await report(running, {**said, "channel": "in_app"}),
        ):
            assert refused.status_code == 401
        assert (await report(running, {**said, "message_id": "msg-none"})).status_code == 404
        for _ in range(2):
            answer = await report(running, said)
            assert (answer.status_code, answer.json()["state"]) == (200, "delivered")
        await report(running, {**said, "state": "seen"})
        found = await world.deliveries_until(lambda d: "seen" in states_of(d, one.message_id))
    assert [(d.channel, d.state.value) for d in found] == [
        ("in_app", "sent"),
        ("in_app", "passed_on"),
        ("sms", "sent"),
        ("sms", "delivered"),
        ("sms", "seen"),
    ]


async def test_a_refusal_and_a_reported_failure_end_it(world: World) -> None:
    refused, failed = alert("R-1"), alert("R-2")
    with (
        provider(410) as sms,
        world.process(LIFERING_CHANNELS=channels(("sms", 30.0), sms=sms.url)) as running,
    ):
        await world.publish(refused)
        sms.next_message()
        await world.deliveries_until(lambda d: "failed" in states_of(d, refused.message_id))
        await world.publish(failed)
        sms.next_message()
        await world.deliveries_until(lambda d: "sent" in states_of(d, failed.message_id))
        said = {"channel": "sms", "message_id": failed.message_id, "state": "failed"}
        for _ in range(2):
            answer = await report(running, {**said, "reason": "unreachable"})
            assert (answer.status_code, answer.json()["state"]) == (200, "failed")
        found = await world.deliveries_until(lambda d: "failed" in states_of(d, failed.message_id))
    assert [(d.message_id, d.state.value, d.reason) for d in found] == [
        (refused.message_id, "failed", "provider_answered:410"),
        (failed.message_id, "sent", None),
        (failed.message_id, "failed", "unreachable"),
    ]
