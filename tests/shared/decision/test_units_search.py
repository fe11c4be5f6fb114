"""The search among many units finds what routing every one of them would find."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.words import OrderState, TransportMode, UnitKind, UnitState
from shared.decision import Held, Order, Policy, Snapshot, UnitIndex, default_policy
from shared.decision.moment import Moment
from shared.decision.routing import FloatArray, straight_m
from shared.decision.units import UnitPlan, plan_units
from shared.decision.units_stations import StationTable
from shared.geometry.distance import great_circle_m
from shared.streets.router import StreetRouter
from shared.streets.synthetic import synthetic_graph
from tests.shared.decision.world import HERE, NOW, at, patient, policy, snapshot, station, unit

POLICY = default_policy()


class Streets:
    """Ways that are longer than the line by a factor of their own; some places have none.

    Both ends are moved by up to ``snap_max_m``, so a way may be shorter than the line by that.
    """

    basis = "streets"
    version = "test"

    def __init__(self, seed: int, ends_after: int = 10_000) -> None:
        self.seed = seed
        self.ends_after = ends_after
        self.asked = 0

    def arrivals(
        self,
        places: FloatArray,
        modes: Any,
        patient: tuple[float, float],
        speed_m_s: FloatArray,
        within_s: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        self.asked += len(places)
        line = straight_m(places, np.array([patient]))[:, 0]
        luck = np.array([random.Random(f"{self.seed} {a:.9f} {b:.9f}").random() for a, b in places])
        metres = np.maximum(0.0, line - 2 * POLICY.streets.snap_max_m * luck) * (1 + 0.05 * luck)
        metres[luck > 0.93] = np.inf
        motor = (modes == 3) | (modes == 4)
        pace = np.where(motor, 1 + 2 * luck, 1.0) * speed_m_s
        seconds = metres / pace
        seconds[np.argsort(seconds, kind="stable")[self.ends_after :]] = np.inf
        return metres, seconds

    def legs(self, *_: Any) -> Any:
        raise AssertionError("units are asked for with arrivals")

    def ways(self, *_: Any) -> Any:
        raise AssertionError("units are asked for with arrivals")


def town(seed: int, count: int, *, streets: bool, teams: bool = True) -> Snapshot:
    rnd = random.Random(seed)
    side_m = rnd.choice([3_000, 15_000, 45_000])
    units = []
    for n in rnd.sample(range(1_000), count):
        kind = rnd.choice(list(UnitKind)) if teams else UnitKind.AMBULANCE
        units.append(
            unit(
                f"u{n:03d}",
                at(rnd.uniform(-side_m, side_m), rnd.uniform(-side_m, side_m)),
                kind=kind,
                mode=rnd.choice(list(TransportMode)),
                state=rnd.choice([UnitState.AVAILABLE] * 5 + list(UnitState)),
                state_at=NOW - timedelta(seconds=rnd.uniform(-60, 3_000)),
                capabilities=rnd.choice([("als", "bls"), ("bls", "aed"), ()]),
            )
        )
    hours = [None, "24/7", "Mo-Fr 14:00-18:00", "Mo-Su 08:00-17:30"]
    stations = [station(u.station_id, opening_hours=rnd.choice(hours)) for u in units]
    held = {u.id: "inc-1" for u in units if rnd.random() < 0.1}
    made = snapshot(units=units, stations=stations, held=Held(units=held))
    table = StationTable(stations) if rnd.random() < 0.5 else made.stations
    router = Streets(seed) if streets else None
    return Snapshot(made.rescuers, made.aeds, made.units, table, made.held, router=router)


def with_(considered: int, rule: str = "arrest") -> Policy:
    second = POLICY.units.second_ambulance.model_copy(update={"rule": rule})
    return policy(units={"considered": considered, "second_ambulance": second})


def planned(world: Snapshot, by: Policy, orders: tuple[Order, ...] = ()) -> UnitPlan:
    return plan_units(world, patient(), Moment(NOW, by.response), by, orders)


cases = settings(max_examples=60, deadline=None)


def test_each_limit_of_the_choice_is_looked_up_to() -> None:
    """Hundreds of towns in which little but the limit in question makes the search go on."""
    differ = 0
    for seed in range(400):
        world = town(seed, 40, streets=seed % 3 > 0, teams=seed % 2 == 0)
        second = POLICY.units.second_ambulance.model_copy(
            update={
                "rule": ("never", "arrest", "late")[seed % 5 % 3],
                "keep_free": seed % 4,
                "within_s": (400, 1_200, 3_000)[seed % 7 % 3],
                "late_s": 300,
            }
        )
        units = {
            "second_ambulance": second,
            "ambulances": 1 + (seed % 11 == 0),
            "health_team_within_s": 600 * (seed % 13 > 6),
            "als_slower_by_s": (0, 60, 300)[seed % 3],
        }
        some = planned(world, policy(units={**units, "considered": 1 + seed % 17 % 6}))
        every = planned(world, policy(units={**units, "considered": 1_000}))
        assert some.choices == every.choices, seed
        differ += len({c.reason for c in every.choices}) > 1
    assert differ > 50


@cases
@given(
    seed=st.integers(0, 10_000),
    count=st.sampled_from([0, 1, 7, 60, 300]),
    few=st.integers(1, 8),
    rule=st.sampled_from(["never", "arrest", "late"]),
    streets=st.booleans(),
    ordered=st.booleans(),
)
def test_few_are_routed_and_nobody_better_is_missed(
    seed: int, count: int, few: int, rule: str, streets: bool, ordered: bool
) -> None:
    world = town(seed, count, streets=streets)
    orders = tuple(
        Order(unit_id, UnitKind.AMBULANCE, OrderState.MOBILE, NOW)
        for unit_id in sorted(world.units)[: int(ordered)]
    )
    some, every = (
        planned(world, with_(few, rule), orders),
        planned(world, with_(1_000, rule), orders),
    )
    assert some.choices == every.choices
    assert some.arrivals == every.arrivals
    assert len(some.skipped) == len(every.skipped) == sum(every.skipped.counts.values())
    # Who would be sooner once they are free is known of the same ones.
    sooner = [
        {s.id: s.detail["sooner_by_s"] for s in one.skipped if "sooner_by_s" in s.detail}
        for one in (some, every)
    ]
    assert sooner[0] == sooner[1]


@cases
@given(seed=st.integers(0, 10_000), few=st.integers(1, 8))
def test_the_nearest_is_the_nearest_by_hand(seed: int, few: int) -> None:
    """On the grid, against a plain loop over all records."""
    world = town(seed, 120, streets=False)
    by = with_(few, "never")
    moment = Moment(NOW, by.response)
    best: list[tuple[float, str]] = []
    for unit_id in world.units:
        record = world.units.get(unit_id)
        assert record is not None
        place = world.stations[record.station_id]
        line_m = great_circle_m(*HERE, record.latitude, record.longitude)
        shut = moment.hours(place.opening_hours, place.time_zone).state.value == "closed"
        free = record.state in (UnitState.AVAILABLE, UnitState.RETURNING)
        if record.kind is not UnitKind.AMBULANCE or not free or shut or unit_id in world.held.units:
            continue
        factor, speed = by.travel.route_factor[record.mode], by.travel.speed_m_s[record.mode]
        if record.mode is TransportMode.CAR:
            factor, speed = by.units.car_route_factor, by.units.emergency_car_m_s
        returning = record.state is UnitState.RETURNING
        turnout_s = by.units.returning_turnout_s if returning else by.units.ambulance_turnout_s
        if line_m <= by.reach.unit_m:
            best.append((by.units.order_s + turnout_s + line_m * factor / speed, unit_id))
    chosen = [c for c in planned(world, by).choices if c.kind is UnitKind.AMBULANCE]
    eta_s, _ = min(best)
    assert chosen[0].eta_s <= eta_s + by.units.als_slower_by_s + 1e-6
    if chosen[0].reason.value == "nearest_ambulance":
        assert chosen[0].eta_s == pytest.approx(eta_s)


def test_with_streets_that_end_early_an_ambulance_is_still_found() -> None:
    """A search that ends with the first units may have found teams only."""
    team: dict[str, Any] = {"kind": UnitKind.HEALTH_TEAM, "mode": TransportMode.E_BIKE}
    units = [unit(f"t{n}", at(300 + n), **team) for n in range(5)]
    made = snapshot(units=[*units, unit("amb", at(20_000))])
    for seed in range(20):
        router = Streets(seed, ends_after=3)
        world = Snapshot(made.rescuers, made.aeds, made.units, made.stations, router=router)
        alone = np.array([[*at(20_000)]])
        if np.isfinite(router.arrivals(alone, np.array([4]), HERE, np.array([11.0]))[1][0]):
            kinds = {c.unit_id: c.kind for c in planned(world, POLICY).choices}
            assert kinds["amb"] is UnitKind.AMBULANCE


def test_an_ordered_unit_that_streets_do_not_know_comes_all_the_same() -> None:
    made = snapshot(units=[unit("amb", at(3_000))])
    orders = (Order("amb", UnitKind.AMBULANCE, OrderState.MOBILE, NOW),)
    on_grid = planned(made, POLICY, orders).arrivals
    lost = 0
    for seed in range(40):
        router = Streets(seed)
        world = Snapshot(made.rescuers, made.aeds, made.units, made.stations, router=router)
        place = np.array([[*at(3_000)]])
        unknown = not np.isfinite(router.arrivals(place, np.array([4]), HERE, np.array([11.0]))[1])
        lost += bool(unknown)
        arrivals = planned(world, POLICY, orders).arrivals
        assert (arrivals == on_grid) is bool(unknown)
    assert lost > 0


@cases
@given(seed=st.integers(0, 10_000), few=st.integers(1, 6))
def test_on_real_searches_of_streets_too(seed: int, few: int) -> None:
    world = town(seed, 60, streets=False)
    world = Snapshot(
        world.rescuers, world.aeds, world.units, world.stations, world.held, router=synthetic()
    )
    some, every = planned(world, with_(few)), planned(world, with_(1_000))
    assert some.choices == every.choices


@cache
def synthetic() -> StreetRouter:
    """A town of some 8 km around the patient."""
    return StreetRouter(synthetic_graph(6_000), POLICY.streets, POLICY.travel, tree_bytes=1 << 20)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rule=st.sampled_from(["never", "arrest"]))
def test_kept_trees_of_some_units_hide_no_other(seed: int, rule: str) -> None:
    """A crew that is on the road has no tree, needs no turnout, and may be behind on the way."""
    rnd = random.Random(seed)
    graph, by = synthetic().graph, with_(32, rule)
    kept = StreetRouter(graph, POLICY.streets, POLICY.travel, tree_bytes=1 << 22)
    units = [
        unit(f"u{n}", at(rnd.uniform(-2_500, 2_500), rnd.uniform(-2_500, 2_500)), **changes)
        for n in range(10)
        for changes in [
            {"state": rnd.choice([UnitState.AVAILABLE, UnitState.RETURNING])},
        ]
    ]
    homes = [u for u in units if u.state is UnitState.AVAILABLE]
    kept.prepare_units(
        np.array([(u.latitude, u.longitude) for u in homes]).reshape(-1, 2), [TransportMode.CAR]
    )
    made = snapshot(units=units)
    plans = [
        planned(
            Snapshot(made.rescuers, made.aeds, made.units, made.stations, router=router), by
        ).choices
        for router in (synthetic(), kept)
    ]
    assert plans[0] == plans[1]


def test_what_is_told_is_enough_to_decide_again() -> None:
    for seed in range(30):
        world = town(seed, 300, streets=seed % 2 == 0)
        by = with_(6)
        first = planned(world, by)
        told = first.skipped.told(4)
        kept = {s.id for s in told} | {c.unit_id for c in first.choices}
        records = [record for id in sorted(kept) if (record := world.units.get(id)) is not None]
        smaller = Snapshot(
            world.rescuers,
            world.aeds,
            snapshot(units=records).units,
            world.stations,
            world.held,
            router=world.router,
        )
        again = planned(smaller, by)
        assert again.choices == first.choices
        assert again.skipped.told(4) == told
        assert [s.distance_m for s in told] == sorted(s.distance_m or 0.0 for s in told)


def test_what_is_told_later_is_what_was_found() -> None:
    world = town(4, 60, streets=False)
    before, after = planned(world, POLICY), planned(world, POLICY)
    expected = list(before.skipped)
    for unit_id in sorted(world.units):
        record = world.units.get(unit_id)
        assert record is not None
        world.units.put(record.model_copy(update={"state": UnitState.OFF_DUTY, "id": unit_id}))
    world.units.put(unit("a-new-one", HERE))
    assert list(after.skipped) == expected
    assert after.skipped[0] == expected[0]


@cases
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 60))
def test_the_index_follows_every_change(seed: int, steps: int) -> None:
    rnd = random.Random(seed)
    index = UnitIndex()
    known: dict[str, Any] = {}
    for _ in range(steps):
        name = f"u{rnd.randrange(12)}"
        if rnd.random() < 0.3:
            index.remove(name)
            known.pop(name, None)
        else:
            record = unit(
                name,
                at(rnd.uniform(-9_000, 9_000)),
                state=rnd.choice(list(UnitState)),
                capabilities=rnd.choice([("als",), ()]),
            )
            index.put(record)
            known[name] = record
        if rnd.random() < 0.5:
            fresh = UnitIndex()
            for one in sorted(known):
                fresh.put(known[one])
            assert list(index.records) == list(fresh.records) == [known[k] for k in sorted(known)]
            assert np.array_equal(index.numbers, fresh.numbers)
            assert np.array_equal(index.codes, fresh.codes)
            assert index.rows == fresh.rows == {k: n for n, k in enumerate(sorted(known))}
            assert index.stations == [known[k].station_id for k in sorted(known)]
    assert (set(index), len(index)) == (set(known), len(known))
    for radius_m in (0.0, 4_000.0, 25_000.0):
        found = [id for ring in index.rings(*HERE, radius_m) for id in ring]
        near = {
            id
            for id, r in known.items()
            if great_circle_m(*HERE, r.latitude, r.longitude) <= radius_m
        }
        assert sorted(found) == sorted(near)


def test_stations_keep_who_may_be_closed_and_the_centres() -> None:
    table = StationTable()
    table["a"] = station("a", opening_hours="Mo-Fr 14:00-18:00")
    table["b"] = station("b", opening_hours="24/7")
    moment = Moment(NOW, POLICY.response)
    assert table.closed(moment).rows([0, 1], ["a", "b"]) == [0]
    table["a"] = station("a", opening_hours="Mo-Su 08:00-17:30")
    assert table.closed(moment).rows([0, 1], ["a", "b"]) == []
    table["a"] = station("a", opening_hours="Mo-Fr 14:00-18:00")
    del table["a"]
    assert table.closed(moment).rows([0, 1], ["a", "b"]) == []
    assert (dict(table), table.get("a"), len(table)) == ({"b": table["b"]}, None, 1)


def test_centres_come_and_go() -> None:
    from shared.contracts.words import Tier

    table = StationTable([station("c", tier=Tier.EMERGENCY_CENTRE), station("d")])
    assert [s.id for s in table.centres] == ["c"]
    table["d"] = station("d", tier=Tier.EMERGENCY_CENTRE)
    assert [s.id for s in table.centres] == ["c", "d"]
    table["c"] = station("c")
    assert [s.id for s in table.centres] == ["d"]
    del table["d"]
    assert table.centres == ()
