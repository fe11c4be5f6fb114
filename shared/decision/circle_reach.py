"""An incident's circle: where everyone can be who accepted, and each unit that was ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from shared.contracts.records import CircleBand, UnitRecord
from shared.contracts.words import AlertState, OrderState, TransportMode, UnitKind, UnitState
from shared.decision.candidates import whereabouts
from shared.decision.circle_around import circle_bands, unit_bands
from shared.decision.circle_cells import banded, cell_at, union
from shared.decision.circle_streets import router_at
from shared.decision.model import Commitment, Order, Patient
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.routing import Router
from shared.decision.snapshot import Snapshot

WITH_PATIENT = frozenset({OrderState.ON_SCENE, OrderState.AT_PATIENT})
ON_THE_WAY = frozenset(
    {OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE} | WITH_PATIENT
)
"""Orders whose units come or are there. With the patient on board a unit is not the incident's
reach any more."""
COMING = frozenset({AlertState.ACCEPTED, AlertState.AED_COLLECTED, AlertState.ARRIVED})


@dataclass(frozen=True, slots=True)
class ResponderReach:
    """Where one responder can be, from now on; seconds count from now."""

    kind: Literal["rescuer", "unit"]
    id: str
    mode: TransportMode
    bands: tuple[CircleBand, ...]
    """Empty when nobody knows where they are. Who is with the patient stays there."""


@dataclass(frozen=True, slots=True)
class IncidentReach:
    """Where everyone can be who accepted or was ordered, from now on; seconds count from now."""

    within_s: float
    basis: str
    """``h3-grid`` or ``streets``."""
    streets: str | None
    """Version of the street graph."""
    responders: tuple[ResponderReach, ...]
    """Rescuers, then units, by id."""
    union: tuple[CircleBand, ...]
    """The incident's circle: each cell in the first band in which any of them reaches it."""


def incident_reach(
    snapshot: Snapshot,
    patient: Patient,
    now: datetime,
    policy: Policy,
    commitments: Sequence[Commitment],
    orders: Sequence[Order],
) -> IncidentReach:
    """The reach of everyone who accepted and of each unit that is ordered and not cancelled.

    From where they are (a shared position, else the place at which the decision believes them), by
    their own mode, after what is left of their turnout. A rescuer's way over an AED is not in it:
    it is where they can be, not what they were asked to do. Raises ``ValueError`` for a time
    without a zone.
    """
    moment = Moment(now, policy.response)
    newest = {c.rescuer_id: c for c in sorted(commitments, key=lambda c: c.sent_at)}
    last = {o.unit_id: o for o in sorted(orders, key=lambda o: o.at)}
    # One basis for all of them: that of the place where they meet.
    router = router_at(snapshot.router, patient.latitude, patient.longitude)
    responders = [
        _rescuer_reach(snapshot, router, patient, moment, policy, newest[rescuer_id])
        for rescuer_id in sorted(newest)
        if newest[rescuer_id].state in COMING
    ] + [
        _unit_reach(snapshot, router, patient, moment, policy, last[unit_id])
        for unit_id in sorted(last)
        if last[unit_id].state in ON_THE_WAY
    ]
    return IncidentReach(
        within_s=policy.circle.within_s,
        basis="h3-grid" if router is None else router.basis,
        streets=None if router is None else router.version,
        responders=tuple(responders),
        union=union(each.bands for each in responders),
    )


def rescuer_place(
    snapshot: Snapshot, moment: Moment, policy: Policy, commitment: Commitment
) -> tuple[float, float] | None:
    """Where somebody who accepted is: as they told, else where the decision believes them."""
    if commitment.latitude is not None and commitment.longitude is not None:
        return commitment.latitude, commitment.longitude
    aed = None if commitment.aed_id is None else snapshot.aeds.get(commitment.aed_id)
    if commitment.state is AlertState.AED_COLLECTED and aed is not None:
        return aed.latitude, aed.longitude
    entry = snapshot.rescuers.get(commitment.rescuer_id)
    where = None if entry is None else whereabouts(entry, moment, policy.places)
    return None if where is None else (where.place.latitude, where.place.longitude)


def unit_place(snapshot: Snapshot, order: Order) -> tuple[float, float] | None:
    """Where an ordered unit is, as it told last."""
    if order.latitude is not None and order.longitude is not None:
        return order.latitude, order.longitude
    record = snapshot.units.get(order.unit_id)
    return None if record is None else (record.latitude, record.longitude)


def _there(patient: Patient, policy: Policy) -> tuple[CircleBand, ...]:
    """Of somebody with the patient: that cell, at once."""
    here = (patient.latitude, patient.longitude)
    cells = np.array([cell_at(*here)], dtype=np.uint64)
    circle = policy.circle
    return banded(cells, np.zeros(1), within_s=circle.within_s, band_s=circle.band_s)


def _rescuer_reach(
    snapshot: Snapshot,
    router: Router | None,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    commitment: Commitment,
) -> ResponderReach:
    entry = snapshot.rescuers.get(commitment.rescuer_id)
    mode = policy.circle.mode if entry is None else entry.record.transport_mode
    bands: tuple[CircleBand, ...] = ()
    if commitment.state is AlertState.ARRIVED:
        return ResponderReach("rescuer", commitment.rescuer_id, mode, _there(patient, policy))
    collected = commitment.state is AlertState.AED_COLLECTED
    place = rescuer_place(snapshot, moment, policy, commitment)
    if place is not None:
        still_s = 0.0
        if not collected and not commitment.moving:
            since_s = (moment.now - (commitment.state_at or commitment.sent_at)).total_seconds()
            zone = "UTC" if entry is None else entry.record.time_zone
            turnout_s = moment.period(moment.is_night(zone)).turnout_median_s
            still_s = max(0.0, turnout_s - since_s)
        bands = circle_bands(
            *place,
            mode=mode,
            speed_m_s=policy.travel.speed_m_s[mode],
            route_factor=policy.travel.route_factor[mode],
            start_s=still_s,
            within_s=policy.circle.within_s,
            band_s=policy.circle.band_s,
            policy=policy,
            router=router,
        )
    return ResponderReach("rescuer", commitment.rescuer_id, mode, bands)


def _unit_reach(
    snapshot: Snapshot,
    router: Router | None,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    order: Order,
) -> ResponderReach:
    record = snapshot.units.get(order.unit_id)
    mode = TransportMode.CAR if record is None else record.mode
    if order.state in WITH_PATIENT:
        return ResponderReach("unit", order.unit_id, mode, _there(patient, policy))
    place = unit_place(snapshot, order)
    bands: tuple[CircleBand, ...] = ()
    if place is not None:
        still_s = 0.0
        if order.state is not OrderState.MOBILE:
            since_s = (moment.now - order.at).total_seconds()
            still_s = max(0.0, policy.units.order_s + _turnout_s(order, record, policy) - since_s)
        bands = unit_bands(*place, mode, still_s, policy, router)
    return ResponderReach("unit", order.unit_id, mode, bands)


def _turnout_s(order: Order, record: UnitRecord | None, policy: Policy) -> float:
    """As long as the decision expects of that unit; a crew on the road is gone sooner."""
    if record is not None and record.state is UnitState.RETURNING:
        return policy.units.returning_turnout_s
    if order.kind is UnitKind.AMBULANCE:
        return policy.units.ambulance_turnout_s
    return policy.units.health_team_turnout_s
