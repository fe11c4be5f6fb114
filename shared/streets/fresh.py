"""A first decision on streets in one compiled call; see :mod:`shared.decision.fresh`."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, leaf
from shared.decision.fresh import (
    DONE,
    N_CLOSE,
    N_FOUND,
    N_STALE,
    N_UNITS_HELD,
    NO_ROOM,
    STALE_STATION,
    begin_units,
    horizon,
    look_around,
    stand,
    tasks,
)
from shared.decision.fresh import LIKELY as IS_LIKELY
from shared.decision.units_fresh import (
    AMBULANCE,
    COUNT,
    FIRST_S,
    LIMIT_S,
    SOONER_S,
    STALE_HOURS,
    TEAM_LIMIT_S,
    choose_units,
    lost,
    missing,
    note,
    open_rows,
)
from shared.streets.arrivals import arrivals
from shared.streets.ways import ways

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]

CUT_OFF = 100
"""Said when most of the nearest have no way at all: farther ones have to be looked for."""


@compiled
def _route(
    streets: tuple[Any, ...],
    units: tuple[Any, ...],
    rows: Ints,
    asked: Any,
    speed_m_s: Floats,
    within_s: Floats,
    found: Floats,
    metres: Floats,
    eta_s: Floats,
) -> None:
    """Ways of these rows; ``within_s`` is empty, or what each may take from now to the patient."""
    network, grid, desk, _, pool, _, bounds, far, enough, reference_m_s, snap_max_m = streets
    numbers, codes = units[0], units[1]
    n = len(rows)
    if n == 0:
        return
    places, modes, speeds = np.empty((n, 2)), np.empty(n, np.uint8), np.empty(n)
    told_m, told_s = np.empty(n), np.empty(n)
    for i in range(n):
        row = rows[i]
        places[i, 0], places[i, 1] = numbers[row, 4], numbers[row, 5]
        modes[i] = codes[row, 1]
        speeds[i] = speed_m_s[modes[i]]
    most_s = np.empty(len(within_s))
    for i in range(len(within_s)):
        most_s[i] = within_s[i] - found[rows[i], 3]
    arrivals(
        network, grid, desk, pool, bounds, far, enough, reference_m_s, snap_max_m, places, modes,
        asked.latitude, asked.longitude, speeds, most_s, told_m, told_s,
    )  # fmt: skip
    for i in range(n):
        metres[rows[i]] = told_m[i]
        eta_s[rows[i]] = found[rows[i], 3] + told_s[i]


@compiled
def units_on_streets(
    streets: tuple[Any, ...],
    units: tuple[Any, ...],
    rules: Array,
    speed_m_s: Floats,
    asked: Any,
    likely: bool,
    room: tuple[Any, ...],
) -> int:
    """Routes whoever might be chosen, and chooses; how many hours of stations are stale.

    Who is busy has left the places from where streets are known, and is seldom sooner: they are
    asked for only when they might be.
    """
    _, codes, station_hours, hours = units
    (
        flags, closed, found, nearest, eta_s, metres, rows, routed, able, picks, reasons, outrun,
        counts, told_s, stale,
    ) = room  # fmt: skip
    again = np.zeros(len(flags), np.uint8)
    nowhere = np.empty(0)
    counts[STALE_HOURS] = 0
    have = 0
    size = nearest[0, 0]
    for i in range(size):
        rows[i] = nearest[0, i + 1]
    while True:
        size = open_rows(rows, size, station_hours, hours, asked.now, flags, closed, stale, counts)
        if counts[STALE_HOURS] > 0:
            return int(counts[STALE_HOURS])
        _route(streets, units, rows[:size], asked, speed_m_s, nowhere, found, metres, eta_s)
        have = note(rows, size, flags, routed, have)
        while True:
            choose_units(
                routed, have, eta_s, codes, likely, rules, able, picks, reasons, outrun, counts,
                told_s,
            )  # fmt: skip
            size = missing(flags, found, eta_s, closed, codes, told_s, rows)
            if size > 0:
                break
            size = lost(flags, found, eta_s, again, codes, told_s, rows)
            if size == 0:
                return 0
            # They had no way in a search that ended before it met them: alone, as far as matters.
            limits_s = np.empty(size)
            bounded = True
            for i in range(size):
                again[rows[i]] = 1
                kind = codes[rows[i], 0]
                limits_s[i] = told_s[LIMIT_S] if kind == AMBULANCE else told_s[TEAM_LIMIT_S]
                limits_s[i] += SOONER_S
                bounded = bounded and limits_s[i] < inf
            _route(
                streets, units, rows[:size], asked, speed_m_s, limits_s if bounded else nowhere,
                found, metres, eta_s,
            )  # fmt: skip


@leaf
def _places(found: Array, places: Floats, modes: Codes) -> None:
    for i in range(len(found)):
        places[i, 0], places[i, 1] = found[i].latitude, found[i].longitude
        modes[i] = found[i].mode


@leaf
def _cut_off(direct_s: Floats, enough: float, most: int) -> bool:
    """As ``volunteers.cut_off``: many were found, and most have no way at all."""
    if len(direct_s) < enough or len(direct_s) >= most:
        return False
    finite = 0
    for i in range(len(direct_s)):
        finite += direct_s[i] < np.inf
    return 2 * finite < enough


@compiled
def decide_on_streets(
    streets: tuple[Any, ...],
    units: tuple[Any, ...],
    people: tuple[Any, ...],
    devices: tuple[Any, ...],
    policy: tuple[Any, ...],
    question: Array,
    know: Floats,
    marked: Numbers,
    kept_up: float,
    unit_room: tuple[Any, ...],
    around_room: tuple[Any, ...],
    scratch: tuple[Any, ...],
    ways_room: tuple[Any, ...],
    standing_room: tuple[Any, ...],
    tasks_room: tuple[Any, ...],
    counts: Ints,
    short: Floats,
    most_weighed: int,
) -> int:
    """The whole search and assignment on streets; a code of what it came to.

    ``streets`` is (network, grid, desk, trees of AEDs, trees of stations, bounds, units' bounds,
    their farthest, how many units are enough, reference speeds, how far to a street).
    """
    network, grid, desk, trees, _, bounds, _, _, _, reference_m_s, snap_max_m = streets
    numbers, speed_m_s, _, table, rules, _, unit_speed_m_s, unit_table = policy
    asked = question[0]
    begin_units(units, know, marked[len(marked) - marked[N_UNITS_HELD] :], unit_room)
    stale = units_on_streets(
        streets, units, rules, unit_speed_m_s, asked, marked[IS_LIKELY] > 0, unit_room
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
    all_ways = (
        direct_m[:n], direct_s[:n], to_m[: n * a].reshape(n, a), to_s[: n * a].reshape(n, a),
        from_m[: n * a].reshape(n, a), from_s[: n * a].reshape(n, a),
    )  # fmt: skip
    found, aeds = around_room[0][:n], around_room[2][:a]
    from_where, modes = np.empty((n, 2)), np.empty(n, np.uint8)
    _places(found, from_where, modes)
    over = np.empty((a, 2))
    for j in range(a):
        over[j, 0], over[j, 1] = aeds[j].latitude, aeds[j].longitude
    ways(
        network, grid, desk, trees, bounds, reference_m_s, snap_max_m, from_where, modes, over,
        asked.latitude, asked.longitude, speed_m_s, all_ways[0], all_ways[1], all_ways[2],
        all_ways[3], all_ways[4], all_ways[5],
    )  # fmt: skip
    if _cut_off(all_ways[1], numbers[0].enough, most_weighed):
        return CUT_OFF
    short[0] = tasks(
        found, aeds, people[2], all_ways, numbers, question, table, standing_room, tasks_room,
        counts,
    )  # fmt: skip
    return DONE
