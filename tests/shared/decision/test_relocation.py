"""Relocation advice: a case worked out by hand, and brute force over the definition."""

from __future__ import annotations

import itertools
import random
from typing import Any

import h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.words import Tier, TransportMode, UnitKind, UnitState
from shared.decision import Held, Policy, default_policy
from shared.decision.moment import Moment
from shared.decision.relocation import Base, Idle, Relocation, relocate, relocation_advice
from shared.decision.units import unit_router_of
from shared.geometry.cells import cell_of
from shared.geometry.distance import great_circle_m
from tests.shared.decision.world import NOW, at, policy, snapshot, station
from tests.shared.decision.world import unit as a_unit

POLICY = default_policy()
ROUTER = unit_router_of(snapshot(), POLICY)


def with_(**numbers: Any) -> Policy:
    return policy(relocation=numbers)


def base(name: str, place: tuple[float, float]) -> Base:
    return Base(name, *place)


def idle(name: str, home: Base, place: tuple[float, float] | None = None) -> Idle:
    return Idle(name, home.id, *(place or (home.latitude, home.longitude)))


def advice(units: Any, bases: Any, demand: dict[str, float], by: Policy = POLICY) -> Relocation:
    return relocate(units, bases, demand, by, ROUTER)


A, B = base("a", at(0)), base("b", at(5_500))
"""In 600 s, of which 100 s pass before it moves, an ambulance reaches 3.7 km in a straight line."""
NEAR_A, NEAR_B = cell_of(*at(300)), cell_of(*at(5_800))


def test_two_at_one_base_and_none_where_there_is_demand() -> None:
    """By hand, with q = 0.3 and demand 6 and 4.

    As they stand: 6 · (1 − 0.3²) = 5.46 of 10. After one has moved: 6 · 0.7 + 4 · 0.7 = 7 of 10.
    The gain is what the move adds where it goes, 4 · 0.7, less what it takes, 6 · 0.7 · 0.3.
    """
    found = advice([idle("u1", A), idle("u2", A)], [A, B], {NEAR_A: 6, NEAR_B: 4})
    (move,) = found.moves
    assert (move.unit_id, move.from_base, move.to_base) == ("u1", "a", "b")
    assert move.gain == pytest.approx(0.28 - 0.126)
    assert (found.covered_before, found.covered_after) == pytest.approx((0.546, 0.7))
    assert (move.covered_before, move.covered_after) == pytest.approx((0.546, 0.7))
    assert move.travel_m == pytest.approx(8_250, rel=1e-3)
    assert move.travel_s == pytest.approx(8_250 / 7.0, rel=1e-3)


def test_the_one_that_is_nearest_moves() -> None:
    on_the_road = idle("u2", A, at(3_000))
    (move,) = advice([idle("u1", A), on_the_road], [A, B], {NEAR_A: 6, NEAR_B: 4}).moves
    assert move.unit_id == "u2"


def test_nothing_is_advised_that_gains_too_little_or_takes_too_long() -> None:
    two, bases, demand = [idle("u1", A), idle("u2", A)], [A, B], {NEAR_A: 6.0, NEAR_B: 4.0}
    assert advice(two, bases, demand, with_(gain_min=0.16)).moves == ()
    assert advice(two, bases, demand, with_(travel_max_s=600)).moves == ()
    assert advice(two, bases, demand, with_(moves_max=0)).moves == ()
    assert advice(two, bases, {NEAR_A: 6, NEAR_B: 0}).moves == ()


def test_no_ambulance_no_base_no_demand() -> None:
    nothing = advice([], [], {})
    assert (nothing.moves, nothing.covered_before, nothing.covered_after) == ((), 0.0, 0.0)
    assert advice([idle("u1", A)], [A, B], {}).moves == ()
    assert advice([idle("u1", A)], [A, B], {NEAR_B: 0.0}).moves == ()
    assert advice([idle("u1", A)], [], {NEAR_A: 1.0}).covered_before == 0.0


def test_one_whose_base_is_gone_covers_nothing_until_it_has_another() -> None:
    lost = Idle("u1", "closed", *at(100))
    found = advice([lost], [A, B], {NEAR_A: 6, NEAR_B: 4}, with_(travel_max_s=1_800))
    assert [(m.from_base, m.to_base) for m in found.moves] == [("closed", "a")]
    assert (found.covered_before, found.covered_after) == pytest.approx((0.0, 0.42))


def brute(
    units: list[Idle], bases: list[Base], demand: dict[str, float], by: Policy
) -> list[tuple[float, str, str]]:
    """Every single move's gain, by the definition: coverage after less coverage before."""
    numbers, q = by.units, by.relocation.busy_fraction
    total = sum(demand.values())

    def reaches(one: Base, cell: str) -> bool:
        line_m = great_circle_m(one.latitude, one.longitude, *h3.cell_to_latlng(cell))
        drive_s = line_m * numbers.car_route_factor / numbers.emergency_car_m_s
        return numbers.order_s + numbers.ambulance_turnout_s + drive_s <= by.relocation.within_s

    by_id = {one.id: one for one in bases}

    def coverage(homes: list[str]) -> float:
        worth = 0.0
        for cell, weight in demand.items():
            k = sum(reaches(by_id[home], cell) for home in homes)
            worth += weight * sum((1 - q) * q ** (i - 1) for i in range(1, k + 1))
        return worth / total

    homes = [unit.base_id for unit in units]
    before = coverage(homes)
    moves = []
    for n, (unit, one) in itertools.product(
        range(len(units)), [(u, b) for u in units for b in bases]
    ):
        if units[n] is not unit or one.id == unit.base_id:
            continue
        line_m = great_circle_m(unit.latitude, unit.longitude, one.latitude, one.longitude)
        factor = numbers.car_route_factor
        if line_m * factor / by.travel.speed_m_s[TransportMode.CAR] > by.relocation.travel_max_s:
            continue
        moved = [*homes[:n], one.id, *homes[n + 1 :]]
        moves.append((coverage(moved) - before, unit.unit_id, one.id))
    return sorted(moves, reverse=True)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    q=st.sampled_from([0.0, 0.1, 0.3, 0.6, 0.95]),
    within_s=st.sampled_from([300.0, 600.0, 900.0]),
)
def test_against_brute_force(seed: int, q: float, within_s: float) -> None:
    rnd = random.Random(seed)

    def spot(reach_m: float) -> tuple[float, float]:
        return at(rnd.uniform(-reach_m, reach_m), rnd.uniform(-reach_m, reach_m))

    bases = [base(f"b{n}", spot(8_000)) for n in range(rnd.randint(1, 6))]
    units = [idle(f"u{n}", rnd.choice(bases)) for n in range(rnd.randint(1, 5))]
    units = [u if rnd.random() < 0.6 else Idle(u.unit_id, u.base_id, *spot(9_000)) for u in units]
    demand = {cell_of(*spot(9_000)): rnd.choice([0.0, 1.0, 2.5, 7.0]) for _ in range(20)}
    demand[cell_of(*spot(1_000))] = 3.0
    by = with_(busy_fraction=q, within_s=within_s, gain_min=0.0, moves_max=4)
    found = advice(units, bases, demand, by)
    left, homes = list(units), {u.unit_id: u.base_id for u in units}
    for move in found.moves:
        now = [Idle(u.unit_id, homes[u.unit_id], u.latitude, u.longitude) for u in units]
        best = [m for m in brute(now, bases, demand, by) if m[1] in {u.unit_id for u in left}]
        assert move.gain == pytest.approx(best[0][0], abs=1e-9)
        mine = [m for m in best if m[1:] == (move.unit_id, move.to_base)]
        assert mine[0][0] == pytest.approx(move.gain, abs=1e-9)
        assert move.covered_after - move.covered_before == pytest.approx(move.gain, abs=1e-9)
        homes[move.unit_id] = move.to_base
        left = [u for u in left if u.unit_id != move.unit_id]
    now = [Idle(u.unit_id, homes[u.unit_id], u.latitude, u.longitude) for u in units]
    rest = [m for m in brute(now, bases, demand, by) if m[1] in {u.unit_id for u in left}]
    assert len(found.moves) == 4 or not rest or rest[0][0] <= 1e-9
    rnd.shuffle(units)
    rnd.shuffle(bases)
    shuffled = dict(sorted(demand.items(), key=lambda _: rnd.random()))
    assert advice(units, bases, shuffled, by) == found


def test_from_a_snapshot_only_free_ambulances_and_open_bases_count() -> None:
    stations = [
        station("a", at(0)),
        station("b", at(5_500)),
        station("shut", at(5_600), opening_hours="Mo-Fr 14:00-18:00"),
        station("clinic", at(5_550), tier=Tier.COMMUNITY_HEALTH_CENTRE),
    ]
    units = [
        a_unit("u1", at(0), station_id="a"),
        a_unit("u2", at(0), station_id="a", state=UnitState.RETURNING),
        a_unit("held", at(0), station_id="a"),
        a_unit("busy", at(0), station_id="a", state=UnitState.MOBILE),
        a_unit("off", at(0), station_id="shut"),
        a_unit("team", at(0), station_id="clinic", kind=UnitKind.HEALTH_TEAM),
    ]
    world = snapshot(units=units, stations=stations, held=Held(units={"held": "inc-1"}))
    moment = Moment(NOW, POLICY.response)
    demand = {NEAR_A: 6.0, NEAR_B: 4.0}
    found = relocation_advice(world, demand, moment, with_(travel_max_s=1_800))
    assert (found.idle, found.bases, found.cells, found.basis) == (2, 2, 2, "h3-grid")
    assert [(m.unit_id, m.to_base) for m in found.moves] == [("u1", "b")]
    assert (found.covered_before, found.covered_after) == pytest.approx((0.546, 0.7))


def test_a_large_city_is_no_more_work_than_the_arrays_say() -> None:
    """60 ambulances, 60 bases, 2,000 cells: one many-to-many question and one of travel."""
    rnd = random.Random(5)
    asked = []

    class Counting:
        basis = "h3-grid"
        version = None

        def legs(self, origins: Any, destinations: Any, mode: Any, speed_m_s: float) -> Any:
            asked.append((len(origins), len(destinations)))
            return ROUTER.legs(origins, destinations, mode, speed_m_s)

        def arrivals(self, *_: Any) -> Any:
            raise AssertionError

        def ways(self, *_: Any) -> Any:
            raise AssertionError

    def spot() -> tuple[float, float]:
        return at(rnd.uniform(-20_000, 20_000), rnd.uniform(-20_000, 20_000))

    bases = [base(f"b{n:02d}", spot()) for n in range(60)]
    units = [idle(f"u{n:02d}", rnd.choice(bases[:20])) for n in range(60)]
    demand: dict[str, float] = {}
    while len(demand) < 2_000:
        demand[cell_of(*spot())] = rnd.random()
    found = relocate(units, bases, demand, POLICY, Counting())
    assert asked == [(60, 2_000), (60, 60)]
    assert len(found.moves) == POLICY.relocation.moves_max
    gains = [move.gain for move in found.moves]
    assert gains == sorted(gains, reverse=True)
    assert found.covered_after - found.covered_before == pytest.approx(sum(gains))
