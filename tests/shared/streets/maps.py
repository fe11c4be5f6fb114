"""Small street maps drawn by hand in metres, and the plain shortest paths to compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from scipy.sparse.csgraph import dijkstra  # type: ignore[import-untyped]

from shared.contracts.words import TransportMode
from shared.decision.policy import default_policy
from shared.geometry.distance import EARTH_RADIUS_M
from shared.streets.building import great_circles_m
from shared.streets.edges import profile_of_edges
from shared.streets.graph import ProfileGraph, StreetGraph, make_graph
from shared.streets.kinds import Kind, Profile
from shared.streets.router import StreetRouter
from shared.streets.weights import MODES, seconds_per_metre

FloatArray = npt.NDArray[np.float64]
POLICY = default_policy()
HERE = (26.2634, 117.6390)
ROOM = 1 << 20
"""Bytes for trees: small maps need few."""
SPEEDS = np.array([POLICY.travel.speed_m_s[mode] for mode in MODES])
FOOT, BICYCLE, E_BIKE, MOTORCYCLE, CAR = range(5)

Street = tuple[int, int, Kind] | tuple[int, int, Kind, bool]
"""From corner to corner, the kind, and whether it is one-way for wheels."""


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees of a place so many metres from ``HERE``."""
    latitude = HERE[0] + math.degrees(north_m / EARTH_RADIUS_M)
    scale = EARTH_RADIUS_M * math.cos(math.radians(HERE[0]))
    return latitude, HERE[1] + math.degrees(east_m / scale)


def places(*metres: tuple[float, float]) -> FloatArray:
    """(n, 2) degrees of such places."""
    return np.array([place(*each) for each in metres]).reshape(-1, 2)


def drawn(corners: Sequence[tuple[float, float]], streets: Sequence[Street]) -> StreetGraph:
    """A graph of corners (metres east and north of ``HERE``); walkers may go everywhere."""
    at = places(*corners)
    a = np.array([street[0] for street in streets])
    b = np.array([street[1] for street in streets])
    kind = np.array([street[2] for street in streets], np.uint8)
    one_way = np.array([len(street) > 3 and bool(street[3]) for street in streets])
    metres = great_circles_m(at[a, 0], at[a, 1], at[b, 0], at[b, 1])
    ids = np.arange(1, len(at) + 1, dtype=np.int64)
    wheels = ~np.isin(kind, (Kind.STEPS, Kind.FOOTWAY))
    profiles: dict[str, ProfileGraph] = {}
    for profile, forth, back in (
        (Profile.WALK, np.ones(a.size, bool), np.ones(a.size, bool)),
        (Profile.CYCLE, wheels, wheels & ~one_way),
        (Profile.DRIVE, wheels, wheels & ~one_way),
    ):
        profiles[profile] = profile_of_edges(
            np.concatenate([a[forth], b[back]]),
            np.concatenate([b[forth], a[back]]),
            np.concatenate([metres[forth], metres[back]]),
            np.concatenate([kind[forth], kind[back]]),
            ids,
            both_ways=profile is Profile.WALK,
        )
    return make_graph(at[:, 0].copy(), at[:, 1].copy(), ids, profiles, "drawn by hand")


def street(*corners: int, kind: Kind = Kind.RESIDENTIAL, one_way: bool = False) -> list[Street]:
    """A street through those corners."""
    return [(a, b, kind, one_way) for a, b in pairwise(corners)]


def router_of(graph: StreetGraph, tree_bytes: int = ROOM) -> StreetRouter:
    """Its router, with the default policy."""
    return StreetRouter(graph, POLICY.streets, POLICY.travel, tree_bytes=tree_bytes)


def plain_s(graph: StreetGraph, profile: Profile, sources: npt.ArrayLike) -> FloatArray:
    """Seconds from the source nodes to every node by scipy, uncontracted, (s, n).

    Only through the profile's largest component, in which all ways between its nodes are.
    """
    edges = graph.profiles[profile]
    n = len(graph.latitude)
    tail = np.repeat(np.arange(n), edges.first[1:].astype(np.int64) - edges.first[:-1])
    head = edges.head.astype(np.int64)
    table = seconds_per_metre(profile, POLICY.streets, POLICY.travel)
    seconds = np.maximum(table[edges.kind] * edges.length_m, 1e-12)  # 0 would be no edge
    rows = np.flatnonzero(
        np.isfinite(seconds) & edges.routable[tail] & edges.routable[head] & (tail != head)
    )
    rows = rows[np.lexsort((seconds[rows], head[rows], tail[rows]))]
    first = np.ones(rows.size, bool)  # of parallel streets the fastest
    first[1:] = (np.diff(tail[rows]) != 0) | (np.diff(head[rows]) != 0)
    rows = rows[first]
    matrix = csr_matrix((seconds[rows], (tail[rows], head[rows])), shape=(n, n))
    found: FloatArray = dijkstra(matrix, indices=np.atleast_1d(np.asarray(sources)))
    return found


def at_nodes(graph: StreetGraph, nodes: npt.NDArray[np.int64]) -> FloatArray:
    """(n, 2) degrees of nodes."""
    return np.column_stack([graph.latitude[nodes], graph.longitude[nodes]])


MODE_OF = {
    Profile.WALK: TransportMode.FOOT,
    Profile.CYCLE: TransportMode.BICYCLE,
    Profile.DRIVE: TransportMode.CAR,
}
"""The mode for whose speed a profile's seconds are made."""


def speed_m_s(profile: Profile) -> float:
    """Its speed."""
    return POLICY.travel.speed_m_s[MODE_OF[profile]]
