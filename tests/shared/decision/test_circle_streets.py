"""Circles on streets, against a plain search and by hand: rivers, one-ways, long stretches."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from typing import Final

import h3
import numpy as np
import pytest

from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode
from shared.decision import default_policy
from shared.decision.circle import (
    circle_bands,
    patient_circle,
    prepare_circles,
    router_at,
    station_circle,
)
from shared.decision.circle_streets import streets_of
from shared.decision.routing import GridRouter
from shared.geometry.distance import great_circle_m
from shared.streets.edges import profile_of_edges
from shared.streets.graph import StreetGraph, make_graph
from shared.streets.kinds import Kind, Profile
from shared.streets.router import StreetRouter
from shared.streets.synthetic import synthetic_graph
from shared.streets.weights import PROFILE_OF, REFERENCE, seconds_per_metre
from tests.shared.decision.world import HERE, at

POLICY: Final = default_policy()
Place = tuple[float, float]
Link = tuple[int, int]


def streets(
    places: Sequence[Place], both: Iterable[Link], one_way: Iterable[Link] = ()
) -> StreetRouter:
    """Residential streets between places; ``one_way`` binds everybody, also walkers."""
    links = [*both, *((b, a) for a, b in both), *one_way]
    tail, head = (np.array(ends, dtype=np.int64) for ends in zip(*links, strict=True))
    metres = np.array([great_circle_m(*places[a], *places[b]) for a, b in links])
    kind = np.full(len(links), Kind.RESIDENTIAL, dtype=np.uint8)
    ids = np.arange(1, len(places) + 1)
    profile = profile_of_edges(tail, head, metres, kind, ids, both_ways=False)
    latitude, longitude = (np.array(each) for each in zip(*places, strict=True))
    graph = make_graph(latitude, longitude, ids, dict.fromkeys(Profile, profile), "by hand")
    return router_of(graph)


def router_of(graph: StreetGraph) -> StreetRouter:
    return StreetRouter(graph, POLICY.streets, POLICY.travel, tree_bytes=1 << 20)


def band_of(bands: Iterable[CircleBand]) -> dict[str, int]:
    """Cell → its band; fails when a cell stands in two."""
    found: dict[str, int] = {}
    for band in bands:
        for cell in band.cells:
            assert cell not in found
            found[cell] = band.within_s
    return found


def cell(place: Place) -> str:
    return str(h3.latlng_to_cell(*place, 9))


def on_foot(
    router: StreetRouter | None, place: Place, start_s: float = 0.0, *, towards: bool = False
) -> dict[str, int]:
    """Ten minutes at 2 m/s."""
    bands = circle_bands(
        *place,
        mode=TransportMode.FOOT,
        speed_m_s=2.0,
        route_factor=1.5,
        start_s=start_s,
        within_s=600,
        band_s=60,
        policy=POLICY,
        router=router,
        towards=towards,
    )
    return band_of(bands)


def lattice(side: int, river: int, bridges: Iterable[int]) -> tuple[list[Place], list[Link]]:
    """Corners 60 m apart; a river of 120 m between two rows, crossed in these columns only."""
    places = [
        at(60.0 * row + (60.0 if row > river else 0.0), 60.0 * column)
        for row in range(side)
        for column in range(side)
    ]
    over = set(bridges)
    links = [
        (row * side + column, row * side + column + 1)
        for row in range(side)
        for column in range(side - 1)
    ]
    links += [
        (row * side + column, (row + 1) * side + column)
        for row in range(side - 1)
        for column in range(side)
        if row != river or column in over
    ]
    return places, links


def plain_search(
    graph: StreetGraph, mode: TransportMode, speed_m_s: float, place: Place, *, towards: bool
) -> dict[int, float]:
    """Node → seconds, by the textbook."""
    name = PROFILE_OF[mode]
    profile = graph.profiles[name]
    first, head = profile.first.tolist(), profile.head.tolist()
    metres, kind = profile.length_m.tolist(), profile.kind.tolist()
    if towards:
        first, head = profile.back_first.tolist(), profile.back_head.tolist()
        metres, kind = profile.back_length_m.tolist(), profile.back_kind.tolist()
    scale = POLICY.travel.speed_m_s[REFERENCE[name]] / speed_m_s
    pace = (seconds_per_metre(name, POLICY.streets, POLICY.travel) * scale).tolist()
    near = [
        (great_circle_m(*place, graph.latitude[i], graph.longitude[i]), int(i))
        for i in np.flatnonzero(profile.routable)
    ]
    snap_m, start = min(near)
    best: dict[int, float] = {}
    heap = [(snap_m / speed_m_s, start)]
    while heap:
        seconds, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = seconds
        for edge in range(first[node], first[node + 1]):
            if math.isfinite(pace[kind[edge]]):
                heapq.heappush(heap, (seconds + metres[edge] * pace[kind[edge]], head[edge]))
    return best


@pytest.mark.parametrize("mode", list(TransportMode))
@pytest.mark.parametrize("towards", [False, True])
def test_a_town_as_a_plain_search_has_it(mode: TransportMode, towards: bool) -> None:
    graph = synthetic_graph(3_000, seed=5)
    router = router_of(graph)
    place = (float(graph.latitude[40]) + 2e-4, float(graph.longitude[40]))
    speed_m_s = 0.6 * POLICY.travel.speed_m_s[mode]
    bands = circle_bands(
        *place,
        mode=mode,
        speed_m_s=speed_m_s,
        route_factor=1.5,
        start_s=70,
        within_s=600,
        band_s=60,
        policy=POLICY,
        router=router,
        towards=towards,
    )
    wanted: dict[str, int] = {cell(place): 120}
    for node, seconds in plain_search(graph, mode, speed_m_s, place, towards=towards).items():
        if 70 + seconds <= 600:
            at_cell = cell((float(graph.latitude[node]), float(graph.longitude[node])))
            band = 60 * math.ceil((70 + seconds) / 60)
            wanted[at_cell] = min(band, wanted.get(at_cell, band))
    assert band_of(bands) == wanted
    assert len(wanted) > 10


def test_nobody_crosses_a_river_where_there_is_no_bridge() -> None:
    side, river = 30, 14
    places, links = lattice(side, river, ())
    # Both banks hang together by a road around the source, 80 corners upstream.
    start = places[river * side + 2]
    there = {cell(place) for place in places[(river + 3) * side :]}
    here = {cell(place) for place in places[: (river + 1) * side]}
    beyond = there - here
    far = [at(60.0 * river, -60.0 * i) for i in range(1, 80)] + [
        at(60.0 * river + 120, -60.0 * i) for i in range(79, 0, -1)
    ]
    n = len(places)
    detour = [(river * side, n), *((n + i, n + i + 1) for i in range(len(far) - 1))]
    detour.append((n + len(far) - 1, (river + 1) * side))
    without = on_foot(streets(places + far, links + detour), start)
    assert not beyond & set(without)
    assert beyond & set(on_foot(None, start)), "as the crow flies it is near"

    places, links = lattice(side, river, (3,))
    over = on_foot(streets(places + far, links + detour), start)
    assert len(beyond & set(over)) > 5
    assert all(over[each] <= within_s for each, within_s in without.items())


def ring(one_way: bool) -> tuple[StreetRouter, list[Place]]:
    """A round road of about 1,500 m with a node every 50 m."""
    places = [
        at(240 * math.sin(i * math.tau / 30), 240 * math.cos(i * math.tau / 30)) for i in range(30)
    ]
    links = [(i, (i + 1) % 30) for i in range(30)]
    return (streets(places, (), links) if one_way else streets(places, links)), places


def test_one_way_streets_count_in_the_direction_of_travel() -> None:
    router, places = ring(one_way=True)
    ahead, behind = cell(places[10]), cell(places[20])
    assert len({cell(places[0]), ahead, behind}) == 3
    out, back = on_foot(router, places[0]), on_foot(router, places[0], towards=True)
    assert out[ahead] < 300 < out[behind]
    assert back[behind] < 300 < back[ahead]
    either, places = ring(one_way=False)
    assert on_foot(either, places[0]) == on_foot(either, places[0], towards=True)
    assert on_foot(either, places[0])[behind] < 300


@pytest.mark.parametrize("towards", [False, True])
def test_a_road_through_the_country_reaches_the_cells_that_it_runs_through(towards: bool) -> None:
    """Two nodes 2 km apart: what lies between has no node."""
    ends = [HERE, at(0, 2_000)]
    router = streets(ends, [(0, 1)])
    found = on_foot(router, ends[0], 30.0, towards=towards)
    on_the_road: dict[str, int] = {}
    for metres in range(1_140):
        band = max(60, 60 * math.ceil((30 + metres / 2) / 60))
        on_the_road.setdefault(cell(at(0, metres)), band)
    assert cell(ends[1]) not in found
    wanted = {each: band for each, band in on_the_road.items() if each in found}
    # Looked at every 50 m: a cell may be told 25 s late, or be missed at the far end.
    assert set(found) <= set(on_the_road)
    assert len(set(on_the_road) - set(found)) <= 1
    assert len(found) >= 4
    for each, band in wanted.items():
        assert found[each] - band in (0, 60)
    beside = [cell(at(300 * side, metres)) for side in (-1, 1) for metres in range(0, 1_000, 100)]
    assert not (set(beside) - set(on_the_road)) & set(found)


def test_long_stretches_count_only_in_the_direction_in_which_they_may_be_used() -> None:
    corners = [HERE, at(0, 1_500), at(1_500, 1_500), at(1_500, 0)]
    router = streets(corners, (), [(0, 1), (1, 2), (2, 3), (3, 0)])
    eastwards, northwards = cell(at(0, 700)), cell(at(700, 0))
    out, back = on_foot(router, HERE), on_foot(router, HERE, towards=True)
    assert eastwards in out
    assert northwards not in out
    assert northwards in back
    assert eastwards not in back


def test_a_longer_circle_holds_the_shorter_one_and_prepared_streets_give_the_same() -> None:
    graph = synthetic_graph(5_000, seed=11)
    router, prepared = router_of(graph), router_of(graph)
    prepare_circles(prepared, POLICY)
    prepare_circles(None, POLICY)
    place = (float(graph.latitude[700]), float(graph.longitude[700]))
    before: dict[str, int] = {}
    for within_s in (120, 300, 600):
        circle = POLICY.circle.model_copy(update={"within_s": float(within_s)})
        policy = POLICY.model_copy(update={"circle": circle})
        bands = patient_circle(*place, start_s=20, policy=policy, router=router)
        assert bands == patient_circle(*place, start_s=20, policy=policy, router=prepared)
        found = band_of(bands)
        assert max(found.values()) <= within_s
        assert before.items() <= found.items()
        before = found
    assert patient_circle(*place, start_s=601, policy=POLICY, router=router) == ()


@pytest.mark.parametrize("mode", list(TransportMode))
def test_a_station_on_streets_reaches_less_than_as_the_crow_flies(mode: TransportMode) -> None:
    graph = synthetic_graph(4_000, seed=3)
    router = router_of(graph)
    place = (float(graph.latitude.mean()), float(graph.longitude.mean()))
    found = band_of(station_circle(*place, mode=mode, turnout_s=400, policy=POLICY, router=router))
    speed_m_s = max(POLICY.units.emergency_car_m_s, POLICY.streets.drive_m_s.primary * 11.1 / 7)
    home = found.pop(cell(place))
    assert home == 60 * math.ceil((POLICY.units.order_s + 400) / 60)
    assert found
    for each, within_s in found.items():
        straight_m = great_circle_m(*place, *h3.cell_to_latlng(each)) - 250  # a cell's far corner
        assert straight_m <= speed_m_s * (within_s - 400 - POLICY.units.order_s)


def test_where_streets_do_not_come_the_grid_is_taken() -> None:
    places, links = lattice(5, 2, (1,))
    router = streets(places, links)
    assert router_at(router, *places[0]) is router
    assert router_at(router, *at(20_000)) is None
    assert router_at(None, *HERE) is None
    grid = GridRouter(POLICY.travel.route_factor)
    assert router_at(grid, *HERE) is grid
    assert streets_of(grid) is None
    assert on_foot(router, at(20_000)) == {cell(at(20_000)): 60}, "nothing but where it stands"
