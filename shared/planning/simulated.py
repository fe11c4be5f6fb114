"""Simulations carried out, and what came of them as one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from shared.decision import Policy
from shared.planning.ground import Asked, Ground
from shared.planning.replications import Job, Say, Work, run_all
from shared.simulation.assumptions import DEFAULT, Twist, told
from shared.simulation.demand import Demand
from shared.simulation.run import Outcome, Plan
from shared.simulation.summary import combined, metrics
from shared.simulation.world import World

Json = dict[str, Any]

TWISTS: dict[str, Twist] = {
    "acceptance_halved": Twist(acceptance=0.5),
    "acceptance_doubled": Twist(acceptance=2.0),
    "correlation_halved": Twist(correlation=0.5),
    "correlation_doubled": Twist(correlation=2.0),
    "density_halved": Twist(density=0.5),
    "density_doubled": Twist(density=2.0),
    "hours_halved": Twist(hours=0.5),
    "hours_doubled": Twist(hours=2.0),
}
"""Worlds that differ from what the policy file believes."""


def plan_of(demand: Demand, asked: Asked, twist: Twist | None = None) -> Plan:
    """What each replication simulates."""
    return Plan(
        demand=demand,
        years=asked.years,
        seed=asked.seed,
        replication=0,
        assumptions=DEFAULT,
        twist=twist or Twist(),
        other_calls=asked.other_calls,
    )


def simulated(
    grounds: Sequence[Ground],
    policies: Mapping[str, Policy],
    asked: Asked,
    say: Say,
    done: Callable[[float], None] | None = None,
) -> tuple[list[Json], dict[Job, Outcome], dict[str, World]]:
    """A document for each scenario, with all outcomes and worlds by scenario.

    The first policy is the one others are compared with; ``done`` hears which share of all
    replications is done.
    """
    worlds = {ground.name: ground.world(asked.seed) for ground in grounds}
    plans = {ground.name: plan_of(ground.demand, asked) for ground in grounds}
    jobs = [
        Job(ground.name, name, replication)
        for replication in range(asked.replications)
        for ground in grounds
        for name in policies
    ]
    outcomes = run_all(Work(worlds, plans, dict(policies)), jobs, asked.processes, say, done)
    ordered = {job: outcomes[job] for job in jobs}
    documents = [_document(ground, ordered, policies, asked) for ground in grounds]
    if len(grounds) > 1:
        _against_first(documents, grounds, ordered, policies)
    return documents, ordered, worlds


def _replications(outcomes: Mapping[Job, Outcome], world: str, policy: str) -> list[Json]:
    return [
        metrics(outcome, DEFAULT)
        for job, outcome in outcomes.items()
        if job.world == world and job.policy == policy
    ]


def _document(
    ground: Ground,
    outcomes: Mapping[Job, Outcome],
    policies: Mapping[str, Policy],
    asked: Asked,
) -> Json:
    first = next(iter(policies))
    numbers = {name: _replications(outcomes, ground.name, name) for name in policies}
    own = [o for job, o in outcomes.items() if job.world == ground.name and job.policy == first]
    return {
        "scenario": ground.name,
        "seed": asked.seed,
        "years": asked.years,
        "replications": asked.replications,
        "incidents": sum(len(outcome.results) for outcome in own),
        "policies": {
            name: combined(numbers[name], None if name == first else numbers[first])
            for name in policies
        },
        "basis": basis(ground, policies, asked),
    }


def _against_first(
    documents: Sequence[Json],
    grounds: Sequence[Ground],
    outcomes: Mapping[Job, Outcome],
    policies: Mapping[str, Policy],
) -> None:
    """Paired differences of each policy to the same policy in the first scenario."""
    for document, ground in list(zip(documents, grounds, strict=True))[1:]:
        for name in policies:
            ours = _replications(outcomes, ground.name, name)
            theirs = _replications(outcomes, grounds[0].name, name)
            gap = combined(ours, theirs).get("difference")
            document["policies"][name]["difference_to_first_scenario"] = gap


def basis(ground: Ground, policies: Mapping[str, Policy], asked: Asked) -> Json:
    """What it was computed on: enough to do it again."""
    return {
        "records": ground.known.counts(),
        "as_of": ground.at.isoformat(),
        "routing": "h3-grid" if ground.router is None else "streets",
        "streets": None if ground.router is None else ground.router.version,
        "demand": ground.demand.source,
        "population": ground.demand.population,
        "policies": {name: f"{p.name}/{p.version}" for name, p in policies.items()},
        "other_calls": asked.other_calls,
        "assumptions": told(DEFAULT),
        "scenario_assumptions": [asdict_text(text) for text in ground.assumptions],
        "synthetic": dict(ground.synthetic),
        "attribution": list(ground.attribution),
    }


def asdict_text(text: Any) -> dict[str, str]:
    """A sentence in both languages."""
    return {"en": text.en, "zh-CN": text.zh}


def sensitivity(ground: Ground, policies: Mapping[str, Policy], asked: Asked, say: Say) -> Json:
    """The same arrests in worlds that differ from what the policy file believes."""
    first = next(iter(policies))
    base = plan_of(ground.demand, asked)
    found: Json = {}
    for name, twist in TWISTS.items():
        say(f"sensitivity: {name.replace('_', ' ')}")
        world = ground.world(asked.seed, twist)
        work = Work({name: world}, {name: replace(base, twist=twist)}, dict(policies))
        jobs = [Job(name, policy, n) for n in range(asked.replications) for policy in policies]
        outcomes = run_all(work, jobs, asked.processes, say)
        ordered = {job: outcomes[job] for job in jobs}
        numbers = {policy: _replications(ordered, name, policy) for policy in policies}
        found[name] = {
            "twist": asdict(twist),
            "policies": {
                policy: combined(numbers[policy], None if policy == first else numbers[first])
                for policy in policies
            },
        }
    return found
