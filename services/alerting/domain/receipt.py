"""What a receipt changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.alerting.domain.message import Message, delivery
from shared.contracts.records import DeliveryRecord
from shared.contracts.words import DeliveryState


def receive(
    message: Message,
    state: DeliveryState,
    *,
    at: datetime | None,
    channel: str,
    now: datetime,
) -> tuple[Message, list[DeliveryRecord]]:
    """The message after a receipt, and what there is to publish; nothing the second time.

    ``seen`` implies ``delivered``. A phone's clock may be wrong, and a receipt is too precious to
    be refused for it: ``at`` is kept between the message's arrival here and ``now``. A receipt for
    a message that has failed or become void counts all the same: the phone did get it.
    """
    if state not in (DeliveryState.DELIVERED, DeliveryState.SEEN):
        raise ValueError(f"state: {state} is no receipt; send delivered or seen")
    moment = now if at is None else min(max(at, message.received_at), now)
    news: list[DeliveryRecord] = []
    if message.delivered_at is None:
        message = replace(message, delivered_at=moment, delivered_by=channel, due_at=None)
        news.append(delivery(message, DeliveryState.DELIVERED, moment, channel=channel))
    elif moment < message.delivered_at:
        moment = message.delivered_at
    if state is DeliveryState.SEEN and message.seen_at is None:
        message = replace(message, seen_at=moment)
        news.append(delivery(message, DeliveryState.SEEN, moment, channel=channel))
    return message, news
