"""What is in a push and where it may go: pure, no database."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from services.alerting.domain.fallback import Outcome, OutcomeKind
from services.alerting.domain.order import NO_SUBSCRIPTION
from services.alerting.domain.push import (
    MOST_CONTENT_BYTES,
    PADDED_BYTES,
    EndpointRules,
    audience,
    content,
    key_fault,
    topic,
    ttl_s,
)
from services.alerting.domain.vapid import RENEW_S, TOKEN_S, Vapid
from services.alerting.work.addresses import is_inside
from services.alerting.work.answers import outcome_of, retry_after_s
from services.alerting.work.push import together
from shared.ids import new_id

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = "IBW2ANTJhK6vn4ECChlfJXuxOVGlp3PCh_Vdf1rE1bE"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_push_holds_its_kind_and_the_messages_id_and_tells_nothing_by_its_length() -> None:
    message_id = new_id("msg")
    sent = {kind: content(kind, message_id) for kind in ("alert", "update", "stand_down", "test")}
    for kind, raw in sent.items():
        assert json.loads(raw) == {"kind": kind, "message_id": message_id}
    assert {len(raw) for raw in sent.values()} == {PADDED_BYTES}
    with pytest.raises(ValueError, match="message_id"):
        content("alert", "m" * MOST_CONTENT_BYTES)


def test_a_topic_is_one_of_an_incident_and_a_rescuer_and_tells_neither() -> None:
    mine = topic("inc-1", "R-1")
    assert mine == topic("inc-1", "R-1")
    assert len({mine, topic("inc-2", "R-1"), topic("inc-1", "R-2")}) == 3
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", mine)


@pytest.mark.parametrize(("ahead_s", "ttl"), [(300, 300), (0.9, 0), (59.99, 59), (-5, 0)])
def test_ttl_is_the_messages_remaining_life(ahead_s: float, ttl: int) -> None:
    assert ttl_s(NOW + timedelta(seconds=ahead_s), NOW) == ttl


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-sg2p.notify.windows.com/w/?token=abc",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_the_push_services_of_browsers_are_taken(endpoint: str) -> None:
    assert EndpointRules().fault(endpoint) is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/fcm/send/abc",
        "https://fcm.googleapis.com.attacker.example/x",
        "https://attackernotify.windows.com/x",
        "https://notify.windows.com/x",
        "https://.push.apple.com/x",
        "https://fcm.googleapis.com@attacker.example/x",
        "https://user:word@fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com:port/x",
        "https://fcm.google\tapis.com/x",
        "https://fcm。googleapis。com/x",
        "//fcm.googleapis.com/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_other_endpoint_is(endpoint: str) -> None:
    assert EndpointRules().fault(endpoint) is not None


def test_only_tests_may_push_into_the_house() -> None:
    inside = "http://localhost:8090/notify/abc"
    assert EndpointRules(hosts=("localhost",)).fault(inside) is not None
    assert EndpointRules(hosts=("localhost",), insecure=True).fault(inside) is None
    assert EndpointRules(insecure=True).fault(inside) is not None, "still by name"


async def test_addresses_inside_the_house_are_told() -> None:
    for host in ("localhost", "10.0.0.1", "169.254.169.254", "::1", "192.168.1.1", "100.64.0.1"):
        assert await is_inside(host), host
    assert not await is_inside("8.8.8.8")
    assert not await is_inside("no-such-host.invalid"), "the request itself will tell"


def test_keys_that_are_none_are_named() -> None:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    good = b64(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    auth = b64(b"0123456789abcdef")
    assert key_fault(good, auth) is None
    assert key_fault(good + "=", auth + "==") is None
    off_curve = b64(b"\x04" + b"\x01" * 64)
    short = b64(point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    for wrong in (off_curve, short, "", "!", good[:-4]):
        assert (key_fault(wrong, auth) or ("", ""))[0] == "p256dh"
    for wrong in (b64(b"short"), "", "?"):
        assert (key_fault(good, wrong) or ("", ""))[0] == "auth"


def claims(header: str) -> dict[str, object]:
    assert Vapid02.verify(header)
    body = header.split("t=")[1].split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return found


def test_a_vapid_token_is_for_the_endpoints_origin_and_used_for_some_hours() -> None:
    vapid = Vapid(KEY, "mailto:centre@example.org")
    endpoint = "https://fcm.googleapis.com/fcm/send/abc"
    header = vapid.authorization(endpoint, NOW)
    assert claims(header) == {
        "aud": "https://fcm.googleapis.com",
        "sub": "mailto:centre@example.org",
        "exp": int(NOW.timestamp()) + TOKEN_S,
    }
    assert f"k={vapid.public_key}" in header
    soon = NOW + timedelta(seconds=RENEW_S - 1)
    assert vapid.authorization(endpoint + "d", soon) == header
    assert vapid.authorization("https://web.push.apple.com/x", NOW) != header
    assert vapid.authorization(endpoint, NOW + timedelta(seconds=RENEW_S)) != header
    assert vapid.authorization(endpoint, NOW - timedelta(hours=1)) != header, "a clock put back"


def test_a_key_may_be_pem() -> None:
    raw = Vapid(KEY, "mailto:centre@example.org")
    pem = Vapid02.from_string(KEY).private_pem().decode()
    assert Vapid(pem, "mailto:centre@example.org").public_key == raw.public_key


def test_the_audience_has_the_port_where_there_is_one() -> None:
    assert audience("http://localhost:8090/notify/x?y=1") == "http://localhost:8090"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Mon, 02 Mar 2026 08:00:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "kind", "down"),
    [
        (201, OutcomeKind.HANDED_OVER, False),
        (301, OutcomeKind.REFUSED, False),
        (403, OutcomeKind.REFUSED, False),
        (413, OutcomeKind.REFUSED, False),
        (429, OutcomeKind.TRY_AGAIN, False),
        (500, OutcomeKind.TRY_AGAIN, True),
        (503, OutcomeKind.TRY_AGAIN, True),
    ],
)
def test_what_an_answer_means(status: int, kind: OutcomeKind, down: bool) -> None:
    outcome = outcome_of(httpx.Response(status), NOW)
    assert (outcome.kind, outcome.down) == (kind, down)


TAKEN = Outcome(OutcomeKind.HANDED_OVER)
GONE = Outcome(OutcomeKind.REFUSED, "subscription_gone")
DOWN = Outcome(OutcomeKind.UNAVAILABLE, "provider_down")


def test_one_device_is_enough_and_none_is_refused() -> None:
    assert together({}).reason == NO_SUBSCRIPTION
    assert together({}).kind is OutcomeKind.REFUSED
    assert together({"a": GONE, "b": TAKEN}) == Outcome(OutcomeKind.HANDED_OVER, taken_by=("b",))
    assert together({"a": GONE, "b": GONE}) == GONE
    assert together({"a": GONE, "b": DOWN}) == DOWN
    assert together({"a": GONE}, before=("b",)).kind is OutcomeKind.HANDED_OVER


def test_devices_that_may_still_take_it_are_tried_again_after_the_shortest_wait() -> None:
    slow = Outcome(OutcomeKind.TRY_AGAIN, "429", retry_after_s=30.0)
    away = Outcome(OutcomeKind.TRY_AGAIN, "503")
    assert together({"a": slow, "b": TAKEN}) == Outcome(
        OutcomeKind.TRY_AGAIN, "429", retry_after_s=30.0, taken_by=("b",)
    )
    assert together({"a": slow, "b": away}).retry_after_s == 0.0


def test_nothing_of_a_person_is_an_argument_of_a_push() -> None:
    """What cannot be passed in cannot leak: a push knows content, life and topic."""
    from services.alerting.work.push import Push

    assert [field.name for field in fields(Push)] == ["content", "ttl_s", "topic"]
