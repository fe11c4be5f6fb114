from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from shared.streets.reach import nearest_routable, reach
from tests.shared.streets.extracts import Oracle, graph_of, monaco, random_extract, write_pbf

LIMITS_M = (0.0, 137.0, 840.0, 1_500.0)


def agrees(file: Path, seed: int, starts: int) -> int:
    """Compares with the oracle from several places; gives how many nodes were compared."""
    graph, oracle = graph_of(file), Oracle(file)
    walk = graph.profiles["walk"]
    assert set(graph.osm_id[walk.routable].tolist()) == oracle.largest
    random_of = random.Random(seed)
    among = sorted(oracle.largest)
    compared = 0
    for _ in range(starts):
        latitude, longitude = oracle.places[random_of.choice(among)]
        place = (
            latitude + random_of.uniform(-0.002, 0.002),
            longitude + random_of.uniform(-0.002, 0.002),
        )
        node, snap_m = oracle.snap(place)
        for limit_m in LIMITS_M:
            found = reach(graph, walk, *place, limit_m)
            assert graph.osm_id[found.start] == node
            assert found.snap_m == pytest.approx(snap_m, abs=1e-6)
            expected = oracle.reach(node, limit_m)
            got = dict(zip(graph.osm_id[found.nodes].tolist(), found.cost.tolist(), strict=True))
            assert got.keys() == expected.keys()
            assert all(abs(got[each] - expected[each]) < 1e-6 for each in got)
            compared += len(got)
    return compared


def test_monaco_as_the_oracle_counts_it() -> None:
    assert agrees(monaco(), seed=4, starts=12) > 10_000


@pytest.mark.parametrize("seed", range(12))
def test_random_streets_as_the_oracle_counts_them(seed: int, tmp_path: Path) -> None:
    assert agrees(random_extract(seed, tmp_path / "random.osm.pbf"), seed, starts=6) > 0


def test_the_limit_is_included_to_the_last_bit(tmp_path: Path) -> None:
    nodes = {each: (45.0, 7.0 + each * 0.001) for each in range(1, 30)}
    file = write_pbf(tmp_path / "line.osm.pbf", nodes, [(sorted(nodes), {"highway": "footway"})])
    graph = graph_of(file)
    walk = graph.profiles["walk"]
    whole = reach(graph, walk, *nodes[1], 1e9)
    far = float(np.sort(whole.cost)[20])
    assert len(reach(graph, walk, *nodes[1], far).nodes) == 21
    assert len(reach(graph, walk, *nodes[1], float(np.nextafter(far, 0))).nodes) == 20


def test_of_equally_near_nodes_the_lowest_id_is_taken(tmp_path: Path) -> None:
    nodes = {9: (45.0, 7.0), 4: (45.0, 7.002), 6: (45.0, 7.0)}
    file = write_pbf(tmp_path / "twins.osm.pbf", nodes, [((9, 4, 6), {"highway": "footway"})])
    graph = graph_of(file)
    node, snap_m = nearest_routable(graph, graph.profiles["walk"], 45.0, 7.0)
    assert (int(graph.osm_id[node]), snap_m) == (6, 0.0)
    # Two nodes in one place are two nodes.
    assert len(reach(graph, graph.profiles["walk"], 45.0, 7.0, 400.0).nodes) == 3


def test_no_streets_of_a_kind(tmp_path: Path) -> None:
    nodes = {1: (45.0, 7.0), 2: (45.0, 7.001)}
    graph = graph_of(
        write_pbf(tmp_path / "stairs.osm.pbf", nodes, [((1, 2), {"highway": "steps"})])
    )
    with pytest.raises(ValueError, match="no streets"):
        nearest_routable(graph, graph.profiles["drive"], 45.0, 7.0)


def test_other_costs_than_metres(tmp_path: Path) -> None:
    nodes = {1: (45.0, 7.0), 2: (45.0, 7.001), 3: (45.0, 7.002)}
    graph = graph_of(
        write_pbf(tmp_path / "line.osm.pbf", nodes, [((1, 2, 3), {"highway": "footway"})])
    )
    walk = graph.profiles["walk"]
    seconds = np.full(len(walk.head), 100.0)
    assert len(reach(graph, walk, 45.0, 7.0, 199.0, seconds).nodes) == 2
    assert len(reach(graph, walk, 45.0, 7.0, 200.0, seconds).nodes) == 3
