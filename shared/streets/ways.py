"""All ways of one decision in one compiled call."""

from __future__ import annotations

import numpy as np

from shared.compiled import compiled
from shared.streets.chains import PLACE, SECONDS, CostArray, FloatArray, Whole
from shared.streets.parties import (
    A_COST,
    A_JUNCTION,
    B_COST,
    B_JUNCTION,
    PROFILE_OF_MODE,
    ModeArray,
    Party,
    gather,
    metres_of,
    read,
    seconds_of,
    want,
)
from shared.streets.search import (
    BACKWARDS,
    NEVER,
    Desk,
    IntArray,
    Network,
    search,
    wipe,
    within_chain,
)
from shared.streets.snapping import Grid, snap
from shared.streets.trees import NOW, Pool, looked_up, tree_of


@compiled
def _to_patient(
    network: Network,
    desk: Desk,
    profile: Whole,
    within: Whole,
    patient: Whole,
    rescuers: Party,
    aeds: Party,
    costs: CostArray,
) -> None:
    """One search: costs to the patient's node of the rescuers, then of the AEDs."""
    n = rescuers.nodes.size
    if patient < 0:
        costs[:] = np.uint64(NEVER)
        return
    want(desk, rescuers)
    want(desk, aeds)
    search(network, desk, BACKWARDS, profile, patient, within)
    read(network, desk, BACKWARDS, profile, patient, rescuers, costs[:n])
    read(network, desk, BACKWARDS, profile, patient, aeds, costs[n:])
    wipe(desk)


@compiled
def _to_aed(
    network: Network,
    desk: Desk,
    pool: Pool,
    profile: Whole,
    within: Whole,
    node: Whole,
    rescuers: Party,
    costs: CostArray,
) -> None:
    """Costs of the rescuers to an AED's node, out of its tree."""
    slot = tree_of(network, desk, pool, BACKWARDS, profile, node, within)
    if slot < 0:
        read(network, desk, BACKWARDS, profile, node, rescuers, costs)
        wipe(desk)
        return
    every = network.nodes
    chain = np.int64(every[profile, node, PLACE])
    nodes, chains, hangs = rescuers.nodes, rescuers.chains, rescuers.hangs
    roots, tables, pages = pool.roots, pool.tables, pool.pages
    for i in range(nodes.size):
        one, other = hangs[i, A_JUNCTION], hangs[i, B_JUNCTION]
        at_one = looked_up(roots, tables, pages, slot, one)
        at_other = looked_up(roots, tables, pages, slot, other)
        cost = min(at_one + hangs[i, A_COST], at_other + hangs[i, B_COST])
        if chains[i] == chain:
            cost = min(cost, within_chain(every, BACKWARDS, profile, node, nodes[i]))
        costs[i] = cost


@compiled
def ways(
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
    every_aed = np.arange(a)
    members = np.empty(n, np.int64)
    costs = np.empty(n + a, np.uint64)
    pace_s, unit_s = 1 / speed_m_s, np.empty(modes.size)
    pool.state[NOW] += 1
    for profile in range(bounds.size):
        m = 0
        for i in range(n):
            if PROFILE_OF_MODE[modes[i]] == profile:
                unit_s[i] = reference_m_s[profile] * pace_s[modes[i]] / SECONDS
                members[m] = i
                m += 1
        if m == 0:
            continue
        within = bounds[profile]
        patient, patient_m = snap(grid, profile, latitude, longitude, snap_max_m)
        these = gather(network, grid, profile, BACKWARDS, rescuers, members[:m], snap_max_m)
        those = gather(network, grid, profile, BACKWARDS, aeds, every_aed, snap_max_m)
        _to_patient(network, desk, profile, within, patient, these, those, costs[: m + a])
        stretches_m, aed_stretches_m, aed_nodes = these.stretch_m, those.stretch_m, those.nodes
        for j in range(m):
            i = members[j]
            unit, pace = unit_s[i], pace_s[modes[i]]
            stretch = stretches_m[j] + patient_m
            direct_m[i] = metres_of(costs[j], within, stretch)
            direct_s[i] = seconds_of(costs[j], within, stretch, unit, pace)
            for k in range(a):
                cost = costs[m + k]
                stretch = aed_stretches_m[k] + patient_m
                from_aed_m[i, k] = metres_of(cost, within, stretch)
                from_aed_s[i, k] = seconds_of(cost, within, stretch, unit, pace)
        for k in range(a):
            if aed_nodes[k] < 0:
                costs[:m] = np.uint64(NEVER)
            else:
                _to_aed(network, desk, pool, profile, within, aed_nodes[k], these, costs)
            for j in range(m):
                i = members[j]
                stretch = stretches_m[j] + aed_stretches_m[k]
                to_aed_m[i, k] = metres_of(costs[j], within, stretch)
                to_aed_s[i, k] = seconds_of(costs[j], within, stretch, unit_s[i], pace_s[modes[i]])
