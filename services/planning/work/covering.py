"""Coverage runs: who and what is within reach of where people live."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.planning.work.grounds import grounds_of, policy_of, seed_of
from services.planning.work.jobs import Blobs, Done, Json, Tell
from shared.coverage import Question, cells_of, cover
from shared.coverage.question import TIERS
from shared.planning.counties import counties_of


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """The document of ``plan coverage``, and what is known of each cell."""
    asked, base = job["parameters"], job["scenarios"][0]["base"]
    tell(0.05, "reading the scenario")
    ground = grounds_of(job, blobs, asked["population"])[0]
    tell(0.2, "laying people and arrests on cells")
    demand = cells_of(ground.demand, counties=counties_of(base, seed_of(base)))
    tell(0.3, f"working out {len(demand.cells):,} cells")
    found = cover(
        ground.known,
        demand,
        ground.router,
        Question(
            as_of=ground.at,
            time_zone=ground.time_zone,
            scenario=ground.name,
            tiers=tuple(tier for tier in TIERS if asked["tiers"] is None or tier in asked["tiers"]),
            within_s=tuple(sorted({float(each) for each in asked["within_s"]})),
            at=None if asked["at"] is None else datetime.fromisoformat(asked["at"]),
            by_hour=asked["by_hour"],
            policy=policy_of(job),
        ),
    )
    found.basis.update(
        source=f"{ground.name} ({base})",
        synthetic=dict(ground.synthetic),
        scenario_assumptions=[],
        attribution=list(ground.attribution),
        streets=None
        if ground.router is None
        else {
            "version": ground.router.version,
            "attribution": ground.attribution[-1],
            "file": None,
        },
        changes=len(job["scenarios"][0]["changes"]),
    )
    told = found.as_document()
    told["cells"] = [
        {
            "cell": cell,
            "nearest_s": {
                tier: None if seconds is None else round(seconds, 1)
                for tier, seconds in by_tier.items()
            },
            "arrests_per_year": round(found.arrests[cell], 6),
            "population": round(found.people[cell], 3),
        }
        for cell, by_tier in found.cells.items()
    ]
    told["stations"] = list(found.stations)
    told["attribution"] = list(ground.attribution)
    told["synthetic"] = dict(ground.synthetic)
    return {}, [msgspec.json.encode(told)]
