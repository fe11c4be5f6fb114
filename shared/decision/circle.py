"""The ten-minute circle: the H3 cells (resolution 9) within reach in time, minute by minute."""

from __future__ import annotations

import math

import h3.api.basic_int as h3
import numpy as np

from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode
from shared.decision.index import rings_within
from shared.decision.policy import Policy
from shared.decision.routing import GridRouter, Router
from shared.decision.units import unit_speed_m_s
from shared.decision.ways import points

CIRCLE_RESOLUTION = 9


def circle_bands(
    latitude: float,
    longitude: float,
    *,
    mode: TransportMode,
    speed_m_s: float,
    start_s: float,
    within_s: float,
    band_s: float,
    router: Router,
) -> tuple[CircleBand, ...]:
    """Cells whose centre is within ``within_s`` of the place, each in its first band.

    ``start_s`` passes before anything moves (turnout, floors). Bands in which nothing is reached
    first are left out; cells within a band are sorted. Ways are taken from the cell to the place.
    """
    moving_s = within_s - start_s
    if moving_s < 0:
        return ()
    last = rings_within(moving_s * speed_m_s, CIRCLE_RESOLUTION)
    centre = h3.latlng_to_cell(latitude, longitude, CIRCLE_RESOLUTION)
    cells = sorted(h3.grid_disk(centre, last))
    origins = points([h3.cell_to_latlng(cell) for cell in cells])
    _, seconds = router.legs(origins, points([(latitude, longitude)]), mode, speed_m_s)
    total = seconds[:, 0] + start_s
    # The place's own cell is reached at once, however far its centre is from the place.
    total[cells.index(centre)] = start_s
    bands: dict[int, list[str]] = {}
    for i in np.flatnonzero(total <= within_s):
        number = max(1, math.ceil(float(total[i]) / band_s))
        bands.setdefault(number, []).append(h3.int_to_str(cells[i]))
    return tuple(
        CircleBand(within_s=round(number * band_s), cells=tuple(bands[number]))
        for number in sorted(bands)
    )


def patient_circle(
    latitude: float, longitude: float, *, start_s: float, policy: Policy, router: Router
) -> tuple[CircleBand, ...]:
    """From where the policy's default mode reaches the patient in time."""
    mode = policy.circle.mode
    return circle_bands(
        latitude,
        longitude,
        mode=mode,
        speed_m_s=policy.travel.speed_m_s[mode],
        start_s=start_s,
        within_s=policy.circle.within_s,
        band_s=policy.circle.band_s,
        router=router,
    )


def station_circle(
    latitude: float,
    longitude: float,
    *,
    mode: TransportMode,
    turnout_s: float,
    policy: Policy,
    router: Router | None = None,
) -> tuple[CircleBand, ...]:
    """What a unit of a station reaches, by its mode, after order and turnout.

    On the grid a way back is as long as the way there; streets bring their own way from the
    station when they come.
    """
    if router is None:
        factors = dict(policy.travel.route_factor)
        factors[TransportMode.CAR] = policy.units.car_route_factor
        router = GridRouter(factors)
    return circle_bands(
        latitude,
        longitude,
        mode=mode,
        speed_m_s=unit_speed_m_s(mode, policy),
        start_s=policy.units.order_s + turnout_s,
        within_s=policy.circle.within_s,
        band_s=policy.circle.band_s,
        router=router,
    )
