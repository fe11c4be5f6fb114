"""The way itself, corner by corner: for drawing, after the decision has counted its seconds.

The router tells what every street corner costs to a place (:meth:`StreetRouter.reach_to`). Going
from a corner always to the neighbour over which the rest is shortest is the fastest way, so nothing
has to be kept while searching, and decisions cost what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode
from shared.decision.policy import Travel
from shared.streets.weights import PROFILE_OF, REFERENCE, FloatArray, seconds_per_metre

if TYPE_CHECKING:
    from shared.streets.router import StreetRouter

SLACK_S = 1.0
"""Added to the bound of the search, so that rounding never cuts the place of departure off."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way through the streets."""

    points: FloatArray
    """(k, 2) WGS-84 latitude and longitude: the origin, the corners, the destination."""
    metres: float
    seconds: float


def path(
    router: StreetRouter,
    travel: Travel,
    origin: tuple[float, float],
    destination: tuple[float, float],
    mode: TransportMode,
    speed_m_s: float,
) -> Path | None:
    """The fastest way between two WGS-84 places, as :meth:`StreetRouter.legs` measures it.

    None where the router knows no way (no street near, or beyond ``streets.units_far_s``).
    """
    places = np.array([origin, destination], np.float64)
    metres, seconds = router.legs(places[:1], places[1:], mode, speed_m_s)
    if not np.isfinite(seconds[0, 0]):
        return None
    (start, end), _ = router.snap(places, mode)
    corners = [int(start)]
    if start != end:
        within_s = float(seconds[0, 0]) + SLACK_S
        nodes, cost_s = router.reach_to(destination, mode, speed_m_s, within_s)
        left_s = np.full(router.graph.latitude.size, np.inf)
        left_s[nodes] = cost_s
        found = _downhill(router, travel, mode, speed_m_s, int(start), int(end), left_s)
        if found is None:
            return None
        corners = found
    graph = router.graph
    along = np.column_stack((graph.latitude[corners], graph.longitude[corners]))
    points = np.concatenate((places[:1], along, places[1:]))
    return Path(points, float(metres[0, 0]), float(seconds[0, 0]))


def _downhill(
    router: StreetRouter,
    travel: Travel,
    mode: TransportMode,
    speed_m_s: float,
    start: int,
    end: int,
    left_s: npt.NDArray[np.float64],
) -> list[int] | None:
    """The corners from ``start`` to ``end``; ``left_s`` (n,) is what each costs to the end.

    No corner twice: streets without length (a gate, a lift) would lead to and fro. None when it
    leads nowhere, which only costs that were told of other streets could make happen.
    """
    profile = PROFILE_OF[mode]
    streets = router.graph.profiles[profile]
    table = seconds_per_metre(profile, router.streets, travel)
    slower = travel.speed_m_s[REFERENCE[profile]] / speed_m_s
    corners, been = [start], {start}
    while corners[-1] != end:
        here = corners[-1]
        edges = slice(int(streets.first[here]), int(streets.first[here + 1]))
        heads = streets.head[edges]
        total_s = table[streets.kind[edges]] * streets.length_m[edges] * slower + left_s[heads]
        for other in heads[np.argsort(total_s, kind="stable")].tolist():
            if other not in been and np.isfinite(left_s[other]):
                break
        else:
            return None
        corners.append(other)
        been.add(other)
    return corners
