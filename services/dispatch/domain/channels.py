"""What each channel has made of an alert: sent, delivered, seen, or not and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts.words import DeliveryState

_TIMES: Final = {
    DeliveryState.SENT: "sent_at",
    DeliveryState.DELIVERED: "delivered_at",
    DeliveryState.SEEN: "seen_at",
    DeliveryState.PASSED_ON: "failed_at",
    DeliveryState.FAILED: "failed_at",
}


def heard(
    channels: Sequence[dict[str, Any]],
    *,
    channel: str,
    state: DeliveryState,
    at: datetime,
    reason: str | None,
) -> list[dict[str, Any]]:
    """The channels of an alert after a receipt, in the order in which they were first heard of.

    The first time counts. A channel that has delivered after all has not failed.
    """
    known = {one["channel"]: dict(one) for one in channels}
    mine = known.setdefault(channel, {"channel": channel})
    name = _TIMES[state]
    if name == "failed_at" and "delivered_at" in mine:
        return list(known.values())
    mine.setdefault(name, at.isoformat())
    if name == "failed_at":
        mine["reason"] = reason
    elif state is not DeliveryState.SENT:
        mine.pop("failed_at", None)
        mine.pop("reason", None)
    return list(known.values())
