"""What each channel has made of an alert, as the dispatcher sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.dispatch.domain.channels import heard
from shared.contracts.words import DeliveryState
from tests.services.dispatch.test_deadlines import until
from tests.services.dispatch.world import World

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def after(*receipts: tuple[str, DeliveryState, float, str | None]) -> list[dict[str, Any]]:
    channels: list[dict[str, Any]] = []
    for channel, state, at, reason in receipts:
        channels = heard(
            channels, channel=channel, state=state, at=NOW + timedelta(seconds=at), reason=reason
        )
    return channels


def s(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


def test_each_channel_has_its_own_times_in_the_order_of_trying() -> None:
    assert after(
        ("web_push", DeliveryState.SENT, 0, None),
        ("web_push", DeliveryState.PASSED_ON, 20, "no_receipt"),
        ("sms", DeliveryState.SENT, 21, None),
        ("sms", DeliveryState.DELIVERED, 25, None),
        ("sms", DeliveryState.SEEN, 30, None),
    ) == [
        {
            "channel": "web_push",
            "sent_at": s(0),
            "failed_at": s(20),
            "reason": "no_receipt",
        },
        {"channel": "sms", "sent_at": s(21), "delivered_at": s(25), "seen_at": s(30)},
    ]


def test_the_first_time_counts_and_who_has_it_after_all_has_not_failed() -> None:
    assert after(
        ("in_app", DeliveryState.SENT, 0, None),
        ("in_app", DeliveryState.SENT, 5, None),
        ("in_app", DeliveryState.FAILED, 20, "no_receipt"),
        ("in_app", DeliveryState.DELIVERED, 60, None),
        ("in_app", DeliveryState.FAILED, 61, "late"),
    ) == [{"channel": "in_app", "sent_at": s(0), "delivered_at": s(60)}]


@pytest.mark.integration
async def test_the_dispatcher_sees_by_which_channel_each_was_reached_and_why_not(
    city: World,
) -> None:
    incident = (await city.call())["incident"]
    assert all(alert["channels"] == [] for alert in incident["alerts"])
    first = incident["alerts"][0]
    messages = {m.rescuer_id: m for m in await city.alerts(len(incident["alerts"]))}
    message = messages[first["rescuer_id"]]
    await city.receipt(message, DeliveryState.SENT, channel="web_push")
    await city.receipt(
        message, DeliveryState.PASSED_ON, channel="web_push", reason="subscription_gone"
    )
    await city.receipt(message, DeliveryState.SENT, channel="sms")
    await city.receipt(message, DeliveryState.DELIVERED, channel="sms")
    await until(city, incident["id"], "alert_delivered")
    shown = {a["id"]: a for a in (await city.incident(incident["id"]))["alerts"]}
    push, sms = shown[first["id"]]["channels"]
    assert (push["channel"], push["reason"]) == ("web_push", "subscription_gone")
    assert push["failed_at"] is not None
    assert push["delivered_at"] is None
    assert (sms["channel"], sms["failed_at"], sms["reason"]) == ("sms", None, None)
    assert sms["sent_at"] is not None
    assert sms["delivered_at"] is not None
    assert shown[first["id"]]["state"] == "delivered", "given up by one is not given up by all"
    events = await city.events(incident["id"])
    assert "alert_undelivered" not in events
