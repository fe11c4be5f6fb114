"""Components of a graph, compiled: which nodes reach each other.

Deterministic: components are numbered in the order of their lowest node.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled
from shared.streets.graph import Bool, Uint32

UNSEEN = -1
Int32 = npt.NDArray[np.int32]


@compiled
def connected(first: Uint32, head: Uint32, component: Int32) -> None:
    """Component of each node where every edge is there in both directions.

    ``component`` (n,) is written.
    """
    n = len(component)
    queue = np.empty(n, np.int64)
    component[:] = UNSEEN
    count = 0
    for start in range(n):
        if component[start] != UNSEEN:
            continue
        component[start] = count
        queue[0] = start
        length = 1
        while length > 0:
            length -= 1
            node = queue[length]
            for edge in range(np.int64(first[node]), np.int64(first[node + 1])):
                other = head[edge]
                if component[other] == UNSEEN:
                    component[other] = count
                    queue[length] = other
                    length += 1
        count += 1


@compiled
def strongly_connected(first: Uint32, head: Uint32, component: Int32) -> None:
    """Component of each node of a directed graph (Tarjan 1972, without recursion).

    ``component`` (n,) is written; numbers are in the order in which components close.
    """
    n = len(component)
    order = np.zeros(n, np.int64)
    """When a node was met, from 1; 0: not yet."""
    low = np.zeros(n, np.int64)
    next_edge = np.empty(n, np.int64)
    way_here = np.empty(n, np.int64)
    open_nodes = np.empty(n, np.int64)
    depth, waiting, met, count = 0, 0, 0, 0
    component[:] = UNSEEN
    for start in range(n):
        if order[start] != 0:
            continue
        met += 1
        order[start] = met
        low[start] = met
        next_edge[start] = first[start]
        way_here[0] = start
        depth = 1
        open_nodes[waiting] = start
        waiting += 1
        while depth > 0:
            node = way_here[depth - 1]
            if next_edge[node] < np.int64(first[node + 1]):
                other = np.int64(head[next_edge[node]])
                next_edge[node] += 1
                if order[other] == 0:
                    met += 1
                    order[other] = met
                    low[other] = met
                    next_edge[other] = first[other]
                    way_here[depth] = other
                    depth += 1
                    open_nodes[waiting] = other
                    waiting += 1
                elif component[other] == UNSEEN:
                    low[node] = min(low[node], order[other])
                continue
            depth -= 1
            if depth > 0:
                below = way_here[depth - 1]
                low[below] = min(low[below], low[node])
            if low[node] == order[node]:
                member = UNSEEN
                while member != node:
                    waiting -= 1
                    member = open_nodes[waiting]
                    component[member] = count
                count += 1


def largest(component: Int32, present: Bool, order: npt.NDArray[np.int64]) -> Bool:
    """(n,) whether a node is in the largest component of those that are ``present``.

    Of equally large ones, that with the lowest ``order`` (such as OpenStreetMap's ids) is taken, so
    that the same streets always give the same answer.
    """
    if not present.any():
        return np.zeros(len(component), np.bool_)
    sizes = np.bincount(component[present], minlength=int(component.max()) + 1)
    among = np.flatnonzero(present & (sizes[component] == sizes.max()))
    chosen = component[among[np.argmin(order[among])]]
    result: Bool = present & (component == chosen)
    return result
