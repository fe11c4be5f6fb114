"""Choosing tasks: grow greedily, exchange, prune to the fewest, then polish the times.

A heuristic for the objective in :mod:`shared.decision.objective`, compiled and deterministic; each
rescuer has one task, an AED may have several carriers (whoever is there first takes it). Phases:

1. *select*: of many options only those that do most for CPR, for the shock, and the soonest;
2. *grow*: the option that lowers the shortfall most, while any does and there is room; from
   nothing, and from the carriers who do most for the shock;
3. *exchange*: one chosen option for another wherever that lowers the shortfall, then the tasks of
   two chosen rescuers at once;
4. *prune*: leave out whom the shortfall does not miss (within the tolerance of the least seen),
   down to the floor;
5. *fill* up to the floor and *polish* (in :mod:`shared.decision.polish`): what lessens the times.

In all phases lower indexes, that is lower ids, win ties.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, leaf
from shared.decision.objective import factors, shortfall_of, shortfall_with, with_one
from shared.decision.polish import fill_and_polish

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Base = tuple[Floats, Floats, Floats]

GAIN_MIN = 1e-6
"""A smaller change of the shortfall is arithmetic noise."""
MOVES_FEW = 60
MOVES_MANY = 3
"""Bounds on exchanges per phase, with few options and with many; with few it is never reached in
practice and guards against cycling, with many growing alone is close to the best."""
KEPT = 24
"""Of more than ``3 · KEPT`` options so many that do most for CPR, as many that do most for the
shock, and as many of the soonest are looked at: more than may be alerted (``max_alerts``)."""
FEW = 40
"""Up to so many options many starts are tried."""
STARTS_FEW = 3
STARTS_MANY = 0
TASKS_UP_TO = 10
"""Tasks of two are exchanged while at most so many are chosen."""


@compiled
def _selected(options: Array, p_aed: Floats) -> Ints:
    """Indexes of the options worth looking at, in order."""
    n = len(options)
    if n <= 3 * KEPT:
        return np.arange(n)
    cpr, shock, eta = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        one = options[i]
        cpr[i] = -one.works * one.cpr
        shock[i] = 0.0
        if one.aed >= 0:
            shock[i] = -p_aed[one.aed] * one.works * one.shock
        eta[i] = one.eta_s
    least_cpr = np.partition(cpr, KEPT - 1)[KEPT - 1]
    least_shock = np.partition(shock, KEPT - 1)[KEPT - 1]
    soonest = np.partition(eta, KEPT - 1)[KEPT - 1]
    out = np.empty(n, dtype=np.int64)
    count = 0
    for i in range(n):
        brings = shock[i] <= least_shock and shock[i] < 0.0
        helps = cpr[i] <= least_cpr and cpr[i] < 0.0
        if brings or helps or eta[i] <= soonest:
            out[count] = i
            count += 1
    return out[:count]


@leaf
def _grow(
    options: Array,
    p_aed: Floats,
    base: Base,
    numbers: Array,
    chosen: Ints,
    count: int,
    room: int,
    busy: Flags,
    gains: Floats,
) -> int:
    """Adds what lowers the shortfall most, up to ``room`` options in all; how many there are."""
    policy = numbers[0]
    state = factors(options, p_aed, base, chosen, count, -1, -1, gains)
    current = shortfall_of(state[0] + state[1], state[2] + state[3], policy)
    while count < room and current > 0.0:
        best, least = -1, current - GAIN_MIN
        for i in range(len(options)):
            one = options[i]
            if not busy[one.rescuer]:
                short = shortfall_with(one, state, gains, policy)
                if short < least:
                    best, least = i, short
        if best < 0:
            break
        chosen[count] = best
        count += 1
        busy[options[best].rescuer] = True
        state = with_one(options[best], state, gains)
        current = least
    return count


@leaf
def _short(
    options: Array,
    p_aed: Floats,
    base: Base,
    numbers: Array,
    chosen: Ints,
    count: int,
    without: int,
    gains: Floats,
) -> float:
    """The shortfall of the chosen, but for the one at ``without`` (-1: nobody is left out)."""
    state = factors(options, p_aed, base, chosen, count, without, -1, gains)
    return shortfall_of(state[0] + state[1], state[2] + state[3], numbers[0])


@leaf
def _exchange(
    options: Array,
    p_aed: Floats,
    base: Base,
    numbers: Array,
    chosen: Ints,
    count: int,
    busy: Flags,
    gains: Floats,
) -> float:
    """Replaces one by another while that lowers the shortfall; what is left of it."""
    policy = numbers[0]
    current = _short(options, p_aed, base, numbers, chosen, count, -1, gains)
    for _ in range(MOVES_FEW if len(options) <= FEW else MOVES_MANY):
        if count == 0 or current <= 0.0:
            break
        best_j, best_i, least = -1, -1, current - GAIN_MIN
        for j in range(count):
            mine = options[chosen[j]].rescuer
            state = factors(options, p_aed, base, chosen, count, j, -1, gains)
            for i in range(len(options)):
                one = options[i]
                if busy[one.rescuer] and one.rescuer != mine:
                    continue
                short = shortfall_with(one, state, gains, policy)
                if short < least:
                    best_j, best_i, least = j, i, short
        if best_j < 0:
            break
        busy[options[chosen[best_j]].rescuer] = False
        busy[options[best_i].rescuer] = True
        chosen[best_j] = best_i
        current = least
    return current


@leaf
def _exchange_tasks(
    options: Array,
    p_aed: Floats,
    base: Base,
    numbers: Array,
    chosen: Ints,
    count: int,
    current: float,
    gains: Floats,
    more: Floats,
) -> float:
    """Gives two chosen rescuers other tasks at once, while that helps; what is left."""
    policy = numbers[0]
    for _ in range(MOVES_MANY if count <= TASKS_UP_TO else 0):
        improved = False
        for a in range(count):
            for b in range(a + 1, count):
                state = factors(options, p_aed, base, chosen, count, a, b, gains)
                one, other = options[chosen[a]].rescuer, options[chosen[b]].rescuer
                best_a, best_b, least = -1, -1, current - GAIN_MIN
                for i in range(len(options)):
                    first = options[i]
                    if first.rescuer != one:
                        continue
                    for k in range(len(p_aed)):
                        more[k, 0], more[k, 1] = gains[k, 0], gains[k, 1]
                    after = with_one(first, state, more)
                    for k in range(len(options)):
                        second = options[k]
                        if second.rescuer == other:
                            short = shortfall_with(second, after, more, policy)
                            if short < least:
                                best_a, best_b, least = i, k, short
                if best_a >= 0:
                    chosen[a], chosen[b] = best_a, best_b
                    current = least
                    improved = True
        if not improved or current <= 0.0:
            break
    return _short(options, p_aed, base, numbers, chosen, count, -1, gains)


@leaf
def _prune(
    options: Array,
    p_aed: Floats,
    base: Base,
    numbers: Array,
    chosen: Ints,
    count: int,
    bound: float,
    floor: int,
    busy: Flags,
    gains: Floats,
) -> int:
    """Leaves out whom the shortfall can miss within ``bound``; of equals the last chosen goes."""
    while count > floor:
        worst, least = -1, np.inf
        for j in range(count):
            short = _short(options, p_aed, base, numbers, chosen, count, j, gains)
            if short <= least:
                worst, least = j, short
        if least > bound:
            break
        busy[options[chosen[worst]].rescuer] = False
        for j in range(worst, count - 1):
            chosen[j] = chosen[j + 1]
        count -= 1
    return count


@compiled
def _starts(options: Array, p_aed: Floats, most: int) -> Ints:
    """Carriers to grow from: those who do most for the shock; -1 stands for nobody."""
    starts = np.empty(1 + most, dtype=np.int64)
    starts[0] = -1
    last = np.inf
    found = 0
    for _ in range(most):
        pick, gain = -1, 0.0
        for i in range(len(options)):
            one = options[i]
            if one.aed >= 0:
                brings = p_aed[one.aed] * one.works * one.shock
                if gain < brings < last:
                    pick, gain = i, brings
        if pick < 0:
            break
        last = gain
        found += 1
        starts[found] = pick
    return starts[: found + 1]


@compiled
def assign(  # noqa: PLR0912, PLR0915 (one compiled loop)
    options: Array,
    rescuers: int,
    p_aed: Floats,
    base: Base,
    base_by: Base,
    times: tuple[Floats, Floats, Floats],
    numbers: Array,
    question: Array,
    table: Floats,
) -> tuple[Ints, Floats, float]:
    """The chosen options, the most important first.

    ``base`` is what counts already at t₁ and t₂: P(nobody by t₁), P(no shock by t₂), each (2,) and
    weighted by the states of the channel, and (a, 2) P(no carrier asked already brings AED a by
    t₂ | usable). ``base_by`` are the same at all times, (2, t), (2, t), (a, 2, t), not weighted;
    ``times`` are times, weights, states. Returns the options, the shortfall without each of them,
    and the shortfall with all.
    """
    asked, policy = question[0], numbers[0]
    room, floor = int(asked.room), int(asked.floor)
    worth = _selected(options, p_aed)
    some = options[worth]
    n = len(some)
    chosen = np.empty(room + 1, dtype=np.int64)
    best = np.empty(room + 1, dtype=np.int64)
    busy = np.zeros(rescuers, dtype=np.bool_)
    gains, more = np.empty((len(p_aed), 2)), np.empty((len(p_aed), 2))
    least, count = np.inf, 0
    most = 0
    if room > 0:
        most = STARTS_FEW if n <= FEW else STARTS_MANY
    for start in _starts(some, p_aed, most):
        for r in range(rescuers):
            busy[r] = False
        size = 0
        if start >= 0:
            chosen[0] = start
            busy[some[start].rescuer] = True
            size = 1
        size = _grow(some, p_aed, base, numbers, chosen, size, room, busy, gains)
        short = _exchange(some, p_aed, base, numbers, chosen, size, busy, gains)
        if short < least - GAIN_MIN or (short <= least + GAIN_MIN and size < count):
            least, count = min(least, short), size
            for j in range(size):
                best[j] = chosen[j]
        if least <= 0.0:
            break
    for r in range(rescuers):
        busy[r] = False
    for j in range(count):
        busy[some[best[j]].rescuer] = True
    least = min(least, _exchange_tasks(some, p_aed, base, numbers, best, count, least, gains, more))
    bound = least + policy.tolerance
    fewer = _prune(some, p_aed, base, numbers, best, count, bound, floor, busy, gains)
    if fewer < count:
        count = fewer
        short = _exchange(some, p_aed, base, numbers, best, count, busy, gains)
        short = _exchange_tasks(some, p_aed, base, numbers, best, count, short, gains, more)
        least = min(least, short)
        bound = max(least + policy.tolerance, short)
        count = _prune(some, p_aed, base, numbers, best, count, bound, floor, busy, gains)
    short = _short(some, p_aed, base, numbers, best, count, -1, gains)
    count = fill_and_polish(
        some, p_aed, base, base_by, times, numbers, asked.elapsed_s, table,
        best, count, max(bound, short), floor, busy, gains,
    )  # fmt: skip
    # Those first whom the shortfall would miss most; lower indexes on ties.
    picks = np.empty(count, dtype=np.int64)
    for j in range(count):
        at = j
        while at > 0 and picks[at - 1] > best[j]:
            picks[at] = picks[at - 1]
            at -= 1
        picks[at] = best[j]
    without = np.empty(count)
    for j in range(count):
        without[j] = _short(some, p_aed, base, numbers, picks, count, j, gains)
    order = np.empty(count, dtype=np.int64)
    for j in range(count):
        at = j
        while at > 0 and np.rint(without[j] * 1e6) > np.rint(without[order[at - 1]] * 1e6):
            order[at] = order[at - 1]
            at -= 1
        order[at] = j
    full = _short(some, p_aed, base, numbers, picks, count, -1, gains)
    return worth[picks[order]], without[order], full
