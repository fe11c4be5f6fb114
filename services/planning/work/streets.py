"""The deployment's streets, for the scenarios that lie on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from services.planning.work.jobs import Json
from shared.contracts.records import AedRecord, StationRecord
from shared.decision import Policy
from shared.decision.circle import router_at
from shared.decision.routing import Router
from shared.streets.graph import GraphError, StreetGraph, load
from shared.streets.router import StreetRouter

COVERED_SHARE: Final = 0.9
"""Streets that miss more of the sites than the rest of this are another place's."""
SAMPLE: Final = 50


@lru_cache(maxsize=1)
def _graph(folder: str) -> StreetGraph | None:
    """The streets of a folder; None, and the grid, where they cannot be used."""
    try:
        return load(Path(folder))
    except (GraphError, OSError, ValueError):
        return None


def router_of(
    job: Json, policy: Policy, sites: Sequence[AedRecord | StationRecord]
) -> tuple[Router | None, tuple[str, ...]]:
    """A router for these sites and whom its streets are from; None is the H3 grid."""
    graph = _graph(job["streets"]) if job.get("streets") else None
    if graph is None or not sites:
        return None, ()
    router = StreetRouter(graph, policy.streets, policy.travel)
    some = sites[:: max(1, len(sites) // SAMPLE)]
    near = [router_at(router, site.latitude, site.longitude) is not None for site in some]
    if sum(near) < COVERED_SHARE * len(near):
        return None, ()
    return router, (graph.attribution,)


def router_like(
    job: Json, policy: Policy, version: str | None, latitude: float, longitude: float
) -> Router | None:
    """The streets that a plan was made on, where they are still those of the deployment."""
    graph = _graph(job["streets"]) if version is not None and job.get("streets") else None
    if graph is None or graph.version != version:
        return None
    return router_at(StreetRouter(graph, policy.streets, policy.travel), latitude, longitude)
