"""One tier's sums over targets, by class of minutes: shares, gaps and medians come out of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shared.coverage.answer import Gap, Layer
from shared.coverage.demand import DemandCells
from shared.coverage.ground import Ground, Targets
from shared.coverage.question import Question
from shared.coverage.tiers import Soonest, TierTimes
from shared.coverage.week import Floats, Ints

UNIT_TIERS = ("health-centre", "station", "ambulance")


def p_unknown(tier: str, question: Question) -> float:
    """What something of unknown hours counts for: the policy's P(open) of an AED; a station of
    unknown hours sends its units, as it does in dispatch."""
    return 1.0 if tier in UNIT_TIERS else question.policy.aed.p_hours_unknown


@dataclass(slots=True)
class Sums:
    """One tier's sums over targets, filled tile by tile."""

    tier: str
    times: TierTimes
    targets: Targets
    demand: DemandCells
    question: Question
    hours: Floats
    """(hours, classes)"""
    p_unknown: float
    covered: dict[float, Floats] = field(default_factory=dict)
    """Seconds → (3, units, classes): people, arrests, area that are covered."""
    unknown: dict[float, Floats] = field(default_factory=dict)
    """Seconds → (units, classes) people whose coverage rests on unknown hours."""
    in_time: Floats = field(default_factory=lambda: np.zeros(0))
    """(3, classes) people, arrests and area where CPR and shock are both in the policy's times."""
    missed: Floats = field(default_factory=lambda: np.zeros(0))
    """(points,) arrests a year that are not reached within the longest time."""
    median_s: Floats = field(default_factory=lambda: np.zeros(0))
    """(cells,) at their middles."""

    @classmethod
    def of(
        cls,
        tier: str,
        times: TierTimes,
        targets: Targets,
        demand: DemandCells,
        ground: Ground,
        question: Question,
    ) -> Sums:
        """Empty sums."""
        hours = times.classes.shares()
        made = cls(tier, times, targets, demand, question, hours, p_unknown(tier, question))
        shape = (3, len(demand.units), times.classes.count)
        for within_s in question.within_s:
            made.covered[within_s] = np.zeros(shape)
            made.unknown[within_s] = np.zeros(shape[1:])
        made.in_time = np.zeros((3, times.classes.count))
        made.missed = np.zeros(targets.points)
        made.median_s = np.full(len(demand.cells), np.inf)
        return made

    def arrest_weights(self) -> Floats:
        """(classes,) the share of arrests that happen in each class of minutes."""
        if len(self.hours) == 1:
            return np.asarray(self.hours[0], np.float64)
        return np.asarray(self.demand.hours @ self.hours, np.float64)

    def add(self, rows: Ints, soonest: Soonest) -> None:
        """Counts a tile."""
        targets, last = self.targets, self.question.within_s[-1]
        unit = targets.unit[rows]
        present, local = np.unique(unit, return_inverse=True)
        mine = (np.arange(len(present))[:, None] == local.ravel()[None, :]).astype(np.float64)
        weights = (targets.people[rows], targets.arrests[rows], targets.area_km2[rows])
        by_arrests = self.arrest_weights()
        for within_s in self.question.within_s:
            covered = (soonest.sure <= within_s).astype(np.float64)
            if soonest.maybe is not soonest.sure:
                perhaps = self.p_unknown * ((soonest.maybe <= within_s) & (covered == 0))
                self.unknown[within_s][present] += (mine * weights[0]) @ perhaps
                covered += perhaps
            for k, weight in enumerate(weights):
                self.covered[within_s][k, present] += (mine * weight) @ covered
            if within_s == last:
                points = np.flatnonzero(rows < targets.points)
                missed = 1.0 - covered[points] @ by_arrests
                self.missed[rows[points]] = targets.arrests[rows[points]] * missed
        if soonest.direct is not None:
            self.in_time += np.array(weights) @ self._both_in_time(soonest, soonest.direct)
        middles = np.flatnonzero(rows >= targets.points)
        self.median_s[rows[middles] - targets.points] = weighted_median(
            soonest.sure[middles], by_arrests
        )

    def _both_in_time(self, soonest: Soonest, direct: Floats) -> Floats:
        """(targets, classes) CPR by somebody, and a shock by whoever brings an AED, in time."""
        policy = self.question.policy
        with_aed_s = policy.target.shock_within_s - policy.aed.apply_s
        timely = direct <= policy.target.cpr_within_s
        sure = soonest.sure <= with_aed_s
        perhaps = self.p_unknown * ((soonest.maybe <= with_aed_s) & ~sure)
        return np.asarray(timely * (sure + perhaps), np.float64)

    def both_in_time(self) -> float:
        """The share of arrests for which the policy's times are both kept."""
        arrests = float(self.targets.arrests.sum())
        return float(_share(self.in_time[1] @ self.arrest_weights(), arrests))

    def layers(self, unit: int | None = None) -> list[Layer]:
        """Of everybody, or of one unit."""
        targets = self.targets
        own = slice(None) if unit is None else slice(unit, unit + 1)
        kept = np.ones(len(targets.unit), np.bool_) if unit is None else targets.unit == unit
        people = targets.people[kept].sum()
        arrests = targets.arrests[kept].sum()
        area = targets.area_km2[kept].sum()
        every_hour = self.hours.mean(axis=0)
        found = []
        for within_s in self.question.within_s:
            sums = self.covered[within_s][:, own].sum(axis=1)
            by_hour = None
            if unit is None and len(self.hours) > 1:
                by_hour = tuple(_share(self.hours @ sums[0], people).tolist())
            unknown = self.unknown[within_s][own].sum(axis=0) @ every_hour
            found.append(
                Layer(
                    tier=self.tier,
                    within_s=within_s,
                    population_share=float(_share(sums[0] @ every_hour, people)),
                    area_share=float(_share(sums[2] @ every_hour, area)),
                    arrest_share=float(_share(sums[1] @ self.arrest_weights(), arrests)),
                    unknown_hours_share=float(_share(unknown, people)),
                    by_hour=by_hour,
                )
            )
        return found

    def worst(self) -> tuple[Ints, Ints, Floats]:
        """Cells with missed arrests, most first: the cell, its worst point, the arrests."""
        demand = self.demand
        each = by_cell(demand, self.missed)
        order = np.argsort(-each, kind="stable")[: self.question.gaps]
        order = order[each[order] > 1e-12]
        points = np.lexsort((-self.missed, demand.cell))
        first = points[np.searchsorted(demand.cell[points], order)]
        return order.astype(np.int64), first.astype(np.int64), each[order]

    def gaps(self, nearest_s: Floats, most: int) -> tuple[Gap, ...]:
        """The worst cells."""
        demand = self.demand
        cells, points, arrests = self.worst()
        all_ = by_cell(demand, demand.arrests)
        return tuple(
            Gap(
                tier=self.tier,
                within_s=self.question.within_s[-1],
                cell=demand.cells[cell],
                latitude=float(demand.latitude[point]),
                longitude=float(demand.longitude[point]),
                expected_arrests_per_year=float(value),
                reached_share=float(_share(all_[cell] - value, float(all_[cell]))),
                nearest_s=float(seconds) if np.isfinite(seconds) else None,
                unit=demand.units[demand.unit[point]][1],
            )
            for cell, point, value, seconds in list(
                zip(cells, points, arrests, nearest_s, strict=True)
            )[:most]
        )


def _share(part: Floats | float, whole: float) -> Floats:
    """Parts of a whole, from 0 to 1; 0 of nothing."""
    value: Floats = np.clip(np.asarray(part) / whole, 0.0, 1.0) if whole else np.zeros_like(part)
    return value


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """(n,) of (n, k) values with (k,) weights: the lowest that half of the weight is not above."""
    if not len(values):
        return np.empty(0)
    order = np.argsort(values, axis=1, kind="stable")
    heaped = np.cumsum(weights[order], axis=1)
    at = (heaped >= heaped[:, -1:] / 2).argmax(axis=1)
    rows = np.arange(len(values))
    median: Floats = values[rows, order[rows, at]]
    return median


def by_cell(demand: DemandCells, values: Floats) -> Floats:
    """(cells,) sums of values (points,)."""
    heaps = np.bincount(demand.cell, values, minlength=len(demand.cells))
    return np.asarray(heaps, np.float64)
