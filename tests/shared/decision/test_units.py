"""Units: nearest by tier, with reasons, in addition to what is ordered already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.words import (
    OrderState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.decision import Held, Order, Plan, decide, default_policy
from tests.shared.decision.world import NOW, at, patient, plan_for, policy, reasons, snapshot
from tests.shared.decision.world import station as a_station
from tests.shared.decision.world import unit as a_unit

TEAM: dict[str, Any] = {"kind": UnitKind.HEALTH_TEAM, "mode": TransportMode.E_BIKE}


def ordered(plan: Plan) -> dict[str, str]:
    return {choice.unit_id: choice.reason.value for choice in plan.units}


def order(unit_id: str, state: OrderState, age_s: float = 20, **changes: Any) -> Order:
    values = {"kind": UnitKind.AMBULANCE, **changes}
    return Order(unit_id=unit_id, state=state, at=NOW - timedelta(seconds=age_s), **values)


def test_the_nearest_ambulance_and_a_team_that_is_there_before_it() -> None:
    world = snapshot(
        units=[
            a_unit("far", at(9_000)),
            a_unit("near", at(6_000)),
            a_unit("team", at(700), **TEAM),
            a_unit("team-b", at(900), **TEAM),
        ],
        stations=[a_station("station-team", tier=Tier.COMMUNITY_HEALTH_CENTRE)],
    )
    plan = plan_for(world)
    assert ordered(plan) == {"near": "nearest_ambulance", "team": "before_ambulance"}
    assert reasons(plan) == {"far": "slower", "team-b": "slower"}
    tiers = {choice.unit_id: choice.tier for choice in plan.units}
    assert tiers == {"near": None, "team": Tier.COMMUNITY_HEALTH_CENTRE}
    assert plan.ambulance_eta_s is not None
    etas = {choice.unit_id: choice.eta_s for choice in plan.units}
    assert etas["team"] < etas["near"] == plan.ambulance_eta_s


def test_a_team_later_than_the_ambulance_and_beyond_the_circle_stays() -> None:
    plan = plan_for(snapshot(units=[a_unit("amb", at(1_000)), a_unit("team", at(4_000), **TEAM)]))
    assert ordered(plan) == {"amb": "nearest_ambulance"}
    assert reasons(plan) == {"team": "slower_than_ambulance"}
    within = plan_for(snapshot(units=[a_unit("amb", at(500)), a_unit("team", at(900), **TEAM)]))
    assert ordered(within)["team"] == "within_circle"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (UnitState.OFF_DUTY, "off_duty"),
        (UnitState.OUT_OF_SERVICE, "out_of_service"),
        (UnitState.MOBILE, "busy"),
        (UnitState.TRANSPORTING, "busy"),
        (UnitState.NOTIFIED, "busy"),
    ],
)
def test_a_unit_that_cannot_go(state: UnitState, reason: str) -> None:
    world = snapshot(units=[a_unit("first", at(500), state=state), a_unit("second", at(5_000))])
    plan = plan_for(world)
    assert ordered(plan) == {"second": "nearest_ambulance"}
    assert reasons(plan) == {"first": reason}


def test_a_returning_unit_goes_from_where_it_is() -> None:
    world = snapshot(units=[a_unit("back", at(300), state=UnitState.RETURNING)])
    assert ordered(plan_for(world)) == {"back": "nearest_ambulance"}


def test_a_held_unit_and_a_closed_station() -> None:
    world = snapshot(
        units=[a_unit("held", at(300)), a_unit("shut", at(400)), a_unit("free", at(5_000))],
        stations=[a_station("station-shut", opening_hours="Mo-Fr 14:00-18:00")],
        held=Held(units={"held": "inc-4"}),
    )
    plan = plan_for(world)
    assert ordered(plan) == {"free": "nearest_ambulance"}
    assert reasons(plan) == {"held": "held_by_incident", "shut": "station_closed"}


def test_two_ambulances_by_policy() -> None:
    world = snapshot(units=[a_unit(f"u{n}", at(1_000 * (n + 1))) for n in range(3)])
    plan = decide(world, patient(), NOW, policy(units={"ambulances": 2}))
    assert set(ordered(plan)) == {"u0", "u1"}


@pytest.mark.parametrize("state", [OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE])
def test_what_is_ordered_is_not_ordered_again(state: OrderState) -> None:
    world = snapshot(units=[a_unit("amb", at(3_000)), a_unit("other", at(4_000))])
    plan = decide(world, patient(), NOW, default_policy(), orders=[order("amb", state)])
    assert plan.units == ()
    assert reasons(plan) == {"other": "slower"}
    assert plan.ambulance_eta_s is not None


def test_each_step_of_the_order_brings_it_nearer() -> None:
    world = snapshot(units=[a_unit("amb", at(3_000))])
    etas = [
        decide(world, patient(), NOW, default_policy(), orders=[order("amb", state, age_s)])
        for state, age_s in (
            (OrderState.NOTIFIED, 0),
            (OrderState.NOTIFIED, 60),
            (OrderState.MOBILE, 0),
            (OrderState.ON_SCENE, 0),
        )
    ]
    seconds = [plan.ambulance_eta_s for plan in etas]
    assert None not in seconds
    assert seconds == sorted(seconds, reverse=True)  # type: ignore[type-var]
    assert len(set(seconds)) == 4


def test_another_systems_estimate_counts() -> None:
    eta = NOW + timedelta(seconds=77)
    on_way = order("unknown", OrderState.MOBILE, eta_at=eta)
    plan = decide(snapshot(), patient(), NOW, default_policy(), orders=[on_way])
    assert plan.ambulance_eta_s == 77


def test_an_order_that_nobody_acknowledged_is_replaced() -> None:
    world = snapshot(units=[a_unit("amb", at(1_000)), a_unit("other", at(4_000))])
    orders = [order("amb", OrderState.ESCALATED)]
    plan = decide(world, patient(), NOW, default_policy(), orders=orders)
    assert ordered(plan) == {"other": "replaces_order"}
    assert reasons(plan) == {"amb": "not_acknowledged"}


def test_a_cancelled_order_is_not_given_again() -> None:
    world = snapshot(units=[a_unit("amb", at(1_000)), a_unit("other", at(4_000))])
    orders = [order("amb", OrderState.CANCELLED)]
    plan = decide(world, patient(), NOW, default_policy(), orders=orders)
    assert ordered(plan) == {"other": "nearest_ambulance"}
    assert reasons(plan) == {"amb": "cancelled"}


def test_beyond_the_reach_nobody_looks() -> None:
    plan = plan_for(snapshot(units=[a_unit("amb", at(61_000))]))
    assert (plan.units, plan.skipped) == ((), ())
