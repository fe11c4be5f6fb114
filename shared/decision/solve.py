"""From people, AEDs and ways to options: what each could do, when, and with what odds.

An arrival is ``shift + L`` with ``L`` log-normal (turnout varies, the way does not). Everything is
kept as "there by t" for a few times, so that the objective is products of numbers:

* ``cpr[i, t]``: P(there by t | accepted), place and arriving in it;
* ``shock[i, t]``: the same with an AED in hand, applied, given that the AED can be used;
* ``accept[i, s]``: P(accepts) when the channel works (0) and when it does not (1).
"""

from __future__ import annotations

from math import erf, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.decision.aed_index import FLOOR_UNKNOWN
from shared.decision.grid import metres_of
from shared.decision.history import mean, p_accept
from shared.decision.responder_odds import fails_given, floors_s, works_given

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

POINTS = 14
"""Times at which odds are kept for the expected times; the integral is a trapezoid."""
TIMES = POINTS + 2
"""The last two are the targets t₁ and t₂."""
STEPS_PER_LOG = 64
LOG_LOW = -8.0
"""The table of the log-normal runs over ln(t ÷ median) from here to its negative."""


def lognormal_table(spread: float) -> Floats:
    """Φ(ln u ÷ spread) at even steps of ln u from ``LOG_LOW`` to ``-LOG_LOW``, for interpolation.

    ``spread`` is the standard deviation of the logarithm; the error of interpolating is below
    1e-4 for spreads from 0.2.
    """
    count = int(-2 * LOG_LOW * STEPS_PER_LOG) + 1
    at = LOG_LOW + np.arange(count + 1) / STEPS_PER_LOG
    return np.array([0.5 * (1 + erf(v / spread / sqrt(2))) for v in at])


@inlined
def arrived(after_s: float, median_s: float, table: Floats) -> float:
    """P(L ≤ after), ``L`` log-normal with that median, from its table; 0 before 0."""
    if after_s <= 0.0:
        return 0.0
    at = (log(after_s / median_s) - LOG_LOW) * STEPS_PER_LOG
    if at <= 0.0:
        return 0.0
    low = int(at)
    if low >= len(table) - 2:
        return 1.0
    part = at - low
    return float(table[low] * (1.0 - part) + table[low + 1] * part)


OPTION = np.dtype(
    [
        ("rescuer", "i4"),
        ("aed", "i4"),  # -1: none
        ("shift_s", "f8"),  # from now until the turnout begins to count at the patient
        ("median_s", "f8"),  # of the turnout
        ("eta_s", "f8"),  # median at the patient, from now
        ("distance_m", "f8"),
        ("p_there", "f8"),  # P(at that place) · P(arrive | accept)
        ("works", "f8"),
        ("fails", "f8"),
        ("cpr", "f8"),  # P(there by t₁ | accepted)
        ("shock", "f8"),  # P(shock given by t₂ | accepted, AED usable)
    ],
    align=True,
)
PERSON = np.dtype(
    [
        ("p_accept", "f8"),
        ("p_arrive", "f8"),
        ("works", "f8"),
        ("fails", "f8"),
        ("turnout_s", "f8"),
        ("direct_eta_s", "f8"),
        ("direct_m", "f8"),
        ("able", "i4"),
    ],
    align=True,
)
"""What is known of each candidate, whether or not they have an option."""


@leaf
def fill_times(question: Array, numbers: Array, times: Floats, weights: Floats) -> None:
    """Times from the call at which odds are kept, and what each counts in the integral."""
    asked, policy = question[0], numbers[0]
    step = (asked.end_s - asked.elapsed_s) / (POINTS - 1)
    for i in range(POINTS):
        times[i] = asked.elapsed_s + i * step
        weights[i] = step
    weights[0] = weights[POINTS - 1] = step / 2
    times[POINTS] = policy.target_cpr_s
    times[POINTS + 1] = policy.target_shock_s
    weights[POINTS] = weights[POINTS + 1] = 0.0


def times_of(question: Array, numbers: Array) -> tuple[Floats, Floats]:
    """What :func:`fill_times` tells, in arrays of their own."""
    times, weights = np.empty(TIMES), np.empty(TIMES)
    fill_times(question, numbers, times, weights)
    return times, weights


@leaf
def persons(found: Array, columns: Array, numbers: Array, out: Array) -> None:
    """The odds of each candidate by their history, the hour and the channel, as ``PERSON``."""
    policy = numbers[0]
    for i in range(len(found)):
        column = columns[found[i].slot]
        one = out[i]
        day = (float(column.accepted_day), float(column.asked_day), policy.day_p_accept)
        dark = (float(column.accepted_night), float(column.asked_night), policy.night_p_accept)
        if found[i].night:
            p = p_accept(
                dark[0], dark[1], dark[2], day[0], day[1], day[2],
                policy.history_weight, policy.history_shared,
            )  # fmt: skip
            one.works = works_given(p, policy.night_p_channel, policy.night_factor)
            one.fails = fails_given(p, policy.night_p_channel, policy.night_factor)
            one.turnout_s = policy.night_turnout_s
        else:
            p = p_accept(
                day[0], day[1], day[2], dark[0], dark[1], dark[2],
                policy.history_weight, policy.history_shared,
            )  # fmt: skip
            one.works = works_given(p, policy.day_p_channel, policy.day_factor)
            one.fails = fails_given(p, policy.day_p_channel, policy.day_factor)
            one.turnout_s = policy.day_turnout_s
        one.p_accept = p
        one.p_arrive = found[i].p_there * mean(
            float(column.arrived), float(column.accepted), policy.p_arrive, policy.arrival_weight
        )
        one.able = 0


@compiled
def options_of(
    found: Array,
    people: Array,
    aeds: Array,
    ways: tuple[Floats, Floats, Floats, Floats, Floats, Floats],
    numbers: Array,
    question: Array,
    table: Floats,
    out: Array,
    at_aed: Floats,
    via: Floats,
) -> int:
    """Direct for whoever beats the ambulance; via the AEDs with the shortest whole way.

    ``aeds`` are the AEDs considered; ``ways`` as in :class:`shared.decision.ways.Ways`. Fills
    ``out`` with options (``OPTION``; lower index, lower ids), and (n, a) medians from now: at the
    AED and, with it, at the patient (``inf`` where it closes before or there is no way; the
    ambulance is not looked at). Returns how many options there are; ``out`` has room for
    :func:`options_most` of them.
    """
    direct_m, direct_s, to_aed_m, to_aed_s, from_aed_m, from_aed_s = ways
    policy, asked = numbers[0], question[0]
    n, a = len(found), len(aeds)
    most = int(policy.aeds_per_rescuer)
    left = np.empty(a, dtype=np.bool_)
    taken = np.zeros(a, dtype=np.bool_)
    aed_up = np.empty(a)
    for j in range(a):
        aed_up[j] = policy.unknown_floor_s
        if aeds[j].floor != FLOOR_UNKNOWN:
            aed_up[j] = floors_s(float(aeds[j].floor), policy.per_floor_s, policy.floors_max_s)
    asked_s = policy.delivery_s + policy.answer_s
    count = 0
    for i in range(n):
        person = people[i]
        turnout_s = person.turnout_s
        shift_s = asked_s + direct_s[i] + asked.up_s
        person.direct_eta_s = shift_s + turnout_s
        person.direct_m = direct_m[i]
        if person.direct_eta_s < asked.ambulance_s:
            _put(out, count, i, -1, shift_s, direct_m[i], person, asked, policy, table)
            count += 1
        limit_s = asked.ambulance_s + policy.late_s
        for j in range(a):
            reach_s = asked_s + to_aed_s[i, j] + aed_up[j]
            at_aed[i, j] = reach_s + turnout_s
            via[i, j] = np.inf
            left[j] = False
            if at_aed[i, j] < aeds[j].open_for_s:
                via_s = reach_s + policy.pick_up_s + aed_up[j] + from_aed_s[i, j] + asked.up_s
                via[i, j] = via_s + turnout_s
                left[j] = via[i, j] <= limit_s and via[i, j] < np.inf
        # The AEDs with the shortest whole way (lower index on ties), in the order of their index.
        for _ in range(min(most, a)):
            best = -1
            for j in range(a):
                if left[j] and (best < 0 or via[i, j] < via[i, best]):
                    best = j
            if best < 0:
                break
            left[best] = False
            taken[best] = True
        for j in range(a):
            if taken[j]:
                taken[j] = False
                shift_s = via[i, j] - turnout_s
                metres = to_aed_m[i, j] + from_aed_m[i, j]
                _put(out, count, i, j, shift_s, metres, person, asked, policy, table)
                count += 1
    return count


@inlined
def options_most(people: int, aeds: int, numbers: Array) -> int:
    """No more options than this come of so many people and AEDs."""
    return people * (1 + min(aeds, int(numbers[0].aeds_per_rescuer)))


@inlined
def _put(
    out: Array,
    count: int,
    rescuer: int,
    aed: int,
    shift_s: float,
    distance_m: float,
    person: Any,
    asked: Any,
    policy: Any,
    table: Floats,
) -> None:
    one = out[count]
    one.rescuer = rescuer
    one.aed = aed
    one.shift_s = shift_s
    one.median_s = person.turnout_s
    one.eta_s = shift_s + person.turnout_s
    one.distance_m = distance_m
    one.p_there = person.p_arrive
    one.works = person.works
    one.fails = person.fails
    shift_s += asked.elapsed_s
    one.cpr = one.p_there * arrived(policy.target_cpr_s - shift_s, one.median_s, table)
    one.shock = 0.0
    if aed >= 0:
        after_s = policy.target_shock_s - shift_s - policy.apply_s
        one.shock = one.p_there * arrived(after_s, one.median_s, table)
    person.able = 1


@compiled
def weigh_ways(
    found: Array,
    aeds: Array,
    columns: Array,
    ways: tuple[Floats, Floats, Floats, Floats, Floats, Floats],
    numbers: Array,
    question: Array,
    table: Floats,
) -> tuple[Array, Array, Floats, Floats]:
    """The persons, and what :func:`options_of` tells, in arrays of their own."""
    n, a = len(found), len(aeds)
    people = np.empty(n, dtype=PERSON)
    persons(found, columns, numbers, people)
    options = np.empty(options_most(n, a, numbers), dtype=OPTION)
    at_aed, via = np.empty((n, a)), np.empty((n, a))
    count = options_of(found, people, aeds, ways, numbers, question, table, options, at_aed, via)
    return people, options[:count], at_aed, via


@compiled
def straight_ways(
    found: Array,
    aeds: Array,
    question: Array,
    speed_m_s: Floats,
    factor: Floats,
    out: tuple[Floats, Floats, Floats, Floats, Floats, Floats],
) -> None:
    """Great circles times a factor by mode, into ``out`` (as ``ways`` of :func:`options_of`)."""
    direct_m, direct_s, to_m, to_s, from_m, from_s = out
    a = len(aeds)
    phi, lam = np.radians(question[0].latitude), np.radians(question[0].longitude)
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    beyond_m = np.empty(a)
    for j in range(a):
        aed = aeds[j]
        beyond_m[j] = metres_of((aed.x - x) ** 2 + (aed.y - y) ** 2 + (aed.z - z) ** 2)
    for i in range(len(found)):
        one = found[i]
        speed, longer = speed_m_s[one.mode], factor[one.mode]
        px, py, pz = one.x, one.y, one.z
        direct_m[i] = metres_of((px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2) * longer
        direct_s[i] = direct_m[i] / speed
        for j in range(a):
            aed = aeds[j]
            metres = metres_of((px - aed.x) ** 2 + (py - aed.y) ** 2 + (pz - aed.z) ** 2)
            to_m[i, j] = metres * longer
            to_s[i, j] = to_m[i, j] / speed
            from_m[i, j] = beyond_m[j] * longer
            from_s[i, j] = from_m[i, j] / speed


@compiled
def weigh_on_grid(
    found: Array,
    aeds: Array,
    columns: Array,
    numbers: Array,
    question: Array,
    speed_m_s: Floats,
    factor: Floats,
    table: Floats,
) -> tuple[tuple[Floats, Floats, Floats, Floats, Floats, Floats], Array, Array, Floats, Floats]:
    """Ways by great circle and factor, then as :func:`weigh_ways`, in one call."""
    n, a = len(found), len(aeds)
    ways = (
        np.empty(n),
        np.empty(n),
        np.empty((n, a)),
        np.empty((n, a)),
        np.empty((n, a)),
        np.empty((n, a)),
    )
    straight_ways(found, aeds, question, speed_m_s, factor, ways)
    who, options, at_aed, via = weigh_ways(found, aeds, columns, ways, numbers, question, table)
    return ways, who, options, at_aed, via


@compiled
def there_by(
    options: Array, which: Array, times: Floats, apply_s: float, elapsed_s: float, table: Floats
) -> tuple[Floats, Floats]:
    """(k, t) P(there by t | accepted), and with an AED applied, of some options."""
    cpr = np.empty((len(which), len(times)))
    shock = np.zeros((len(which), len(times)))
    for k in range(len(which)):
        one = options[which[k]]
        shift_s = one.shift_s + elapsed_s
        for t in range(len(times)):
            after_s = times[t] - shift_s
            cpr[k, t] = one.p_there * arrived(after_s, one.median_s, table)
            if one.aed >= 0:
                shock[k, t] = one.p_there * arrived(after_s - apply_s, one.median_s, table)
    return cpr, shock


__all__ = [
    "OPTION",
    "PERSON",
    "POINTS",
    "TIMES",
    "fill_times",
    "lognormal_table",
    "options_most",
    "options_of",
    "persons",
    "straight_ways",
    "there_by",
    "times_of",
    "weigh_on_grid",
    "weigh_ways",
]  # fmt: skip
