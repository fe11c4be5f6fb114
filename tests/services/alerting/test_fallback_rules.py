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
from services.alerting.domain.message import Message, MessageState, Step
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


def message(**changes: Any) -> Message:
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
        channel=IN_APP,
        step=Step.WAITING,
        tries=0,
        give_up_at=s(10),
        due_at=s(10),
    )
    return replace(made, **changes)


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
    assert (decision.message.channel, decision.message.step) == ("voice", Step.TO_SEND)
    assert (decision.message.give_up_at, decision.deliveries) == (s(30), ())


def test_the_next_channel_is_sent_on_and_then_waits() -> None:
    to_send = when_due(message(), ORDER, s(10)).message
    sending = when_due(to_send, ORDER, s(10))
    assert sending.send
    assert sending.message.due_at == s(10 + SEND_LEASE_S)
    done = after_send(sending.message, OK, ORDER, s(11))
    assert (done.message.step, done.message.due_at) == (Step.WAITING, s(30))
    assert [(d.state, d.channel) for d in done.deliveries] == [(DeliveryState.SENT, "voice")]


def test_after_the_last_channel_it_has_failed() -> None:
    last = message(channel="sms", give_up_at=s(60), due_at=s(60))
    decision = when_due(last, ORDER, s(60))
    assert decision.message.state is MessageState.FAILED
    (news,) = decision.deliveries
    assert (news.state, news.channel, news.reason) == (DeliveryState.FAILED, "sms", "no_receipt")


def test_an_expired_message_fails_whatever_channel_has_it() -> None:
    decision = when_due(message(expires_at=s(8), give_up_at=s(8), due_at=s(8)), ORDER, s(8))
    (news,) = decision.deliveries
    assert (news.state, news.reason) == (DeliveryState.FAILED, "expired")


def test_a_worker_that_died_while_sending_is_followed_by_another() -> None:
    left = message(channel="voice", step=Step.SENDING, tries=1, give_up_at=s(30), due_at=s(25))
    decision = when_due(left, ORDER, s(25))
    assert decision.send
    assert decision.message.tries == 2


def test_tries_back_off_and_end_with_the_channels_deadline() -> None:
    sending = message(channel="voice", step=Step.SENDING, tries=1, give_up_at=s(30), due_at=s(25))
    later = after_send(sending, Outcome(OutcomeKind.TRY_AGAIN, "503"), ORDER, s(11))
    assert (later.message.step, later.message.due_at) == (Step.TO_SEND, s(11 + BACK_OFF_S[0]))
    many = replace(sending, tries=99)
    later = after_send(many, Outcome(OutcomeKind.TRY_AGAIN, "503"), ORDER, s(11))
    assert later.message.due_at == s(11 + BACK_OFF_S[-1])
    over = after_send(many, Outcome(OutcomeKind.TRY_AGAIN, "503"), ORDER, s(29))
    assert (over.message.channel, over.message.step) == ("sms", Step.TO_SEND)


def test_a_refusal_goes_to_the_next_channel_at_once_and_after_the_last_fails() -> None:
    sending = message(channel="voice", step=Step.SENDING, tries=1)
    refused = Outcome(OutcomeKind.REFUSED, "410")
    assert after_send(sending, refused, ORDER, s(11)).message.channel == "sms"
    failed = after_send(replace(sending, channel="sms"), refused, ORDER, s(11))
    assert [(d.state, d.reason) for d in failed.deliveries] == [(DeliveryState.FAILED, "410")]


def test_a_channel_that_is_configured_no_longer_starts_the_order_again() -> None:
    assert when_due(message(channel="fax"), ORDER, s(10)).message.channel == IN_APP


@pytest.mark.parametrize(
    "turns", [(), (ChannelTurn("a", 1), ChannelTurn("a", 1)), (ChannelTurn("a", 0),)]
)
def test_an_order_that_makes_no_sense_is_refused(turns: tuple[ChannelTurn, ...]) -> None:
    with pytest.raises(ValueError, match="channels:"):
        ChannelOrder(turns)
