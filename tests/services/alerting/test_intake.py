"""What becomes of messages that come in: pure, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.alerting.domain.intake import Intake, Known, take_in
from services.alerting.domain.message import MessageState, Step
from services.alerting.domain.order import IN_APP, ChannelOrder, ChannelTurn
from shared.contracts.records import AlertRecord
from shared.contracts.words import DeliveryState, MessageKind, Task

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
IN_APP_ONLY = ChannelOrder((ChannelTurn(IN_APP, 20.0),))
SMS_FIRST = ChannelOrder((ChannelTurn("sms", 20.0), ChannelTurn(IN_APP, 20.0)))


def alert(
    message_id: str,
    *,
    sequence: int = 1,
    rescuer: str = "R-1",
    incident: str = "inc-1",
    expires_s: float = 120.0,
) -> AlertRecord:
    return AlertRecord(
        message_id=message_id,
        alert_id=f"alert-{rescuer}",
        incident_id=incident,
        rescuer_id=rescuer,
        kind=MessageKind.ALERT,
        sequence=sequence,
        task=Task.DIRECT,
        sent_at=NOW,
        expires_at=NOW + timedelta(seconds=expires_s),
        shard=3,
    )


def known(message_id: str, *, sequence: int, settled: bool = False) -> Known:
    return Known(message_id, "inc-1", "R-1", sequence, settled)


def take(
    *alerts: AlertRecord,
    before: tuple[Known, ...] = (),
    ends: dict[str, int] | None = None,
    order: ChannelOrder = IN_APP_ONLY,
) -> Intake:
    return take_in(alerts, known=before, stream_ends=ends or {}, order=order, now=NOW)


def test_a_message_goes_on_its_rescuers_stream_and_is_sent() -> None:
    result = take(alert("m1"), alert("m2", rescuer="R-2"), ends={"R-1": 4})
    assert {m.message_id: m.stream_sequence for m in result.new} == {"m1": 5, "m2": 1}
    assert result.stream_ends == {"R-1": 5, "R-2": 1}
    assert [m.state for m in result.new] == [MessageState.SENT, MessageState.SENT]
    assert [(d.message_id, d.state, d.channel) for d in result.deliveries] == [
        ("m1", DeliveryState.SENT, IN_APP),
        ("m2", DeliveryState.SENT, IN_APP),
    ]


def test_messages_of_one_batch_are_numbered_one_after_the_other() -> None:
    result = take(alert("m1"), alert("m2", incident="inc-2"))
    assert [m.stream_sequence for m in result.new] == [1, 2]
    assert result.stream_ends == {"R-1": 2}


def test_a_message_that_is_kept_changes_nothing() -> None:
    result = take(alert("m1"), before=(known("m1", sequence=1),))
    assert (result.new, result.voided, result.deliveries, result.stream_ends) == ([], [], [], {})
    assert result.duplicates == 1


def test_twice_in_one_batch_is_once() -> None:
    result = take(alert("m1"), alert("m1"))
    assert [m.message_id for m in result.new] == ["m1"]
    assert result.duplicates == 1


@pytest.mark.parametrize("settled", [False, True])
def test_older_than_the_newest_is_void_and_goes_nowhere(settled: bool) -> None:
    result = take(alert("m1"), before=(known("m2", sequence=2, settled=settled),))
    (message,) = result.new
    assert message.state is MessageState.VOID
    assert (message.stream_sequence, message.due_at) == (None, None)
    assert (result.deliveries, result.stream_ends, result.voided) == ([], {}, [])


def test_older_in_the_same_batch_is_void_too() -> None:
    result = take(alert("m1"), alert("m2", sequence=2))
    assert [m.state for m in result.new] == [MessageState.VOID, MessageState.SENT]
    assert [d.message_id for d in result.deliveries] == ["m2"]


def test_a_newer_one_makes_undelivered_ones_void_and_leaves_settled_ones() -> None:
    before = (known("m1", sequence=1, settled=True), known("m2", sequence=2))
    result = take(alert("m3", sequence=3), before=before)
    assert result.voided == ["m2"]
    assert [m.state for m in result.new] == [MessageState.SENT]


def test_other_incidents_and_rescuers_are_left_alone() -> None:
    result = take(
        alert("m3", sequence=3, incident="inc-2"),
        alert("m4", sequence=3, rescuer="R-2"),
        before=(known("m1", sequence=1),),
    )
    assert result.voided == []
    assert [m.state for m in result.new] == [MessageState.SENT, MessageState.SENT]


def test_expired_on_arrival_fails_at_once() -> None:
    result = take(alert("m1", expires_s=0.0))
    (message,) = result.new
    assert (message.state, message.stream_sequence, message.due_at) == (
        MessageState.FAILED,
        None,
        None,
    )
    (news,) = result.deliveries
    assert (news.state, news.reason) == (DeliveryState.FAILED, "expired")


def test_deadline_ends_with_the_message() -> None:
    (message,) = take(alert("m1", expires_s=5.0)).new
    assert message.due_at == NOW + timedelta(seconds=5)
    (message,) = take(alert("m1", expires_s=50.0)).new
    assert message.due_at == NOW + timedelta(seconds=20)


def test_with_another_channel_first_it_waits_to_be_sent_there() -> None:
    result = take(alert("m1"), order=SMS_FIRST)
    (message,) = result.new
    assert [send.channel for send in message.sends] == ["sms"]
    assert (message.state, message.due_at) == (MessageState.PENDING, NOW)
    assert message.stream_sequence == 1, "the stream carries it all the same"
    assert result.deliveries == []


def test_channels_that_begin_together_begin_at_intake() -> None:
    """And being on the stream is being sent, while the other is still to be sent."""
    together = ChannelOrder(
        (ChannelTurn(IN_APP, 20.0), ChannelTurn("sms", 40.0, with_previous=True))
    )
    result = take(alert("m1"), order=together)
    (message,) = result.new
    stream, sms = message.sends
    assert (stream.step, stream.due_at) == (Step.WAITING, NOW + timedelta(seconds=20))
    assert (sms.step, sms.due_at) == (Step.TO_SEND, NOW)
    assert (message.due_at, message.state) == (NOW, MessageState.SENT)
    assert [d.channel for d in result.deliveries] == [IN_APP]


def test_who_has_no_device_is_not_looked_at_again_for_web_push() -> None:
    """While there is another channel: alone, it fails in its own turn and says so."""
    turns = (ChannelTurn(IN_APP, 20.0), ChannelTurn("web_push", 20.0, with_previous=True))
    for order, due_s in ((ChannelOrder(turns), 20.0), (ChannelOrder(turns[1:]), 0.0)):
        taken = take_in(
            [alert("m1")],
            known=(),
            stream_ends={},
            order=order,
            now=NOW,
            without_devices={"R-1"},
        )
        (message,) = taken.new
        assert message.due_at == NOW + timedelta(seconds=due_s)
    with_device = take(alert("m1"), order=ChannelOrder(turns)).new[0]
    assert with_device.due_at == NOW
