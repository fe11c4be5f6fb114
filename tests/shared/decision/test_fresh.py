"""First decisions in one compiled call: the same plan as step by step, in memory used again."""

from __future__ import annotations

import asyncio
import importlib
import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.decision import Patient, Plan, Policy, Snapshot, decide, to_json
from shared.decision.addresses import addresses
from shared.decision.around import scratch
from shared.decision.keeper import Keeper
from shared.decision.marked import marked_of, ready
from shared.decision.model import Held
from shared.decision.moment import Moment
from shared.decision.names import words_of
from shared.decision.nearest import nearest_rows
from shared.decision.room import Room, Rooms, Size
from shared.decision.seek import Fresh, seek
from shared.decision.units_stations import StationTable
from shared.streets.router import StreetRouter
from shared.streets.synthetic import synthetic_graph
from tests.shared.decision.test_decide import POLICY, world
from tests.shared.decision.world import HERE, NOW, aed, at, patient, policy, rescuer, snapshot
from tests.shared.decision.world import station as a_station
from tests.shared.decision.world import unit as a_unit

deciding = importlib.import_module("shared.decision.decide")
# Not `decide`: the package has a function of that name.
TOWN = StreetRouter(synthetic_graph(2_000, centre=HERE), POLICY.streets, POLICY.travel)
SIZE = Size(people=10, near=20, aeds=4, aeds_each=3, alerts=5, units=3, units_considered=8)

seeds = st.integers(0, 10_000)
bounded = settings(max_examples=25, deadline=None)


def by_steps(town: Snapshot, who: Patient, with_policy: Policy) -> Plan:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(deciding, "in_one_call", lambda _: False)
        return decide(town, who, NOW, with_policy)


def with_units(town: Snapshot, seed: int) -> Snapshot:
    """More units than are considered at once, some busy, some of stations that are shut."""
    rnd = random.Random(seed)
    hours = [None, "24/7", "Mo-Su 08:00-18:00", "Mo-Su 22:00-23:00"]
    stations = [a_station(f"s{n}", opening_hours=rnd.choice(hours)) for n in range(6)]
    units = [
        a_unit(
            f"u{n:02d}",
            at(rnd.gauss(0, 5_000), rnd.gauss(0, 5_000)),
            station_id=f"s{rnd.randrange(7)}",
            kind=rnd.choice(["ambulance", "ambulance", "health_team"]),
            state=rnd.choice(["available", "available", "returning", "on_scene", "off_duty"]),
            capabilities=rnd.choice([(), ("als",), ("aed",)]),
        )
        for n in range(rnd.choice([0, 1, 12, 40]))
    ]
    for one in units:
        town.units.put(one)
    held = replace(town.held, units={"u03": "inc-2"})
    return replace(town, stations=StationTable(stations), held=held)


@bounded
@given(seed=seeds, streets=st.booleans(), considered=st.sampled_from([2, 32]))
def test_one_call_comes_to_the_same_as_step_by_step(
    seed: int, streets: bool, considered: int
) -> None:
    rules = policy(
        units={"considered": considered},
        reach={"enough": random.Random(seed).choice([0, 1, 12, 100])},
    )
    town = with_units(world(seed), seed)
    if streets:
        town = replace(town, router=TOWN)
    who = patient(floor=seed % 7, bystander_cpr=seed % 2 == 0)
    assert to_json(decide(town, who, NOW, rules)) == to_json(by_steps(town, who, rules))


def test_a_common_call_is_one_call() -> None:
    moment = Moment(NOW, POLICY.response)
    for town in (world(3), replace(world(3), router=TOWN)):
        found = deciding.search_and_assign(town, patient(), moment, POLICY)
        assert isinstance(found, Fresh)
        plan = decide(town, patient(), NOW, POLICY)
        # Guides are told after.
        assert [who for who, _ in found.rescuers] == [
            c.rescuer_id for c in plan.rescuers if c.task != "guide"
        ]
        assert found.units_chosen == [c.unit_id for c in plan.units]


def test_where_there_is_nobody_it_goes_step_by_step() -> None:
    empty = snapshot()
    assert seek(empty, patient(), Moment(NOW, POLICY.response), POLICY) is None
    assert decide(empty, patient(), NOW, POLICY).rescuers == ()


def test_marks_are_gone_after_a_call() -> None:
    town = world(5)
    decide(town, patient(), NOW, POLICY)
    assert not town.rescuers.marks.any()
    assert not town.aeds.marks.any()


def test_marks_made_in_advance_are_those_made_at_the_question() -> None:
    town = world(5)
    prepared = ready(town, POLICY)
    assert prepared.marked is not None
    assert marked_of(prepared, POLICY) is prepared.marked
    assert to_json(decide(prepared, patient(), NOW, POLICY)) == to_json(
        decide(town, patient(), NOW, POLICY)
    )
    # Held by somebody else since: what was made in advance is not used.
    first = decide(town, patient(), NOW, POLICY).rescuers[0].rescuer_id
    later = replace(prepared, held=Held(rescuers={first: "another"}))
    assert marked_of(later, POLICY) is not prepared.marked
    chosen = decide(later, patient(), NOW, POLICY).rescuers
    assert first not in [one.rescuer_id for one in chosen]


def test_what_stays_is_written_down_anew_when_it_moves() -> None:
    plain = world(5)
    town = replace(plain, stations=StationTable(plain.stations.values()))  # as dispatch keeps them
    moment = Moment(NOW, POLICY.response)
    before = to_json(decide(town, patient(), NOW, POLICY))
    kept = scratch().stays
    decide(town, patient(), NOW, POLICY)
    assert scratch().stays is kept
    for n in range(40):  # the columns, the grid and its hash table grow
        town.rescuers.put(rescuer(f"far{n:02d}", at(9_000 + 300 * n, 0)))
    again = to_json(decide(town, patient(), NOW, POLICY))
    assert scratch().stays is not kept
    assert seek(town, patient(), moment, POLICY) is not None
    assert again["rescuers"] == before["rescuers"]


def test_only_arrays_in_a_row_have_an_address() -> None:
    with pytest.raises(ValueError, match="array 1"):
        addresses([np.zeros(3), np.zeros((4, 4))[:, 1]])


def test_a_plan_that_is_told_later_is_not_overwritten() -> None:
    town, elsewhere = world(1), world(2)
    plans = [decide(town, patient(), NOW, POLICY) for _ in range(3)]
    for _ in range(6):
        decide(elsewhere, patient(at(300, 300)), NOW, POLICY)
    fresh = decide(town, patient(), NOW, POLICY)
    assert all(to_json(plan) == to_json(fresh) for plan in plans)


def test_a_room_is_used_again_once_nobody_looks_into_it() -> None:
    rooms = Rooms()
    one = rooms.take(SIZE)
    other = rooms.take(SIZE)
    assert other is not one
    kept, number = one.around[0][:3], id(one)
    del one
    assert id(rooms.take(SIZE)) != number
    del kept
    numbers = {id(rooms.take(SIZE)) for _ in range(3)}
    assert number in numbers or id(other) not in numbers


def test_a_room_holds_less_but_no_other_number_of_units() -> None:
    assert SIZE.holds(SIZE._replace(people=5, near=10))
    assert not SIZE.holds(SIZE._replace(people=11))
    assert not SIZE.holds(SIZE._replace(units=2))
    assert not SIZE.holds(SIZE._replace(units_considered=5))


def test_every_array_of_a_room_begins_with_a_line_and_overlaps_none() -> None:
    room = Room(SIZE)
    arrays = [
        *room.units, *room.around, *room.ways, *room.standing, *room.tasks,
        room.question, room.know, room.counts, room.short,
    ]  # fmt: skip
    starts = sorted((each.ctypes.data, each.nbytes) for each in arrays if each.nbytes)
    assert all(start % 64 == 0 for start, _ in starts)
    assert all(a + n <= b for (a, n), (b, _) in pairwise(starts))


@bounded
@given(seed=seeds, count=st.integers(0, 60), enough=st.integers(0, 40))
def test_the_nearest_are_chosen_and_sorted_by_id(seed: int, count: int, enough: int) -> None:
    rnd = random.Random(seed)
    ids = [f"person-{rnd.randrange(10**9):09d}" for _ in range(count)]
    words = np.array([words_of(each, 2) for each in ids], dtype=np.uint64).reshape(-1, 2)
    chords = np.array([rnd.choice([0.1, 0.2, 0.2, 0.3, rnd.random()]) for _ in ids])
    slots, rows = np.arange(count, dtype=np.int32), np.empty(count + 1, dtype=np.int32)
    n = nearest_rows(chords, slots, words, enough, rows)
    nearest = sorted(range(count), key=lambda i: (chords[i], ids[i]))[:enough]
    assert [ids[i] for i in rows[:n]] == sorted(ids[i] for i in nearest)


def test_what_a_minute_is_in_a_zone_is_known_for_that_minute_only() -> None:
    book = world(1).rescuers.zones
    first = book.table(Moment(NOW, POLICY.response))
    assert book.table(Moment(NOW, POLICY.response)) is first
    assert book.table(Moment(NOW + timedelta(days=1), POLICY.response))[0] != first[0]


def test_hours_of_stations_follow_the_stations_and_the_units() -> None:
    shut = a_station("s0", opening_hours="Mo-Su 22:00-23:00")
    stations, town = StationTable([shut]), snapshot(units=[a_unit("u1", HERE, station_id="s0")])
    before = stations.hours_by_row(town.units)
    assert stations.hours_by_row(town.units) is before
    stations["s0"] = a_station("s0", opening_hours="24/7")
    assert stations.hours_by_row(town.units).tolist() == [0]
    town.units.put(a_unit("u0", HERE, station_id="s1"))
    stations["s1"] = shut.model_copy(update={"id": "s1"})
    assert [n > 1 for n in stations.hours_by_row(town.units)] == [True, False]


def test_a_keeper_rehearses_what_production_calls_and_changes_nothing() -> None:
    town = snapshot(
        rescuers=[rescuer(f"r{n}", at(n * 20)) for n in range(9)], aeds=[aed("a", HERE)]
    )
    keeper = Keeper(lambda *_: town, POLICY, lambda: NOW)
    before = to_json(decide(town, patient(), NOW, POLICY))
    assert all((keeper.rehearse() or 0.0) > 0.0 for _ in range(5))
    assert keeper.made == 5
    keeper.paused = True
    assert keeper.rehearse() is None
    assert to_json(decide(town, patient(), NOW, POLICY)) == before


def test_there_is_nothing_to_rehearse_before_the_tables_are_there() -> None:
    assert Keeper(lambda *_: snapshot(), POLICY, lambda: NOW).rehearse() is None


def test_a_rehearsal_that_fails_ends_nothing() -> None:
    failures: list[Exception] = []
    failed = asyncio.Event()

    def note(error: Exception) -> None:
        failures.append(error)
        failed.set()

    def broken(*_: float) -> Snapshot:
        raise RuntimeError("no tables")

    async def a_while() -> None:
        keeper = Keeper(broken, POLICY, lambda: NOW)
        task = asyncio.create_task(keeper.run(0.0, failed=note))
        await failed.wait()
        assert not task.done()
        task.cancel()

    asyncio.run(a_while())
    assert str(failures[0]) == "no tables"
