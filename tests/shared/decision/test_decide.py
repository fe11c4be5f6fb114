"""The whole decision: properties that hold for any world, and the plan's own account of itself."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import h3
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.records import AedRecord, RescuerRecord
from shared.contracts.words import AedAccess, AedState, RescuerState, TransportMode
from shared.decision import (
    CandidateKind,
    Held,
    Plan,
    Snapshot,
    decide,
    default_policy,
    to_json,
)
from shared.decision.routing import FloatArray, GridRouter
from shared.decision.ways import Ways
from shared.geometry.distance import great_circle_m
from tests.shared.decision.world import (
    CALL,
    HERE,
    NOW,
    aed,
    at,
    chosen,
    patient,
    plan_for,
    policy,
    presence,
    rescuer,
    snapshot,
    station,
    unit,
)

POLICY = default_policy()
REACH_M = POLICY.reach.rescuer_m


def world(seed: int, origin: tuple[float, float] = HERE, people: int = 60) -> Snapshot:
    """A random town around a place: some may not be asked, some AEDs cannot be used."""
    rnd = random.Random(seed)

    def spot(spread_m: float) -> tuple[float, float]:
        return at(rnd.gauss(0, spread_m), rnd.gauss(0, spread_m), origin)

    rescuers, live, aeds = [], [], []
    for n in range(people):
        id = f"r{n:03d}"
        rescuers.append(
            rescuer(
                id,
                spot(900),
                state=rnd.choice([RescuerState.VERIFIED] * 6 + [RescuerState.ENROLLED]),
                credential_expires_on=rnd.choice([date(2027, 1, 1)] * 6 + [date(2026, 1, 1), None]),
                available=rnd.random() > 0.1,
                quiet_hours=rnd.choice([None, None, "Mo-Su 22:00-07:00", "Mo-Su 09:00-12:00"]),
                transport_mode=rnd.choice(list(TransportMode)),
                location_consent=rnd.random() > 0.2,
            )
        )
        if rnd.random() < 0.4:
            live.append(presence(id, spot(700), age_s=rnd.choice([30, 2_000, 20_000])))
    for n in range(8):
        aeds.append(
            aed(
                f"a{n}",
                spot(700),
                opening_hours=rnd.choice(["24/7", "Mo-Fr 08:00-18:00", "Sa 10:00-12:00", None]),
                state=rnd.choice(list(AedState)),
                access=rnd.choice(list(AedAccess)),
                code_required=rnd.random() < 0.3,
                code_known=rnd.random() < 0.5,
            )
        )
    units = [unit(f"u{n}", spot(3_000)) for n in range(3)]
    held = Held(
        rescuers={f"r{n:03d}": "inc-1" for n in rnd.sample(range(people), people // 10)},
        aeds={"a0": "inc-1"},
    )
    recent = {f"r{n:03d}": rnd.randint(0, 6) for n in range(0, people, 5)}
    return snapshot(
        rescuers=rescuers, live=live, aeds=aeds, units=units, held=held, alerts_recent=recent
    )


seeds = st.integers(0, 10_000)
floors = st.sampled_from([None, -2, 0, 1, 6, 30])
bounded = settings(max_examples=40, deadline=None)


def bytes_of(plan: Plan) -> str:
    return json.dumps(to_json(plan), allow_nan=False)


@bounded
@given(seed=seeds, floor=floors)
def test_same_inputs_same_bytes(seed: int, floor: int | None) -> None:
    first = decide(world(seed), patient(floor=floor), NOW, POLICY)
    again = decide(world(seed), patient(floor=floor), NOW, POLICY)
    assert bytes_of(first) == bytes_of(again)


@bounded
@given(seed=seeds)
def test_the_order_of_arrival_of_records_does_not_matter(seed: int) -> None:
    town = world(seed)
    rnd = random.Random(seed)
    people = [entry for id in town.rescuers if (entry := town.rescuers.get(id)) is not None]
    devices = [a for id in town.aeds if (a := town.aeds.get(id)) is not None]
    rnd.shuffle(people)
    rnd.shuffle(devices)
    other = snapshot(
        rescuers=[entry.record for entry in people],
        live=[entry.presence for entry in people if entry.presence is not None],
        aeds=devices,
        units=[u for id in reversed(list(town.units)) if (u := town.units.get(id)) is not None],
        held=town.held,
        alerts_recent=town.alerts_recent,
    )
    plans = [decide(one, patient(), NOW, POLICY) for one in (town, other)]
    assert bytes_of(plans[0]) == bytes_of(plans[1])


def may_be_alerted(record: RescuerRecord, town: Snapshot) -> bool:
    expires_on = record.credential_expires_on
    return (
        record.state is RescuerState.VERIFIED
        and expires_on is not None
        and expires_on >= date(2026, 3, 2)
        and record.available
        and record.quiet_hours != "Mo-Su 09:00-12:00"
        and record.id not in town.held.rescuers
        and town.alerts_recent.get(record.id, 0) < POLICY.fatigue.max_alerts
    )


def may_be_fetched(record: AedRecord, town: Snapshot) -> bool:
    return (
        record.state is not AedState.OUT_OF_SERVICE
        and record.opening_hours != "Sa 10:00-12:00"
        and not (record.code_required and not record.code_known)
        and record.id not in town.held.aeds
    )


@bounded
@given(seed=seeds, floor=floors)
def test_nobody_and_nothing_barred_is_ever_chosen(seed: int, floor: int | None) -> None:
    town = world(seed)
    plan = decide(town, patient(floor=floor), NOW, POLICY)
    for choice in plan.rescuers:
        entry = town.rescuers.get(choice.rescuer_id)
        assert entry is not None
        assert may_be_alerted(entry.record, town)
        if choice.aed_id is not None:
            device = town.aeds.get(choice.aed_id)
            assert device is not None
            assert may_be_fetched(device, town)
    ids = [choice.rescuer_id for choice in plan.rescuers]
    assert len(ids) == len(set(ids)) <= POLICY.target.max_alerts
    assert [choice.rank for choice in plan.rescuers] == list(range(1, len(ids) + 1))


@bounded
@given(seed=seeds)
def test_every_candidate_within_reach_is_chosen_or_has_a_reason(seed: int) -> None:
    all_shown = policy(explain={"per_reason": 10_000}, reach={"enough": 1_000})
    town = world(seed)
    plan = decide(town, patient(), NOW, all_shown)
    told = {(s.kind, s.id) for s in plan.skipped}
    told |= {(CandidateKind.RESCUER, c.rescuer_id) for c in plan.rescuers}
    told |= {(CandidateKind.AED, c.aed_id) for c in plan.rescuers if c.aed_id is not None}
    told |= {(CandidateKind.UNIT, c.unit_id) for c in plan.units}
    fetched = {c.aed_id for c in plan.rescuers if c.aed_id is not None}
    chosen = len(plan.units) + len(plan.rescuers) + len(fetched)
    assert len(told) == sum(plan.skipped_counts.values()) + chosen
    for id in town.rescuers:
        entry = town.rescuers.get(id)
        assert entry is not None
        live = entry.live if entry.presence and entry.record.location_consent else None
        age_s = (NOW - entry.presence.recorded_at).total_seconds() if entry.presence else math.inf
        here = live if live and age_s <= POLICY.places.live_max_age_s else entry.usual[0].place
        within = great_circle_m(*HERE, here.latitude, here.longitude) <= REACH_M
        assert ((CandidateKind.RESCUER, id) in told) is within
    for id in town.aeds:
        device = town.aeds.get(id)
        assert device is not None
        within = great_circle_m(*HERE, device.latitude, device.longitude) <= POLICY.reach.aed_m
        assert ((CandidateKind.AED, id) in told) is within


@bounded
@given(seed=seeds)
def test_not_under_the_floor_while_there_are_people(seed: int) -> None:
    plan = decide(world(seed), patient(), NOW, POLICY)
    spare = sum(s.reason.value == "not_needed" and s.kind == "rescuer" for s in plan.skipped)
    assert len(plan.rescuers) >= POLICY.target.floor or spare == 0


@bounded
@given(seed=seeds, north_m=st.floats(-80, 80), east_m=st.floats(-80, 80))
def test_one_more_nearer_responder_never_makes_the_shortfall_worse(
    seed: int, north_m: float, east_m: float
) -> None:
    before = decide(world(seed), patient(), NOW, POLICY)
    town = world(seed)
    town.rescuers.put(rescuer("zz", at(north_m, east_m)))
    after = decide(town, patient(), NOW, POLICY)
    # The tolerance within which fewer alerts are preferred, and the heuristic's own.
    assert after.targets.shortfall <= before.targets.shortfall + POLICY.target.tolerance + 0.005


@bounded
@given(seed=seeds)
def test_the_plan_agrees_with_itself(seed: int) -> None:
    plan = decide(world(seed), patient(), NOW, POLICY)
    targets = plan.targets
    shortfall = max(0, targets.p_cpr_target - targets.p_cpr) + max(
        0, targets.p_shock_target - targets.p_shock
    )
    assert targets.shortfall == pytest.approx(shortfall)
    assert 0 <= targets.p_cpr <= 1
    assert 0 <= targets.p_shock <= 1
    assert {need.target for need in plan.needed} == {
        name for name, met in (("cpr", targets.cpr_met), ("shock", targets.shock_met)) if not met
    }
    assert plan.circle_cells == sum(len(band.cells) for band in plan.circle)
    for choice in plan.rescuers:
        assert (choice.eta_shock_s is None) is (choice.aed_id is None) is (choice.p_aed is None)
        assert 0 < choice.p_accept <= 1
        if choice.aed_id is None:
            assert plan.ambulance_eta_s is None or choice.eta_cpr_s < plan.ambulance_eta_s


@pytest.mark.parametrize(
    "origin",
    [
        (0.0, 0.0),
        (-16.8, 179.9999),
        (-16.8, -179.9999),
        (89.9, 0.0),
        h3.cell_to_latlng(h3.get_pentagons(9)[0]),
        h3.cell_to_latlng(h3.get_pentagons(9)[7]),
    ],
)
def test_anywhere_on_earth(origin: tuple[float, float]) -> None:
    people = [rescuer(f"r{n}", at(150 * math.cos(n), 150 * math.sin(n), origin)) for n in range(6)]
    town = snapshot(
        rescuers=people,
        aeds=[aed("a", at(90, 90, origin))],
        units=[unit("u", at(1_500, 0, origin))],
    )
    plan = decide(town, patient(origin), NOW, POLICY)
    assert chosen(plan) == {f"r{n}" for n in range(6)}
    assert {c.aed_id for c in plan.rescuers} == {None, "a"}
    assert [c.unit_id for c in plan.units] == ["u"]
    assert all(c.distance_m < 1_000 for c in plan.rescuers)
    assert h3.latlng_to_cell(*origin, 9) in {c for band in plan.circle for c in band.cells}
    assert plan.circle_cells >= 7
    bytes_of(plan)


def test_nobody_at_all() -> None:
    plan = plan_for(snapshot())
    assert (plan.rescuers, plan.units, plan.skipped) == ((), (), ())
    assert plan.ambulance_eta_s is None
    assert plan.targets.p_cpr == 0
    assert plan.targets.shortfall == pytest.approx(1.4)
    assert {need.target for need in plan.needed} == {"cpr", "shock"}
    bytes_of(plan)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        decide(snapshot(), patient(), datetime(2026, 3, 2), POLICY)  # noqa: DTZ001


def test_what_would_be_needed_can_come_too_late() -> None:
    late = decide(snapshot(), patient(call_at=NOW - timedelta(minutes=20)), NOW, POLICY)
    assert {(n.target, n.what) for n in late.needed} == {("cpr", "too_late"), ("shock", "too_late")}
    early = decide(snapshot(), patient(call_at=NOW), NOW, POLICY)
    cpr, shock = early.needed
    assert (cpr.what, shock.what) == ("rescuers", "carriers_of_open_aeds")
    assert cpr.count >= 3
    assert cpr.within_m > 0


def test_enough_rescuers_next_door_meet_the_target_for_cpr() -> None:
    """What the plan says would be needed is enough once it is there."""
    need = decide(snapshot(), patient(call_at=NOW), NOW, POLICY).needed[0]
    people = [
        rescuer(f"r{n:02d}", HERE, transport_mode=TransportMode.E_BIKE)
        for n in range(2 * need.count)
    ]
    live = [presence(person.id, HERE) for person in people]
    more = policy(target={"max_alerts": 60})
    plan = decide(snapshot(rescuers=people, live=live), patient(call_at=NOW), NOW, more)
    assert plan.targets.cpr_met
    assert need.count / 2 <= len(plan.rescuers) <= 1.5 * need.count


def test_few_are_asked_when_few_do() -> None:
    sure = policy(
        response={
            "p_arrive": 1.0,
            "day": POLICY.response.day.model_copy(
                update={"p_accept": 0.95, "p_channel": 1.0, "turnout_median_s": 20.0}
            ),
        },
    )
    people = [rescuer(f"r{n:02d}", at(20, n)) for n in range(20)]
    live = [presence(person.id, at(20)) for person in people]
    town = snapshot(rescuers=people, live=live, aeds=[aed("a", at(40)), aed("b", at(-40))])
    plan = decide(town, patient(call_at=NOW), NOW, sure)
    assert plan.targets.cpr_met
    assert plan.targets.shock_met
    assert len(plan.rescuers) == POLICY.target.floor
    assert plan.needed == ()


def test_at_night_more_are_asked_for_the_same_promise() -> None:
    people = [rescuer(f"r{n:02d}", at(10 + n)) for n in range(40)]
    live = [presence(person.id, at(30)) for person in people]
    relaxed = policy(target={"cpr_within_s": 400.0, "p_shock": 0.0, "max_alerts": 40})
    by_day = decide(snapshot(rescuers=people, live=live), patient(call_at=NOW), NOW, relaxed)
    night = NOW + timedelta(hours=14)
    at_night = decide(
        snapshot(
            rescuers=people,
            live=[p.model_copy(update={"recorded_at": night}) for p in live],
        ),
        patient(call_at=night),
        night,
        relaxed,
    )
    assert len(at_night.rescuers) > len(by_day.rescuers)


def test_a_guide_for_a_high_floor_once_enough_are_asked() -> None:
    people = [rescuer(f"r{n:02d}", at(60 + 10 * n)) for n in range(30)]
    town = snapshot(rescuers=people, units=[unit("amb", at(6_000))])
    low, high = plan_for(town, floor=1), plan_for(town, floor=8)
    assert all(c.task.value != "guide" for c in low.rescuers)
    (guide,) = (c for c in high.rescuers if c.task.value == "guide")
    assert guide.reason.value == "guides_crew"
    assert guide.rank == len(high.rescuers)
    assert high.ambulance_eta_s is not None
    assert guide.eta_cpr_s < high.ambulance_eta_s


def test_the_floor_of_the_patient_costs_time() -> None:
    town = snapshot(rescuers=[rescuer("r", at(100))], units=[unit("amb", at(5_000))])
    ground, sixth, cellar, unknown, top = (
        plan_for(town, floor=floor).rescuers[0].eta_cpr_s for floor in (0, 6, -6, None, 60)
    )
    assert ground < unknown < sixth == cellar
    assert top == sixth == ground + POLICY.travel.floors_max_s


def test_the_age_of_every_table_is_told() -> None:
    town = snapshot(
        rescuers=[rescuer("r")], stations=[station("s")], as_of={"rescuers": NOW - timedelta(90)}
    )
    plan = plan_for(town)
    tables = {table.name: table for table in plan.basis.tables}
    assert set(tables) == {"aeds", "presence", "rescuers", "stations", "units"}
    assert tables["rescuers"].age_s == 90 * 86_400
    assert tables["rescuers"].records == tables["stations"].records == 1
    assert tables["aeds"].as_of is None
    assert (plan.basis.routing, plan.basis.route_factor) == ("h3-grid", 1.5)


def test_the_json_has_plain_words_and_utc_times() -> None:
    document = to_json(plan_for(world(1)))
    assert document["made_at"] == "2026-03-02T02:30:00Z"
    assert document["call_at"] == CALL.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert document["rescuers"][0]["task"] in {"direct", "via_aed"}
    assert json.loads(json.dumps(document)) == document


def test_barred_candidates_are_capped_and_counted() -> None:
    people = [rescuer(f"r{n:03d}", at(n), available=False) for n in range(50)]
    plan = plan_for(snapshot(rescuers=people))
    assert len(plan.skipped) == POLICY.explain.per_reason
    assert plan.skipped_counts == {"rescuer.unavailable": 50}
    distances = [s.distance_m for s in plan.skipped if s.distance_m is not None]
    assert distances == sorted(distances)


class River(GridRouter):
    """The grid, with a river south of the patient that nobody crosses."""

    def ways(
        self,
        rescuers: FloatArray,
        modes: npt.NDArray[np.uint8],
        aeds: FloatArray,
        patient: tuple[float, float],
        speed_m_s: FloatArray,
    ) -> Ways:
        found = super().ways(rescuers, modes, aeds, patient, speed_m_s)
        for values in found:
            values[rescuers[:, 0] < patient[0]] = np.inf
        return found


def test_a_crowd_across_the_water_hides_nobody_on_this_side() -> None:
    across = [rescuer(f"s{n:03d}", at(-60, n)) for n in range(3 * POLICY.reach.enough)]
    here = [rescuer(f"n{n:02d}", at(420, n)) for n in range(12)]
    river = River(POLICY.travel.route_factor)
    both = replace(snapshot(rescuers=[*across, *here]), router=river)
    plan = decide(both, patient(), NOW, POLICY)
    alone = decide(replace(snapshot(rescuers=here), router=river), patient(), NOW, POLICY)
    assert {c.rescuer_id for c in plan.rescuers} == {c.rescuer_id for c in alone.rescuers}
    assert plan.rescuers
    assert plan.skipped_counts["rescuer.out_of_reach"] == len(across)
