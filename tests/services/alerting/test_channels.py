"""What channels send, word for word, and how they stand in for each other: real HTTP servers."""

from __future__ import annotations

import base64
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import http_ece
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from services.alerting.domain.breaker import FAILURES
from shared.contracts.words import MessageKind
from shared.identity.roles import Role
from tests.services.alerting.test_webhook import Provider, provider
from tests.services.alerting.world import (
    PATIENCE_S,
    SECRET,
    VAPID,
    Running,
    World,
    alert,
    channels,
    states_of,
)

pytestmark = pytest.mark.integration


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Browser:
    """A browser whose push service is ours to look at."""

    service: Provider
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"0123456789abcdef"

    @property
    def endpoint(self) -> str:
        return self.service.url.replace("/sms", f"/push/{id(self)}")

    async def subscribe(self, running: Running, rescuer_id: str) -> None:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        body = {
            "endpoint": self.endpoint,
            "keys": {"p256dh": b64(point), "auth": b64(self.auth)},
            "language": "en",
        }
        async with running.client(Role.RESCUER, rescuer_id) as client:
            answer = await client.put("/me/push/subscriptions", json=body)
        assert answer.status_code == 201, answer.text

    def next_push(self) -> tuple[dict[str, str], bytes, dict[str, Any]]:
        """Headers, body as sent, and what the body says once decrypted."""
        headers, body = self.service.requests.get(timeout=PATIENCE_S)
        plain = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        content: dict[str, Any] = json.loads(plain)
        return headers, body, content


def claims_of(headers: dict[str, str]) -> dict[str, Any]:
    assert Vapid02.verify(headers["authorization"])
    body = headers["authorization"].split("t=")[1].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return found


async def test_a_push_on_the_wire_tells_nobody_anything(world: World) -> None:
    """Standards' headers, and neither the rescuer nor the incident nor the task in any of it."""
    first = alert("R-wire")
    second = alert("R-wire", sequence=2, kind=MessageKind.STAND_DOWN)
    other = alert("R-wire", incident_id="inc-other", shard=1)
    with (
        provider() as service,
        world.process(LIFERING_CHANNELS=channels(("web_push", 60.0)), **VAPID) as running,
    ):
        browser = Browser(service)
        await browser.subscribe(running, "R-wire")
        async with running.client(Role.RESCUER, "R-wire") as phone:
            key = (await phone.get("/me/push")).json()["vapid_public_key"]
        topics = []
        for sent in (first, second, other):
            await world.publish(sent)
            headers, body, content = browser.next_push()
            assert content == {"kind": sent.kind.value, "message_id": sent.message_id}
            assert (headers["urgency"], headers["content-encoding"]) == ("high", "aes128gcm")
            assert headers["content-type"] == "application/octet-stream"
            left_s = (sent.expires_at - sent.sent_at).total_seconds()
            assert left_s - PATIENCE_S <= int(headers["ttl"]) <= left_s
            assert len(body) <= 4_096
            claims = claims_of(headers)
            parts = urlsplit(browser.endpoint)
            assert claims["aud"] == f"{parts.scheme}://{parts.netloc}"
            assert claims["sub"] == VAPID["LIFERING_VAPID_SUBJECT"]
            assert (
                datetime.now(UTC).timestamp()
                < claims["exp"]
                < (datetime.now(UTC) + timedelta(hours=24)).timestamp()
            )
            assert headers["authorization"].endswith(f"k={key}")
            said = json.dumps([headers, claims, content]).replace(sent.message_id, "")
            for secret in ("R-wire", sent.incident_id, sent.alert_id, "via_aed", "Bearer"):
                assert secret not in said
                assert secret.encode() not in body
            topics.append(headers["topic"])
    assert topics[0] == topics[1] != topics[2], "a newer replaces an older of its incident"


async def test_a_push_service_that_has_enough_is_left_alone_for_as_long_as_it_asks(
    world: World,
) -> None:
    soon, never = alert("R-soon"), alert("R-never", shard=1)
    with (
        provider(429, retry_after="1") as patient,
        provider(429, retry_after="3600") as strict,
        provider() as sms,
        world.process(
            LIFERING_CHANNELS=channels(("web_push", 120.0), ("sms", 120.0), sms=sms.url), **VAPID
        ) as running,
    ):
        await Browser(patient).subscribe(running, "R-soon")
        await Browser(strict).subscribe(running, "R-never")
        await world.publish(never)
        assert sms.next_message()["message_id"] == never.message_id, "beyond the deadline: at once"
        await world.publish(soon)
        patient.requests.get(timeout=PATIENCE_S)
        patient.requests.get(timeout=PATIENCE_S)
        found = await world.deliveries_until(lambda d: states_of(d, soon.message_id) != [])
        assert strict.requests.qsize() == 1
        assert sms.requests.empty()
    assert [(d.message_id, d.channel, d.state.value) for d in found] == [
        (never.message_id, "web_push", "passed_on"),
        (never.message_id, "sms", "sent"),
        (soon.message_id, "web_push", "sent"),
    ]


def sleeping_now(order: str, name: str, then: str) -> str:
    """The same order, with a channel whose quiet hours are around now."""
    now = datetime.now(UTC)
    hours = {
        "from": (now - timedelta(hours=2)).strftime("%H:%M"),
        "to": (now + timedelta(hours=2)).strftime("%H:%M"),
        "then": then,
    }
    turns = json.loads(order)
    for turn in turns:
        if turn["channel"] == name:
            turn["quiet_hours"] = hours
    return json.dumps(turns)


async def test_at_night_push_sleeps_and_the_others_go_out_together(world: World) -> None:
    one = alert("R-1")
    with provider() as service, provider() as sms, provider() as voice:
        order = channels(
            ("web_push", 120.0), ("sms", 120.0), ("+voice", 120.0), sms=sms.url, voice=voice.url
        )
        night = sleeping_now(order, "web_push", "last")
        with world.process(LIFERING_CHANNELS=night, LIFERING_TIME_ZONE="UTC", **VAPID) as running:
            await Browser(service).subscribe(running, "R-1")
            async with running.client(Role.RESCUER, "R-1") as phone:
                shown = (await phone.get("/me/push")).json()["channels"]
            assert [(c["channel"], c["sleeps_now"]) for c in shown] == [
                ("web_push", True),
                ("sms", False),
                ("voice", False),
            ]
            await world.publish(one)
            for each in (sms, voice):
                _, body = each.requests.get(timeout=PATIENCE_S)
                assert json.loads(body)["message_id"] == one.message_id
            assert service.requests.empty()
            # Both are given back: the sleeper is better than nobody.
            for name in ("sms", "voice"):
                answer = await _failed(running, name, one.message_id)
                assert answer.status_code == 200
            service.requests.get(timeout=PATIENCE_S)


async def _failed(running: Running, name: str, message_id: str) -> httpx.Response:
    from shared.http.signature import sign

    body = json.dumps({"channel": name, "message_id": message_id, "state": "failed"})
    timestamp = int(datetime.now(UTC).timestamp())
    headers = {
        "Content-Type": "application/json",
        "Lifering-Timestamp": str(timestamp),
        "Lifering-Signature": sign(SECRET, timestamp, body.encode()),
    }
    async with httpx.AsyncClient(base_url=running.url) as client:
        return await client.post("/receipts/webhook", content=body, headers=headers)


def dead() -> AbstractContextManager[Provider]:
    return provider(*[503] * 100)


async def test_a_dead_provider_costs_later_messages_nothing(world: World) -> None:
    """It is tried a few times, and then not asked at all: the next channel is, at once."""
    first = alert("R-0", shard=0)
    later = [alert(f"R-{n}", shard=n) for n in range(1, 6)]
    with dead() as sms, provider() as voice:
        order = channels(("sms", 250.0), ("voice", 60.0), sms=sms.url, voice=voice.url)
        with world.process(LIFERING_CHANNELS=order) as running:
            await world.publish(first)
            _, body = voice.requests.get(timeout=PATIENCE_S)
            assert json.loads(body)["message_id"] == first.message_id
            asked = sms.requests.qsize()
            assert asked == FAILURES
            async with running.client(Role.RESCUER, "R-1") as phone:
                shown = (await phone.get("/me/push")).json()["channels"]
            assert [(c["channel"], c["works"]) for c in shown] == [
                ("sms", "no"),
                ("voice", "unknown"),
            ]
            await world.publish(*later)
            got = [voice.requests.get(timeout=PATIENCE_S)[1] for _ in later]
            assert {json.loads(b)["message_id"] for b in got} == {m.message_id for m in later}
            # After a pause one of them may have looked whether it is back.
            assert sms.requests.qsize() < asked + len(later)
            async with httpx.AsyncClient(base_url=running.url) as client:
                found = (await client.get("/metrics")).text
    assert 'lifering_channel_tries_total{channel="sms",outcome="try_again"}' in found
    assert 'lifering_channel_tries_total{channel="sms",outcome="unavailable"}' in found
    assert 'lifering_channel_tries_total{channel="voice",outcome="handed_over"} 6.0' in found
    assert 'lifering_channel_seconds_count{channel="voice"} 6.0' in found
