"""The question that is put to all alike, and the answer that is compared.

For a patient's place: the nearest ``enough`` rescuers within ``rescuer_m`` who may be asked now,
the nearest ``aeds`` within ``aed_m`` that can be used now, and of the units within ``unit_m`` that
are free the ``units`` soonest, by start and straight way. Distances are great circles, ties go to
the lower id. PostGIS and Redis get ready-made what our records have to be judged for at that
moment: where each rescuer is believed to be, whose quiet hours it is, which AED is usable, how soon
a unit leaves. That favours them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from loadtests.decision import world as w
from shared.contracts.words import TransportMode
from shared.decision import Policy


class Answer(NamedTuple):
    """Numbers (see `world.number_of`) of the candidates."""

    rescuers: frozenset[int]
    aeds: frozenset[int]
    units: frozenset[int]


@dataclass(frozen=True, slots=True)
class Question:
    """How many of each, within which metres; and what is known of everybody at that moment."""

    enough: int
    rescuer_m: float
    aeds: int
    aed_m: float
    units: int
    unit_m: float
    fatigue_max_alerts: int
    eligible: w.BoolArray
    """(n,) rescuers who may be asked, wherever they are."""
    usable: w.BoolArray
    """(a,) AEDs that somebody may be sent for."""
    free: w.BoolArray
    """(u,) units that may be ordered."""
    start_s: w.FloatArray
    """(u,) seconds until a unit moves."""
    pace_s_per_m: w.FloatArray
    """(u,) seconds for each straight metre."""


def question_of(world: w.World, policy: Policy, usable: Callable[[int], bool]) -> Question:
    """The policy's numbers, and everybody's state; ``usable`` judges an AED by its number."""
    units = world.units
    reach, of_units, travel = policy.reach, policy.units, policy.travel
    e_bike = TransportMode.E_BIKE
    leaves_s = np.where(
        units.ambulance, of_units.ambulance_turnout_s, of_units.health_team_turnout_s
    )
    leaves_s = np.where(units.state == w.RETURNING, of_units.returning_turnout_s, leaves_s)
    return Question(
        enough=reach.enough,
        rescuer_m=reach.rescuer_m,
        aeds=reach.aeds,
        aed_m=reach.aed_m,
        units=of_units.considered,
        unit_m=reach.unit_m,
        fatigue_max_alerts=policy.fatigue.max_alerts,
        eligible=w.eligible(world, policy.fatigue.max_alerts),
        usable=np.array([usable(i) for i in range(len(world.aeds.latitude))], dtype=np.bool_),
        free=(units.state <= w.RETURNING) & ~units.held,
        start_s=of_units.order_s + leaves_s,
        pace_s_per_m=np.where(
            units.ambulance,
            of_units.car_route_factor / of_units.emergency_car_m_s,
            travel.route_factor[e_bike] / travel.speed_m_s[e_bike],
        ),
    )


def chosen(
    numbers: w.IntArray, distance: w.FloatArray, within: w.BoolArray, count: int
) -> frozenset[int]:
    """Of those within, the ``count`` least, lower numbers on ties."""
    rows = np.flatnonzero(within)
    order = rows[np.lexsort((numbers[rows], distance[rows]))][:count]
    return frozenset(numbers[order].tolist())


def answer_of(world: w.World, question: Question, latitude: float, longitude: float) -> Answer:
    """The answer by brute force over the columns: slow, and right by its simplicity."""
    rescuers, aeds, units = world.rescuers, world.aeds, world.units

    def metres(where: w.Rescuers | w.Aeds | w.Units) -> w.FloatArray:
        return great_circles_m(latitude, longitude, where.latitude, where.longitude)

    to_rescuer, to_aed, to_unit = metres(rescuers), metres(aeds), metres(units)
    placed = rescuers.where != w.NOWHERE
    near = placed & (np.nan_to_num(to_rescuer, nan=np.inf) <= question.rescuer_m)
    return Answer(
        chosen(np.arange(len(near)), to_rescuer, near & question.eligible, question.enough),
        chosen(
            np.arange(len(to_aed)),
            to_aed,
            (to_aed <= question.aed_m) & question.usable,
            question.aeds,
        ),
        chosen(
            np.arange(len(to_unit)),
            question.start_s + question.pace_s_per_m * to_unit,
            (to_unit <= question.unit_m) & question.free,
            question.units,
        ),
    )


def great_circles_m(
    latitude: float, longitude: float, latitudes: w.FloatArray, longitudes: w.FloatArray
) -> w.FloatArray:
    """(n,) metres from one place to many, by the haversine formula on the mean earth."""
    from shared.geometry.distance import EARTH_RADIUS_M

    phi, phis = np.radians(latitude), np.radians(latitudes)
    half_phi = (phis - phi) / 2
    half_lambda = np.radians(longitudes - longitude) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi) * np.cos(phis) * np.sin(half_lambda) ** 2
    metres: w.FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return metres
