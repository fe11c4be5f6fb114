"""Small seeded registries, and coverage of them worked out one by one without any of its code."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import inf

import h3
import numpy as np

from shared.contracts.records import (
    AedRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
    UsualPlace,
)
from shared.contracts.words import (
    AedState,
    PlaceKind,
    RescuerState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.coverage import DemandCells, Question, cells_of
from shared.decision import Policy, default_policy
from shared.geometry.cells import cell_of, centre_of
from shared.geometry.distance import great_circle_m
from shared.hours import OpeningState, opening_at
from shared.simulation.demand import Demand
from shared.snapshots import Known

ZONE = "Asia/Shanghai"
AS_OF = datetime(2026, 3, 4, 4, tzinfo=UTC)
MONDAY = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""Monday 2 March 2026, 00:00 in Shanghai."""
POLICY = default_policy()
OPENING = ("24/7", None, "Mo-Fr 08:00-18:00", "Mo-Su 20:00-06:00", "Sa,Su 10:00-16:00")
Shares = dict[tuple[str, float], list[float]]


def rescuer(
    number: int,
    place: tuple[float, float],
    mode: TransportMode = TransportMode.FOOT,
    work: tuple[float, float] | None = None,
    **changes: object,
) -> RescuerRecord:
    """Verified and available; at home outside working hours where there is work."""
    places = [UsualPlace(kind=PlaceKind.HOME, cell=cell_of(*place))]
    if work is not None:
        hours = "Mo-Fr 08:00-18:00"
        places.insert(0, UsualPlace(kind=PlaceKind.WORK, cell=cell_of(*work), hours=hours))
    record = RescuerRecord(
        id=f"r{number:03}",
        version=1,
        state=RescuerState.VERIFIED,
        credential_expires_on=date(2027, 1, 1),
        time_zone=ZONE,
        transport_mode=mode,
        places=tuple(places),
    )
    return record.model_copy(update=changes)


def aed(number: int, place: tuple[float, float], hours: str | None = "24/7") -> AedRecord:
    """In service."""
    return AedRecord(
        id=f"a{number:03}",
        version=1,
        name=f"AED {number}",
        latitude=place[0],
        longitude=place[1],
        opening_hours=hours,
        time_zone=ZONE,
        state=AedState.IN_SERVICE,
    )


def station(number: int, place: tuple[float, float], tier: Tier, hours: str) -> StationRecord:
    """A station."""
    return StationRecord(
        id=f"s{number:03}",
        version=1,
        name=f"station {number}",
        tier=tier,
        latitude=place[0],
        longitude=place[1],
        opening_hours=hours,
        time_zone=ZONE,
    )


def unit(number: int, of: StationRecord, kind: UnitKind, mode: TransportMode) -> UnitRecord:
    """Free, somewhere else than at its station."""
    return UnitRecord(
        id=f"u{number:03}",
        version=1,
        station_id=of.id,
        kind=kind,
        mode=mode,
        state=UnitState.AVAILABLE,
        state_at=AS_OF,
        latitude=of.latitude + 0.5,
        longitude=of.longitude,
    )


def known_around(seed: int, latitude: float, longitude: float) -> Known:
    """Rescuers, AEDs and stations within some 2 km."""
    rng = random.Random(seed)

    def place() -> tuple[float, float]:
        return latitude + rng.uniform(-0.015, 0.015), longitude + rng.uniform(-0.015, 0.015)

    people = [
        rescuer(
            k,
            place(),
            rng.choice(list(TransportMode)),
            place() if k % 2 else None,
            quiet_hours="Mo-Su 22:00-07:00" if k % 3 == 0 else None,
        )
        for k in range(14)
    ]
    # Nobody of these may be alerted.
    people += [
        rescuer(90, place(), state=RescuerState.ENROLLED),
        rescuer(91, place(), available=False),
        rescuer(92, place(), alerts_consent=False),
        rescuer(93, place(), credential_expires_on=date(2026, 3, 1)),
    ]
    aeds = [aed(k, place(), OPENING[k % len(OPENING)]) for k in range(8)]
    gone = aed(90, place()).model_copy(update={"state": AedState.OUT_OF_SERVICE})
    first = station(1, place(), Tier.FIRST_AID_STATION, "24/7")
    health = station(2, place(), Tier.COMMUNITY_HEALTH_CENTRE, "Mo-Sa 08:00-17:00")
    car, foot = TransportMode.CAR, TransportMode.FOOT
    off = unit(4, first, UnitKind.AMBULANCE, car).model_copy(update={"state": UnitState.OFF_DUTY})
    return Known(
        aeds=[*aeds, gone],
        rescuers=people,
        stations=[first, health, station(3, place(), Tier.EMERGENCY_CENTRE, "24/7")],
        units=[
            unit(1, first, UnitKind.AMBULANCE, car),
            unit(2, health, UnitKind.HEALTH_TEAM, foot),
            unit(3, health, UnitKind.AMBULANCE, car),
            off,
        ],
    )


def demand_around(seed: int, latitude: float, longitude: float, points: int = 25) -> DemandCells:
    """Points with weights that differ a lot."""
    rng = np.random.default_rng(seed)
    return cells_of(
        Demand(
            latitude + rng.uniform(-0.02, 0.02, points),
            longitude + rng.uniform(-0.02, 0.02, points),
            rng.lognormal(0.0, 1.5, points),
            50_000.0,
            source="drawn",
        )
    )


class Brute:
    """Seconds of each tier to a place in an hour, by looking at everybody."""

    def __init__(self, known: Known, policy: Policy = POLICY) -> None:
        self.known, self.policy = known, policy

    def _open(self, hours: str | None, at: datetime) -> OpeningState:
        return opening_at(hours, ZONE, None, at).state

    def people(self, at: datetime) -> list[tuple[tuple[float, float], TransportMode, float]]:
        """Place, mode and seconds until they move."""
        hour = (at + timedelta(hours=8)).hour
        night = hour >= 22 or hour < 7
        response = self.policy.response
        turnout = (response.night if night else response.day).turnout_median_s
        found = []
        for each in self.known.rescuers:
            valid = each.credential_expires_on is not None and (
                each.credential_expires_on >= date(2026, 3, 4)
            )
            willing = each.available and each.alerts_consent
            if each.state is not RescuerState.VERIFIED or not valid or not willing:
                continue
            quiet = each.quiet_hours
            if quiet is not None and self._open(quiet, at) is OpeningState.OPEN:
                continue
            for usual in each.places:
                if self._open(usual.hours, at) is OpeningState.OPEN:
                    start_s = response.delivery_s + response.answer_s + turnout
                    found.append((centre_of(usual.cell), each.transport_mode, start_s))
                    break
        return found

    def way_s(self, a: tuple[float, float], b: tuple[float, float], mode: TransportMode) -> float:
        """Straight line times the route factor, by the mode's speed."""
        travel = self.policy.travel
        return great_circle_m(*a, *b) * travel.route_factor[mode] / travel.speed_m_s[mode]

    def seconds(self, tier: str, place: tuple[float, float], at: datetime) -> tuple[float, float]:
        """By what is known to be open, and by what is not known to be closed."""
        if tier == "rescuer":
            soonest = min((s + self.way_s(p, place, m) for p, m, s in self.people(at)), default=inf)
            return soonest, soonest
        if tier in ("aed", "chain"):
            return self._by_aed(tier, place, at)
        return self._by_unit(tier, place, at)

    def _by_aed(self, tier: str, place: tuple[float, float], at: datetime) -> tuple[float, float]:
        sure = maybe = inf
        people = self.people(at)
        for each in self.known.aeds:
            state = self._open(each.opening_hours, at)
            if each.state is AedState.OUT_OF_SERVICE or state is OpeningState.CLOSED:
                continue
            here = (each.latitude, each.longitude)
            pick_s = self.policy.aed.pick_up_s
            if tier == "aed":
                ways = [pick_s + self.way_s(here, place, TransportMode.FOOT)]
            else:
                ways = [
                    s + self.way_s(p, here, m) + pick_s + self.way_s(here, place, m)
                    for p, m, s in people
                ]
            soonest = min(ways, default=inf)
            maybe = min(maybe, soonest)
            if state is OpeningState.OPEN:
                sure = min(sure, soonest)
        return sure, maybe

    def _by_unit(self, tier: str, place: tuple[float, float], at: datetime) -> tuple[float, float]:
        stations = {each.id: each for each in self.known.stations}
        soonest = inf
        units = self.policy.units
        for each in self.known.units:
            of = stations[each.station_id]
            health = of.tier is Tier.COMMUNITY_HEALTH_CENTRE
            ours = {
                "ambulance": each.kind is UnitKind.AMBULANCE,
                "health-centre": health,
                "station": not health,
            }[tier]
            closed = self._open(of.opening_hours, at) is OpeningState.CLOSED
            if not ours or closed or each.state is UnitState.OFF_DUTY:
                continue
            metres = great_circle_m(of.latitude, of.longitude, *place)
            if each.mode is TransportMode.CAR:
                way_s = metres * units.car_route_factor / units.emergency_car_m_s
            else:
                way_s = self.way_s((of.latitude, of.longitude), place, each.mode)
            turnout_s = (
                units.ambulance_turnout_s
                if each.kind is UnitKind.AMBULANCE
                else units.health_team_turnout_s
            )
            soonest = min(soonest, units.order_s + turnout_s + way_s)
        return soonest, soonest

    def covered(self, tier: str, place: tuple[float, float], hour: int, within_s: float) -> float:
        """1, 0, or the chance that something of unknown hours is open."""
        at = MONDAY + timedelta(hours=hour, minutes=30)
        sure, maybe = self.seconds(tier, place, at)
        if sure <= within_s:
            return 1.0
        return self.policy.aed.p_hours_unknown if maybe <= within_s else 0.0


def brute_shares(
    known: Known, demand: DemandCells, question: Question, hours: Sequence[int]
) -> tuple[Shares, Shares]:
    """By tier and seconds: shares of people and of area in each of those hours."""
    brute = Brute(known)
    people: Shares = defaultdict(list)
    area: Shares = defaultdict(list)
    places = list(zip(demand.latitude.tolist(), demand.longitude.tolist(), strict=True))
    middles = [h3.cell_to_latlng(cell) for cell in demand.cells]
    sizes = [h3.cell_area(cell, unit="km^2") for cell in demand.cells]
    for tier in question.tiers:
        for hour in hours:
            for within_s in question.within_s:
                own = [brute.covered(tier, place, hour, within_s) for place in places]
                total = sum(w * c for w, c in zip(demand.people, own, strict=True))
                people[tier, within_s].append(total / demand.population)
                mid = [brute.covered(tier, place, hour, within_s) for place in middles]
                total = sum(w * c for w, c in zip(sizes, mid, strict=True))
                area[tier, within_s].append(total / sum(sizes))
    return people, area
