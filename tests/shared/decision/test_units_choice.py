"""The second ambulance, advanced life support, neighbours: what a careful centre would send."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.words import OrderState, Tier, TransportMode, UnitKind, UnitState
from shared.decision import Order, Plan, Snapshot, decide, default_policy
from shared.decision.policy import Policy
from tests.shared.decision.test_units import order, ordered
from tests.shared.decision.world import NOW, at, patient, policy, reasons, snapshot
from tests.shared.decision.world import station as a_station
from tests.shared.decision.world import unit as a_unit

ALS: dict[str, Any] = {"capabilities": ("als", "bls", "aed")}
BLS: dict[str, Any] = {"capabilities": ("bls", "aed")}


def by_rule(rule: str, **changes: Any) -> Policy:
    units = default_policy().units
    second = units.second_ambulance.model_copy(update={"rule": rule, **changes})
    return policy(units={"second_ambulance": second})


def town(count: int = 5, **capabilities: dict[str, Any]) -> Snapshot:
    """Ambulances a, b, c … at 1, 2, 3 … km."""
    return snapshot(
        units=[
            a_unit(name, at(1_000 * n), **capabilities.get(name, {}))
            for n, name in enumerate("abcdefgh"[:count], start=1)
        ]
    )


def plan_by(world: Snapshot, by: Policy, orders: tuple[Order, ...] = (), **who: Any) -> Plan:
    return decide(world, patient(**who), NOW, by, orders=orders)


def test_a_likely_arrest_gets_two_by_default() -> None:
    plan = plan_by(town(), default_policy())
    assert ordered(plan) == {"a": "nearest_ambulance", "b": "second_ambulance"}
    assert reasons(plan) == dict.fromkeys("cde", "slower")


@pytest.mark.parametrize(
    "who",
    [
        {"arrest_likelihood": 0.5},
        {"conscious": True},
        {"breathing": True},
    ],
)
def test_anybody_else_gets_one(who: dict[str, Any]) -> None:
    assert ordered(plan_by(town(), default_policy(), **who)) == {"a": "nearest_ambulance"}


def test_never_is_never() -> None:
    assert ordered(plan_by(town(), by_rule("never"))) == {"a": "nearest_ambulance"}


def test_a_second_leaves_enough_free() -> None:
    assert ordered(plan_by(town(3), default_policy())) == {"a": "nearest_ambulance"}
    few = plan_by(town(3), by_rule("arrest", keep_free=1))
    assert ordered(few) == {"a": "nearest_ambulance", "b": "second_ambulance"}
    # Those who are too far away to help keep nothing free.
    far = plan_by(town(), by_rule("arrest", within_s=500))
    assert ordered(far) == {"a": "nearest_ambulance"}


def test_the_second_brings_what_the_first_lacks() -> None:
    plan = plan_by(town(a=BLS, d=ALS), default_policy())
    assert ordered(plan) == {"a": "nearest_ambulance", "d": "second_ambulance"}
    both = plan_by(town(a=ALS, d=ALS), default_policy())
    assert ordered(both) == {"a": "nearest_ambulance", "b": "second_ambulance"}


def test_late_is_for_a_first_that_is_late() -> None:
    on_time = plan_by(town(), by_rule("late"))
    assert ordered(on_time) == {"a": "nearest_ambulance"}
    late = plan_by(town(), by_rule("late", late_s=200))
    assert ordered(late) == {"a": "nearest_ambulance", "b": "second_ambulance"}


def test_late_is_for_basic_life_support_while_advanced_is_near() -> None:
    near = plan_by(town(a=BLS, d=ALS), by_rule("late"))
    assert ordered(near) == {"a": "nearest_ambulance", "d": "second_ambulance"}
    far = plan_by(town(a=BLS, d=ALS), by_rule("late", als_within_s=400))
    assert ordered(far) == {"a": "nearest_ambulance"}


def test_one_alone_may_be_somewhat_later_with_advanced_life_support() -> None:
    # 400 m are some 54 s by the route factor and the speed of a car with lights.
    world = snapshot(units=[a_unit("a", at(1_000), **BLS), a_unit("b", at(1_400), **ALS)])
    plan = plan_by(world, by_rule("never"))
    assert ordered(plan) == {"b": "als_preferred"}
    assert reasons(plan) == {"a": "no_als"}
    strict = policy(
        units={
            "als_slower_by_s": 50,
            "second_ambulance": by_rule("never").units.second_ambulance,
        }
    )
    assert ordered(plan_by(world, strict)) == {"a": "nearest_ambulance"}
    unlikely = plan_by(world, by_rule("never"), arrest_likelihood=0.5)
    assert ordered(unlikely) == {"a": "nearest_ambulance"}


def test_with_a_second_the_nearest_goes_whatever_it_brings() -> None:
    plan = plan_by(town(a=BLS, b=ALS), default_policy())
    assert ordered(plan) == {"a": "nearest_ambulance", "b": "second_ambulance"}


def test_a_second_is_sent_later_beside_one_on_the_way_and_not_beside_a_crew_that_is_there() -> None:
    on_way = plan_by(town(), default_policy(), (order("a", OrderState.MOBILE),))
    assert ordered(on_way) == {"b": "second_ambulance"}
    two = (order("a", OrderState.MOBILE), order("c", OrderState.NOTIFIED))
    assert ordered(plan_by(town(), default_policy(), two)) == {}
    there = plan_by(town(), default_policy(), (order("a", OrderState.AT_PATIENT),))
    assert ordered(there) == {}


def test_what_a_dispatcher_called_off_is_not_sent_again_by_itself() -> None:
    orders = (order("a", OrderState.MOBILE), order("b", OrderState.CANCELLED))
    assert ordered(plan_by(town(), default_policy(), orders)) == {}


def test_two_by_number_are_two_and_no_third() -> None:
    two = policy(units={"ambulances": 2})
    assert ordered(plan_by(town(), two)) == dict.fromkeys("ab", "nearest_ambulance")


def centre(name: str, north_m: float) -> Any:
    return a_station(name, at(north_m), tier=Tier.EMERGENCY_CENTRE)


def test_a_neighbours_unit_that_is_nearer_is_sent_and_said_so() -> None:
    units = [
        a_unit("ours", at(-9_000), station_id="south"),
        a_unit("theirs", at(4_000), station_id="north"),
    ]
    stations = [
        a_station("south", at(-9_000)),
        a_station("north", at(4_000)),
        centre("centre-ours", -2_000),
        centre("centre-theirs", 6_000),
    ]
    plan = plan_by(snapshot(units=units, stations=stations), default_policy())
    assert ordered(plan) == {"theirs": "neighbour_nearer"}
    one_house = plan_by(snapshot(units=units, stations=stations[:3]), default_policy())
    assert ordered(one_house) == {"theirs": "nearest_ambulance"}
    at_home = plan_by(snapshot(units=units[:1], stations=stations), default_policy())
    assert ordered(at_home) == {"ours": "nearest_ambulance"}


def test_a_team_on_foot_round_the_corner_beats_the_ambulance() -> None:
    team: dict[str, Any] = {"kind": UnitKind.HEALTH_TEAM, "mode": TransportMode.FOOT}
    world = snapshot(
        units=[
            a_unit("amb", at(6_000)),
            a_unit("team", at(200), **team),
            a_unit("far-team", at(900), **{**team, "mode": TransportMode.E_BIKE}),
        ]
    )
    plan = plan_by(world, by_rule("never"))
    assert ordered(plan) == {"amb": "nearest_ambulance", "team": "before_ambulance"}


def test_a_returning_unit_needs_no_turnout() -> None:
    world = snapshot(
        units=[
            a_unit("home", at(1_000)),
            a_unit("road", at(-1_300), state=UnitState.RETURNING),
        ]
    )
    assert ordered(plan_by(world, by_rule("never"))) == {"road": "nearest_ambulance"}
