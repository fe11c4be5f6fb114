"""A message to a rescuer and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.contracts.records import DeliveryRecord
from shared.contracts.words import DeliveryState, MessageKind, Task


class Step(StrEnum):
    """Where a message is with a channel."""

    TO_SEND = "to_send"
    SENDING = "sending"
    """Somebody is at it; when the lease runs out, somebody else is."""
    WAITING = "waiting"
    """Handed over; its receipt is awaited."""
    ENDED = "ended"
    """Nothing more is expected of this channel."""


class MessageState(StrEnum):
    """What a rescuer's app is told about a message."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Send:
    """A message's way on one channel."""

    channel: str
    step: Step
    give_up_at: datetime
    """When the channel's deadline passes."""
    due_at: datetime | None
    """When to look at it again; None when it has ended."""
    tries: int = 0
    sent_at: datetime | None = None
    """When it was first handed over."""
    taken_by: tuple[str, ...] = ()
    """The devices that it was handed over for, where a channel knows several."""
    reason: str | None = None
    """Why it ended without a receipt."""

    @property
    def open(self) -> bool:
        """Whether something may still come of it."""
        return self.step is not Step.ENDED


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as it is kept."""

    message_id: str
    alert_id: str
    incident_id: str
    rescuer_id: str
    kind: MessageKind
    sequence: int
    task: Task | None
    sent_at: datetime
    """When dispatch sent it."""
    expires_at: datetime
    shard: int
    received_at: datetime
    """When it came here."""
    stream_sequence: int | None
    """Its number on the rescuer's stream; None when it never went there."""
    sends: tuple[Send, ...]
    """Its way on each channel that was tried, first to last."""
    due_at: datetime | None
    """When to look at it again; None when it is settled."""
    delivered_at: datetime | None = None
    delivered_by: str | None = None
    """The channel of the first receipt."""
    seen_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    voided_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether no channel has to do anything more about it."""
        return not (self.delivered_at is None and self.failed_at is None and self.voided_at is None)

    @property
    def state(self) -> MessageState:
        """The furthest that it has come; a receipt counts, however late it comes."""
        if self.seen_at is not None:
            return MessageState.SEEN
        if self.delivered_at is not None:
            return MessageState.DELIVERED
        if self.failed_at is not None:
            return MessageState.FAILED
        if self.voided_at is not None:
            return MessageState.VOID
        handed_over = any(send.sent_at is not None for send in self.sends)
        return MessageState.SENT if handed_over else MessageState.PENDING

    def on(self, channel: str) -> Send | None:
        """Its way on a channel; None when that has not been tried."""
        return next((send for send in self.sends if send.channel == channel), None)

    def with_sends(self, changed: Iterable[Send]) -> Message:
        """The message with these ways changed or added, due when the first of them is."""
        sends = {send.channel: send for send in self.sends}
        sends |= {send.channel: send for send in changed}
        due = [send.due_at for send in sends.values() if send.open and send.due_at is not None]
        return replace(self, sends=tuple(sends.values()), due_at=min(due, default=None))


def delivery(
    message: Message,
    state: DeliveryState,
    at: datetime,
    *,
    channel: str,
    reason: str | None = None,
) -> DeliveryRecord:
    """What is published about a message."""
    return DeliveryRecord(
        message_id=message.message_id,
        alert_id=message.alert_id,
        incident_id=message.incident_id,
        rescuer_id=message.rescuer_id,
        channel=channel,
        state=state,
        at=at,
        shard=message.shard,
        reason=reason,
    )
