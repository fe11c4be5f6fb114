"""Every model against trying everything out, on small instances of all kinds."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest

from shared.siting.answer import Patience, Status
from shared.siting.cover import within
from shared.siting.lscp import lscp
from shared.siting.mclp import mclp
from shared.siting.mexclp import expected, mexclp
from shared.siting.pcenter import pcenter
from shared.siting.pmedian import pmedian
from shared.siting.relocation import Costs, relocate

SEEDS = range(40)
RADIUS = 7.0


class World:
    """Some demands and sites: whole or broken numbers, with pairs missing, with existing sites."""

    def __init__(self, seed: int) -> None:
        g = np.random.default_rng(seed)
        self.n, self.m = int(g.integers(1, 14)), int(g.integers(1, 8))
        self.p = int(g.integers(0, self.m + 1))
        whole = seed % 2 == 0
        shape = (self.n, self.m)
        self.cost = g.integers(0, 20, shape).astype(float) if whole else g.uniform(0, 20, shape)
        if seed % 3 == 0:
            self.cost[g.random(shape) < 0.3] = np.inf
        self.weights = g.integers(0, 6, self.n).astype(float) if whole else g.uniform(0, 5, self.n)
        self.near = np.full(self.n, np.inf)
        if seed % 5 == 0:
            self.near = np.where(g.random(self.n) < 0.4, g.uniform(0, 20, self.n), np.inf)
        self.old = g.uniform(0, 20, (self.n, int(g.integers(1, 4))))
        self.there = g.integers(0, 3, self.n).astype(float)
        self.busy = float(g.choice([0, 0.2, 0.5, 0.9]))
        self.budget = Fraction(int(g.integers(0, 25)), 10)
        self.move = Fraction(int(g.integers(0, 15)), 10)
        self.covers = self.cost <= RADIUS

    def choices(self) -> list[list[int]]:
        return [list(each) for each in combinations(range(self.m), self.p)]

    def away(self, chosen: list[int]) -> np.ndarray:
        away: np.ndarray = np.minimum(self.cost[:, chosen].min(1, initial=np.inf), self.near)
        return away


@pytest.mark.parametrize("seed", SEEDS)
def test_mclp(seed: int) -> None:
    world = World(seed)
    best = max(world.weights[world.covers[:, each].any(1)].sum() for each in world.choices())
    found = mclp(within(world.cost, RADIUS), world.weights, world.p, Patience.of())
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(best, rel=1e-12)
    assert found.gap == 0
    assert len(found.chosen) <= world.p


@pytest.mark.parametrize("seed", SEEDS)
def test_lscp(seed: int) -> None:
    world = World(seed)
    fewest = next(
        (k for k in range(world.m + 1) for each in combinations(range(world.m), k)
         if world.covers[:, list(each)].any(1).all()), None,
    )  # fmt: skip
    found = lscp(within(world.cost, RADIUS), Patience.of())
    assert (found.status is Status.INFEASIBLE) == (fewest is None)
    assert found.objective == fewest
    if fewest is not None:
        assert world.covers[:, list(found.chosen)].any(1).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_pcenter(seed: int) -> None:
    world = World(seed)
    best = min(world.away(each).max() for each in world.choices())
    found = pcenter(world.cost, world.near, world.p, Patience.of())
    if np.isinf(best):
        assert found.status is Status.INFEASIBLE
    else:
        assert found.status is Status.OPTIMAL
        assert found.objective == best == world.away(list(found.chosen)).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_pmedian(seed: int) -> None:
    world = World(seed)
    heavy = world.weights > 0
    best = min(
        float((world.weights[heavy] * world.away(each)[heavy]).sum()) for each in world.choices()
    )
    found = pmedian(world.cost, world.near, world.weights, world.p, Patience.of())
    if np.isinf(best):
        assert found.status is Status.INFEASIBLE
    else:
        assert found.status is Status.OPTIMAL
        assert found.objective == pytest.approx(best, rel=1e-12)
        assert found.gap == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_mexclp(seed: int) -> None:
    world = World(seed)
    ambulances = min(world.p, 4)
    columns = world.covers.astype(float)
    best = max(
        expected(world.weights, world.there + columns[:, list(each)].sum(1), world.busy)
        for each in combinations_with_replacement(range(world.m), ambulances)
    )
    found = mexclp(
        within(world.cost, RADIUS),
        world.weights,
        world.there,
        ambulances,
        world.busy,
        Patience.of(),
    )
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_relocation(seed: int) -> None:
    world = World(seed)
    sites, existing = min(world.m, 5), world.old.shape[1]
    cost = np.concatenate([world.cost[:, :sites], world.old], axis=1)
    costs = Costs(world.budget, Fraction(1), world.move)
    best = 0.0
    for mask in range(2 ** (sites + existing)):
        used = [k for k in range(sites + existing) if mask >> k & 1]
        placed = sum(k < sites for k in used)
        moved = existing - (len(used) - placed)
        if placed >= moved and costs.of(placed - moved, moved) <= costs.budget:
            best = max(best, float(world.weights[(cost[:, used] <= RADIUS).any(1)].sum()))
    found = relocate(within(cost, RADIUS), existing, world.weights, costs, Patience.of())
    assert found.solution.status is Status.OPTIMAL
    assert found.solution.objective == pytest.approx(best, rel=1e-12)
    moved = existing - len(found.kept)
    new = len(found.solution.chosen) - moved
    assert new >= 0
    assert costs.of(new, moved) <= costs.budget
