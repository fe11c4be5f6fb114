"""What to do with a message that is due: send it, try the next channels, or give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.alerting.domain.intake import EXPIRED, begin
from services.alerting.domain.message import Message, Send, Step, delivery
from services.alerting.domain.order import NO_SUBSCRIPTION, ChannelOrder
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
    UNAVAILABLE = "unavailable"
    """Not even tried, because the provider has been down: another channel is quicker."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a channel says to a try, with the reason where it did not work."""

    kind: OutcomeKind
    reason: str | None = None
    retry_after_s: float | None = None
    """How long the provider asks to be left alone, seconds."""
    taken_by: tuple[str, ...] = ()
    """The devices that have it now, where a channel knows several; with `try_again` the others
    are tried again."""
    down: bool = False
    """Whether the provider was not there at all; a few of these in a row end the trying."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The message as it goes on, what there is to publish, and where it is to be sent now."""

    message: Message
    deliveries: tuple[DeliveryRecord, ...] = ()
    to_send: tuple[Send, ...] = ()


def when_due(message: Message, order: ChannelOrder, now: datetime) -> Decision:
    """What to do with an unsettled message whose time has come."""
    if now >= message.expires_at:
        return _give_up(message, EXPIRED, message.sends[-1].channel, now)
    looked = [_look_at(send, now) for send in message.sends if _is_due(send, now)]
    last = looked[-1] if looked else message.sends[-1]
    decision = _add_channels(message.with_sends(looked), order, last.channel, now)
    decision = _passed_on(decision, looked, now)
    if decision.message.settled:
        return decision
    new = [_look_at(send, now) for send in decision.message.sends if _is_due(send, now)]
    to_send = tuple(send for send in (*looked, *new) if send.step is Step.SENDING)
    return replace(decision, message=decision.message.with_sends(new), to_send=to_send)


def after_send(
    message: Message, channel: str, outcome: Outcome, order: ChannelOrder, now: datetime
) -> Decision:
    """What to do once a channel has answered about a message.

    The next channels, if there are any to try, are due at once.
    """
    send = message.on(channel)
    if send is None:
        raise ValueError(f"channel: {channel} has not been tried with {message.message_id}")
    news: tuple[DeliveryRecord, ...] = ()
    if outcome.kind is OutcomeKind.HANDED_OVER or outcome.taken_by:
        if send.sent_at is None:
            news = (delivery(message, DeliveryState.SENT, now, channel=channel),)
        taken_by = tuple(dict.fromkeys((*send.taken_by, *outcome.taken_by)))
        send = replace(send, sent_at=send.sent_at or now, taken_by=taken_by)
    others = order.of(message.kind).following([one.channel for one in message.sends], now)
    answered = _answered(send, outcome, bool(others), now)
    decision = _add_channels(message.with_sends([answered]), order, channel, now)
    decision = _passed_on(decision, [answered], now)
    return replace(decision, deliveries=(*news, *decision.deliveries))


def _is_due(send: Send, now: datetime) -> bool:
    return send.open and send.due_at is not None and send.due_at <= now


def _look_at(send: Send, now: datetime) -> Send:
    if send.step is not Step.WAITING:
        lease_end = now + timedelta(seconds=SEND_LEASE_S)
        return replace(send, step=Step.SENDING, tries=send.tries + 1, due_at=lease_end)
    if now >= send.give_up_at:
        return replace(send, step=Step.ENDED, due_at=None, reason=NO_RECEIPT)
    return replace(send, due_at=send.give_up_at)


def _answered(send: Send, outcome: Outcome, others: bool, now: datetime) -> Send:
    """The way on a channel after its answer; ``others``: whether there are channels left to try."""
    waiting = replace(send, step=Step.WAITING, due_at=send.give_up_at)
    if outcome.kind is OutcomeKind.HANDED_OVER:
        return waiting
    # With nothing else left, waiting for a provider to come back is all that can be done.
    waits = outcome.kind is OutcomeKind.UNAVAILABLE and not others
    if outcome.kind is OutcomeKind.TRY_AGAIN or waits:
        pause_s = max(
            BACK_OFF_S[min(max(send.tries, 1), len(BACK_OFF_S)) - 1], outcome.retry_after_s or 0.0
        )
        again = now + timedelta(seconds=pause_s)
        if again < send.give_up_at:
            return replace(send, step=Step.TO_SEND, due_at=again)
    if send.sent_at is not None:
        return waiting  # one of the devices has it
    reason = outcome.reason or outcome.kind.value
    return replace(send, step=Step.ENDED, due_at=None, reason=reason)


def _add_channels(message: Message, order: ChannelOrder, last: str, now: datetime) -> Decision:
    """Begins with the next channels when all present ones have ended; gives up after the last.

    ``last`` is the channel that has just ended: it says why.
    """
    if any(send.open for send in message.sends):
        return Decision(message)
    turns = order.of(message.kind).following([send.channel for send in message.sends], now)
    if turns:
        return Decision(message.with_sends(begin(message, turn, now) for turn in turns))
    ended = message.on(last)
    reason = ended.reason if ended is not None else None
    return _give_up(message, reason or NO_RECEIPT, last, now)


def _passed_on(decision: Decision, looked: Sequence[Send], now: datetime) -> Decision:
    """Tells of the channels that have ended, apart from the one that the message failed with.

    One that there was nobody on has not been tried, so there is nothing to tell.
    """
    failed = {one.channel for one in decision.deliveries}
    news = tuple(
        delivery(
            decision.message,
            DeliveryState.PASSED_ON,
            now,
            channel=send.channel,
            reason=send.reason,
        )
        for send in looked
        if not send.open and send.channel not in failed and send.reason != NO_SUBSCRIPTION
    )
    return replace(decision, deliveries=(*news, *decision.deliveries))


def _give_up(message: Message, reason: str, channel: str, now: datetime) -> Decision:
    failed = replace(message, failed_at=now, failure=reason, due_at=None)
    news = delivery(failed, DeliveryState.FAILED, now, channel=channel, reason=reason)
    return Decision(failed, (news,))
