"""Who may be asked around the patient: the compiled search.

Rescuers are looked for ring by ring until the nearest ``reach.enough`` who may be asked are known
for certain. The first constraint in the order below is the one that a plan names: first what a
person is (verified, credential), then what they said (consent, availability, quiet hours), then
what others need them for (held, fatigue), and last where they are.

Rows come in an order that does not depend on the order in which the index was filled: by id. What
a candidate needs lies in a few places of memory that nobody else has touched for a while; so they
are brought near for all of a ring at once, before the first is looked at.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.decision.books import OPEN, STALE, hours_state
from shared.decision.found import ASKED, CREDENTIAL_EXPIRED, NONE, PLACE_UNKNOWN, QUIET_HOURS
from shared.decision.grid import chord_squared_of, metres_of, ring
from shared.decision.nearest import nearest_rows
from shared.decision.responder_odds import p_live_place
from shared.geometry.distance import EARTH_RADIUS_M

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int32]

KEPT_HOURS = 2
"""Hours of so many usual places stand in a rescuer's own row."""


@inlined
def _hours_of(column: Any, places: Array, number: int) -> int:
    """The hours of a usual place, by its number from 1."""
    if number == 1:
        return int(column.hours_1)
    if number == KEPT_HOURS:
        return int(column.hours_2)
    return int(places[column.first + number].hours)


@inlined
def _place_now(
    column: Any, places: Array, hours: Array, policy: Any, now: float, stale: Array, marks: int
) -> tuple[int, int]:
    """Which place counts (0 live, 1 … usual, -1 none), and how many stale hours are noted."""
    if column.live and max(0.0, now - column.live_at) <= policy.live_max_age_s:
        return 0, marks
    for i in range(1, column.usual + 1):
        number = _hours_of(column, places, i)
        state = hours_state(hours, number, now)
        if state == STALE:
            if marks < len(stale):
                stale[marks] = number
            marks += 1
        elif state == OPEN:
            return i, marks
    return -1, marks


@inlined
def _why_not(
    column: Any, mark: int, hours: Array, zones: Array, now: float, stale: Array, noted: int
) -> tuple[int, int]:
    """Why they may not be asked (``NONE``: they may), and how many stale hours are noted."""
    if mark >= ASKED:
        return mark - ASKED, noted
    if column.early != NONE:
        return int(column.early), noted
    if column.expires < zones[column.zone].today:
        return CREDENTIAL_EXPIRED, noted
    if column.late != NONE:
        return int(column.late), noted
    if column.quiet >= 0:
        state = hours_state(hours, column.quiet, now)
        if state == STALE:
            if noted < len(stale):
                stale[noted] = column.quiet
            noted += 1
        elif state == OPEN:
            return QUIET_HOURS, noted
    return (mark if mark != 0 else NONE), noted


@leaf
def _weigh_entries(
    entries: Numbers,
    chords: Floats,
    pool: Array,
    columns: Array,
    places: Array,
    hours: Array,
    zones: Array,
    marks: Array,
    policy: Any,
    now: float,
    near: tuple[Floats, Numbers, Numbers],
    passed: Array,
    stale: Array,
    counts: tuple[int, int, int],
) -> tuple[int, int, int]:
    """Notes entries within the ring as near or passed over; the counts after it.

    ``near`` is chords, entries and slots of those who may be asked.
    """
    near_chord, near_entry, near_slot = near
    found, barred, noted = counts
    touched = 0
    for i in range(len(entries)):
        slot = pool[entries[i]].owner
        touched += columns[slot].usual + marks[slot]
    if touched < 0:
        return found, barred, noted
    for i in range(len(entries)):
        entry = pool[entries[i]]
        slot = entry.owner
        column = columns[slot]
        place, noted = _place_now(column, places, hours, policy, now, stale, noted)
        if place == entry.place:
            reason, noted = _why_not(column, marks[slot], hours, zones, now, stale, noted)
        else:
            # Found through one of their places, but now at another, or nowhere that is known (told
            # once, at the first of their places).
            if place >= 0 or entry.place != (0 if column.live or column.usual == 0 else 1):
                continue
            reason = PLACE_UNKNOWN
        if reason != NONE:
            if barred < len(passed):
                one = passed[barred]
                one.straight_m = chords[i]
                one.slot = slot
                one.reason = reason
                one.p = 0.0
            barred += 1
            continue
        if found < len(near_chord):
            near_chord[found] = chords[i]
            near_entry[found] = entries[i]
            near_slot[found] = slot
        found += 1
    return found, barred, noted


@inlined
def _tell(
    out: Any,
    entry: Any,
    chord: float,
    column: Any,
    place: Any,
    zones: Array,
    policy: Any,
    now: float,
) -> None:
    """Writes what is known of somebody who may be asked."""
    out.latitude, out.longitude = place.latitude, place.longitude
    out.x, out.y, out.z = entry.x, entry.y, entry.z
    out.straight_m = metres_of(chord)
    out.slot = entry.owner
    out.mode = column.mode
    out.night = zones[column.zone].night
    if entry.place == 0:
        age_s = max(0.0, now - column.live_at)
        out.source = 0
        out.age_s = age_s
        out.p_there = p_live_place(
            age_s,
            policy.live_fresh_s,
            policy.live_half_life_s,
            policy.p_live_fresh,
            policy.p_live,
        )
        return
    out.source = place.kind
    out.age_s = np.nan
    out.p_there = policy.p_other
    if place.kind == 1:
        out.p_there = policy.p_home
    elif place.kind == 2:
        out.p_there = policy.p_work


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
    scratch: tuple[Array, ...],
    out: Array,
    passed: Array,
) -> tuple[int, int, int]:
    """The nearest who may be asked (``FOUND``, by id) into ``out``, those passed over, how many.

    Those passed over are as near as the farthest found. ``scratch`` is room for (blocks, stale
    hours; chords, entries and slots of who is near; entries of a ring and their chords; entries
    that wait and theirs); a negative third result asks for more room. With stale hours (a positive
    third result; their numbers are in the scratch) there is no answer: look them up, ask again.
    """
    keys, values, blocks, pool = grid
    around, stale, near_chord, near_entry, near_slot, ripe, ripe_chord, later, later_chord = scratch
    near = (near_chord, near_entry, near_slot)
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
    counts = (0, 0, 0)
    waiting = 0
    for k in range(1, last + 1):
        radius_m = min(k * side_m, policy.reach_m)
        sure = farthest if k == last else chord_squared_of(radius_m)
        fresh = ring(keys, values, blocks, seen, around, where, radius_m / EARTH_RADIUS_M)
        # Whoever stands in the corners of a ring's squares waits until the ring reaches them.
        kept = count = 0
        for i in range(waiting):
            if later_chord[i] <= sure:
                ripe[count], ripe_chord[count] = later[i], later_chord[i]
                count += 1
            else:
                later[kept], later_chord[kept] = later[i], later_chord[i]
                kept += 1
        waiting = kept
        for b in range(fresh):
            block = blocks[around[b]]
            if max(count, waiting) + block.count > len(ripe):
                return 0, 0, -1
            for e in range(block.start, block.start + block.count):
                entry = pool[e]
                chord = (entry.x - x) ** 2 + (entry.y - y) ** 2 + (entry.z - z) ** 2
                if chord <= sure:
                    ripe[count], ripe_chord[count] = e, chord
                    count += 1
                elif chord <= farthest:
                    later[waiting], later_chord[waiting] = e, chord
                    waiting += 1
        counts = _weigh_entries(
            ripe[:count], ripe_chord[:count], pool, columns, places, hours, zones, marks, policy,
            now, near, passed, stale, counts,
        )  # fmt: skip
        if counts[0] > len(near_chord) or counts[1] > len(passed):
            return 0, 0, -1
        if counts[0] >= enough:
            break
    found, barred, noted = counts
    if noted > 0:
        return 0, 0, noted
    if min(found, enough) > len(out):
        return 0, 0, -1
    rows = ripe
    total = nearest_rows(near_chord[:found], near_slot, words, enough, rows)
    touched = 0.0
    for i in range(total):
        row = rows[i]
        entry = pool[near_entry[row]]
        touched += places[columns[entry.owner].first + entry.place].latitude
    if found >= enough and not np.isnan(touched):
        farthest = 0.0
        for i in range(total):
            farthest = max(farthest, near_chord[rows[i]])
    for i in range(total):
        row = rows[i]
        entry = pool[near_entry[row]]
        column = columns[entry.owner]
        place = places[column.first + entry.place]
        _tell(out[i], entry, near_chord[row], column, place, zones, policy, now)
    kept = 0
    for i in range(barred):
        if passed[i].straight_m <= farthest:
            passed[kept] = passed[i]
            passed[kept].straight_m = metres_of(passed[i].straight_m)
            kept += 1
    return total, kept, 0


__all__ = ["rescuers_near"]
