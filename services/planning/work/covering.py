"""Coverage runs: who and what is within reach of where people live."""

from __future__ import annotations

from datetime import datetime

import msgspec
import numpy as np

from services.planning.work.grounds import Blobs, Done, Json, Tell, grounds_of, policy_of
from shared.coverage import Question, cells_of, cover
from shared.coverage.question import TIERS


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """The document of ``plan coverage``, and what is known of each cell."""
    asked = job["parameters"]
    tell(0.05, "reading the scenario")
    ground = grounds_of(job, blobs, asked["population"])[0]
    tell(0.2, "laying people and arrests on cells")
    demand = cells_of(ground.demand)
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
    arrests = np.bincount(demand.cell, demand.arrests, minlength=len(demand.cells)).tolist()
    cells = [
        {
            "cell": cell,
            "nearest_s": {
                tier: None if seconds is None else round(seconds, 1)
                for tier, seconds in found.cells[cell].items()
            },
            "arrests_per_year": round(arrests[k], 6),
            "population": round(found.people[cell], 3),
        }
        for k, cell in enumerate(demand.cells)
    ]
    told = {
        **found.as_document(),
        "cells": cells,
        "attribution": list(ground.attribution),
        "synthetic": dict(ground.synthetic),
    }
    return {}, [msgspec.json.encode(told)]
