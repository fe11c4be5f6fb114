"""Who and what may come, from a registry's records: rescuers in groups, AEDs, units of stations.

Who may be alerted is decided as the decision does it: verified, with a credential that is valid,
with consent, available, outside quiet hours; at the first usual place that is open at that hour.
Whether they say yes is not in it: coverage is who could be asked, and how soon they would be there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contracts.records import AedRecord, RescuerRecord, StationRecord, UnitRecord
from shared.contracts.words import (
    AedState,
    RescuerState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.coverage.week import OPEN, Classes, Codes, Floats, Ints, Week
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.units import unit_speed_m_s
from shared.geometry.cells import centre_of
from shared.snapshots import Known

GONE = frozenset({UnitState.OFF_DUTY, UnitState.OUT_OF_SERVICE})
HEALTH = frozenset({Tier.COMMUNITY_HEALTH_CENTRE, Tier.TOWNSHIP_HEALTH_CENTRE})


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """How somebody moves: on streets by mode and speed, in straight lines times a factor."""

    mode: TransportMode
    speed_m_s: float
    factor: float

    @property
    def s_per_m(self) -> float:
        """Seconds for each metre of straight line."""
        return self.factor / self.speed_m_s


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Rescuers who move alike and are at their places at the same hours."""

    pace: Pace
    places: Floats
    """(n, 2) degrees, each once."""
    many: Ints
    """(n,) how many of them are there."""
    there: Codes
    """(minutes,) 1 where they are there and may be alerted."""
    start_s: Floats
    """(minutes,) from the call until they move: delivery, answer, turnout by day or night."""


class Crowd:
    """All groups of rescuers, side by side."""

    __slots__ = ("_ends", "groups", "many", "places")

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = tuple(groups)
        self.places: Floats = np.concatenate([np.empty((0, 2)), *(g.places for g in groups)])
        """(n, 2) degrees, group by group."""
        self.many: Ints = np.concatenate([np.empty(0, np.int64), *(g.many for g in groups)])
        self._ends = np.cumsum([len(group.places) for group in groups])

    def runs(self, rows: Ints) -> list[tuple[int, int, int]]:
        """Of ascending rows, for each group that has some: its number, and first and last + 1."""
        cuts = [0, *np.searchsorted(rows, self._ends).tolist()]
        return [(k, cuts[k], cuts[k + 1]) for k in range(len(cuts) - 1) if cuts[k + 1] > cuts[k]]

    def there(self, classes: Classes) -> Floats:
        """(groups, classes) 1 where they are there and may be alerted."""
        rows = [group.there[classes.first] for group in self.groups]
        return np.array(rows, np.float64).reshape(len(self.groups), classes.count)

    def rows(self) -> list[Codes]:
        """What tells minutes apart: who is there, and who is slower at night."""
        rows = [group.there for group in self.groups]
        return rows + [(g.start_s != g.start_s[0]).astype(np.uint8) for g in self.groups]


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Things that stand somewhere: AEDs, or units at their stations, that move alike."""

    pace: Pace
    places: Floats
    """(n, 2) degrees."""
    start_s: Floats
    """(n,) before anything moves."""
    state: npt.NDArray[np.uint8]
    """(n, minutes) ``OPEN``, ``CLOSED`` or ``UNKNOWN``."""
    station: Ints
    """(n,) position among the stations; -1 for AEDs."""


_Alike = tuple[str, str, tuple[str, ...], int, TransportMode]
"""Zone, quiet hours, hours of the places, which of them, mode."""


def paces_of(policy: Policy) -> dict[TransportMode, Pace]:
    """How people move, by mode."""
    travel = policy.travel
    return {
        mode: Pace(mode, travel.speed_m_s[mode], travel.route_factor[mode])
        for mode in TransportMode
    }


def unit_paces(policy: Policy) -> dict[TransportMode, Pace]:
    """How units move: a car with lights, anything else as everybody does."""
    factor = dict(policy.travel.route_factor)
    factor[TransportMode.CAR] = policy.units.car_route_factor
    return {mode: Pace(mode, unit_speed_m_s(mode, policy), factor[mode]) for mode in TransportMode}


def may_be_alerted(record: RescuerRecord, moment: Moment) -> bool:
    """Whether a rescuer may be asked at all, at some hour."""
    expires = record.credential_expires_on
    return (
        record.state is RescuerState.VERIFIED
        and expires is not None
        and expires >= moment.today(record.time_zone)
        and record.alerts_consent
        and record.available
    )


def groups_of(known: Known, week: Week, policy: Policy, moment: Moment, live: bool) -> list[Group]:
    """Rescuers who may be alerted, by how they move and when they are where.

    ``live``: where phones told lately that they are comes first, as the decision has it; for one
    moment only, because nobody knows the live places of a week.
    """
    where: dict[str, str] = {}
    if live:
        oldest_s = policy.places.live_max_age_s
        for each in known.presence:
            if (moment.now - each.recorded_at).total_seconds() <= oldest_s:
                where[each.rescuer_id] = each.cell
    found: defaultdict[_Alike, list[str]] = defaultdict(list)
    for person in known.rescuers:
        if not may_be_alerted(person, moment):
            continue
        now = where.get(person.id) if person.location_consent else None
        hours = ("24/7",) if now is not None else tuple(place.hours for place in person.places)
        cells = (now,) if now is not None else tuple(place.cell for place in person.places)
        for number, cell in enumerate(cells):
            alike = (person.time_zone, person.quiet_hours or "", hours, number)
            found[(*alike, person.transport_mode)].append(cell)
    paces = paces_of(policy)
    response = policy.response
    waits = response.delivery_s + response.answer_s
    turnout = np.array([response.day.turnout_median_s, response.night.turnout_median_s])
    groups = []
    for key in sorted(found):
        zone, quiet, hours, number, mode = key
        there = week.states(hours[number], zone) == OPEN
        for before in hours[:number]:
            there &= week.states(before, zone) != OPEN
        if quiet:
            there &= week.states(quiet, zone) != OPEN
        if not there.any():
            continue
        unique, many = np.unique(np.array(found[key]), return_counts=True)
        groups.append(
            Group(
                pace=paces[mode],
                places=np.array([centre_of(cell) for cell in unique.tolist()]),
                many=many.astype(np.int64),
                there=there.astype(np.uint8),
                start_s=waits + turnout[week.night(zone)],
            )
        )
    return groups


def aeds_of(known: Known, week: Week, policy: Policy) -> tuple[Spots, list[AedRecord]]:
    """AEDs that are not known to be out of service or missing, carried on foot.

    From the moment that somebody stands before one: taking it, then the way.
    """
    kept = [
        aed
        for aed in known.aeds
        if aed.state is not AedState.OUT_OF_SERVICE and aed.id not in known.missing_aeds
    ]
    states = [week.states(a.opening_hours, a.time_zone, a.country) for a in kept]
    spots = Spots(
        pace=paces_of(policy)[TransportMode.FOOT],
        places=np.array([(a.latitude, a.longitude) for a in kept]).reshape(-1, 2),
        start_s=np.full(len(kept), policy.aed.pick_up_s),
        state=np.array(states, np.uint8).reshape(len(kept), week.minutes),
        station=np.full(len(kept), -1, np.int64),
    )
    return spots, kept


Chosen = Callable[[UnitRecord, StationRecord], bool]


def is_of(tier: str) -> Chosen:
    """Which units speak for a tier."""
    if tier == "ambulance":
        return lambda unit, _: unit.kind is UnitKind.AMBULANCE
    if tier == "health-centre":
        return lambda _, station: station.tier in HEALTH
    return lambda _, station: station.tier not in HEALTH


def units_of(
    units: Iterable[UnitRecord],
    stations: Sequence[StationRecord],
    week: Week,
    policy: Policy,
    chosen: Chosen,
) -> list[Spots]:
    """Units in front of their stations, by how they move.

    Those that are off duty or out of service are left out; whoever is busy now is not, because
    coverage is of where units are stationed. A station that is known to be closed sends nobody.
    """
    number = {station.id: k for k, station in enumerate(stations)}
    alike: defaultdict[TransportMode, set[tuple[int, UnitKind]]] = defaultdict(set)
    for unit in units:
        k = number.get(unit.station_id)
        if k is not None and unit.state not in GONE and chosen(unit, stations[k]):
            alike[unit.mode].add((k, unit.kind))
    paces = unit_paces(policy)
    turnout = {
        UnitKind.AMBULANCE: policy.units.ambulance_turnout_s,
        UnitKind.HEALTH_TEAM: policy.units.health_team_turnout_s,
    }
    found = []
    for mode in sorted(alike):
        rows = sorted(alike[mode])
        own = [stations[k] for k, _ in rows]
        # No hours closes no station: dispatch sends its units (shared/decision/units_stations).
        states = [week.states(s.opening_hours, s.time_zone, s.country) for s in own]
        found.append(
            Spots(
                pace=paces[mode],
                places=np.array([(s.latitude, s.longitude) for s in own]),
                start_s=np.array([policy.units.order_s + turnout[kind] for _, kind in rows]),
                state=np.array(states, np.uint8),
                station=np.array([k for k, _ in rows], np.int64),
            )
        )
    return found
