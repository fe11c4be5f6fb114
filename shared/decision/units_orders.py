"""Units that are ordered already: what is left of their way, and when they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from shared.contracts.records import UnitRecord
from shared.contracts.words import OrderState, TransportMode, UnitKind, UnitState
from shared.decision.model import Order, Patient
from shared.decision.policy import Policy
from shared.decision.units_choice import UnitArrival
from shared.decision.units_index import UnitIndex, defibrillates, is_advanced
from shared.decision.units_roads import Place
from shared.decision.ways import vertical_s

GONE = frozenset({OrderState.CANCELLED, OrderState.ESCALATED, OrderState.FREE})
"""Orders that bring nobody: a unit that did not acknowledge is replaced."""
ON_THE_WAY = frozenset({OrderState.MOBILE})
AT_SCENE = frozenset({OrderState.ON_SCENE})
AT_PATIENT = frozenset({OrderState.AT_PATIENT, OrderState.TRANSPORTING, OrderState.AT_HOSPITAL})


def in_force(orders: Sequence[Order]) -> list[Order]:
    """Orders whose units come or are there, by the unit's id."""
    return sorted((o for o in orders if o.state not in GONE), key=lambda order: order.unit_id)


def place_of(order: Order, record: UnitRecord | None) -> Place | None:
    """From where its way has to be found; None when it needs no way or no place is known."""
    if order.state in AT_PATIENT or order.state in AT_SCENE or order.eta_at is not None:
        return None
    mode = TransportMode.CAR if record is None else record.mode
    if order.latitude is not None and order.longitude is not None:
        return (order.latitude, order.longitude, mode)
    return None if record is None else (record.latitude, record.longitude, mode)


def ordered_arrivals(
    orders: Sequence[Order],
    index: UnitIndex,
    patient: Patient,
    now: datetime,
    ways_s: Callable[[Sequence[Place]], Sequence[float]],
    policy: Policy,
) -> list[UnitArrival]:
    """When those already ordered are at the patient; ``ways_s`` routes all places in one call."""
    coming = in_force(orders)
    records = [index.get(order.unit_id) for order in coming]
    places = [place_of(order, record) for order, record in zip(coming, records, strict=True)]
    ways = iter(ways_s([place for place in places if place is not None]))
    up_s = vertical_s(patient.floor, policy.travel)
    arrivals = []
    for order, record, place in zip(coming, records, places, strict=True):
        since_s = (now - order.at).total_seconds()
        if order.state in AT_PATIENT:
            eta_s = -since_s
        elif order.state in AT_SCENE:
            eta_s = max(0.0, up_s - since_s)
        elif order.eta_at is not None:
            eta_s = max(0.0, (order.eta_at - now).total_seconds())
        elif place is None:
            # A unit that no table knows: the far end of the circle is the careful guess.
            eta_s = up_s + policy.circle.within_s
        else:
            eta_s = up_s + _still_s(order, record, since_s, policy) + next(ways)
        there = order.state in AT_PATIENT
        skills = () if record is None else record.capabilities
        can_shock = defibrillates(order.kind, skills)
        advanced = record is not None and is_advanced(record)
        arrivals.append(UnitArrival(order.unit_id, order.kind, eta_s, there, can_shock, advanced))
    return arrivals


def _still_s(order: Order, record: UnitRecord | None, since_s: float, policy: Policy) -> float:
    """What is left until it moves."""
    if order.state in ON_THE_WAY:
        return 0.0
    units = policy.units
    if record is not None and record.state is UnitState.RETURNING:
        turnout_s = units.returning_turnout_s
    elif order.kind is UnitKind.AMBULANCE:
        turnout_s = units.ambulance_turnout_s
    else:
        turnout_s = units.health_team_turnout_s
    return max(0.0, units.order_s + turnout_s - since_s)
