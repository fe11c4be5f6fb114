"""Who can be where within a limit: one exact bounded search, for planning and checking.

The router has its own searches, made for speed; this one is made to be counted on: plain Dijkstra
over every node, sums in float64, the limit included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled
from shared.streets.building import great_circles_m
from shared.streets.graph import Float64, ProfileGraph, StreetGraph, Uint32


@dataclass(frozen=True, slots=True)
class Reach:
    """What is reached from a place."""

    start: int
    """The node that the place was snapped to."""
    snap_m: float
    """Metres from the place to that node; they count towards no limit."""
    nodes: npt.NDArray[np.int64]
    """(k,) nodes reached, ascending"""
    cost: Float64
    """(k,) what each of them costs: metres, or seconds"""


def nearest_routable(
    graph: StreetGraph, profile: ProfileGraph, latitude: float, longitude: float
) -> tuple[int, float]:
    """The nearest node of the largest component, and the great-circle metres to it.

    Of nodes at the same distance the lowest OpenStreetMap id. Raises :class:`ValueError` when the
    profile has no streets.
    """
    nodes = np.flatnonzero(profile.routable)
    if not len(nodes):
        raise ValueError("no streets of this kind")
    metres = great_circles_m(
        np.full(1, latitude), np.full(1, longitude), graph.latitude[nodes], graph.longitude[nodes]
    )
    best = np.lexsort((graph.osm_id[nodes], metres))[0]
    return int(nodes[best]), float(metres[best])


def reach(
    graph: StreetGraph,
    profile: ProfileGraph,
    latitude: float,
    longitude: float,
    limit: float,
    edge_cost: Float64 | None = None,
) -> Reach:
    """All nodes within ``limit`` of the node nearest to a place (WGS-84 degrees).

    ``edge_cost`` (e,) is what each edge costs (seconds, never negative); without it the cost is the
    edge's length in metres.
    """
    start, snap_m = nearest_routable(graph, profile, latitude, longitude)
    cost = np.full(len(graph.latitude), np.inf)
    edges = profile.length_m if edge_cost is None else edge_cost
    _search(profile.first, profile.head, edges, start, limit, cost)
    nodes = np.flatnonzero(cost <= limit)
    return Reach(start, snap_m, nodes, cost[nodes])


@compiled
def _search(
    first: Uint32, head: Uint32, edge_cost: Float64, start: int, limit: float, cost: Float64
) -> None:
    """Dijkstra with a binary heap from ``start``; writes ``cost`` (n,), inf where not reached."""
    room = 1024
    heap_cost = np.empty(room, np.float64)
    heap_node = np.empty(room, np.int64)
    heap_cost[0], heap_node[0] = 0.0, start
    cost[start] = 0.0
    length = 1
    while length > 0:
        here, node = heap_cost[0], heap_node[0]
        length -= 1
        last_cost, last_node = heap_cost[length], heap_node[length]
        hole = 0
        while True:
            child = 2 * hole + 1
            if child >= length:
                break
            if child + 1 < length and heap_cost[child + 1] < heap_cost[child]:
                child += 1
            if heap_cost[child] >= last_cost:
                break
            heap_cost[hole], heap_node[hole] = heap_cost[child], heap_node[child]
            hole = child
        heap_cost[hole], heap_node[hole] = last_cost, last_node
        if here > cost[node]:
            continue
        for edge in range(np.int64(first[node]), np.int64(first[node + 1])):
            other = np.int64(head[edge])
            there = here + edge_cost[edge]
            if there > limit or there >= cost[other]:
                continue
            cost[other] = there
            if length == room:
                wider_cost = np.empty(2 * room, np.float64)
                wider_node = np.empty(2 * room, np.int64)
                wider_cost[:room] = heap_cost
                wider_node[:room] = heap_node
                heap_cost, heap_node, room = wider_cost, wider_node, 2 * room
            hole = length
            length += 1
            while hole > 0:
                parent = (hole - 1) // 2
                if heap_cost[parent] <= there:
                    break
                heap_cost[hole], heap_node[hole] = heap_cost[parent], heap_node[parent]
                hole = parent
            heap_cost[hole], heap_node[hole] = there, other
