"""Units that are with another patient: when they would be here, told and never taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.records import UnitRecord
from shared.contracts.words import UnitState
from shared.decision import Held, Skipped, Snapshot, decide, default_policy
from tests.shared.decision.test_units import ordered
from tests.shared.decision.world import NOW, at, patient, snapshot
from tests.shared.decision.world import unit as a_unit

UNITS = default_policy().units
BUSY = UNITS.busy
METRES = 1_000.0
WAY_S = METRES * UNITS.car_route_factor / UNITS.emergency_car_m_s
START_S = UNITS.order_s + UNITS.returning_turnout_s
AFTER_SCENE_S = BUSY.p_transport * (BUSY.transporting_s + BUSY.at_hospital_s)


def busy(state: UnitState, age_s: float, **changes: Any) -> UnitRecord:
    state_at = NOW - timedelta(seconds=age_s)
    return a_unit("busy", at(METRES), state=state, state_at=state_at, **changes)


def told(world: Snapshot, name: str = "busy") -> Skipped:
    plan = decide(world, patient(), NOW, default_policy())
    assert name not in ordered(plan)
    (skipped,) = [s for s in plan.skipped if s.id == name]
    return skipped


@pytest.mark.parametrize(
    ("state", "age_s", "free_in_s"),
    [
        (UnitState.ON_SCENE, 0, BUSY.on_scene_s + AFTER_SCENE_S),
        (UnitState.ON_SCENE, 600, BUSY.on_scene_s - 600 + AFTER_SCENE_S),
        (UnitState.TRANSPORTING, 300, BUSY.transporting_s - 300 + BUSY.at_hospital_s),
        (UnitState.AT_HOSPITAL, 900, BUSY.at_hospital_s - 900),
        # Overdue: a share of the whole is still expected, however long ago it should have ended.
        (UnitState.AT_HOSPITAL, 1_190, BUSY.overdue_share * BUSY.at_hospital_s),
        (UnitState.AT_HOSPITAL, 86_400, BUSY.overdue_share * BUSY.at_hospital_s),
        # A clock that is ahead of ours.
        (UnitState.AT_HOSPITAL, -60, BUSY.at_hospital_s + 60),
    ],
)
def test_when_it_is_expected(state: UnitState, age_s: float, free_in_s: float) -> None:
    skipped = told(snapshot(units=[busy(state, age_s)]))
    assert skipped.reason.value == "busy"
    assert skipped.detail["state"] == state.value
    assert skipped.detail["free_in_s"] == pytest.approx(free_in_s)
    assert skipped.detail["eta_s"] == pytest.approx(free_in_s + START_S + WAY_S)
    assert "sooner_by_s" not in skipped.detail


def test_one_on_the_way_to_another_is_not_expected() -> None:
    skipped = told(snapshot(units=[busy(UnitState.MOBILE, 30)]))
    assert skipped.detail == {"state": "mobile"}


def test_waiting_for_it_is_told_when_it_would_be_sooner() -> None:
    nearly = busy(UnitState.AT_HOSPITAL, 1_190)
    world = snapshot(units=[nearly, a_unit("far", at(9_000))])
    plan = decide(world, patient(), NOW, default_policy())
    assert ordered(plan) == {"far": "nearest_ambulance"}
    (choice,) = plan.units
    skipped = told(world)
    expected = choice.eta_s - float(skipped.detail["eta_s"])
    assert skipped.detail["sooner_by_s"] == pytest.approx(expected)
    assert expected > 0
    near = told(snapshot(units=[nearly, a_unit("near", at(1_000))]))
    assert "sooner_by_s" not in near.detail


def test_one_that_an_incident_holds_is_told_with_both() -> None:
    world = snapshot(
        units=[busy(UnitState.AT_HOSPITAL, 900), a_unit("held", at(500))],
        held=Held(units={"busy": "inc-7", "held": "inc-8"}),
    )
    skipped = told(world)
    assert skipped.reason.value == "held_by_incident"
    assert skipped.detail["incident_id"] == "inc-7"
    assert skipped.detail["free_in_s"] == pytest.approx(BUSY.at_hospital_s - 900)
    assert told(world, "held").detail == {"incident_id": "inc-8"}
