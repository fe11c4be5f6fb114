"""P(an AED works) since its last check: falls steadily to a floor; unknown is not broken."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decision import Reason, default_policy
from shared.decision.aed_odds import (
    DAYS_PER_YEAR,
    days_since,
    p_since_check,
    p_usable,
    p_working,
    survival,
)
from shared.decision.moment import Moment
from shared.decision.odds import aed_odds
from tests.shared.decision.world import HERE, NOW, aed

AED = default_policy().aed
days = st.floats(0, 10_000)
rates = st.floats(0, 5)
shares = st.floats(0, 1)


def since(at: float) -> float:
    return p_since_check(at, AED.failures_per_year, AED.p_checked_long_ago, AED.p_not_checked)


def test_by_hand() -> None:
    assert survival(0.0, 0.1) == 1.0
    assert survival(DAYS_PER_YEAR, 0.1) == pytest.approx(math.exp(-0.1))
    assert survival(-5.0, 0.1) == 1.0
    assert since(0.0) == 1.0
    assert since(20 * DAYS_PER_YEAR) == AED.p_checked_long_ago
    assert since(math.nan) == AED.p_not_checked
    assert p_working(0.98, 0.9, 0.6, 1.0) == pytest.approx(0.5292)
    assert p_usable(0.97, 0.5, 0.98, 1.0) == pytest.approx(0.4753)


@given(days, days, rates, shares)
def test_falls_steadily_and_not_below_its_floor(
    one: float, other: float, rate: float, floor: float
) -> None:
    sooner, later = sorted((one, other))
    first = p_since_check(sooner, rate, floor, 0.9)
    last = p_since_check(later, rate, floor, 0.9)
    assert 1 >= first >= last >= floor


def test_the_rate_keeps_to_the_bound_of_keelung() -> None:
    """57 of 235 AEDs had expired: not sooner than pads do (two years) and not later than five."""
    years = -math.log(1 - 57 / 235) / AED.failures_per_year
    assert 2 < years < 5
    assert AED.p_checked_long_ago == pytest.approx(1 - 57 / 235, abs=0.01)


@pytest.mark.parametrize("age_days", [0, 30, 365, 366, 1_000, 9_000])
def test_a_record_has_the_odds_of_the_numbers(age_days: int) -> None:
    moment = Moment(NOW, default_policy().response)
    checked = NOW - timedelta(days=age_days)
    odds = aed_odds(aed("a", HERE, last_checked_at=checked), moment, AED)
    sure = p_working(AED.p_in_service, since(float(age_days)), 1.0, 1.0)
    assert odds.p == pytest.approx(p_usable(AED.p_open, sure, 1.0, AED.p_access_public))
    assert odds.doubts == ((Reason.NOT_CHECKED,) if age_days > AED.checked_within_days else ())


def test_who_was_checked_last_is_preferred_and_unknown_stands_between() -> None:
    moment = Moment(NOW, default_policy().response)

    def p(age_days: int | None) -> float:
        checked = None if age_days is None else NOW - timedelta(days=age_days)
        return aed_odds(aed("a", HERE, last_checked_at=checked), moment, AED).p

    assert p(1) > p(200) > p(None) > p(2_000) > 0
    never = aed_odds(aed("a", HERE, last_checked_at=None), moment, AED)
    assert never.shut is None
    assert never.doubts == (Reason.NOT_CHECKED,)


def test_days_since_a_check() -> None:
    assert days_since(NOW - timedelta(hours=36), NOW) == 1.5
    assert math.isnan(days_since(None, NOW))
    ahead = days_since(NOW + timedelta(days=3), NOW)
    assert since(ahead) == 1.0
