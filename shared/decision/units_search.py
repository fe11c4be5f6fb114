"""One pass over all units: who may be ordered, how soon at best, and which are worth routing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.contracts.words import OrderState, TransportMode, UnitKind, UnitState
from shared.decision.model import Held, Order, Patient, Reason
from shared.decision.policy import Policy
from shared.decision.units_index import (
    KIND_CODES,
    LATITUDE,
    LONGITUDE,
    STATE_CODES,
    CodeArray,
    FloatArray,
    UnitIndex,
    on_sphere,
)
from shared.geometry.distance import EARTH_RADIUS_M

IntArray = npt.NDArray[np.int64]

# What a row is, by the least that rules it out; the words are in WHY.
FREE, NOT_TOLD, OFF_DUTY, OUT_OF_SERVICE, HELD, BUSY, CANCELLED, NOT_ACKNOWLEDGED = range(8)
WHY: Mapping[int, Reason] = {
    OFF_DUTY: Reason.OFF_DUTY,
    OUT_OF_SERVICE: Reason.OUT_OF_SERVICE,
    HELD: Reason.HELD_BY_INCIDENT,
    BUSY: Reason.BUSY,
    CANCELLED: Reason.CANCELLED,
    NOT_ACKNOWLEDGED: Reason.NOT_ACKNOWLEDGED,
}

STRAIGHT_M, BOUND_S, WAIT_S, START_S = range(4)
"""Columns of :attr:`Search.found`."""

_AVAILABLE = STATE_CODES[UnitState.AVAILABLE]
_RETURNING = STATE_CODES[UnitState.RETURNING]
_ON_SCENE = STATE_CODES[UnitState.ON_SCENE]
_TRANSPORTING = STATE_CODES[UnitState.TRANSPORTING]
_AT_HOSPITAL = STATE_CODES[UnitState.AT_HOSPITAL]
_OFF_DUTY = STATE_CODES[UnitState.OFF_DUTY]
_OUT_OF_SERVICE = STATE_CODES[UnitState.OUT_OF_SERVICE]

_EARTH_M = EARTH_RADIUS_M
# The layout of the numbers that the pass takes in one array.
_X, _Y, _Z, _NOW, _REACH_M, _SLACK_M, _MOVING_S, _SHARE, _UP_S = range(9)
_START_S = 9
_PACE = _START_S + len(UnitKind)
_LEFT_S = _PACE + len(TransportMode)
_AFTER_S = _LEFT_S + 3
_SIZE = _AFTER_S + 3


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


@compiled
def _pass(
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
        x = numbers[row, 0] - know[_X]
        y = numbers[row, 1] - know[_Y]
        z = numbers[row, 2] - know[_Z]
        half = min(1.0, np.sqrt(x * x + y * y + z * z) / 2)
        straight_m = 2 * _EARTH_M * np.arcsin(half)
        found[row, 0] = straight_m
        found[row, 1] = np.inf
        found[row, 2] = 0.0
        found[row, 3] = 0.0
        if straight_m > know[_REACH_M]:
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
        start_s = know[_START_S + codes[row, 0]]
        if status != FREE:
            expected_s = know[_LEFT_S + step]
            left_s = expected_s - (know[_NOW] - numbers[row, 3])
            wait_s = max(left_s, know[_SHARE] * expected_s) + know[_AFTER_S + step]
        if status != FREE or state == _RETURNING:
            start_s = know[_MOVING_S]
        still_s = wait_s + start_s + know[_UP_S]
        moving_s = max(0.0, straight_m - know[_SLACK_M]) * know[_PACE + codes[row, 1]]
        found[row, 1] = still_s + moving_s
        found[row, 2] = wait_s
        found[row, 3] = still_s
        _keep(row, still_s + moving_s, nearest, 0 if status == FREE else 1, found)


def search(
    index: UnitIndex,
    patient: Patient,
    now_s: float,
    up_s: float,
    pace: Sequence[float],
    slack_m: float,
    held: Held,
    orders: Sequence[Order],
    policy: Policy,
) -> Search:
    """Weighs all units within ``reach.unit_m`` by a bound on their time.

    ``pace`` is the least seconds per straight metre by transport mode and ``slack_m`` what a way
    may be shorter than the straight line (places are moved to the next street): so the bound is
    never more than the routed time, and on the grid it is that time. ``up_s`` is the way from the
    door to the patient.
    """
    flags = np.zeros(len(index), dtype=np.uint8)
    incidents: dict[int, str] = {}
    for unit_id, incident_id in held.units.items():
        row = index.row(unit_id)
        if row is not None:
            flags[row] = HELD
            incidents[row] = incident_id
    for order in orders:
        row = index.row(order.unit_id)
        if row is not None:
            flags[row] = _by_order(order.state)
    units = policy.units
    busy = units.busy
    know = np.array(
        (
            *on_sphere(patient.latitude, patient.longitude),
            now_s,
            policy.reach.unit_m,
            slack_m,
            units.order_s + units.returning_turnout_s,
            busy.overdue_share,
            up_s,
            units.order_s + units.ambulance_turnout_s,
            units.order_s + units.health_team_turnout_s,
            *pace,
            busy.on_scene_s,
            busy.transporting_s,
            busy.at_hospital_s,
            busy.p_transport * (busy.transporting_s + busy.at_hospital_s),
            busy.at_hospital_s,
            0.0,
        )
    )
    found = np.empty((len(index), 4))
    nearest = np.empty((2, units.considered + 1), dtype=np.int64)
    _pass(index.numbers, index.codes, flags, know, found, nearest)
    free, waiting = int(nearest[0, 0]), int(nearest[1, 0])
    return Search(flags, found, nearest[0, 1 : free + 1], nearest[1, 1 : waiting + 1], incidents)


def _by_order(state: OrderState) -> int:
    if state is OrderState.ESCALATED:
        return NOT_ACKNOWLEDGED
    if state in (OrderState.CANCELLED, OrderState.FREE):
        return CANCELLED
    return NOT_TOLD


def places_of(index: UnitIndex, rows: IntArray) -> FloatArray:
    """(n, 2) WGS-84 degrees of these rows."""
    places: FloatArray = np.ascontiguousarray(index.numbers[rows, LATITUDE : LONGITUDE + 1])
    return places


assert tuple(KIND_CODES) == (UnitKind.AMBULANCE, UnitKind.HEALTH_TEAM)
assert (_TRANSPORTING, _AT_HOSPITAL) == (_ON_SCENE + 1, _ON_SCENE + 2)
