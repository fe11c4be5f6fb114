"""A message to a rescuer and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.contracts.records import DeliveryRecord
from shared.contracts.words import DeliveryState, MessageKind, Task


class Step(StrEnum):
    """Where a message is with its present channel."""

    TO_SEND = "to_send"
    SENDING = "sending"
    """Somebody is at it; when the lease runs out, somebody else is."""
    WAITING = "waiting"
    """Handed over; its receipt is awaited."""


class MessageState(StrEnum):
    """What a rescuer's app is told about a message."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"
    VOID = "void"


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
    channel: str
    """The channel that has it now, or had it last."""
    step: Step
    tries: int
    give_up_at: datetime
    """When the present channel's deadline passes."""
    due_at: datetime | None
    """When to look at it again; None when it is settled."""
    delivered_at: datetime | None = None
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
        return MessageState.SENT if self.step is Step.WAITING else MessageState.PENDING


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
