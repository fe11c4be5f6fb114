"""Units to the patient, ways between any places, and trees made in advance."""

from __future__ import annotations

import numpy as np

from shared.compiled import compiled
from shared.streets.chains import (
    SECONDS,
    CostArray,
    FloatArray,
    Whole,
)
from shared.streets.parties import (
    PROFILE_OF_MODE,
    ModeArray,
    Party,
    gather,
    hang,
    in_tree,
    metres_of,
    on_desk,
    seconds_of,
)
from shared.streets.search import (
    BACKWARDS,
    FORWARDS,
    NEVER,
    Desk,
    IntArray,
    Network,
    search,
    unwant,
    want,
    wipe,
    within_chain,
)
from shared.streets.snapping import Grid, snap
from shared.streets.trees import NOW, USED, Pool, tree_of


@compiled
def _find(
    network: Network,
    desk: Desk,
    profile: Whole,
    patient: Whole,
    within: Whole,
    units: Party,
    costs: CostArray,
    missing: ModeArray,
) -> None:
    """Searches the ways to the patient that are ``missing``, into ``costs``."""
    some = False
    for i in range(missing.size):
        if missing[i]:
            want(network, desk, profile, units.nodes[i])
            some = True
    if not some:
        return
    search(network, desk, BACKWARDS, profile, patient, within)
    for i in range(missing.size):
        if missing[i]:
            unwant(network, desk, profile, units.nodes[i])
            along = within_chain(network, BACKWARDS, profile, patient, units.nodes[i])
            costs[i] = min(along, on_desk(desk, units.hangs, i))
    wipe(desk)


@compiled
def _units_to_patient(
    network: Network,
    desk: Desk,
    pool: Pool,
    profile: Whole,
    within: Whole,
    patient: Whole,
    units: Party,
    costs: CostArray,
) -> Whole:
    """Costs within the bound, out of trees where there are any; how many were found."""
    n = units.nodes.size
    costs[:] = np.uint64(NEVER)
    if patient < 0:
        return 0
    here = np.empty((1, 4), np.uint64)
    hang(network, profile, patient, FORWARDS, here, 0)
    missing = np.zeros(n, np.uint8)
    for i in range(n):
        if units.nodes[i] < 0:
            continue
        slot = np.int64(pool.slot_of[profile, units.nodes[i]]) - 1
        if slot < 0:
            missing[i] = 1
            continue
        pool.trees[slot, USED] = pool.state[NOW]
        along = within_chain(network, FORWARDS, profile, units.nodes[i], patient)
        costs[i] = min(along, in_tree(pool, slot, here, 0))
    _find(network, desk, profile, patient, within, units, costs, missing)
    found = 0
    for i in range(n):
        if np.int64(costs[i] >> np.uint64(32)) <= within:
            found += 1
        else:
            costs[i] = np.uint64(NEVER)
    return found


@compiled
def arrivals(
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
    members = np.empty(n, np.int64)
    costs = np.empty(n, np.uint64)
    found = 0
    pool.state[NOW] += 1
    for near in (True, False):
        if not near and found >= min(enough, n):
            return
        for profile in range(bounds.size):
            m = 0
            for i in range(n):
                if PROFILE_OF_MODE[modes[i]] == profile and (near or metres[i] == np.inf):
                    members[m] = i
                    m += 1
            if m == 0:
                continue
            patient, patient_m = snap(grid, profile, latitude, longitude, snap_max_m)
            units = gather(network, grid, profile, BACKWARDS, places, members[:m], snap_max_m)
            within = bounds[profile] if near else far[profile]
            if near:
                found += _units_to_patient(
                    network, desk, pool, profile, within, patient, units, costs[:m]
                )
            else:
                costs[:m] = np.uint64(NEVER)
                missing = (units.nodes >= 0) & (patient >= 0)
                _find(
                    network, desk, profile, patient, within, units, costs[:m],
                    missing.astype(np.uint8),
                )  # fmt: skip
            for j in range(m):
                i = members[j]
                stretch, pace_s = units.stretch_m[j] + patient_m, 1 / speed_m_s[i]
                unit_s = reference_m_s[profile] * pace_s / SECONDS
                metres[i] = metres_of(costs[j], within, stretch)
                seconds[i] = seconds_of(costs[j], within, stretch, unit_s, pace_s)


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
    party = gather(
        network, grid, profile, direction, others, np.arange(others.shape[0]), snap_max_m
    )
    pace_s = 1 / speed_m_s
    unit_s = reference_m_s * pace_s / SECONDS
    for k in range(roots.shape[0]):
        root, root_m = snap(grid, profile, roots[k, 0], roots[k, 1], snap_max_m)
        if root >= 0:
            for i in range(party.nodes.size):
                if party.nodes[i] >= 0:
                    want(network, desk, profile, party.nodes[i])
            search(network, desk, direction, profile, root, within)
        for i in range(party.nodes.size):
            cost = np.uint64(NEVER)
            if root >= 0 and party.nodes[i] >= 0:
                unwant(network, desk, profile, party.nodes[i])
                along = within_chain(network, direction, profile, root, party.nodes[i])
                cost = min(along, on_desk(desk, party.hangs, i))
            stretch = party.stretch_m[i] + root_m
            told_m = metres_of(cost, within, stretch)
            told_s = seconds_of(cost, within, stretch, unit_s, pace_s)
            if direction == BACKWARDS:
                metres[i, k], seconds[i, k] = told_m, told_s
            else:
                metres[k, i], seconds[k, i] = told_m, told_s
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
