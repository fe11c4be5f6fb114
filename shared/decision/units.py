"""Which units to order, and when the first ambulance is there.

All units are weighed in one pass (``units_search``), the promising ones are routed in one call
(``units_roads``), the choice is made (``units_choice``), and the rest is told when somebody reads
it (``units_told``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from shared.contracts.records import StationRecord
from shared.contracts.words import UnitKind
from shared.decision.model import Order, Patient, Reason, UnitChoice
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.decision.units_choice import Able, Chosen, UnitArrival, choose
from shared.decision.units_index import (
    ADVANCED,
    KIND,
    KIND_CODES,
    CodeArray,
    FloatArray,
    defibrillates,
    on_sphere,
)
from shared.decision.units_numbers import unit_numbers_of, unit_speed_m_s
from shared.decision.units_orders import ordered_arrivals
from shared.decision.units_roads import Place, Roads, unit_router_of
from shared.decision.units_search import BOUND_S, FREE, IntArray, Search, search, within
from shared.decision.units_stations import centres_of, closed_of
from shared.decision.units_told import UnitSkips
from shared.decision.ways import vertical_s
from shared.geometry.distance import great_circle_m

__all__ = [
    "UnitArrival",
    "UnitPlan",
    "defibrillates",
    "plan_units",
    "unit_router_of",
    "unit_speed_m_s",
]

SOONER_S = 1e-6
"""A bound and the routed time of the same way may differ in their last digits."""

_KINDS = tuple(KIND_CODES)
"""By code."""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What to order, what was skipped, and everybody who comes."""

    choices: tuple[UnitChoice, ...]
    skipped: UnitSkips
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


class _Weighing:
    """The units that are routed so far, those that may be ordered apart by kind."""

    __slots__ = (
        "_again",
        "_codes",
        "_shut",
        "_stations",
        "able",
        "closed",
        "found",
        "records",
        "roads",
    )

    def __init__(self, snapshot: Snapshot, found: Search, roads: Roads, moment: Moment) -> None:
        self.found = found
        self.records = snapshot.units.records
        self.roads = roads
        self.closed: CodeArray = np.zeros(len(found.why), dtype=np.uint8)
        """(n,) 1 where the station is closed: those are not routed."""
        self.able: dict[UnitKind, list[Able]] = {kind: [] for kind in UnitKind}
        """By kind, the soonest first."""
        self._codes = snapshot.units.codes
        self._again = np.zeros(len(found.why), dtype=np.bool_)
        self._shut = closed_of(snapshot.stations, moment)
        self._stations = snapshot.units.stations

    def add(self, free: IntArray, busy: IntArray, places: Sequence[Place] = ()) -> list[float]:
        """Routes more rows, but for those whose station is closed; see :meth:`Roads.route`."""
        shut = self._shut.rows(free.tolist(), self._stations)
        if shut:
            self.closed[shut] = 1
            free = free[self.closed[free] == 0]
        ways = self.roads.route(np.concatenate([free, busy]) if len(busy) else free, places)
        self._sort(free)
        return ways

    def again(self, rows: IntArray, chosen: Chosen) -> None:
        """Routes rows alone that had no way in a search that ended before it met them."""
        self._again[rows] = True
        limits_s = np.array(chosen.limits_s)[self._codes[rows, KIND]]
        if np.isfinite(limits_s).all():
            self.roads.alone(rows, limits_s + SOONER_S)
        else:
            self.roads.route(rows)
        self._sort(rows)

    def lost(self, chosen: Chosen) -> IntArray:
        """Rows without a way that might change the choice, and were not asked for alone.

        Streets are searched until some units are found, and no farther than the next unit whose way
        is known in advance. That is not always far enough: a crew on the road needs no turnout, one
        may bring what another lacks, and those that were found may be teams. Where there is no
        ambulance yet, ambulances are asked for first.
        """
        without = (self.roads.eta_s == inf) & (self.found.why == FREE) & ~self._again
        rows = self._matter(np.flatnonzero(without), chosen)
        if chosen.first_s < inf or not len(rows):
            return rows
        ambulances = rows[self._codes[rows, KIND] == KIND_CODES[UnitKind.AMBULANCE]]
        return ambulances if len(ambulances) else rows

    def _sort(self, rows: IntArray) -> None:
        able = self.able
        for row, eta_s, metres, codes in zip(
            rows.tolist(),
            self.roads.eta_s[rows].tolist(),
            self.roads.metres[rows].tolist(),
            self._codes[rows].tolist(),
            strict=True,
        ):
            if eta_s < inf:
                able[_KINDS[codes[KIND]]].append(Able(eta_s, row, metres, codes[ADVANCED] > 0))
        for units in able.values():
            units.sort()

    def within(self, chosen: Chosen) -> tuple[IntArray, IntArray]:
        """Free and busy rows that are not routed yet and might change what is said."""
        limit_s = max(*chosen.limits_s, chosen.first_s) + SOONER_S
        rows = within(self.found.found, self.roads.eta_s, self.closed, limit_s)
        if not len(rows):
            return rows, rows
        free = self.found.why[rows] == FREE
        busy = rows[~free]
        sooner = self.found.found[busy, BOUND_S] <= chosen.first_s + SOONER_S
        return self._matter(rows[free], chosen), busy[sooner]

    def _matter(self, rows: IntArray, chosen: Chosen) -> IntArray:
        """Those of the rows that might be no later than the limit of their kind."""
        limit_s = np.array(chosen.limits_s)[self._codes[rows, KIND]]
        matter: IntArray = rows[self.found.found[rows, BOUND_S] <= limit_s + SOONER_S]
        return matter


def _weigh(
    snapshot: Snapshot, patient: Patient, moment: Moment, policy: Policy, orders: Sequence[Order]
) -> tuple[_Weighing, list[UnitArrival], Chosen]:
    """Routes whoever might be chosen, and chooses.

    The choice is that among all units: it names the longest time that could still change it, and
    everybody whose bound is no more than that is routed before it stands. So a unit that was not
    routed takes longer than any that could be chosen.
    """
    numbers = unit_numbers_of(policy)
    know = numbers.question(
        on_sphere(patient.latitude, patient.longitude),
        moment.now.timestamp(),
        vertical_s(patient.floor, policy.travel),
        streets=snapshot.router is not None,
    )
    found = search(snapshot.units, know, snapshot.held, orders, policy.units.considered)
    weighing = _Weighing(snapshot, found, Roads(snapshot, patient, found, numbers), moment)

    # Who is busy has left the places from where streets are known, and is seldom sooner: on streets
    # they are asked for only when they might be.
    busy_at_once = found.busy if snapshot.router is None else found.busy[:0]

    def ways_s(places: Sequence[Place]) -> list[float]:
        return weighing.add(found.free, busy_at_once, places)

    coming = ordered_arrivals(orders, snapshot.units, patient, moment.now, ways_s, policy)
    while True:
        chosen = choose(
            weighing.able[UnitKind.AMBULANCE],
            weighing.able[UnitKind.HEALTH_TEAM],
            coming,
            orders,
            patient,
            policy,
        )
        free, busy = weighing.within(chosen)
        if len(free) or len(busy):
            weighing.add(free, busy)
        elif snapshot.router is not None and len(lost := weighing.lost(chosen)):
            weighing.again(lost, chosen)
        else:
            return weighing, coming, chosen


def plan_units(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    orders: Sequence[Order],
) -> UnitPlan:
    """The nearest suitable units in addition to the orders given.

    Ambulances up to the policy's number, and a second one by its rule; a health-centre team when it
    is there before the ambulance, or within the circle. Whoever is with another patient is told
    with the time until they would be free, and never taken.
    """
    weighing, arrivals, chosen = _weigh(snapshot, patient, moment, policy, orders)
    return told_plan(
        snapshot,
        patient,
        weighing.found,
        weighing.roads.eta_s,
        weighing.closed,
        chosen,
        arrivals,
    )


def told_plan(
    snapshot: Snapshot,
    patient: Patient,
    found: Search,
    eta_s: FloatArray,
    closed: CodeArray,
    chosen: Chosen,
    arrivals: list[UnitArrival],
) -> UnitPlan:
    """What was chosen, in words, with those who come already (``arrivals``, which gets the others).

    ``eta_s`` and ``closed`` (n,) are as in :class:`UnitSkips`.
    """
    records = snapshot.units.records
    centres = _Centres(snapshot, patient)
    choices = []
    for able, why in chosen.units:
        record = records[able.row]
        station = snapshot.stations.get(record.station_id)
        nearest = why is Reason.NEAREST_AMBULANCE
        reason = Reason.NEIGHBOUR_NEARER if nearest and centres.neighbours(station) else why
        choices.append(
            UnitChoice(
                unit_id=record.id,
                station_id=record.station_id,
                tier=None if station is None else station.tier,
                kind=record.kind,
                mode=record.mode,
                distance_m=able.distance_m,
                eta_s=able.eta_s,
                reason=reason,
            )
        )
        can_shock = defibrillates(record.kind, record.capabilities)
        arrivals.append(
            UnitArrival(record.id, record.kind, able.eta_s, False, can_shock, able.advanced)
        )
    skipped = UnitSkips(records, found, eta_s, closed, chosen)
    return UnitPlan(tuple(choices), skipped, tuple(arrivals))


class _Centres:
    """Whose area a place is in: that of the nearest emergency centre in a straight line.

    The records name no areas; with fewer than two centres everybody is of one house.
    """

    __slots__ = ("_centres", "_ours")

    def __init__(self, snapshot: Snapshot, patient: Patient) -> None:
        self._centres = centres_of(snapshot.stations)
        self._ours = (
            self._nearest(patient.latitude, patient.longitude) if len(self._centres) > 1 else None
        )

    def neighbours(self, station: StationRecord | None) -> bool:
        """Whether this station is in the area of another centre than the patient's."""
        if self._ours is None or station is None:
            return False
        return self._nearest(station.latitude, station.longitude) != self._ours

    def _nearest(self, latitude: float, longitude: float) -> str:
        return min(
            (great_circle_m(latitude, longitude, c.latitude, c.longitude), c.id)
            for c in self._centres
        )[1]
