"""Makes a world from one seed: cities, who lives and works where, what state everything is in."""

from __future__ import annotations

from math import cos, radians

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from loadtests.decision.world import (
    AED_HOURS_SHARES,
    HOME,
    MODE_SHARES,
    NEVER,
    NOWHERE,
    PHONE,
    WORK,
    Aeds,
    City,
    FloatArray,
    IntArray,
    Rescuers,
    Units,
    World,
)
from shared.geometry.cells import IDLE_RESOLUTION

PER_CITY = 32_400
"""Rescuers of one city; more than that are more cities."""
CITY_APART_KM = 150.0
CITY_HALF_KM = 13.5
"""Nobody is farther east, west, north or south of a city's middle: there its streets end."""
KM_PER_DEGREE = 111.195


def _cities(rng: np.random.Generator, count: int) -> tuple[City, ...]:
    places: list[tuple[float, float]] = []
    while len(places) < count:
        latitude, longitude = rng.uniform(23.0, 40.0), rng.uniform(103.0, 119.0)
        if all(
            np.hypot(
                (latitude - a) * KM_PER_DEGREE,
                (longitude - b) * KM_PER_DEGREE * cos(radians(latitude)),
            )
            > CITY_APART_KM
            for a, b in places
        ):
            places.append((latitude, longitude))
    weights = np.ones(1) if count == 1 else rng.lognormal(0.0, 0.5, count)
    cities = []
    for (latitude, longitude), weight in zip(places, weights / weights.mean(), strict=True):
        # A city of twice the people is wider and denser.
        scale = weight**0.35
        around = np.clip(rng.normal(0.0, 5.0, (8, 2)), -10.0, 10.0)
        centres = np.concatenate([np.zeros((1, 2)), around, np.zeros((1, 2))])
        spread = scale * np.concatenate([[6.0], rng.uniform(2.0, 3.5, 8), [9.0]])
        shares = np.concatenate([[0.40], rng.dirichlet(np.full(8, 3.0)) * 0.30, [0.30]])
        cities.append(City(latitude, longitude, float(weight), centres, spread, shares))
    return tuple(cities)


def _scatter(
    rng: np.random.Generator, cities: tuple[City, ...], count: int, widen: float = 1.0
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Places of ``count`` people, degrees, and each one's city."""
    weights = np.array([city.weight for city in cities])
    which = rng.choice(len(cities), count, p=weights / weights.sum())
    latitude, longitude = np.empty(count), np.empty(count)
    for number, city in enumerate(cities):
        rows = np.flatnonzero(which == number)
        centre = rng.choice(len(city.shares), len(rows), p=city.shares)
        spread = widen * city.spread_km[centre, None]
        east_north = city.centres_km[centre] + rng.normal(0.0, 1.0, (len(rows), 2)) * spread
        outside = np.abs(east_north) > CITY_HALF_KM
        east_north[outside] = rng.uniform(-CITY_HALF_KM, CITY_HALF_KM, int(outside.sum()))
        latitude[rows] = city.latitude + east_north[:, 1] / KM_PER_DEGREE
        longitude[rows] = city.longitude + east_north[:, 0] / (
            KM_PER_DEGREE * cos(radians(city.latitude))
        )
    return latitude, longitude, which


def _cells(latitude: FloatArray, longitude: FloatArray) -> IntArray:
    return np.array(
        [
            h3.latlng_to_cell(a, b, IDLE_RESOLUTION)
            for a, b in zip(latitude.tolist(), longitude.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _choice(rng: np.random.Generator, count: int, *shares: float) -> npt.NDArray[np.uint8]:
    drawn: npt.NDArray[np.uint8] = rng.choice(len(shares), count, p=np.array(shares)).astype("u1")
    return drawn


def _rescuers(
    rng: np.random.Generator, cities: tuple[City, ...], n: int, live_max_age_s: float
) -> Rescuers:
    *home_at, city = _scatter(rng, cities, n)
    home = _cells(home_at[0], home_at[1])
    at_work = rng.random(n) < 0.5
    # Work is somewhere in the same city: another's home will do.
    by_city = np.argsort(city, kind="stable")
    shuffled = np.lexsort((rng.random(n), city))
    work = np.zeros(n, dtype=np.int64)
    work[by_city] = home[shuffled]
    work[~at_work] = 0
    has_phone = rng.random(n) < 0.35
    # About half a kilometre from home.
    near = [degrees + rng.normal(0.0, 0.005, n) for degrees in home_at]
    phone = np.zeros(n, dtype=np.int64)
    rows = np.flatnonzero(has_phone)
    phone[rows] = _cells(near[0][rows], near[1][rows])
    age_s = rng.exponential(2_400.0, n).round()
    location_consent = rng.random(n) < 0.85
    evenings_only = (~at_work) & (rng.random(n) < 0.06)

    where = np.full(n, HOME, dtype=np.uint8)
    where[evenings_only] = NOWHERE
    where[at_work] = WORK
    where[has_phone & location_consent & (age_s <= live_max_age_s)] = PHONE
    cell = np.choose(where, [home, work, phone, home])
    centres = {each: h3.cell_to_latlng(each) for each in np.unique(cell).tolist()}
    places = np.array([centres[each] for each in cell.tolist()])
    places[where == NOWHERE] = np.nan

    expires = rng.integers(30, 720, n)
    drawn = rng.random(n)
    expires[drawn < 0.04] = -rng.integers(1, 400, int((drawn < 0.04).sum()))
    expires[drawn > 0.98] = NEVER
    recent = _choice(rng, n, 0.975, 0.012, 0.006, 0.004, 0.002, 0.001)
    return Rescuers(
        home=home,
        work=work,
        phone=phone,
        phone_age_s=age_s,
        mode=_choice(rng, n, *MODE_SHARES),
        state=_choice(rng, n, 0.92, 0.06, 0.02),
        expires_in_days=expires,
        alerts_consent=rng.random(n) < 0.97,
        location_consent=location_consent,
        available=rng.random(n) < 0.94,
        quiet=_choice(rng, n, 0.47, 0.50, 0.03),
        held=rng.random(n) < 0.0005,
        alerts_recent=recent,
        evenings_only=evenings_only,
        where=where,
        latitude=places[:, 0].copy(),
        longitude=places[:, 1].copy(),
    )


def _aeds(rng: np.random.Generator, cities: tuple[City, ...], count: int) -> Aeds:
    latitude, longitude, _ = _scatter(rng, cities, count)
    return Aeds(
        latitude=latitude,
        longitude=longitude,
        hours=_choice(rng, count, *AED_HOURS_SHARES),
        state=_choice(rng, count, 0.92, 0.02, 0.06),
        access=_choice(rng, count, 0.70, 0.20, 0.05, 0.05),
        code=_choice(rng, count, 0.90, 0.07, 0.03),
        pads_expired=rng.random(count) < 0.10,
        checked=rng.random(count) < 0.80,
        missing=rng.random(count) < 0.005,
        held=rng.random(count) < 0.003,
    )


def _units(rng: np.random.Generator, cities: tuple[City, ...], count: int) -> Units:
    latitude, longitude, _ = _scatter(rng, cities, count, widen=1.2)
    return Units(
        latitude=latitude,
        longitude=longitude,
        ambulance=rng.random(count) < 0.65,
        state=_choice(rng, count, 0.72, 0.08, 0.15, 0.05),
        held=rng.random(count) < 0.02,
    )


def make(
    rescuers: int, aeds: int, units: int, *, seed: int, live_max_age_s: float = 7_200.0
) -> World:
    """The world of that size; the same seed makes the same one."""
    rng = np.random.default_rng([seed, rescuers])
    cities = _cities(rng, max(1, round(rescuers / PER_CITY)))
    return World(
        seed=seed,
        cities=cities,
        rescuers=_rescuers(rng, cities, rescuers, live_max_age_s),
        aeds=_aeds(rng, cities, aeds),
        units=_units(rng, cities, units),
    )


def patients(world: World, count: int, *, stream: int, cities: int | None = None) -> FloatArray:
    """(count, 2) degrees: where calls come from, drawn as people live; streams are independent.

    ``cities``: only in so many of them, the first.
    """
    rng = np.random.default_rng([world.seed, 1_000 + stream])
    latitude, longitude, _ = _scatter(rng, world.cities[:cities], count)
    return np.column_stack([latitude, longitude])
