from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from shared.streets.graph import (
    GraphError,
    ProfileGraph,
    StreetGraph,
    load,
    make_graph,
    pointed,
    read_manifest,
    save,
)
from shared.streets.reach import reach
from tests.shared.streets.extracts import graph_of, random_extract


@pytest.fixture
def graph(tmp_path: Path) -> StreetGraph:
    return graph_of(random_extract(1, tmp_path / "random.osm.pbf"))


def same(a: StreetGraph, b: StreetGraph) -> bool:
    places = ("latitude", "longitude", "osm_id")
    equal = all(np.array_equal(getattr(a, name), getattr(b, name)) for name in places)
    for name, profile in a.profiles.items():
        for field in fields(ProfileGraph):
            one, other = getattr(profile, field.name), getattr(b.profiles[name], field.name)
            equal = equal and one.dtype == other.dtype and np.array_equal(one, other)
    return equal and a.version == b.version and a.attribution == b.attribution


def test_what_is_saved_is_loaded(graph: StreetGraph, tmp_path: Path) -> None:
    folder = save(graph, tmp_path / "streets" / graph.version, {"file": "random.osm.pbf"})
    mapped = load(folder, verify=True)
    assert same(graph, mapped)
    assert set(mapped.profiles) == {"walk", "cycle", "drive"}
    assert read_manifest(folder)["source"] == {"file": "random.osm.pbf"}
    assert [each.name for each in folder.parent.iterdir()] == [graph.version]


def test_arrays_are_read_only_mapped_or_not(graph: StreetGraph, tmp_path: Path) -> None:
    mapped = load(save(graph, tmp_path / "a"))
    for each in (graph, mapped):
        for array in (each.latitude, each.profiles["walk"].length_m):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
    # One type for compiled code, so that nothing is compiled twice.
    assert type(mapped.latitude) is type(graph.latitude) is np.ndarray
    place = float(graph.latitude[0]), float(graph.longitude[0])
    for profile in ("walk", "drive"):
        one, other = (
            reach(each, each.profiles[profile], *place, 500.0) for each in (graph, mapped)
        )
        assert np.array_equal(one.nodes, other.nodes)
        assert np.array_equal(one.cost, other.cost)


def test_the_version_is_that_of_the_content(graph: StreetGraph) -> None:
    parts = graph.latitude, graph.longitude, graph.osm_id, graph.profiles
    assert make_graph(*parts, graph.attribution).version == graph.version
    assert make_graph(*parts, "synthetic, seed 7").version != graph.version
    moved = graph.latitude.copy()
    moved[0] += 1e-7
    assert make_graph(moved, *parts[1:], graph.attribution).version != graph.version


def test_a_half_written_folder_is_never_seen(
    graph: StreetGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "streets" / "v"
    with monkeypatch.context() as patch:
        patch.setattr("shared.streets.graph.json.dumps", fails)
        with pytest.raises(OSError, match="No space"):
            save(graph, folder)
    assert list(folder.parent.iterdir()) == []
    assert same(load(save(graph, folder)), graph)


def test_a_folder_that_is_broken_is_replaced_and_a_good_one_left(
    graph: StreetGraph, tmp_path: Path
) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    (folder / "something").write_text("else")
    assert same(load(save(graph, folder)), graph)
    before = (folder / "manifest.json").stat().st_mtime_ns
    save(graph, folder)
    assert (folder / "manifest.json").stat().st_mtime_ns == before


def test_damage_is_one_clear_line(graph: StreetGraph, tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="holds no streets"):
        load(tmp_path / "nothing")
    folder = save(graph, tmp_path / "v")
    file = folder / "walk.length_m.npy"
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert load(folder).version == graph.version
    with pytest.raises(GraphError, match="checksum"):
        load(folder, verify=True)
    file.write_bytes(good[:-8])
    with pytest.raises(GraphError, match="size"):
        load(folder)
    file.unlink()
    with pytest.raises(GraphError, match="import the streets again"):
        load(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(GraphError, match="another format"):
        load(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(GraphError, match="cannot be read"):
        load(folder)


def test_a_folder_of_versions_points_at_one(graph: StreetGraph, tmp_path: Path) -> None:
    save(graph, tmp_path / "streets" / graph.version)
    pointer = tmp_path / "streets" / "current"
    assert pointed(tmp_path / "streets") == tmp_path / "streets"
    pointer.write_text(f"{graph.version}\n")
    assert load(tmp_path / "streets").version == graph.version
    pointer.write_text("../../etc")
    assert pointed(tmp_path / "streets") == tmp_path / "streets" / "etc"
