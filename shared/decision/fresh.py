"""A first decision in one compiled call: nobody was asked or ordered for this patient yet.

What the steps do stands with them (``units_fresh``, ``search``, ``search_aeds``, ``solve``,
``assign``); here they only follow each other, on memory that is ready for them (``room``). Calls
that Python makes one by one cost more than the steps themselves.

A call ends early where something is missing, with a code of what (``DONE`` otherwise).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.decision.assign import assign
from shared.decision.found import HELD, MISSING, TIRED
from shared.decision.search import rescuers_near
from shared.decision.search_aeds import aeds_near
from shared.decision.solve import (
    POINTS,
    fill_times,
    options_of,
    persons,
    straight_ways,
)
from shared.decision.standing import HORIZON_WITHOUT_AMBULANCE_S as WITHOUT_AMBULANCE_S
from shared.decision.standing import fill_units_by
from shared.decision.units_fresh import (
    COUNT,
    FIRST_S,
    STALE_HOURS,
    choose_units,
    grid_times,
    missing,
    note,
    open_rows,
)
from shared.decision.units_search import HELD as UNIT_HELD
from shared.decision.units_search import weigh_units

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]

DONE, NO_ZONE, NO_ROOM, STALE_STATION, STALE_RESCUER, STALE_AED = range(6)
"""What a call says: the answer is there; nobody is near whose time zone counts; the room is too
small; hours have to be looked up (their numbers are in the room) before it can be asked again."""

N_FOUND, N_PASSED, N_AEDS, N_CLOSE, N_SHUT, N_OPTIONS, N_PICKS, N_STALE, ZONE, ZONE_OF = range(10)
"""What was found, how many; how many hours are stale; the zone of whoever is nearest, and whether
it is one of the rescuers' (0) or of the AEDs' (1)."""
LIKELY, N_TIRED, N_HELD, N_AEDS_HELD, N_AEDS_MISSING, N_UNITS_HELD, MARKS = range(7)
"""What comes with a question: whether it is taken for an arrest, how many marks of a kind there
are, and from ``MARKS`` on the marks one after the other."""

UnitRoom = tuple[Any, ...]


@leaf
def begin_units(
    units: tuple[Floats, Codes, Numbers, Array],
    know: Floats,
    held: Numbers,
    room: UnitRoom,
) -> None:
    """Weighs all units by a bound on their time; nobody is routed yet."""
    numbers, codes, _, _ = units
    flags, closed, found, nearest, eta_s, metres = (
        room[0],
        room[1],
        room[2],
        room[3],
        room[4],
        room[5],
    )
    for row in range(len(flags)):
        flags[row] = 0
        closed[row] = 0
        eta_s[row] = np.nan
        metres[row] = np.nan
    for i in range(len(held)):
        if held[i] >= 0:
            flags[held[i]] = UNIT_HELD
    weigh_units(numbers, codes, flags, know, found, nearest)


@leaf
def units_on_grid(
    units: tuple[Floats, Codes, Numbers, Array],
    rules: Array,
    factor: Floats,
    speed_m_s: Floats,
    now: float,
    likely: bool,
    room: UnitRoom,
) -> int:
    """Routes whoever might be chosen, and chooses; how many hours of stations are stale."""
    _, codes, station_hours, hours = units
    (
        flags, closed, found, nearest, eta_s, metres, rows, routed, able, picks, reasons, outrun,
        counts, told_s, stale,
    ) = room  # fmt: skip
    counts[STALE_HOURS] = 0
    size = have = 0
    for which in range(2):
        for i in range(1, nearest[which, 0] + 1):
            rows[size] = nearest[which, i]
            size += 1
    while True:
        size = open_rows(rows, size, station_hours, hours, now, flags, closed, stale, counts)
        if counts[STALE_HOURS] > 0:
            return int(counts[STALE_HOURS])
        grid_times(rows, size, codes, found, factor, speed_m_s, metres, eta_s)
        have = note(rows, size, flags, routed, have)
        choose_units(
            routed, have, eta_s, codes, likely, rules, able, picks, reasons, outrun, counts, told_s
        )
        size = missing(flags, found, eta_s, closed, codes, told_s, rows)
        if size == 0:
            return 0


@inlined
def horizon(asked: Any, first_s: float, numbers: Array) -> None:
    """Notes when the first ambulance is there, and until when expected times look."""
    asked.ambulance_s = max(0.0, first_s)
    ahead_s = WITHOUT_AMBULANCE_S if first_s == np.inf else 1.5 * asked.ambulance_s
    asked.end_s = asked.elapsed_s + max(ahead_s, numbers[0].target_shock_s)


@leaf
def mark(marks: Codes, marked: Numbers, first: int, count: int, code: int) -> None:
    """Marks the slots that stand there (-1 is nobody)."""
    for i in range(first, first + count):
        if marked[i] >= 0:
            marks[marked[i]] = code


@leaf
def zone_of_nearest(
    found: Array, aeds: Array, columns: Array, aed_columns: Array, counts: Ints
) -> bool:
    """Notes the zone of the nearest rescuer, else of the nearest AED; False without any."""
    who = -1
    for i in range(counts[N_FOUND]):
        if who < 0 or found[i].straight_m < found[who].straight_m:
            who = i
    if who >= 0:
        counts[ZONE], counts[ZONE_OF] = columns[found[who].slot].zone, 0
        return True
    for i in range(counts[N_AEDS]):
        if who < 0 or aeds[i].straight_m < aeds[who].straight_m:
            who = i
    if who >= 0:
        counts[ZONE], counts[ZONE_OF] = aed_columns[aeds[who].slot].zone, 1
        return True
    return False


@compiled
def look_around(
    people: tuple[Any, ...],
    devices: tuple[Any, ...],
    numbers: Array,
    question: Array,
    marked: Numbers,
    room: tuple[Any, ...],
    scratch: tuple[Any, ...],
    counts: Ints,
) -> int:
    """Rescuers and AEDs around, and the hour of whoever is nearest."""
    grid, step, columns, places, words, marks, zones, hours = people
    aed_grid, aed_step, aed_columns, aed_words, aed_marks, aed_zones, aed_hours = devices
    found, passed, aeds, shut = room
    near, some = scratch
    at = MARKS
    mark(marks, marked, at, marked[N_TIRED], TIRED)
    at += marked[N_TIRED]
    mark(marks, marked, at, marked[N_HELD], HELD)
    at += marked[N_HELD]
    mark(aed_marks, marked, at, marked[N_AEDS_HELD], HELD)
    at += marked[N_AEDS_HELD]
    mark(aed_marks, marked, at, marked[N_AEDS_MISSING], MISSING)
    n, barred, more = rescuers_near(
        grid, step, columns, places, words, marks, zones, hours, numbers, question, near,
        found, passed,
    )  # fmt: skip
    total = close = out = lacks = 0
    if more == 0:
        total, close, out, lacks = aeds_near(
            aed_grid, aed_step, aed_columns, aed_words, aed_marks, aed_zones, aed_hours, numbers,
            question, some, aeds, shut,
        )  # fmt: skip
    at = marked[N_TIRED] + marked[N_HELD]
    mark(marks, marked, MARKS, at, 0)
    mark(aed_marks, marked, MARKS + at, marked[N_AEDS_HELD] + marked[N_AEDS_MISSING], 0)
    if more != 0 or lacks != 0:
        counts[N_STALE] = max(more, lacks)
        if min(more, lacks) < 0:
            return NO_ROOM
        return STALE_RESCUER if more > 0 else STALE_AED
    counts[N_FOUND], counts[N_PASSED] = n, barred
    counts[N_AEDS], counts[N_CLOSE], counts[N_SHUT] = total, close, out
    if not zone_of_nearest(found, aeds, columns, aed_columns, counts):
        return NO_ZONE
    book = zones if counts[ZONE_OF] == 0 else aed_zones
    policy = numbers[0]
    night = book[counts[ZONE]].night
    question[0].p_works = policy.night_p_channel if night else policy.day_p_channel
    return DONE


@leaf
def stand(
    question: Array,
    numbers: Array,
    rules: Array,
    codes: Codes,
    eta_s: Floats,
    picks: Ints,
    count: int,
    kept_up: float,
    table: Floats,
    room: tuple[Any, ...],
) -> None:
    """What counts before anybody is asked: the units picked, bystanders, the channel."""
    times, weights, states, cpr, shock, arrivals = room
    fill_times(question, numbers, times, weights)
    states[0] = question[0].p_works
    states[1] = 1 - states[0]
    for i in range(count):
        row = picks[i]
        arrivals[i, 0] = eta_s[row]
        arrivals[i, 1] = codes[row, 4]
    fill_units_by(
        times, question[0].elapsed_s, arrivals[:count], rules[0].p_arrive, rules[0].aed_apply_s,
        kept_up, table, cpr, shock,
    )  # fmt: skip


@compiled
def tasks(
    found: Array,
    aeds: Array,
    columns: Array,
    ways: tuple[Floats, Floats, Floats, Floats, Floats, Floats],
    numbers: Array,
    question: Array,
    table: Floats,
    standing: tuple[Any, ...],
    room: tuple[Any, ...],
    counts: Ints,
) -> float:
    """Odds and options of all who were found, and who of them does what; the shortfall."""
    times, weights, states, cpr, shock, _ = standing
    people, options, at_aed, via, carried, picks, without, named = room
    n, a = len(found), len(aeds)
    persons(found, columns, numbers, people)
    at_aed, via = at_aed[: n * a].reshape(n, a), via[: n * a].reshape(n, a)
    count = options_of(
        found, people[:n], aeds, ways, numbers, question, table, options, at_aed, via
    )
    carried = carried[: a * 2 * len(times)].reshape(a, 2, len(times))
    carried[:] = 1.0
    p_aed = np.empty(a)
    for j in range(a):
        p_aed[j] = aeds[j].p
    question[0].floor = min(question[0].floor, n)
    base_cpr, base_shock = np.empty(2), np.empty(2)
    for s in range(2):
        base_cpr[s] = states[s] * cpr[s, POINTS]
        base_shock[s] = states[s] * shock[s, POINTS + 1]
    chosen, missed, short = assign(
        options[:count], n, p_aed, (base_cpr, base_shock, np.ones((a, 2))), (cpr, shock, carried),
        (times, weights, states), numbers, question, table,
    )  # fmt: skip
    for j in range(len(chosen)):
        picks[j], without[j] = chosen[j], missed[j]
        one = options[chosen[j]]
        named[j, 0] = found[one.rescuer].slot
        named[j, 1] = aeds[one.aed].slot if one.aed >= 0 else -1
    counts[N_OPTIONS], counts[N_PICKS] = count, len(chosen)
    return float(short)


@compiled
def decide_on_grid(
    units: tuple[Any, ...],
    people: tuple[Any, ...],
    devices: tuple[Any, ...],
    policy: tuple[Any, ...],
    question: Array,
    know: Floats,
    marked: Numbers,
    kept_up: float,
    unit_room: UnitRoom,
    around_room: tuple[Any, ...],
    scratch: tuple[Any, ...],
    ways_room: tuple[Any, ...],
    standing_room: tuple[Any, ...],
    tasks_room: tuple[Any, ...],
    counts: Ints,
    short: Floats,
) -> int:
    """The whole search and assignment where there are no streets; a code of what it came to.

    ``policy`` is (numbers, modes' speed, modes' factor, table of turnouts, rules of units, units'
    factor, units' speed, table of units' turnouts). The rest is what the steps take.
    """
    numbers, speed_m_s, factor, table, rules, unit_factor, unit_speed_m_s, unit_table = policy
    asked = question[0]
    held = marked[len(marked) - marked[N_UNITS_HELD] :]
    begin_units(units, know, held, unit_room)
    stale = units_on_grid(
        units, rules, unit_factor, unit_speed_m_s, asked.now, marked[LIKELY] > 0, unit_room
    )
    if stale > 0:
        counts[N_STALE] = stale
        return STALE_STATION
    horizon(asked, unit_room[13][FIRST_S], numbers)
    code = look_around(people, devices, numbers, question, marked, around_room, scratch, counts)
    if code != DONE:
        return code
    stand(
        question, numbers, rules, units[1], unit_room[4], unit_room[9], unit_room[12][COUNT],
        kept_up, unit_table, standing_room,
    )  # fmt: skip
    n, a = counts[N_FOUND], counts[N_CLOSE]
    direct_m, direct_s, to_m, to_s, from_m, from_s = ways_room
    if n > len(direct_m) or n * a > len(to_m):
        return NO_ROOM
    ways = (
        direct_m[:n], direct_s[:n], to_m[: n * a].reshape(n, a), to_s[: n * a].reshape(n, a),
        from_m[: n * a].reshape(n, a), from_s[: n * a].reshape(n, a),
    )  # fmt: skip
    found, aeds = around_room[0][:n], around_room[2][:a]
    straight_ways(found, aeds, question, speed_m_s, factor, ways)
    short[0] = tasks(
        found, aeds, people[2], ways, numbers, question, table, standing_room, tasks_room, counts
    )
    return DONE
