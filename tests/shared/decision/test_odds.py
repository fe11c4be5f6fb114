"""Probabilities: the floor formula, the common factor, turnout, doubts about AEDs."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest

from shared.contracts.words import AedAccess, AedState, TransportMode
from shared.decision import Reason, default_policy
from shared.decision.aed_index import AedIndex
from shared.decision.books import ALWAYS
from shared.decision.moment import Moment
from shared.decision.odds import aed_odds, doubts_of, responders_for, responders_sharing
from shared.decision.responder_odds import fails_given, works_given
from shared.decision.solve import arrived, lognormal_table
from tests.shared.decision.world import HERE, NOW, aed


@pytest.mark.parametrize(("each", "count"), [(0.28, 10), (0.36, 7), (0.45, 6), (0.63, 4)])
def test_how_many_equal_responders_it_takes(each: float, count: int) -> None:
    assert responders_for(0.95, each) == count
    assert 1 - (1 - each) ** count >= 0.95
    assert 1 - (1 - each) ** (count - 1) < 0.95


def test_the_formula_at_its_edges() -> None:
    assert responders_for(0.0, 0.3) == 0
    assert responders_for(0.9, 1.0) == 1
    for p, each in ((0.9, 0.0), (1.0, 0.5)):
        with pytest.raises(ValueError, match="never reaches"):
            responders_for(p, each)


@pytest.mark.parametrize("part", ["day", "night"])
def test_the_two_states_of_the_channel_mean_the_measured_acceptance(part: str) -> None:
    period = getattr(default_policy().response, part)
    channel = (period.p_accept, period.p_channel, period.p_accept_factor)
    works, fails = works_given(*channel), fails_given(*channel)
    mean = period.p_channel * works + (1 - period.p_channel) * fails
    assert mean == pytest.approx(period.p_accept)
    assert fails < works


@pytest.mark.parametrize("spread", [0.2, 0.3, 0.6, 1.0])
def test_the_lognormal_table(spread: float) -> None:
    table = lognormal_table(spread)
    for after_s in (1.0, 40.0, 99.0, 105.0, 140.0, 300.0, 2_000.0):
        exact = 0.5 * (1 + math.erf(math.log(after_s / 105.0) / spread / math.sqrt(2)))
        assert arrived(after_s, 105.0, table) == pytest.approx(exact, abs=2e-4)


def test_half_have_arrived_at_the_median_and_nobody_before_the_way_is_done() -> None:
    table = lognormal_table(0.6)
    assert arrived(-1.0, 105.0, table) == arrived(0.0, 105.0, table) == 0
    assert arrived(105.0, 105.0, table) == pytest.approx(0.5, abs=1e-6)
    assert arrived(4_900.0, 105.0, table) == pytest.approx(1.0, abs=1e-4)


def test_turnout_and_way_come_out_near_the_measured_all_in_speed() -> None:
    """Jonsson 2020: 560 m at 2.3 m/s (IQR 1.4–4.0) from the call, turnout included."""
    policy = default_policy()
    quick_s, slow_s = 560 / 4.0, 560 / 1.4
    for mode in (TransportMode.FOOT, TransportMode.BICYCLE, TransportMode.E_BIKE):
        all_in_s = policy.response.day.turnout_median_s + 560 / policy.travel.speed_m_s[mode]
        assert quick_s < all_in_s < slow_s


@pytest.mark.parametrize(
    ("changes", "shut", "doubts"),
    [
        ({}, None, ()),
        ({"state": AedState.OUT_OF_SERVICE}, Reason.OUT_OF_SERVICE, ()),
        ({"opening_hours": "Mo-Fr 11:00-17:00"}, Reason.CLOSED, ()),
        ({"opening_hours": "Mo-Fr 10:00-17:00"}, None, ()),
        ({"opening_hours": None}, None, (Reason.HOURS_UNKNOWN,)),
        ({"opening_hours": "whenever"}, None, (Reason.HOURS_UNKNOWN,)),
        ({"state": AedState.UNKNOWN}, None, (Reason.STATE_UNKNOWN,)),
        ({"pads_expire_on": date(2026, 3, 1)}, None, (Reason.EXPIRED_PADS,)),
        ({"pads_expire_on": date(2026, 3, 2)}, None, ()),
        ({"battery_expires_on": date(2026, 3, 1)}, None, (Reason.EXPIRED_BATTERY,)),
        ({"last_checked_at": None}, None, (Reason.NOT_CHECKED,)),
        ({"last_checked_at": NOW - timedelta(days=400)}, None, (Reason.NOT_CHECKED,)),
        ({"code_required": True, "code_known": True}, None, ()),
        ({"code_required": True}, Reason.NO_CODE, (Reason.NO_CODE,)),
        ({"access": AedAccess.PRIVATE}, None, (Reason.ACCESS_DOUBTFUL,)),
        (
            {"opening_hours": None, "pads_expire_on": date(2025, 1, 1)},
            None,
            (Reason.HOURS_UNKNOWN, Reason.EXPIRED_PADS),
        ),
    ],
)
def test_what_speaks_against_an_aed(
    changes: dict[str, Any], shut: Reason | None, doubts: tuple[Reason, ...]
) -> None:
    policy = default_policy()
    odds = aed_odds(aed("a", HERE, **changes), Moment(NOW, policy.response), policy.aed)
    sure = aed_odds(aed("a", HERE), Moment(NOW, policy.response), policy.aed)
    assert (odds.shut, odds.doubts) == (shut, doubts)
    assert odds.p <= sure.p
    if doubts:
        assert odds.p < sure.p
    index = AedIndex()
    index.put(aed("a", HERE, **changes))
    moment, number = Moment(NOW, policy.response), int(index.columns[0]["hours"])
    assert doubts_of(index, 0, moment, policy.aed) == doubts
    if number > ALWAYS:  # and with the hours known, as after a search
        index.hours.refresh([number], moment)
        assert doubts_of(index, 0, moment, policy.aed) == doubts


def test_pads_expire_by_the_date_where_the_aed_hangs() -> None:
    policy = default_policy()
    late = NOW.replace(hour=17)  # already the third of March in Shanghai
    device = aed("a", HERE, pads_expire_on=date(2026, 3, 2))
    assert aed_odds(device, Moment(late, policy.response), policy.aed).doubts
    elsewhere = device.model_copy(update={"time_zone": "Europe/Paris"})
    assert not aed_odds(elsewhere, Moment(late, policy.response), policy.aed).doubts


def test_who_shares_a_channel_must_be_more() -> None:
    assert responders_sharing(0.8, 1.0, (0.3, 0.0)) == responders_for(0.8, 0.3)
    shared = responders_sharing(0.8, 0.8, (0.33, 0.1))
    assert shared is not None
    assert shared > responders_for(0.8, 0.8 * 0.33 + 0.2 * 0.1)
    assert responders_sharing(0.9, 0.8, (0.5, 0.0)) is None
    assert responders_sharing(0.0, 0.8, (0.0, 0.0)) == 0
