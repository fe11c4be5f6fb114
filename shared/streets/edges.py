"""From a list of directed edges to the compressed sparse rows of a profile."""

from __future__ import annotations

import numpy as np

from shared.streets.components import connected, largest, strongly_connected
from shared.streets.graph import Float64, Int64, ProfileGraph, Uint8, Uint32


def profile_of_edges(
    tail: Int64,
    head: Int64,
    length_m: Float64,
    kind: Uint8,
    osm_id: Int64,
    *,
    both_ways: bool,
) -> ProfileGraph:
    """A profile of n nodes from e directed edges, in whatever order they come.

    Edges of a node to itself lead nowhere and are dropped; of edges with the same ends and kind
    (ways mapped twice) one is kept: their length is the same, as their ends are. ``osm_id`` (n,)
    decides between components of equal size. ``both_ways`` says that every edge is there in both
    directions already: then components are the connected ones, otherwise the strongly connected.
    """
    n = len(osm_id)
    rows = np.flatnonzero(tail != head)
    rows = rows[np.argsort(_key(tail[rows], head[rows], kind[rows], n), kind="stable")]
    if len(rows):
        key = _key(tail[rows], head[rows], kind[rows], n)
        rows = rows[np.concatenate(([True], key[1:] != key[:-1]))]
    first = _starts(tail[rows], n)
    heads = head[rows].astype(np.uint32)
    # What is there in both directions is the same list by start and by end.
    back = (
        rows
        if both_ways
        else rows[np.argsort(_key(head[rows], tail[rows], kind[rows], n), kind="stable")]
    )
    back_first, back_head = (
        (first, heads) if both_ways else (_starts(head[back], n), tail[back].astype(np.uint32))
    )
    present = np.zeros(n, np.bool_)
    present[tail[rows]] = True
    present[head[rows]] = True
    component = np.empty(n, np.int32)
    (connected if both_ways else strongly_connected)(first, heads, component)
    return ProfileGraph(
        first=first,
        head=heads,
        length_m=length_m[rows],
        kind=kind[rows],
        back_first=back_first,
        back_head=back_head,
        back_length_m=length_m[back],
        back_kind=kind[back],
        routable=largest(component, present, osm_id),
    )


def _key(near: Int64, far: Int64, kind: Uint8, n: int) -> Int64:
    """One number to sort by: first node, second node, kind (a node count of 10⁸ fits)."""
    return (near.astype(np.int64) * n + far) * 32 + kind


def _starts(nodes: Int64, n: int) -> Uint32:
    """(n + 1,) where each node's edges begin, of the nodes of edges (sorted)."""
    starts = np.zeros(n + 1, np.uint32)
    np.cumsum(np.bincount(nodes, minlength=n), out=starts[1:])
    return starts
