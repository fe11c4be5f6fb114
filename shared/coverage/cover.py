"""Coverage worked out: shares by tier, hour and county, gaps, circles, targets."""

from __future__ import annotations

import numpy as np

from shared.coverage.answer import Coverage, Unit
from shared.coverage.basis import basis_of
from shared.coverage.circles import CircleSums, circles_of
from shared.coverage.compare import ChainAim, Densities, compared
from shared.coverage.demand import DemandCells
from shared.coverage.ground import Ground, Targets, targets_of
from shared.coverage.question import Question
from shared.coverage.sources import HEALTH
from shared.coverage.sums import Sums, by_cell, weighted_median
from shared.coverage.week import Floats
from shared.decision.routing import Router
from shared.snapshots import Known

HORIZON_S = 7_200.0
"""Nobody farther than this is told as the nearest of a gap."""


def cover(known: Known, demand: DemandCells, router: Router | None, question: Question) -> Coverage:
    """The shares, gaps and circles of a registry.

    ``router`` is one of streets, or None for straight lines times the policy's route factors.
    Seconds count from the call, or from the order, to the entrance: delivery, answer and turnout of
    people, order and turnout of units, taking an AED are in them; floors are not.
    """
    targets = targets_of(demand)
    policy = question.policy
    limit_s = max(*question.within_s, policy.circle.within_s, policy.target.shock_within_s)
    ground = Ground.of(known, router, question, limit_s)
    here = ground.fields(targets.latitude, targets.longitude)
    sums = {
        tier: Sums.of(tier, times, targets, demand, ground, question)
        for tier, times in ground.tiers.items()
    }
    circles = CircleSums.of(ground.circles, targets, policy)
    densities = Densities.of(ground, targets, question)
    for tile, rows in enumerate(here.tiles):
        for each in sums.values():
            each.add(rows, each.times.soonest(here, tile, limit_s))
        circles.add(here, tile, targets)
    for tile in range(len(densities.straight.tiles)):
        densities.add(tile, targets)
    layers = tuple(layer for each in sums.values() for layer in each.layers())
    gaps = {
        tier: each.gaps(_nearest(ground, each, demand), question.gaps)
        for tier, each in sums.items()
    }
    return Coverage(
        scenario=question.scenario,
        layers=layers,
        units=_units(targets, demand, sums),
        gaps=gaps,
        circles=circles_of(circles, known.stations, demand),
        targets=compared(known, demand, layers, densities, circles, _chain(question, sums)),
        cells=_cells(demand, sums),
        people=dict(zip(demand.cells, by_cell(demand, demand.people).tolist(), strict=True)),
        arrests=dict(zip(demand.cells, by_cell(demand, demand.arrests).tolist(), strict=True)),
        stations=[
            (s.latitude, s.longitude, s.name) for s in known.stations if s.tier not in HEALTH
        ],
        hours_told=question.by_hour,
        basis=basis_of(known, demand, router, question, ground, targets, here, limit_s),
    )


def _nearest(ground: Ground, sums: Sums, demand: DemandCells) -> Floats:
    """The median seconds to the nearest for the gaps of a tier, however far."""
    _, points, _ = sums.worst()
    found = np.full(len(points), np.inf)
    if len(points):
        field_ = ground.fields(demand.latitude[points], demand.longitude[points])
        for tile, rows in enumerate(field_.tiles):
            sure = sums.times.soonest(field_, tile, HORIZON_S).sure
            found[rows] = weighted_median(sure, sums.arrest_weights())
    return found


def _chain(question: Question, sums: dict[str, Sums]) -> ChainAim | None:
    """The policy's times for CPR and shock, and how often both are kept."""
    aim = question.policy.target
    if "chain" not in sums:
        return None
    return ChainAim(aim.cpr_within_s, aim.shock_within_s, sums["chain"].both_in_time())


def _units(targets: Targets, demand: DemandCells, sums: dict[str, Sums]) -> tuple[Unit, ...]:
    many = len(demand.units)
    people = np.bincount(targets.unit, targets.people, minlength=many)
    arrests = np.bincount(targets.unit, targets.arrests, minlength=many)
    area = np.bincount(targets.unit, targets.area_km2, minlength=many)
    return tuple(
        Unit(
            id=key,
            name=name,
            population=float(people[k]),
            arrests_per_year=float(arrests[k]),
            area_km2=float(area[k]),
            layers=tuple(layer for each in sums.values() for layer in each.layers(k)),
        )
        for k, (key, name) in enumerate(demand.units)
    )


def _cells(demand: DemandCells, sums: dict[str, Sums]) -> dict[str, dict[str, float | None]]:
    columns = {tier: each.median_s.tolist() for tier, each in sums.items()}
    return {
        cell: {
            tier: values[k] if np.isfinite(values[k]) else None for tier, values in columns.items()
        }
        for k, cell in enumerate(demand.cells)
    }
