"""What coverage answers, and the same as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """Shares within so many seconds; the mean over the week, or those of one moment.

    Arrests are weighed with their own hours, people and area with every hour alike.
    """

    tier: str
    within_s: float
    population_share: float
    area_share: float
    arrest_share: float
    unknown_hours_share: float = 0.0
    """Part of ``population_share`` that rests on hours that nobody knows."""
    by_hour: tuple[float, ...] | None = None
    """(168,) population share in each hour of the local week, Monday 00:00 first."""

    def as_document(self, *, by_hour: bool = False) -> Json:
        """As JSON values; hours only where they are asked for."""
        told: Json = {
            "tier": self.tier,
            "within_s": _whole(self.within_s),
            "population_share": self.population_share,
            "area_share": self.area_share,
            "arrest_share": self.arrest_share,
            "unknown_hours_share": self.unknown_hours_share,
        }
        if by_hour and self.by_hour is not None:
            told["by_hour"] = list(self.by_hour)
        return told


@dataclass(frozen=True, slots=True)
class Gap:
    """A cell with arrests that are not reached in time."""

    tier: str
    within_s: float
    cell: str
    latitude: float
    """Of the point in it with most of those arrests."""
    longitude: float
    expected_arrests_per_year: float
    """Those that happen while nobody comes in time."""
    reached_share: float
    """Of all arrests expected in the cell, those that happen while somebody does."""
    nearest_s: float | None
    """Median over the week, by the hours of arrests; None: nobody within two hours."""
    unit: str

    def as_document(self) -> Json:
        """As JSON values."""
        return {
            "tier": self.tier,
            "within_s": _whole(self.within_s),
            "cell": self.cell,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "expected_arrests_per_year": self.expected_arrests_per_year,
            "reached_share": self.reached_share,
            "nearest_s": self.nearest_s,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Unit:
    """A county-level unit, or the H3 cell that stands in for one."""

    id: str
    name: str
    population: float
    arrests_per_year: float
    area_km2: float
    layers: tuple[Layer, ...]

    def as_document(self) -> Json:
        """As JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "population": self.population,
            "arrests_per_year": self.arrests_per_year,
            "area_km2": self.area_km2,
            "layers": [layer.as_document() for layer in self.layers],
        }


@dataclass(frozen=True, slots=True)
class Circle:
    """What a station's units reach, minute by minute; the city's is that of all of them."""

    station_id: str | None
    """None: the city."""
    name: str
    tier: str | None
    within_s: float
    population: float
    population_share: float
    area_km2: float
    arrests_per_year: float
    by_minute: tuple[float, ...]
    """Population share within 60, 120, … seconds."""

    def as_document(self) -> Json:
        """As JSON values."""
        return {
            "station_id": self.station_id,
            "name": self.name,
            "tier": self.tier,
            "within_s": _whole(self.within_s),
            "population": self.population,
            "population_share": self.population_share,
            "area_km2": self.area_km2,
            "arrests_per_year": self.arrests_per_year,
            "by_minute": list(self.by_minute),
        }


@dataclass(frozen=True, slots=True)
class Target:
    """A rule that planners compare with (DOMAIN §4)."""

    name: str
    value: float | None
    target: float
    unit: str
    """``per 100,000``, ``share`` or ``s``."""
    met: bool | None
    """None where there is nothing to compare with, or the rule names no share."""
    source: str

    def as_document(self) -> Json:
        """As JSON values."""
        return {
            "name": self.name,
            "value": self.value,
            "target": self.target,
            "unit": self.unit,
            "met": self.met,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answer to a :class:`shared.coverage.question.Question`."""

    scenario: str
    layers: tuple[Layer, ...]
    units: tuple[Unit, ...]
    gaps: Mapping[str, tuple[Gap, ...]]
    """By tier, most expected arrests first."""
    circles: tuple[Circle, ...]
    targets: tuple[Target, ...]
    cells: Mapping[str, Mapping[str, float | None]]
    """Cell → tier → seconds at its middle, the median over the week; None: beyond ``horizon_s``."""
    people: Mapping[str, float]
    """Cell → people."""
    arrests: Mapping[str, float]
    """Cell → expected arrests a year."""
    stations: Sequence[tuple[float, float, str]] = ()
    """Latitude, longitude and name of first-aid stations and emergency centres."""
    hours_told: bool = False
    """Whether the document has the hours one by one."""
    basis: Json = field(default_factory=dict)
    """What it was computed on, and what was assumed."""

    @property
    def main_tier(self) -> str:
        """The one whose gaps come first: the chain where it was asked for."""
        tiers = list(dict.fromkeys(layer.tier for layer in self.layers))
        return "chain" if "chain" in tiers else tiers[0]

    def as_document(self) -> Json:
        """The JSON of ``plan coverage``."""
        main = self.main_tier
        return {
            "scenario": self.scenario,
            "layers": [x.as_document(by_hour=self.hours_told) for x in self.layers],
            "units": [unit.as_document() for unit in self.units],
            "gaps": _all(self.gaps.get(main, ())),
            "gaps_by_tier": {tier: _all(gaps) for tier, gaps in self.gaps.items()},
            "circles": _all(self.circles),
            "targets": _all(self.targets),
            "basis": dict(self.basis),
        }


def _all(things: Sequence[Gap] | Sequence[Circle] | Sequence[Target]) -> list[Json]:
    return [thing.as_document() for thing in things]


def _whole(seconds: float) -> float | int:
    return int(seconds) if float(seconds).is_integer() else seconds
