"""Places of one kind, put on a profile's network, and what a found cost means for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.streets.chains import (
    END,
    IS_JUNCTION,
    METRES,
    NONE,
    PLACE,
    START,
    CostArray,
    FloatArray,
    Whole,
)
from shared.streets.search import (
    NEVER,
    Desk,
    IntArray,
    Network,
    from_end,
    from_start,
)
from shared.streets.snapping import Grid, snap
from shared.streets.trees import Pool, at_junction

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
    network: Network, profile: Whole, node: Whole, direction: Whole, hangs: CostArray, i: Whole
) -> None:
    """Writes which two junctions a node lies between and what lies between, for that direction."""
    hangs[i, A_JUNCTION] = 0
    hangs[i, B_JUNCTION] = 0
    hangs[i, A_COST] = np.uint64(NEVER)
    hangs[i, B_COST] = np.uint64(NEVER)
    if node < 0:
        return
    place = network.nodes[profile, node, PLACE]
    if place == NONE:
        return
    if place & np.uint32(IS_JUNCTION):
        hangs[i, A_JUNCTION] = np.uint64(place & np.uint32(IS_JUNCTION - 1))
        hangs[i, A_COST] = np.uint64(0)
        return
    hangs[i, A_JUNCTION] = np.uint64(network.chains[place, START])
    hangs[i, A_COST] = from_start(network, profile, node, direction)
    hangs[i, B_JUNCTION] = np.uint64(network.chains[place, END])
    hangs[i, B_COST] = from_end(network, profile, node, direction)


@inlined
def on_desk(desk: Desk, hangs: CostArray, i: Whole) -> Whole:
    """The cost of a node that hangs like this, out of the search on the desk."""
    a = desk.cost[hangs[i, A_JUNCTION]] + hangs[i, A_COST]
    b = desk.cost[hangs[i, B_JUNCTION]] + hangs[i, B_COST]
    return min(a, b)


@inlined
def in_tree(pool: Pool, slot: Whole, hangs: CostArray, i: Whole) -> Whole:
    """The same out of a kept tree."""
    a = at_junction(pool, slot, np.int64(hangs[i, A_JUNCTION])) + hangs[i, A_COST]
    b = at_junction(pool, slot, np.int64(hangs[i, B_JUNCTION])) + hangs[i, B_COST]
    return min(a, b)


@inlined
def metres_of(cost: Whole, within: Whole, stretch_m: float) -> float:
    """Metres of a way with the stretches at both ends; ``inf`` beyond the bound."""
    if np.int64(cost >> np.uint64(32)) > within:
        return np.inf
    return np.float64(cost & np.uint64(NONE)) * (1 / METRES) + stretch_m


@inlined
def seconds_of(cost: Whole, within: Whole, stretch_m: float, unit_s: float, pace_s: float) -> float:
    """Seconds of it: a unit of the cost takes ``unit_s``, a metre of stretch ``pace_s``."""
    if np.int64(cost >> np.uint64(32)) > within:
        return np.inf
    return np.float64(np.int64(cost >> np.uint64(32))) * unit_s + stretch_m * pace_s


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
    for i in range(m):
        place = rows[i]
        node, metres = snap(grid, profile, places[place, 0], places[place, 1], snap_max_m)
        party.nodes[i] = node
        party.stretch_m[i] = metres
        party.chains[i] = -1 if node < 0 else np.int64(network.nodes[profile, node, PLACE])
        hang(network, profile, node, direction, party.hangs, i)
    return party
