"""Units to the patient, ways between any places, and trees made in advance."""

from __future__ import annotations

import numpy as np

from shared.compiled import compiled
from shared.streets.chains import SECONDS, CostArray, FloatArray, Whole
from shared.streets.parties import (
    A_COST,
    A_JUNCTION,
    B_COST,
    B_JUNCTION,
    PROFILE_OF_MODE,
    ModeArray,
    Party,
    gather,
    hang,
    metres_of,
    read,
    seconds_of,
    want,
)
from shared.streets.search import (
    BACKWARDS,
    FORWARDS,
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
from shared.streets.trees import NOW, USED, Pool, looked_up, tree_of


@compiled
def _by_trees(
    network: Network,
    pool: Pool,
    profile: Whole,
    patient: Whole,
    units: Party,
    costs: CostArray,
    missing: ModeArray,
) -> Whole:
    """Costs to the patient out of trees; marks the units without one, and counts them."""
    roots, tables, pages = pool.roots, pool.tables, pool.pages
    every, nodes = network.nodes, units.nodes
    here = np.empty((1, 4), np.uint64)
    hang(every, network.chains, profile, patient, FORWARDS, here, 0)
    count = 0
    for i in range(nodes.size):
        costs[i] = np.uint64(NEVER)
        missing[i] = 0
        if nodes[i] < 0:
            continue
        slot = np.int64(pool.slot_of[profile, nodes[i]]) - 1
        if slot < 0:
            missing[i] = 1
            count += 1
            continue
        pool.trees[slot, USED] = pool.state[NOW]
        one = looked_up(roots, tables, pages, slot, here[0, A_JUNCTION]) + here[0, A_COST]
        other = looked_up(roots, tables, pages, slot, here[0, B_JUNCTION]) + here[0, B_COST]
        along = within_chain(every, FORWARDS, profile, nodes[i], patient)
        costs[i] = min(one, other, along)
    return count


@compiled
def _by_search(
    network: Network,
    desk: Desk,
    profile: Whole,
    within: Whole,
    patient: Whole,
    units: Party,
    costs: CostArray,
    missing: ModeArray,
) -> None:
    """One search for the units that are marked."""
    some = Party(
        units.nodes[missing == 1],
        units.stretch_m[missing == 1],
        units.chains[missing == 1],
        units.hangs[missing == 1],
    )
    found = np.empty(some.nodes.size, np.uint64)
    want(desk, some)
    if desk.state[WAITED_FOR] > 0:  # else it would go to its bound: through all of a city
        search(network, desk, BACKWARDS, profile, patient, within)
    read(network, desk, BACKWARDS, profile, patient, some, found)
    wipe(desk)
    k = 0
    for i in range(missing.size):
        if missing[i]:
            costs[i] = found[k]
            k += 1


@compiled
def _second(costs: CostArray) -> Whole:
    """The seconds of the second least cost (in units of the search); ``NEVER``'s of fewer.

    Who has no tree matters only when sooner than that: one is sent, and perhaps a second.
    """
    least, second = np.uint64(NEVER), np.uint64(NEVER)
    for cost in costs:
        if cost < least:
            least, second = cost, least
        elif cost < second:
            second = cost
    return np.int64(second >> np.uint64(32))


@compiled
def arrivals(  # noqa: PLR0912 (one compiled loop)
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
    within_s: FloatArray,
    metres: FloatArray,
    seconds: FloatArray,
) -> None:
    """Units to the patient: out of kept trees from their places, else one search per profile.

    First within ``bounds``; where fewer than ``enough`` are found, the others within ``far``, which
    is (2 · profiles,): how far, and how far kept trees go. Units
    without a tree are looked for only as far as the second soonest of those with one; or, where
    ``within_s`` is given for each unit, as far as the largest of those, and no farther.
    """
    n = places.shape[0]
    members = np.empty(n, np.int64)
    costs = np.empty(n, np.uint64)
    found: Whole = 0
    pool.state[NOW] += 1
    for near in (True, False):
        if not near and (within_s.size > 0 or found >= min(enough, n)):
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
            missing = (units.nodes >= 0).astype(np.uint8)
            costs[:m] = np.uint64(NEVER)
            count = m
            if patient >= 0 and near:
                count = _by_trees(network, pool, profile, patient, units, costs, missing)
                if within_s.size == 0:
                    within = min(within, _second(costs[:m]))
                else:
                    farthest = 0.0
                    for j in range(m):
                        if missing[j]:
                            i = members[j]
                            pace = speed_m_s[i] / reference_m_s[profile]
                            farthest = max(farthest, within_s[i] * pace * SECONDS)
                    within = min(within, np.int64(min(farthest, 1e9)) + 1)
            elif patient >= 0 and far[bounds.size + profile] >= far[profile]:
                count = _by_trees(network, pool, profile, patient, units, costs, missing)
            if patient >= 0 and count > 0:
                _by_search(network, desk, profile, within, patient, units, costs, missing)
            within = bounds[profile] if near else far[profile]
            for j in range(m):
                found += np.int64(near and np.int64(costs[j] >> np.uint64(32)) <= within)
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
    costs = np.empty(others.shape[0], np.uint64)
    stretches_m = party.stretch_m
    pace_s = 1 / speed_m_s
    unit_s = reference_m_s * pace_s / SECONDS
    for k in range(roots.shape[0]):
        root, root_m = snap(grid, profile, roots[k, 0], roots[k, 1], snap_max_m)
        costs[:] = np.uint64(NEVER)
        if root >= 0:
            want(desk, party)
            if desk.state[WAITED_FOR] > 0:
                search(network, desk, direction, profile, root, within)
            read(network, desk, direction, profile, root, party, costs)
            wipe(desk)
        for i in range(costs.size):
            stretch = stretches_m[i] + root_m
            told_m = metres_of(costs[i], within, stretch)
            told_s = seconds_of(costs[i], within, stretch, unit_s, pace_s)
            if direction == BACKWARDS:
                metres[i, k], seconds[i, k] = told_m, told_s
            else:
                metres[k, i], seconds[k, i] = told_m, told_s


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
