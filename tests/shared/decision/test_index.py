"""The index finds everybody within a radius, anywhere on earth, and follows every change."""

from __future__ import annotations

import math

import h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.decision import AedIndex, RescuerIndex
from shared.decision.index import (
    AED_RESOLUTION,
    RESCUER_RESOLUTION,
    UNIT_RESOLUTION,
    CellIndex,
    rings_within,
)
from shared.geometry.distance import great_circle_m
from tests.shared.decision.world import HERE, aed, at, cell, presence, rescuer

PENTAGONS = [
    h3.cell_to_latlng(p) for r in (UNIT_RESOLUTION, AED_RESOLUTION) for p in h3.get_pentagons(r)
]


def ids(rings: object) -> set[str]:
    return {id for ring in rings for id in ring}  # type: ignore[attr-defined]


def test_a_rescuer_is_found_at_every_place_and_only_there() -> None:
    index = RescuerIndex()
    far, farther = at(20_000), at(0, 40_000)
    index.place(presence("r", far))
    assert len(index) == 0
    assert index.placed == 1
    index.put(rescuer("r"))
    assert ids(index.rings(*HERE, 500)) == ids(index.rings(*far, 500)) == {"r"}
    index.place(presence("r", farther))
    assert ids(index.rings(*far, 500)) == set()
    assert ids(index.rings(*farther, 500)) == {"r"}
    index.unplace("r")
    assert ids(index.rings(*farther, 500)) == set()
    index.put(rescuer("r", far))
    assert ids(index.rings(*HERE, 500)) == set()
    index.remove("r")
    index.remove("r")
    assert ids(index.rings(*far, 500)) == set()
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


def test_an_aed_moves_with_its_record() -> None:
    index = AedIndex()
    index.put(aed("a", HERE))
    index.put(aed("a", at(30_000)))
    assert ids(index.rings(*HERE, 1_000)) == set()
    assert ids(index.rings(*at(30_000), 1_000)) == {"a"}
    assert len(index) == 1
    assert list(index) == ["a"]


def test_rings_are_sorted_and_hold_each_once() -> None:
    index = CellIndex(RESCUER_RESOLUTION)
    here = h3.str_to_int(h3.latlng_to_cell(*HERE, RESCUER_RESOLUTION))
    near = h3.str_to_int(h3.latlng_to_cell(*at(400), RESCUER_RESOLUTION))
    for id in ("b", "a", "c"):
        index.put(id, (here, near))
    rings = list(index.rings(*HERE, 3))
    assert rings[0] == ["a", "b", "c"]
    assert sum(len(ring) for ring in rings) == 3


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
    searched=st.sampled_from(
        [
            (UNIT_RESOLUTION, 60_000.0),
            (AED_RESOLUTION, 2_000.0),
            (RESCUER_RESOLUTION, 300.0),
            (RESCUER_RESOLUTION, 2_000.0),
        ]
    ),
)
def test_whoever_is_within_the_radius_is_in_the_rings(
    origin: tuple[float, float], bearing: float, share: float, searched: tuple[int, float]
) -> None:
    resolution, radius_m = searched
    place = _towards(origin, bearing, share * radius_m)
    assert great_circle_m(*origin, *place) <= radius_m
    index = CellIndex(resolution)
    index.put("x", (h3.str_to_int(h3.latlng_to_cell(*place, resolution)),))
    assert ids(index.rings(*origin, rings_within(radius_m, resolution))) == {"x"}


def _towards(origin: tuple[float, float], bearing: float, distance_m: float) -> tuple[float, float]:
    angle = distance_m / 6_371_008.8
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
