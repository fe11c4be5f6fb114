"""How far and how long it is from here to there.

A :class:`Router` answers for many origins and destinations at once, so that streets (compiled
many-to-one searches) fit behind it. Without streets there is :class:`GridRouter`: the great circle
times a stated route factor, which the plan names as its basis.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode
from shared.decision.policy import Travel
from shared.decision.ways import Ways, grid_ways
from shared.geometry.distance import EARTH_RADIUS_M

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Router(Protocol):
    """Ways by mode between places."""

    @property
    def basis(self) -> str:
        """``h3-grid`` or ``streets``."""
        ...

    @property
    def version(self) -> str | None:
        """Which street graph; None for the grid."""
        ...

    def legs(
        self,
        origins: FloatArray,
        destinations: FloatArray,
        mode: TransportMode,
        speed_m_s: float,
    ) -> tuple[FloatArray, FloatArray]:
        """Metres and seconds, each (n origins, m destinations); ``inf`` where there is no way.

        ``origins`` and ``destinations`` are (n, 2) WGS-84 degrees (latitude, longitude).
        ``speed_m_s`` is the policy's speed of that mode; streets may use their own by road class.
        """
        ...

    def arrivals(
        self,
        places: FloatArray,
        modes: npt.NDArray[np.uint8],
        patient: tuple[float, float],
        speed_m_s: FloatArray,
        within_s: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Metres and seconds of each unit to the patient, (n,); ``inf`` where there is no way.

        ``places`` is (n, 2) WGS-84 degrees, ``modes`` (n,) positions in ``TransportMode``,
        ``speed_m_s`` (n,). Places are stations mostly, so what they need may be kept for them.
        ``within_s`` (n,) is how long a way may be to matter: a longer one may be ``inf``.
        """
        ...

    def ways(
        self,
        rescuers: FloatArray,
        modes: npt.NDArray[np.uint8],
        aeds: FloatArray,
        patient: tuple[float, float],
        speed_m_s: FloatArray,
    ) -> Ways:
        """All ways of a question at once: straight to the patient, to each AED, and on from it.

        ``rescuers`` (n, 2) and ``aeds`` (a, 2) are WGS-84 degrees, ``modes`` (n,) positions in
        ``TransportMode``, ``speed_m_s`` (modes,).
        """
        ...


def straight_m(origins: FloatArray, destinations: FloatArray) -> FloatArray:
    """Great-circle metres, (n, m), of (n, 2) and (m, 2) degrees; haversine on the mean earth."""
    a, b = np.radians(origins), np.radians(destinations)
    phi_a, phi_b = a[:, None, 0], b[None, :, 0]
    half_lambda = (b[None, :, 1] - a[:, None, 1]) / 2
    chord = (
        np.sin((phi_b - phi_a) / 2) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    )
    metres: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return metres


class GridRouter:
    """The great circle times a route factor by mode."""

    __slots__ = ("_by_mode", "_factors")

    basis = "h3-grid"
    version: str | None = None

    def __init__(self, factors: Mapping[TransportMode, float]) -> None:
        self._factors = dict(factors)
        # A mode without a factor has no ways.
        self._by_mode = np.array([factors.get(mode, np.inf) for mode in TransportMode])

    def legs(
        self,
        origins: FloatArray,
        destinations: FloatArray,
        mode: TransportMode,
        speed_m_s: float,
    ) -> tuple[FloatArray, FloatArray]:
        """See :meth:`Router.legs`."""
        metres = straight_m(origins, destinations) * self._factors[mode]
        return metres, metres / speed_m_s

    def arrivals(
        self,
        places: FloatArray,
        modes: npt.NDArray[np.uint8],
        patient: tuple[float, float],
        speed_m_s: FloatArray,
        within_s: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """See :meth:`Router.arrivals`."""
        metres = straight_m(places, np.array([patient]))[:, 0] * self._by_mode[modes]
        return metres, metres / speed_m_s

    def ways(
        self,
        rescuers: FloatArray,
        modes: npt.NDArray[np.uint8],
        aeds: FloatArray,
        patient: tuple[float, float],
        speed_m_s: FloatArray,
    ) -> Ways:
        """See :meth:`Router.ways`."""
        here = on_sphere(np.array([patient]))[0]
        return Ways(
            *grid_ways(
                on_sphere(rescuers),
                modes,
                on_sphere(aeds),
                (float(here[0]), float(here[1]), float(here[2])),
                speed_m_s,
                self._by_mode,
            )
        )


def on_sphere(places: FloatArray) -> FloatArray:
    """(n, 3) points of the unit sphere of (n, 2) degrees."""
    phi, lam = np.radians(places[:, 0]), np.radians(places[:, 1])
    points: FloatArray = np.stack(
        [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1
    )
    return points


def router_of(router: Router | None, travel: Travel) -> Router:
    """The streets, or the grid with the policy's route factors."""
    return router or GridRouter(travel.route_factor)
