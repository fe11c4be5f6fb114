"""What the benchmark says: the document of one size, and a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from loadtests.decision import world as w
from loadtests.decision.measure import ratio
from loadtests.decision.question import Answer, Question

SHOWN = 5
"""Disagreements that are spelt out."""
LIMITS = {
    "ratio_postgis_p99": 0.05,
    "ratio_redis_p99": 0.02,
    "ratio_streets_postgis_p99": 1.0,
}
"""What was promised; the last one at 32,400 rescuers."""


def agreement(
    ours: Sequence[Answer], theirs: Sequence[Answer]
) -> tuple[float, list[dict[str, Any]]]:
    """The share of questions with the same three sets, and the first that differ."""
    differ = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    told = [
        {
            "query": i,
            **{
                name: {
                    "ours_only": sorted(getattr(ours[i], name) - getattr(theirs[i], name)),
                    "theirs_only": sorted(getattr(theirs[i], name) - getattr(ours[i], name)),
                }
                for name in Answer._fields
                if getattr(ours[i], name) != getattr(theirs[i], name)
            },
        }
        for i in differ[:SHOWN]
    ]
    return round(1 - len(differ) / len(ours), 4), told


def candidates(answers: Sequence[Answer]) -> dict[str, float]:
    """How many of each a question found, on average."""
    return {
        name: round(float(np.mean([len(getattr(answer, name)) for answer in answers])), 1)
        for name in Answer._fields
    }


def size_document(
    world: w.World,
    question: Question,
    answers: Sequence[Answer],
    timings: dict[str, dict[str, Any]],
    postgis: Sequence[Answer] | None,
    redis: Sequence[Answer] | None,
) -> dict[str, Any]:
    """One entry of ``sizes``."""
    straight, streets = timings["straight"], timings["streets"]
    sql, geo = timings.get("postgis"), timings.get("redis")
    same, differ = (None, []) if postgis is None else agreement(answers, postgis)
    return {
        "rescuers": len(world.rescuers.home),
        "aeds": len(world.aeds.latitude),
        "units": len(world.units.latitude),
        "straight": straight,
        "streets": streets,
        "streets_told": timings.get("streets_told"),
        "postgis": sql,
        "redis": geo,
        "ratio_postgis_p99": ratio(straight, sql),
        "ratio_redis_p99": ratio(straight, geo),
        "ratio_streets_postgis_p99": ratio(streets, sql),
        "ratio_streets_told_postgis_p99": ratio(timings.get("streets_told"), sql),
        "agreement": same,
        "disagreements": differ,
        "agreement_redis": None if redis is None else agreement(answers, redis)[0],
        "queries": len(answers),
        "candidates_mean": candidates(answers),
        "question": {
            "rescuers": question.enough,
            "rescuers_within_m": question.rescuer_m,
            "aeds": question.aeds,
            "aeds_within_m": question.aed_m,
            "units": question.units,
            "units_within_m": question.unit_m,
        },
        "world": w.describe(world),
    }


def table(document: dict[str, Any]) -> str:
    """The numbers for people: paced p50 / p99 in microseconds, and what was promised."""
    lines = []
    for size in document["sizes"]:
        lines.append(
            f"{size['rescuers']:,} rescuers, {size['aeds']:,} AEDs, {size['units']:,} units; "
            f"{size['queries']} places"
        )
        for name in ("straight", "streets", "streets_told", "postgis", "redis"):
            timing = size.get(name)
            told = "not measured"
            if timing is not None:
                alone = timing["unrehearsed"]
                told = (
                    f"{timing['p50_us']:>9,.1f} {timing['p99_us']:>10,.1f} µs"
                    f" (unrehearsed {alone['p50_us']:,.1f} {alone['p99_us']:,.1f})"
                )
            lines.append(f"  {name:<12} {told}")
        marks = size["marks"]
        told = f"{marks['p50_us']:>9,.1f} {marks['p99_us']:>10,.1f} µs"
        lines.append(f"  {'marks, apart':<12} {told}")
        for name, limit in LIMITS.items():
            if size[name] is not None:
                lines.append(f"  {name:<26} {size[name]:.4f} (promised: {limit:g} at most)")
        if size["agreement"] is not None:
            lines.append(f"  {'agreement':<26} {size['agreement']:.4f}")
    claim = document["claim"]
    lines.append(f"durable claim {claim['p50_us']:,.1f} {claim['p99_us']:,.1f} µs")
    lines += document["missing"]
    return "\n".join(lines)
