"""A siting question as a planner asks it, and its answer: the one way in to the models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np

from shared.siting.answer import Bool, Float64, Int64, Patience, Solution
from shared.siting.cover import Cover, cover_of
from shared.siting.distances import Given, Table, blocks, whole
from shared.siting.hours import Classes
from shared.siting.lscp import lscp
from shared.siting.mclp import mclp
from shared.siting.mexclp import expected, mexclp
from shared.siting.pcenter import pcenter
from shared.siting.pmedian import pmedian
from shared.siting.relocation import Costs, Relocated, relocate

T = TypeVar("T")


class Model(StrEnum):
    """What is asked for."""

    LSCP = "lscp"
    """The fewest sites that cover everybody."""
    MCLP = "mclp"
    """The most weight covered by p sites."""
    PMEDIAN = "pmedian"
    """The least sum of weight times cost with p sites."""
    PCENTER = "pcenter"
    """The least cost of the demand that is farthest from p sites, unweighted."""
    MEXCLP = "mexclp"
    """The most weight covered, as expected, by p ambulances that may be busy."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Demands, candidate sites and what stands already."""

    table: Table
    """Of the candidates."""
    existing: Table
    """Of what stands already; as many rows."""
    weights: Float64
    """(demands,)"""
    classes: Classes | None = None
    """Times of the week that are told apart; None when every site is always open."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A solution with what it covers."""

    solution: Solution
    covered_weight: float
    total_weight: float


def site(
    model: Model,
    problem: Problem,
    patience: Patience,
    *,
    p: int | None = None,
    limit: float | None = None,
    busy: float = 0.0,
) -> Answer:
    """The best new sites; what stands already serves for nothing and is not counted in ``p``.

    ``limit`` is the cost within which a demand is covered, itself included; LSCP, MCLP and MEXCLP
    need it, and ``p`` is needed by all but LSCP (there it is the most that may be built).
    """
    if model in (Model.PMEDIAN, Model.PCENTER):
        return _by_cost(model, problem, patience, _given(p, "p"), limit)
    cover, weights, there = _covers(problem, _given(limit, "limit"))
    if model is Model.MEXCLP:
        solution = mexclp(cover, weights, there, _given(p, "p"), busy, patience)
    else:
        covered = there > 0
        rest = cover.only_rows(~covered)
        if model is Model.LSCP:
            solution = lscp(rest, patience, p)
        else:
            base = math.fsum(weights[covered].tolist())
            solution = _above(base, mclp(rest, weights[~covered], _given(p, "p"), patience),
                              weights, cover, there)  # fmt: skip
    around = there + cover.times(np.bincount(solution.chosen, minlength=cover.sites).astype(float))
    return _answer(solution, weights, around > 0)


def relocated(problem: Problem, costs: Costs, limit: float, patience: Patience) -> tuple[
    Relocated, Answer
]:  # fmt: skip
    """The best new and moved sites within a budget; every existing one may be moved."""
    both = Given(np.concatenate([whole(problem.table), whole(problem.existing)], axis=1))
    opens = None
    if problem.classes is not None:
        opens = np.concatenate([problem.classes.site_open, problem.classes.existing_open], axis=1)
    cover = _cover(both, limit, opens)
    weights = _weights(problem)
    found = relocate(cover, problem.existing.sites, weights, costs, patience)
    mark = np.zeros(cover.sites)
    mark[list(found.solution.chosen)] = 1
    mark[problem.table.sites + found.kept] = 1
    return found, _answer(found.solution, weights, cover.times(mark) > 0)


def _given(value: T | None, name: str) -> T:
    if value is None:
        raise ValueError(f"{name} is needed")
    return value


def _answer(solution: Solution, weights: Float64, covered: Bool) -> Answer:
    total = math.fsum(weights.tolist())
    return Answer(solution, math.fsum(weights[covered].tolist()), total)


def _above(
    base: float, solution: Solution, weights: Float64, cover: Cover, there: Float64
) -> Solution:
    """The same with what existing sites cover, summed in one go so that no bit is lost."""
    if solution.objective is None or solution.bound is None:
        return solution
    mark = np.zeros(cover.sites)
    mark[list(solution.chosen)] = 1
    objective = math.fsum(weights[(cover.times(mark) > 0) | (there > 0)].tolist())
    proven = solution.bound == solution.objective
    bound = objective if proven else max(objective, solution.bound + base)
    return Solution(solution.status, solution.chosen, objective, bound)


def _weights(problem: Problem) -> Float64:
    """Of each row: demands, or demands by class, class after class."""
    return problem.weights if problem.classes is None else problem.classes.weights.T.ravel()


def _within(table: Table, limit: float) -> Iterator[Bool]:
    return (block <= limit for block in blocks(table))


def _cover(table: Table, limit: float, opens: Bool | None) -> Cover:
    cover = cover_of(_within(table, limit), table.sites)
    if opens is None:
        return cover
    degrees: list[Int64] = [np.zeros(0, np.int64)]
    sites: list[Int64] = [np.zeros(0, np.int64)]
    for each in opens:
        entries = each[cover.site]
        degrees.append(np.bincount(cover.row[entries], minlength=cover.rows))
        sites.append(cover.site[entries])
    degree = np.concatenate(degrees)
    first = np.zeros(len(degree) + 1, np.int64)
    np.cumsum(degree, out=first[1:])
    return Cover(first, np.concatenate(sites), cover.sites)


def _covers(problem: Problem, limit: float) -> tuple[Cover, Float64, Float64]:
    """The cover by candidates, the weights, and how many existing sites cover each row."""
    classes = problem.classes
    cover = _cover(problem.table, limit, None if classes is None else classes.site_open)
    old = _cover(problem.existing, limit, None if classes is None else classes.existing_open)
    return cover, _weights(problem), old.degree.astype(np.float64)


def _by_cost(
    model: Model, problem: Problem, patience: Patience, p: int, limit: float | None
) -> Answer:
    cost, old = whole(problem.table), whole(problem.existing)
    classes = problem.classes
    if classes is not None:
        cost = np.concatenate([np.where(row, cost, np.inf) for row in classes.site_open])
        old = np.concatenate([np.where(row, old, np.inf) for row in classes.existing_open])
    near = old.min(1, initial=np.inf)
    weights = _weights(problem)
    if model is Model.PMEDIAN:
        solution = pmedian(cost, near, weights, p, patience)
    else:
        solution = pcenter(cost, near, p, patience)
    away = np.minimum(cost[:, list(solution.chosen)].min(1, initial=np.inf), near)
    covered = np.isfinite(away) if limit is None else away <= limit
    return _answer(solution, weights, covered)


__all__ = ["Answer", "Costs", "Model", "Problem", "expected", "relocated", "site"]
