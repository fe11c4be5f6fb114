"""Bounded shortest paths over junctions, compiled.

One search starts at a place with what it costs to get from there to the junctions around, and goes
along the edges (or backwards against them: everybody's way *to* that place). It keeps what is still
to be looked at in buckets of about two seconds, so that putting a junction in and taking it out
cost the same however many there are; what comes out of a bucket may be looked at again until the
bucket is empty, then everything in it is final. Costs are whole numbers (:mod:`shared.streets
.chains`), so the order of looking cannot be seen in the result.

It stops when all junctions that somebody waits for are final, or at the bound. Afterwards only
what was touched is wiped, so that a small search in a large network stays a small search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import inlined, leaf
from shared.streets.chains import (
    ALONG_M,
    BACK_S,
    END,
    FROM_S,
    IS_JUNCTION,
    NONE,
    PLACE,
    START,
    TO_S,
    TOTAL_M,
    TOTAL_S,
    CostArray,
    UIntArray,
    Whole,
)

IntArray = npt.NDArray[np.int64]

BUCKET_BITS = 18
"""A bucket holds 2**18 units of 1/131072 s: two seconds."""
NEVER = 0x7FFF_FFFF_FFFF_FFFF
"""No way, as a cost: longer than any bound, and two of them can still be added."""
FORWARDS, BACKWARDS = 0, 1


class Network(NamedTuple):
    """The junctions of all profiles in one numbering, with their edges in both directions."""

    nodes: UIntArray
    """(profiles, n, 4): see ``chains.PLACE``; numbers of chains and junctions are overall."""
    chains: UIntArray
    """(c, 8): see ``chains.START``."""
    first: UIntArray
    """(2, j + 1): the edges that leave each junction, and those that come to it."""
    edges: CostArray
    """(2, e, 2): cost, and the junction at the other end."""


class Desk(NamedTuple):
    """Room for one search at a time; as it was between searches."""

    cost: CostArray
    """(j,) ``NEVER`` where the search did not come."""
    wanted: npt.NDArray[np.uint8]
    """(j,) 1 where somebody waits."""
    buckets: npt.NDArray[np.int32]
    """The newest entry of each, -1."""
    entries: CostArray
    """(m, 2): cost, and (the entry before in the bucket + 1) · 2**32 + junction."""
    state: IntArray
    """(8,): see ``ENTRIES``."""


ENTRIES, WAITED_FOR, SETTLED, SEARCHES, SETTLED_EVER, TIDIED = 0, 1, 2, 3, 4, 5
"""Columns of a desk's state: of this search the entries, the junctions waited for and settled; of
all searches their number, the junctions settled, and how often entries were thrown out."""


def desk_for(network: Network, within_s_most: float, room: int = 0) -> Desk:
    """Room for searches in that network up to that bound (reference seconds).

    ``room`` is how many entries it holds: more than there are junctions; 0 is twice as many.
    """
    junctions = network.first.shape[1] - 1
    return Desk(
        cost=np.full(junctions, NEVER, np.uint64),
        wanted=np.zeros(junctions, np.uint8),
        buckets=np.full((int(within_s_most) >> (BUCKET_BITS - 17)) + 2, -1, np.int32),
        entries=np.zeros((room or 2 * junctions + 64, 2), np.uint64),
        state=np.zeros(8, np.int64),
    )


@inlined
def _begin(desk: Desk, junction: Whole, cost: Whole, limit: Whole) -> None:
    """Notes what it costs to a junction next to the start, unless it lies beyond the limit."""
    if cost >= desk.cost[junction] or cost > limit:
        return
    at = desk.state[ENTRIES]
    desk.cost[junction] = cost
    bucket = np.int64(cost >> np.uint64(32 + BUCKET_BITS))
    desk.entries[at, 0] = cost
    desk.entries[at, 1] = (np.uint64(desk.buckets[bucket] + 1) << np.uint64(32)) | np.uint64(
        junction
    )
    desk.buckets[bucket] = at
    desk.state[ENTRIES] = at + 1


@leaf
def _tidy(desk: Desk, bucket: Whole, last: Whole) -> Whole:
    """Throws entries out for which there is a better one; how many are left.

    What lies in the present bucket is put there once more, as nobody knows what was looked at.
    """
    costs, buckets, entries = desk.cost, desk.buckets, desk.entries
    for b in range(bucket, last + 1):
        buckets[b] = -1
    left = 0
    for entry in range(entries.shape[0]):
        cost = entries[entry, 0]
        junction = entries[entry, 1] & np.uint64(NONE)
        if costs[junction] != cost:
            continue
        into = np.int64(cost >> np.uint64(32 + BUCKET_BITS))
        entries[left, 0] = cost
        entries[left, 1] = junction
        if into >= bucket:
            entries[left, 1] |= np.uint64(np.int64(buckets[into]) + 1) << np.uint64(32)
            buckets[into] = left
        left += 1
    return left


@inlined
def _pair(seconds: Whole, metres: Whole) -> Whole:
    return (np.uint64(seconds) << np.uint64(32)) | np.uint64(metres)


@inlined
def from_start(nodes: UIntArray, profile: Whole, node: Whole, direction: Whole) -> Whole:
    """Cost between a node in a chain and the chain's start, for a search in that direction.

    Forwards it is what it costs from the start to the node, backwards from the node to the start.
    """
    seconds = nodes[profile, node, FROM_S] if direction == FORWARDS else nodes[profile, node, TO_S]
    if seconds == NONE:
        return np.uint64(NEVER)
    return _pair(seconds, nodes[profile, node, ALONG_M])


@inlined
def from_end(
    nodes: UIntArray, chains: UIntArray, profile: Whole, node: Whole, direction: Whole
) -> Whole:
    """The same between the node and the chain's end."""
    chain = np.int64(nodes[profile, node, PLACE])
    # from the end to the node: the whole way back without what is left from the node to the start
    total = chains[chain, BACK_S] if direction == FORWARDS else chains[chain, TOTAL_S]
    part = nodes[profile, node, TO_S] if direction == FORWARDS else nodes[profile, node, FROM_S]
    if total == NONE or part == NONE:  # noqa: PLR1714 (compiled)
        return np.uint64(NEVER)
    return _pair(total - part, chains[chain, TOTAL_M] - nodes[profile, node, ALONG_M])


@leaf
def search(  # noqa: PLR0915 (one loop, compiled)
    network: Network, desk: Desk, direction: Whole, profile: Whole, node: Whole, within: Whole
) -> None:
    """From a node outwards (or from everywhere to it): costs of junctions in ``desk.cost``.

    ``within`` is the bound in units of seconds. Stops early when everything wanted is final.
    Afterwards :func:`wipe` must be called; the costs of the entries' junctions are final as far
    as somebody waited for them, or all, where nobody did.
    """
    limit = (np.uint64(within) << np.uint64(32)) | np.uint64(NONE)
    place = network.nodes[profile, node, PLACE]
    state = desk.state
    state[SEARCHES] += 1
    state[SETTLED] = 0
    if place == NONE:
        return
    opposite = BACKWARDS if direction == FORWARDS else FORWARDS
    if place & np.uint32(IS_JUNCTION):
        _begin(desk, np.int64(place & np.uint32(IS_JUNCTION - 1)), np.uint64(0), limit)
    else:
        cost = from_start(network.nodes, profile, node, opposite)
        _begin(desk, np.int64(network.chains[place, START]), cost, limit)
        cost = from_end(network.nodes, network.chains, profile, node, opposite)
        _begin(desk, np.int64(network.chains[place, END]), cost, limit)
    # arrays by their own names: taken out of a tuple in a loop each costs as much as a junction
    first, edges = network.first[direction], network.edges[direction]
    costs, wanted, buckets, entries = desk.cost, desk.wanted, desk.buckets, desk.entries
    room = entries.shape[0]
    at = state[ENTRIES]
    waited_for = state[WAITED_FOR]
    to_the_bound = waited_for == 0
    settled = 0
    for bucket in range((within >> BUCKET_BITS) + 1):
        entry = np.int64(buckets[bucket])
        while entry >= 0:
            cost = entries[entry, 0]
            word = entries[entry, 1]
            buckets[bucket] = np.int64(word >> np.uint64(32)) - 1
            junction = word & np.uint64(NONE)
            if costs[junction] == cost:
                settled += 1
                if wanted[junction]:
                    wanted[junction] = 0
                    waited_for -= 1
                for e in range(np.int64(first[junction]), np.int64(first[junction + np.uint64(1)])):
                    there = cost + edges[e, 0]
                    other = edges[e, 1]
                    if there < costs[other] and there <= limit:
                        if at == room:
                            at = _tidy(desk, bucket, within >> BUCKET_BITS)
                            state[TIDIED] += 1
                        costs[other] = there
                        into = np.int64(there >> np.uint64(32 + BUCKET_BITS))
                        entries[at, 0] = there
                        entries[at, 1] = (
                            np.uint64(np.int64(buckets[into]) + 1) << np.uint64(32)
                        ) | other
                        buckets[into] = at
                        at += 1
            entry = np.int64(buckets[bucket])
        if waited_for == 0 and not to_the_bound:
            break
    state[ENTRIES] = at
    state[WAITED_FOR] = waited_for
    state[SETTLED] = settled
    state[SETTLED_EVER] += settled


@leaf
def wipe(desk: Desk) -> None:
    """Makes the desk as it was; who waits no more says so before (``wanted``)."""
    entries, costs, buckets = desk.entries, desk.cost, desk.buckets
    for entry in range(desk.state[ENTRIES]):
        buckets[np.int64(entries[entry, 0] >> np.uint64(32 + BUCKET_BITS))] = -1
        costs[np.int64(entries[entry, 1] & np.uint64(NONE))] = np.uint64(NEVER)
    desk.state[ENTRIES] = 0
    desk.state[WAITED_FOR] = 0


@inlined
def within_chain(
    nodes: UIntArray, direction: Whole, profile: Whole, origin: Whole, node: Whole
) -> Whole:
    """Cost between two nodes of one chain along it; ``NEVER`` when they are not in one."""
    place = nodes[profile, origin, PLACE]
    if place != nodes[profile, node, PLACE] or place == NONE:
        return np.uint64(NEVER)
    if place & np.uint32(IS_JUNCTION):
        return np.uint64(0)
    a, b = (origin, node) if direction == FORWARDS else (node, origin)
    a_m, b_m = nodes[profile, a, ALONG_M], nodes[profile, b, ALONG_M]
    if a_m <= b_m and nodes[profile, a, FROM_S] <= nodes[profile, b, FROM_S]:
        if nodes[profile, b, FROM_S] == NONE:
            return np.uint64(NEVER)
        return _pair(nodes[profile, b, FROM_S] - nodes[profile, a, FROM_S], b_m - a_m)
    if nodes[profile, a, TO_S] == NONE:
        return np.uint64(NEVER)
    return _pair(nodes[profile, a, TO_S] - nodes[profile, b, TO_S], a_m - b_m)
