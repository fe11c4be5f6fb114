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
from shared.decision.units_index import ADVANCED, KIND, KIND_CODES, on_sphere
from shared.decision.units_numbers import unit_numbers_of, unit_speed_m_s
from shared.decision.units_orders import defibrillates, ordered_arrivals
from shared.decision.units_roads import Place, Roads, unit_router_of
from shared.decision.units_search import BOUND_S, FREE, IntArray, Search, search
from shared.decision.units_stations import ALWAYS, centres_of, timed_of
from shared.decision.units_told import UnitSkips
from shared.decision.ways import vertical_s
from shared.geometry.distance import great_circle_m
from shared.hours import OpeningState

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

    __slots__ = ("_codes", "_moment", "_timed", "able", "closed", "found", "records", "roads")

    def __init__(self, snapshot: Snapshot, found: Search, roads: Roads, moment: Moment) -> None:
        self.found = found
        self.records = snapshot.units.records
        self.roads = roads
        self.closed: set[int] = set()
        """Rows whose station is closed: they are not routed."""
        self.able: dict[UnitKind, list[Able]] = {kind: [] for kind in UnitKind}
        """By kind, the soonest first."""
        self._codes = snapshot.units.codes
        self._timed = timed_of(snapshot.stations)
        self._moment = moment

    def add(self, rows: IntArray, places: Sequence[Place] = ()) -> list[float]:
        """Routes more rows, but for those whose station is closed; see :meth:`Roads.route`."""
        if self._timed:
            free = rows[self.found.why[rows] == FREE]
            shut = [row for row in free.tolist() if self._shut(row)]
            if shut:
                self.closed.update(shut)
                rows = rows[~np.isin(rows, shut)]
        ways = self.roads.route(rows, places)
        self._sort(rows)
        return ways

    def again(self) -> None:
        """Routes the ambulances again that had no way in a search that ended early."""
        ambulances = self._codes[:, KIND] == KIND_CODES[UnitKind.AMBULANCE]
        lost = (self.roads.eta_s == inf) & ambulances & (self.found.why == FREE)
        rows = np.flatnonzero(lost)
        self.roads.route(rows)
        self._sort(rows)

    def _sort(self, rows: IntArray) -> None:
        eta_s = self.roads.eta_s[rows]
        able = (self.found.why[rows] == FREE) & (eta_s < inf)
        kinds = self._codes[rows, KIND]
        for kind, code in KIND_CODES.items():
            one = able & (kinds == code)
            some = rows[one]
            columns = (eta_s[one], some, self.roads.metres[some], self._codes[some, ADVANCED] > 0)
            units = self.able[kind]
            units.extend(map(Able, *(column.tolist() for column in columns)))
            units.sort()

    def within(self, limit_s: float) -> IntArray:
        """Rows that are not routed yet and might take no longer than that."""
        bound_s = self.found.found[:, BOUND_S]
        more = np.isnan(self.roads.eta_s) & (bound_s <= limit_s + SOONER_S) & (bound_s < inf)
        more[list(self.closed)] = False
        rows: IntArray = np.flatnonzero(more)
        return rows

    def _shut(self, row: int) -> bool:
        station = self._timed.get(self.records[row].station_id)
        if station is None or station.opening_hours in ALWAYS:
            return False
        hours = self._moment.hours(station.opening_hours, station.time_zone, station.country)
        return hours.state is OpeningState.CLOSED


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

    def ways_s(places: Sequence[Place]) -> list[float]:
        return weighing.add(found.promising, places)

    coming = ordered_arrivals(orders, snapshot.units, patient, moment.now, ways_s, policy)
    searched_for_ambulances = False
    while True:
        chosen = choose(
            weighing.able[UnitKind.AMBULANCE],
            weighing.able[UnitKind.HEALTH_TEAM],
            coming,
            orders,
            patient,
            policy,
        )
        more = weighing.within(chosen.limit_s)
        if len(more):
            weighing.add(more)
        elif chosen.first_s == inf and not searched_for_ambulances:
            # A search of streets may end once it has found some units: only teams, so far.
            searched_for_ambulances = True
            weighing.again()
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
    records = weighing.records
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
    closed = frozenset(weighing.closed)
    skipped = UnitSkips(records, weighing.found, weighing.roads.eta_s, closed, chosen)
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
