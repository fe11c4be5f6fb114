"""The streets behind the decision's router: kinds of streets, modes, bounds, and the river."""

from __future__ import annotations

import threading

import h3
import numpy as np
import pytest

from shared.contracts.words import TransportMode
from shared.decision.routing import Router
from shared.streets.kinds import Kind, Profile
from shared.streets.router import StreetRouter, warm
from shared.streets.synthetic import synthetic_graph
from tests.shared.streets.maps import (
    BICYCLE,
    CAR,
    E_BIKE,
    FOOT,
    HERE,
    MOTORCYCLE,
    POLICY,
    SPEEDS,
    drawn,
    place,
    places,
    plain_s,
    router_of,
    street,
)

CROSSING = [(0.0, 0.0), (120.0, 0.0), (240.0, 0.0), (240.0, 100.0), (0.0, 100.0)]


def seconds(router: StreetRouter, mode: TransportMode, *, back: bool = False) -> float:
    """From corner 0 to corner 2 of ``CROSSING``, at the policy's speed."""
    one, other = places(CROSSING[0]), places(CROSSING[2])
    if back:
        one, other = other, one
    _, found = router.legs(one, other, mode, POLICY.travel.speed_m_s[mode])
    return float(found[0, 0])


def test_it_is_a_router() -> None:
    graph = drawn(CROSSING, street(0, 1, 2))
    router: Router = router_of(graph)
    assert router.basis == "streets"
    assert router.version == graph.version


def test_stairs_are_slow_and_only_for_walkers() -> None:
    around = street(2, 3, 4, 0)
    level = router_of(drawn(CROSSING, [*street(0, 1, 2), *around]))
    stairs = router_of(drawn(CROSSING, [*street(0, 1, 2, kind=Kind.STEPS), *around]))
    assert seconds(level, TransportMode.FOOT) == pytest.approx(120, rel=1e-3)
    assert seconds(stairs, TransportMode.FOOT) == pytest.approx(220, rel=1e-3)  # round them
    assert seconds(stairs, TransportMode.CAR) == pytest.approx(440 / 7.0, rel=1e-3)
    short = router_of(drawn(CROSSING, [(0, 1, Kind.RESIDENTIAL), (1, 2, Kind.STEPS)]))
    streets = POLICY.streets
    up_s = 120 * streets.stairs_slope_factor / streets.stairs_m_s
    assert seconds(short, TransportMode.FOOT) == pytest.approx(60 + up_s, rel=1e-3)


def test_metres_are_those_of_the_fastest_way() -> None:
    corners = [(0.0, 0.0), (300.0, 0.0), (150.0, 120.0)]
    fast = street(0, 2, 1, kind=Kind.PRIMARY)
    router = router_of(drawn(corners, [*street(0, 1, kind=Kind.TRACK), *fast]))
    ends = places(corners[0]), places(corners[1])
    detour_m = 2 * np.hypot(150, 120)
    metres, found_s = router.legs(*ends, TransportMode.CAR, 7.0)
    assert metres[0, 0] == pytest.approx(detour_m, rel=1e-3)
    assert found_s[0, 0] == pytest.approx(detour_m / POLICY.streets.drive_m_s.primary, rel=1e-3)
    metres, _ = router.legs(*ends, TransportMode.FOOT, 2.0)
    assert metres[0, 0] == pytest.approx(300, rel=1e-3)


def test_one_way_streets_bind_wheels_not_walkers() -> None:
    router = router_of(drawn(CROSSING, [*street(0, 1, 2, one_way=True), *street(2, 3, 4, 0)]))
    car, foot, bicycle = TransportMode.CAR, TransportMode.FOOT, TransportMode.BICYCLE
    assert seconds(router, foot) == seconds(router, foot, back=True)
    assert seconds(router, car) == pytest.approx(240 / 7.0, rel=1e-3)
    assert seconds(router, car, back=True) == pytest.approx(440 / 7.0, rel=1e-3)
    assert seconds(router, bicycle, back=True) == pytest.approx(440 / 4.2, rel=1e-3)


def test_modes_of_a_profile_differ_by_their_speed() -> None:
    router = router_of(synthetic_graph(2_000, 5))
    people = np.repeat(places((400, 100)), len(SPEEDS), axis=0)
    modes = np.arange(len(SPEEDS), dtype=np.uint8)
    ways = router.ways(people, modes, places((-300, 50)), HERE, SPEEDS)
    assert np.isfinite(ways.direct_s).all()
    for one, other in ((BICYCLE, E_BIKE), (MOTORCYCLE, CAR)):
        for m, s in (
            (ways.direct_m, ways.direct_s),
            (ways.to_aed_m[:, 0], ways.to_aed_s[:, 0]),
            (ways.from_aed_m[:, 0], ways.from_aed_s[:, 0]),
        ):
            assert m[one] == m[other]
            assert s[one] * SPEEDS[one] == pytest.approx(s[other] * SPEEDS[other])
    lights = POLICY.units.emergency_car_m_s
    _, slow = router.arrivals(people[:1], modes[CAR:], HERE, np.array([SPEEDS[CAR]]))
    _, fast = router.arrivals(people[:1], modes[CAR:], HERE, np.array([lights]))
    assert slow[0] / fast[0] == pytest.approx(lights / SPEEDS[CAR])


def test_longer_than_the_bound_is_no_way() -> None:
    last = POLICY.streets.within_s * SPEEDS[FOOT]
    corners = [(0.0, 0.0), (last - 20, 0.0), (last + 20, 0.0)]
    router = router_of(drawn(corners, street(0, 1, 2)))
    people, modes = places(*corners), np.zeros(3, np.uint8)
    ways = router.ways(people, modes, people, HERE, SPEEDS)
    assert np.isfinite(ways.direct_s).tolist() == [True, True, False]
    assert np.isfinite(ways.to_aed_s).tolist() == [
        [True, True, False], [True, True, True], [False, True, True],
    ]  # fmt: skip
    assert np.isfinite(ways.from_aed_s).tolist() == [[True, True, False]] * 3
    assert np.isinf(ways.direct_m[2])


def test_far_units_are_told_where_there_are_few_near_ones() -> None:
    streets, speed = POLICY.streets, streets_speed()
    near = streets.units_within_s * speed * 0.5
    far = streets.units_within_s * speed * 1.2
    corners = [(0.0, 0.0), (near, 0.0), (far, 0.0)]
    router = router_of(drawn(corners, street(0, 1, 2)))
    few = places(*([corners[1]] * (streets.units_enough - 1)), corners[2])
    many = places(*([corners[1]] * streets.units_enough), corners[2])
    for asked, told in ((few, True), (many, False)):
        modes = np.full(len(asked), CAR, np.uint8)
        lights = np.full(len(asked), POLICY.units.emergency_car_m_s)
        for ready in (False, True):
            if ready:
                router.prepare_units(asked, [TransportMode.CAR])
            before = router.counters["searches"]
            _, found_s = router.arrivals(asked, modes, HERE, lights)
            if ready:  # also those that are far have their trees
                assert router.counters["searches"] == before
            assert np.isfinite(found_s[:-1]).all()
            assert bool(np.isfinite(found_s[-1])) is told


def streets_speed() -> float:
    """Of an ordinary car on a residential street."""
    return POLICY.streets.drive_m_s.residential


def test_nobody_is_looked_for_where_no_street_is() -> None:
    # A search that nobody waits for would go to its bound, and that of units is far.
    router = router_of(drawn(CROSSING, street(0, 1, 2, 3, 4, 0)))
    before = router.counters["settled"]
    off = places((50_000.0, 0.0))
    _, found = router.arrivals(off, np.array([E_BIKE], np.uint8), place(0, 0), SPEEDS[[E_BIKE]])
    assert np.isinf(found).all()
    assert router.counters["settled"] == before


def test_nobody_nothing_nowhere() -> None:
    router = router_of(synthetic_graph(1_000, 5))
    nobody, nothing = np.empty((0, 2)), np.empty(0, np.uint8)
    ways = router.ways(nobody, nothing, nobody, HERE, SPEEDS)
    assert ways.direct_s.shape == (0,)
    assert ways.to_aed_s.shape == (0, 0)
    ways = router.ways(places((0, 0)), np.zeros(1, np.uint8), nobody, HERE, SPEEDS)
    assert ways.from_aed_s.shape == (1, 0)
    assert router.arrivals(nobody, nothing, HERE, np.empty(0))[1].size == 0
    at_sea = place(90_000, 0)
    ways = router.ways(places((0, 0)), np.zeros(1, np.uint8), places((0, 0)), at_sea, SPEEDS)
    assert np.isinf(ways.direct_s).all()
    assert np.isinf(ways.from_aed_s).all()
    assert np.isfinite(ways.to_aed_s).all()
    _, found_s = router.arrivals(places((0, 0)), np.zeros(1, np.uint8), at_sea, np.ones(1))
    assert np.isinf(found_s).all()


def test_a_graph_without_streets() -> None:
    graph = drawn([(0.0, 0.0), (50.0, 0.0)], street(0, 1, kind=Kind.FOOTWAY))
    router = router_of(graph)
    assert np.isinf(router.legs(places((0, 0)), places((50, 0)), TransportMode.CAR, 7.0)[1]).all()
    warm(router)


def test_warming_up_touches_everything_compiled() -> None:
    router = router_of(synthetic_graph(500, 5))
    warm(router)
    assert router.counters["searches"] > 0
    assert router.counters["trees_made"] == 2


def test_cells_are_those_of_h3() -> None:
    router = router_of(synthetic_graph(500, 5))
    nodes = np.array([4, 99, 4, 300, 4])
    for _ in range(2):
        cells = router.cells(nodes)
        for node, cell in zip(nodes, cells, strict=True):
            at = float(router.graph.latitude[node]), float(router.graph.longitude[node])
            assert h3.int_to_str(int(cell)) == h3.latlng_to_cell(*at, 9)
    every = np.arange(router.graph.latitude.size)
    assert np.count_nonzero(router.cells(every)) == every.size


def test_reach_counts_the_stretch_to_the_street() -> None:
    router = router_of(drawn([(0.0, 0.0), (100.0, 0.0), (300.0, 0.0)], street(0, 1, 2)))
    nodes, found_s = router.reach_from(place(0, 40), TransportMode.FOOT, 2.0, 75.0)
    order = np.argsort(nodes)
    assert router.graph.osm_id[nodes[order]].tolist() == [1, 2]
    assert found_s[order] == pytest.approx([20, 70], abs=0.05)
    assert router.reach_to(place(0, 40), TransportMode.FOOT, 2.0, 19.0)[0].size == 0


def test_same_question_same_bytes_from_several_threads() -> None:
    graph = synthetic_graph(4_000, 13)
    router, alone = router_of(graph, 1 << 16), router_of(graph)
    draw = np.random.default_rng(2)
    people = np.array([place(*each) for each in draw.uniform(-800, 800, (60, 2))])
    modes = draw.integers(0, 5, 60).astype(np.uint8)
    aeds = np.array([place(*each) for each in draw.uniform(-800, 800, (10, 2))])
    wanted = alone.ways(people, modes, aeds, HERE, SPEEDS).to_aed_s.tobytes()
    reached = alone.reach_from(HERE, TransportMode.FOOT, 2.0, 300)[1].tobytes()
    wrong: list[str] = []

    def ask() -> None:
        for _ in range(40):
            if router.ways(people, modes, aeds, HERE, SPEEDS).to_aed_s.tobytes() != wanted:
                wrong.append("ways")
            if router.reach_from(HERE, TransportMode.FOOT, 2.0, 300)[1].tobytes() != reached:
                wrong.append("reach")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_aed_across_the_water_loses() -> None:
    """200 m away on the other bank, the bridge far: 400 m on this side is sooner."""
    south = [(x, 0.0) for x in range(-100, 1_600, 100)]
    north = [(x, 200.0) for x in range(-100, 1_600, 100)]
    n = len(south)
    banks = [*street(*range(n)), *street(*range(n, 2 * n)), (n - 1, 2 * n - 1, Kind.RESIDENTIAL)]
    graph = drawn([*south, *north], banks)
    router = router_of(graph)
    across, this_side = places((0, 200)), places((400, 0))
    aeds = np.concatenate([across, this_side])
    for mode in (FOOT, E_BIKE, CAR):
        ways = router.ways(places((-50, 0)), np.array([mode], np.uint8), aeds, HERE, SPEEDS)
        via_s = ways.to_aed_s[0] + ways.from_aed_s[0]
        assert via_s[1] < via_s[0]
        assert ways.to_aed_m[0, 1] == pytest.approx(450 + 50, abs=60)
    walk = plain_s(graph, Profile.WALK, [0])  # scipy agrees that it is far round
    assert walk[0].max() * SPEEDS[FOOT] > 1_700
