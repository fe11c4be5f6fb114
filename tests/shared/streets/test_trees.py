"""Kept trees tell what searches tell, to the bit, and stay within their memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from shared.contracts.words import TransportMode
from shared.decision.ways import Ways
from shared.streets.router import StreetRouter
from shared.streets.synthetic import synthetic_graph
from shared.streets.trees import PAGE_BYTES
from shared.streets.weights import MODES
from tests.shared.streets.maps import CAR, FOOT, POLICY, ROOM, SPEEDS, at_nodes, place, router_of

GRAPH = synthetic_graph(3_000, 21)
MODE_CODES = tuple(range(len(MODES)))


def crowd(seed: int, people: int, radius_m: float = 900) -> npt.NDArray[np.float64]:
    draw = np.random.default_rng(seed)
    return np.array([place(*each) for each in draw.uniform(-radius_m, radius_m, (people, 2))])


def asked(seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8]]:
    draw = np.random.default_rng(seed)
    return crowd(seed, 40), draw.integers(0, len(MODES), 40).astype(np.uint8)


def same(one: Ways, other: Ways) -> bool:
    return all(
        getattr(one, f"{way}_{unit}").tobytes() == getattr(other, f"{way}_{unit}").tobytes()
        for way in ("direct", "to_aed", "from_aed")
        for unit in ("m", "s")
    )


def test_ways_are_legs() -> None:
    router = router_of(GRAPH)
    rescuers, modes = asked(1)
    aeds, patient = crowd(2, 9), place(50, -30)
    ways = router.ways(rescuers, modes, aeds, patient, SPEEDS)
    here = np.array([patient])
    for i, code in enumerate(modes):
        mode, speed = MODES[code], float(SPEEDS[code])
        one = rescuers[i : i + 1]
        for mine, origins, destinations in (
            ((ways.direct_m[i : i + 1], ways.direct_s[i : i + 1]), one, here),
            ((ways.to_aed_m[i], ways.to_aed_s[i]), one, aeds),
            ((ways.from_aed_m[i], ways.from_aed_s[i]), aeds, here),
        ):
            metres, seconds = (
                each.ravel() for each in router.legs(origins, destinations, mode, speed)
            )
            assert np.isfinite(mine[1]).any()
            known = np.isfinite(mine[1])
            assert (mine[0][known] == metres[known]).all()
            assert (mine[1][known] == seconds[known]).all()
            # what is longer than the bound of rescuers counts as no way
            assert (seconds[~known] > POLICY.streets.within_s * 0.7).all()


def test_a_tree_made_before_changes_nothing() -> None:
    rescuers, modes = asked(3)
    aeds, patient = crowd(4, 12), place(-200, 120)
    fresh, ready = router_of(GRAPH), router_of(GRAPH)
    made = ready.prepare(aeds, list(TransportMode))
    assert 0 < made <= 3 * len(aeds)
    assert ready.counters["trees_made"] == made
    first = fresh.ways(rescuers, modes, aeds, patient, SPEEDS)
    assert same(first, ready.ways(rescuers, modes, aeds, patient, SPEEDS))
    assert ready.counters["trees_made"] == made
    before = fresh.counters
    assert same(first, fresh.ways(rescuers, modes, aeds, patient, SPEEDS))
    # only the patient's searches are left: one per profile
    assert fresh.counters["searches"] == before["searches"] + 3


@pytest.mark.parametrize("tree_bytes", [0, 60 * PAGE_BYTES, 200 * PAGE_BYTES])
def test_with_little_memory_the_oldest_go(tree_bytes: int) -> None:
    rescuers, modes = asked(5)
    roomy, tight = router_of(GRAPH, 8 * ROOM), router_of(GRAPH, tree_bytes)
    for seed in range(12):
        aeds, patient = crowd(100 + seed % 5, 7), place(40.0 * seed, 10)
        one = roomy.ways(rescuers, modes, aeds, patient, SPEEDS)
        other = tight.ways(rescuers, modes, aeds, patient, SPEEDS)
        assert same(one, other)
    assert roomy.counters["trees_dropped"] == 0
    assert tight.counters["trees_dropped"] > 0
    assert tight.counters["tree_bytes"] <= max(tree_bytes, 64 * PAGE_BYTES) + PAGE_BYTES
    assert tight.counters["searches"] > roomy.counters["searches"]


def arrive(router: StreetRouter, seed: int) -> tuple[bytes, bytes]:
    draw = np.random.default_rng(seed)
    stations = crowd(77, 20, 1_500)
    modes = np.where(draw.random(20) < 0.7, CAR, FOOT).astype(np.uint8)
    speed = np.where(modes == CAR, POLICY.units.emergency_car_m_s, SPEEDS[FOOT])
    metres, seconds = router.arrivals(stations, modes, place(-300, 5.0 * seed), speed)
    assert np.isfinite(seconds).any()
    return metres.tobytes(), seconds.tobytes()


def test_units_with_and_without_trees() -> None:
    searched, ready = router_of(GRAPH), router_of(GRAPH, 8 * ROOM)
    assert ready.prepare_units(crowd(77, 20, 1_500), [TransportMode.CAR, TransportMode.FOOT]) > 20
    before = ready.counters["searches"]
    for seed in range(10):
        assert arrive(searched, seed) == arrive(ready, seed)
    assert ready.counters["searches"] == before
    assert searched.counters["searches"] > 10


def test_units_by_trees_are_legs() -> None:
    router = router_of(GRAPH, 8 * ROOM)
    nodes = np.flatnonzero(GRAPH.profiles["drive"].routable)[::150]
    stations = at_nodes(GRAPH, nodes)
    router.prepare_units(stations, [TransportMode.CAR])
    patient = place(333, -222)
    metres, seconds = router.arrivals(
        stations, np.full(len(stations), CAR, np.uint8), patient, np.full(len(stations), 11.1)
    )
    legs_m, legs_s = router.legs(stations, np.array([patient]), TransportMode.CAR, 11.1)
    assert (seconds == legs_s[:, 0]).all()
    assert (metres == legs_m[:, 0]).all()
