"""Chains of streets without a turning become single edges between junctions.

A real extract has four or five nodes per junction, and a search that settles each of them wastes
most of its time. Here every node that only continues a street goes into a *chain* between two
junctions, and every dead-end street into a chain that *hangs* on one; the search then sees
junctions only. Nothing is lost: each node knows its chain and how far along it is, so that any node
can be the start or the end of a way exactly.

Costs are whole numbers, so that adding them up in another order, from the other end or out of a
kept tree gives the same bits: seconds at the profile's reference speed in 1/131072 s (7.6 µs), and
metres in 1/1024 m, in the high and the low half of one 64-bit number. The least such number is the
fastest way and, among equally fast ones, the shortest. A chain is rounded once, so that a way over
two hundred chains is off by less than a thousandth of a second.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.streets.building import curve

UIntArray = npt.NDArray[np.uint32]
CostArray = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]
Whole = Any
"""A whole number in compiled code, of whichever width."""

SECONDS = 131_072
"""Units in one second."""
METRES = 1_024
"""Units in one metre."""
FAR_S = 16_000
"""No single way is longer: two of them still fit into the 32 bits of the seconds."""

NONE = 0xFFFF_FFFF
"""No junction, no chain, no way."""
IS_JUNCTION = 0x8000_0000
"""Marks a junction's number where a chain's number would stand."""

JUNCTION, TWO_WAY, ONE_WAY, LEAF = 1, 2, 3, 4
"""What a node is: where streets meet, inside a street, inside a one-way street, a dead end."""

PLACE, FROM_S, TO_S, ALONG_M = 0, 1, 2, 3
"""Columns of a node: its chain (or junction), seconds from and to the chain's start, metres."""
START, END, TOTAL_S, BACK_S, TOTAL_M, FIRST, COUNT = 0, 1, 2, 3, 4, 5, 6
"""Columns of a chain: its junctions, seconds there and back, metres, its nodes in the list."""


class Edges(NamedTuple):
    """Passable edges of one profile, by their start (or by their end, seen backwards)."""

    first: UIntArray
    """(n + 1,)"""
    head: UIntArray
    """(e,) the other end."""
    length_m: FloatArray
    """(e,)"""
    seconds: FloatArray
    """(e,) at the reference speed; ``inf`` where the profile may not go."""


class Contracted(NamedTuple):
    """The junctions and chains of one profile."""

    nodes: UIntArray
    """(n, 4): see ``PLACE``; ``NONE`` where the profile does not go."""
    chains: UIntArray
    """(c, 8): see ``START``; one that hangs has no seconds to its end."""
    chain_nodes: UIntArray
    """The nodes of the chains, in order."""
    junctions: UIntArray
    """(j,) the node of each junction, near ones near each other."""
    tail: UIntArray
    """(e,) junctions at the start of each edge"""
    head: UIntArray
    """(e,) and at its end."""
    cost: CostArray
    """(e,)"""


@inlined
def _units(seconds: float) -> Whole:
    """Seconds as a whole number of units; ``NONE`` when too far."""
    if seconds >= FAR_S:
        return NONE
    return int(seconds * SECONDS + 0.5)


@inlined
def _leads(edges: Edges, routable: npt.NDArray[np.bool_], v: Whole, e: Whole) -> Whole:
    """Whether the edge counts: passable, to another node of the network."""
    u = int(edges.head[e])
    return u != v and bool(routable[u]) and edges.seconds[e] < np.inf


@compiled
def classify(  # noqa: PLR0912 (one pass, compiled)
    out: Edges, back: Edges, routable: npt.NDArray[np.bool_], kinds: npt.NDArray[np.uint8]
) -> None:
    """Writes what each node is into ``kinds`` (n,); 0 where the profile does not go."""
    for v in range(routable.size):
        if not routable[v]:
            kinds[v] = 0
            continue
        one: Whole = -1
        two: Whole = -1
        out_one, out_two, in_one, in_two = 0, 0, 0, 0
        many = False
        for e in range(np.int64(out.first[v]), np.int64(out.first[v + 1])):
            if not _leads(out, routable, v, e):
                continue
            u = np.int64(out.head[e])
            if one < 0 or u == one:
                one = u
                out_one += 1
            elif two < 0 or u == two:
                two = u
                out_two += 1
            else:
                many = True
        for e in range(np.int64(back.first[v]), np.int64(back.first[v + 1])):
            if not _leads(back, routable, v, e):
                continue
            u = np.int64(back.head[e])
            if one < 0 or u == one:
                one = u
                in_one += 1
            elif two < 0 or u == two:
                two = u
                in_two += 1
            else:
                many = True
        kinds[v] = JUNCTION
        if many or one < 0:
            continue
        if two < 0:
            if out_one == 1 and in_one == 1:
                kinds[v] = LEAF
        elif out_one == 1 and in_one == 1 and out_two == 1 and in_two == 1:
            kinds[v] = TWO_WAY
        elif out_one + in_one == 1 and out_two + in_two == 1 and out_one + out_two == 1:
            kinds[v] = ONE_WAY


@inlined
def _edge(edges: Edges, tail: Whole, head: Whole) -> Whole:
    """The passable edge between two nodes that have a single one."""
    for e in range(np.int64(edges.first[tail]), np.int64(edges.first[tail + 1])):
        if edges.head[e] == head and edges.seconds[e] < np.inf:
            return e
    return -1


@compiled
def _trace(  # noqa: PLR0912, PLR0915 (one walk, compiled)
    junction_node: Whole,
    out: Edges,
    routable: npt.NDArray[np.bool_],
    kinds: npt.NDArray[np.uint8],
    into: Contracted,
    counts: tuple[Whole, Whole, Whole],
) -> tuple[Whole, Whole, Whole]:
    """Follows every street that leaves a junction up to the next one."""
    nodes, chains, chain_nodes = into.nodes, into.chains, into.chain_nodes
    n_chains, n_nodes, n_edges = counts
    me = nodes[junction_node, PLACE] & np.uint32(IS_JUNCTION - 1)
    for e in range(np.int64(out.first[junction_node]), np.int64(out.first[junction_node + 1])):
        if not _leads(out, routable, junction_node, e):
            continue
        here = np.int64(out.head[e])
        if kinds[here] == JUNCTION:
            seconds = _units(out.seconds[e])
            if seconds != NONE:
                into.tail[n_edges] = me
                into.head[n_edges] = nodes[here, PLACE] & np.uint32(IS_JUNCTION - 1)
                into.cost[n_edges] = (np.uint64(seconds) << np.uint64(32)) | np.uint64(
                    out.length_m[e] * METRES + 0.5
                )
                n_edges += 1
            continue
        if nodes[here, PLACE] != NONE:
            continue  # followed from its other end
        two_way = kinds[here] != ONE_WAY
        before = np.int64(junction_node)
        there_s, back_s, metres = 0.0, 0.0, 0.0
        first = n_nodes
        step = e
        while True:
            there_s += out.seconds[step]
            metres += out.length_m[step]
            if two_way:
                back_s += out.seconds[_edge(out, here, before)]
            if kinds[here] == JUNCTION:
                break
            nodes[here, PLACE] = n_chains
            nodes[here, FROM_S] = _units(there_s)
            nodes[here, TO_S] = _units(back_s) if two_way else NONE
            nodes[here, ALONG_M] = np.uint32(metres * METRES + 0.5)
            chain_nodes[n_nodes] = here
            n_nodes += 1
            if kinds[here] == LEAF:
                break
            step = -1
            for following in range(np.int64(out.first[here]), np.int64(out.first[here + 1])):
                if out.head[following] != before and _leads(out, routable, here, following):
                    step = following
            before = here
            here = np.int64(out.head[step])
        hangs = kinds[here] == LEAF
        end = me if hangs else nodes[here, PLACE] & np.uint32(IS_JUNCTION - 1)
        there = NONE if hangs else _units(there_s)
        back = NONE if hangs or not two_way else _units(back_s)
        length = np.uint32(metres * METRES + 0.5)
        chains[n_chains, START] = me
        chains[n_chains, END] = end
        chains[n_chains, TOTAL_S] = there
        chains[n_chains, BACK_S] = back
        chains[n_chains, TOTAL_M] = length
        chains[n_chains, FIRST] = first
        chains[n_chains, COUNT] = n_nodes - first
        n_chains += 1
        if there != NONE and end != me:
            into.tail[n_edges] = me
            into.head[n_edges] = end
            into.cost[n_edges] = (np.uint64(there) << np.uint64(32)) | np.uint64(length)
            n_edges += 1
        if back != NONE and end != me:
            into.tail[n_edges] = end
            into.head[n_edges] = me
            into.cost[n_edges] = (np.uint64(back) << np.uint64(32)) | np.uint64(length)
            n_edges += 1
    return n_chains, n_nodes, n_edges


@compiled
def _contract(
    out: Edges,
    routable: npt.NDArray[np.bool_],
    kinds: npt.NDArray[np.uint8],
    junctions: UIntArray,
    n_junctions: Whole,
    into: Contracted,
) -> tuple[Whole, Whole, Whole, Whole]:
    """Fills ``into``; how many junctions, chains, nodes in chains and edges there are."""
    counts = (0, 0, 0)
    for j in range(n_junctions):
        into.nodes[junctions[j], PLACE] = np.uint32(j) | np.uint32(IS_JUNCTION)
    for j in range(n_junctions):
        counts = _trace(np.int64(junctions[j]), out, routable, kinds, into, counts)
    for v in range(kinds.size):  # a ring, or a single street with two dead ends: no junction in it
        if kinds[v] > JUNCTION and into.nodes[v, PLACE] == NONE:
            kinds[v] = JUNCTION
            junctions[n_junctions] = v
            into.nodes[v, PLACE] = np.uint32(n_junctions) | np.uint32(IS_JUNCTION)
            n_junctions += 1
            counts = _trace(v, out, routable, kinds, into, counts)
    return n_junctions, counts[0], counts[1], counts[2]


def contract(
    out: Edges,
    back: Edges,
    routable: npt.NDArray[np.bool_],
    latitude: FloatArray,
    longitude: FloatArray,
) -> Contracted:
    """The junctions and chains of the ``routable`` part of a network.

    ``out`` and ``back`` are the same edges by their start and by their end. An edge and its
    opposite are taken to be equally long; their seconds may differ.
    """
    n, e = routable.size, out.head.size
    kinds = np.zeros(n, np.uint8)
    classify(out, back, routable, kinds)
    found = np.flatnonzero(kinds == JUNCTION)
    order = np.argsort(curve(latitude[found], longitude[found]), kind="stable")
    junctions = np.empty(n, np.uint32)
    junctions[: found.size] = found[order]
    inside = int(np.count_nonzero(kinds > JUNCTION))
    nodes = np.zeros((n, 4), np.uint32)
    nodes[:, PLACE] = NONE
    room = Contracted(
        nodes=nodes,
        chains=np.zeros((inside, 8), np.uint32),
        chain_nodes=np.zeros(inside, np.uint32),
        junctions=junctions,
        tail=np.zeros(e + 2 * inside, np.uint32),
        head=np.zeros(e + 2 * inside, np.uint32),
        cost=np.zeros(e + 2 * inside, np.uint64),
    )
    j, c, m, k = _contract(out, routable, kinds, junctions, found.size, room)
    return Contracted(
        nodes=nodes,
        chains=room.chains[:c].copy(),
        chain_nodes=room.chain_nodes[:m].copy(),
        junctions=junctions[:j].copy(),
        tail=room.tail[:k].copy(),
        head=room.head[:k].copy(),
        cost=room.cost[:k].copy(),
    )
