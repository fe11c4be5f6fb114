"""Who and what is around the patient: the compiled searches.

Rescuers are looked for ring by ring until the nearest ``reach.enough`` who may be asked are known
for certain; AEDs within the whole reach. The first constraint in the order below is the one that a
plan names: first what a person is (verified, credential), then what they said (consent,
availability, quiet hours), then what others need them for (held, fatigue), and last where they are.

Both searches return rows in an order that does not depend on the order in which the index was
filled: sorted by id, or by distance and then id.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.decision.aed_odds import p_since_check, p_usable, p_working
from shared.decision.books import CLOSED, OPEN, STALE, UNKNOWN, hours_state
from shared.decision.grid import chord_squared_of, metres_of, ring
from shared.decision.model import Reason
from shared.decision.names import sort_by_id
from shared.decision.numbers import REASON_CODES
from shared.decision.responder_odds import p_live_place
from shared.geometry.distance import EARTH_RADIUS_M

Array = npt.NDArray[Any]

FOUND = np.dtype(
    [
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("x", "f8"),
        ("y", "f8"),
        ("z", "f8"),
        ("straight_m", "f8"),
        ("age_s", "f8"),  # of a live place; nan for a usual one
        ("p_there", "f8"),  # P(they are at that place)
        ("slot", "i4"),
        ("night", "i4"),
        ("source", "u1"),  # 0 live, 1 home, 2 work, 3 other
        ("mode", "u1"),
    ],
    align=True,
)
"""A rescuer who may be asked."""
FOUND_AED = np.dtype(
    [
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("x", "f8"),
        ("y", "f8"),
        ("z", "f8"),
        ("straight_m", "f8"),
        ("p", "f8"),  # P(open, working, can be got at)
        ("open_for_s", "f8"),
        ("slot", "i4"),
        ("floor", "i4"),
        ("ours", "i4"),  # somebody of this incident is on the way to it
    ],
    align=True,
)
"""An AED that may be fetched."""
PASSED = np.dtype([("straight_m", "f8"), ("p", "f8"), ("slot", "i4"), ("reason", "u1")], align=True)
"""Who or what was passed over, and why; ``p`` is P(usable) of an AED too doubtful."""

NONE = 255
ASKED = 128
"""A mark with this bit is the reason why somebody is not asked again; others bar like a hold."""
OURS = 1
"""The mark of an AED to which somebody of this incident is on the way."""
CREDENTIAL_EXPIRED = REASON_CODES[Reason.CREDENTIAL_EXPIRED]
QUIET_HOURS = REASON_CODES[Reason.QUIET_HOURS]
PLACE_UNKNOWN = REASON_CODES[Reason.PLACE_UNKNOWN]
OUT_OF_SERVICE = REASON_CODES[Reason.OUT_OF_SERVICE]
SHUT = REASON_CODES[Reason.CLOSED]
TOO_DOUBTFUL = REASON_CODES[Reason.STATE_UNKNOWN]
"""Stands for whatever speaks most against an AED; the words are found when a plan is told."""


@inlined
def _place_now(
    column: Any, places: Array, hours: Array, policy: Any, now: float, stale: Array, marks: int
) -> tuple[int, int]:
    """Which place counts (0 live, 1 … usual, -1 none), and how many stale hours are noted."""
    if column.live and max(0.0, now - column.live_at) <= policy.live_max_age_s:
        return 0, marks
    for i in range(1, column.usual + 1):
        number = places[column.first + i].hours
        state = hours_state(hours, number, now)
        if state == STALE:
            if marks < len(stale):
                stale[marks] = number
            marks += 1
        elif state == OPEN:
            return i, marks
    return -1, marks


@inlined
def _weigh_entry(  # noqa: PLR0912 (one compiled loop)
    entry: Any,
    chord: float,
    columns: Array,
    places: Array,
    hours: Array,
    zones: Array,
    marks: Array,
    policy: Any,
    now: float,
    some: Array,
    others: Array,
    stale: Array,
    found: int,
    passed: int,
    noted: int,
) -> tuple[int, int, int]:
    """Notes one entry within the ring as found or passed over; the counts after it."""
    slot = entry.owner
    column = columns[slot]
    place, noted = _place_now(column, places, hours, policy, now, stale, noted)
    mark = marks[slot]
    reason = NONE
    if place != entry.place:
        # Found through one of their places, but now at another, or nowhere that is known (told
        # once, at the first of their places).
        if place >= 0 or entry.place != (0 if column.live or column.usual == 0 else 1):
            return found, passed, noted
        reason = PLACE_UNKNOWN
    elif mark >= ASKED:
        reason = mark - ASKED
    elif column.early != NONE:
        reason = column.early
    elif column.expires < zones[column.zone].today:
        reason = CREDENTIAL_EXPIRED
    elif column.late != NONE:
        reason = column.late
    elif column.quiet >= 0:
        state = hours_state(hours, column.quiet, now)
        if state == STALE:
            if noted < len(stale):
                stale[noted] = column.quiet
            noted += 1
        elif state == OPEN:
            reason = QUIET_HOURS
    if reason == NONE and mark != 0:
        reason = mark
    if reason != NONE:
        if passed < len(others):
            others[passed].straight_m = chord
            others[passed].slot = slot
            others[passed].reason = reason
            others[passed].p = 0.0
        return found, passed + 1, noted
    if found < len(some):
        one = some[found]
        one.straight_m = chord
        one.x, one.y, one.z = entry.x, entry.y, entry.z
        one.slot = slot
        one.source = place
    return found + 1, passed, noted


@compiled
def rescuers_near(  # noqa: PLR0912, PLR0915 (one compiled loop)
    grid: tuple[Array, Array, Array, Array],
    step: float,
    columns: Array,
    places: Array,
    words: Array,
    marks: Array,
    zones: Array,
    hours: Array,
    numbers: Array,
    question: Array,
    scratch: tuple[Array, Array, Array, Array, Array, Array],
) -> tuple[Array, Array, int]:
    """The nearest who may be asked (``FOUND``, by id), those passed over, and stale hours.

    Those passed over are as near as the farthest found. ``scratch`` is room for (blocks, found,
    passed, stale hours, entries that wait and their chords); a negative third result asks for more
    room. With stale hours (a positive
    third result; their numbers are in the scratch) there is no answer: look them up, ask again.
    """
    keys, values, blocks, pool = grid
    near, some, others, stale, later, later_chord = scratch
    policy = numbers[0]
    asked = question[0]
    now = asked.now
    phi, lam = np.radians(asked.latitude), np.radians(asked.longitude)
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    farthest = chord_squared_of(policy.reach_m)
    enough = int(policy.enough)
    side_m = step * EARTH_RADIUS_M
    last = max(1, ceil(policy.reach_m / side_m))
    seen = np.empty((2 * last + 7, 2), dtype=np.int64)
    for row in range(len(seen)):
        seen[row, 0] = 1
        seen[row, 1] = 0
    where = (asked.latitude, asked.longitude, step)
    found = passed = noted = waiting = 0
    for k in range(1, last + 1):
        radius_m = min(k * side_m, policy.reach_m)
        sure = farthest if k == last else chord_squared_of(radius_m)
        fresh = ring(keys, values, blocks, seen, near, where, radius_m / EARTH_RADIUS_M)
        # Whoever stands in the corners of a ring's squares waits until the ring reaches them.
        kept = 0
        for i in range(waiting):
            if later_chord[i] <= sure:
                found, passed, noted = _weigh_entry(
                    pool[later[i]], later_chord[i], columns, places, hours, zones, marks, policy,
                    now, some, others, stale, found, passed, noted,
                )  # fmt: skip
            else:
                later[kept], later_chord[kept] = later[i], later_chord[i]
                kept += 1
        waiting = kept
        for b in range(fresh):
            block = blocks[near[b]]
            for e in range(block.start, block.start + block.count):
                entry = pool[e]
                chord = (entry.x - x) ** 2 + (entry.y - y) ** 2 + (entry.z - z) ** 2
                if chord <= sure:
                    found, passed, noted = _weigh_entry(
                        entry, chord, columns, places, hours, zones, marks, policy,
                        now, some, others, stale, found, passed, noted,
                    )  # fmt: skip
                elif chord <= farthest:
                    if waiting == len(later):
                        return some[:0], others[:0], -1
                    later[waiting], later_chord[waiting] = e, chord
                    waiting += 1
        if found > len(some) or passed > len(others):
            return some[:0], others[:0], -1
        if found >= enough:
            break
    if noted > 0:
        return some[:0], others[:0], noted
    rows = _nearest(some[:found], words, enough)
    if found >= enough:
        farthest = 0.0
        for row in rows:
            farthest = max(farthest, some[row].straight_m)
    out = np.empty(len(rows), dtype=some.dtype)
    for i in range(len(rows)):
        out[i] = some[rows[i]]
        one = out[i]
        column = columns[one.slot]
        one.mode = column.mode
        one.night = zones[column.zone].night
        place_now = places[column.first + one.source]
        one.latitude, one.longitude = place_now.latitude, place_now.longitude
        one.straight_m = metres_of(one.straight_m)
        if one.source == 0:
            age_s = max(0.0, now - column.live_at)
            one.age_s = age_s
            one.p_there = p_live_place(
                age_s,
                policy.live_fresh_s,
                policy.live_half_life_s,
                policy.p_live_fresh,
                policy.p_live,
            )
        else:
            one.source = place_now.kind
            one.age_s = np.nan
            one.p_there = policy.p_other
            if place_now.kind == 1:
                one.p_there = policy.p_home
            elif place_now.kind == 2:
                one.p_there = policy.p_work
    kept = 0
    for i in range(passed):
        if others[i].straight_m <= farthest:
            others[kept] = others[i]
            others[kept].straight_m = metres_of(others[i].straight_m)
            kept += 1
    return out, others[:kept].copy(), 0


@compiled
def _nearest(some: Array, words: Array, enough: int) -> Array:
    """Rows of the nearest ``enough`` (lower ids on ties), sorted by id."""
    rows = np.empty(min(enough, len(some)), dtype=np.int32)
    if len(some) <= enough:
        for i in range(len(rows)):
            rows[i] = i
    elif enough > 0:
        chords = np.empty(len(some))
        for i in range(len(some)):
            chords[i] = some[i].straight_m
        limit = np.partition(chords, enough - 1)[enough - 1]
        kept = ties = 0
        tied = np.empty(len(some), dtype=np.int32)
        for i in range(len(some)):
            if chords[i] < limit:
                rows[kept] = i
                kept += 1
            elif chords[i] == limit:
                tied[ties] = i
                ties += 1
        tied = tied[:ties]
        sort_by_id(tied, words, _slots(some))
        for i in range(enough - kept):
            rows[kept + i] = tied[i]
    sort_by_id(rows, words, _slots(some))
    return rows


@compiled
def _slots(some: Array) -> Array:
    slots = np.empty(len(some), dtype=np.int32)
    for i in range(len(some)):
        slots[i] = some[i].slot
    return slots


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
    scratch: tuple[Array, Array, Array, Array],
) -> tuple[Array, Array, int]:
    """AEDs that may be fetched (``FOUND_AED``), those that may not, and stale hours.

    The first ``reach.aeds`` nearest come first, sorted by id, with those that are ours already;
    the others follow. The third result is as in :func:`rescuers_near`; it is the number of those
    in the first part when the answer is valid, coded as ``-2 - number``.
    """
    keys, values, blocks, pool = grid
    near, some, others, stale = scratch
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
    count = ring(keys, values, blocks, seen, near, where, policy.aed_reach_m / EARTH_RADIUS_M)
    found = passed = noted = 0
    for b in range(count):
        block = blocks[near[b]]
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
                if passed < len(others):
                    others[passed].straight_m = metres_of(chord)
                    others[passed].slot = slot
                    others[passed].reason = reason
                    others[passed].p = p
                passed += 1
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
    if found > len(some) or passed > len(others):
        return some[:0], others[:0], -1
    if noted > 0:
        return some[:0], others[:0], noted
    first = _nearest(some[:found], words, int(policy.aeds))
    chosen = np.zeros(found, dtype=np.bool_)
    for row in first:
        chosen[row] = True
    close = len(first)
    for i in range(found):
        if some[i].ours == OURS and not chosen[i]:
            chosen[i] = True
            close += 1
    rows = np.empty(found, dtype=np.int32)
    a, b = 0, close
    for i in range(found):
        if chosen[i]:
            rows[a] = i
            a += 1
        else:
            rows[b] = i
            b += 1
    slots = _slots(some[:found])
    sort_by_id(rows[:close], words, slots)
    sort_by_id(rows[close:], words, slots)
    out = np.empty(found, dtype=some.dtype)
    for i in range(found):
        out[i] = some[rows[i]]
        out[i].straight_m = metres_of(out[i].straight_m)
    return out, others[:passed].copy(), -2 - close


__all__ = ["ASKED", "FOUND", "FOUND_AED", "NONE", "OURS", "PASSED", "aeds_near", "rescuers_near"]
