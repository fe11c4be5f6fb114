"""The order by day and by night, and a provider that is left alone: pure, no database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerting.domain.breaker import FAILURES, PAUSE_S, Breaker
from services.alerting.domain.order import Asleep, ChannelOrder, ChannelTurn, QuietHours

SANMING = ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(23), time(6), Asleep.LAST)


def local(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=SANMING).astimezone(UTC)


def names(order: ChannelOrder, at: datetime) -> list[list[str]]:
    return [[turn.name for turn in group] for group in order.at(at)]


@pytest.mark.parametrize(
    ("hour", "minute", "asleep"),
    [(22, 59, False), (23, 0, True), (0, 0, True), (5, 59, True), (6, 0, False), (12, 0, False)],
)
def test_quiet_hours_go_over_midnight(hour: int, minute: int, asleep: bool) -> None:
    assert NIGHT.cover(time(hour, minute)) is asleep


def test_a_channel_that_sleeps_comes_last_or_not_at_all_by_local_time() -> None:
    order = ChannelOrder(
        (
            ChannelTurn("push", 20, quiet_hours=NIGHT),
            ChannelTurn("vendor", 20, quiet_hours=QuietHours(time(0), time(6), Asleep.SKIP)),
            ChannelTurn("voice", 20, quiet_hours=QuietHours(time(6), time(0), Asleep.LAST)),
            ChannelTurn("sms", 20),
        ),
        SANMING,
    )
    assert names(order, local(12)) == [["push"], ["vendor"], ["sms"], ["voice"]]
    assert names(order, local(2)) == [["voice"], ["sms"], ["push"]]
    assert names(order, local(23, 30)) == [["vendor"], ["sms"], ["push"], ["voice"]]


def test_a_sleeper_leaves_its_group_and_the_others_stay_together() -> None:
    order = ChannelOrder(
        (
            ChannelTurn("in_app", 20),
            ChannelTurn("push", 20, with_previous=True, quiet_hours=NIGHT),
            ChannelTurn("sms", 20, with_previous=True),
        ),
        SANMING,
    )
    assert names(order, local(12)) == [["in_app", "push", "sms"]]
    assert names(order, local(2)) == [["in_app", "sms"], ["push"]]


def test_when_all_would_be_skipped_none_is() -> None:
    order = ChannelOrder(
        (ChannelTurn("push", 20, quiet_hours=QuietHours(time(0), time(6), Asleep.SKIP)),), SANMING
    )
    assert names(order, local(2)) == [["push"]]


def test_what_follows_is_what_has_not_been_tried_whatever_the_hour_makes_of_the_order() -> None:
    order = ChannelOrder(
        (ChannelTurn("push", 20, quiet_hours=NIGHT), ChannelTurn("voice", 20)), SANMING
    )
    assert [t.name for t in order.following({"push"}, local(22, 59))] == ["voice"]
    assert [t.name for t in order.following({"voice"}, local(23, 1))] == ["push"]
    assert order.following({"push", "voice"}, local(23, 1)) == ()


def test_quiet_hours_without_an_end_are_refused() -> None:
    with pytest.raises(ValueError, match="quiet_hours"):
        QuietHours(time(22), time(22))


START = datetime(2030, 1, 1, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_dead_provider_is_left_alone_and_then_tried_by_one() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.may_try(START)
        breaker.note(down=True, now=START)
    assert not breaker.may_try(later(PAUSE_S - 0.1))
    assert breaker.may_try(later(PAUSE_S)), "one may look"
    assert not breaker.may_try(later(PAUSE_S)), "the others wait for its answer"
    breaker.note(down=True, now=later(PAUSE_S))
    assert not breaker.may_try(later(PAUSE_S + 1)), "still dead, after a single try"
    assert breaker.may_try(later(2 * PAUSE_S))
    breaker.note(down=False, now=later(2 * PAUSE_S))
    assert breaker.may_try(later(2 * PAUSE_S))
    assert breaker.may_try(later(2 * PAUSE_S))


def test_failures_count_in_a_row_only() -> None:
    breaker = Breaker()
    for n in range(FAILURES * 3):
        breaker.note(down=n % FAILURES != 0, now=START)
    assert not breaker.is_open(START)
