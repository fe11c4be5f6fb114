"""The made-up town: the same from the same seed, of the size asked for, with a river."""

from __future__ import annotations

import numpy as np
import pytest

from shared.contracts.words import TransportMode
from shared.streets.kinds import Kind, Profile
from shared.streets.synthetic import BLOCK_M, DEGREE_M, synthetic_graph
from tests.shared.streets.maps import at_nodes, router_of


def test_same_seed_same_town() -> None:
    one, again, other = (synthetic_graph(800, seed) for seed in (3, 3, 4))
    assert one.version == again.version != other.version
    assert one.attribution == "synthetic, seed 3"


@pytest.mark.parametrize("bends", [0.0, 0.7, 3.0])
def test_about_as_large_as_asked_for(bends: float) -> None:
    graph = synthetic_graph(20_000, 1, bends=bends)
    assert len(graph.latitude) == pytest.approx(20_000, rel=0.05)
    for profile in graph.profiles.values():
        touched = np.diff(profile.first.astype(np.int64)) + np.diff(
            profile.back_first.astype(np.int64)
        )
        assert profile.routable.sum() > 0.9 * np.count_nonzero(touched)


def test_edges_as_the_benchmark_names_them() -> None:
    graph = synthetic_graph(20_400)
    walk = graph.profiles[Profile.WALK]
    assert len(walk.head) / len(graph.latitude) == pytest.approx(552_540 / 204_000, rel=0.02)
    for name in (Profile.CYCLE, Profile.DRIVE):
        assert len(graph.profiles[name].head) < len(walk.head)


def test_streets_of_many_sorts() -> None:
    graph = synthetic_graph(5_000)
    kinds = {name: set(each.kind.tolist()) for name, each in graph.profiles.items()}
    everybody = {Kind.RESIDENTIAL, Kind.SECONDARY, Kind.PRIMARY, Kind.TRACK}
    assert all(everybody <= each for each in kinds.values())
    assert {Kind.STEPS, Kind.FOOTWAY, Kind.PATH} <= kinds[Profile.WALK]
    assert Kind.PUSH in kinds[Profile.CYCLE]
    assert not {Kind.STEPS, Kind.FOOTWAY, Kind.PATH, Kind.PUSH} & kinds[Profile.DRIVE]


def test_the_river_is_crossed_on_bridges_only() -> None:
    graph = synthetic_graph(6_000, 7)
    walk = graph.profiles[Profile.WALK]
    per_node = walk.first[1:].astype(np.int64) - walk.first[:-1]
    tail = np.repeat(np.arange(len(graph.latitude)), per_node)
    north_m = (graph.latitude - graph.latitude.min()) * DEGREE_M
    ordered = np.sort(north_m)
    gap = int(np.argmax(np.diff(ordered)))  # nobody lives in the river
    assert ordered[gap + 1] - ordered[gap] > BLOCK_M / 2
    middle = (ordered[gap] + ordered[gap + 1]) / 2
    over = (north_m[tail] < middle) != (north_m[walk.head] < middle)
    bridges = np.unique(graph.longitude[tail[over]]).size // 2
    assert 2 <= bridges <= 5
    south = np.flatnonzero((north_m < middle) & (north_m > middle - BLOCK_M) & walk.routable)
    north = np.flatnonzero((north_m > middle) & (north_m < middle + BLOCK_M) & walk.routable)
    metres, _ = router_of(graph).legs(
        at_nodes(graph, south), at_nodes(graph, north), TransportMode.FOOT, 2.0
    )
    nearest = np.abs(graph.longitude[south][:, None] - graph.longitude[north]).argmin(axis=1)
    across = metres[np.arange(south.size), nearest]
    assert np.median(across) > 4 * BLOCK_M


def test_a_town_has_a_least_size() -> None:
    with pytest.raises(ValueError, match="at least 16 nodes"):
        synthetic_graph(3)
    assert len(synthetic_graph(16).latitude) >= 16
