"""A street graph made ready for searches: contracted, weighed, all profiles in one numbering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.decision.policy import Streets, Travel
from shared.streets.chains import (
    END,
    FIRST,
    IS_JUNCTION,
    NONE,
    PLACE,
    START,
    Contracted,
    Edges,
    UIntArray,
    contract,
)
from shared.streets.graph import ProfileGraph, StreetGraph
from shared.streets.search import BACKWARDS, FORWARDS, Network
from shared.streets.weights import PROFILES, FloatArray, seconds_per_metre


@dataclass(frozen=True, slots=True)
class Roads:
    """The network for searches, and what turns junctions back into nodes."""

    network: Network
    chain_nodes: UIntArray
    """The nodes of all chains, chain after chain."""
    junction_node: UIntArray
    """(j,)"""
    chains_first: UIntArray
    """(j + 1,): the chains at each junction ..."""
    chains_at: UIntArray
    """... at their start or at their end."""


def edges_of(graph: ProfileGraph, table: FloatArray) -> tuple[Edges, Edges]:
    """The edges by their start and by their end, weighed with seconds per metre by kind (256,)."""
    return (
        Edges(graph.first, graph.head, graph.length_m, table[graph.kind] * graph.length_m),
        Edges(
            graph.back_first,
            graph.back_head,
            graph.back_length_m,
            table[graph.back_kind] * graph.back_length_m,
        ),
    )


def _rows(tail: UIntArray, junctions: int) -> tuple[UIntArray, UIntArray]:
    """Compressed rows: where each junction's edges begin, and the order that sorts them."""
    order = np.argsort(tail, kind="stable").astype(np.uint32)
    first = np.zeros(junctions + 1, np.uint32)
    first[1:] = np.cumsum(np.bincount(tail, minlength=junctions))
    return first, order


def _joined(parts: Sequence[Contracted], nodes: int) -> Roads:
    """All profiles in one numbering of chains, junctions and chain nodes."""
    all_nodes = np.full((len(parts), nodes, 4), NONE, np.uint32)
    chains, chain_nodes, junction_node, tails, heads, costs = [], [], [], [], [], []
    c, j, m = 0, 0, 0
    for p, part in enumerate(parts):
        all_nodes[p] = part.nodes
        place = all_nodes[p, :, PLACE]
        at = place != NONE
        place[at] += np.where(place[at] & np.uint32(IS_JUNCTION), j, c).astype(np.uint32)
        shifted = part.chains.copy()
        shifted[:, [START, END]] += np.uint32(j)
        shifted[:, FIRST] += np.uint32(m)
        chains.append(shifted)
        chain_nodes.append(part.chain_nodes)
        junction_node.append(part.junctions)
        tails.append(part.tail + np.uint32(j))
        heads.append(part.head + np.uint32(j))
        costs.append(part.cost)
        c += len(part.chains)
        j += len(part.junctions)
        m += len(part.chain_nodes)
    tail, head, cost = np.concatenate(tails), np.concatenate(heads), np.concatenate(costs)
    first = np.zeros((2, j + 1), np.uint32)
    edges = np.zeros((2, tail.size, 2), np.uint64)
    for direction, one, other in ((FORWARDS, tail, head), (BACKWARDS, head, tail)):
        first[direction], order = _rows(one, j)
        edges[direction, :, 0] = cost[order]
        edges[direction, :, 1] = other[order]
    every = np.concatenate(chains)
    ends = np.concatenate([every[:, START], every[every[:, START] != every[:, END], END]])
    which = np.concatenate(
        [np.arange(c, dtype=np.uint32), np.flatnonzero(every[:, START] != every[:, END])]
    ).astype(np.uint32)
    chains_first, order = _rows(ends, j)
    return Roads(
        network=Network(all_nodes, every, first, edges),
        chain_nodes=np.concatenate(chain_nodes),
        junction_node=np.concatenate(junction_node),
        chains_first=chains_first,
        chains_at=which[order],
    )


def roads_of(graph: StreetGraph, streets: Streets, travel: Travel) -> Roads:
    """The contracted network of a graph: about a second for a million edges.

    Only the routable part of each profile is in it; the fastest way between two routable nodes
    never leaves that part.
    """
    parts = []
    for profile in PROFILES:
        out, back = edges_of(graph.profiles[profile], seconds_per_metre(profile, streets, travel))
        routable = graph.profiles[profile].routable
        parts.append(contract(out, back, routable, graph.latitude, graph.longitude))
    return _joined(parts, graph.latitude.size)
