"""Units for a patient for whom nobody was ordered yet: the choice of ``units_choice``, compiled.

The rules are those of :func:`shared.decision.units_choice.choose` without orders, and of
:mod:`shared.decision.units` for whom to route until the choice stands; the tests hold them against
each other.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import inlined, leaf
from shared.decision.books import CLOSED, STALE, hours_state
from shared.decision.model import Reason
from shared.decision.units_search import FREE

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]

SOONER_S = 1e-6
"""A bound and the routed time of the same way may differ in their last digits."""
REASONS = (
    Reason.NEAREST_AMBULANCE,
    Reason.SECOND_AMBULANCE,
    Reason.ALS_PREFERRED,
    Reason.BEFORE_AMBULANCE,
    Reason.WITHIN_CIRCLE,
)
"""Why a unit was picked, by code."""
NEAREST, SECOND, ALS, BEFORE, WITHIN = range(len(REASONS))
AMBULANCE, TEAM = 0, 1

COUNT, OUTRUN, HAVE_TEAM, STALE_HOURS = range(4)
"""What the counts of a choice are."""
FIRST_S, LIMIT_S, TEAM_LIMIT_S = range(3)
"""What its times are; see :class:`shared.decision.units_choice.Chosen`."""


@leaf
def _soonest(routed: Ints, count: int, eta_s: Floats, codes: Codes, kind: int, out: Ints) -> int:
    """Rows of a kind that have a way, the soonest first, lower rows on ties; how many."""
    n = 0
    for i in range(count):
        row = routed[i]
        mine = eta_s[row]
        if codes[row, 0] != kind or not mine < inf:
            continue
        at = n
        while at > 0:
            before = out[at - 1]
            if eta_s[before] < mine or (eta_s[before] == mine and before < row):
                break
            out[at] = before
            at -= 1
        out[at] = row
        n += 1
    return n


@leaf
def _second(able: Ints, n: int, eta_s: Floats, codes: Codes, rules: Any) -> tuple[int, float]:
    """The row of the second ambulance beside the first of those able (-1: none), and its limit."""
    first_s, advanced = eta_s[able[0]], codes[able[0], 3] > 0
    near, with_als = 0, -1
    for i in range(1, n):
        row = able[i]
        if eta_s[row] <= rules.within_s:
            near += 1
            if with_als < 0 and codes[row, 3] > 0:
                with_als = row
    if advanced:
        with_als = -1
    limit_s = rules.within_s
    choice = with_als
    if rules.rule == 2.0 and first_s <= rules.late_s:
        # Only for the sake of advanced life support.
        if advanced:
            return -1, -inf
        if with_als >= 0 and eta_s[with_als] > rules.als_within_s:
            with_als = -1
        choice = with_als
        limit_s = min(rules.als_within_s, rules.within_s)
    elif choice < 0 and near > 0:
        choice = able[1]
    if near - 1 < rules.keep_free:
        return -1, max(limit_s, rules.within_s)
    if choice >= 0 and (advanced or choice == with_als):
        limit_s = eta_s[choice]
    return choice, limit_s


@leaf
def choose_units(  # noqa: PLR0912 (the rules in their order, compiled)
    routed: Ints,
    count: int,
    eta_s: Floats,
    codes: Codes,
    likely: bool,
    rules_of: Array,
    able: Ints,
    picks: Ints,
    reasons: Ints,
    outrun: Ints,
    counts: Ints,
    told_s: Floats,
) -> None:
    """Fills rows picked and why, those outrun, the counts and the times of the choice."""
    rules = rules_of[0]
    wanted = int(rules.ambulances)
    n = _soonest(routed, count, eta_s, codes, AMBULANCE, able)
    size = 0
    limit_s = -inf
    for k in range(wanted):
        if k >= n:
            limit_s = inf
            break
        picks[size], reasons[size] = able[k], NEAREST
        limit_s = eta_s[able[k]]
        size += 1
    second = -1
    if rules.rule != 0.0 and likely and size == 1:
        second, second_limit_s = _second(able, n, eta_s, codes, rules)
        limit_s = max(limit_s, second_limit_s)
    passed = 0
    if second >= 0:
        picks[size], reasons[size] = second, SECOND
        size += 1
    elif likely and wanted == 1 and size == 1 and codes[picks[0], 3] == 0:
        # One alone: somewhat later with advanced life support is better than sooner without.
        latest_s = eta_s[picks[0]] + rules.als_slower_by_s
        limit_s = max(limit_s, latest_s)
        better = -1
        for i in range(1, n):
            if codes[able[i], 3] > 0:
                better = able[i]
                break
        if better >= 0 and eta_s[better] <= latest_s:
            for i in range(n):
                if eta_s[able[i]] < eta_s[better]:
                    outrun[passed] = able[i]
                    passed += 1
            picks[0], reasons[0] = better, ALS
    first_s = inf
    for i in range(size):
        first_s = min(first_s, eta_s[picks[i]])
    team_limit_s = max(first_s, rules.team_within_s)
    n = _soonest(routed, count, eta_s, codes, TEAM, able)
    counts[HAVE_TEAM] = 0
    if n > 0:
        team_s = eta_s[able[0]]
        if team_s < first_s or team_s <= rules.team_within_s:
            team_limit_s = team_s
            picks[size] = able[0]
            reasons[size] = BEFORE if team_s < first_s else WITHIN
            size += 1
            counts[HAVE_TEAM] = 1
    counts[COUNT], counts[OUTRUN] = size, passed
    told_s[FIRST_S] = first_s
    told_s[LIMIT_S] = max(limit_s, first_s)
    told_s[TEAM_LIMIT_S] = team_limit_s


@leaf
def missing(
    flags: Codes, found: Floats, eta_s: Floats, closed: Codes, codes: Codes, told_s: Floats,
    rows: Ints,
) -> int:  # fmt: skip
    """Fills ``rows`` with those not routed yet that might change what is said; how many."""
    first_s = told_s[FIRST_S]
    most_s = max(told_s[LIMIT_S], told_s[TEAM_LIMIT_S], first_s) + SOONER_S
    count = 0
    for row in range(found.shape[0]):
        bound_s = found[row, 1]
        if not bound_s <= most_s or bound_s == inf or closed[row] or not np.isnan(eta_s[row]):
            continue
        limit_s = first_s
        if flags[row] == FREE:
            limit_s = told_s[LIMIT_S] if codes[row, 0] == AMBULANCE else told_s[TEAM_LIMIT_S]
        if bound_s <= limit_s + SOONER_S:
            rows[count] = row
            count += 1
    return count


@leaf
def lost(
    flags: Codes, found: Floats, eta_s: Floats, again: Codes, codes: Codes, told_s: Floats,
    rows: Ints,
) -> int:  # fmt: skip
    """Fills ``rows`` with those without a way that might change the choice, ambulances first.

    See ``units._Weighing.lost``.
    """
    count = ambulances = 0
    for row in range(found.shape[0]):
        if eta_s[row] != inf or flags[row] != FREE or again[row]:
            continue
        limit_s = told_s[LIMIT_S] if codes[row, 0] == AMBULANCE else told_s[TEAM_LIMIT_S]
        if found[row, 1] <= limit_s + SOONER_S:
            rows[count] = row
            count += 1
            ambulances += codes[row, 0] == AMBULANCE
    if told_s[FIRST_S] < inf or ambulances == 0:
        return count
    kept = 0
    for i in range(count):
        if codes[rows[i], 0] == AMBULANCE:
            rows[kept] = rows[i]
            kept += 1
    return kept


@inlined
def _shut(row: int, station_hours: Numbers, hours: Array, now: float) -> int:
    """1 where its station is closed, ``STALE`` where that has to be looked up, else 0."""
    state = hours_state(hours, station_hours[row], now)
    if state == STALE:
        return STALE
    return 1 if state == CLOSED else 0


@leaf
def open_rows(
    rows: Ints,
    count: int,
    station_hours: Numbers,
    hours: Array,
    now: float,
    flags: Codes,
    closed: Codes,
    stale: Numbers,
    counts: Ints,
) -> int:
    """Of the rows keeps those that are not free, and those whose station is not closed."""
    kept = 0
    for i in range(count):
        row = rows[i]
        shut = _shut(row, station_hours, hours, now) if flags[row] == FREE else 0
        if shut == STALE:
            if counts[STALE_HOURS] < len(stale):
                stale[counts[STALE_HOURS]] = station_hours[row]
            counts[STALE_HOURS] += 1
        if shut == 1:
            closed[row] = 1
        else:
            rows[kept] = row
            kept += 1
    return kept


@leaf
def grid_times(
    rows: Ints,
    count: int,
    codes: Codes,
    found: Floats,
    factor: Floats,
    speed_m_s: Floats,
    metres: Floats,
    eta_s: Floats,
) -> None:
    """Great circles times a factor by mode, and the seconds that come of it."""
    for i in range(count):
        row = rows[i]
        mode = codes[row, 1]
        metres[row] = found[row, 0] * factor[mode]
        eta_s[row] = found[row, 3] + metres[row] / speed_m_s[mode]


@leaf
def note(rows: Ints, count: int, flags: Codes, routed: Ints, have: int) -> int:
    """Adds the free ones to those routed, in whatever order; how many there are."""
    for i in range(count):
        if flags[rows[i]] == FREE:
            routed[have] = rows[i]
            have += 1
    return have
