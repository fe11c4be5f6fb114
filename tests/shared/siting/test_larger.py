"""Instances of hundreds of points are proven, and a search that is cut short says so."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from shared.siting import branching, radii
from shared.siting.answer import Patience, Status, grain_of, settled
from shared.siting.cover import binding, cover_of, merged, undominated, within
from shared.siting.highs import Program, solve
from shared.siting.hours import MINUTES, classes_of, open_minutes
from shared.siting.mclp import mclp
from shared.siting.pcenter import pcenter
from shared.siting.pmedian import Priced, pmedian, priced


def network(nodes: int, seed: int) -> np.ndarray:
    """All shortest ways of a random graph with edges of 1 to 100, as the OR-Library's p-medians."""
    g = np.random.default_rng(seed)
    away = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(away, 0)
    edges = [
        *pairwise(g.permutation(nodes).tolist()),
        *g.integers(0, nodes, (nodes * 4, 2)).tolist(),
    ]
    for a, b in edges:
        if a != b:
            away[a, b] = away[b, a] = g.integers(1, 101)
    for k in range(nodes):
        np.minimum(away, away[:, k : k + 1] + away[k : k + 1], out=away)
    return away


def by_highs(cost: np.ndarray, p: int) -> float:
    """The classical p-median model, given whole."""
    rows, sites = cost.shape
    y = sites + np.arange(rows * sites).reshape(rows, sites)
    first, column, value = [0], [], []
    for i in range(rows):
        column += y[i].tolist()
        value += [1.0] * sites
        first.append(len(column))
    for i in range(rows):
        for j in range(sites):
            column += [j, int(y[i, j])]
            value += [1.0, -1.0]
            first.append(len(column))
    column += list(range(sites))
    value += [1.0] * sites
    first.append(len(column))
    outcome = solve(
        Program(
            cost=np.concatenate([np.zeros(sites), cost.ravel()]),
            upper=np.ones(sites + rows * sites),
            whole=np.arange(sites + rows * sites) < sites,
            first=np.array(first),
            column=np.array(column),
            value=np.array(value),
            least=np.concatenate([np.ones(rows), np.zeros(rows * sites), [p]]),
            most=np.concatenate([np.ones(rows), np.full(rows * sites, np.inf), [p]]),
        ),
        Patience.of(),
        grain=1.0,
    )
    assert outcome.values is not None
    open_ = outcome.values[:sites] > 0.5
    return float(cost[:, open_].min(1).sum())


@pytest.mark.parametrize("seed", range(4))
def test_pmedian_as_the_classical_model_has_it(seed: int) -> None:
    cost = network(36, seed)
    found = pmedian(cost, np.full(36, np.inf), np.ones(36), 4, Patience.of())
    assert found.status is Status.OPTIMAL
    assert found.objective == by_highs(cost, 4)


@pytest.mark.parametrize("p", [5, 40])
def test_pmedian_of_200_nodes_is_proven(p: int) -> None:
    cost = network(200, 11)
    found = pmedian(cost, np.full(200, np.inf), np.ones(200), p, Patience.of())
    assert (found.status, found.gap) == (Status.OPTIMAL, 0.0)
    assert found.objective == cost[:, list(found.chosen)].min(1).sum()


def test_pcenter_of_200_nodes_is_proven() -> None:
    cost = network(200, 12)
    found = pcenter(cost, np.full(200, np.inf), 10, Patience.of())
    assert (found.status, found.gap) == (Status.OPTIMAL, 0.0)
    assert found.objective == cost[:, list(found.chosen)].min(1).max()


def test_a_search_cut_short_says_so_and_how_far_it_may_be_off() -> None:
    g = np.random.default_rng(2)
    demand, sites = g.uniform(0, 1e4, (900, 2)), g.uniform(0, 1e4, (500, 2))
    cost = np.sqrt(((demand[:, None] - sites[None]) ** 2).sum(2))
    found = mclp(within(cost, 800), g.uniform(1, 9, 900), 40, Patience.of(0.0))
    assert found.status is Status.TIME_LIMIT
    assert found.objective is not None
    assert found.bound is not None
    assert found.bound > found.objective
    assert found.gap is not None
    assert found.gap > 0


def test_no_bound_no_proof() -> None:
    found = settled(np.array([1]), 10.0, 10.5, 0.0, Patience.of())
    assert found.status is Status.FEASIBLE
    assert settled(np.array([1]), 10.0, 10.5, 1.0, Patience.of()).status is Status.OPTIMAL
    assert settled(np.array([1]), 10.0, 11.0, 1.0, Patience.of()).status is Status.FEASIBLE


@pytest.mark.parametrize(
    ("values", "grain"),
    [([2.0, 4.0, 10.0], 2.0), ([0.5, 1.25], 0.25), ([0.1, 0.3], 0.1), ([1 / 3, 1.0], 0.0)],
)
def test_grain(values: list[float], grain: float) -> None:
    assert grain_of(np.array(values)) == pytest.approx(grain, rel=1e-12)


def test_reductions_keep_what_decides() -> None:
    table = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    cover = cover_of([table], 4)
    small, weights = merged(cover, np.array([1.0, 2.0, 4.0, 8.0, 16.0]))
    assert sorted(weights.tolist()) == [3.0, 4.0, 8.0]
    assert undominated(small.transposed()).tolist() == [True, False, True, False]
    assert binding(cover_of([table[:4]], 4)).tolist() in ([True, False, False, True],)


def test_the_week_is_cut_where_doors_open_and_close() -> None:
    minutes = open_minutes("Mo-Fr 08:30-17:00; Sa 22:00-02:00")
    assert minutes.sum() == 5 * 510 + 240
    assert not minutes[8 * 60 + 29]
    assert minutes[8 * 60 + 30]
    assert open_minutes("24/7").sum() == MINUTES
    assert open_minutes("off").sum() == 0
    classes = classes_of(np.array([[8.0, 4.0, 2.0]]), ["09:00-13:00", "24/7"], [None])
    assert classes.weights.sum() == pytest.approx(14.0)
    assert classes.weights[0, classes.site_open[:, 0]].sum() == pytest.approx(4.0)
    assert classes.existing_open.all()


def test_a_weak_relaxation_is_branched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HiGHS, in some dozens of nodes, and to the optimum of trying everything."""
    every = np.array(list(combinations(range(40), 4)))
    nodes: list[int] = []

    def counted(*given: object) -> Priced:
        nodes[-1] += 1
        return priced(*given)  # type: ignore[arg-type]

    def never(*_: object) -> None:
        raise AssertionError("HiGHS was asked")

    monkeypatch.setattr(branching, "priced", counted)
    monkeypatch.setattr(radii, "proved", never)
    for seed in range(6):
        cost = np.random.default_rng(seed).integers(1, 1000, (40, 40)).astype(float)
        nodes.append(0)
        solution = pmedian(cost, np.full(40, np.inf), np.ones(40), 4, Patience())
        assert solution.status is Status.OPTIMAL
        assert solution.objective == cost[:, every].min(2).sum(0).min()
    assert max(nodes) > 2, "none of these has a weak relaxation"
    assert max(nodes) < branching.NODES
