"""The responder's numbers: place by age, the shared channel, floors, and the all-in check."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.compiled import compiled
from shared.contracts.words import TransportMode
from shared.decision import default_policy
from shared.decision.aed_odds import p_since_check
from shared.decision.history import mean, p_accept
from shared.decision.responder_odds import (
    fails_given,
    floors_s,
    on_the_way_s,
    p_live_place,
    works_given,
)

POLICY = default_policy()
PAGE = (Path(__file__).parents[3] / "docs/decisions/0011-responder-model.md").read_text(
    encoding="utf-8"
)
MODES = (TransportMode.FOOT, TransportMode.BICYCLE, TransportMode.E_BIKE)
DIRECT_M, VIA_AED_M = 560.0, 1_280.0
"""Median paths, direct and over an AED (DOMAIN §3)."""
SLOW_M_S, MEDIAN_M_S, QUICK_M_S = 1.4, 2.3, 4.0
"""Jonsson 2020: median and quartiles of the speed with the turnout in it."""


def p_live(age_s: float) -> float:
    p = POLICY.places
    return p_live_place(age_s, p.live_fresh_s, p.live_half_life_s, p.p_live_fresh, p.p_live)


def test_belief_in_a_place_by_hand() -> None:
    p = POLICY.places
    assert p_live(0.0) == p_live(p.live_fresh_s) == p.p_live_fresh
    half = (p.p_live_fresh + p.p_live) / 2
    assert p_live(p.live_fresh_s + p.live_half_life_s) == pytest.approx(half)
    assert p_live(1e7) == pytest.approx(p.p_live)


@given(
    st.floats(0, 1e5),
    st.floats(0, 1e5),
    st.floats(0, 7_200),
    st.floats(1, 86_400),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_belief_falls_with_age_between_its_two_ends(
    one: float, other: float, fresh_s: float, half_life_s: float, p1: float, p2: float
) -> None:
    floor, fresh = sorted((p1, p2))
    sooner, later = sorted((one, other))
    first = p_live_place(sooner, fresh_s, half_life_s, fresh, floor)
    last = p_live_place(later, fresh_s, half_life_s, fresh, floor)
    assert fresh >= first >= last - 1e-12
    assert last >= floor


@given(st.floats(0, 1), st.floats(0.05, 1), st.floats(0, 1))
def test_the_two_states_mean_the_marginal_where_that_is_possible(
    p: float, channel: float, factor: float
) -> None:
    works, fails = works_given(p, channel, factor), fails_given(p, channel, factor)
    mean = channel * works + (1 - channel) * fails
    assert 0 <= fails <= works <= 1
    assert mean == pytest.approx(min(p, channel + (1 - channel) * factor), abs=1e-12)


def test_failing_together_makes_silence_likelier_by_night() -> None:
    """P(nobody of ten accepts) against ten who fail on their own, with the same mean."""
    for period, at_least in ((POLICY.response.day, 1.2), (POLICY.response.night, 2.0)):
        numbers = (period.p_accept, period.p_channel, period.p_accept_factor)
        together = period.p_channel * (1 - works_given(*numbers)) ** 10
        together += (1 - period.p_channel) * (1 - fails_given(*numbers)) ** 10
        assert together > at_least * (1 - period.p_accept) ** 10


def test_floors() -> None:
    travel = POLICY.travel
    per_floor, most = travel.per_floor_s, travel.floors_max_s
    assert floors_s(0.0, per_floor, most) == 0
    assert floors_s(-2.0, per_floor, most) == floors_s(2.0, per_floor, most) == 2 * per_floor
    assert floors_s(40.0, per_floor, most) == most == 120  # CMAJ 2016: about two minutes


def all_in_m_s(metres: float, mode: TransportMode, night: bool = False) -> float:
    """Metres of the way per second from the acceptance, turnout included."""
    period = POLICY.response.night if night else POLICY.response.day
    speed = POLICY.travel.speed_m_s[mode]
    more_s = POLICY.aed.pick_up_s if metres == VIA_AED_M else 0.0
    return metres / (on_the_way_s(metres, speed, period.turnout_median_s) + more_s)


def test_turnout_and_way_come_out_near_the_measured_all_in_speeds() -> None:
    direct = {mode: all_in_m_s(DIRECT_M, mode) for mode in MODES}
    assert all(SLOW_M_S < speed < QUICK_M_S for speed in direct.values())
    middle = sorted(direct.values())[1]
    assert middle == pytest.approx(MEDIAN_M_S, rel=0.1)
    via = {mode: all_in_m_s(VIA_AED_M, mode) for mode in MODES}
    assert all(SLOW_M_S < speed < QUICK_M_S for speed in via.values())
    assert all(via[mode] > direct[mode] for mode in MODES)


@pytest.mark.parametrize("mode", MODES)
def test_the_decision_page_tells_what_comes_out(mode: TransportMode) -> None:
    values = [
        all_in_m_s(DIRECT_M, mode),
        all_in_m_s(DIRECT_M, mode, night=True),
        all_in_m_s(VIA_AED_M, mode),
        all_in_m_s(VIA_AED_M, mode, night=True),
    ]
    row = f"| `{mode.value}` | " + " | ".join(f"{value:.2f}" for value in values) + " |"
    assert row in PAGE


def test_a_moving_responder_needs_about_what_was_measured() -> None:
    """A response of 5:22 with a turnout of 1:45 leaves 217 s on the move (PMID 40816549)."""
    moved_s = 322 - POLICY.response.day.turnout_median_s
    speeds = sorted(POLICY.travel.speed_m_s[mode] for mode in MODES)
    assert speeds[0] < DIRECT_M / moved_s < speeds[-1]
    assert math.isclose(moved_s, 217)


@compiled
def _all_of_it(asked: float, days: float, age_s: float) -> float:
    p = p_accept(1.0, asked, 0.36, 2.0, 3.0, 0.28, 8.0, 0.5)
    works = works_given(p, 0.95, 0.3)
    there = p_live_place(age_s, 900.0, 1_800.0, 0.95, 0.8)
    return works * there * mean(1.0, 2.0, 0.53, 8.0) * p_since_check(days, 0.1, 0.75, 0.9)


@pytest.mark.parametrize("days", [0.0, 400.0, math.nan])
def test_compiled_code_takes_the_same_functions_in(days: float) -> None:
    p = p_accept(1.0, 4.0, 0.36, 2.0, 3.0, 0.28, 8.0, 0.5)
    alone = works_given(p, 0.95, 0.3) * p_live_place(2_000.0, 900.0, 1_800.0, 0.95, 0.8)
    alone *= mean(1.0, 2.0, 0.53, 8.0) * p_since_check(days, 0.1, 0.75, 0.9)
    assert _all_of_it(4.0, days, 2_000.0) == pytest.approx(alone, rel=1e-14)
