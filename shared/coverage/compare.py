"""Coverage beside the rules and aims of planners (DOMAIN §4), each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.contracts.words import AedState
from shared.coverage.answer import Layer, Target
from shared.coverage.circles import CircleSums
from shared.coverage.demand import DemandCells
from shared.coverage.field import StraightField
from shared.coverage.ground import Ground, Targets
from shared.coverage.question import Question
from shared.coverage.sources import HEALTH
from shared.coverage.week import OPEN, UNKNOWN, Classes, Floats
from shared.snapshots import Known

DANISH_M = 500.0
DANISH_RESCUERS = 4
RADII_M = (5_000.0, 10_000.0, 20_000.0)


@dataclass(frozen=True, slots=True)
class ChainAim:
    """The share of arrests for which CPR and shock can both be in time."""

    cpr_within_s: float
    shock_within_s: float
    share: float


@dataclass(slots=True, eq=False)
class Densities:
    """Counts within metres of straight line, filled tile by tile."""

    ground: Ground
    question: Question
    classes: Classes
    straight: StraightField
    hours: Floats
    """(classes,) share of the week."""
    danish: float = 0.0
    """People with 4 volunteers and an AED within 500 m."""

    @classmethod
    def of(cls, ground: Ground, targets: Targets, question: Question) -> Densities:
        """Empty sums."""
        week = ground.week
        rows = [*(group.there for group in ground.crowd.groups), *ground.aeds.state]
        classes = week.classes(rows)
        straight = StraightField(targets.latitude, targets.longitude)
        return cls(ground, question, classes, straight, classes.shares().mean(axis=0))

    def add(self, tile: int, targets: Targets) -> None:
        """Counts a tile of the straight field."""
        rows = self.straight.tiles[tile]
        people = targets.people[rows]
        crowd, aeds = self.ground.crowd, self.ground.aeds
        near, inside = self.straight.within_each_m(tile, aeds.places, DANISH_M)
        if not people.any() or not inside.any():
            return
        counts = self.straight.counts(tile, crowd, DANISH_M)
        some = counts.any(axis=1)
        enough = counts[some].T @ crowd.there(self.classes)[some] >= DANISH_RESCUERS
        state = aeds.state[np.ix_(near, self.classes.first)]
        open_ = (inside.T @ (state == OPEN).astype(np.float64)) > 0
        unknown = (inside.T @ (state == UNKNOWN).astype(np.float64)) > 0
        p_unknown = self.question.policy.aed.p_hours_unknown
        covered = enough * (open_ + p_unknown * (unknown & ~open_))
        self.danish += float(people @ covered @ self.hours)


def compared(
    known: Known,
    demand: DemandCells,
    layers: Sequence[Layer],
    densities: Densities,
    circles: CircleSums,
    chain: ChainAim | None,
) -> tuple[Target, ...]:
    """Each aim with what there is."""
    usable = sum(1 for aed in known.aeds if aed.state is not AedState.OUT_OF_SERVICE)
    per_100k = usable / demand.population * 1e5
    found = [
        Target(f"aeds_per_100k_{place}", per_100k, aim, "per 100,000", per_100k >= aim, source)
        for place, aim, source in (
            ("zhejiang", 45.0, "Zhejiang"),
            ("shanghai", 50.0, "Shanghai, 2025"),
            ("shenzhen", 100.0, "Shenzhen"),
        )
    ]
    draft = "AED on scene in 3 to 5 min (Guangzhou, draft rule)"
    found += [_of_layer(layers, "aed", s, f"aed_within_{s:.0f}_s", draft) for s in (180.0, 300.0)]
    found.append(
        Target(
            "volunteers_4_and_aed_within_500_m",
            min(1.0, densities.danish / demand.population),
            1.0,
            "share",
            None,
            "Denmark: at least 4 volunteers and 1 AED within 500 m",
        )
    )
    circle = "the 10-minute circle (Sanming)"
    found += [
        _of_layer(layers, tier, 600.0, f"{tier}_within_600_s", circle)
        for tier in ("health-centre", "station", "ambulance")
    ]
    if chain is not None:
        times = f"CPR within {chain.cpr_within_s:g} s and a shock within {chain.shock_within_s:g} s"
        source = f"the policy's times: {times}"
        found.append(Target("cpr_and_shock_in_time", chain.share, 1.0, "share", None, source))
    found += _radii(known, demand)
    mean_s = circles.late_s / float(demand.arrests.sum()) if len(circles.stations) else None
    found += [
        Target(
            f"mean_first_unit_{place}", mean_s, aim, "s", None if mean_s is None else mean_s <= aim,
            "Hangzhou 2027: mean of 8 min in towns, 12 in the country, 14 in mountains",
        )
        for place, aim in (("urban", 480.0), ("rural", 720.0), ("mountain", 840.0))
    ]  # fmt: skip
    return tuple(found)


def _of_layer(
    layers: Sequence[Layer], tier: str, within_s: float, name: str, source: str
) -> Target:
    own = [each for each in layers if each.tier == tier and each.within_s == within_s]
    value = own[0].arrest_share if own else None
    return Target(name, value, 1.0, "share", None, source)


def _radii(known: Known, demand: DemandCells) -> list[Target]:
    """People within the radii of a first-aid station or emergency centre, in a straight line."""
    places = [(s.latitude, s.longitude) for s in known.stations if s.tier not in HEALTH]
    found = []
    field = StraightField(demand.latitude, demand.longitude)
    for radius_m in RADII_M:
        inside = 0.0
        for tile, rows in enumerate(field.tiles):
            if places:
                _, near = field.within_each_m(tile, np.array(places), radius_m)
                inside += float(demand.people[rows] @ near.any(axis=0))
        found.append(
            Target(
                f"station_within_{radius_m / 1000:.0f}_km",
                min(1.0, inside / demand.population),
                1.0,
                "share",
                None,
                "China 120 targets, 2025: station radius 5 km in towns, 10 to 20 km in the country",
            )
        )
    return found
