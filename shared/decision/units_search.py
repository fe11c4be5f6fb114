"""One pass over all units: who may be ordered, how soon at best, and which are worth routing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.compiled import inlined, leaf
from shared.contracts.words import OrderState, UnitKind, UnitState
from shared.decision.grid import arcsine
from shared.decision.model import Held, Order, Reason
from shared.decision.units_index import (
    KIND_CODES,
    STATE_CODES,
    CodeArray,
    FloatArray,
    UnitIndex,
)
from shared.decision.units_numbers import (
    AFTER_S,
    LEFT_S,
    NOW_S,
    OVERDUE_SHARE,
    PACE,
    REACH_M,
    RETURNING_S,
    SLACK_M,
    START_S,
    UP_S,
    X,
    Y,
    Z,
)
from shared.geometry.distance import EARTH_RADIUS_M

IntArray = npt.NDArray[np.int64]

# What a row is: the first of these that holds rules it out; the words are in WHY.
FREE, NOT_TOLD, OFF_DUTY, OUT_OF_SERVICE, HELD, BUSY, CANCELLED, NOT_ACKNOWLEDGED = range(8)
WHY: Mapping[int, Reason] = {
    OFF_DUTY: Reason.OFF_DUTY,
    OUT_OF_SERVICE: Reason.OUT_OF_SERVICE,
    HELD: Reason.HELD_BY_INCIDENT,
    BUSY: Reason.BUSY,
    CANCELLED: Reason.CANCELLED,
    NOT_ACKNOWLEDGED: Reason.NOT_ACKNOWLEDGED,
}

STRAIGHT_M, BOUND_S, WAIT_S, STILL_S = range(4)
"""Columns of :attr:`Search.found`."""

_AVAILABLE = STATE_CODES[UnitState.AVAILABLE]
_RETURNING = STATE_CODES[UnitState.RETURNING]
_ON_SCENE = STATE_CODES[UnitState.ON_SCENE]
_OFF_DUTY = STATE_CODES[UnitState.OFF_DUTY]
_OUT_OF_SERVICE = STATE_CODES[UnitState.OUT_OF_SERVICE]
_WITH_PATIENT = (UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)
# Compiled code counts on these codes.
assert [STATE_CODES[s] - _ON_SCENE for s in _WITH_PATIENT] == [0, 1, 2]
assert [KIND_CODES[k] for k in (UnitKind.AMBULANCE, UnitKind.HEALTH_TEAM)] == [0, 1]


@dataclass(frozen=True, slots=True)
class Search:
    """What the pass found, by row of the index."""

    why: CodeArray
    """(n,) ``FREE``, ``NOT_TOLD`` or what rules the row out."""
    found: FloatArray
    """(n, 4) straight metres; the least seconds to the patient, ``inf`` where none are expected;
    expected seconds until it is free; all seconds but those on the way."""
    free: IntArray
    """The rows that may be ordered with the least bounds, the least first."""
    busy: IntArray
    """Likewise those that will be free."""
    incidents: Mapping[int, str]
    """Row → incident that holds it."""


@inlined
def _status(flag: int, state: int) -> int:
    """What a row within reach is, from what orders and claims say of it and from its state."""
    if flag == NOT_TOLD or flag >= CANCELLED:
        return flag
    if state == _OFF_DUTY:
        return OFF_DUTY
    if state == _OUT_OF_SERVICE:
        return OUT_OF_SERVICE
    if flag == FREE and state != _AVAILABLE and state != _RETURNING:  # noqa: PLR1714 - compiled
        return BUSY
    return flag


@inlined
def _keep(row: int, bound_s: float, nearest: IntArray, which: int, found: FloatArray) -> None:
    """Puts a row among the nearest of its list, if it is: after equal ones."""
    room = nearest.shape[1] - 1
    count = nearest[which, 0]
    if count < room:
        count += 1
        nearest[which, 0] = count
    elif bound_s >= found[nearest[which, count], 1]:
        return
    at = count
    while at > 1 and found[nearest[which, at - 1], 1] > bound_s:
        nearest[which, at] = nearest[which, at - 1]
        at -= 1
    nearest[which, at] = row


@leaf
def weigh_units(
    numbers: FloatArray,
    codes: CodeArray,
    flags: CodeArray,
    know: FloatArray,
    found: FloatArray,
    nearest: IntArray,
) -> None:
    """Fills ``flags`` with what each row is, ``found``, and the lists of ``nearest`` (2, 1 + k).

    ``flags`` comes with what orders and claims say; column 0 of ``nearest`` gets the counts.
    """
    nearest[0, 0] = 0
    nearest[1, 0] = 0
    for row in range(numbers.shape[0]):
        x = numbers[row, 0] - know[X]
        y = numbers[row, 1] - know[Y]
        z = numbers[row, 2] - know[Z]
        straight_m = 2 * EARTH_RADIUS_M * arcsine(np.sqrt(x * x + y * y + z * z) / 2)
        found[row, 0] = straight_m
        found[row, 1] = np.inf
        found[row, 2] = 0.0
        found[row, 3] = 0.0
        if straight_m > know[REACH_M]:
            flags[row] = NOT_TOLD
            continue
        state = codes[row, 2]
        status = _status(flags[row], state)
        flags[row] = status
        step = state - _ON_SCENE
        with_patient = 0 <= step <= 2
        if status not in (FREE, HELD, BUSY) or (status != FREE and not with_patient):
            continue
        wait_s = 0.0
        start_s = know[START_S + codes[row, 0]]
        if status != FREE:
            expected_s = know[LEFT_S + step]
            left_s = expected_s - (know[NOW_S] - numbers[row, 3])
            wait_s = max(left_s, know[OVERDUE_SHARE] * expected_s) + know[AFTER_S + step]
        if status != FREE or state == _RETURNING:
            start_s = know[RETURNING_S]
        still_s = wait_s + start_s + know[UP_S]
        moving_s = max(0.0, straight_m - know[SLACK_M]) * know[PACE + codes[row, 1]]
        found[row, 1] = still_s + moving_s
        found[row, 2] = wait_s
        found[row, 3] = still_s
        _keep(row, still_s + moving_s, nearest, 0 if status == FREE else 1, found)


@leaf
def _within(
    found: FloatArray, eta_s: FloatArray, closed: CodeArray, limit_s: float, rows: IntArray
) -> int:
    """Fills ``rows`` (n,) with those not asked for yet that might be in time; how many."""
    count = 0
    for row in range(found.shape[0]):
        bound_s = found[row, 1]
        if bound_s <= limit_s and bound_s < np.inf and np.isnan(eta_s[row]) and not closed[row]:
            rows[count] = row
            count += 1
    return count


def within(found: FloatArray, eta_s: FloatArray, closed: CodeArray, limit_s: float) -> IntArray:
    """Rows that are neither routed (``eta_s`` (n,) is a number) nor closed (n,), by their bound."""
    rows = np.empty(len(eta_s), dtype=np.int64)
    return rows[: _within(found, eta_s, closed, limit_s, rows)]


def search(
    index: UnitIndex, know: FloatArray, held: Held, orders: Sequence[Order], considered: int
) -> Search:
    """Weighs all units within reach by a bound on their time.

    ``know`` is the question with the policy's numbers (:class:`UnitNumbers`). The bound is never
    more than the routed time, and on the grid it is that time; ``considered`` of those that are
    free, and of those that are busy, are called promising.
    """
    flags = np.zeros(len(index), dtype=np.uint8)
    rows = index.rows
    incidents = {
        row: incident_id
        for unit_id, incident_id in held.units.items()
        if (row := rows.get(unit_id)) is not None
    }
    if incidents:
        flags[list(incidents)] = HELD
    for order in orders:
        row = rows.get(order.unit_id)
        if row is not None:
            flags[row] = _by_order(order.state)
    found = np.empty((len(index), 4))
    nearest = np.empty((2, considered + 1), dtype=np.int64)
    weigh_units(index.numbers, index.codes, flags, know, found, nearest)
    free, busy = nearest[:, 0].tolist()
    return Search(flags, found, nearest[0, 1 : free + 1], nearest[1, 1 : busy + 1], incidents)


def _by_order(state: OrderState) -> int:
    if state is OrderState.ESCALATED:
        return NOT_ACKNOWLEDGED
    if state in (OrderState.CANCELLED, OrderState.FREE):
        return CANCELLED
    return NOT_TOLD
