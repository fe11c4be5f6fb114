"""The map of an extract, read back with other people's readers."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import osmium
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from deploy import basemap, imports, roads
from deploy.basemap import add_map
from deploy.basemap.boundaries import areas_of
from deploy.basemap.coast import sea
from deploy.basemap.cutting import EXTENT, to_world
from deploy.basemap.writing import build_map
from deploy.errors import UserError
from shared.basemap import FOLDER, BasemapError, folder_of, read_basemap
from shared.geometry.datum import Datum
from shared.geometry.distance import great_circle_m
from tests.shared.streets.extracts import monaco, write_pbf

Tile = dict[str, Any]
MIDDLE = (26.27, 117.63)
SIDE = 0.004
"""Degrees: some 440 m."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a data directory of the test's own."""
    monkeypatch.setenv("LIFERING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LIFERING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Archive:
    """A map read back."""

    def __init__(self, folder: Path) -> None:
        self.manifest = read_basemap(folder)
        self.path = folder / self.manifest["tiles"]

    def __enter__(self) -> Archive:
        self._file = self.path.open("rb")
        self.source: Any = MmapSource(self._file)  # type: ignore[no-untyped-call]
        self.reader: Any = Reader(self.source)  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tiles(self) -> Iterator[tuple[tuple[int, int, int], Tile]]:
        for where, data in all_tiles(self.source):  # type: ignore[no-untyped-call]
            yield where, decoded(data)

    def at(self, zoom: int, place: tuple[float, float]) -> tuple[Tile, shapely.Point]:
        """The tile of a place, and where in it the place is."""
        world = to_world(np.array([place[::-1]]))[0] * 2**zoom
        x, y = np.floor(world).astype(int)
        data = self.reader.get(zoom, int(x), int(y))
        assert data is not None
        return decoded(data), shapely.Point((world - (x, y)) * EXTENT)


def decoded(data: bytes) -> Tile:
    found: Tile = mapbox_vector_tile.decode(
        gzip.decompress(data), default_options={"y_coord_down": True}
    )
    return found


def shapes(tile: Tile, layer: str, **said: object) -> list[Any]:
    return [
        shapely.geometry.shape(each["geometry"])
        for each in tile.get(layer, {"features": []})["features"]
        if all(each["properties"].get(key) == value for key, value in said.items())
    ]


def said(tile: Tile, layer: str) -> list[dict[str, Any]]:
    return [each["properties"] for each in tile.get(layer, {"features": []})["features"]]


def square(first: int, middle: tuple[float, float], half: float) -> dict[int, tuple[float, float]]:
    """Four nodes, counter-clockwise from the south-west."""
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1))
    return {
        first + row: (middle[0] + half * a, middle[1] + half * b)
        for row, (a, b) in enumerate(corners)
    }


def ring(first: int) -> list[int]:
    return [first, first + 1, first + 2, first + 3, first]


def write_town(file: Path, missing_member: bool = False) -> Path:
    """A lake with an island (a relation), a bridge over it, a house, a park, names."""
    nodes = square(1, MIDDLE, SIDE) | square(11, MIDDLE, SIDE / 4)
    nodes |= {21: (MIDDLE[0], MIDDLE[1] - 2 * SIDE), 22: (MIDDLE[0], MIDDLE[1] + 2 * SIDE)}
    nodes |= {23: (MIDDLE[0] + 3 * SIDE, MIDDLE[1] + 3 * SIDE)}
    nodes |= square(31, (MIDDLE[0] + 2 * SIDE, MIDDLE[1]), 0.0001)
    nodes |= square(41, (MIDDLE[0] - 2 * SIDE, MIDDLE[1]), 0.002)
    nodes |= {51: (MIDDLE[0] + 2.2 * SIDE, MIDDLE[1]), 52: (MIDDLE[0] + 2.3 * SIDE, MIDDLE[1])}
    tags: dict[int, Mapping[str, str]] = {
        51: {"place": "town", "name": "列东", "name:en": "Liedong"},
        52: {"amenity": "hospital", "name": "三明市第一医院"},
    }
    ways: Sequence[tuple[int, list[int], dict[str, str]]] = [
        (101, ring(1), {}),
        (102, ring(11), {}),
        (103, [21, 22], {"highway": "primary", "name": "列东街", "bridge": "yes", "oneway": "yes"}),
        (104, [22, 23], {"highway": "residential", "name": "Rue de l'Église"}),
        (105, ring(31), {"building": "yes", "addr:housenumber": "12", "addr:street": "列东街"}),
        (106, ring(41), {"leisure": "park", "name": "Park"}),
        (107, [22, 99], {"highway": "residential", "name": "nobody"}),
        (108, [21, 22], {"highway": "construction", "name": "not yet"}),
    ]
    with osmium.SimpleWriter(str(file), overwrite=True) as writer:
        for node, (latitude, longitude) in sorted(nodes.items()):
            writer.add_node(
                osmium.osm.mutable.Node(
                    id=node, location=(longitude, latitude), tags=dict(tags.get(node, {}))
                )
            )
        for way, refs, about in ways:
            if not (missing_member and way == 101):
                writer.add_way(osmium.osm.mutable.Way(id=way, nodes=refs, tags=about))
        writer.add_relation(
            osmium.osm.mutable.Relation(
                id=201,
                members=[("w", 101, "outer"), ("w", 102, "inner")],
                tags={"type": "multipolygon", "natural": "water", "name": "湖"},
            )
        )
    return file


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_town(tmp_path / "town.osm.pbf")


@pytest.fixture
def archive(town: Path, tmp_path: Path) -> Iterator[Archive]:
    folder = tmp_path / "map"
    folder.mkdir()
    build_map(town, folder)
    with Archive(folder) as found:
        yield found


def test_a_lake_with_an_island_is_water_around_and_land_within(archive: Archive) -> None:
    for zoom in (13, 14):
        tile, island = archive.at(zoom, MIDDLE)
        assert not any(each.contains(island) for each in shapes(tile, "water"))
        tile, shore = archive.at(zoom, (MIDDLE[0] + SIDE / 2, MIDDLE[1]))
        assert any(each.contains(shore) for each in shapes(tile, "water", name="湖"))
        tile, land = archive.at(zoom, (MIDDLE[0] + 1.2 * SIDE, MIDDLE[1]))
        assert not any(each.contains(land) for each in shapes(tile, "water"))
        assert all(each.is_valid for each in shapes(tile, "water"))


def test_a_bridge_is_a_bridge_and_goes_its_way(archive: Archive) -> None:
    tile, middle = archive.at(14, MIDDLE)
    bridges = shapes(tile, "road", kind="primary", bridge=True, oneway=True, name="列东街")
    assert len(bridges) == 1
    assert bridges[0].distance(middle) <= 1.0
    line = shapely.get_coordinates(bridges[0])
    assert line[0][0] < line[-1][0]  # as it is mapped: eastwards
    # A long way off the great roads are there, the small ones not.
    tile, _ = archive.at(10, MIDDLE)
    assert [each["kind"] for each in said(tile, "road")] == ["primary"]
    assert "building" not in tile


def test_names_in_other_languages_and_house_numbers(archive: Archive) -> None:
    tile, house = archive.at(14, (MIDDLE[0] + 2 * SIDE, MIDDLE[1]))
    assert any(each.contains(house) for each in shapes(tile, "building"))
    assert said(tile, "address") == [{"number": "12"}]
    assert {"kind": "town", "name": "列东", "name_en": "Liedong"} in said(tile, "place")
    assert {"kind": "hospital", "name": "三明市第一医院"} in said(tile, "poi")


def test_what_is_missing_or_not_there_yet_is_not_drawn(archive: Archive, tmp_path: Path) -> None:
    drawn = {each.get("name") for _, tile in archive.tiles() for each in said(tile, "road")}
    assert drawn == {"列东街", "Rue de l'Église"}
    folder = tmp_path / "cut"
    folder.mkdir()
    build_map(write_town(tmp_path / "cut.osm.pbf", missing_member=True), folder)
    with Archive(folder) as cut:
        # An outer shore that the extract lacks: better no lake than a wrong one.
        assert not any("water" in tile for _, tile in cut.tiles())


def test_a_way_with_missing_nodes_is_drawn_in_the_pieces_that_are_there(tmp_path: Path) -> None:
    nodes = {each: (26.27, 117.6 + each / 1000) for each in (1, 2, 4, 5, 6, 8)}
    file = write_pbf(tmp_path / "holes.osm.pbf", nodes, [(range(1, 9), {"highway": "residential"})])
    folder = tmp_path / "map"
    folder.mkdir()
    build_map(file, folder)
    with Archive(folder) as found:
        tile, middle = found.at(14, (26.27, 117.6015))
        assert min(each.distance(middle) for each in shapes(tile, "road")) <= 1
        tile, gap = found.at(14, (26.27, 117.603))
        assert min(each.distance(gap) for each in shapes(tile, "road")) > 100


def test_the_archive_says_what_it_is(archive: Archive, town: Path) -> None:
    header, about = archive.reader.header(), archive.reader.metadata()
    assert about["attribution"] == archive.manifest["attribution"]
    assert "OpenStreetMap contributors, ODbL" in about["attribution"]
    assert (header["min_zoom"], header["max_zoom"]) == (8, 14)
    assert header["clustered"]
    south, west, north, east = archive.manifest["bounds"]
    assert south < MIDDLE[0] - SIDE < MIDDLE[0] + SIDE < north
    assert west < MIDDLE[1] < east
    assert archive.manifest["version"] in archive.manifest["tiles"]
    assert {each["id"] for each in about["vector_layers"]} >= {"water", "road", "building"}


def test_every_tile_of_a_wide_extract_is_there(tmp_path: Path) -> None:
    """A lake over 15 × 15 tiles of the last zoom, with a road across: more than 200 tiles."""
    nodes = square(1, MIDDLE, 0.15) | {9: (26.12, 117.48), 10: (26.42, 117.78)}
    ways: Any = [
        (ring(1), {"natural": "water"}),
        ([9, 10], {"highway": "motorway", "name": "G25"}),
    ]
    folder = tmp_path / "map"
    folder.mkdir()
    build_map(write_pbf(tmp_path / "wide.osm.pbf", nodes, ways), folder)
    expected = set()
    for zoom in range(8, 15):
        corners = to_world(np.array([[117.48, 26.12], [117.78, 26.42]])) * 2**zoom
        (left, bottom), (right, top) = np.floor(corners).astype(int).tolist()
        expected |= {(zoom, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)}
    assert len(expected) > 200
    with Archive(folder) as wide:
        found = dict(wide.tiles())
        assert expected <= set(found)
        area = 0.0
        for (zoom, _, _), tile in found.items():
            for each in shapes(tile, "water"):
                assert each.is_valid
                west, south, east, north = each.bounds
                assert min(west, south) >= -65 and max(east, north) <= EXTENT + 65  # noqa: PT018
                if zoom == 14:
                    area += each.intersection(shapely.box(0, 0, EXTENT, EXTENT)).area
        # Nothing doubled, nothing lost: the pieces within their tiles make the whole lake.
        (left, bottom), (right, top) = (
            to_world(np.array([[117.48, 26.12], [117.78, 26.42]])) * 2**14 * EXTENT
        )
        assert area == pytest.approx((right - left) * (bottom - top), rel=1e-5)
        inside = sum(1 for (zoom, _, _), tile in found.items() if zoom == 14 and "road" in tile)
        assert inside >= 15


def test_the_same_extract_is_the_same_map_and_another_one_another(
    town: Path, tmp_path: Path
) -> None:
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for folder in folders:
        folder.mkdir()
    first, again = build_map(town, folders[0]), build_map(town, folders[1])
    assert first == again
    other = build_map(write_town(tmp_path / "town.osm.pbf", missing_member=True), folders[2])
    assert other["version"] != first["version"]


def test_sea_lies_right_of_the_coast() -> None:
    bounds = (0.0, 0.0, 1.0, 1.0)  # south, west, north, east
    east_is_sea = shapely.linestrings([[0.5, -0.1], [0.5, 1.1]])
    island = shapely.linestrings([[0.7, 0.4], [0.8, 0.4], [0.8, 0.6], [0.7, 0.6], [0.7, 0.4]])
    water = shapely.union_all(sea([east_is_sea, island], bounds))
    assert water.area == pytest.approx(0.5 - 0.02)
    assert water.contains(shapely.Point(0.6, 0.5))
    assert not water.contains(shapely.Point(0.75, 0.5))
    # The other way round it is the west; broken off within the box it is led on.
    west = sea([shapely.linestrings([[0.5, 1.1], [0.5, 0.1]])], bounds)
    assert shapely.union_all(west).area == pytest.approx(0.5)
    lagoon = island.reverse()
    assert shapely.union_all(sea([lagoon], bounds)).area == pytest.approx(0.02)
    assert sea([], bounds) == []


def test_monaco_has_its_sea_its_hospital_and_its_streets(tmp_path: Path) -> None:
    folder = tmp_path / "map"
    folder.mkdir()
    manifest = build_map(monaco(), folder)
    assert manifest["counts"]["building"] > 1_000
    with Archive(folder) as found:
        tile, harbour = found.at(14, (43.7345, 7.4270))
        assert any(each.contains(harbour) for each in shapes(tile, "water"))
        tile, palace = found.at(14, (43.7313, 7.4202))
        assert not any(each.contains(palace) for each in shapes(tile, "water", kind="sea"))
        names = {each.get("name") for _, tile in found.tiles() for each in said(tile, "poi")}
        assert "Centre hospitalier Princesse Grace" in names
        tunnels = [
            each for _, tile in found.tiles() for each in said(tile, "road") if each.get("tunnel")
        ]
        assert tunnels


def test_streets_and_map_are_switched_together(
    town: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    first = roads.build(town, home, lambda what, done, total: said.append(what))
    assert {"tiles", "things on the map"} <= set(said)
    assert folder_of(home / "streets") == first / FOLDER
    before = read_basemap(folder_of(home / "streets"))
    # A second time nothing is built: it lies in the cache.
    monkeypatch.setattr("deploy.basemap.writing.build_map", _never)
    assert roads.build(town, home) == first
    monkeypatch.undo()
    monkeypatch.setenv("LIFERING_CACHE", str(tmp_path / "cache"))
    nodes = {node: (26.3, 117.6 + node / 1000) for node in range(1, 6)}
    other = write_pbf(tmp_path / "other.osm.pbf", nodes, [([*nodes], {"highway": "residential"})])
    second = roads.build(other, home)
    assert second != first
    after = read_basemap(folder_of(home / "streets"))
    assert after["version"] != before["version"]
    assert after["file"] == "other.osm.pbf"
    # The old one stays where a running gateway has it open.
    assert read_basemap(first / FOLDER) == before


def test_a_map_that_cannot_be_made_keeps_nobody_from_being_routed(
    town: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumbles(*_: object) -> None:
        raise shapely.GEOSException("a shape of no shape")

    monkeypatch.setattr("deploy.basemap.writing.build_map", stumbles)
    assert imports.main(["roads", str(town), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["map"] is None
    assert "a shape of no shape" in told.err
    assert roads.current(home) is not None


def _never(*_: object) -> None:
    raise AssertionError("built again")


def test_a_map_that_was_half_lost_is_made_good(town: Path, tmp_path: Path) -> None:
    version = tmp_path / "version"
    version.mkdir()
    manifest = add_map(town, version)
    (version / FOLDER / manifest["tiles"]).write_bytes(b"half")
    with pytest.raises(BasemapError, match="not what its manifest says"):
        read_basemap(version / FOLDER)
    assert add_map(town, version) == manifest
    assert read_basemap(version / FOLDER) == manifest


def test_no_extract_is_one_clear_line_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "no.osm.pbf"
    file.write_bytes(b"no")
    with pytest.raises(UserError, match="not an OpenStreetMap extract"):
        add_map(file, tmp_path)
    damaged = write_town(tmp_path / "damaged.osm.pbf")
    damaged.write_bytes(damaged.read_bytes()[:-200])
    with pytest.raises(UserError, match="damaged"):
        add_map(damaged, tmp_path)
    kept = tmp_path / "cache" / "basemaps"
    assert [each.name for each in kept.iterdir()] == []


def test_the_code_that_makes_a_map_is_part_of_its_name_in_the_cache() -> None:
    here = Path(basemap.__file__).parent
    listed = {*basemap._CODE, "__init__", "boundaries"}
    assert {each.stem for each in here.glob("*.py")} == listed


def test_names_are_kept_once_for_each_street(archive: Archive) -> None:
    with sqlite3.connect(archive.path.parent / archive.manifest["names"]) as database:
        rows = database.execute("SELECT kind, name FROM names ORDER BY id").fetchall()
    assert sorted(rows) == sorted(
        [
            ("place", "列东"), ("place", "三明市第一医院"), ("street", "列东街"),
            ("street", "Rue de l'Église"), ("address", "列东街 12"), ("place", "Park"),
            ("place", "湖"),
        ]
    )  # fmt: skip


def test_boundaries_become_wgs84_and_name_their_source(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "county.geojson"
    corners = [[117.6, 26.2], [117.7, 26.2], [117.7, 26.3], [117.6, 26.3], [117.6, 26.2]]
    area = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": {"name": "三元区"}, "geometry": area}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert (
        imports.main(
            ["boundaries", str(file), "--datum", "gcj02", "--attribution", "© Survey", "--json"]
        )
        == 0
    )
    report = json.loads(capsys.readouterr().out)
    assert report["areas"] == 1
    kept = json.loads((home / "boundaries.geojson").read_text("utf-8"))
    assert kept["attribution"] == "© Survey"
    assert kept["features"][0]["properties"] == {"name": "三元区"}
    (longitude, latitude) = kept["features"][0]["geometry"]["coordinates"][0][0]
    assert 300 < great_circle_m(26.2, 117.6, latitude, longitude) < 800
    assert kept["bbox"][0] < 117.6 < 117.68 < kept["bbox"][2]
    file.write_text(json.dumps({"type": "Point", "coordinates": [0, 0]}))
    with pytest.raises(UserError, match="Point is no area"):
        areas_of(file, Datum.WGS84)
