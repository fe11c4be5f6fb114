"""Ways of units: by which router, how fast, and routed all in one call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.contracts.words import TransportMode
from shared.decision.model import Patient
from shared.decision.policy import Policy
from shared.decision.routing import GridRouter, Router
from shared.decision.snapshot import Snapshot
from shared.decision.units_index import MODE, MODE_CODES
from shared.decision.units_search import START_S, IntArray, Search, places_of

MODES = tuple(TransportMode)
_BY_MOTOR = frozenset({TransportMode.CAR, TransportMode.MOTORCYCLE})

Place = tuple[float, float, TransportMode]
"""WGS-84 latitude and longitude, and how the unit moves."""


def unit_router_of(snapshot: Snapshot, policy: Policy) -> Router:
    """The snapshot's streets, or the grid with the route factor of driving for cars."""
    if snapshot.router is not None:
        return snapshot.router
    factors = dict(policy.travel.route_factor)
    factors[TransportMode.CAR] = policy.units.car_route_factor
    return GridRouter(factors)


def unit_speed_m_s(mode: TransportMode, policy: Policy) -> float:
    """How fast a unit moves: a car with lights, anything else as everybody does."""
    if mode is TransportMode.CAR:
        return policy.units.emergency_car_m_s
    return policy.travel.speed_m_s[mode]


def bounds(router: Router, policy: Policy) -> tuple[list[float], float]:
    """Least seconds per straight metre by mode, and how much shorter than the line a way may be.

    On the grid the way is the line times the factor: the bound is the time itself. On streets no
    way is shorter than the line between the nodes to which both ends are moved, and nobody is
    faster than ``units.fastest_m_s`` (without a motor: than the fastest way of their mode).
    """
    travel, units, streets = policy.travel, policy.units, policy.streets
    if router.basis == "h3-grid":
        factor = dict(travel.route_factor)
        factor[TransportMode.CAR] = units.car_route_factor
        return [factor[mode] / unit_speed_m_s(mode, policy) for mode in MODES], 0.0
    carried_m_s = max(streets.push_m_s, streets.elevator_m_s)
    fastest = [
        units.fastest_m_s if mode in _BY_MOTOR else max(travel.speed_m_s[mode], carried_m_s)
        for mode in MODES
    ]
    return [1 / speed for speed in fastest], 2 * streets.snap_max_m


class Roads:
    """The ways to one patient, and what came of the rows that were routed."""

    __slots__ = ("_here", "_index", "_router", "_search", "_speeds", "eta_s", "metres")

    def __init__(
        self, snapshot: Snapshot, patient: Patient, router: Router, found: Search, policy: Policy
    ) -> None:
        self._index = snapshot.units
        self._here = (patient.latitude, patient.longitude)
        self._router = router
        self._search = found
        self._speeds = np.array([unit_speed_m_s(mode, policy) for mode in MODES])
        self.eta_s: dict[int, float] = {}
        """Row → seconds from now to the patient, all included; ``inf`` where there is no way."""
        self.metres: dict[int, float] = {}

    def route(self, rows: IntArray, others: Sequence[Place] = ()) -> list[float]:
        """Routes these rows, and in the same call other places: their seconds on the way."""
        count = len(rows)
        if not count and not others:
            return []
        places = places_of(self._index, rows)
        modes = self._index.codes[rows, MODE]
        if others:
            places = np.concatenate([places, np.array([(a, b) for a, b, _ in others])])
            more = np.array([MODE_CODES[mode] for _, _, mode in others], dtype=np.uint8)
            modes = np.concatenate([modes, more])
        metres, seconds = self._router.arrivals(places, modes, self._here, self._speeds[modes])
        keys = rows.tolist()
        total = self._search.found[rows, START_S] + seconds[:count]
        self.eta_s.update(zip(keys, total.tolist(), strict=True))
        self.metres.update(zip(keys, metres[:count].tolist(), strict=True))
        return [float(value) for value in seconds[count:]]
