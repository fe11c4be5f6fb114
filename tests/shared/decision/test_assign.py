"""The assignment against brute force over the same objective, on seeded small cases."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from shared.contracts.words import Task
from shared.decision import default_policy
from shared.decision.assign import assign
from shared.decision.objective import (
    Horizon,
    NobodyYet,
    Objective,
    Option,
    Options,
    Score,
    better,
)
from shared.decision.odds import arrived_by

TARGET = default_policy().target


def case(seed: int) -> Objective:
    """Up to 8 responders and 3 AEDs with random ways, odds and an ambulance."""
    rnd = random.Random(seed)
    people, aeds = rnd.randint(1, 8), rnd.randint(0, 3)
    horizon = Horizon.of(30.0, 900.0, TARGET)
    items: list[Option] = []
    cpr, shock = [], []
    p_aed = [rnd.uniform(0.3, 0.98) for _ in range(aeds)]
    turnout_s = rnd.choice([30.0, 60.0, 105.0])
    for i in range(people):
        accept, arrive = rnd.uniform(0.2, 0.9), rnd.uniform(0.4, 0.95)
        direct_s = rnd.uniform(20, 200)
        for task, a in [(Task.DIRECT, -1), *((Task.VIA_AED, a) for a in range(aeds))]:
            way_s = direct_s + (rnd.uniform(20, 180) if a >= 0 else 0)
            one = np.array([50.0 + way_s]), np.array([turnout_s]), np.array([0.6])
            by = arrived_by(horizon.times, *one)
            p = np.array([[accept], [accept * 0.3]]) * arrive
            items.append(Option(i, task, a))
            cpr.append(1 - p * by)
            later = arrived_by(horizon.times, one[0] + 45, one[1], one[2])
            shock.append(1 - p * later * (p_aed[a] if a >= 0 else 0.0))
    ambulance = arrived_by(
        horizon.times, np.array([30.0]), np.array([rnd.uniform(300, 900)]), np.array([0.3])
    )
    base = NobodyYet(np.repeat(1 - ambulance, 2, axis=0), np.repeat(1 - ambulance, 2, axis=0))
    options = Options(
        items=tuple(items),
        cpr=np.stack(cpr, axis=1),
        shock=np.stack(shock, axis=1),
        rescuer=np.array([item.rescuer for item in items]),
        aed=np.array([item.aed for item in items]),
    )
    return Objective(TARGET, horizon, np.array([0.9, 0.1]), base, options)


def all_plans(objective: Objective) -> list[tuple[int, ...]]:
    """Every way to give each responder one task or none, each AED one carrier."""
    by_rescuer: dict[int, list[int]] = {}
    for index, item in enumerate(objective.options.items):
        by_rescuer.setdefault(item.rescuer, []).append(index)
    plans = []
    for picks in itertools.product(*([None, *options] for options in by_rescuer.values())):
        chosen = [p for p in picks if p is not None]
        aeds = [a for p in chosen if (a := objective.options.items[p].aed) >= 0]
        if len(aeds) == len(set(aeds)):
            plans.append(tuple(chosen))
    return plans


def brute_force(objective: Objective) -> Score:
    """The best of all plans that are not under the floor."""
    floor = min(TARGET.floor, len({item.rescuer for item in objective.options.items}))
    plans = [plan for plan in all_plans(objective) if len(plan) >= floor]
    options = objective.options
    shortfalls = np.empty(len(plans))
    states_c = objective.states * objective.base.cpr[:, -2]
    states_s = objective.states * objective.base.shock[:, -1]
    for n, plan in enumerate(plans):
        index = list(plan)
        p_cpr = 1 - (states_c * options.cpr[:, index, -2].prod(axis=1)).sum()
        p_shock = 1 - (states_s * options.shock[:, index, -1].prod(axis=1)).sum()
        shortfalls[n] = max(0, TARGET.p_cpr - p_cpr) + max(0, TARGET.p_shock - p_shock)
    least = shortfalls.min()
    near = [plans[n] for n in np.flatnonzero(shortfalls <= least + TARGET.tolerance)]
    fewest = min(len(plan) for plan in near)
    best = min(
        (objective.score(plan) for plan in near if len(plan) == fewest),
        key=lambda score: (score.expected_shock_s, score.expected_cpr_s),
    )
    assert least - 1e-9 <= best.shortfall <= least + TARGET.tolerance + 1e-9
    return best


@pytest.mark.parametrize("block", range(4))
def test_close_to_the_best_of_all_plans(block: int) -> None:
    gaps = []
    for seed in range(block * 6, block * 6 + 6):
        objective = case(seed)
        picks = assign(objective, active=0)
        ours, best = objective.score(picks), brute_force(objective)
        gap = ours.shortfall - best.shortfall
        gaps.append(gap)
        assert gap <= 0.05, f"seed {seed}: {ours} against {best}"
        if abs(gap) <= TARGET.tolerance:
            assert ours.alerts <= best.alerts + 1, f"seed {seed}: {ours} against {best}"
    assert sum(gaps) / len(gaps) <= 0.01


@pytest.mark.parametrize("seed", range(30))
def test_each_rescuer_has_one_task_each_aed_one_carrier(seed: int) -> None:
    objective = case(seed)
    picks = assign(objective, active=0)
    items = [objective.options.items[pick] for pick in picks]
    rescuers = [item.rescuer for item in items]
    aeds = [item.aed for item in items if item.aed >= 0]
    assert len(rescuers) == len(set(rescuers))
    assert len(aeds) == len(set(aeds))
    everybody = {item.rescuer for item in objective.options.items}
    assert len(picks) >= min(TARGET.floor, len(everybody))
    assert picks == assign(objective, active=0)


def test_those_asked_count_towards_the_floor_and_the_most() -> None:
    objective = case(3)
    full = TARGET.max_alerts
    assert assign(objective, active=full) == []
    assert len(assign(objective, active=full - 1)) <= 1


def test_nothing_to_choose_from() -> None:
    some = case(1)
    times = len(some.horizon.times)
    none = Objective(TARGET, some.horizon, some.states, some.base, Options.none(times))
    assert assign(none, active=0) == []


@pytest.mark.parametrize(
    ("a", "b", "wins"),
    [
        ((0.10, 9, 900, 900), (0.11, 1, 100, 100), True),
        ((0.100, 9, 1, 1), (0.104, 8, 900, 900), False),
        ((0.100, 8, 300, 400), (0.104, 8, 301, 100), True),
        ((0.100, 8, 300, 400), (0.100, 8, 300.004, 399), False),
        ((0.100, 8, 300, 400), (0.100, 8, 300, 400), True),
    ],
)
def test_value_by_value_within_the_tolerance(
    a: tuple[float, int, float, float], b: tuple[float, int, float, float], wins: bool
) -> None:
    first, second = Score(*a, p_cpr=0, p_shock=0), Score(*b, p_cpr=0, p_shock=0)
    assert better(first, [1, 2], second, [1, 3], TARGET) is wins
    assert better(second, [1, 3], first, [1, 2], TARGET) is not wins
