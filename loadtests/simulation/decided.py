"""Our simulation with the production decision: one plan an incident, and all of its life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from time import process_time
from typing import Any

from shared.decision import named_policy
from shared.planning.demand import of_scenario
from shared.planning.ground import DATE
from shared.scenarios import load
from shared.scenarios.records import known_of
from shared.simulation.assumptions import DEFAULT
from shared.simulation.case import Case
from shared.simulation.demand import YEAR_S, Demand
from shared.simulation.run import Outcome, Plan, Run
from shared.simulation.world import World, world_of

WARM_UP = 60
"""Arrests before anything is timed: all compiled code is loaded then."""


@dataclass(frozen=True, slots=True)
class City:
    """A scenario to simulate in straight lines."""

    world: World
    demand: Demand


def city(scenario_name: str) -> City:
    """A built-in scenario."""
    scenario = load(scenario_name, today=DATE)
    at = datetime.combine(DATE, time(12), UTC)
    known = known_of(scenario, at)
    world = world_of(known, at, scenario.manifest.time_zone, seed=1)
    return City(world, of_scenario(scenario, known, DEFAULT, None))


class Once(Run):
    """As SimPy's model: one decision an incident, another only for who waits for an ambulance.

    The decision is the whole one, volunteers, AEDs and units; what volunteers answer is not
    simulated, because the peer has nobody who could answer.
    """

    def __init__(self, world: World, plan: Plan) -> None:
        super().__init__(world, named_policy("target"), plan)
        self.people.send = lambda case, choice: None  # type: ignore[method-assign]

    def again(self, case: Case) -> None:
        if not case.ambulance_coming:
            super().again(case)


def timed(run: Run) -> tuple[Outcome, float]:
    """The outcome, and the processor's seconds."""
    began = process_time()
    outcome = run.run()
    return outcome, process_time() - began


def plan_for(demand: Demand, arrests: int, *, other_calls: bool, seed: int) -> Plan:
    """About so many arrests; without other calls in the time in which all calls would come."""
    a = DEFAULT
    per_year = demand.population * a.arrests_per_100k / 1e5
    if other_calls:
        return Plan(demand, arrests / per_year, seed, 0, a)
    all_calls = a.arrests_per_100k + 100 * a.other_calls_per_1000
    busy = replace(a, arrests_per_100k=all_calls)
    years = arrests / (demand.population * all_calls / 1e5)
    return Plan(demand, years, seed, 0, busy, other_calls=False)


def measured(city: City, arrests: int, seed: int) -> dict[str, Any]:
    """Incidents per second and core: one decision each, and the whole simulation."""
    warm = plan_for(city.demand, WARM_UP, other_calls=True, seed=seed + 1_000)
    Run(city.world, named_policy("target"), warm).run()
    once, once_s = timed(
        Once(city.world, plan_for(city.demand, arrests, other_calls=False, seed=seed))
    )
    plan = plan_for(city.demand, max(20, arrests // 10), other_calls=True, seed=seed)
    run = Run(city.world, named_policy("target"), plan)
    others = len(plan.others() or ())
    whole, whole_s = timed(run)
    calls = len(whole.results) + others
    return {
        "decision": {
            "incidents": len(once.results),
            "decisions": once.plans,
            "incidents_per_s": len(once.results) / once_s,
        },
        "simulation": {
            "incidents": calls,
            "arrests": len(whole.results),
            "decisions": whole.plans,
            "incidents_per_s": calls / whole_s,
            "decisions_per_s": whole.plans / whole_s,
            "simulated_days_per_s": plan.years * YEAR_S / 86_400 / whole_s,
        },
    }
