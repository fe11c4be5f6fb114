"""The whole benchmark of the decision: worlds, servers, contestants, one document."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import uvloop

from loadtests.decision import claims, making, measure, peers, postgis, servers, streets
from loadtests.decision import world as w
from loadtests.decision.measure import Contestant, collector_off
from loadtests.decision.ours import Ours
from loadtests.decision.question import question_of
from loadtests.decision.records import patients_at, snapshot_of
from loadtests.decision.report import LIMITS, size_document
from shared.decision import Plan, Policy, default_policy
from shared.decision.keeper import EVERY_S, Keeper
from shared.decision.marked import Marked

STATED = {32_400: (339, 60), 1_000_000: (10_000, 2_000)}
"""Rescuers → AEDs and units of the sizes that are published."""
CLAIMED_PLANS = 200
MARKED = 100
"""How often the marks of a snapshot are made."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    sizes: tuple[int, ...] = tuple(STATED)
    repeats: int = 5
    seconds: float = 130.0
    """For the paced questions of one size, all contestants and repeats together."""
    seed: int = 1
    peers: bool = True
    nodes: int = streets.NODES
    """Of the streets."""


def numbers_of(rescuers: int) -> tuple[int, int]:
    """AEDs and units for that many rescuers: as stated, else in proportion to the smaller size."""
    if rescuers in STATED:
        return STATED[rescuers]
    least = min(STATED)
    return tuple(max(2, rescuers * each // least) for each in STATED[least])  # type: ignore[return-value]


def run(options: Options, say: Say) -> dict[str, Any]:
    """Measures; returns the document. Every server that it starts is gone afterwards."""
    found = servers.find() if options.peers else servers.Found(None, None, ())
    for line in found.missing:
        say(line)
    policy = default_policy()
    sizes = []
    plans: list[Plan] = []
    with servers.children() as running, ExitStack() as stack:
        sockets = peers.start(running, found)
        embedded = claims.start_embedded(running, stack)
        # As production: its event loop.
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        for rescuers in options.sizes:
            size, made = runner.run(measure_size(rescuers, options, policy, sockets, say))
            sizes.append(size)
            plans = plans or made
        say("claims")
        claim = runner.run(claims.measure(embedded, plans))
    return {
        "benchmark": "decision",
        "sizes": sizes,
        "claim": claim,
        "limits": LIMITS,
        "missing": list(found.missing),
        "method": {
            "seed": options.seed,
            "repeats": options.repeats,
            "order": "all in turn, question by question",
            "gaps": "exponential",
            "mean_gap_ms": 1e3 * measure.PACE_S,
            "rehearsals": {"every_ms": 1e3 * EVERY_S, "of": "ours, as dispatch makes them"},
            "timings": "p50_us and p99_us of paced questions, medians over the repeats",
            "policy": f"{policy.name} {policy.version}",
        },
        "machine": machine(found),
    }


def machine(found: servers.Found) -> dict[str, Any]:
    """What it ran on; no name and no address."""
    postgis_version = None
    if found.postgis is not None:
        postgis_version = f"{found.postgis.postgis} on PostgreSQL {found.postgis.version}"
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
        "postgis": postgis_version,
        "redis": None if found.redis is None else servers.redis_version(found.redis),
    }


async def measure_size(
    rescuers: int, options: Options, policy: Policy, sockets: peers.Sockets, say: Say
) -> tuple[dict[str, Any], list[Plan]]:
    """One entry of ``sizes``, and the plans whose claims may be measured."""
    aeds, units = numbers_of(rescuers)
    say(f"{rescuers:,} rescuers, {aeds:,} AEDs, {units:,} units: making them")
    began = time.perf_counter()
    max_age_s = policy.places.live_max_age_s
    world = making.make(rescuers, aeds, units, seed=options.seed, live_max_age_s=max_age_s)
    with collector_off():
        ours = Ours(snapshot_of(world), policy)
    question = question_of(world, policy, ours.usable)
    say("making streets")
    town = streets.town_of(world, policy, options.nodes)
    on_streets = Ours(replace(ours.snapshot, router=town.router), policy)
    made_s = time.perf_counter() - began

    contestants = 3 + (sockets.postgis is not None) + (sockets.redis is not None)
    count = measure.queries_for(options.seconds, options.repeats, contestants)
    places = making.patients(world, count, stream=1)
    patients = patients_at(places, options.seed)
    spots: list[tuple[float, float]] = [(a, b) for a, b in places.tolist()]
    answers = [ours.answer(patient) for patient in patients]
    # Streets lie under one city; where there are more, this one is asked there only.
    in_town = patients_at(making.patients(world, count, stream=1, cities=1), options.seed)
    asked = [
        Contestant("straight", lambda i: ours.seek(patients[i])),
        Contestant("streets", lambda i: on_streets.ask(in_town[i])),
        Contestant("streets_told", lambda i: on_streets.tell(in_town[i])),
    ]
    by_postgis = by_redis = None
    async with peers.filled(sockets, world, question, say) as filled:
        sql, geo = filled.postgis, filled.redis
        if sql is not None:
            asked.append(Contestant("postgis", lambda i: sql.ask(*spots[i]), waits=True))
            by_postgis = [postgis.answer(await sql.ask(*spot)) for spot in spots]
        if geo is not None:
            asked.append(Contestant("redis", lambda i: geo.ask(*spots[i])))
            by_redis = [geo.ask(*spot) for spot in spots]
        keepers = [
            Keeper(lambda *_: ours.snapshot, policy, lambda: w.NOW, seed=options.seed),
            Keeper(lambda *_: on_streets.snapshot, policy, lambda: w.NOW, seed=options.seed),
        ]
        await measure.run(asked, count, options.repeats, options.seed, say, keepers)
    # What the claims of other incidents cost each call before it is decided (`Marked`).
    most = policy.fatigue.max_alerts
    marks = await measure.apart(lambda: Marked(ours.snapshot, most), MARKED)
    timings = {each.name: each.timings() for each in asked}
    timings["streets"]["network"] = town.about
    document = size_document(world, question, answers, timings, by_postgis, by_redis)
    plans = [ours.ask(patient) for patient in patients[:CLAIMED_PLANS]]
    return {**document, "marks": marks, "made_s": round(made_s, 1)}, plans
