"""Ways on real streets, behind the decision's ``Router``."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

import h3.api.numpy_int as h3
import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode
from shared.decision.addresses import Addresses, addresses
from shared.decision.policy import Streets, Travel
from shared.decision.ways import Ways
from shared.direct import Direct
from shared.streets import arrivals, reaching, ways
from shared.streets.chains import FAR_S, SECONDS
from shared.streets.entry import enter_on_streets
from shared.streets.graph import StreetGraph
from shared.streets.network import Roads, roads_of
from shared.streets.search import BACKWARDS, FORWARDS, SEARCHES, SETTLED_EVER, Desk, desk_for
from shared.streets.snapping import grid_of, snap, snap_all
from shared.streets.trees import DROPPED, FREE_PAGES, MADE, NOW, PAGE_BYTES, Pool, pool_for
from shared.streets.weights import MODES, PROFILE_OF, PROFILES, FloatArray, reference_m_s

ModeArray = npt.NDArray[np.uint8]
NodeArray = npt.NDArray[np.int64]
NumberArray = npt.NDArray[np.int32]

TREE_BYTES = 256 * 2**20
"""Room for the trees of AEDs, and as much for those of stations, at most."""
WHOLE_TREES = 2**18
"""With no more junctions than this (a city has some 70,000 for all profiles), trees of stations go
as far as units are ever looked for: two megabytes each at most. In a larger network they go as far
as units usually come from, and who comes from farther is searched for."""
CELL_RESOLUTION = 9
"""Of circles: cells of about 0.1 km²."""

_CODE = {mode: code for code, mode in enumerate(MODES)}
_PROFILE = {mode: PROFILES.index(profile) for mode, profile in PROFILE_OF.items()}

_enter_on_streets: Direct[..., int] = Direct(enter_on_streets)

_ANY_TIME = np.empty(0)
"""No unit has a limit of its own."""


class StreetRouter:
    """Ways by walking, cycling and driving through one street graph.

    Answers are exact shortest times on the graph, up to the policy's bounds, and the same whether
    they come out of a search or a kept tree. One router may be used by several threads: decisions
    wait for each other, and so do the long searches of circles, but not one for the other.
    """

    basis = "streets"

    def __init__(
        self,
        graph: StreetGraph,
        streets: Streets,
        travel: Travel,
        *,
        tree_bytes: int = TREE_BYTES,
    ) -> None:
        """Contracts the graph: about a second for a million edges, all profiles together."""
        self.graph = graph
        self.streets = streets
        self._roads: Roads = roads_of(graph, streets, travel)
        self._network = self._roads.network
        self._grid = grid_of(graph)
        self._reference_m_s = reference_m_s(travel)
        self._bounds = self._units(streets.within_s, travel)
        self._units_bounds = self._units(streets.units_within_s, travel)
        far = self._units(streets.units_far_s, travel)
        small = self._network.first.shape[1] <= WHOLE_TREES
        self._station_bounds = far if small else self._units_bounds
        self._far = np.concatenate([far, self._station_bounds])
        """By profile how far, and how far trees of stations go."""
        self._desk: Desk = desk_for(self._network, FAR_S)
        self._aeds: Pool = pool_for(self._network, tree_bytes)
        self._stations: Pool = pool_for(self._network, tree_bytes)
        self._lock = Lock()
        self._slow_desk: Desk = desk_for(self._network, FAR_S)
        self._slow_lock = Lock()
        self._first = (
            *self._network,
            *self._grid,
            *self._desk,
            *self._aeds,
            *self._stations,
            self._bounds,
            self._units_bounds,
            self._far,
            self._reference_m_s,
            np.array([streets.units_enough, streets.snap_max_m], np.float64),
        )
        """What a first decision takes of all this, and where it is (``entry``)."""
        self._first_at = addresses(self._first)
        self._cells = np.zeros(graph.latitude.size, np.uint64)

    def _units(self, seconds: float, travel: Travel) -> NodeArray:
        """(3,) a bound by profile, for its fastest mode, in units of the reference's seconds."""
        fastest = np.zeros(len(PROFILES))
        for mode, speed in travel.speed_m_s.items():
            fastest[_PROFILE[mode]] = max(fastest[_PROFILE[mode]], speed)
        bound_s = np.minimum(seconds * fastest / self._reference_m_s, FAR_S - 1)
        return (bound_s * SECONDS).astype(np.int64)

    @property
    def version(self) -> str | None:
        """Of the street graph."""
        return self.graph.version

    @property
    def counters(self) -> dict[str, int]:
        """Work done so far: searches, junctions settled, trees made and dropped, bytes of trees."""
        desk, slow, pools = self._desk.state, self._slow_desk.state, (self._aeds, self._stations)
        return {
            "searches": int(desk[SEARCHES] + slow[SEARCHES]),
            "settled": int(desk[SETTLED_EVER] + slow[SETTLED_EVER]),
            "trees_made": sum(int(pool.state[MADE]) for pool in pools),
            "trees_dropped": sum(int(pool.state[DROPPED]) for pool in pools),
            "tree_bytes": sum(
                (len(pool.free_pages) - int(pool.state[FREE_PAGES])) * PAGE_BYTES for pool in pools
            ),
        }

    def covers(self, latitude: float, longitude: float) -> bool:
        """Whether a walker's street is near enough; where not, the streets cannot tell anything."""
        node, _ = snap(self._grid, 0, latitude, longitude, self.streets.snap_max_m)
        return bool(node >= 0)

    def snap(self, places: FloatArray, mode: TransportMode) -> tuple[NodeArray, FloatArray]:
        """The nearest node of the mode's network to (n, 2) places, and metres; -1 and ``inf``."""
        places = np.ascontiguousarray(places, np.float64)
        nodes, metres = np.empty(len(places), np.int64), np.empty(len(places))
        snap_all(self._grid, _PROFILE[mode], places, self.streets.snap_max_m, nodes, metres)
        return nodes, metres

    def ways(
        self,
        rescuers: FloatArray,
        modes: ModeArray,
        aeds: FloatArray,
        patient: tuple[float, float],
        speed_m_s: FloatArray,
    ) -> Ways:
        """See :meth:`shared.decision.routing.Router.ways`; trees of AEDs are made on first use."""
        rescuers = np.ascontiguousarray(rescuers, np.float64)
        aeds = np.ascontiguousarray(aeds, np.float64)
        n, a = len(rescuers), len(aeds)
        direct_m, direct_s = np.empty(n), np.empty(n)
        to_aed_m, to_aed_s = np.empty((n, a)), np.empty((n, a))
        from_aed_m, from_aed_s = np.empty((n, a)), np.empty((n, a))
        with self._lock:
            ways.ways(
                self._network,
                self._grid,
                self._desk,
                self._aeds,
                self._bounds,
                self._reference_m_s,
                self.streets.snap_max_m,
                rescuers,
                np.ascontiguousarray(modes, np.uint8),
                aeds,
                float(patient[0]),
                float(patient[1]),
                np.ascontiguousarray(speed_m_s, np.float64),
                direct_m,
                direct_s,
                to_aed_m,
                to_aed_s,
                from_aed_m,
                from_aed_s,
            )
        return Ways(direct_m, direct_s, to_aed_m, to_aed_s, from_aed_m, from_aed_s)

    def first_decision(
        self, stays: Addresses, room: Addresses, given: FloatArray, marked: NumberArray
    ) -> int:
        """A first decision in one compiled call; see :mod:`shared.decision.seek`."""
        with self._lock:
            return int(_enter_on_streets(self._first_at, stays, room, given, marked))

    def arrivals(
        self,
        places: FloatArray,
        modes: ModeArray,
        patient: tuple[float, float],
        speed_m_s: FloatArray,
        within_s: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """See :meth:`shared.decision.routing.Router.arrivals`.

        Units within ``streets.units_within_s`` are told; where there are fewer than
        ``streets.units_enough``, the others up to ``streets.units_far_s``. Pass those that may go.
        """
        places = np.ascontiguousarray(places, np.float64)
        metres, seconds = np.empty(len(places)), np.empty(len(places))
        with self._lock:
            arrivals.arrivals(
                self._network,
                self._grid,
                self._desk,
                self._stations,
                self._units_bounds,
                self._far,
                self.streets.units_enough,
                self._reference_m_s,
                self.streets.snap_max_m,
                places,
                np.ascontiguousarray(modes, np.uint8),
                float(patient[0]),
                float(patient[1]),
                np.ascontiguousarray(speed_m_s, np.float64),
                _ANY_TIME if within_s is None else np.ascontiguousarray(within_s, np.float64),
                metres,
                seconds,
            )
        return metres, seconds

    def legs(
        self,
        origins: FloatArray,
        destinations: FloatArray,
        mode: TransportMode,
        speed_m_s: float,
    ) -> tuple[FloatArray, FloatArray]:
        """See :meth:`shared.decision.routing.Router.legs`; up to ``streets.units_far_s``."""
        origins = np.ascontiguousarray(origins, np.float64)
        destinations = np.ascontiguousarray(destinations, np.float64)
        metres = np.empty((len(origins), len(destinations)))
        seconds = np.empty((len(origins), len(destinations)))
        profile = _PROFILE[mode]
        with self._slow_lock:
            arrivals.legs(
                self._network,
                self._grid,
                self._slow_desk,
                profile,
                int(self._far[profile]),
                float(self._reference_m_s[profile]),
                self.streets.snap_max_m,
                origins,
                destinations,
                float(speed_m_s),
                metres,
                seconds,
            )
        return metres, seconds

    def reach_from(
        self, place: tuple[float, float], mode: TransportMode, speed_m_s: float, within_s: float
    ) -> tuple[NodeArray, FloatArray]:
        """Nodes that are reached from a place within the seconds, and the seconds of each.

        In a fixed order, not sorted; empty when no street is near. The stretch to the first node
        counts.
        """
        return self._reach(FORWARDS, place, mode, speed_m_s, within_s)

    def reach_to(
        self, place: tuple[float, float], mode: TransportMode, speed_m_s: float, within_s: float
    ) -> tuple[NodeArray, FloatArray]:
        """Nodes from which a place is reached within the seconds, and the seconds of each."""
        return self._reach(BACKWARDS, place, mode, speed_m_s, within_s)

    def _reach(
        self,
        direction: int,
        place: tuple[float, float],
        mode: TransportMode,
        speed_m_s: float,
        within_s: float,
    ) -> tuple[NodeArray, FloatArray]:
        profile = _PROFILE[mode]
        roads = self._roads
        node, metres = snap(
            self._grid, profile, float(place[0]), float(place[1]), self.streets.snap_max_m
        )
        stretch_s = metres / speed_m_s
        if node < 0 or stretch_s > within_s:
            return np.empty(0, np.int64), np.empty(0)
        unit_s = self._reference_m_s[profile] / speed_m_s / SECONDS
        within = min(int((within_s - stretch_s) / unit_s), (FAR_S - 1) * SECONDS)
        nodes = np.empty(self.graph.latitude.size, np.uint32)
        costs = np.empty(self.graph.latitude.size, np.uint64)
        with self._slow_lock:
            count = reaching.reach(
                self._network,
                roads.chain_nodes,
                roads.junction_node,
                roads.chains_first,
                roads.chains_at,
                self._slow_desk,
                direction,
                profile,
                node,
                within,
                nodes,
                costs,
            )
        seconds = (costs[:count] >> np.uint64(32)) * unit_s + stretch_s
        return nodes[:count].astype(np.int64), seconds

    def cells(self, nodes: NodeArray) -> npt.NDArray[np.uint64]:
        """The H3 cell (resolution 9) of each node, computed once per node and graph."""
        found: npt.NDArray[np.uint64] = self._cells[nodes]
        new = np.unique(nodes[found == 0])
        if new.size:
            latitude, longitude = self.graph.latitude, self.graph.longitude
            self._cells[new] = [
                h3.latlng_to_cell(latitude[i], longitude[i], CELL_RESOLUTION) for i in new
            ]
            found = self._cells[nodes]
        return found

    def prepare(self, places: FloatArray, modes: Iterable[TransportMode]) -> int:
        """Makes the trees to AEDs at (n, 2) places for those modes now; how many were made.

        Decisions may come in between; what is asked for later than it fits is dropped again.
        """
        return self._prepare(self._aeds, BACKWARDS, self._bounds, places, modes)

    def prepare_units(self, places: FloatArray, modes: Iterable[TransportMode]) -> int:
        """Makes the trees from stations at (n, 2) places for those modes now."""
        return self._prepare(self._stations, FORWARDS, self._station_bounds, places, modes)

    def _prepare(
        self,
        pool: Pool,
        direction: int,
        bounds: NodeArray,
        places: FloatArray,
        modes: Iterable[TransportMode],
    ) -> int:
        places = np.ascontiguousarray(places, np.float64).reshape(-1, 2)
        before = int(pool.state[MADE])
        for profile in sorted({_PROFILE[mode] for mode in modes}):
            for latitude, longitude in places:
                with self._lock:
                    pool.state[NOW] += 1
                    arrivals.prepare(
                        self._network,
                        self._grid,
                        self._desk,
                        pool,
                        direction,
                        profile,
                        int(bounds[profile]),
                        latitude,
                        longitude,
                        self.streets.snap_max_m,
                    )
        return int(pool.state[MADE]) - before


def warm(router: StreetRouter) -> None:
    """Calls everything compiled once with tiny inputs, so that the first call need not wait."""
    if not router.graph.latitude.size:
        return
    here = (float(router.graph.latitude[0]), float(router.graph.longitude[0]))
    place = np.array([here])
    walking = np.zeros(1, np.uint8)
    speeds = np.ones(len(MODES))
    router.covers(*here)
    router.ways(place, walking, place, here, speeds)
    router.arrivals(place, walking, here, speeds[:1])
    router.legs(place, place, TransportMode.FOOT, 1.0)
    router.reach_from(here, TransportMode.FOOT, 1.0, 1.0)
    router.prepare_units(place, [TransportMode.FOOT])
    router.cells(np.zeros(1, np.int64))
