"""From the ways and nodes of an extract to a street graph."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shared.geometry.distance import EARTH_RADIUS_M
from shared.streets.edges import profile_of_edges
from shared.streets.graph import Bool, Float64, Int64, ProfileGraph, StreetGraph, Uint8, make_graph
from shared.streets.kinds import NONE, Profile

OSM_ATTRIBUTION = "© OpenStreetMap contributors, ODbL"


@dataclass(frozen=True, slots=True)
class Extract:
    """The streets of an OpenStreetMap extract as plain arrays; w ways, r node references."""

    way_first: Int64
    """(w + 1,) where each way's nodes begin in ``way_node``."""
    way_node: Int64
    """(r,) node ids in the order of the ways"""
    use: Uint8
    """(w, 5) the codes of :class:`shared.streets.rules.WayUse`"""
    node_id: Int64
    """(m,) ids of the nodes that the extract has, ascending, each once"""
    latitude: Float64
    """(m,) degrees"""
    longitude: Float64
    """(m,) degrees"""
    blocks_cars: Bool
    """(m,) bollards and private gates"""


@dataclass(slots=True)
class Report:
    """What became of an extract."""

    ways: int = 0
    nodes: int = 0
    nodes_absent: int = 0
    """References to nodes that the extract does not have: there the way is broken."""
    nodes_blocking_cars: int = 0
    profiles: dict[str, dict[str, float]] = field(default_factory=dict)


def great_circles_m(
    latitude_a: Float64, longitude_a: Float64, latitude_b: Float64, longitude_b: Float64
) -> Float64:
    """Metres between points, elementwise, by the haversine formula on the mean earth."""
    phi_a, phi_b = np.radians(latitude_a), np.radians(latitude_b)
    half_lambda = np.radians(longitude_b - longitude_a) / 2
    chord = (
        np.sin((phi_b - phi_a) / 2) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    )
    metres: Float64 = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return metres


def build_graph(extract: Extract, attribution: str = OSM_ATTRIBUTION) -> tuple[StreetGraph, Report]:
    """The graph of an extract, and what became of its ways and nodes.

    Nodes are those on a way that some profile may use. Consecutive nodes of a way are joined; a
    node that the extract lacks breaks the way there.
    """
    way, position_a, position_b, absent = _joined(extract)
    use = extract.use[way]
    usable = (use != NONE).any(axis=1)
    way, position_a, position_b, use = (each[usable] for each in (way, position_a, position_b, use))
    touched = np.zeros(len(extract.node_id), np.bool_)
    touched[position_a] = True
    touched[position_b] = True
    kept = np.flatnonzero(touched)
    kept = kept[np.lexsort((kept, curve(extract.latitude[kept], extract.longitude[kept])))]
    number = np.full(len(extract.node_id), -1, np.int64)
    number[kept] = np.arange(len(kept))
    osm_id = extract.node_id[kept]
    latitude, longitude = extract.latitude[kept], extract.longitude[kept]
    node_a, node_b = number[position_a], number[position_b]
    length_m = great_circles_m(
        latitude[node_a], longitude[node_a], latitude[node_b], longitude[node_b]
    )
    blocked = extract.blocks_cars[kept]
    free = ~(blocked[node_a] | blocked[node_b])
    sides = {
        Profile.WALK: (use[:, 0], use[:, 0], True),
        Profile.CYCLE: (use[:, 1], use[:, 2], False),
        Profile.DRIVE: (np.where(free, use[:, 3], NONE), np.where(free, use[:, 4], NONE), False),
    }
    profiles: dict[str, ProfileGraph] = {}
    report = Report(
        ways=len(extract.way_first) - 1,
        nodes=len(kept),
        nodes_absent=absent,
        nodes_blocking_cars=int(blocked.sum()),
    )
    for profile, (forwards, backwards, both_ways) in sides.items():
        out, back = forwards != NONE, backwards != NONE
        each = profile_of_edges(
            np.concatenate((node_a[out], node_b[back])),
            np.concatenate((node_b[out], node_a[back])),
            np.concatenate((length_m[out], length_m[back])),
            np.concatenate((forwards[out], backwards[back])).astype(np.uint8),
            osm_id,
            both_ways=both_ways,
        )
        profiles[profile] = each
        report.profiles[profile] = _counts(each)
    return make_graph(latitude, longitude, osm_id, profiles, attribution), report


def _joined(extract: Extract) -> tuple[Int64, Int64, Int64, int]:
    """Way and positions of both nodes of each pair that is joined; and how many nodes lack."""
    if not len(extract.node_id):
        none = np.zeros(0, np.int64)
        return none, none, none, len(extract.way_node)
    position = np.minimum(
        np.searchsorted(extract.node_id, extract.way_node), len(extract.node_id) - 1
    )
    there = extract.node_id[position] == extract.way_node
    way = np.repeat(np.arange(len(extract.way_first) - 1), np.diff(extract.way_first))
    joined = np.flatnonzero((way[1:] == way[:-1]) & there[1:] & there[:-1])
    absent = len(np.unique(extract.way_node[~there]))
    return way[joined], position[joined], position[joined + 1], absent


def _counts(profile: ProfileGraph) -> dict[str, float]:
    touched = (np.diff(profile.first) > 0) | (np.diff(profile.back_first) > 0)
    return {
        "nodes": int(touched.sum()),
        "edges": len(profile.head),
        "length_km": round(float(profile.length_m.sum()) / 1000, 3),
        "routable_nodes": int(profile.routable.sum()),
        "nodes_outside_largest_component": int((touched & ~profile.routable).sum()),
    }


def curve(latitude: Float64, longitude: Float64) -> npt.NDArray[np.uint64]:
    """Position on a Z-order curve: what is near on earth is mostly near in memory."""
    return _spread((latitude + 90) / 180) << np.uint64(1) | _spread((longitude + 180) / 360)


def _spread(share: Float64) -> npt.NDArray[np.uint64]:
    """28 bits of a share of 1, each followed by an empty bit."""
    bits = np.minimum(share * 2**28, 2**28 - 1).astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits
