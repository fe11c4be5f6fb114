"""Which units to order, and when the first ambulance is there.

All units are weighed in one pass (``units_search``), the promising ones are routed in one call
(``units_roads``), the choice is made (``units_choice``), and the rest is told when somebody reads
it (``units_told``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from shared.contracts.records import StationRecord, UnitRecord
from shared.contracts.words import Tier, UnitKind
from shared.decision.model import Order, Patient, Reason, UnitChoice
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.decision.units_choice import Able, Chosen, UnitArrival, choose
from shared.decision.units_index import ADVANCED, KIND, KIND_CODES
from shared.decision.units_orders import defibrillates, ordered_arrivals
from shared.decision.units_roads import Place, Roads, bounds, unit_router_of, unit_speed_m_s
from shared.decision.units_search import BOUND_S, FREE, IntArray, Search, search
from shared.decision.units_told import Routed, UnitSkips
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

_AMBULANCE = KIND_CODES[UnitKind.AMBULANCE]


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
        "_codes",
        "_moment",
        "_routed",
        "_snapshot",
        "able",
        "closed",
        "found",
        "records",
        "roads",
    )

    def __init__(self, snapshot: Snapshot, found: Search, roads: Roads, moment: Moment) -> None:
        self.found = found
        self.records: Sequence[UnitRecord] = snapshot.units.records
        self.roads = roads
        self.closed: set[int] = set()
        self.able: tuple[list[Able], list[Able]] = ([], [])
        """Ambulances, teams; the soonest first."""
        self._codes = snapshot.units.codes
        self._snapshot = snapshot
        self._moment = moment
        self._routed = np.zeros(len(self.records), dtype=np.bool_)

    def add(self, rows: IntArray, places: Sequence[Place] = ()) -> list[float]:
        """Routes more rows, but for those whose station is closed; see :meth:`Roads.route`."""
        self._routed[rows] = True
        shut = [row for row in rows.tolist() if self._shut(row)]
        if shut:
            self.closed.update(shut)
            rows = rows[~np.isin(rows, shut)]
        ways = self.roads.route(rows, places)
        self._sort(rows)
        return ways

    def again(self, rows: IntArray) -> None:
        """Routes rows again that had no way in a search that ended early."""
        self.roads.route(rows)
        self._sort(rows)

    def lost_ambulances(self) -> IntArray:
        """Rows of ambulances that may be ordered and have no way."""
        is_ambulance = self._codes[:, KIND] == _AMBULANCE
        rows = np.flatnonzero(self._routed & is_ambulance & (self.found.why == FREE))
        lost = [row for row in rows.tolist() if self.roads.eta_s.get(row) == inf]
        return np.array(lost, dtype=np.int64)

    def _sort(self, rows: IntArray) -> None:
        eta_s, metres = self.roads.eta_s, self.roads.metres
        codes = self._codes[rows]
        free = self.found.why[rows] == FREE
        for row, kind, advanced, may in zip(
            rows.tolist(),
            codes[:, KIND].tolist(),
            codes[:, ADVANCED].tolist(),
            free.tolist(),
            strict=True,
        ):
            if may and isfinite(eta_s[row]):
                self.able[kind].append(Able(row, eta_s[row], metres[row], bool(advanced)))
        for kind in self.able:
            kind.sort(key=lambda able: (able.eta_s, able.row))

    def within(self, limit_s: float) -> IntArray:
        """Rows that are not routed yet and might take no longer than that."""
        bound_s = self.found.found[:, BOUND_S]
        rows: IntArray = np.flatnonzero(
            ~self._routed & (bound_s <= limit_s + SOONER_S) & (bound_s < inf)
        )
        return rows

    def _shut(self, row: int) -> bool:
        if self.found.why[row] != FREE:
            return False
        station = self._snapshot.stations.get(self.records[row].station_id)
        if station is None or station.opening_hours is None or station.opening_hours == "24/7":
            return False
        hours = self._moment.hours(station.opening_hours, station.time_zone, station.country)
        return hours.state is OpeningState.CLOSED


def _weigh(
    snapshot: Snapshot, patient: Patient, moment: Moment, policy: Policy, orders: Sequence[Order]
) -> tuple[_Weighing, list[UnitArrival], Chosen]:
    """Routes whoever might be chosen, and chooses.

    The choice is that among all units: it names the longest time that could still change it, and
    everybody whose bound is no more than that is routed before it stands. So a unit that was not
    routed takes longer than any that is chosen.
    """
    router = unit_router_of(snapshot, policy)
    pace, slack_m = bounds(router, policy)
    up_s = vertical_s(patient.floor, policy.travel)
    now_s = moment.now.timestamp()
    found = search(
        snapshot.units, patient, now_s, up_s, pace, slack_m, snapshot.held, orders, policy
    )
    roads = Roads(snapshot, patient, router, found, policy)
    weighing = _Weighing(snapshot, found, roads, moment)
    promising = np.concatenate([found.free, found.busy])
    coming = ordered_arrivals(
        orders,
        snapshot.units,
        patient,
        moment.now,
        lambda places: weighing.add(promising, places),
        policy,
    )
    searched_for_ambulances = False
    while True:
        ambulances, teams = weighing.able
        chosen = choose(ambulances, teams, coming, orders, patient, policy)
        more = weighing.within(chosen.limit_s)
        if len(more):
            weighing.add(more)
        elif chosen.first_s == inf and not searched_for_ambulances:
            # A search may end once it has found some units: all of them teams, so far.
            searched_for_ambulances = True
            weighing.again(weighing.lost_ambulances())
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
    routed = Routed(weighing.roads.eta_s, frozenset(weighing.closed))
    skipped = UnitSkips(records, weighing.found, routed, chosen)
    return UnitPlan(tuple(choices), skipped, tuple(arrivals))


class _Centres:
    """Whose area a place is in: that of the nearest emergency centre in a straight line.

    The records name no areas; with fewer than two centres everybody is of one house.
    """

    __slots__ = ("_centres", "_ours")

    def __init__(self, snapshot: Snapshot, patient: Patient) -> None:
        self._centres = [
            station
            for station in snapshot.stations.values()
            if station.tier is Tier.EMERGENCY_CENTRE
        ]
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
