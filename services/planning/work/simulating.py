"""Simulated arrests of one scenario, or the same ones in two."""

from __future__ import annotations

import msgspec

from services.planning.work.grounds import grounds_of
from services.planning.work.jobs import Blobs, Done, Json, Tell
from shared.decision.policy import named_policy
from shared.planning.ground import Asked
from shared.planning.simulated import simulated


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """The document of ``plan simulate``, or of ``plan compare``."""
    wanted = job["parameters"]
    tell(0.02, "reading the scenario")
    grounds = grounds_of(job, blobs, wanted["population"])
    asked = Asked(
        years=wanted["years"],
        replications=wanted["replications"],
        seed=wanted["seed"],
        other_calls=wanted["other_calls"],
        processes=job["processes"],
    )
    policies = {name: named_policy(name) for name in wanted["policies"]}
    share = 0.05

    def say(line: str) -> None:
        tell(share, line)

    def done(part: float) -> None:
        nonlocal share
        share = 0.05 + 0.95 * part

    documents, _, _ = simulated(grounds, policies, asked, say, done)
    told = documents[0]
    if job["do"] == "compare":
        told = {"seed": asked.seed, "scenarios": {each["scenario"]: each for each in documents}}
    return {}, [msgspec.json.encode(told)]
