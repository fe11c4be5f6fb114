"""Receipts, and the order of channels with their deadlines: pure, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerting.domain.fallback import (
    BACK_OFF_S,
    SEND_LEASE_S,
    Outcome,
    OutcomeKind,
    after_send,
    when_due,
)
from services.alerting.domain.message import Message, MessageState, Send, Step
from services.alerting.domain.order import IN_APP, ChannelOrder, ChannelTurn
from services.alerting.domain.receipt import receive
from shared.contracts.words import DeliveryState, MessageKind

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ORDER = ChannelOrder(
    (ChannelTurn(IN_APP, 10.0), ChannelTurn("voice", 20.0), ChannelTurn("sms", 30.0))
)
OK = Outcome(OutcomeKind.HANDED_OVER)


def s(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def on(channel: str, **changes: Any) -> Send:
    """Waiting on a channel, to be given up at 10 s."""
    made = Send(channel=channel, step=Step.WAITING, give_up_at=s(10), due_at=s(10), sent_at=NOW)
    return replace(made, **changes)


def ended(channel: str) -> Send:
    return on(channel, step=Step.ENDED, due_at=None, reason="no_receipt")


def sending(channel: str, **changes: Any) -> Send:
    """Being sent, to be given up at 30 s."""
    made = on(channel, step=Step.SENDING, tries=1, sent_at=None, give_up_at=s(30), due_at=s(25))
    return replace(made, **changes)


def message(*sends: Send, **changes: Any) -> Message:
    """A message with its ways on channels; on the stream and waiting by default."""
    made = Message(
        message_id="m1",
        alert_id="alert-1",
        incident_id="inc-1",
        rescuer_id="R-1",
        kind=MessageKind.ALERT,
        sequence=1,
        task=None,
        sent_at=NOW,
        expires_at=s(300),
        shard=0,
        received_at=NOW,
        stream_sequence=1,
        sends=(),
        due_at=None,
    )
    return replace(made.with_sends(sends or (on(IN_APP),)), **changes)


def test_seen_implies_delivered() -> None:
    after, news = receive(message(), DeliveryState.SEEN, at=None, channel=IN_APP, now=s(3))
    assert [n.state for n in news] == [DeliveryState.DELIVERED, DeliveryState.SEEN]
    assert (after.delivered_at, after.seen_at, after.due_at) == (s(3), s(3), None)


def test_a_receipt_counts_once() -> None:
    first, news = receive(message(), DeliveryState.DELIVERED, at=None, channel=IN_APP, now=s(1))
    assert [n.state for n in news] == [DeliveryState.DELIVERED]
    again, news = receive(first, DeliveryState.DELIVERED, at=None, channel=IN_APP, now=s(2))
    assert (again, news) == (first, [])


def test_delivered_after_seen_changes_nothing() -> None:
    seen, _ = receive(message(), DeliveryState.SEEN, at=None, channel=IN_APP, now=s(1))
    assert receive(seen, DeliveryState.DELIVERED, at=None, channel=IN_APP, now=s(2)) == (seen, [])


@pytest.mark.parametrize(("at", "kept"), [(-3600, 0), (2, 2), (3600, 5)])
def test_a_phones_wrong_clock_is_kept_within_what_can_be(at: float, kept: float) -> None:
    after, _ = receive(message(), DeliveryState.DELIVERED, at=s(at), channel=IN_APP, now=s(5))
    assert after.delivered_at == s(kept)


@given(first=st.floats(-100, 100), second=st.floats(-100, 100))
def test_seen_is_never_before_delivered(first: float, second: float) -> None:
    one, _ = receive(message(), DeliveryState.DELIVERED, at=s(first), channel=IN_APP, now=s(5))
    two, _ = receive(one, DeliveryState.SEEN, at=s(second), channel=IN_APP, now=s(6))
    assert two.delivered_at is not None
    assert two.seen_at is not None
    assert NOW <= two.delivered_at <= two.seen_at <= s(6)


def test_a_late_receipt_counts_after_failure() -> None:
    failed = message(failed_at=s(10), failure="no_receipt", due_at=None)
    after, news = receive(failed, DeliveryState.DELIVERED, at=None, channel=IN_APP, now=s(60))
    assert after.state is MessageState.DELIVERED
    assert [n.state for n in news] == [DeliveryState.DELIVERED]


def test_no_receipt_in_time_goes_to_the_next_channel_with_its_own_deadline() -> None:
    decision = when_due(message(), ORDER, s(10))
    assert [send.channel for send in decision.to_send] == ["voice"]
    voice = decision.message.on("voice")
    assert voice is not None
    assert (voice.step, voice.give_up_at, voice.due_at) == (
        Step.SENDING,
        s(30),
        s(10 + SEND_LEASE_S),
    )
    (news,) = decision.deliveries
    assert (news.state, news.channel, news.reason) == (
        DeliveryState.PASSED_ON,
        IN_APP,
        "no_receipt",
    )
    first = decision.message.on(IN_APP)
    assert first is not None
    assert (first.step, first.reason) == (Step.ENDED, "no_receipt")


def test_what_was_handed_over_waits_for_its_receipt() -> None:
    done = after_send(message(ended(IN_APP), sending("voice")), "voice", OK, ORDER, s(11))
    voice = done.message.on("voice")
    assert voice is not None
    assert (voice.step, voice.due_at, voice.sent_at) == (Step.WAITING, s(30), s(11))
    assert done.message.due_at == s(30)
    assert [(d.state, d.channel) for d in done.deliveries] == [(DeliveryState.SENT, "voice")]


def test_after_the_last_channel_it_has_failed() -> None:
    last = message(ended(IN_APP), ended("voice"), on("sms", give_up_at=s(60), due_at=s(60)))
    decision = when_due(last, ORDER, s(60))
    assert decision.message.state is MessageState.FAILED
    (news,) = decision.deliveries
    assert (news.state, news.channel, news.reason) == (DeliveryState.FAILED, "sms", "no_receipt")


def test_an_expired_message_fails_whatever_channel_has_it() -> None:
    decision = when_due(message(expires_at=s(8), due_at=s(8)), ORDER, s(8))
    (news,) = decision.deliveries
    assert (news.state, news.reason) == (DeliveryState.FAILED, "expired")


def test_a_worker_that_died_while_sending_is_followed_by_another() -> None:
    decision = when_due(message(ended(IN_APP), sending("voice")), ORDER, s(25))
    (again,) = decision.to_send
    assert (again.channel, again.tries) == ("voice", 2)


def again(send: Send, at: float, **answer: Any) -> Send:
    """The same way after its provider has said "try again"."""
    outcome = Outcome(OutcomeKind.TRY_AGAIN, "503", **answer)
    later = after_send(message(ended(IN_APP), send), send.channel, outcome, ORDER, s(at))
    found = later.message.on(send.channel)
    assert found is not None
    return found


def test_tries_back_off_and_end_with_the_channels_deadline() -> None:
    later = again(sending("voice"), 11)
    assert (later.step, later.due_at) == (Step.TO_SEND, s(11 + BACK_OFF_S[0]))
    assert again(sending("voice", tries=99), 11).due_at == s(11 + BACK_OFF_S[-1])
    over = again(sending("voice", tries=99), 29)
    assert (over.step, over.reason) == (Step.ENDED, "503")


def test_retry_after_is_kept_to_and_beyond_the_deadline_the_next_channel_comes_at_once() -> None:
    assert again(sending("voice"), 11, retry_after_s=7.0).due_at == s(18)
    assert again(sending("voice"), 11, retry_after_s=0.1).due_at == s(11 + BACK_OFF_S[0])
    outcome = Outcome(OutcomeKind.TRY_AGAIN, "429", retry_after_s=60.0)
    decision = after_send(message(ended(IN_APP), sending("voice")), "voice", outcome, ORDER, s(11))
    sms = decision.message.on("sms")
    assert sms is not None
    assert (sms.step, decision.message.due_at) == (Step.TO_SEND, s(11))


def test_a_refusal_goes_to_the_next_channel_at_once_and_after_the_last_fails() -> None:
    refused = Outcome(OutcomeKind.REFUSED, "410")
    decision = after_send(message(ended(IN_APP), sending("voice")), "voice", refused, ORDER, s(11))
    assert decision.message.due_at == s(11)
    assert [(d.state, d.channel, d.reason) for d in decision.deliveries] == [
        (DeliveryState.PASSED_ON, "voice", "410")
    ]
    assert [send.channel for send in decision.message.sends if send.open] == ["sms"]
    last = message(ended(IN_APP), ended("voice"), sending("sms"))
    failed = after_send(last, "sms", refused, ORDER, s(11))
    assert [(d.state, d.channel, d.reason) for d in failed.deliveries] == [
        (DeliveryState.FAILED, "sms", "410")
    ]


def test_a_provider_that_is_down_is_passed_over_while_there_is_another() -> None:
    down = Outcome(OutcomeKind.UNAVAILABLE, "provider_down")
    decision = after_send(message(ended(IN_APP), sending("voice")), "voice", down, ORDER, s(11))
    assert [send.channel for send in decision.message.sends if send.open] == ["sms"]
    last = message(ended(IN_APP), ended("voice"), sending("sms"))
    waiting = after_send(last, "sms", down, ORDER, s(11)).message.on("sms")
    assert waiting is not None
    assert (waiting.step, waiting.due_at) == (Step.TO_SEND, s(11 + BACK_OFF_S[0]))


TOGETHER = ChannelOrder(
    (
        ChannelTurn(IN_APP, 10.0),
        ChannelTurn("push", 20.0),
        ChannelTurn("sms", 30.0, with_previous=True),
        ChannelTurn("voice", 30.0),
    )
)


def test_channels_of_a_group_begin_together_and_the_next_waits_for_both() -> None:
    begun = when_due(message(), TOGETHER, s(10))
    assert [send.channel for send in begun.to_send] == ["push", "sms"]
    one = after_send(begun.message, "push", Outcome(OutcomeKind.REFUSED, "gone"), TOGETHER, s(11))
    assert one.message.on("voice") is None, "sms may still arrive"
    assert [(d.state, d.channel) for d in one.deliveries] == [(DeliveryState.PASSED_ON, "push")]
    both = after_send(one.message, "sms", Outcome(OutcomeKind.REFUSED, "x"), TOGETHER, s(12))
    assert [send.channel for send in both.message.sends if send.open] == ["voice"]


def test_of_channels_together_the_one_that_ended_last_says_why_it_failed() -> None:
    order = ChannelOrder((ChannelTurn(IN_APP, 10.0), ChannelTurn("push", 10.0, with_previous=True)))
    refused = replace(ended("push"), reason="no_subscription")
    (news,) = when_due(message(on(IN_APP), refused), order, s(10)).deliveries
    assert (news.channel, news.reason) == (IN_APP, "no_receipt")


def test_one_device_that_has_it_is_sent_once_and_waited_for() -> None:
    """Two devices: one takes it, the other's push service is away until the deadline."""
    partly = Outcome(OutcomeKind.TRY_AGAIN, "503", taken_by=("sub-1",))
    first = after_send(message(ended(IN_APP), sending("voice")), "voice", partly, ORDER, s(11))
    assert [d.state for d in first.deliveries] == [DeliveryState.SENT]
    retried = when_due(first.message, ORDER, s(12))
    assert [send.taken_by for send in retried.to_send] == [("sub-1",)]
    second = after_send(retried.message, "voice", partly, ORDER, s(29.9))
    assert second.deliveries == ()
    voice = second.message.on("voice")
    assert voice is not None
    assert (voice.step, voice.due_at) == (Step.WAITING, s(30))
    gone = Outcome(OutcomeKind.REFUSED, "gone")
    assert not after_send(retried.message, "voice", gone, ORDER, s(13)).deliveries


def test_a_channel_that_is_configured_no_longer_starts_the_order_again() -> None:
    decision = when_due(message(on("fax")), ORDER, s(10))
    assert [send.channel for send in decision.to_send] == [IN_APP]


@pytest.mark.parametrize(
    "turns", [(), (ChannelTurn("a", 1), ChannelTurn("a", 1)), (ChannelTurn("a", 0),)]
)
def test_an_order_that_makes_no_sense_is_refused(turns: tuple[ChannelTurn, ...]) -> None:
    with pytest.raises(ValueError, match="channels:"):
        ChannelOrder(turns)


def test_a_channel_with_nobody_on_it_has_not_been_tried_and_nothing_is_told() -> None:
    nobody = Outcome(OutcomeKind.REFUSED, "no_subscription")
    decision = after_send(message(ended(IN_APP), sending("voice")), "voice", nobody, ORDER, s(11))
    assert decision.deliveries == ()
    assert decision.message.on("sms") is not None


def test_channels_that_end_together_are_told_apart_and_failed_is_told_once() -> None:
    order = ChannelOrder((ChannelTurn(IN_APP, 10.0), ChannelTurn("push", 10.0, with_previous=True)))
    news = when_due(message(on(IN_APP), on("push")), order, s(10)).deliveries
    assert [(d.state, d.channel) for d in news] == [
        (DeliveryState.PASSED_ON, IN_APP),
        (DeliveryState.FAILED, "push"),
    ]


def test_nobody_is_telephoned_to_be_asked_how_it_was() -> None:
    vendor = ChannelTurn("vendor", 9.0, follow_ups=True)
    order = ChannelOrder((ChannelTurn(IN_APP, 10.0), ChannelTurn("voice", 20.0), vendor))
    asked = order.of(MessageKind.FOLLOW_UP)
    assert [turn.name for turn in asked.turns] == [IN_APP, "vendor"]
    assert order.of(MessageKind.ALERT) is order
    only_voice = ChannelOrder((ChannelTurn("voice", 1.0),))
    assert [turn.name for turn in only_voice.of(MessageKind.FOLLOW_UP).turns] == [IN_APP]
