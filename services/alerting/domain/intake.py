"""What to do with messages that have come in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.alerting.domain.message import Message, Send, Step, delivery
from services.alerting.domain.order import (
    IN_APP,
    NO_SUBSCRIPTION,
    WEB_PUSH,
    ChannelOrder,
    ChannelTurn,
)
from shared.contracts.records import AlertRecord, DeliveryRecord
from shared.contracts.words import DeliveryState

EXPIRED = "expired"

_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A message that is already kept, as far as intake needs it."""

    message_id: str
    incident_id: str
    rescuer_id: str
    sequence: int
    settled: bool


@dataclass(slots=True)
class Intake:
    """What to write."""

    new: list[Message] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    """Kept messages that a newer one has made void before they were delivered."""
    deliveries: list[DeliveryRecord] = field(default_factory=list)
    stream_ends: dict[str, int] = field(default_factory=dict)
    """The new end of each rescuer's stream that has grown."""
    duplicates: int = 0


def take_in(
    alerts: Sequence[AlertRecord],
    *,
    known: Iterable[Known],
    stream_ends: Mapping[str, int],
    order: ChannelOrder,
    now: datetime,
    without_devices: Collection[str] = (),
) -> Intake:
    """Decides about messages in the order in which they came.

    A message that is already kept changes nothing. One that is older than the newest of its
    incident and rescuer is void and goes nowhere; one that has expired fails at once.
    ``without_devices`` are rescuers that web push cannot reach: most, where it begins together
    with the app, and the worker need not look at each of them.
    """
    kept = {one.message_id: one for one in known}
    result = Intake()
    fresh: dict[str, AlertRecord] = {}
    for alert in alerts:
        if alert.message_id in kept or alert.message_id in fresh:
            result.duplicates += 1
        else:
            fresh[alert.message_id] = alert
    newest: dict[_Pair, int] = {}
    counted: list[Known | AlertRecord] = [*kept.values(), *fresh.values()]
    for one in counted:
        pair = (one.incident_id, one.rescuer_id)
        newest[pair] = max(newest.get(pair, one.sequence), one.sequence)
    result.voided = [
        old.message_id
        for old in kept.values()
        if not old.settled and old.sequence < newest[old.incident_id, old.rescuer_id]
    ]
    for alert in fresh.values():
        message = _message(alert, order, now)
        if alert.rescuer_id in without_devices:
            message = _without_push(message)
        if alert.sequence < newest[alert.incident_id, alert.rescuer_id]:
            result.new.append(replace(message, voided_at=now, due_at=None))
        elif alert.expires_at <= now:
            _add_expired(result, message, now)
        else:
            _add_to_stream(result, message, stream_ends, now)
    return result


def begin(message: Message, turn: ChannelTurn, now: datetime) -> Send:
    """The beginning of a message's way on a channel."""
    give_up_at = min(now + timedelta(seconds=turn.deadline_s), message.expires_at)
    return Send(channel=turn.name, step=Step.TO_SEND, give_up_at=give_up_at, due_at=now)


def _add_expired(result: Intake, message: Message, now: datetime) -> None:
    result.new.append(replace(message, failed_at=now, failure=EXPIRED, due_at=None))
    channel = message.sends[0].channel
    result.deliveries.append(
        delivery(message, DeliveryState.FAILED, now, channel=channel, reason=EXPIRED)
    )


def _add_to_stream(
    result: Intake, message: Message, stream_ends: Mapping[str, int], now: datetime
) -> None:
    rescuer_id = message.rescuer_id
    end = result.stream_ends.get(rescuer_id, stream_ends.get(rescuer_id, 0)) + 1
    result.stream_ends[rescuer_id] = end
    message = replace(message, stream_sequence=end)
    stream = message.on(IN_APP)
    if stream is not None:
        # Being on the stream is being handed over: the same transaction says so.
        message = message.with_sends(
            [replace(stream, step=Step.WAITING, sent_at=now, due_at=stream.give_up_at)]
        )
        result.deliveries.append(delivery(message, DeliveryState.SENT, now, channel=IN_APP))
    result.new.append(message)


def _without_push(message: Message) -> Message:
    """Ends web push at once where another channel begins with it; alone, its turn decides."""
    send = message.on(WEB_PUSH)
    if send is None or len(message.sends) == 1:
        return message
    ended = replace(send, step=Step.ENDED, due_at=None, reason=NO_SUBSCRIPTION)
    return message.with_sends([ended])


def _message(alert: AlertRecord, order: ChannelOrder, now: datetime) -> Message:
    message = Message(
        message_id=alert.message_id,
        alert_id=alert.alert_id,
        incident_id=alert.incident_id,
        rescuer_id=alert.rescuer_id,
        kind=alert.kind,
        sequence=alert.sequence,
        task=alert.task,
        sent_at=alert.sent_at,
        expires_at=alert.expires_at,
        shard=alert.shard,
        received_at=now,
        stream_sequence=None,
        sends=(),
        due_at=now,
    )
    return message.with_sends(
        begin(message, turn, now) for turn in order.of(alert.kind).following((), now)
    )
