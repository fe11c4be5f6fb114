"""The made-up instances: demands and sites anywhere in a square, whole weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SIDE_M = 10_000.0
RADIUS_M = 500.0
P = 50


@dataclass(frozen=True, slots=True)
class Instance:
    """A maximal covering question: the cost table is ready, for everybody."""

    cost_m: npt.NDArray[np.float64]
    """(demands, sites)"""
    weights: npt.NDArray[np.float64]
    radius_m: float = RADIUS_M
    p: int = P


def instance(demands: int, sites: int, seed: int) -> Instance:
    """Seeded; weights are 1 to 100."""
    g = np.random.default_rng(seed)
    demand, site = g.uniform(0, SIDE_M, (demands, 2)), g.uniform(0, SIDE_M, (sites, 2))
    apart = demand[:, None, :] - site[None, :, :]
    weights = g.integers(1, 101, demands).astype(np.float64)
    return Instance(np.sqrt((apart * apart).sum(2)), weights)
