"""What to do with a message that is due: send it, try the next channel, or give up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.alerting.domain.intake import EXPIRED
from services.alerting.domain.message import Message, Step, delivery
from services.alerting.domain.order import ChannelOrder
from shared.contracts.records import DeliveryRecord
from shared.contracts.words import DeliveryState

NO_RECEIPT: Final = "no_receipt"
SEND_LEASE_S: Final = 15.0
"""How long one try may take before another worker takes it for dead, seconds; longer than any
channel's own timeout (our choice)."""
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0)
"""Pauses between tries on one channel, seconds; the last one repeats (our choice)."""


class OutcomeKind(StrEnum):
    """What a channel says to a try."""

    HANDED_OVER = "handed_over"
    TRY_AGAIN = "try_again"
    REFUSED = "refused"
    """Never on this channel: unknown recipient, token gone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a channel says to a try, with the reason where it did not work."""

    kind: OutcomeKind
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The message as it goes on, and what there is to publish."""

    message: Message
    deliveries: tuple[DeliveryRecord, ...] = ()

    @property
    def send(self) -> bool:
        """Whether it is to be sent on its channel now."""
        return self.message.step is Step.SENDING and not self.message.settled


def when_due(message: Message, order: ChannelOrder, now: datetime) -> Decision:
    """What to do with an unsettled message whose time has come."""
    if now >= message.expires_at:
        return _give_up(message, EXPIRED, now)
    if message.step is Step.WAITING and now >= message.give_up_at:
        return _next_channel(message, order, NO_RECEIPT, now)
    if message.step is Step.WAITING:
        return Decision(replace(message, due_at=message.give_up_at))
    return _start_sending(message, now)


def after_send(message: Message, outcome: Outcome, order: ChannelOrder, now: datetime) -> Decision:
    """What to do once a channel has answered to a message in `sending`."""
    if outcome.kind is OutcomeKind.HANDED_OVER:
        waiting = replace(message, step=Step.WAITING, due_at=message.give_up_at)
        return Decision(
            waiting, (delivery(waiting, DeliveryState.SENT, now, channel=waiting.channel),)
        )
    if outcome.kind is OutcomeKind.TRY_AGAIN:
        pause = BACK_OFF_S[min(message.tries, len(BACK_OFF_S)) - 1]
        again = now + timedelta(seconds=pause)
        if again < message.give_up_at:
            return Decision(replace(message, step=Step.TO_SEND, due_at=again))
    return _next_channel(message, order, outcome.reason or outcome.kind.value, now)


def _start_sending(message: Message, now: datetime) -> Decision:
    lease_end = now + timedelta(seconds=SEND_LEASE_S)
    return Decision(replace(message, step=Step.SENDING, tries=message.tries + 1, due_at=lease_end))


def _next_channel(message: Message, order: ChannelOrder, reason: str, now: datetime) -> Decision:
    turn = order.after(message.channel)
    if turn is None:
        return _give_up(message, reason, now)
    give_up_at = min(now + timedelta(seconds=turn.deadline_s), message.expires_at)
    return Decision(
        replace(
            message,
            channel=turn.name,
            step=Step.TO_SEND,
            tries=0,
            give_up_at=give_up_at,
            due_at=now,
        )
    )


def _give_up(message: Message, reason: str, now: datetime) -> Decision:
    failed = replace(message, failed_at=now, failure=reason, due_at=None)
    news = delivery(failed, DeliveryState.FAILED, now, channel=failed.channel, reason=reason)
    return Decision(failed, (news,))
