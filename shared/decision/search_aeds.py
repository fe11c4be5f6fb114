"""AEDs around the patient that may be fetched: the compiled search, within the whole reach.

The first constraint in the order below is the one that a plan names. Rows come in an order that
does not depend on the order in which the index was filled: by id.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.decision.aed_odds import p_since_check, p_usable, p_working
from shared.decision.books import CLOSED, STALE, UNKNOWN, hours_state
from shared.decision.found import NONE, OURS, OUT_OF_SERVICE, SHUT, TOO_DOUBTFUL
from shared.decision.grid import chord_squared_of, metres_of, ring
from shared.decision.nearest import nearest_rows, sort_rows
from shared.geometry.distance import EARTH_RADIUS_M

Array = npt.NDArray[Any]


@inlined
def _odds_of_aed(column: Any, today: int, now: float, state: int, policy: Any) -> float:
    """P(open) · P(working) · P(code known) · P(let in) of an AED that is not shut."""
    p_state = policy.p_in_service if column.state == 0 else policy.p_state_unknown
    days = (now - column.checked_at) / 86_400.0
    p_check = p_since_check(
        days, policy.failures_per_year, policy.p_checked_long_ago, policy.p_not_checked
    )
    p_pads = policy.p_pads_expired if column.pads < today else 1.0
    p_battery = policy.p_battery_expired if column.battery < today else 1.0
    p_code = 1.0
    if column.code == 1:
        p_code = policy.p_code_known
    elif column.code == 2:
        p_code = policy.p_code_unknown
    p_access = policy.p_public
    if column.access == 1:
        p_access = policy.p_staff
    elif column.access == 2:
        p_access = policy.p_private
    elif column.access == 3:
        p_access = policy.p_access_unknown
    p_open = policy.p_hours_unknown if state == UNKNOWN else policy.p_open
    return p_usable(p_open, p_working(p_state, p_check, p_pads, p_battery), p_code, p_access)


@compiled
def aeds_near(  # noqa: PLR0912, PLR0915 (one compiled loop)
    grid: tuple[Array, Array, Array, Array],
    step: float,
    columns: Array,
    words: Array,
    marks: Array,
    zones: Array,
    hours: Array,
    numbers: Array,
    question: Array,
    scratch: tuple[Array, ...],
    out: Array,
    passed: Array,
) -> tuple[int, int, int, int]:
    """AEDs that may be fetched (``FOUND_AED``) into ``out``, those that may not into ``passed``.

    The first ``reach.aeds`` nearest come first, sorted by id, with those that are ours already;
    the others follow. Returns how many there are, how many come first, how many were passed over,
    and what is missing as :func:`shared.decision.search.rescuers_near` tells it. ``scratch`` is
    room for (blocks, stale hours, AEDs found, chords and numbers).
    """
    keys, values, blocks, pool = grid
    around, stale, some, chords, slots, rows = scratch
    policy = numbers[0]
    asked = question[0]
    now = asked.now
    phi, lam = np.radians(asked.latitude), np.radians(asked.longitude)
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    farthest = chord_squared_of(policy.aed_reach_m)
    rows_high = ceil(policy.aed_reach_m / (step * EARTH_RADIUS_M))
    seen = np.empty((2 * rows_high + 7, 2), dtype=np.int64)
    for row in range(len(seen)):
        seen[row, 0] = 1
        seen[row, 1] = 0
    where = (asked.latitude, asked.longitude, step)
    count = ring(keys, values, blocks, seen, around, where, policy.aed_reach_m / EARTH_RADIUS_M)
    found = barred = noted = 0
    for b in range(count):
        block = blocks[around[b]]
        for e in range(block.start, block.start + block.count):
            entry = pool[e]
            chord = (entry.x - x) ** 2 + (entry.y - y) ** 2 + (entry.z - z) ** 2
            if chord > farthest:
                continue
            slot = entry.owner
            column = columns[slot]
            mark = marks[slot]
            reason = NONE
            p = 0.0
            state = hours_state(hours, column.hours, now)
            if mark > OURS:
                reason = mark
            elif column.state == 2:
                reason = OUT_OF_SERVICE
            elif state == STALE:
                if noted < len(stale):
                    stale[noted] = column.hours
                noted += 1
            elif state == CLOSED:
                reason = SHUT
            else:
                p = _odds_of_aed(column, zones[column.zone].today, now, state, policy)
                if p < policy.p_usable_min:
                    reason = TOO_DOUBTFUL
            if reason != NONE:
                if barred < len(passed):
                    other = passed[barred]
                    other.straight_m = metres_of(chord)
                    other.slot = slot
                    other.reason = reason
                    other.p = p
                barred += 1
                continue
            if found < len(some):
                one = some[found]
                one.straight_m = chord
                one.x, one.y, one.z = entry.x, entry.y, entry.z
                one.slot = slot
                one.ours = mark
                one.p = p
                one.latitude, one.longitude = column.latitude, column.longitude
                one.floor = column.floor
                one.open_for_s = hours[column.hours].until - now
            found += 1
    if found > min(len(some), len(out)) or barred > len(passed):
        return 0, 0, 0, -1
    if noted > 0:
        return 0, 0, 0, noted
    for i in range(found):
        chords[i] = some[i].straight_m
        slots[i] = some[i].slot
    close = nearest_rows(chords[:found], slots, words, int(policy.aeds), rows)
    for i in range(found):
        some[i].first = 0
    for i in range(close):
        some[rows[i]].first = 1
    for i in range(found):
        if some[i].ours == OURS and some[i].first == 0:
            some[i].first = 1
            close += 1
    a, b = 0, close
    for i in range(found):
        if some[i].first == 1:
            rows[a] = i
            a += 1
        else:
            rows[b] = i
            b += 1
    sort_rows(rows[:close], words, slots)
    sort_rows(rows[close:found], words, slots)
    for i in range(found):
        out[i] = some[rows[i]]
        out[i].straight_m = metres_of(out[i].straight_m)
    return found, close, barred, 0


__all__ = ["aeds_near"]
