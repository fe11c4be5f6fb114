"""Searches on the contracted network are plain shortest paths, from and to every node."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.streets.chains import FAR_S, IS_JUNCTION, NONE, PLACE, SECONDS
from shared.streets.graph import StreetGraph
from shared.streets.kinds import Kind, Profile
from shared.streets.network import roads_of
from shared.streets.search import BACKWARDS, NEVER, TIDIED, desk_for, search, wipe
from shared.streets.synthetic import synthetic_graph
from tests.shared.streets.extracts import graph_of, monaco, random_extract
from tests.shared.streets.maps import (
    HERE,
    MODE_OF,
    POLICY,
    at_nodes,
    drawn,
    place,
    places,
    plain_s,
    router_of,
    speed_m_s,
    street,
)

EXACT_S = 1e-3


def compare_all(graph: StreetGraph, sources: int, seed: int) -> int:
    """Legs both ways between some nodes and all, for all profiles; how many pairs had a way."""
    router = router_of(graph)
    draw = np.random.default_rng(seed)
    compared = 0
    for profile in Profile:
        nodes = np.flatnonzero(graph.profiles[profile].routable)
        if not nodes.size:
            continue
        some = draw.choice(nodes, min(sources, nodes.size), replace=False)
        others = draw.choice(nodes, min(400, nodes.size), replace=False)
        every, few = at_nodes(graph, others), at_nodes(graph, some)
        # two nodes may lie on one place: then it is the one that is snapped to that counts
        others, off = router.snap(every, MODE_OF[profile])
        some, _ = router.snap(few, MODE_OF[profile])
        assert float(off.max()) == 0
        speed = speed_m_s(profile)
        _, there_s = router.legs(few, every, MODE_OF[profile], speed)
        _, back_s = router.legs(every, few, MODE_OF[profile], speed)
        plain = plain_s(graph, profile, some)[:, others]
        reverse = plain_s(graph, profile, others)[:, some]
        bound_s = POLICY.streets.units_far_s
        for mine, theirs in ((there_s, plain), (back_s, reverse)):
            near = theirs < bound_s - 1
            assert np.abs(mine[near] - theirs[near]).max(initial=0) < EXACT_S
            assert not np.isfinite(mine[theirs > 2 * bound_s]).any()
            compared += int(np.count_nonzero(near))
    return compared


@pytest.mark.parametrize(("bends", "seed"), [(0.0, 1), (0.7, 2), (3.5, 3)])
def test_a_made_up_town(bends: float, seed: int) -> None:
    assert compare_all(synthetic_graph(1_200, seed, bends=bends), 25, seed) > 50_000


@pytest.mark.parametrize("seed", range(12))
def test_streets_of_every_sort(seed: int, tmp_path: Path) -> None:
    compare_all(graph_of(random_extract(seed, tmp_path / "random.osm.pbf")), 30, seed)


def test_monaco() -> None:
    assert compare_all(graph_of(monaco()), 40, 5) > 60_000


@pytest.mark.parametrize("towards", [False, True])
@pytest.mark.parametrize("profile", list(Profile))
def test_all_nodes_within_a_bound(profile: Profile, towards: bool) -> None:
    graph = synthetic_graph(3_000, 11, bends=2.0)
    router = router_of(graph)
    mode, speed = MODE_OF[profile], speed_m_s(profile)
    nodes = np.flatnonzero(graph.profiles[profile].routable)
    every = plain_s(graph, profile, nodes)
    for i in np.random.default_rng(3).choice(nodes.size, 20, replace=False):
        here = (float(graph.latitude[nodes[i]]), float(graph.longitude[nodes[i]]))
        reach = router.reach_to if towards else router.reach_from
        found, seconds = reach(here, mode, speed, 240.0)
        plain = every[:, nodes[i]] if towards else every[i, nodes]
        wanted = nodes[plain <= 240.0 - EXACT_S]
        assert len(set(found)) == len(found)
        assert set(wanted) <= set(found)
        number = np.searchsorted(nodes, found)
        assert np.abs(seconds - plain[number]).max() < EXACT_S
        assert seconds.max() <= 240.0 + EXACT_S


def test_chains_leave_junctions_only() -> None:
    graph = synthetic_graph(4_000, 5, bends=4.0)
    walk = graph.profiles[Profile.WALK]
    roads = roads_of(graph, POLICY.streets, POLICY.travel)
    own = roads.network.nodes[0, :, PLACE]
    junctions = np.count_nonzero((own != NONE) & (own & np.uint32(IS_JUNCTION) != 0))
    assert junctions < walk.routable.sum() / 5
    neighbours = np.diff(walk.first.astype(np.int64))
    of_a_chain = (own != NONE) & (own & np.uint32(IS_JUNCTION) == 0)
    assert np.isin(neighbours[of_a_chain], (1, 2)).all()


RING = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]


@pytest.mark.parametrize("one_way", [False, True])
def test_a_ring_without_a_junction(one_way: bool) -> None:
    graph = drawn(RING, street(0, 1, 2, 3, 0, one_way=one_way))
    assert compare_all(graph, 4, 0) == 3 * 2 * 16
    router = router_of(graph)
    metres, _ = router.legs(places(RING[0]), places(RING[3]), MODE_OF[Profile.DRIVE], 7.0)
    assert metres[0, 0] == pytest.approx(300 if one_way else 100, rel=1e-3)


def test_a_single_street_with_two_dead_ends() -> None:
    line = [(0.0, 0.0), (50.0, 0.0), (120.0, 0.0), (300.0, 0.0)]
    graph = drawn(line, street(0, 1, 2, 3))
    assert compare_all(graph, 4, 0) == 3 * 2 * 16


def test_a_dead_end_a_lasso_and_two_ways_round() -> None:
    corners = [
        (0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (200.0, 90.0), (100.0, 80.0), (100.0, -80.0),
        (100.0, -160.0), (300.0, 0.0), (350.0, 60.0), (350.0, -60.0), (-60.0, 10.0),
    ]  # fmt: skip
    streets = [
        *street(10, 0, 1, 2), *street(2, 3, 4, 1), *street(1, 5, 6), *street(2, 7, 8, 9, 7),
        *street(2, 3, kind=Kind.FOOTWAY), *street(1, 0, kind=Kind.STEPS),
    ]  # fmt: skip
    assert compare_all(drawn(corners, streets), 11, 0) == 2 * (11**2 + 11**2 + 11**2)


def test_what_is_not_connected_is_not_reached() -> None:
    corners = [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (0.0, 900.0), (100.0, 900.0)]
    router = router_of(drawn(corners, [*street(0, 1, 2), *street(3, 4)]))
    _, seconds = router.legs(
        places((0, 0), (0, 900)), places((200, 0), (100, 900)), MODE_OF[Profile.WALK], 2.0
    )
    assert seconds[0, 0] == pytest.approx(100, rel=1e-3)
    assert np.isinf(seconds[[0, 1, 1], [1, 0, 1]]).all()  # the smaller part is not snapped to


def test_it_stops_when_all_are_found() -> None:
    graph = synthetic_graph(6_000, 2)
    near, far = place(60, 0), place(1_400, 300)

    def settled(*targets: tuple[float, float]) -> int:
        router = router_of(graph)
        router.legs(np.array([HERE]), np.array(targets), MODE_OF[Profile.WALK], 2.0)
        return router.counters["settled"]

    router = router_of(graph)
    router.reach_from(HERE, MODE_OF[Profile.WALK], 2.0, POLICY.streets.units_far_s)
    everything = router.counters["settled"]
    assert 0 < settled(near) < settled(far) < everything
    assert settled(near) < everything / 20


def test_it_never_runs_out_of_room() -> None:
    graph = synthetic_graph(3_000, 9)
    network = roads_of(graph, POLICY.streets, POLICY.travel).network
    walk = np.flatnonzero(graph.profiles[Profile.WALK].routable)
    junctions = np.count_nonzero(network.nodes[0, walk, PLACE] & np.uint32(IS_JUNCTION))
    wide, narrow = desk_for(network, FAR_S), desk_for(network, FAR_S, int(junctions) + 2)
    for node in walk[:: len(walk) // 25]:
        for desk in (wide, narrow):
            search(network, desk, BACKWARDS, 0, int(node), 5_000 * SECONDS)
        assert (wide.cost == narrow.cost).all()
        assert np.count_nonzero(wide.cost != NEVER) > 500
        wipe(wide)
        wipe(narrow)
        assert (narrow.cost == NEVER).all()
        assert (narrow.buckets == -1).all()
    assert wide.state[TIDIED] == 0
    assert narrow.state[TIDIED] > 0
