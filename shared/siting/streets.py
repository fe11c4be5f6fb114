"""Costs along the streets, from each site to each demand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shared.siting.answer import Float64
from shared.streets.graph import ProfileGraph, StreetGraph
from shared.streets.reach import nearest_routable, reach


def street_costs(
    graph: StreetGraph,
    profile: ProfileGraph,
    demand: Float64,
    sites: Float64,
    limit: float,
    edge_s: Float64 | None,
    say: Callable[[str], None],
) -> tuple[Float64, Float64, Float64]:
    """((demands, sites) costs, metres from each demand, and from each site, to its street).

    Places are (n, 2) WGS-84 degrees, moved to the nearest routable node; that stretch is not
    counted, as in ``plan reach``. Metres, or seconds where ``edge_s`` says what each edge takes;
    infinite beyond ``limit``.
    """
    snapped = [nearest_routable(graph, profile, *place) for place in demand.tolist()]
    nodes = np.array([node for node, _ in snapped], np.int64)
    away = np.array([metres for _, metres in snapped])
    cost = np.full((len(demand), len(sites)), np.inf)
    from_site = np.zeros(len(sites))
    whole = np.full(len(graph.latitude), np.inf)
    for k, place in enumerate(sites.tolist()):
        found = reach(graph, profile, place[0], place[1], limit, edge_s)
        whole[found.nodes] = found.cost
        cost[:, k] = whole[nodes]
        whole[found.nodes] = np.inf
        from_site[k] = found.snap_m
        if k % 100 == 99:
            say(f"ways from {k + 1:,} of {len(sites):,} sites")
    return cost, away, from_site
