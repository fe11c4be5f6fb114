"""The third value of the objective: who else, and who instead, lessens the expected times.

Only among the soonest, and only where the shortfall stays what it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.decision.objective import factors, shortfall_with
from shared.decision.solve import there_by

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Base = tuple[Floats, Floats, Floats]

SOONEST = 8
"""So many direct, and so many over an AED, are considered."""
POLISHED_UP_TO = 8
"""More chosen than this are not polished: then the shortfall decides, and time follows it."""
PASSES = 4


@inlined
def _soonest(options: Array, busy: Flags, carriers: bool, out: Ints) -> int:
    """The soonest options of those who are free; how many."""
    count = 0
    for i in range(len(options)):
        one = options[i]
        if busy[one.rescuer] or (one.aed >= 0) != carriers:
            continue
        if count == SOONEST and one.eta_s >= options[out[count - 1]].eta_s:
            continue
        at = min(count, SOONEST - 1)
        while at > 0 and options[out[at - 1]].eta_s > one.eta_s:
            out[at] = out[at - 1]
            at -= 1
        out[at] = i
        count = min(count + 1, SOONEST)
    return count


@leaf
def _rest(
    options: Array,
    base_by: Base,
    rows: Ints,
    chosen: Ints,
    count: int,
    without: int,
    cpr: Floats,
    shock: Floats,
    no_cpr: Floats,
    carried: Floats,
) -> None:
    """P(nobody by t) and P(no carrier by t) of base and chosen, but for one, into the arrays."""
    base_cpr, _, base_carried = base_by
    for t in range(cpr.shape[1]):
        no_cpr[0, t] = base_cpr[0, t]
        no_cpr[1, t] = base_cpr[1, t]
        for a in range(len(base_carried)):
            carried[a, 0, t] = base_carried[a, 0, t]
            carried[a, 1, t] = base_carried[a, 1, t]
    for k in range(count):
        if k == without:
            continue
        one = options[chosen[k]]
        row = rows[chosen[k]]
        for t in range(cpr.shape[1]):
            no_cpr[0, t] *= 1.0 - one.works * cpr[row, t]
            no_cpr[1, t] *= 1.0 - one.fails * cpr[row, t]
        if one.aed >= 0:
            for t in range(cpr.shape[1]):
                carried[one.aed, 0, t] *= 1.0 - one.works * shock[row, t]
                carried[one.aed, 1, t] *= 1.0 - one.fails * shock[row, t]


@leaf
def _shock_free(p_aed: Floats, base_shock: Floats, carried: Floats, but: int, out: Floats) -> None:
    """P(no shock by t) over all AEDs but one, into ``out``."""
    for s in range(2):
        for t in range(out.shape[1]):
            out[s, t] = base_shock[s, t]
            for a in range(len(p_aed)):
                if a != but:
                    out[s, t] *= 1.0 - p_aed[a] + p_aed[a] * carried[a, s, t]


@leaf
def _expected(
    one: Any,
    row: int,
    p_aed: Floats,
    times: tuple[Floats, Floats, Floats],
    cpr: Floats,
    shock: Floats,
    no_cpr: Floats,
    carried: Floats,
    free: Floats,
) -> tuple[float, float]:
    """Expected seconds after now to shock and CPR with one more; ``free`` is over other AEDs."""
    _, weights, states = times
    shock_s = cpr_s = 0.0
    for s in range(2):
        accept = one.works if s == 0 else one.fails
        for t in range(len(weights)):
            cpr_s += states[s] * weights[t] * no_cpr[s, t] * (1.0 - accept * cpr[row, t])
            nobody = free[s, t]
            if one.aed >= 0:
                left = carried[one.aed, s, t] * (1.0 - accept * shock[row, t])
                nobody *= 1.0 - p_aed[one.aed] + p_aed[one.aed] * left
            shock_s += states[s] * weights[t] * nobody
    return shock_s, cpr_s


@compiled
def fill_and_polish(  # noqa: PLR0912, PLR0915 (one compiled loop)
    options: Array,
    p_aed: Floats,
    base: Base,
    base_by: Base,
    times: tuple[Floats, Floats, Floats],
    numbers: Array,
    elapsed_s: float,
    table: Floats,
    chosen: Ints,
    count: int,
    bound: float,
    floor: int,
    busy: Flags,
    gains: Floats,
) -> int:
    """Adds whoever lessens the expected times most, up to the floor; then exchanges for time.

    ``bound`` is the shortfall that an exchange may not exceed. Returns how many are chosen.
    """
    if count >= floor and (count == 0 or count > POLISHED_UP_TO):
        return count
    policy = numbers[0]
    tolerance_s = policy.time_tolerance_s
    looked = np.empty(len(options), dtype=np.int64)
    size = 0
    for j in range(count):
        looked[size] = chosen[j]
        size += 1
    direct, via = np.empty(SOONEST, dtype=np.int64), np.empty(SOONEST, dtype=np.int64)
    first = size
    for i in range(_soonest(options, busy, False, direct)):
        looked[size] = direct[i]
        size += 1
    for i in range(_soonest(options, busy, True, via)):
        looked[size] = via[i]
        size += 1
    others = np.empty(size - first, dtype=np.int64)
    for r in range(size - first):
        at = r
        while at > 0 and others[at - 1] > looked[first + r]:
            others[at] = others[at - 1]
            at -= 1
        others[at] = looked[first + r]
    looked = looked[:size]
    rows = np.zeros(len(options), dtype=np.int64)
    for r in range(size):
        rows[looked[r]] = r
    cpr, shock = there_by(options, looked, times[0], policy.apply_s, elapsed_s, table)
    no_cpr, free = np.empty_like(base_by[0]), np.empty_like(base_by[1])
    carried = np.empty_like(base_by[2])
    while count < floor:
        best, best_shock, best_cpr = -1, np.inf, np.inf
        _rest(options, base_by, rows, chosen, count, -1, cpr, shock, no_cpr, carried)
        for number in others:
            i = int(number)
            one = options[i]
            if busy[one.rescuer]:
                continue
            _shock_free(p_aed, base_by[1], carried, one.aed, free)
            shock_s, cpr_s = _expected(
                one, rows[i], p_aed, times, cpr, shock, no_cpr, carried, free
            )
            near = shock_s <= best_shock + tolerance_s
            if shock_s < best_shock - tolerance_s or (near and cpr_s < best_cpr):
                best, best_shock, best_cpr = i, shock_s, cpr_s
        if best < 0:
            break
        chosen[count] = best
        busy[options[best].rescuer] = True
        count += 1
    for _ in range(PASSES if count <= POLISHED_UP_TO else 0):
        best_j, best_i, best_shock, best_cpr = -1, -1, np.inf, np.inf
        for j in range(count):
            old = options[chosen[j]]
            state = factors(options, p_aed, base, chosen, count, j, -1, gains)
            ready = False
            for number in others:
                i = int(number)
                one = options[i]
                # Only a way that is sooner, or another task, can lessen the times.
                same_task = (one.aed < 0) == (old.aed < 0)
                if busy[one.rescuer] or (same_task and one.eta_s >= old.eta_s):
                    continue
                if shortfall_with(one, state, gains, policy) > bound:
                    continue
                if not ready:
                    _rest(options, base_by, rows, chosen, count, j, cpr, shock, no_cpr, carried)
                    ready = True
                    if best_j < 0:
                        _shock_free(p_aed, base_by[1], carried, old.aed, free)
                        best_shock, best_cpr = _expected(
                            old, rows[chosen[j]], p_aed, times, cpr, shock, no_cpr, carried, free
                        )
                _shock_free(p_aed, base_by[1], carried, one.aed, free)
                shock_s, cpr_s = _expected(
                    one, rows[i], p_aed, times, cpr, shock, no_cpr, carried, free
                )
                equal = shock_s <= best_shock + tolerance_s and cpr_s < best_cpr - tolerance_s
                if shock_s < best_shock - tolerance_s or equal:
                    best_j, best_i, best_shock, best_cpr = j, i, shock_s, cpr_s
        if best_j < 0:
            break
        busy[options[chosen[best_j]].rescuer] = False
        busy[options[best_i].rescuer] = True
        chosen[best_j] = best_i
    return count
