"""Ways as they are drawn: the streets that the router counted, corner by corner."""

from __future__ import annotations

import numpy as np
import pytest

from shared.contracts.words import TransportMode
from shared.streets.building import great_circles_m
from shared.streets.kinds import Kind
from shared.streets.paths import Path, path
from shared.streets.router import StreetRouter
from shared.streets.synthetic import synthetic_graph
from shared.streets.weights import PROFILE_OF
from tests.shared.streets.maps import POLICY, drawn, place, places, router_of, street

CROSSING = [(0.0, 0.0), (120.0, 0.0), (240.0, 0.0), (240.0, 100.0), (0.0, 100.0)]


def way(
    router: StreetRouter, one: tuple[float, float], other: tuple[float, float], mode: TransportMode
) -> Path | None:
    return path(router, POLICY.travel, one, other, mode, POLICY.travel.speed_m_s[mode])


def corners(found: Path | None, at: list[tuple[float, float]]) -> list[int]:
    """Which corners of the drawing a way goes through."""
    assert found is not None
    inner = found.points[1:-1]
    return [int(np.abs(places(*at) - point).sum(axis=1).argmin()) for point in inner]


def test_it_goes_round_where_stairs_are_slow_and_wheels_where_they_may() -> None:
    around = street(2, 3, 4, 0)
    stairs = router_of(drawn(CROSSING, [*street(0, 1, 2, kind=Kind.STEPS), *around]))
    level = router_of(drawn(CROSSING, [*street(0, 1, 2), *around]))
    here, there = place(-5.0, 0.0), place(245.0, 0.0)
    assert corners(way(level, here, there, TransportMode.FOOT), CROSSING) == [0, 1, 2]
    assert corners(way(stairs, here, there, TransportMode.CAR), CROSSING) == [0, 4, 3, 2]
    one_way = router_of(drawn(CROSSING, [*street(2, 1, 0, one_way=True), *around]))
    assert corners(way(one_way, here, there, TransportMode.CAR), CROSSING) == [0, 4, 3, 2]
    assert corners(way(one_way, there, here, TransportMode.CAR), CROSSING) == [2, 1, 0]
    assert corners(way(one_way, here, there, TransportMode.FOOT), CROSSING) == [0, 1, 2]


def test_it_begins_and_ends_at_the_places_themselves() -> None:
    router = router_of(drawn(CROSSING, street(0, 1, 2)))
    here, there = place(-5.0, 3.0), place(238.0, 6.0)
    found = way(router, here, there, TransportMode.FOOT)
    assert found is not None
    assert tuple(found.points[0]) == here
    assert tuple(found.points[-1]) == there
    beside = way(router, place(1.0, 1.0), place(2.0, 3.0), TransportMode.FOOT)
    assert corners(beside, CROSSING) == [0]


def test_no_street_near_is_no_way() -> None:
    router = router_of(drawn(CROSSING, street(0, 1, 2)))
    assert way(router, place(0.0, 0.0), place(0.0, 9_000.0), TransportMode.FOOT) is None


def test_streets_without_length_do_not_lead_to_and_fro() -> None:
    gate = [(0.0, 0.0), (100.0, 0.0), (100.0, 0.0), (200.0, 0.0)]
    router = router_of(drawn(gate, street(0, 1, 2, 3)))
    found = way(router, place(0.0, 0.0), place(200.0, 0.0), TransportMode.FOOT)
    assert found is not None
    assert len(found.points) == len(gate) + 2


@pytest.mark.parametrize("mode", [TransportMode.FOOT, TransportMode.E_BIKE, TransportMode.CAR])
def test_what_is_drawn_is_as_long_as_what_was_counted(mode: TransportMode) -> None:
    """Over a made-up town: the metres between the points are the router's own."""
    graph = synthetic_graph(2_000)
    router = router_of(graph, tree_bytes=1 << 24)
    random = np.random.default_rng(7)
    nodes = np.flatnonzero(graph.profiles[PROFILE_OF[mode]].routable)
    drawn_ways = 0
    for a, b in random.choice(nodes, (12, 2)).tolist():
        one = (float(graph.latitude[a]), float(graph.longitude[a]))
        other = (float(graph.latitude[b]), float(graph.longitude[b]))
        found = way(router, one, other, mode)
        if found is None:
            continue
        drawn_ways += 1
        north, east = found.points[:, 0], found.points[:, 1]
        metres = great_circles_m(north[:-1], east[:-1], north[1:], east[1:]).sum()
        assert metres == pytest.approx(found.metres, rel=2e-3, abs=2.0)
    assert drawn_ways >= 10
