"""All ways of one decision in one compiled call."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.streets.chains import (
    END,
    IS_JUNCTION,
    METRES,
    NONE,
    PLACE,
    SECONDS,
    START,
    CostArray,
    FloatArray,
    Whole,
)
from shared.streets.search import (
    BACKWARDS,
    FORWARDS,
    NEVER,
    Desk,
    IntArray,
    Network,
    from_end,
    from_start,
    search,
    unwant,
    want,
    wipe,
    within_chain,
)
from shared.streets.snapping import Grid, snap
from shared.streets.trees import NOW, USED, Pool, at_junction, tree_of

ModeArray = npt.NDArray[np.uint8]

PROFILE_OF_MODE = (0, 1, 1, 2, 2)
"""Walking, cycling, driving by mode: foot, bicycle, e-bike, motorcycle, car."""

A_JUNCTION, A_COST, B_JUNCTION, B_COST = 0, 1, 2, 3
"""How a node hangs on its junctions: columns."""


@inlined
def hang(network: Network, profile: Whole, node: Whole, direction: Whole, row: CostArray) -> None:
    """Writes which two junctions a node lies between and what lies between, for that direction."""
    row[A_JUNCTION] = 0
    row[B_JUNCTION] = 0
    row[A_COST] = np.uint64(NEVER)
    row[B_COST] = np.uint64(NEVER)
    if node < 0:
        return
    place = network.nodes[profile, node, PLACE]
    if place == NONE:
        return
    if place & np.uint32(IS_JUNCTION):
        row[A_JUNCTION] = np.uint64(place & np.uint32(IS_JUNCTION - 1))
        row[A_COST] = np.uint64(0)
        return
    row[A_JUNCTION] = np.uint64(network.chains[place, START])
    row[A_COST] = from_start(network, profile, node, direction)
    row[B_JUNCTION] = np.uint64(network.chains[place, END])
    row[B_COST] = from_end(network, profile, node, direction)


@inlined
def on_desk(desk: Desk, row: CostArray) -> Whole:
    """The cost of a node that hangs like this, out of the search on the desk."""
    a = desk.cost[np.int64(row[A_JUNCTION])] + row[A_COST]
    b = desk.cost[np.int64(row[B_JUNCTION])] + row[B_COST]
    return min(a, b)


@inlined
def in_tree(pool: Pool, slot: Whole, row: CostArray) -> Whole:
    """The same out of a kept tree."""
    a = at_junction(pool, slot, np.int64(row[A_JUNCTION])) + row[A_COST]
    b = at_junction(pool, slot, np.int64(row[B_JUNCTION])) + row[B_COST]
    return min(a, b)


@inlined
def tell(
    cost: Whole,
    within: Whole,
    stretch_m: float,
    unit_s: float,
    pace: float,
) -> tuple[float, float]:
    """Metres and seconds of a way, with the stretches at both ends; ``inf`` beyond the bound."""
    if np.int64(cost >> np.uint64(32)) > within:
        return np.inf, np.inf
    metres = np.float64(cost & np.uint64(NONE)) / METRES + stretch_m
    return metres, np.float64(cost >> np.uint64(32)) * unit_s + stretch_m * pace


@compiled
def ways(  # noqa: PLR0912, PLR0915 (one call, compiled)
    network: Network,
    grid: Grid,
    desk: Desk,
    pool: Pool,
    bounds: IntArray,
    reference_m_s: FloatArray,
    snap_max_m: float,
    rescuers: FloatArray,
    modes: ModeArray,
    aeds: FloatArray,
    latitude: float,
    longitude: float,
    speed_m_s: FloatArray,
    direct_m: FloatArray,
    direct_s: FloatArray,
    to_aed_m: FloatArray,
    to_aed_s: FloatArray,
    from_aed_m: FloatArray,
    from_aed_s: FloatArray,
) -> None:
    """Everybody's way to the patient, to each AED, and from each AED to the patient.

    One search from the patient per profile in use, ended when all are found; AEDs by their trees.
    """
    n, a = rescuers.shape[0], aeds.shape[0]
    nodes, stretch = np.empty(n, np.int64), np.empty(n)
    aed_nodes, aed_stretch = np.empty(a, np.int64), np.empty(a)
    rows = np.empty((n, 4), np.uint64)
    row = np.empty(4, np.uint64)
    pool.state[NOW] += 1
    for profile in range(bounds.size):
        present = 0
        for i in range(n):
            if PROFILE_OF_MODE[modes[i]] != profile:
                continue
            present += 1
            nodes[i], stretch[i] = snap(grid, profile, rescuers[i, 0], rescuers[i, 1], snap_max_m)
            hang(network, profile, nodes[i], BACKWARDS, rows[i])
        if present == 0:
            continue
        within = bounds[profile]
        patient, patient_m = snap(grid, profile, latitude, longitude, snap_max_m)
        for k in range(a):
            aed_nodes[k], aed_stretch[k] = snap(grid, profile, aeds[k, 0], aeds[k, 1], snap_max_m)
        if patient >= 0:
            for i in range(n):
                if PROFILE_OF_MODE[modes[i]] == profile and nodes[i] >= 0:
                    want(network, desk, profile, nodes[i])
            for k in range(a):
                if aed_nodes[k] >= 0:
                    want(network, desk, profile, aed_nodes[k])
            search(network, desk, BACKWARDS, profile, patient, within)
        for i in range(n):
            if PROFILE_OF_MODE[modes[i]] != profile:
                continue
            cost = np.uint64(NEVER)
            if patient >= 0 and nodes[i] >= 0:
                unwant(network, desk, profile, nodes[i])
                along = within_chain(network, BACKWARDS, profile, patient, nodes[i])
                cost = min(along, on_desk(desk, rows[i]))
            pace = 1 / speed_m_s[modes[i]]
            direct_m[i], direct_s[i] = tell(
                cost, within, stretch[i] + patient_m, reference_m_s[profile] * pace / SECONDS, pace
            )
        for k in range(a):
            cost = np.uint64(NEVER)
            if patient >= 0 and aed_nodes[k] >= 0:
                unwant(network, desk, profile, aed_nodes[k])
                hang(network, profile, aed_nodes[k], BACKWARDS, row)
                along = within_chain(network, BACKWARDS, profile, patient, aed_nodes[k])
                cost = min(along, on_desk(desk, row))
            for i in range(n):
                if PROFILE_OF_MODE[modes[i]] == profile:
                    pace = 1 / speed_m_s[modes[i]]
                    from_aed_m[i, k], from_aed_s[i, k] = tell(
                        cost,
                        within,
                        aed_stretch[k] + patient_m,
                        reference_m_s[profile] * pace / SECONDS,
                        pace,
                    )
        wipe(desk)
        for k in range(a):
            slot = -1
            if aed_nodes[k] >= 0:
                slot = tree_of(network, desk, pool, BACKWARDS, profile, aed_nodes[k], within)
            for i in range(n):
                if PROFILE_OF_MODE[modes[i]] != profile:
                    continue
                cost = np.uint64(NEVER)
                if aed_nodes[k] >= 0 and nodes[i] >= 0:
                    along = within_chain(network, BACKWARDS, profile, aed_nodes[k], nodes[i])
                    if slot >= 0:
                        cost = min(along, in_tree(pool, slot, rows[i]))
                    else:
                        cost = min(along, on_desk(desk, rows[i]))
                pace = 1 / speed_m_s[modes[i]]
                to_aed_m[i, k], to_aed_s[i, k] = tell(
                    cost,
                    within,
                    stretch[i] + aed_stretch[k],
                    reference_m_s[profile] * pace / SECONDS,
                    pace,
                )
            if slot < 0 and aed_nodes[k] >= 0:
                wipe(desk)


@compiled
def _find(
    network: Network,
    desk: Desk,
    profile: Whole,
    patient: Whole,
    within: Whole,
    modes: ModeArray,
    nodes: IntArray,
    costs: CostArray,
) -> None:
    """Searches the ways to the patient that are not known yet, into ``costs``."""
    row = np.empty(4, np.uint64)
    search(network, desk, BACKWARDS, profile, patient, within)
    for i in range(nodes.size):
        if PROFILE_OF_MODE[modes[i]] == profile and nodes[i] >= 0 and costs[i] >= np.uint64(NEVER):
            unwant(network, desk, profile, nodes[i])
            hang(network, profile, nodes[i], BACKWARDS, row)
            along = within_chain(network, BACKWARDS, profile, patient, nodes[i])
            costs[i] = min(along, on_desk(desk, row))
    wipe(desk)


@compiled
def arrivals(  # noqa: PLR0912 (one call, compiled)
    network: Network,
    grid: Grid,
    desk: Desk,
    pool: Pool,
    bounds: IntArray,
    far: IntArray,
    enough: Whole,
    reference_m_s: FloatArray,
    snap_max_m: float,
    places: FloatArray,
    modes: ModeArray,
    latitude: float,
    longitude: float,
    speed_m_s: FloatArray,
    metres: FloatArray,
    seconds: FloatArray,
) -> None:
    """Units to the patient: out of kept trees from their places, else one search per profile.

    First within ``bounds``; where fewer than ``enough`` are found, the others within ``far``.
    """
    n = places.shape[0]
    nodes, stretch = np.empty(n, np.int64), np.empty(n)
    costs = np.full(n, np.uint64(NEVER), np.uint64)
    patients, patients_m = np.empty(bounds.size, np.int64), np.empty(bounds.size)
    row = np.empty(4, np.uint64)
    pool.state[NOW] += 1
    for profile in range(bounds.size):
        patients[profile], patients_m[profile] = snap(
            grid, profile, latitude, longitude, snap_max_m
        )
    for i in range(n):
        profile = PROFILE_OF_MODE[modes[i]]
        nodes[i], stretch[i] = snap(grid, profile, places[i, 0], places[i, 1], snap_max_m)
    found = 0
    for profile in range(bounds.size):
        patient = patients[profile]
        hang(network, profile, patient, FORWARDS, row)
        missing = 0
        for i in range(n):
            if PROFILE_OF_MODE[modes[i]] != profile or nodes[i] < 0 or patient < 0:
                continue
            slot = np.int64(pool.slot_of[profile, nodes[i]]) - 1
            if slot < 0:
                want(network, desk, profile, nodes[i])
                missing += 1
                continue
            pool.trees[slot, USED] = pool.state[NOW]
            along = within_chain(network, FORWARDS, profile, nodes[i], patient)
            costs[i] = min(along, in_tree(pool, slot, row))
        if missing > 0:
            _find(network, desk, profile, patient, bounds[profile], modes, nodes, costs)
        for i in range(n):
            if PROFILE_OF_MODE[modes[i]] == profile:
                if np.int64(costs[i] >> np.uint64(32)) <= bounds[profile]:
                    found += 1
                else:
                    costs[i] = np.uint64(NEVER)
    more = found < min(enough, n)
    for profile in range(bounds.size):
        missing = 0
        for i in range(n):
            if (
                more
                and PROFILE_OF_MODE[modes[i]] == profile
                and nodes[i] >= 0
                and patients[profile] >= 0
                and costs[i] == np.uint64(NEVER)
            ):
                want(network, desk, profile, nodes[i])
                missing += 1
        if missing > 0:
            _find(network, desk, profile, patients[profile], far[profile], modes, nodes, costs)
    for i in range(n):
        profile = PROFILE_OF_MODE[modes[i]]
        pace = 1 / speed_m_s[i]
        metres[i], seconds[i] = tell(
            costs[i],
            far[profile],
            stretch[i] + patients_m[profile],
            reference_m_s[profile] * pace / SECONDS,
            pace,
        )


@compiled
def legs(
    network: Network,
    grid: Grid,
    desk: Desk,
    profile: Whole,
    within: Whole,
    reference_m_s: float,
    snap_max_m: float,
    origins: FloatArray,
    destinations: FloatArray,
    speed_m_s: float,
    metres: FloatArray,
    seconds: FloatArray,
) -> None:
    """From all origins to all destinations: a search from each of the fewer."""
    n, m = origins.shape[0], destinations.shape[0]
    direction = BACKWARDS if m <= n else FORWARDS
    roots, others = (destinations, origins) if m <= n else (origins, destinations)
    nodes, stretch = np.empty(others.shape[0], np.int64), np.empty(others.shape[0])
    rows = np.empty((others.shape[0], 4), np.uint64)
    for i in range(others.shape[0]):
        nodes[i], stretch[i] = snap(grid, profile, others[i, 0], others[i, 1], snap_max_m)
        hang(network, profile, nodes[i], direction, rows[i])
    pace = 1 / speed_m_s
    for k in range(roots.shape[0]):
        root, root_m = snap(grid, profile, roots[k, 0], roots[k, 1], snap_max_m)
        if root >= 0:
            for i in range(others.shape[0]):
                if nodes[i] >= 0:
                    want(network, desk, profile, nodes[i])
            search(network, desk, direction, profile, root, within)
        for i in range(others.shape[0]):
            cost = np.uint64(NEVER)
            if root >= 0 and nodes[i] >= 0:
                unwant(network, desk, profile, nodes[i])
                along = within_chain(network, direction, profile, root, nodes[i])
                cost = min(along, on_desk(desk, rows[i]))
            told = tell(cost, within, stretch[i] + root_m, reference_m_s * pace / SECONDS, pace)
            if direction == BACKWARDS:
                metres[i, k], seconds[i, k] = told
            else:
                metres[k, i], seconds[k, i] = told
        wipe(desk)


@compiled
def prepare(
    network: Network,
    grid: Grid,
    desk: Desk,
    pool: Pool,
    direction: Whole,
    profile: Whole,
    within: Whole,
    latitude: float,
    longitude: float,
    snap_max_m: float,
) -> None:
    """Makes the tree of one place, where there is a street."""
    node, _ = snap(grid, profile, latitude, longitude, snap_max_m)
    if node >= 0 and tree_of(network, desk, pool, direction, profile, node, within) < 0:
        wipe(desk)
