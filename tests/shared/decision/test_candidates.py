"""Every exclusion has its own reason, and nobody excluded is ever chosen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from shared.contracts.records import UsualPlace
from shared.contracts.words import AedState, Gate, PlaceKind, RescuerState, TransportMode
from shared.decision import Held, PlaceSource, decide, default_policy
from tests.shared.decision.world import (
    HERE,
    NOW,
    ZONE,
    aed,
    at,
    cell,
    chosen,
    patient,
    plan_for,
    policy,
    presence,
    reasons,
    rescuer,
    snapshot,
    unit,
)

NEAR = at(120, 40)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": RescuerState.ENROLLED}, "not_verified"),
        ({"state": RescuerState.SUSPENDED}, "suspended"),
        ({"credential_expires_on": None}, "no_credential"),
        ({"credential_expires_on": date(2026, 3, 1)}, "credential_expired"),
        ({"alerts_consent": False}, "no_consent"),
        ({"available": False}, "unavailable"),
        ({"quiet_hours": "Mo-Su 10:00-11:00"}, "quiet_hours"),
        ({"quiet_hours": "Mo-Su 22:00-12:00"}, "quiet_hours"),
        ({"places": ()}, None),
        (
            {
                "places": (
                    UsualPlace(kind=PlaceKind.HOME, cell=cell(NEAR), hours="Mo-Su 18:00-08:00"),
                )
            },
            "place_unknown",
        ),
    ],
)
def test_one_who_may_not_be_alerted(changes: dict[str, Any], reason: str | None) -> None:
    plan = plan_for(snapshot(rescuers=[rescuer("r", NEAR, **changes)]))
    assert not plan.rescuers
    assert reasons(plan) == ({} if reason is None else {"r": reason})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"credential_expires_on": date(2026, 3, 2)},
        {"quiet_hours": "Mo-Su 22:00-07:00"},
        {"quiet_hours": "not hours at all"},
        {"time_zone": "Mars/Olympus"},
    ],
)
def test_one_who_may_be_alerted(changes: dict[str, Any]) -> None:
    plan = plan_for(snapshot(rescuers=[rescuer("r", NEAR, **changes)]))
    assert chosen(plan) == {"r"}


def test_held_by_another_incident_and_over_the_fatigue_budget() -> None:
    people = [rescuer("busy", NEAR), rescuer("tired", NEAR), rescuer("fresh", NEAR)]
    limit = default_policy().fatigue.max_alerts
    plan = plan_for(
        snapshot(
            rescuers=people,
            held=Held(rescuers={"busy": "inc-7"}),
            alerts_recent={"tired": limit, "fresh": limit - 1},
        )
    )
    assert chosen(plan) == {"fresh"}
    assert reasons(plan) == {"busy": "held_by_incident", "tired": "fatigue"}
    details = {skipped.id: dict(skipped.detail) for skipped in plan.skipped}
    assert details["busy"] == {"incident_id": "inc-7"}
    assert details["tired"] == {"alerts_recent": limit, "window_days": 7}


def test_a_fresh_live_place_counts_an_old_one_gives_way_to_the_usual_place() -> None:
    limit_s = default_policy().places.live_max_age_s
    for age_s, source in ((60, PlaceSource.LIVE), (limit_s + 1, PlaceSource.HOME)):
        world = snapshot(
            rescuers=[rescuer("r", at(900))], live=[presence("r", at(100), age_s=age_s)]
        )
        (choice,) = plan_for(world).rescuers
        assert choice.place_source is source
        assert choice.place_age_s == (age_s if source is PlaceSource.LIVE else None)


def test_a_live_place_from_a_clock_ahead_is_fresh() -> None:
    world = snapshot(rescuers=[rescuer("r", at(900))], live=[presence("r", at(100), age_s=-90)])
    (choice,) = plan_for(world).rescuers
    assert (choice.place_source, choice.place_age_s) == (PlaceSource.LIVE, 0.0)


def test_without_consent_the_live_place_is_not_used() -> None:
    person = rescuer("r", at(900), location_consent=False)
    (choice,) = plan_for(snapshot(rescuers=[person], live=[presence("r", at(50))])).rescuers
    assert choice.place_source is PlaceSource.HOME


def test_somebody_who_lives_near_but_is_live_far_away_is_no_candidate() -> None:
    plan = plan_for(snapshot(rescuers=[rescuer("r", NEAR)], live=[presence("r", at(30_000))]))
    assert not plan.rescuers
    assert not plan.skipped


def test_work_and_home_by_the_hour() -> None:
    person = rescuer(
        "r",
        places=(
            UsualPlace(kind=PlaceKind.WORK, cell=cell(at(200)), hours="Mo-Fr 08:00-18:00"),
            UsualPlace(kind=PlaceKind.HOME, cell=cell(at(400)), hours="24/7"),
        ),
    )
    world = snapshot(rescuers=[person])
    (by_day,) = plan_for(world).rescuers
    evening = NOW + timedelta(hours=10)
    (later,) = decide(world, patient(call_at=evening), evening, default_policy()).rescuers
    assert (by_day.place_source, later.place_source) == (PlaceSource.WORK, PlaceSource.HOME)


def test_who_cannot_beat_the_ambulance_goes_only_with_an_aed() -> None:
    slow = rescuer("slow", at(1_500), transport_mode=TransportMode.FOOT)
    quick = rescuer("quick", at(60), transport_mode=TransportMode.FOOT)
    world = snapshot(rescuers=[slow, quick], units=[unit("amb", at(0, 1_200))])
    plan = plan_for(world)
    assert chosen(plan) == {"quick"}
    (skipped,) = (s for s in plan.skipped if s.id == "slow")
    assert skipped.reason.value == "slower_than_ambulance"
    assert skipped.detail["eta_s"] > skipped.detail["ambulance_eta_s"]  # type: ignore[operator]
    # Without an ambulance there is nobody to be slower than.
    assert chosen(plan_for(snapshot(rescuers=[slow, quick]))) == {"slow", "quick"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opening_hours": "Mo-Fr 20:00-23:00"}, "closed"),
        ({"state": AedState.OUT_OF_SERVICE}, "out_of_service"),
        ({"code_required": True}, "no_code"),
    ],
)
def test_an_aed_that_nobody_is_sent_for(changes: dict[str, Any], reason: str) -> None:
    world = snapshot(
        rescuers=[rescuer(f"r{i}", at(100 + i, 30 * i)) for i in range(6)],
        aeds=[aed("a", at(110, 60), **changes)],
    )
    plan = plan_for(world)
    assert all(choice.aed_id is None for choice in plan.rescuers)
    assert reasons(plan)["a"] == reason


def test_an_aed_with_unknown_hours_is_fetched_with_its_doubt() -> None:
    world = snapshot(
        rescuers=[rescuer(f"r{i}", at(100 + i, 30 * i)) for i in range(6)],
        aeds=[aed("a", at(110, 60), opening_hours=None)],
    )
    fetching = [c for c in plan_for(world).rescuers if c.aed_id is not None]
    assert fetching
    for fetch in fetching:
        assert fetch.aed_id == "a"
        assert [doubt.value for doubt in fetch.aed_doubts] == ["hours_unknown"]
        assert fetch.p_aed is not None
        assert 0 < fetch.p_aed <= 0.5


def test_an_aed_by_day_is_closed_at_night() -> None:
    world = snapshot(
        rescuers=[rescuer(f"r{i}", at(100 + i, 30 * i)) for i in range(6)],
        aeds=[aed("a", at(110, 60), opening_hours="Mo-Fr 08:00-18:00")],
    )
    assert any(c.aed_id == "a" for c in plan_for(world).rescuers)
    night = NOW + timedelta(hours=13)
    plan = decide(world, patient(call_at=night), night, default_policy())
    assert all(c.aed_id is None for c in plan.rescuers)
    assert reasons(plan)["a"] == "closed"


def test_an_aed_that_closes_before_anybody_is_there_is_not_fetched() -> None:
    closing = aed("a", at(110, 60), opening_hours="Mo-Fr 08:00-10:32")
    world = snapshot(rescuers=[rescuer("r", at(600))], aeds=[closing])
    plan = plan_for(world)
    assert all(c.aed_id is None for c in plan.rescuers)
    assert reasons(plan)["a"] == "no_carrier_in_time"


def test_missing_and_held_aeds() -> None:
    world = snapshot(
        rescuers=[rescuer("r", at(90))],
        aeds=[aed("gone", at(80)), aed("held", at(85))],
        missing_aeds=["gone"],
        held=Held(aeds={"held": "inc-9"}),
    )
    plan = plan_for(world)
    assert reasons(plan)["gone"] == "missing"
    assert reasons(plan)["held"] == "held_by_incident"


def test_a_second_aed_hedges_a_doubtful_one() -> None:
    people = [rescuer(f"r{i}", at(60 + 5 * i, 20 * i)) for i in range(14)]
    doubtful = [
        aed(id, place, opening_hours=None, last_checked_at=None)
        for id, place in (("a", at(80, 30)), ("b", at(90, -40)))
    ]
    plan = plan_for(snapshot(rescuers=people, aeds=doubtful))
    carriers = [c for c in plan.rescuers if c.aed_id is not None]
    assert {c.aed_id for c in carriers} == {"a", "b"}
    words = [c.reason.value for c in carriers]
    assert words[0] == "fetches_aed"
    assert words.count("hedges_aed") == 1
    assert set(words[1:]) <= {"hedges_aed", "hedges_carrier"}


@pytest.mark.parametrize("gate", list(Gate))
def test_a_closed_gate_keeps_volunteers_back_and_units_go(gate: Gate) -> None:
    world = snapshot(rescuers=[rescuer("r", NEAR)], units=[unit("amb", at(2_000))])
    plan = plan_for(world, gates=frozenset({gate}))
    assert plan.gates_closed == (gate.value,)
    assert not plan.rescuers
    assert [choice.unit_id for choice in plan.units] == ["amb"]


@pytest.mark.parametrize(
    ("changes", "gates"),
    [
        ({"conscious": True}, ("conscious",)),
        ({"conscious": False, "breathing": True}, ("breathing",)),
        ({"arrest_likelihood": 0.1}, ("arrest_unlikely",)),
        ({"conscious": False, "breathing": False}, ()),
        ({"conscious": None, "breathing": None}, ()),
    ],
)
def test_what_the_answers_close(changes: dict[str, Any], gates: tuple[str, ...]) -> None:
    plan = plan_for(snapshot(rescuers=[rescuer("r", NEAR)]), **changes)
    assert plan.gates_closed == gates
    assert bool(plan.rescuers) is (not gates)


def test_a_policy_may_leave_a_gate_open() -> None:
    open_to_children = policy(activation={"gates": (Gate.FIRE,)})
    world = snapshot(rescuers=[rescuer("r", NEAR)])
    child = patient(gates=frozenset({Gate.SMALL_CHILD}))
    assert decide(world, child, NOW, open_to_children).rescuers


def test_zone_of_the_rescuer_decides_the_date_of_expiry() -> None:
    late = NOW.replace(hour=17)  # the third of March in Shanghai, the second in Accra
    for zone, may in ((ZONE, False), ("Africa/Accra", True)):
        person = rescuer("r", HERE, time_zone=zone, credential_expires_on=date(2026, 3, 2))
        plan = decide(snapshot(rescuers=[person]), patient(call_at=late), late, default_policy())
        assert bool(plan.rescuers) is may
