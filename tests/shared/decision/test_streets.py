"""The whole decision on streets: water without a bridge counts, and the plan says what it used."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from shared.contracts.words import TransportMode, UnitKind
from shared.decision import Patient, Plan, Snapshot, decide, to_json
from shared.streets.edges import profile_of_edges
from shared.streets.graph import ProfileGraph, StreetGraph, make_graph
from shared.streets.kinds import Kind, Profile
from shared.streets.router import StreetRouter
from tests.shared.decision.world import (
    CALL,
    HERE,
    NOW,
    aed,
    at,
    patient,
    policy,
    rescuer,
    snapshot,
    unit,
)

LATE = {"ambulance_turnout_s": 900.0}
POLICY = policy(units=LATE, target={"shock_within_s": 700.0})
"""The ambulance is late and there is time for an AED."""
BANK_M, BRIDGE_M = 200.0, 3_000.0


def two_banks(bridge: bool = True) -> StreetGraph:
    """A street on each side of a river from west to east; one bridge, 3 km to the east."""
    east = np.arange(-600.0, BRIDGE_M + 1, 50)
    places = [at(0, x) for x in east] + [at(BANK_M, x) for x in east]
    latitude, longitude = np.array(places).T
    n = east.size
    a = np.concatenate([np.arange(n - 1), n + np.arange(n - 1), [n - 1] if bridge else []])
    b = np.concatenate([1 + np.arange(n - 1), n + 1 + np.arange(n - 1), [2 * n - 1][: int(bridge)]])
    tail, head = (np.concatenate(each).astype(np.int64) for each in ((a, b), (b, a)))
    metres = np.array([math.dist((0, 0), (50.0, 0))] * (2 * (n - 1)) + [BANK_M] * int(bridge))
    length_m = np.concatenate([metres, metres])
    kind = np.full(tail.size, Kind.RESIDENTIAL, np.uint8)
    ids = np.arange(1, 2 * n + 1, dtype=np.int64)
    each = profile_of_edges(tail, head, length_m, kind, ids, both_ways=True)
    profiles: dict[str, ProfileGraph] = dict.fromkeys(Profile, each)
    return make_graph(latitude.copy(), longitude.copy(), ids, profiles, "drawn by hand")


def on_streets(graph: StreetGraph, world: Snapshot) -> Snapshot:
    router = StreetRouter(graph, POLICY.streets, POLICY.travel, tree_bytes=1 << 20)
    return dataclasses.replace(world, router=router)


def river() -> Snapshot:
    """The patient on the south bank with ten rescuers; an AED across, and one 400 m along."""
    people = [
        rescuer(f"r{i}", at(-60, -140 + 30 * i), transport_mode=TransportMode.FOOT)
        for i in range(10)
    ]
    devices = [aed("across", at(BANK_M, 0)), aed("this-side", at(0, 400))]
    return snapshot(rescuers=people, aeds=devices, units=[unit("u", at(0, -550))])


def fetched(plan: Plan) -> set[str | None]:
    return {choice.aed_id for choice in plan.rescuers} - {None}


def planned(world: Snapshot, at_: Patient | None = None) -> Plan:
    return decide(world, at_ or patient(), NOW, POLICY)


def test_the_aed_across_the_water_loses() -> None:
    world = river()
    in_a_straight_line, on_the_street = planned(world), planned(on_streets(two_banks(), world))
    assert fetched(in_a_straight_line) == {"across"}
    assert fetched(on_the_street) == {"this-side"}


def test_the_plan_says_what_it_was_routed_on() -> None:
    graph = two_banks()
    plan = planned(on_streets(graph, river()))
    assert plan.basis.routing == "streets"
    assert plan.basis.streets == graph.version
    assert planned(river()).basis.routing == "h3-grid"


def test_who_is_across_the_water_is_told_apart() -> None:
    near_by_air = rescuer("r-north", at(BANK_M + 20, 0), transport_mode=TransportMode.FOOT)
    far_by_air = rescuer("r-south", at(-20, 450), transport_mode=TransportMode.FOOT)
    world = snapshot(rescuers=[near_by_air, far_by_air], units=[unit("u", at(0, -550))])
    targets = policy(units=LATE, target={"floor": 1, "max_alerts": 1})
    plan = decide(on_streets(two_banks(), world), patient(), NOW, targets)
    assert [choice.rescuer_id for choice in plan.rescuers] == ["r-south"]
    straight = decide(world, patient(), NOW, targets)
    assert [choice.rescuer_id for choice in straight.rescuers] == ["r-north"]


def test_the_ambulance_across_the_water_loses_too() -> None:
    units = [unit("north", at(BANK_M, 100)), unit("south", at(0, 1_500))]
    plan = planned(on_streets(two_banks(), snapshot(units=units)))
    assert [choice.unit_id for choice in plan.units] == ["south"]
    assert plan.units[0].kind is UnitKind.AMBULANCE
    assert plan.units[0].distance_m == pytest.approx(1_500, abs=60)


def test_same_inputs_same_bytes_whatever_was_kept() -> None:
    graph, world = two_banks(), river()
    cold, warm = on_streets(graph, world), on_streets(graph, world)
    assert isinstance(warm.router, StreetRouter)
    warm.router.prepare(np.array([at(BANK_M, 0), at(0, 400)]), list(TransportMode))
    warm.router.prepare_units(np.array([at(0, -550)]), [TransportMode.CAR])
    elsewhere = Patient(*at(0, 900), floor=0, call_at=CALL)
    planned(warm, elsewhere)
    assert to_json(planned(cold)) == to_json(planned(warm)) == to_json(planned(warm))


def test_here_is_on_the_south_bank() -> None:
    router = on_streets(two_banks(), river()).router
    assert isinstance(router, StreetRouter)
    assert router.covers(*HERE)
    assert not router.covers(*at(BANK_M + POLICY.streets.snap_max_m + 5, 0))
