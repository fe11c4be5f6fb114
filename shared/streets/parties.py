"""Places of one kind, put on a profile's network, and what a found cost means for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.streets.chains import (
    END,
    IS_JUNCTION,
    METRES,
    NONE,
    PLACE,
    START,
    CostArray,
    FloatArray,
    UIntArray,
    Whole,
)
from shared.streets.search import (
    NEVER,
    WAITED_FOR,
    Desk,
    IntArray,
    Network,
    from_end,
    from_start,
    within_chain,
)
from shared.streets.snapping import Grid, snap

ModeArray = npt.NDArray[np.uint8]

PROFILE_OF_MODE = (0, 1, 1, 2, 2)
"""Walking, cycling, driving by mode: foot, bicycle, e-bike, motorcycle, car."""

A_JUNCTION, A_COST, B_JUNCTION, B_COST = 0, 1, 2, 3
"""How a node hangs on its junctions: columns."""


class Party(NamedTuple):
    """Places of one kind in one profile's network, m of them."""

    nodes: IntArray
    """(m,) -1: no street near."""
    stretch_m: FloatArray
    """(m,) from the place to the node."""
    chains: IntArray
    """(m,) the chain or junction, -1: none."""
    hangs: CostArray
    """(m, 4): see ``A_JUNCTION``."""


@inlined
def hang(
    nodes: UIntArray,
    chains: UIntArray,
    profile: Whole,
    node: Whole,
    direction: Whole,
    hangs: CostArray,
    i: Whole,
) -> None:
    """Writes which two junctions a node lies between and what lies between, for that direction."""
    hangs[i, A_JUNCTION] = 0
    hangs[i, B_JUNCTION] = 0
    hangs[i, A_COST] = np.uint64(NEVER)
    hangs[i, B_COST] = np.uint64(NEVER)
    if node < 0:
        return
    place = nodes[profile, node, PLACE]
    if place == NONE:
        return
    if place & np.uint32(IS_JUNCTION):
        hangs[i, A_JUNCTION] = np.uint64(place & np.uint32(IS_JUNCTION - 1))
        hangs[i, A_COST] = np.uint64(0)
        return
    hangs[i, A_JUNCTION] = np.uint64(chains[place, START])
    hangs[i, A_COST] = from_start(nodes, profile, node, direction)
    hangs[i, B_JUNCTION] = np.uint64(chains[place, END])
    hangs[i, B_COST] = from_end(nodes, chains, profile, node, direction)


@inlined
def metres_of(cost: Whole, within: Whole, stretch_m: float) -> float:
    """Metres of a way with the stretches at both ends; ``inf`` beyond the bound."""
    if np.int64(cost >> np.uint64(32)) > within:
        return np.inf
    return np.float64(np.int64(cost & np.uint64(NONE))) * (1 / METRES) + stretch_m


@inlined
def seconds_of(cost: Whole, within: Whole, stretch_m: float, unit_s: float, pace_s: float) -> float:
    """Seconds of it: a unit of the cost takes ``unit_s``, a metre of stretch ``pace_s``."""
    if np.int64(cost >> np.uint64(32)) > within:
        return np.inf
    return np.float64(np.int64(cost >> np.uint64(32))) * unit_s + stretch_m * pace_s


@leaf
def _put_down(
    network: Network,
    grid: Grid,
    profile: Whole,
    direction: Whole,
    places: FloatArray,
    rows: IntArray,
    snap_max_m: float,
    party: Party,
) -> None:
    """Fills a party with some rows of (n, 2) places."""
    every, all_chains = network.nodes, network.chains
    nodes, stretch_m, chains, hangs = party
    for i in range(rows.size):
        place = rows[i]
        node, metres = snap(grid, profile, places[place, 0], places[place, 1], snap_max_m)
        nodes[i] = node
        stretch_m[i] = metres
        chains[i] = -1 if node < 0 else np.int64(every[profile, node, PLACE])
        hang(every, all_chains, profile, node, direction, hangs, i)


@compiled
def gather(
    network: Network,
    grid: Grid,
    profile: Whole,
    direction: Whole,
    places: FloatArray,
    rows: IntArray,
    snap_max_m: float,
) -> Party:
    """Some rows of (n, 2) places, snapped to the profile's network."""
    m = rows.size
    party = Party(
        np.empty(m, np.int64), np.empty(m), np.empty(m, np.int64), np.empty((m, 4), np.uint64)
    )
    _put_down(network, grid, profile, direction, places, rows, snap_max_m, party)
    return party


@leaf
def want(desk: Desk, party: Party) -> None:
    """The next search shall not stop before the ways of these are known."""
    wanted, hangs = desk.wanted, party.hangs
    more = 0
    for i in range(hangs.shape[0]):
        if hangs[i, A_COST] < np.uint64(NEVER) and wanted[hangs[i, A_JUNCTION]] == 0:
            wanted[hangs[i, A_JUNCTION]] = 1
            more += 1
        if hangs[i, B_COST] < np.uint64(NEVER) and wanted[hangs[i, B_JUNCTION]] == 0:
            wanted[hangs[i, B_JUNCTION]] = 1
            more += 1
    desk.state[WAITED_FOR] += more


@leaf
def read(
    network: Network,
    desk: Desk,
    direction: Whole,
    profile: Whole,
    origin: Whole,
    party: Party,
    costs: CostArray,
) -> None:
    """What the search from that node has found for these, who wait no more."""
    wanted, on_desk, every = desk.wanted, desk.cost, network.nodes
    nodes, chains, hangs = party.nodes, party.chains, party.hangs
    chain = np.int64(every[profile, origin, PLACE])
    for i in range(nodes.size):
        one, other = hangs[i, A_JUNCTION], hangs[i, B_JUNCTION]
        wanted[one] = 0
        wanted[other] = 0
        cost = min(on_desk[one] + hangs[i, A_COST], on_desk[other] + hangs[i, B_COST])
        if chains[i] == chain:
            cost = min(cost, within_chain(every, direction, profile, origin, nodes[i]))
        costs[i] = cost
