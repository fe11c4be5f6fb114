"""The assignment against brute force over the same objective, on seeded small cases."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from shared.compiled import compiled
from shared.decision import default_policy
from shared.decision.assign import assign
from shared.decision.numbers import QUESTION, numbers_of
from shared.decision.objective import (
    NobodyYet,
    Objective,
    Score,
    better,
    factors,
    shortfall_of,
)
from shared.decision.solve import OPTION, POINTS, arrived, lognormal_table, times_of

POLICY = default_policy()
TARGET = POLICY.target
SPREAD = POLICY.response.turnout_spread
TABLE = lognormal_table(SPREAD)
UNIT_TABLE = lognormal_table(0.3)


@dataclass
class Case:
    """A problem as ``assign`` takes it, and the exact objective over it."""

    objective: Objective
    base: tuple[Any, Any, Any]
    question: npt.NDArray[Any]
    rescuers: int

    def assign(self, active: int = 0) -> list[int]:
        question = self.question.copy()
        room = max(0, TARGET.max_alerts - active)
        question["room"] = room
        question["floor"] = min(room, max(0, TARGET.floor - active), self.rescuers)
        one = self.objective
        base_by = (one.base.cpr, one.base.shock, one.base.carried)
        picks, _, _ = assign(
            one.options, self.rescuers, one.p_aed, self.base, base_by, one.times,
            numbers_of(POLICY).record, question, TABLE,
        )  # fmt: skip
        return [int(pick) for pick in picks]


def case(seed: int, people: int | None = None, aeds: int | None = None) -> Case:
    """Up to 8 responders and 3 AEDs with random ways, odds, an ambulance, and people asked."""
    rnd = random.Random(seed)
    people = rnd.randint(1, 8) if people is None else people
    aeds = rnd.randint(0, 3) if aeds is None else aeds
    question = np.zeros(1, dtype=QUESTION)
    question["elapsed_s"], question["end_s"], question["ambulance_s"] = 30.0, 900.0, 800.0
    record = numbers_of(POLICY).record
    times, weights = times_of(question, record)
    states = np.array([0.9, 0.1])
    rows = []
    turnout_s = rnd.choice([30.0, 60.0, 105.0])
    for i in range(people):
        works, arrive = rnd.uniform(0.2, 0.9), rnd.uniform(0.4, 0.95)
        direct_s = rnd.uniform(20, 200)
        for a in range(-1, aeds):
            shift_s = 20.0 + direct_s + (rnd.uniform(20, 180) if a >= 0 else 0)
            after_s = TARGET.cpr_within_s - 30.0 - shift_s
            late_s = TARGET.shock_within_s - 30.0 - shift_s - POLICY.aed.apply_s
            cpr = arrive * arrived(after_s, turnout_s, TABLE)
            shock = arrive * arrived(late_s, turnout_s, TABLE) if a >= 0 else 0.0
            eta_s = shift_s + turnout_s
            rows.append(
                (i, a, shift_s, turnout_s, eta_s, 0, arrive, works, works * 0.3, cpr, shock)
            )
    options = np.array(rows, dtype=OPTION)
    p_aed = np.array([rnd.uniform(0.3, 0.98) for _ in range(aeds)])
    median_s = rnd.uniform(300, 900)
    crew = np.array([1 - 0.98 * arrived(t - 30.0, median_s, UNIT_TABLE) for t in times])
    both = np.stack([crew, crew])
    carried = np.ones((aeds, 2, len(times)))
    if aeds and rnd.random() < 0.5:
        carried[0] *= rnd.uniform(0.5, 1.0)
    base = NobodyYet(both, both.copy(), carried)
    objective = Objective(
        TARGET, (times, weights, states), 30.0, POLICY.aed.apply_s, TABLE, options, p_aed, base
    )
    at_targets = (
        states * both[:, POINTS],
        states * both[:, POINTS + 1],
        np.ascontiguousarray(carried[:, :, POINTS + 1]),
    )
    return Case(objective, at_targets, question, people)


@compiled
def every_plan(options: Any, p_aed: Any, base: Any, numbers: Any, picks: Any, floor: int) -> Any:
    """(plans,) shortfall of every row of ``picks`` (-1: no task); ``inf`` under the floor."""
    out = np.empty(len(picks))
    chosen = np.empty(picks.shape[1], dtype=np.int64)
    gains = np.empty((len(p_aed), 2))
    for n in range(len(picks)):
        count = 0
        for i in picks[n]:
            if i >= 0:
                chosen[count] = i
                count += 1
        state = factors(options, p_aed, base, chosen, count, -1, -1, gains)
        short = shortfall_of(state[0] + state[1], state[2] + state[3], numbers[0])
        out[n] = short if count >= floor else np.inf
    return out


def brute_force(one: Case) -> tuple[float, int]:
    """The least shortfall of all plans not under the floor, and the fewest alerts within its
    tolerance: each responder has one task or none, an AED any number of carriers."""
    options = one.objective.options
    of = [[-1, *np.flatnonzero(options["rescuer"] == i)] for i in range(one.rescuers)]
    picks = np.array(list(itertools.product(*of)), dtype=np.int64)
    floor = min(TARGET.floor, one.rescuers)
    record = numbers_of(POLICY).record
    short = every_plan(options, one.objective.p_aed, one.base, record, picks, floor)
    least = float(short.min())
    near = picks[short <= least + TARGET.tolerance]
    return least, int((near >= 0).sum(axis=1).min())


@pytest.mark.parametrize("block", range(4))
def test_close_to_the_best_of_all_plans(block: int) -> None:
    gaps = []
    for seed in range(block * 10, block * 10 + 10):
        one = case(seed)
        ours = one.objective.score(one.assign())
        least, fewest = brute_force(one)
        gap = ours.shortfall - least
        gaps.append(gap)
        assert -1e-6 <= gap <= 0.05, f"seed {seed}: {ours} against {least}"
        if gap <= TARGET.tolerance:
            assert ours.alerts <= fewest + 1, f"seed {seed}: {ours} against {fewest}"
    assert sum(gaps) / len(gaps) <= 0.01


@pytest.mark.parametrize("seed", range(30))
def test_each_rescuer_has_one_task(seed: int) -> None:
    one = case(seed)
    picks = one.assign()
    rescuers = one.objective.options["rescuer"][picks]
    assert len(set(rescuers)) == len(picks)
    assert len(picks) >= min(TARGET.floor, one.rescuers)
    assert picks == one.assign()


def test_an_aed_with_poor_acceptance_has_several_carriers() -> None:
    """One carrier who accepts in a third of all cases bounds P(shock); several raise it."""
    several = 0
    for seed in range(40):
        one = case(seed, people=8, aeds=1)
        carriers = (one.objective.options["aed"][one.assign()] >= 0).sum()
        several += carriers >= 2
    assert several >= 20


def test_those_asked_count_towards_the_floor_and_the_most() -> None:
    one = case(3)
    full = TARGET.max_alerts
    assert one.assign(active=full) == []
    assert len(one.assign(active=full - 1)) <= 1


def test_nothing_to_choose_from() -> None:
    assert case(1, people=0).assign() == []


@pytest.mark.parametrize("seed", range(5))
def test_many_options_stay_within_the_most(seed: int) -> None:
    one = case(seed, people=70, aeds=4)
    picks = one.assign()
    assert len(picks) <= TARGET.max_alerts
    alone = one.objective.score(picks[:1]).shortfall
    assert one.objective.score(picks).shortfall <= alone


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
