"""The 10-minute circle of each station, and of the city: whom their units reach in each minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.contracts.records import StationRecord
from shared.coverage.answer import Circle
from shared.coverage.demand import DemandCells
from shared.coverage.field import Field
from shared.coverage.ground import Targets
from shared.coverage.sources import Spots
from shared.coverage.week import Floats, Ints
from shared.decision.policy import Policy

MEASURED_S = 3_600.0
"""The mean of the first unit's time counts later ones as this."""


@dataclass(slots=True, eq=False)
class CircleSums:
    """Sums by station, filled tile by tile. A circle is what a station covers when its units stand
    in front of it: hours do not change it."""

    spots: Sequence[Spots]
    stations: Ints
    """(stations,) their positions among all, ascending."""
    bands_s: Floats
    sums: Floats
    """(stations + 1, bands, 3): people, arrests, area; the last is the city."""
    late_s: float = 0.0
    """Sum over arrests of the seconds until the first unit."""

    @classmethod
    def of(cls, spots: Sequence[Spots], targets: Targets, policy: Policy) -> CircleSums:
        """Empty sums."""
        rows = [each.station for each in spots]
        stations = np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)
        circle = policy.circle
        bands = np.arange(circle.band_s, circle.within_s + circle.band_s / 2, circle.band_s)
        bands[-1] = circle.within_s
        return cls(spots, stations, bands, np.zeros((len(stations) + 1, len(bands), 3)))

    def add(self, field: Field, tile: int, targets: Targets) -> None:
        """Counts a tile."""
        rows = field.tiles[tile]
        weights = np.column_stack(
            [targets.people[rows], targets.arrests[rows], targets.area_km2[rows]]
        )
        first_s = np.full(len(rows), np.inf)
        near: dict[int, Floats] = {}
        for each in self.spots:
            own, moving = field.ways(tile, each.places, each.pace, MEASURED_S)
            seconds = moving + each.start_s[own, None]
            if len(own):
                first_s = np.minimum(first_s, seconds.min(axis=0))
            timely = np.flatnonzero((seconds <= self.bands_s[-1]).any(axis=1))
            for k in timely.tolist():
                station = int(each.station[own[k]])
                before = near.get(station)
                near[station] = seconds[k] if before is None else np.minimum(before, seconds[k])
        for station, seconds in near.items():
            self._count(int(np.searchsorted(self.stations, station)), seconds, weights)
        self._count(len(self.stations), first_s, weights)
        self.late_s += float(np.minimum(first_s, MEASURED_S) @ weights[:, 1])

    def _count(self, row: int, seconds: Floats, weights: Floats) -> None:
        for band, until_s in enumerate(self.bands_s.tolist()):
            inside = seconds <= until_s
            if inside.any():
                self.sums[row, band] += weights[inside].sum(axis=0)


def circles_of(
    sums: CircleSums, stations: Sequence[StationRecord], demand: DemandCells
) -> tuple[Circle, ...]:
    """The city's, then each station's that has units, most people first."""
    people = demand.population

    def told(row: int, station: StationRecord | None) -> Circle:
        own = sums.sums[row]
        return Circle(
            station_id=None if station is None else station.id,
            name="" if station is None else station.name,
            tier=None if station is None else station.tier.value,
            within_s=float(sums.bands_s[-1]),
            population=float(own[-1, 0]),
            population_share=min(1.0, float(own[-1, 0] / people)),
            area_km2=float(own[-1, 2]),
            arrests_per_year=float(own[-1, 1]),
            by_minute=tuple(np.minimum(own[:, 0] / people, 1.0).tolist()),
        )

    each = [told(row, stations[int(k)]) for row, k in enumerate(sums.stations)]
    each.sort(key=lambda circle: (-circle.population, circle.station_id or ""))
    return (told(len(sums.stations), None), *each)
