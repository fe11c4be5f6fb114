"""Sanming's stations of all tiers and their units: real towns, assumed sites and numbers.

Twelve general hospitals (总医院: two urban groups and ten county medical communities, DOMAIN §1)
stand as first-aid stations that take patients in; one emergency centre; first-aid stations of
their own; a community health service centre in each town; a health centre in each township.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shared.contracts.words import Tier, TransportMode, UnitKind
from shared.scenarios.random_places import moved
from shared.scenarios.sanming_places import COUNTIES, County, Land, RealPlace
from shared.scenarios.scenario import Row

SOURCE = "Lifering scenario generator: assumed site in a real place"
DAY_HOURS = "Mo-Su 08:00-17:30"

HOSPITAL_AMBULANCES = {"350404": 3, "350405": 2, "350481": 2, "350424": 2, "350425": 2, "350426": 2}
"""By county; one elsewhere."""
FIRST_AID_STATIONS = {"350405": 2, "350481": 2, "350424": 1, "350425": 1, "350426": 1}
"""By county; the city's three are placed one by one."""
COMMUNITY_CENTRES = {"350404": 6, "350405": 2, "350481": 4}
"""By county; one elsewhere."""
TOWNSHIP_TEAMS = 10
"""Townships with a team of their own, those farthest from their seat first."""

TEAM_MODES = (TransportMode.E_BIKE, TransportMode.CAR, TransportMode.FOOT)

DEMO_HEALTH_CENTRE = (-420.0, 560.0)
"""Metres north and east of Xubi, where the demonstration's call comes from."""


@dataclass
class _Made:
    stations: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def station(
        self,
        letter: str,
        name: str,
        tier: Tier,
        at: tuple[float, float],
        county: County,
        *,
        hours: str = "24/7",
        hospital: bool = False,
        capabilities: tuple[str, ...] = (),
    ) -> str:
        self.counts[letter] += 1
        number = self.counts[letter]
        identity = f"st-sm-{letter}{number:03d}"
        self.stations.append(
            {
                "id": identity,
                "name": name,
                "tier": tier.value,
                "place": {
                    "latitude": round(at[0], 6),
                    "longitude": round(at[1], 6),
                    "datum": "wgs84",
                },
                "address": f"福建省三明市{county.name}",
                "phone": f"+86109{len(self.stations) + 1:06d}",
                "opening_hours": hours,
                "time_zone": "Asia/Shanghai",
                "country": "CN",
                "hospital": hospital,
                "capabilities": list(capabilities),
                "provenance": {"source": SOURCE, "synthetic": True},
            }
        )
        return identity

    def ambulances(self, station: str, count: int, *, advanced: bool) -> None:
        for _ in range(count):
            self._unit("a", station, UnitKind.AMBULANCE, TransportMode.CAR, advanced=advanced)

    def team(self, station: str, mode: TransportMode) -> None:
        self._unit("t", station, UnitKind.HEALTH_TEAM, mode, advanced=False)

    def _unit(
        self, letter: str, station: str, kind: UnitKind, mode: TransportMode, *, advanced: bool
    ) -> None:
        self.counts[f"unit-{letter}"] += 1
        crew = ["doctor", "nurse"] + (["driver"] if kind is UnitKind.AMBULANCE else [])
        self.units.append(
            {
                "id": f"u-sm-{letter}{self.counts[f'unit-{letter}']:03d}",
                "station_id": station,
                "kind": kind.value,
                "mode": mode.value,
                "capabilities": ["als", "bls", "aed"] if advanced else ["bls", "aed"],
                "crew": [{"role": role} for role in crew],
                "provenance": {"source": SOURCE, "synthetic": True},
            }
        )


def make_stations(land: Land) -> tuple[list[Row], list[Row]]:
    """All stations and units."""
    made = _Made()
    _city(made, land)
    for county in COUNTIES:
        if county.code != "350404":
            _county(made, land, county)
    _townships(made, land)
    return made.stations, made.units


def _city(made: _Made, land: Land) -> None:
    """The city itself: ambulances stand at its southern end, around the seat, and north of Xubi.

    So a call from Xubi is some nine minutes from an ambulance, which is what volunteers are for.
    """
    county = COUNTIES[0]
    town = land.towns[county.code]
    points = {place.name: place.point for place in land.places if place.county == county.code}
    seat = town.seat.point
    centre = made.station(
        "e",
        "三明市急救中心",
        Tier.EMERGENCY_CENTRE,
        moved(*seat, -150, 200),
        county,
        capabilities=("dispatch",),
    )
    made.ambulances(centre, 2, advanced=True)
    for name, at in (
        ("三明市第一总医院", moved(*seat, 300, -350)),
        ("三明市第二总医院", moved(*points["荆西"], 600, 500)),
    ):
        hospital = _hospital(made, name, at, county)
        made.ambulances(hospital, HOSPITAL_AMBULANCES[county.code], advanced=True)
    for name, at in (
        ("城区", moved(*seat, -900, -700)),
        ("荆西", points["荆西"]),
        ("陈大", points["陈大"]),
    ):
        station = made.station("f", f"{name}急救站", Tier.FIRST_AID_STATION, at, county)
        made.ambulances(station, 1, advanced=False)
    near = sorted(town.neighbourhoods, key=lambda at: abs(at[0] - seat[0]) + abs(at[1] - seat[1]))
    sites = [moved(*points["徐碧"], *DEMO_HEALTH_CENTRE), *(near[i] for i in (2, 8, 14, 20, 26))]
    for i in range(COMMUNITY_CENTRES[county.code]):
        station = made.station(
            "c",
            f"三元区第{i + 1}社区卫生服务中心",
            Tier.COMMUNITY_HEALTH_CENTRE,
            sites[i],
            county,
            hours="24/7" if i == 0 else DAY_HOURS,
        )
        made.team(station, TEAM_MODES[i % len(TEAM_MODES)])


def _hospital(made: _Made, name: str, at: tuple[float, float], county: County) -> str:
    return made.station(
        "h",
        name,
        Tier.FIRST_AID_STATION,
        at,
        county,
        hospital=True,
        capabilities=("emergency_department", "als"),
    )


def _county(made: _Made, land: Land, county: County) -> None:
    town = land.towns[county.code]
    sites = town.neighbourhoods[1:]
    hospital = _hospital(made, f"{county.name}总医院", sites[0], county)
    made.ambulances(hospital, HOSPITAL_AMBULANCES.get(county.code, 1), advanced=True)
    stations = FIRST_AID_STATIONS.get(county.code, 0)
    for i in range(stations):
        name = f"{county.short}急救站" if stations == 1 else f"{county.short}第{i + 1}急救站"
        station = made.station("f", name, Tier.FIRST_AID_STATION, sites[1 + i], county)
        made.ambulances(station, 1, advanced=False)
    centres = COMMUNITY_CENTRES.get(county.code, 1)
    for i in range(centres):
        name = f"{county.short}第{i + 1}社区卫生服务中心"
        if centres == 1:
            name = f"{county.short}社区卫生服务中心"
        station = made.station(
            "c",
            name,
            Tier.COMMUNITY_HEALTH_CENTRE,
            (town.seat.point, *sites[4:])[i],
            county,
            hours=DAY_HOURS,
        )
        made.team(station, TEAM_MODES[(i + len(made.units)) % len(TEAM_MODES)])


def _townships(made: _Made, land: Land) -> None:
    def remoteness(place: RealPlace) -> float:
        seat = land.towns[place.county].seat
        return abs(place.latitude - seat.latitude) + abs(place.longitude - seat.longitude)

    townships = [place for place in land.places if place.kind == "township"]
    remote = sorted(townships, key=remoteness, reverse=True)[:TOWNSHIP_TEAMS]
    counties = {county.code: county for county in COUNTIES}
    for place in townships:
        station = made.station(
            "t",
            f"{place.name}卫生院",
            Tier.TOWNSHIP_HEALTH_CENTRE,
            place.point,
            counties[place.county],
        )
        if place in remote:
            made.team(station, TransportMode.CAR)
