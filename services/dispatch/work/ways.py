"""The ways of those who come, as lines to draw: through the streets where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.work.told import commitments_of, orders_of, patient_of
from shared.contracts.words import AlertState, OrderState, TransportMode
from shared.decision.circle_reach import rescuer_place, unit_place
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.decision.units import unit_speed_m_s
from shared.geometry.distance import great_circle_m
from shared.streets.paths import path
from shared.streets.router import StreetRouter

LatLng = tuple[float, float]

ON_THE_ROAD = frozenset({AlertState.ACCEPTED, AlertState.AED_COLLECTED})
TO_COME = frozenset({OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE})
DIGITS = 6
"""Of a degree: a tenth of a metre."""


@dataclass(frozen=True, slots=True)
class Leg:
    """From where they are to the AED, or to the patient."""

    to: Literal["aed", "patient"]
    drawn: Literal["streets", "straight"]
    """``straight``: no street is known there, the line is a guess."""
    metres: float
    seconds: float
    """On the move: neither the turnout nor the time at the AED is in it."""
    points: list[LatLng]


@dataclass(frozen=True, slots=True)
class Way:
    """Of one responder who is on the way."""

    kind: Literal["rescuer", "unit"]
    id: str
    """Of the alert, or of the order."""
    mode: TransportMode
    start: Literal["told", "believed"]
    """Whether they told where they are, or the decision believes them there."""
    legs: list[Leg]


def ways_of(
    snapshot: Snapshot,
    incident: Incident,
    alerts: Sequence[Alert],
    orders: Sequence[Order],
    now: datetime,
    policy: Policy,
) -> list[Way]:
    """Of everybody who accepted and of each unit ordered, as far as they have still to go.

    Whoever is with the patient has none, nor has anybody of whom nobody knows where they are.
    """
    moment = Moment(now, policy.response)
    patient = patient_of(incident)
    goal = (patient.latitude, patient.longitude)
    found: list[Way] = []
    for alert, commitment in ((a, commitments_of([a])[0]) for a in alerts):
        place = rescuer_place(snapshot, moment, policy, commitment)
        if alert.state not in ON_THE_ROAD or place is None:
            continue
        entry = snapshot.rescuers.get(alert.rescuer_id)
        mode = policy.circle.mode if entry is None else entry.record.transport_mode
        speed_m_s, factor = policy.travel.speed_m_s[mode], policy.travel.route_factor[mode]
        aed = None if alert.aed_id is None else snapshot.aeds.get(alert.aed_id)
        stops: list[tuple[Literal["aed", "patient"], LatLng]] = [("patient", goal)]
        if aed is not None and alert.state is AlertState.ACCEPTED:
            stops.insert(0, ("aed", (aed.latitude, aed.longitude)))
        legs = []
        for to, stop in stops:
            legs.append(_leg(snapshot, policy, place, to, stop, mode, speed_m_s, factor))
            place = stop
        start: Literal["told", "believed"] = "believed" if alert.latitude is None else "told"
        found.append(Way("rescuer", alert.id, mode, start, legs))
    for order, told in ((o, orders_of([o])[0]) for o in orders):
        place = unit_place(snapshot, told)
        if order.state not in TO_COME or place is None:
            continue
        unit = snapshot.units.get(order.unit_id)
        mode = TransportMode.CAR if unit is None else unit.mode
        by_car = mode is TransportMode.CAR
        factor = policy.units.car_route_factor if by_car else policy.travel.route_factor[mode]
        speed_m_s = unit_speed_m_s(mode, policy)
        leg = _leg(snapshot, policy, place, "patient", goal, mode, speed_m_s, factor)
        found.append(Way("unit", order.id, mode, "told", [leg]))
    return found


def _leg(
    snapshot: Snapshot,
    policy: Policy,
    origin: LatLng,
    to: Literal["aed", "patient"],
    goal: LatLng,
    mode: TransportMode,
    speed_m_s: float,
    route_factor: float,
) -> Leg:
    router = snapshot.router
    if isinstance(router, StreetRouter):
        way = path(router, policy.travel, origin, goal, mode, speed_m_s)
        if way is not None:
            points = [(north, east) for north, east in way.points.round(DIGITS).tolist()]
            return Leg(to, "streets", round(way.metres, 1), round(way.seconds, 1), points)
    metres = great_circle_m(*origin, *goal) * route_factor
    return Leg(to, "straight", round(metres, 1), round(metres / speed_m_s, 1), [origin, goal])
