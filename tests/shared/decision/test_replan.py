"""Re-planning: commitments count, are replaced, get another task, and are let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.words import AlertState, Gate, OrderState, Task, UnitKind
from shared.decision import Commitment, Order, Plan, Snapshot, decide, default_policy
from tests.shared.decision.world import (
    CALL,
    NOW,
    aed,
    at,
    chosen,
    patient,
    plan_for,
    policy,
    reasons,
    rescuer,
    snapshot,
    unit,
)

POLICY = default_policy()


def town(people: int = 30, **changes: Any) -> Snapshot:
    rescuers = [rescuer(f"r{n:02d}", at(60 + 15 * n, 5 * n)) for n in range(people)]
    values: dict[str, Any] = {
        "rescuers": rescuers,
        "aeds": [aed("a", at(150, 60)), aed("b", at(-200, 40))],
        "units": [unit("amb", at(6_000))],
    }
    return snapshot(**{**values, **changes})


def commitment(id: str, state: AlertState, age_s: float = 15, **changes: Any) -> Commitment:
    values: dict[str, Any] = {
        "task": Task.DIRECT,
        "sent_at": CALL + timedelta(seconds=10),
        "state_at": NOW - timedelta(seconds=age_s),
    }
    return Commitment(rescuer_id=id, state=state, **{**values, **changes})


def as_sent(plan: Plan, state: AlertState = AlertState.SENT) -> list[Commitment]:
    return [
        Commitment(rescuer_id=c.rescuer_id, task=c.task, aed_id=c.aed_id, state=state, sent_at=NOW)
        for c in plan.rescuers
    ]


def again(world: Snapshot, commitments: list[Commitment], **changes: Any) -> Plan:
    return decide(world, patient(**changes), NOW, POLICY, commitments)


def test_a_plan_just_sent_needs_nothing_more() -> None:
    world = town()
    first = plan_for(world)
    assert first.rescuers
    second = again(world, as_sent(first))
    assert second.targets.p_cpr == pytest.approx(first.targets.p_cpr, abs=0.02)
    assert second.targets.p_shock == pytest.approx(first.targets.p_shock, abs=0.02)
    assert len(second.rescuers) <= 1
    assert not second.stand_down
    assert not chosen(second) & chosen(first)


OUT = [
    (AlertState.DECLINED, "declined"),
    (AlertState.WITHDRAWN, "withdrawn"),
    (AlertState.TIMED_OUT, "timed_out"),
    (AlertState.UNDELIVERED, "undelivered"),
]


@pytest.mark.parametrize(("state", "reason"), OUT)
def test_each_one_lost_is_replaced_and_not_asked_again(state: AlertState, reason: str) -> None:
    world = town()
    first = plan_for(world)
    lost, *rest = as_sent(first)
    plan = again(world, [replace(lost, state=state), *rest])
    assert plan.rescuers
    assert lost.rescuer_id not in chosen(plan)
    assert reasons(plan)[lost.rescuer_id] == reason


def test_one_who_accepted_and_does_not_move_is_replaced_and_not_stood_down() -> None:
    world = town()
    first, *rest = as_sent(plan_for(world))
    still = replace(first, state=AlertState.ACCEPTED, moving=False)
    plan = again(world, [still, *rest])
    assert plan.rescuers
    assert reasons(plan)[first.rescuer_id] == "no_movement"
    assert not plan.stand_down


def test_one_we_stood_down_may_be_asked_again() -> None:
    world = snapshot(rescuers=[rescuer("r", at(80))])
    plan = again(world, [commitment("r", AlertState.STOOD_DOWN)])
    assert chosen(plan) == {"r"}


def test_the_newest_commitment_of_a_rescuer_counts() -> None:
    world = snapshot(rescuers=[rescuer("r", at(80))])
    old = commitment("r", AlertState.STOOD_DOWN, sent_at=CALL)
    new = commitment("r", AlertState.DECLINED, sent_at=CALL + timedelta(seconds=5))
    for order in ([old, new], [new, old]):
        assert reasons(again(world, order)) == {"r": "declined"}


def test_help_becomes_surer_step_by_step() -> None:
    world = town(people=1, aeds=[aed("a", at(150, 60))], units=[])
    steps = [
        commitment("r00", AlertState.SENT, 0, sent_at=NOW),
        commitment("r00", AlertState.SEEN, 0, sent_at=NOW),
        commitment("r00", AlertState.ACCEPTED, 0, sent_at=NOW),
        commitment(
            "r00",
            AlertState.ACCEPTED,
            0,
            moving=True,
            latitude=at(70)[0],
            longitude=at(70)[1],
            sent_at=NOW,
        ),
        commitment("r00", AlertState.ARRIVED, 0, sent_at=NOW),
    ]
    odds = [again(world, [step]).targets.p_cpr for step in steps]
    assert odds == sorted(odds)
    assert len(set(odds)) == len(odds)
    assert odds[-1] == 1.0


def test_an_aed_on_the_spot_meets_the_target_for_the_shock() -> None:
    carrier = commitment("r00", AlertState.ARRIVED, 60, task=Task.VIA_AED, aed_id="a")
    plan = again(town(), [carrier])
    assert plan.targets.shock_met
    assert plan.targets.p_shock == 1.0


def test_an_aed_in_hand_does_not_go_back_for_it() -> None:
    place = at(100)
    base = {"task": Task.VIA_AED, "aed_id": "far", "latitude": place[0], "longitude": place[1]}
    world = snapshot(rescuers=[rescuer("r", at(100))], aeds=[aed("far", at(1_900))])
    late = policy(target={"shock_within_s": 500.0})
    odds = [
        decide(
            world,
            patient(),
            NOW,
            late,
            [commitment("r", state, 5, moving=True, **base)],
        ).targets.p_shock
        for state in (AlertState.ACCEPTED, AlertState.AED_COLLECTED)
    ]
    assert odds[0] < 0.5 < odds[1]


def test_bystander_cpr_sends_fewer_and_keeps_the_aed() -> None:
    world = town()
    alone, helped = plan_for(world), plan_for(world, bystander_cpr=True)
    assert helped.targets.cpr_met
    assert len(helped.rescuers) < len(alone.rescuers)
    assert any(c.aed_id is not None for c in helped.rescuers)


def test_an_aed_that_is_missing_gives_its_carrier_another_task() -> None:
    carrier = commitment("r00", AlertState.ACCEPTED, task=Task.VIA_AED, aed_id="a", moving=True)
    plan = again(town(missing_aeds=["a"]), [carrier])
    (task,) = plan.retask
    assert task.rescuer_id == "r00"
    assert (task.task, task.aed_id) in {(Task.DIRECT, None), (Task.VIA_AED, "b")}
    assert task.reason.value == "aed_lost"
    assert reasons(plan)["r00"] == "already_asked"
    assert "a" not in {c.aed_id for c in (*plan.rescuers, *plan.retask)}
    assert not again(town(), [carrier]).retask


def test_an_aed_lost_with_nothing_left_to_do_is_a_stand_down() -> None:
    carrier = commitment("r00", AlertState.ACCEPTED, task=Task.VIA_AED, aed_id="a")
    world = town(people=1, aeds=[aed("a", at(150))], missing_aeds=["a"])
    near = Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW, eta_at=NOW + timedelta(0, 5))
    plan = decide(world, patient(), NOW, POLICY, [carrier], [near])
    assert [(s.rescuer_id, s.reason.value) for s in plan.stand_down] == [("r00", "aed_lost")]


def test_two_who_lost_their_aed_never_get_the_same_one() -> None:
    lost = [
        commitment(id, AlertState.ACCEPTED, task=Task.VIA_AED, aed_id=f"gone-{id}", moving=True)
        for id in ("r00", "r01")
    ]
    world = town(
        aeds=[aed("gone-r00", at(40)), aed("gone-r01", at(45)), aed("b", at(70))],
        missing_aeds=["gone-r00", "gone-r01"],
    )
    plan = again(world, lost)
    assert [c.rescuer_id for c in plan.retask] == ["r00", "r01"]
    assert sorted(str(c.aed_id) for c in plan.retask) == ["None", "b"]


def test_an_aed_in_somebodys_hands_is_fetched_by_nobody_else() -> None:
    carrier = commitment("r00", AlertState.AED_COLLECTED, task=Task.VIA_AED, aed_id="a")
    plan = again(town(), [carrier])
    assert "a" not in {c.aed_id for c in plan.rescuers}
    assert reasons(plan)["a"] == "already_asked"


@pytest.mark.parametrize("state", [AlertState.SENT, AlertState.ACCEPTED])
def test_whose_aed_a_colleague_has_collected_gets_another_task(state: AlertState) -> None:
    asked = [
        commitment("r00", AlertState.AED_COLLECTED, task=Task.VIA_AED, aed_id="a"),
        commitment("r01", state, task=Task.VIA_AED, aed_id="a"),
    ]
    plan = again(town(), asked)
    (task,) = plan.retask
    assert (task.rescuer_id, task.reason.value) == ("r01", "aed_lost")
    assert task.aed_id != "a"


def test_of_two_who_accepted_one_aed_the_soonest_keeps_it() -> None:
    asked = [
        commitment(id, AlertState.ACCEPTED, task=Task.VIA_AED, aed_id="a", moving=True)
        for id in ("r03", "r00")
    ]
    plan = again(town(), asked)
    soonest = {c.rescuer_id for c in plan.retask}
    assert len(soonest) <= 1
    for task in plan.retask:
        assert task.aed_id != "a"
    # Unanswered, both stay: either may be the one who accepts.
    waiting = [replace(c, state=AlertState.SENT) for c in asked]
    assert not again(town(), waiting).retask


def let_go(plan: Plan) -> dict[str, str]:
    return {s.rescuer_id: s.reason.value for s in plan.stand_down}


def test_an_ambulance_crew_at_the_patient_lets_those_on_the_way_go() -> None:
    arrived = Order("amb", UnitKind.AMBULANCE, OrderState.AT_PATIENT, NOW - timedelta(0, 10))
    people = [
        commitment("r00", AlertState.ARRIVED),
        commitment("r01", AlertState.ACCEPTED),
        commitment("r02", AlertState.SENT),
        commitment("r03", AlertState.DECLINED),
        commitment("r04", AlertState.ACCEPTED, moving=False),
    ]
    plan = decide(town(), patient(), NOW, POLICY, people, [arrived])
    assert plan.gates_closed == ("ambulance_at_patient",)
    assert not plan.rescuers
    assert let_go(plan) == dict.fromkeys(("r01", "r02", "r04"), "ambulance_at_patient")


def test_a_gate_that_closes_later_lets_everybody_go() -> None:
    people = [commitment("r00", AlertState.ARRIVED), commitment("r01", AlertState.SEEN)]
    plan = again(town(), people, gates=frozenset({Gate.VIOLENCE}))
    assert let_go(plan) == {"r00": "gate_closed", "r01": "gate_closed"}


def test_who_would_be_later_than_the_ambulance_is_let_go() -> None:
    soon = Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW, eta_at=NOW + timedelta(0, 30))
    people = [
        commitment(
            "r00", AlertState.ACCEPTED, moving=True, latitude=at(10)[0], longitude=at(10)[1]
        ),
        commitment("r29", AlertState.ACCEPTED),
        commitment("r28", AlertState.ACCEPTED, task=Task.VIA_AED, aed_id="a"),
        commitment("r27", AlertState.ACCEPTED, task=Task.GUIDE),
    ]
    plan = decide(town(), patient(), NOW, POLICY, people, [soon])
    late = "slower_than_ambulance"
    assert let_go(plan) == {"r29": late, "r28": late, "r27": late}
    # An AED may come a little later than the crew is expected.
    later = Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW, eta_at=NOW + timedelta(0, 200))
    assert "r28" not in let_go(decide(town(), patient(), NOW, POLICY, people, [later]))


def test_an_aed_beside_the_patient_lets_the_other_carriers_go() -> None:
    people = [
        commitment("r00", AlertState.ARRIVED, task=Task.VIA_AED, aed_id="a"),
        commitment("r01", AlertState.ACCEPTED, task=Task.VIA_AED, aed_id="b"),
    ]
    assert let_go(again(town(), people)) == {"r01": "aed_at_patient"}


def test_unanswered_alerts_are_withdrawn_when_enough_accepted() -> None:
    there = [commitment(f"r0{n}", AlertState.ARRIVED, 60) for n in range(3)]
    carrier = commitment("r03", AlertState.ARRIVED, 60, task=Task.VIA_AED, aed_id="a")
    waiting = [commitment("r10", AlertState.SENT), commitment("r11", AlertState.SEEN)]
    plan = again(town(), [*there, carrier, *waiting])
    assert let_go(plan) == {"r10": "enough_accepted", "r11": "enough_accepted"}
    assert not plan.rescuers
    fewer = again(town(), [*there[:2], carrier, *waiting])
    assert not let_go(fewer)


def test_who_was_asked_for_an_aed_is_kept_until_somebody_brings_one() -> None:
    there = [commitment(f"r0{n}", AlertState.ARRIVED, 60) for n in range(4)]
    asked = commitment("r28", AlertState.SEEN, task=Task.VIA_AED, aed_id="a")
    assert "r28" not in let_go(again(town(), [*there, asked]))
    bringing = commitment("r05", AlertState.AED_COLLECTED, task=Task.VIA_AED, aed_id="b")
    assert "r28" in let_go(again(town(), [*there, bringing, asked]))


def test_one_whom_no_table_knows_counts_by_the_old_plan() -> None:
    stranger = commitment(
        "nobody", AlertState.ACCEPTED, eta_at=CALL + timedelta(seconds=10 + 123 + 20)
    )
    with_plan = again(town(people=0), [stranger])
    without = again(town(people=0), [replace(stranger, eta_at=None)])
    assert with_plan.targets.expected_cpr_s < without.targets.expected_cpr_s
    # Without any word of the place the rim of the reach is assumed in the odds; a guess lets nobody
    # go, because it is made just after a restart, when somebody may be next door.
    assert not with_plan.stand_down
    assert not without.stand_down


def test_a_corrected_place_counts_anew() -> None:
    world = town()
    here = again(world, [commitment("r00", AlertState.ACCEPTED)])
    moved = decide(world, patient(at(1_500)), NOW, POLICY, [commitment("r00", AlertState.ACCEPTED)])
    assert moved.targets.p_cpr != here.targets.p_cpr
    assert chosen(moved) != chosen(here)


def test_a_carrier_who_comes_long_after_the_crew_is_let_go() -> None:
    """The place was corrected to the other end of the town: everybody is far away now."""
    far = [
        commitment("r00", AlertState.SENT, task=Task.VIA_AED, aed_id="a"),
        commitment("r01", AlertState.ACCEPTED),
    ]
    crew = Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW, eta_at=NOW + timedelta(0, 120))
    place = at(9_000)
    plan = decide(town(), patient(place), NOW, POLICY, far, [crew])
    assert let_go(plan) == {"r00": "slower_than_ambulance", "r01": "slower_than_ambulance"}


def test_a_guide_is_not_asked_and_let_go_in_turns() -> None:
    """Six plans, one after the other, each carried out: nobody is stood down for a successor."""
    asked = [
        commitment("r00", AlertState.AED_COLLECTED, task=Task.VIA_AED, aed_id="a"),
        *(commitment(f"r0{n}", AlertState.ACCEPTED, moving=True) for n in (1, 2, 3)),
    ]
    crew = Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW, eta_at=NOW + timedelta(0, 420))
    told: list[str] = []
    for step in range(6):
        now = NOW + timedelta(seconds=step)
        plan = decide(town(), patient(floor=5), now, POLICY, asked, [crew])
        gone = set(let_go(plan))
        asked = [
            replace(c, state=AlertState.STOOD_DOWN, state_at=now) if c.rescuer_id in gone else c
            for c in asked
        ]
        for choice in plan.rescuers:
            told.append(choice.rescuer_id)
            new = commitment(choice.rescuer_id, AlertState.SENT, task=choice.task)
            new = replace(new, aed_id=choice.aed_id, sent_at=now)
            asked = [c for c in asked if c.rescuer_id != choice.rescuer_id] + [new]
    assert len(told) == len(set(told))
    assert sum(c.task is Task.GUIDE and c.state is AlertState.SENT for c in asked) <= 1


def test_who_was_let_go_is_asked_again_once_somebody_drops_out() -> None:
    let_go_then = replace(
        commitment("r00", AlertState.STOOD_DOWN), state_at=NOW - timedelta(seconds=20)
    )
    waiting = commitment("r01", AlertState.ACCEPTED)
    world = town(people=2, aeds=[])
    assert reasons(again(world, [let_go_then, waiting]))["r00"] == "stood_down"
    refused = replace(commitment("r01", AlertState.DECLINED), state_at=NOW - timedelta(seconds=5))
    assert "r00" in {c.rescuer_id for c in again(world, [let_go_then, refused]).rescuers}
    before = replace(refused, state_at=NOW - timedelta(seconds=40))
    also = commitment("r29", AlertState.ACCEPTED)
    assert "r00" not in {c.rescuer_id for c in again(world, [let_go_then, before, also]).rescuers}


def test_no_new_task_over_an_aed_that_closes_before() -> None:
    lost = commitment("r00", AlertState.ACCEPTED, task=Task.VIA_AED, aed_id="a", moving=True)
    soon_shut = aed("c", at(70), opening_hours="Mo-Fr 08:00-10:31")
    plan = again(town(aeds=[aed("a", at(40)), soon_shut], missing_aeds=["a"]), [lost])
    assert "c" not in {c.aed_id for c in plan.retask}


@pytest.mark.parametrize("task", [Task.DIRECT, Task.VIA_AED])
def test_nobody_is_let_go_because_no_table_knows_where_they_are(task: Task) -> None:
    """Right after a restart the tables are empty; the way is then a guess, and no reason."""
    aed_id = "a" if task is Task.VIA_AED else None
    people = [commitment(f"r0{n}", AlertState.ACCEPTED, task=task, aed_id=aed_id) for n in range(3)]
    crew = Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW, eta_at=NOW + timedelta(0, 300))
    plan = decide(snapshot(), patient(), NOW, POLICY, people, [crew])
    assert let_go(plan) == {}
    late = [replace(c, eta_at=c.sent_at + timedelta(0, 2_000)) for c in people]
    assert set(let_go(decide(snapshot(), patient(), NOW, POLICY, late, [crew]))) >= {"r00"}
