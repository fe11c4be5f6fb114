"""Replications side by side in child processes, the same draws whichever runs where."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from shared.decision import Policy
from shared.simulation.run import Outcome, Plan, simulate
from shared.simulation.world import World

SAY_EVERY_S = 15.0
"""How often a replication that takes long says how far it is."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One replication of one policy in one world."""

    world: str
    policy: str
    replication: int


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that the jobs share; children inherit it and copy nothing."""

    worlds: dict[str, World]
    plans: dict[str, Plan]
    """By world; the replication is the job's."""
    policies: dict[str, Policy]


_WORK: Work | None = None


def _run(job: Job) -> tuple[Job, Outcome]:
    assert _WORK is not None
    plan = replace(_WORK.plans[job.world], replication=job.replication)
    told_s = time.monotonic()

    def progress(share: float) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= SAY_EVERY_S:
            told_s = time.monotonic()
            say(f"{job.policy} in {job.world}, replication {job.replication + 1}: {share:.0%}")

    world, policy = _WORK.worlds[job.world], _WORK.policies[job.policy]
    return job, simulate(world, policy, plan, progress)


def run_all(
    work: Work,
    jobs: Sequence[Job],
    processes: int,
    say: Say,
    told: Callable[[float], None] | None = None,
) -> dict[Job, Outcome]:
    """All jobs, telling how far it is; the result does not depend on the number of processes.

    ``told`` hears the share of jobs that are done.
    """
    global _WORK  # noqa: PLW0603  (children inherit it by forking; nothing else can be that large)
    _WORK = work
    found: dict[Job, Outcome] = {}
    try:
        if processes > 1:
            _make_ready(work, jobs[0], say)
        began = time.monotonic()
        for job, outcome in _each(jobs, min(processes, len(jobs))):
            found[job] = outcome
            done = len(found)
            if told is not None:
                told(done / len(jobs))
            left_s = (time.monotonic() - began) / done * (len(jobs) - done)
            say(
                f"{done} of {len(jobs)}: {job.policy} in {job.world}, replication "
                f"{job.replication + 1}, {len(outcome.results):,} arrests; "
                f"about {left_s:.0f} s to go"
            )
    finally:
        _WORK = None
    return found


def _make_ready(work: Work, job: Job, say: Say) -> None:
    """A few arrests of no account, so that children inherit code that is compiled and loaded."""
    say("getting the decision ready (the first time it is compiled, which takes about a minute)")
    plan = work.plans[job.world]
    per_year = plan.demand.population * plan.assumptions.arrests_per_100k / 1e5
    few = replace(plan, years=min(plan.years, 4.0 / max(per_year, 1e-9)), other_calls=False)
    simulate(work.worlds[job.world], work.policies[job.policy], few)


def _each(jobs: Sequence[Job], processes: int) -> Iterator[tuple[Job, Outcome]]:
    if processes <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(_run, jobs)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(_run, jobs)


def cores() -> int:
    """How many processes may run at the same time here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def say(line: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"lifering: {line}\n")
    sys.stderr.flush()
