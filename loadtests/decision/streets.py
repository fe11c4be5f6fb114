"""The streets of the benchmark: a made-up town of stated size under the first city."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from loadtests.decision import world as w
from loadtests.decision.making import CITY_HALF_KM, KM_PER_DEGREE
from shared.contracts.words import TransportMode
from shared.decision import Policy
from shared.streets.router import StreetRouter, warm
from shared.streets.synthetic import synthetic_graph

NODES = 204_000
"""About 552,000 edges on foot, 29 km from side to side: wider than a city."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Town:
    """A router over the streets of the first city, its trees made, and what it is."""

    router: StreetRouter
    about: dict[str, Any]


def town_of(world: w.World, policy: Policy, nodes: int = NODES) -> Town:
    """Makes the streets, and the trees of every AED and station on them, as a service does."""
    city = world.cities[0]
    began = time.perf_counter()
    graph = synthetic_graph(nodes, seed=SEED, centre=(city.latitude, city.longitude))
    router = StreetRouter(graph, policy.streets, policy.travel)
    warm(router)
    made_s = time.perf_counter() - began
    began = time.perf_counter()
    trees = router.prepare(_inside(world.aeds, city), tuple(TransportMode))
    trees += router.prepare_units(
        _inside(world.units, city), (TransportMode.CAR, TransportMode.E_BIKE)
    )
    return Town(
        router,
        {
            "streets": graph.attribution,
            "nodes": len(graph.latitude),
            "edges": {name: len(profile.head) for name, profile in graph.profiles.items()},
            "trees": trees,
            "made_s": round(made_s, 1),
            "trees_made_s": round(time.perf_counter() - began, 1),
            "cities": 1,
        },
    )


def _inside(where: w.Aeds | w.Units, city: w.City) -> w.FloatArray:
    """(n, 2) those of one city."""
    north_km = (where.latitude - city.latitude) * KM_PER_DEGREE
    east_km = (where.longitude - city.longitude) * KM_PER_DEGREE * np.cos(np.radians(city.latitude))
    rows = (np.abs(north_km) <= CITY_HALF_KM + 1) & (np.abs(east_km) <= CITY_HALF_KM + 1)
    return np.column_stack([where.latitude[rows], where.longitude[rows]])
