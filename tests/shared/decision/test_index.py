"""The indexes find everybody within a radius, anywhere on earth, and follow every change."""

from __future__ import annotations

import math
import random

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.decision import AedIndex, History, RescuerIndex
from shared.decision.grid import PointGrid, ring
from shared.decision.index import rings_within
from shared.geometry.distance import EARTH_RADIUS_M, great_circle_m
from tests.shared.decision.world import HERE, aed, at, cell, presence, rescuer

PENTAGONS = [h3.cell_to_latlng(p) for r in (5, 8) for p in h3.get_pentagons(r)]


def owners(grid: PointGrid, place: tuple[float, float], radius_m: float) -> list[int]:
    """Whom the rings up to a radius hold, ring by ring."""
    keys, values, blocks, pool = grid.arrays
    rows = math.ceil(radius_m / grid.side_m)
    seen = np.empty((2 * rows + 7, 2), dtype=np.int64)
    seen[:, 0], seen[:, 1] = 1, 0
    found = np.empty(len(blocks), dtype=np.int32)
    out = []
    for k in range(1, rows + 1):
        radius = min(k * grid.side_m, radius_m) / EARTH_RADIUS_M
        count = ring(keys, values, blocks, seen, found, (*place, grid.step), radius)
        for block in blocks[found[:count]]:
            entries = pool[block["start"] : block["start"] + block["count"]]
            out += [int(owner) for owner in entries["owner"]]
    return out


def near(index: RescuerIndex | AedIndex, place: tuple[float, float], radius_m: float) -> set[str]:
    return {index.slots.ids[owner] for owner in owners(index.grid, place, radius_m)}


def test_a_rescuer_is_found_at_every_place_and_only_there() -> None:
    index = RescuerIndex()
    far, farther = at(20_000), at(0, 40_000)
    index.place(presence("r", far))
    assert len(index) == 0
    assert index.placed == 1
    index.put(rescuer("r"))
    assert near(index, HERE, 500) == near(index, far, 500) == {"r"}
    index.place(presence("r", farther))
    assert near(index, far, 500) == set()
    assert near(index, farther, 500) == {"r"}
    index.unplace("r")
    assert near(index, farther, 500) == set()
    index.put(rescuer("r", far))
    assert near(index, HERE, 500) == set()
    index.remove("r")
    index.remove("r")
    assert near(index, far, 500) == set()
    assert index.get("r") is None


def test_presence_outlives_the_profile() -> None:
    index = RescuerIndex()
    index.place(presence("r", at(300)))
    index.put(rescuer("r"))
    index.remove("r")
    index.put(rescuer("r"))
    entry = index.get("r")
    assert entry is not None
    assert entry.presence is not None
    assert entry.presence.cell == cell(at(300))
    assert near(index, at(300), 200) == {"r"}


def test_a_number_is_used_again_and_belongs_to_its_new_owner_only() -> None:
    index = RescuerIndex()
    index.put(rescuer("gone"))
    index.remove("gone")
    index.put(rescuer("a-much-longer-identifier-than-the-first", at(5_000)))
    assert near(index, HERE, 1_000) == set()
    assert near(index, at(5_000), 1_000) == {"a-much-longer-identifier-than-the-first"}


def test_history_survives_a_change_of_the_profile() -> None:
    index = RescuerIndex()
    known = History(asked_day=5, accepted_day=4, accepted=3, arrived=2)
    index.remember("r", known)
    index.put(rescuer("r"))
    index.put(rescuer("r", at(900)))
    row = index.columns[index.slots.numbers["r"]]
    assert (row["asked_day"], row["accepted_day"], row["arrived"]) == (5, 4, 2)
    index.remember("r", None)
    assert row["asked_day"] == 0
    assert index.history("r") is None


def test_an_aed_moves_with_its_record() -> None:
    index = AedIndex()
    index.put(aed("a", HERE))
    index.put(aed("a", at(30_000)))
    assert near(index, HERE, 1_000) == set()
    assert near(index, at(30_000), 1_000) == {"a"}
    assert len(index) == 1
    assert list(index) == ["a"]


@pytest.mark.parametrize("seed", range(3))
def test_the_grid_after_many_changes_holds_what_a_list_holds(seed: int) -> None:
    rnd = random.Random(seed)
    grid, where = PointGrid(200.0), dict[int, tuple[float, float]]()
    for step in range(4_000):
        owner = rnd.randrange(900)
        if owner in where:
            grid.take(*where.pop(owner), owner, 0)
        if rnd.random() < 0.7:
            spread = rnd.choice([300.0, 3_000.0, 30_000.0])
            where[owner] = at(rnd.gauss(0, spread), rnd.gauss(0, spread))
            grid.add(*where[owner], owner, 0)
        if step % 400 == 0:
            centre, radius_m = at(rnd.gauss(0, 2_000), rnd.gauss(0, 2_000)), rnd.uniform(100, 5e3)
            found = owners(grid, centre, radius_m)
            assert len(found) == len(set(found))
            within = {o for o, p in where.items() if great_circle_m(*centre, *p) <= radius_m}
            assert within <= set(found) <= set(where)


def test_taking_what_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="owner 7"):
        PointGrid(200.0).take(*HERE, 7, 0)


anywhere = st.one_of(
    st.sampled_from([(0.0, 0.0), (89.9, 10.0), (-90.0, 0.0), (10.0, 180.0), (-16.5, -179.999)]),
    st.sampled_from(PENTAGONS),
    st.tuples(st.floats(-89, 89), st.floats(-180, 180)),
)


@settings(max_examples=150, deadline=None)
@given(
    origin=anywhere,
    bearing=st.floats(0, 2 * math.pi),
    share=st.floats(0, 0.999),
    radius_m=st.sampled_from([100.0, 300.0, 2_000.0, 60_000.0]),
)
def test_whoever_is_within_the_radius_is_found(
    origin: tuple[float, float], bearing: float, share: float, radius_m: float
) -> None:
    place = _towards(origin, bearing, share * radius_m)
    assert great_circle_m(*origin, *place) <= radius_m
    grid = PointGrid(700.0 if radius_m > 10_000 else 200.0)
    grid.add(*place, 3, 1)
    assert owners(grid, origin, radius_m) == [3]


@settings(max_examples=100, deadline=None)
@given(origin=anywhere, bearing=st.floats(0, 2 * math.pi), share=st.floats(0, 0.999))
def test_rings_of_cells_cover_their_radius(
    origin: tuple[float, float], bearing: float, share: float
) -> None:
    place = _towards(origin, bearing, share * 2_000.0)
    disk = h3.grid_disk(h3.latlng_to_cell(*origin, 9), rings_within(2_000.0, 9))
    assert h3.latlng_to_cell(*place, 9) in disk


def _towards(origin: tuple[float, float], bearing: float, distance_m: float) -> tuple[float, float]:
    angle = distance_m / EARTH_RADIUS_M
    phi, lam = math.radians(origin[0]), math.radians(origin[1])
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    latitude = math.asin(max(-1.0, min(1.0, sine)))
    longitude = lam + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(phi),
        math.cos(angle) - math.sin(phi) * math.sin(latitude),
    )
    return math.degrees(latitude), (math.degrees(longitude) + 180) % 360 - 180


def test_a_cell_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        RescuerIndex().place(presence("r", HERE).model_copy(update={"cell": "nonsense"}))
