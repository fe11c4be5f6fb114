"""A made-up town with ambulances and calls, some of which wait: seeded, the same for both."""

from __future__ import annotations

import numpy as np

from shared.simulation.replay import Trace

BUSY = 0.75
"""How much of the ambulances' time calls take, so that some calls wait."""


def town(
    calls: int, *, ambulances: int = 20, places: int = 200, hospitals: int = 3, seed: int = 1
) -> Trace:
    """Places on 30 by 30 minutes, ways up to a third longer one way than the other."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0.0, 30.0, (places, 2))
    straight = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    travel = straight * rng.uniform(1.0, 1.35, (places, places))
    mean_min = 9.0 + 15.0 + 0.7 * (9.0 + 20.0)
    nodes = rng.permutation(places)
    return Trace(
        travel=travel,
        bases=rng.integers(0, places, ambulances),
        hospitals=rng.choice(places, hospitals, replace=False),
        nodes=nodes,
        node_x=xy[nodes, 0],
        node_y=xy[nodes, 1],
        arrival_min=rng.exponential(mean_min / ambulances / BUSY, calls).cumsum(),
        location=rng.integers(0, places, calls),
        on_scene_min=rng.exponential(15.0, calls),
        transport=rng.random(calls) < 0.7,
        drop_off_min=rng.exponential(20.0, calls),
        return_speed=0.95,
    )
