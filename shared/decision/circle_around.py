"""Circles around one place: what is reached from a station, and from where a patient is reached."""

from __future__ import annotations

from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode
from shared.decision.circle_cells import grid_bands
from shared.decision.circle_streets import street_bands, streets_of
from shared.decision.policy import Policy
from shared.decision.routing import Router
from shared.decision.units import unit_speed_m_s


def circle_bands(
    latitude: float,
    longitude: float,
    *,
    mode: TransportMode,
    speed_m_s: float,
    route_factor: float,
    start_s: float,
    within_s: float,
    band_s: float,
    policy: Policy,
    router: Router | None,
    towards: bool = False,
) -> tuple[CircleBand, ...]:
    """Cells within ``within_s`` of the place, each in its first band.

    On streets those to which a street leads in time (:mod:`shared.decision.circle_streets`); on the
    grid (a router that is none of streets, or None) those whose centre is near enough in a straight
    line times ``route_factor``. ``start_s`` passes before anything moves (turnout, floors).
    ``towards``: the ways are those to the place, which differ on one-way streets. Bands in which
    nothing is reached first are left out; cells within a band are sorted.
    """
    streets = streets_of(router)
    if streets is not None:
        return street_bands(
            streets,
            latitude,
            longitude,
            mode=mode,
            speed_m_s=speed_m_s,
            start_s=start_s,
            within_s=within_s,
            band_s=band_s,
            policy=policy,
            towards=towards,
        )
    return grid_bands(
        latitude,
        longitude,
        pace_s_m=route_factor / speed_m_s,
        start_s=start_s,
        within_s=within_s,
        band_s=band_s,
    )


def patient_circle(
    latitude: float, longitude: float, *, start_s: float, policy: Policy, router: Router | None
) -> tuple[CircleBand, ...]:
    """From where the policy's default mode reaches the patient in time."""
    mode = policy.circle.mode
    return circle_bands(
        latitude,
        longitude,
        mode=mode,
        speed_m_s=policy.travel.speed_m_s[mode],
        route_factor=policy.travel.route_factor[mode],
        start_s=start_s,
        within_s=policy.circle.within_s,
        band_s=policy.circle.band_s,
        policy=policy,
        router=router,
        towards=True,
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
    """What a unit of a station reaches, by its mode, after order and turnout."""
    start_s = policy.units.order_s + turnout_s
    return unit_bands(latitude, longitude, mode, start_s, policy, router)


def unit_bands(
    latitude: float,
    longitude: float,
    mode: TransportMode,
    start_s: float,
    policy: Policy,
    router: Router | None,
) -> tuple[CircleBand, ...]:
    """A car of a station drives with lights; anything else moves as everybody does."""
    by_car = mode is TransportMode.CAR
    factor = policy.units.car_route_factor if by_car else policy.travel.route_factor[mode]
    return circle_bands(
        latitude,
        longitude,
        mode=mode,
        speed_m_s=unit_speed_m_s(mode, policy),
        route_factor=factor,
        start_s=start_s,
        within_s=policy.circle.within_s,
        band_s=policy.circle.band_s,
        policy=policy,
        router=router,
    )
