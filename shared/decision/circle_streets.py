"""Circles on streets: the cells of all nodes that a bounded search reaches.

A cell (resolution 9) is reached in the first band in which one of its nodes is; a street that only
ends in it counts. A cell that has no node of the network, but through which a street runs (long
stretches in the country), is reached when somebody on that street is in it, looked at every 50 m.
A cell without any street is not reached, whatever lies around it. The place's own cell is reached
at once: somebody is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, cast, runtime_checkable
from weakref import WeakKeyDictionary

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode
from shared.decision.circle_cells import CIRCLE_RESOLUTION, CellArray, FloatArray, banded, cell_at
from shared.decision.policy import Policy, Travel
from shared.decision.routing import Router

if TYPE_CHECKING:
    from shared.decision.policy import Streets
    from shared.streets.graph import StreetGraph
    from shared.streets.kinds import Profile

NodeArray = npt.NDArray[np.int64]

STEP_M = 50.0
"""A long stretch is looked at so often: a cell of which it cuts less may be missed."""


@runtime_checkable
class StreetReach(Protocol):
    """A router that can tell all that is reached, not only the ways between given places."""

    graph: StreetGraph
    streets: Streets

    def covers(self, latitude: float, longitude: float) -> bool:
        """Whether there is a street near enough to a place to tell anything about it."""
        ...

    def reach_from(
        self, place: tuple[float, float], mode: TransportMode, speed_m_s: float, within_s: float
    ) -> tuple[NodeArray, FloatArray]:
        """Nodes reached from a WGS-84 place in the direction of travel, and their seconds."""
        ...

    def reach_to(
        self, place: tuple[float, float], mode: TransportMode, speed_m_s: float, within_s: float
    ) -> tuple[NodeArray, FloatArray]:
        """Nodes from which the place is reached, and their seconds to it."""
        ...

    def cells(self, nodes: NodeArray) -> CellArray:
        """The H3 cell (resolution 9) of each node."""
        ...


_of_streets: dict[type, bool] = {}
"""Kinds of routers met so far: looking at a protocol's every member takes longer than a search."""


def streets_of(router: object) -> StreetReach | None:
    """The router, where it is one of streets."""
    known = _of_streets.get(type(router))
    if known is None:
        known = _of_streets[type(router)] = isinstance(router, StreetReach)
    return cast(StreetReach, router) if known else None


def router_at(router: Router | None, latitude: float, longitude: float) -> Router | None:
    """The router, unless its streets do not come near the place: then None, the grid."""
    streets = streets_of(router)
    return None if streets is not None and not streets.covers(latitude, longitude) else router


def street_bands(
    router: StreetReach,
    latitude: float,
    longitude: float,
    *,
    mode: TransportMode,
    speed_m_s: float,
    start_s: float,
    within_s: float,
    band_s: float,
    policy: Policy,
    towards: bool = False,
) -> tuple[CircleBand, ...]:
    """Cells reached from the place, or ``towards`` it: from which the place is reached."""
    moving_s = within_s - start_s
    if moving_s < 0:
        return ()
    search = router.reach_to if towards else router.reach_from
    nodes, seconds = search((latitude, longitude), mode, speed_m_s, moving_s)
    crossed, after_s = _crossings_of(router, mode, policy.travel).after(
        nodes, seconds, speed_m_s, towards=towards
    )
    own = np.array([cell_at(latitude, longitude)], dtype=np.uint64)
    cells = np.concatenate((own, router.cells(nodes), crossed))
    total = np.concatenate((np.zeros(1), seconds, after_s)) + start_s
    return banded(cells, total, within_s=within_s, band_s=band_s)


def prepare_circles(router: object, policy: Policy) -> None:
    """Does for all modes what the first circle on these streets would have to do.

    About two seconds for a million nodes; for a thread at the start. Nothing happens without
    streets.
    """
    streets = streets_of(router)
    if streets is not None:
        for mode in TransportMode:
            _crossings_of(streets, mode, policy.travel)


class _Side(NamedTuple):
    """Points of stretches by the node at one of their ends."""

    first: NodeArray
    """(n + 1,): the points of node ``i`` are ``first[i]..first[i+1]``."""
    cell: CellArray
    """(k,)"""
    seconds: FloatArray
    """(k,) between the node and the point, at the profile's reference speed."""

    @classmethod
    def of(cls, nodes: int, node: NodeArray, cell: CellArray, seconds: FloatArray) -> _Side:
        order = np.argsort(node, kind="stable")
        first = np.zeros(nodes + 1, dtype=np.int64)
        first[1:] = np.cumsum(np.bincount(node, minlength=nodes))
        return cls(first, cell[order], seconds[order])


class _Crossings(NamedTuple):
    """Where a profile's streets run through cells that have none of its nodes."""

    from_tail: _Side
    to_head: _Side
    reference_m_s: float

    def after(
        self, nodes: NodeArray, seconds: FloatArray, speed_m_s: float, *, towards: bool
    ) -> tuple[CellArray, FloatArray]:
        """Cells crossed beyond these nodes, and the seconds; some may be beyond the limit."""
        side = self.to_head if towards else self.from_tail
        begin, many = side.first[nodes], side.first[nodes + 1] - side.first[nodes]
        at = np.flatnonzero(many)
        begin, many = begin[at], many[at]
        inner = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        points = np.repeat(begin, many) + inner
        scale = self.reference_m_s / speed_m_s
        return side.cell[points], np.repeat(seconds[at], many) + side.seconds[points] * scale


_made: WeakKeyDictionary[StreetReach, dict[Profile, _Crossings]] = WeakKeyDictionary()
"""By router: they follow from its graph and its policy."""


def _crossings_of(router: StreetReach, mode: TransportMode, travel: Travel) -> _Crossings:
    # Here, because the streets' modules take the policy from this package.
    from shared.streets.weights import PROFILE_OF, REFERENCE, seconds_per_metre

    profile = PROFILE_OF[mode]
    made = _made.setdefault(router, {})
    crossings = made.get(profile)
    if crossings is None:
        table = seconds_per_metre(profile, router.streets, travel)
        reference_m_s = travel.speed_m_s[REFERENCE[profile]]
        crossings = made[profile] = _crossings(router, profile, table, reference_m_s)
    return crossings


def _crossings(
    router: StreetReach, profile: Profile, table: FloatArray, reference_m_s: float
) -> _Crossings:
    graph, streets = router.graph, router.graph.profiles[profile]
    nodes = len(graph.latitude)
    tail = np.repeat(np.arange(nodes), (streets.first[1:] - streets.first[:-1]).astype(np.int64))
    head = streets.head.astype(np.int64)
    cost_s = table[streets.kind] * streets.length_m
    long = (
        (streets.length_m > STEP_M)
        & streets.routable[tail]
        & streets.routable[head]
        & np.isfinite(cost_s)
    )
    tail, head, cost_s, length_m = tail[long], head[long], cost_s[long], streets.length_m[long]
    cells = router.cells(np.flatnonzero(streets.routable))
    apart = router.cells(tail) != router.cells(head)  # a cell is convex, but for the earth's curve
    tail, head, cost_s, length_m = tail[apart], head[apart], cost_s[apart], length_m[apart]
    parts = np.ceil(length_m / STEP_M).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts - 1)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(parts - 1) - parts + 1, parts - 1) + 1) / (
        parts[edge]
    )
    south, west = graph.latitude[tail[edge]], graph.longitude[tail[edge]]
    north_by = graph.latitude[head[edge]] - south
    east_by = (graph.longitude[head[edge]] - west + 180) % 360 - 180
    latitudes = (south + share * north_by).tolist()
    longitudes = (west + share * east_by).tolist()
    cell = np.array(
        [
            h3.latlng_to_cell(latitude, longitude, CIRCLE_RESOLUTION)
            for latitude, longitude in zip(latitudes, longitudes, strict=True)
        ],
        dtype=np.uint64,
    )
    bare = ~np.isin(cell, cells)
    edge, share, cell = edge[bare], share[bare], cell[bare]
    return _Crossings(
        from_tail=_Side.of(nodes, tail[edge], cell, share * cost_s[edge]),
        to_head=_Side.of(nodes, head[edge], cell, (1 - share) * cost_s[edge]),
        reference_m_s=reference_m_s,
    )
