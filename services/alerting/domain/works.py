"""Whether a channel works for a rescuer, as far as can be told from what became of messages."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from services.alerting.domain.fallback import NO_RECEIPT
from services.alerting.domain.message import Message, Step
from services.alerting.domain.push import Subscription


class Works(StrEnum):
    """What is known of a channel."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_SAYS_NOTHING: Final = (None, NO_RECEIPT)
"""A phone that is switched off gives no receipt either."""


def works(channel: str, newest_first: Iterable[Message]) -> Works:
    """What the newest message that says something about the channel says."""
    for message in newest_first:
        if message.delivered_by == channel:
            return Works.YES
        send = message.on(channel)
        if send is not None and send.step is Step.ENDED and send.reason not in _SAYS_NOTHING:
            return Works.NO
    return Works.UNKNOWN


def push_works(subscriptions: Iterable[Subscription]) -> Works:
    """Yes when any device has said so since its last failure; no when there is none, or all fail.

    A push service that takes a push promises nothing: only the device's own word is a yes.
    """
    answers = [_device_works(one) for one in subscriptions]
    for answer in (Works.YES, Works.UNKNOWN):
        if answer in answers:
            return answer
    return Works.NO


def _device_works(subscription: Subscription) -> Works:
    delivered, failed = subscription.last_delivered_at, subscription.last_failed_at
    if failed is not None and (delivered is None or failed > delivered):
        return Works.NO
    return Works.UNKNOWN if delivered is None else Works.YES
