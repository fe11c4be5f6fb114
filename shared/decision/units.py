"""Which units to order, and when the first ambulance is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, isfinite

from shared.contracts.records import UnitRecord
from shared.contracts.words import OrderState, TransportMode, UnitKind, UnitState
from shared.decision.model import CandidateKind, Order, Patient, Reason, Skipped, UnitChoice
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.routing import GridRouter, Router
from shared.decision.snapshot import Snapshot
from shared.decision.ways import points, vertical_s
from shared.geometry.distance import great_circle_m
from shared.hours import OpeningState

FREE_TO_GO = frozenset({UnitState.AVAILABLE, UnitState.RETURNING})
GONE = frozenset({OrderState.CANCELLED, OrderState.ESCALATED, OrderState.FREE})
"""Orders that bring nobody: a unit that did not acknowledge is replaced."""
ON_THE_WAY = frozenset({OrderState.MOBILE})
AT_SCENE = frozenset({OrderState.ON_SCENE})
AT_PATIENT = frozenset({OrderState.AT_PATIENT, OrderState.TRANSPORTING, OrderState.AT_HOSPITAL})


@dataclass(frozen=True, slots=True)
class UnitArrival:
    """A unit that is chosen or ordered, and when it is expected at the patient."""

    unit_id: str
    kind: UnitKind
    eta_s: float
    """Median, from now; negative or 0 when it is there."""
    there: bool
    defibrillates: bool


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What to order, what was skipped, and everybody who comes."""

    choices: tuple[UnitChoice, ...]
    skipped: tuple[Skipped, ...]
    arrivals: tuple[UnitArrival, ...]

    @property
    def ambulance_eta_s(self) -> float | None:
        """The first ambulance at the patient, from now, not negative; None when none comes."""
        etas = [a.eta_s for a in self.arrivals if a.kind is UnitKind.AMBULANCE]
        return max(0.0, min(etas)) if etas else None

    @property
    def ambulance_at_patient(self) -> bool:
        """Whether an ambulance crew is with the patient."""
        return any(a.there for a in self.arrivals if a.kind is UnitKind.AMBULANCE)


def defibrillates(kind: UnitKind, capabilities: Sequence[str]) -> bool:
    """Whether the unit can shock: ambulances do unless told otherwise, teams when they say so."""
    if kind is UnitKind.AMBULANCE:
        return True
    return bool({"aed", "als", "defibrillator"} & set(capabilities))


def unit_router_of(snapshot: Snapshot, policy: Policy) -> Router:
    """The snapshot's streets, or the grid with the route factor of driving for cars."""
    if snapshot.router is not None:
        return snapshot.router
    factors = dict(policy.travel.route_factor)
    factors[TransportMode.CAR] = policy.units.car_route_factor
    return GridRouter(factors)


def unit_speed_m_s(mode: TransportMode, policy: Policy) -> float:
    """How fast a unit moves: a car with lights, anything else as everybody does."""
    if mode is TransportMode.CAR:
        return policy.units.emergency_car_m_s
    return policy.travel.speed_m_s[mode]


def _turnout_s(kind: UnitKind, policy: Policy) -> float:
    units = policy.units
    return units.ambulance_turnout_s if kind is UnitKind.AMBULANCE else units.health_team_turnout_s


def _drive(
    places: Sequence[tuple[float, float, TransportMode]],
    patient: Patient,
    router: Router,
    policy: Policy,
) -> list[tuple[float, float]]:
    """Metres and seconds on the move of each unit; cars go with lights."""
    here = points([(patient.latitude, patient.longitude)])
    ways = [(0.0, 0.0)] * len(places)
    for mode in sorted({mode for _, _, mode in places}):
        rows = [i for i, place in enumerate(places) if place[2] is mode]
        origins = points([places[i][:2] for i in rows])
        metres, seconds = router.legs(origins, here, mode, unit_speed_m_s(mode, policy))
        for i, m, s in zip(rows, metres[:, 0], seconds[:, 0], strict=True):
            ways[i] = (float(m), float(s))
    return ways


def ordered_arrivals(
    orders: Sequence[Order],
    snapshot: Snapshot,
    patient: Patient,
    now: datetime,
    router: Router,
    policy: Policy,
) -> list[UnitArrival]:
    """When those already ordered are at the patient."""
    arrivals = []
    upstairs_s = vertical_s(patient.floor, policy.travel)
    for order in sorted(orders, key=lambda order: order.unit_id):
        if order.state in GONE:
            continue
        record = snapshot.units.get(order.unit_id)
        can_shock = defibrillates(order.kind, () if record is None else record.capabilities)
        since_s = (now - order.at).total_seconds()
        there = order.state in AT_PATIENT
        if there:
            eta_s = -since_s
        elif order.state in AT_SCENE:
            eta_s = max(0.0, upstairs_s - since_s)
        elif order.eta_at is not None:
            eta_s = max(0.0, (order.eta_at - now).total_seconds())
        else:
            eta_s = upstairs_s + _way_s(order, record, since_s, patient, router, policy)
        arrivals.append(UnitArrival(order.unit_id, order.kind, eta_s, there, can_shock))
    return arrivals


def _way_s(
    order: Order,
    record: UnitRecord | None,
    since_s: float,
    patient: Patient,
    router: Router,
    policy: Policy,
) -> float:
    """What is left of turnout and way, by the best place that is known."""
    if order.latitude is not None and order.longitude is not None:
        place = (order.latitude, order.longitude)
    elif record is not None:
        place = (record.latitude, record.longitude)
    else:  # a unit that no table knows: the far end of the circle is the careful guess
        return policy.circle.within_s
    mode = TransportMode.CAR if record is None else record.mode
    moving_s = _drive([(*place, mode)], patient, router, policy)[0][1]
    if order.state in ON_THE_WAY:
        return moving_s
    start_s = policy.units.order_s + _turnout_s(order.kind, policy)
    return max(0.0, start_s - since_s) + moving_s


def _barred(
    record: UnitRecord, snapshot: Snapshot, moment: Moment
) -> tuple[Reason, dict[str, str | int | float]] | None:
    if record.state in (UnitState.OFF_DUTY, UnitState.OUT_OF_SERVICE):
        return Reason(record.state.value), {}
    held_by = snapshot.held.units.get(record.id)
    if held_by is not None:
        return Reason.HELD_BY_INCIDENT, {"incident_id": held_by}
    if record.state not in FREE_TO_GO:
        return Reason.BUSY, {"state": record.state.value}
    station = snapshot.stations.get(record.station_id)
    if station is not None and station.opening_hours is not None:
        hours = moment.hours(station.opening_hours, station.time_zone, station.country)
        if hours.state is OpeningState.CLOSED:
            return Reason.STATION_CLOSED, {}
    return None


@dataclass(frozen=True, slots=True)
class _Free:
    """A unit that may be ordered."""

    record: UnitRecord
    straight_m: float
    distance_m: float
    eta_s: float


def _units_around(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    ordered: Mapping[str, OrderState],
) -> tuple[list[_Free], list[Skipped]]:
    """Units that may be ordered, the soonest first, and those that may not."""
    found: list[tuple[UnitRecord, float]] = []
    skipped: list[Skipped] = []
    for ring in snapshot.units.rings(patient.latitude, patient.longitude, policy.reach.unit_m):
        for unit_id in ring:
            record = snapshot.units.get(unit_id)
            if record is None:
                continue
            straight_m = great_circle_m(
                patient.latitude, patient.longitude, record.latitude, record.longitude
            )
            state = ordered.get(unit_id)
            if straight_m > policy.reach.unit_m or (state is not None and state not in GONE):
                continue
            bar = _barred(record, snapshot, moment)
            if state is OrderState.ESCALATED:
                bar = (Reason.NOT_ACKNOWLEDGED, {})
            elif state is not None:
                bar = (Reason.CANCELLED, {})
            if bar is None:
                found.append((record, straight_m))
            else:
                skipped.append(_skip(unit_id, bar[0], straight_m, bar[1]))
    router = unit_router_of(snapshot, policy)
    ways = _drive([(r.latitude, r.longitude, r.mode) for r, _ in found], patient, router, policy)
    upstairs_s = vertical_s(patient.floor, policy.travel)
    free = []
    for (record, straight_m), (metres, moving_s) in zip(found, ways, strict=True):
        if not isfinite(moving_s):
            skipped.append(_skip(record.id, Reason.OUT_OF_REACH, straight_m, {}))
            continue
        start_s = policy.units.order_s + _turnout_s(record.kind, policy)
        free.append(_Free(record, straight_m, metres, start_s + moving_s + upstairs_s))
    free.sort(key=lambda unit: (unit.eta_s, unit.record.id))
    return free, skipped


def plan_units(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    orders: Sequence[Order],
) -> UnitPlan:
    """The nearest suitable units in addition to the orders given.

    Ambulances up to the policy's number always; a health-centre team when it is there before the
    ambulance, or within the circle.
    """
    router = unit_router_of(snapshot, policy)
    arrivals = ordered_arrivals(orders, snapshot, patient, moment.now, router, policy)
    ordered = {order.unit_id: order.state for order in orders}
    free, skipped = _units_around(snapshot, patient, moment, policy, ordered)
    ambulances = [unit for unit in free if unit.record.kind is UnitKind.AMBULANCE]
    teams = [unit for unit in free if unit.record.kind is UnitKind.HEALTH_TEAM]
    chosen: list[tuple[_Free, Reason]] = []

    wanted = policy.units.ambulances - sum(a.kind is UnitKind.AMBULANCE for a in arrivals)
    replaces = any(state is OrderState.ESCALATED for state in ordered.values())
    for unit in ambulances:
        if wanted > 0:
            wanted -= 1
            why = Reason.REPLACES_ORDER if replaces else Reason.NEAREST_AMBULANCE
            chosen.append((unit, why))
        else:
            skipped.append(_skip_eta(unit, Reason.SLOWER))
    first_s = min(
        [a.eta_s for a in arrivals if a.kind is UnitKind.AMBULANCE]
        + [unit.eta_s for unit, _ in chosen],
        default=inf,
    )
    have_team = any(a.kind is UnitKind.HEALTH_TEAM for a in arrivals)
    for unit in teams:
        before = unit.eta_s < first_s
        if have_team:
            skipped.append(_skip_eta(unit, Reason.SLOWER))
        elif before or unit.eta_s <= policy.units.health_team_within_s:
            have_team = True
            chosen.append((unit, Reason.BEFORE_AMBULANCE if before else Reason.WITHIN_CIRCLE))
        else:
            skipped.append(_skip_eta(unit, Reason.SLOWER_THAN_AMBULANCE))
    for unit, _ in chosen:
        record = unit.record
        can_shock = defibrillates(record.kind, record.capabilities)
        arrivals.append(UnitArrival(record.id, record.kind, unit.eta_s, False, can_shock))
    choices = tuple(_choice(unit, why, snapshot) for unit, why in chosen)
    return UnitPlan(choices, tuple(skipped), tuple(arrivals))


def _choice(unit: _Free, why: Reason, snapshot: Snapshot) -> UnitChoice:
    record = unit.record
    station = snapshot.stations.get(record.station_id)
    return UnitChoice(
        unit_id=record.id,
        station_id=record.station_id,
        tier=None if station is None else station.tier,
        kind=record.kind,
        mode=record.mode,
        distance_m=unit.distance_m,
        eta_s=unit.eta_s,
        reason=why,
    )


def _skip(
    unit_id: str, reason: Reason, straight_m: float, detail: dict[str, str | int | float]
) -> Skipped:
    return Skipped(CandidateKind.UNIT, unit_id, reason, straight_m, detail)


def _skip_eta(unit: _Free, reason: Reason) -> Skipped:
    return _skip(unit.record.id, reason, unit.straight_m, {"eta_s": unit.eta_s})
