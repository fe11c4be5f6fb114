"""All ways of one decision in one compiled call."""

from __future__ import annotations

import numpy as np

from shared.compiled import compiled, leaf
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
    WAITED_FOR,
    Desk,
    IntArray,
    Network,
    search,
    wipe,
    within_chain,
)
from shared.streets.snapping import Grid, snap
from shared.streets.trees import NOW, Pool, looked_up, tree_of


@leaf
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
    if desk.state[WAITED_FOR] > 0:  # else it would go to its bound for nobody
        search(network, desk, BACKWARDS, profile, patient, within)
    read(network, desk, BACKWARDS, profile, patient, rescuers, costs[:n])
    read(network, desk, BACKWARDS, profile, patient, aeds, costs[n:])
    wipe(desk)


@leaf
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


@leaf
def _tell(
    members: IntArray,
    costs: CostArray,
    within: Whole,
    stretches_m: FloatArray,
    more_m: float,
    unit_s: FloatArray,
    pace_s: FloatArray,
    modes: ModeArray,
    column: Whole,
    metres: FloatArray,
    seconds: FloatArray,
) -> None:
    """Writes a column of metres and seconds of the members' ways."""
    for j in range(members.size):
        i = members[j]
        stretch = stretches_m[j] + more_m
        metres[i, column] = metres_of(costs[j], within, stretch)
        seconds[i, column] = seconds_of(costs[j], within, stretch, unit_s[i], pace_s[modes[i]])


@leaf
def _tell_on(
    members: IntArray,
    costs: CostArray,
    within: Whole,
    stretches_m: FloatArray,
    patient_m: float,
    unit_s: FloatArray,
    pace_s: FloatArray,
    modes: ModeArray,
    metres: FloatArray,
    seconds: FloatArray,
) -> None:
    """Writes metres and seconds of the ways on from the AEDs to the patient."""
    for j in range(members.size):
        i = members[j]
        unit, pace = unit_s[i], pace_s[modes[i]]
        for k in range(costs.size):
            stretch = stretches_m[k] + patient_m
            metres[i, k] = metres_of(costs[k], within, stretch)
            seconds[i, k] = seconds_of(costs[k], within, stretch, unit, pace)


@leaf
def _of_profile(
    profile: Whole,
    modes: ModeArray,
    reference_m_s: FloatArray,
    pace_s: FloatArray,
    unit_s: FloatArray,
    members: IntArray,
) -> Whole:
    """Notes who moves so, and the seconds of a unit of theirs; how many."""
    m = 0
    for i in range(modes.size):
        if PROFILE_OF_MODE[modes[i]] == profile:
            unit_s[i] = reference_m_s[profile] * pace_s[modes[i]] / SECONDS
            members[m] = i
            m += 1
    return m


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
        m = _of_profile(profile, modes, reference_m_s, pace_s, unit_s, members)
        if m == 0:
            continue
        within = bounds[profile]
        patient, patient_m = snap(grid, profile, latitude, longitude, snap_max_m)
        these = gather(network, grid, profile, BACKWARDS, rescuers, members[:m], snap_max_m)
        those = gather(network, grid, profile, BACKWARDS, aeds, every_aed, snap_max_m)
        _to_patient(network, desk, profile, within, patient, these, those, costs[: m + a])
        _tell(
            members[:m], costs, within, these.stretch_m, patient_m, unit_s, pace_s, modes, 0,
            direct_m.reshape(n, 1), direct_s.reshape(n, 1),
        )  # fmt: skip
        _tell_on(
            members[:m], costs[m : m + a], within, those.stretch_m, patient_m, unit_s, pace_s,
            modes, from_aed_m, from_aed_s,
        )  # fmt: skip
        for k in range(a):
            if those.nodes[k] < 0:
                costs[:m] = np.uint64(NEVER)
            else:
                _to_aed(network, desk, pool, profile, within, those.nodes[k], these, costs)
            _tell(
                members[:m], costs, within, these.stretch_m, those.stretch_m[k], unit_s, pace_s,
                modes, k, to_aed_m, to_aed_s,
            )  # fmt: skip
