"""Everything that coverage is worked out on: targets of the ways, tiers, the week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

import h3
import numpy as np

from shared.coverage.demand import DemandCells
from shared.coverage.field import Field, StraightField
from shared.coverage.question import Question
from shared.coverage.sources import Crowd, Spots, aeds_of, groups_of, is_of, units_of
from shared.coverage.tiers import ChainTier, RescuerTier, StandingTier, TierTimes, Ways
from shared.coverage.week import Floats, Ints, Week
from shared.decision.moment import Moment
from shared.decision.routing import Router
from shared.snapshots import Known

MakeField = Callable[[Floats, Floats], Field]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Points of the demand, then the middles of its cells, which stand for their area."""

    latitude: Floats
    longitude: Floats
    people: Floats
    arrests: Floats
    area_km2: Floats
    cell: Ints
    unit: Ints
    points: int
    """How many are points of the demand; those after them are middles."""


def targets_of(demand: DemandCells) -> Targets:
    """The targets that coverage is worked out for."""
    middles = np.array([h3.cell_to_latlng(cell) for cell in demand.cells]).reshape(-1, 2)
    area = np.array([h3.cell_area(cell, unit="km^2") for cell in demand.cells])
    cells, points = len(demand.cells), len(demand.people)
    # A cell is of the unit in which most of its people live.
    table = np.zeros((cells, len(demand.units)))
    np.add.at(table, (demand.cell, demand.unit), demand.people + demand.arrests)
    return Targets(
        latitude=np.concatenate([demand.latitude, middles[:, 0]]),
        longitude=np.concatenate([demand.longitude, middles[:, 1]]),
        people=np.concatenate([demand.people, np.zeros(cells)]),
        arrests=np.concatenate([demand.arrests, np.zeros(cells)]),
        area_km2=np.concatenate([np.zeros(points), area]),
        cell=np.concatenate([demand.cell, np.arange(cells)]),
        unit=np.concatenate([demand.unit, table.argmax(axis=1)]),
        points=points,
    )


def fields_of(router: Router | None, question: Question) -> MakeField:
    """Ways on the streets, where the router is one of streets; else in straight lines."""
    from shared.decision.circle_streets import streets_of

    if router is not None and streets_of(router) is not None:
        from shared.coverage.streets import StreetField
        from shared.streets.router import StreetRouter

        assert isinstance(router, StreetRouter)
        return lambda latitude, longitude: StreetField(router, question.policy, latitude, longitude)
    return StraightField


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A registry, ready to be asked about any targets."""

    week: Week
    crowd: Crowd
    aeds: Spots
    circles: list[Spots]
    """Units of all stations."""
    tiers: dict[str, TierTimes]
    fields: MakeField

    @classmethod
    def of(cls, known: Known, router: Router | None, question: Question, limit_s: float) -> Ground:
        """With the tiers that the question names; ways to AEDs are looked for up to the limit."""
        policy = question.policy
        week = Week(question.as_of, question.time_zone, question.at, policy.response)
        moment = Moment(question.at or question.as_of.astimezone(UTC), policy.response)
        crowd = Crowd(groups_of(known, week, policy, moment, live=question.at is not None))
        ways = Ways(crowd)
        aeds, _ = aeds_of(known, week, policy)
        stations = list(known.stations)
        fields = fields_of(router, question)
        tiers: dict[str, TierTimes] = {}
        for tier in question.tiers:
            if tier == "rescuer":
                tiers[tier] = RescuerTier.of(ways, week)
            elif tier == "aed":
                tiers[tier] = StandingTier.of([aeds], week)
            elif tier == "chain":
                to_aeds = fields(aeds.places[:, 0], aeds.places[:, 1])
                tiers[tier] = ChainTier.of(ways, aeds, to_aeds, week, limit_s)
            else:
                spots = units_of(known.units, stations, week, policy, is_of(tier))
                tiers[tier] = StandingTier.of(spots, week)
        circles = units_of(known.units, stations, week, policy, lambda *_: True)
        return cls(week, crowd, aeds, circles, tiers, fields)
