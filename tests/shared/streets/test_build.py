from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from deploy.roads.reading import read_extract
from shared.geometry.distance import great_circle_m
from shared.streets.building import Extract, build_graph
from shared.streets.components import connected, strongly_connected
from shared.streets.edges import profile_of_edges
from shared.streets.graph import ProfileGraph, StreetGraph
from shared.streets.kinds import Kind
from tests.shared.streets.extracts import (
    Way,
    everything_of,
    graph_of,
    monaco,
    random_extract,
    write_pbf,
)

ROW = {each: (45.0, 7.0 + each / 1000) for each in range(1, 10)}


def edges_of(graph: StreetGraph, profile: str) -> set[tuple[int, int, int]]:
    """(from, to, kind) by OpenStreetMap's ids."""
    each = graph.profiles[profile]
    tail = np.repeat(graph.osm_id, np.diff(each.first))
    return set(
        zip(tail.tolist(), graph.osm_id[each.head].tolist(), each.kind.tolist(), strict=True)
    )


def built(folder: Path, ways: list[Way], **more: object) -> StreetGraph:
    return graph_of(write_pbf(folder / "ways.osm.pbf", ROW, ways, **more))  # type: ignore[arg-type]


def both(*pairs: tuple[int, int], kind: Kind) -> set[tuple[int, int, int]]:
    return {(a, b, int(kind)) for a, b in pairs} | {(b, a, int(kind)) for a, b in pairs}


def test_consecutive_nodes_are_joined_at_great_circle_metres(tmp_path: Path) -> None:
    graph = built(tmp_path, [((1, 2, 4), {"highway": "residential"})])
    assert edges_of(graph, "walk") == both((1, 2), (2, 4), kind=Kind.RESIDENTIAL)
    assert edges_of(graph, "cycle") == edges_of(graph, "drive") == edges_of(graph, "walk")
    walk = graph.profiles["walk"]
    place = {
        int(node): (float(latitude), float(longitude))
        for node, latitude, longitude in zip(
            graph.osm_id, graph.latitude, graph.longitude, strict=True
        )
    }
    assert place == {each: ROW[each] for each in (1, 2, 4)}
    for tail, head, length_m in zip(
        np.repeat(graph.osm_id, np.diff(walk.first)), graph.osm_id[walk.head], walk.length_m,
        strict=True,
    ):  # fmt: skip
        expected = great_circle_m(*place[int(tail)], *place[int(head)])
        assert length_m == pytest.approx(expected, rel=1e-12)


def test_a_node_that_is_not_there_breaks_the_way(tmp_path: Path) -> None:
    file = write_pbf(tmp_path / "a.osm.pbf", ROW, [((1, 2, 77, 4, 5), {"highway": "path"})])
    graph, report, found = everything_of(file)
    assert edges_of(graph, "walk") == both((1, 2), (4, 5), kind=Kind.PATH)
    assert report.nodes_absent == 1
    # Of two parts of the same size the one with the lowest id is the largest component.
    assert graph.osm_id[graph.profiles["walk"].routable].tolist() == [1, 2]
    assert found.bounds == (45.0, 7.001, 45.0, 7.005)


def test_rings_loops_and_ways_mapped_twice(tmp_path: Path) -> None:
    graph = built(
        tmp_path,
        [
            ((1, 2, 3, 1), {"highway": "footway", "area": "yes"}),
            ((1, 2, 2, 3), {"highway": "footway"}),
            ((3, 2), {"highway": "service"}),
            ((5,), {"highway": "footway"}),
            ((6, 6), {"highway": "footway"}),
            ((), {"highway": "footway"}),
            ((7, 8), {"building": "yes"}),
        ],
    )
    assert edges_of(graph, "walk") == both((1, 2), (2, 3), (3, 1), kind=Kind.FOOTWAY) | both(
        (2, 3), kind=Kind.SERVICE
    )
    assert len(graph.profiles["walk"].head) == 8
    assert set(graph.osm_id.tolist()) >= {1, 2, 3}
    assert not set(graph.osm_id.tolist()) & {7, 8}


def test_one_way_streets_and_ferries(tmp_path: Path) -> None:
    graph = built(
        tmp_path,
        [
            ((1, 2), {"highway": "residential", "oneway": "yes"}),
            ((2, 3), {"highway": "residential", "oneway": "-1"}),
            ((3, 4), {"route": "ferry", "foot": "yes", "motor_vehicle": "yes"}),
            ((4, 5), {"highway": "steps"}),
            ((5, 6), {"highway": "motorway"}),
        ],
    )
    assert edges_of(graph, "drive") == {
        (1, 2, Kind.RESIDENTIAL), (3, 2, Kind.RESIDENTIAL), (5, 6, Kind.MOTORWAY),
    }  # fmt: skip
    assert edges_of(graph, "walk") == both((1, 2), (2, 3), kind=Kind.RESIDENTIAL) | both(
        (4, 5), kind=Kind.STEPS
    )
    assert edges_of(graph, "cycle") == {
        (1, 2, Kind.RESIDENTIAL), (2, 1, Kind.PUSH), (3, 2, Kind.RESIDENTIAL), (2, 3, Kind.PUSH),
    }  # fmt: skip


def test_a_bollard_stops_cars_and_nobody_else(tmp_path: Path) -> None:
    file = write_pbf(
        tmp_path / "a.osm.pbf", ROW, [((1, 2, 3, 4), {"highway": "residential"})],
        node_tags={2: {"barrier": "bollard"}, 4: {"barrier": "bollard", "motor_vehicle": "yes"}},
    )  # fmt: skip
    graph, report, _ = everything_of(file)
    assert edges_of(graph, "drive") == both((3, 4), kind=Kind.RESIDENTIAL)
    assert len(edges_of(graph, "walk")) == len(edges_of(graph, "cycle")) == 6
    assert report.nodes_blocking_cars == 1


def test_a_dead_end_one_way_street_is_nothing_to_snap_to(tmp_path: Path) -> None:
    graph = built(
        tmp_path,
        [
            ((1, 2, 3, 1), {"highway": "residential", "oneway": "yes"}),
            ((3, 4, 5), {"highway": "residential", "oneway": "yes"}),
        ],
    )
    for profile, nodes in (("drive", {1, 2, 3}), ("walk", {1, 2, 3, 4, 5})):
        assert set(graph.osm_id[graph.profiles[profile].routable].tolist()) == nodes


def test_edges_by_their_end_are_the_same_edges(tmp_path: Path) -> None:
    graph = graph_of(random_extract(3, tmp_path / "random.osm.pbf"))
    for profile in graph.profiles.values():
        n = len(graph.osm_id)
        forth = sorted(
            zip(
                np.repeat(np.arange(n), np.diff(profile.first)).tolist(), profile.head.tolist(),
                profile.length_m.tolist(), profile.kind.tolist(), strict=True,
            )
        )  # fmt: skip
        back = sorted(
            zip(
                profile.back_head.tolist(),
                np.repeat(np.arange(n), np.diff(profile.back_first)).tolist(),
                profile.back_length_m.tolist(), profile.back_kind.tolist(), strict=True,
            )
        )  # fmt: skip
        assert forth == back
        assert len(forth) > 0


def test_the_order_of_ways_changes_nothing(tmp_path: Path) -> None:
    ways: list[Way] = [
        ((1, 2, 3), {"highway": "footway"}),
        ((3, 4), {"highway": "service"}),
        ((2, 5, 4), {"highway": "residential", "oneway": "yes"}),
    ]
    versions = {built(tmp_path, order, way_ids=range(1, 4)).version for order in (ways, ways[::-1])}
    assert len(versions) == 1


def test_an_extract_without_streets_gives_an_empty_graph(tmp_path: Path) -> None:
    graph = built(tmp_path, [((1, 2), {"building": "yes"})])
    assert len(graph.osm_id) == 0
    assert [len(each.head) for each in graph.profiles.values()] == [0, 0, 0]
    nowhere = write_pbf(tmp_path / "b.osm.pbf", {}, [((1, 2), {"highway": "path"})])
    assert len(graph_of(nowhere).osm_id) == 0


def test_components_are_scipys() -> None:
    random_of = np.random.default_rng(5)
    for n, edges in [(1, 0), (30, 20), (30, 40), (2_000, 2_500), (2_000, 4_000)]:
        tail, head = random_of.integers(0, n, (2, edges))
        for both_ways, ours in ((True, connected), (False, strongly_connected)):
            a, b = (
                (np.concatenate((tail, head)), np.concatenate((head, tail)))
                if both_ways
                else (tail, head)
            )
            graph = profile_of_edges(
                a, b, np.ones(len(a)), np.zeros(len(a), np.uint8), np.arange(n),
                both_ways=both_ways,
            )  # fmt: skip
            component = np.empty(n, np.int32)
            ours(graph.first, graph.head, component)
            matrix = csr_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
            count, theirs = connected_components(matrix, connection="strong")
            assert len(set(zip(component.tolist(), theirs.tolist(), strict=True))) == count
            assert component.max() + 1 == count
            check_largest(graph, theirs)


def check_largest(
    graph: ProfileGraph, component: np.ndarray[tuple[int], np.dtype[np.int32]]
) -> None:
    touched = (np.diff(graph.first) > 0) | (np.diff(graph.back_first) > 0)
    if not touched.any():
        assert not graph.routable.any()
        return
    sizes = np.bincount(component[touched])
    assert graph.routable.sum() == sizes.max()
    assert len(set(component[graph.routable].tolist())) == 1


def test_a_long_chain_needs_no_recursion() -> None:
    n = 300_000
    component = np.empty(n, np.int32)
    first = np.minimum(np.arange(n + 1), n - 1).astype(np.uint32)
    strongly_connected(first, np.arange(1, n, dtype=np.uint32), component)
    assert len(set(component.tolist())) == n


def test_monaco(tmp_path: Path) -> None:
    extract, found = read_extract(monaco())
    graph, report = build_graph(extract)
    assert len(found.defibrillators) == 10
    assert found.defibrillators[0]["node"] == 2475270782
    assert report.ways == len(extract.use) == 2852
    assert report.profiles["walk"]["routable_nodes"] == graph.profiles["walk"].routable.sum()
    assert found.left_out["walk"] == {
        "foot=no": 67, "access=private": 48, "highway=raceway": 7, "highway=construction": 6,
        "access=no": 3,
    }  # fmt: skip
    # Walking is as long both ways; cars have one-way streets.
    walk, drive = graph.profiles["walk"], graph.profiles["drive"]
    assert np.array_equal(walk.first, walk.back_first)
    assert np.array_equal(walk.length_m, walk.back_length_m)
    assert not np.array_equal(drive.first, drive.back_first)


def test_only_nodes_of_streets_are_kept(tmp_path: Path) -> None:
    random_of = random.Random(1)
    houses = {
        each: (45 + random_of.random() / 100, 7 + random_of.random() / 100)
        for each in range(100, 3_000)
    }
    ways: list[Way] = [((1, 2), {"highway": "path"}), (tuple(houses), {"building": "yes"})]
    extract, _ = read_extract(write_pbf(tmp_path / "a.osm.pbf", ROW | houses, ways))
    assert isinstance(extract, Extract)
    assert extract.node_id.tolist() == [1, 2]
    assert len(extract.way_first) == 2
