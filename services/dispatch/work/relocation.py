"""Where idle ambulances would cover more: the live picture, and demand from what has happened here.

Demand is this deployment's own incidents by cell. Where there are few yet, rescuers' homes stand in
for the population: people live where rescuers live, which is an assumption and is said.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import h3.api.basic_str as h3

from services.dispatch.store import Connection, claims, incidents
from services.dispatch.work.picture import Picture
from services.dispatch.work.planning import Planner
from shared.contracts.words import PlaceKind
from shared.decision.moment import Moment
from shared.decision.relocation import Relocation, relocation_advice

SINCE = timedelta(days=365)
"""A year has all its seasons (our choice)."""
PROXY_INCIDENTS = 100.0
"""The homes of rescuers together weigh as much as so many incidents: with a thousand incidents a
year a tenth of the demand is still the proxy (our choice)."""
RESOLUTION = 8
"""Of the cells of demand: hexagons of 0.7 km², half a minute across by ambulance."""
MOST_CELLS = 5_000
"""More are put together into coarser ones, so that advice takes a bounded time."""


@dataclass(frozen=True, slots=True)
class Demand:
    """How much is expected where, and from what that was taken."""

    by_cell: Mapping[str, float]
    incidents: int
    since: datetime
    homes: int


class RelocationDesk:
    """Gives advice; orders nobody and claims nothing."""

    def __init__(self, picture: Picture, planner: Planner) -> None:
        self._picture = picture
        self._planner = planner

    @property
    def within_s(self) -> float:
        """How soon after its call a place is reached in time."""
        return self._planner.policy.relocation.within_s

    async def advice(self, connection: Connection, now: datetime) -> tuple[Relocation, Demand]:
        """The moves that are worth it now, and the demand that they are for."""
        since = now - SINCE
        past = await incidents.places_since(connection, since)
        held, _ = await claims.held(connection, "")
        picture, policy = self._picture, self._planner.policy
        part = picture.part(
            units=set(picture.units), held=held, router=self._planner.streets.router
        )

        def work() -> tuple[Relocation, Demand]:
            demand = demand_of(past, _homes(picture), since)
            moment = Moment(now, policy.response)
            return relocation_advice(part, demand.by_cell, moment, policy), demand

        # Seconds for a province: calls go on beside it.
        return await asyncio.to_thread(work)


def demand_of(past: list[tuple[float, float]], homes: Mapping[str, int], since: datetime) -> Demand:
    """Demand by cell of past incidents' places (degrees) and homes by cell (resolution 8)."""
    all_homes = sum(homes.values())
    cells = {cell: PROXY_INCIDENTS * count / all_homes for cell, count in homes.items()}
    for latitude, longitude in past:
        cell = h3.latlng_to_cell(latitude, longitude, RESOLUTION)
        cells[cell] = cells.get(cell, 0.0) + 1.0
    resolution = RESOLUTION
    while len(cells) > MOST_CELLS and resolution > 0:
        resolution -= 1
        coarse: dict[str, float] = {}
        for cell in sorted(cells):
            parent = h3.cell_to_parent(cell, resolution)
            coarse[parent] = coarse.get(parent, 0.0) + cells[cell]
        cells = coarse
    return Demand(by_cell=cells, incidents=len(past), since=since, homes=all_homes)


def _homes(picture: Picture) -> dict[str, int]:
    """How many rescuers live in each cell; nobody is named."""
    homes: Counter[str] = Counter()
    for rescuer_id in list(picture.rescuers):
        entry = picture.rescuers.get(rescuer_id)
        if entry is None:
            continue
        for place in entry.record.places:
            if place.kind is PlaceKind.HOME:
                homes[h3.cell_to_parent(place.cell, RESOLUTION)] += 1
    return dict(homes)
