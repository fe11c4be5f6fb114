"""Ways of units: by which router, and routed all in one call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.contracts.words import TransportMode
from shared.decision.model import Patient
from shared.decision.policy import Policy
from shared.decision.routing import Router
from shared.decision.snapshot import Snapshot
from shared.decision.units_index import LATITUDE, LONGITUDE, MODE, MODE_CODES, CodeArray, FloatArray
from shared.decision.units_numbers import UnitNumbers, unit_numbers_of
from shared.decision.units_search import STILL_S, STRAIGHT_M, IntArray, Search

Place = tuple[float, float, TransportMode]
"""WGS-84 latitude and longitude, and how the unit moves."""


def unit_router_of(snapshot: Snapshot, policy: Policy) -> Router:
    """The snapshot's streets, or the grid with the route factor of driving for cars."""
    if snapshot.router is not None:
        return snapshot.router
    return unit_numbers_of(policy).grid


class Roads:
    """The ways to one patient, and what came of the rows that were routed."""

    __slots__ = ("_here", "_index", "_numbers", "_search", "_streets", "eta_s", "metres")

    def __init__(
        self, snapshot: Snapshot, patient: Patient, found: Search, numbers: UnitNumbers
    ) -> None:
        self._index = snapshot.units
        self._streets = snapshot.router
        self._here = (patient.latitude, patient.longitude)
        self._search = found
        self._numbers = numbers
        self.eta_s: FloatArray = np.full(len(found.why), np.nan)
        """(n,) seconds from now to the patient, all included; ``inf`` where there is no way, not a
        number where nobody asked."""
        self.metres: FloatArray = np.full(len(found.why), np.nan)

    def alone(self, rows: IntArray, limits_s: FloatArray) -> None:
        """Routes rows on streets only as far as they may take and still matter.

        ``limits_s`` (rows,) are seconds from now to the patient, all included.
        """
        modes = self._index.codes[rows, MODE]
        places = np.ascontiguousarray(self._index.numbers[rows, LATITUDE : LONGITUDE + 1])
        still_s = self._search.found[rows, STILL_S]
        assert self._streets is not None
        metres, seconds = self._streets.arrivals(
            places, modes, self._here, self._numbers.speed_m_s[modes], limits_s - still_s
        )
        self.metres[rows] = metres
        self.eta_s[rows] = still_s + seconds

    def route(self, rows: IntArray, others: Sequence[Place] = ()) -> list[float]:
        """Routes these rows, and in the same call other places: their seconds on the way."""
        modes = self._index.codes[rows, MODE]
        if self._streets is None:
            # The search has measured the lines already.
            metres = self._search.found[rows, STRAIGHT_M] * self._numbers.factor[modes]
            seconds = metres / self._numbers.speed_m_s[modes]
            more_s = self._ask(self._numbers.grid, *_arrays(others))[1] if others else ()
        else:
            places = self._index.numbers[rows, LATITUDE : LONGITUDE + 1]
            if others:
                more, more_modes = _arrays(others)
                places = np.concatenate([places, more])
                modes = np.concatenate([modes, more_modes])
            if not len(modes):
                return []
            metres, seconds = self._ask(self._streets, np.ascontiguousarray(places), modes)
            metres, (seconds, more_s) = metres[: len(rows)], np.split(seconds, [len(rows)])
            if others and not np.isfinite(more_s).all():
                more_s = self._alone(more_s, *_arrays(others))
        self.metres[rows] = metres
        self.eta_s[rows] = self._search.found[rows, STILL_S] + seconds
        return [float(value) for value in more_s]

    def _alone(self, seconds: FloatArray, places: FloatArray, modes: CodeArray) -> FloatArray:
        """Finds the ways that are missing: units that are ordered do come.

        The search may have ended before it met them. One that is off every street (in a yard) is
        taken to have the way of the grid.
        """
        for router in (self._streets, self._numbers.grid):
            lost = np.isinf(seconds)
            if router is not None and lost.any():
                seconds[lost] = self._ask(router, places[lost], modes[lost])[1]
        return seconds

    def _ask(
        self, router: Router, places: FloatArray, modes: CodeArray
    ) -> tuple[FloatArray, FloatArray]:
        return router.arrivals(places, modes, self._here, self._numbers.speed_m_s[modes])


def _arrays(
    places: Sequence[Place],
) -> tuple[FloatArray, CodeArray]:
    degrees = np.array([(latitude, longitude) for latitude, longitude, _ in places])
    return degrees, np.array([MODE_CODES[mode] for _, _, mode in places], dtype=np.uint8)
