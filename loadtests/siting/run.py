"""The whole benchmark of siting: two instances, ours and the peers, one document."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from loadtests.siting.peers import plain_highs, spopt
from loadtests.siting.world import Instance, instance
from shared.siting.answer import Patience
from shared.siting.distances import Given
from shared.siting.problem import Model, Problem, site

LIMITS = {"ratio_spopt": 0.02, "ratio_highs": 0.2}
"""What was promised."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    small: int = 2_000
    large: int = 20_000
    sites: int = 1_000
    seed: int = 1
    repeats: int = 3
    """Of ours; the median is told. Peers are measured once."""
    plain_limit_s: float | None = None
    peers: bool = True


def ours(given: Instance, repeats: int) -> dict[str, Any]:
    """From the cost table to the proven answer, as ``plan site`` asks for it."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        none = Given(given.cost_m[:, :0])
        problem = Problem(Given(given.cost_m), none, given.weights)
        answer = site(Model.MCLP, problem, Patience.of(), p=given.p, limit=given.radius_m)
        taken.append(time.perf_counter() - began)
    return {
        "seconds": round(statistics.median(taken), 4),
        "objective": answer.solution.objective,
        "bound": answer.solution.bound,
        "gap": answer.solution.gap,
        "status": str(answer.solution.status),
    }


def run(options: Options, say: Say) -> dict[str, Any]:
    """Measures; returns the document."""
    import highspy  # noqa: F401  (loading it is no part of the first answer's time)

    small = instance(options.small, options.sites, options.seed)
    say(f"{options.small:,} demands, {options.sites:,} sites, p = {small.p}: ours")
    mine = ours(small, options.repeats)
    theirs = spopt(small, say) if options.peers else None
    large = instance(options.large, options.sites, options.seed)
    say(f"{options.large:,} demands: ours")
    mine_large = ours(large, options.repeats)
    plain = None
    if options.peers:
        say("HiGHS on the plain model: minutes")
        plain = plain_highs(large, options.plain_limit_s)
    return {
        "benchmark": "site",
        "ratio_spopt": _ratio(mine, theirs),
        "ratio_highs": _ratio(mine_large, plain),
        "same_optimum": {
            "spopt": None if theirs is None else mine["objective"] == theirs["objective"],
            "highs": None
            if plain is None or not plain["proven"]
            else mine_large["objective"] == plain["objective"],
        },
        "small": {"demands": options.small, "sites": options.sites, "ours": mine, "spopt": theirs},
        "large": {
            "demands": options.large,
            "sites": options.sites,
            "ours": mine_large,
            "highs": plain,
        },
        "limits": LIMITS,
        "method": {
            "model": "mclp",
            "p": small.p,
            "radius_m": small.radius_m,
            "seed": options.seed,
            "repeats": options.repeats,
            "timed": "from the cost table to the answer, building and solving",
            "plain_limit_s": options.plain_limit_s,
        },
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "python": platform.python_version(),
            "highspy": version("highspy"),
        },
    }


def _ratio(mine: dict[str, Any], theirs: dict[str, Any] | None) -> float | None:
    return None if theirs is None else round(mine["seconds"] / theirs["seconds"], 5)


def table(document: dict[str, Any]) -> str:
    """The numbers for people."""
    lines = []
    for name, peer in (("small", "spopt"), ("large", "highs")):
        part = document[name]
        lines.append(f"{part['demands']:,} demands, {part['sites']:,} sites")
        for who in ("ours", peer):
            found = part[who]
            told = "not measured"
            if found is not None:
                told = f"{found['seconds']:>10.3f} s  {found['objective']:,.10g}"
            lines.append(f"  {who:<8} {told}")
        ratio, limit = document[f"ratio_{peer}"], document["limits"][f"ratio_{peer}"]
        if ratio is not None:
            lines.append(f"  ratio    {ratio:>10.4f}  (promised: {limit:g} at most)")
    return "\n".join(lines)
