"""How many seconds a metre of each kind of street costs, by profile.

A profile has one table, made for its *reference speed*: walking ``travel.speed_m_s.foot``, cycling
``travel.speed_m_s.bicycle``, driving ``travel.speed_m_s.car``. A mode of the same profile that
moves at another speed needs the reference's seconds times reference ÷ its own speed: an e-bike
5.6 m/s in 4.2 ÷ 5.6 of a bicycle's time, an emergency car of 11.1 m/s in 7.0 ÷ 11.1 of a car's, on
every road class. So one search serves all modes of a profile, and the fastest way is the same for
them; that a pushed e-bike is no faster than a pushed bicycle is lost by that.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode
from shared.decision.policy import Streets, Travel
from shared.streets.kinds import Kind, Profile

FloatArray = npt.NDArray[np.float64]

PROFILES = (Profile.WALK, Profile.CYCLE, Profile.DRIVE)
"""The order of profiles in compiled code."""
MODES = tuple(TransportMode)
"""The order of modes in compiled code: foot, bicycle, e-bike, motorcycle, car."""

PROFILE_OF = {
    TransportMode.FOOT: Profile.WALK,
    TransportMode.BICYCLE: Profile.CYCLE,
    TransportMode.E_BIKE: Profile.CYCLE,
    TransportMode.MOTORCYCLE: Profile.DRIVE,
    TransportMode.CAR: Profile.DRIVE,
}
REFERENCE = {
    Profile.WALK: TransportMode.FOOT,
    Profile.CYCLE: TransportMode.BICYCLE,
    Profile.DRIVE: TransportMode.CAR,
}
"""The mode whose policy speed a profile's seconds are made for."""

_DRIVEN = {
    Kind.LIVING_STREET: "living_street",
    Kind.SERVICE: "service",
    Kind.TRACK: "track",
    Kind.RESIDENTIAL: "residential",
    Kind.UNCLASSIFIED: "unclassified",
    Kind.TERTIARY: "tertiary",
    Kind.SECONDARY: "secondary",
    Kind.PRIMARY: "primary",
    Kind.TRUNK: "trunk",
    Kind.MOTORWAY: "motorway",
}


def reference_m_s(travel: Travel) -> FloatArray:
    """(3,) the reference speed of each profile."""
    return np.array([travel.speed_m_s[REFERENCE[profile]] for profile in PROFILES])


def seconds_per_metre(profile: Profile, streets: Streets, travel: Travel) -> FloatArray:
    """(256,) by kind, at the profile's reference speed; ``inf`` where the profile may not go."""
    speed_m_s = travel.speed_m_s[REFERENCE[profile]]
    table = np.full(256, np.inf)
    if profile is Profile.DRIVE:
        for kind, name in _DRIVEN.items():
            table[kind] = 1 / getattr(streets.drive_m_s, name)
        return table
    for kind in Kind:
        table[kind] = 1 / speed_m_s
    if profile is Profile.WALK:
        table[Kind.STEPS] = streets.stairs_slope_factor / streets.stairs_m_s
        table[Kind.ELEVATOR] = 1 / streets.elevator_m_s
    else:
        table[Kind.PUSH] = 1 / streets.push_m_s
        for kind in (Kind.TRACK, Kind.PATH):
            table[kind] = 1 / (speed_m_s * streets.cycle_track_factor)
        table[[Kind.STEPS, Kind.ELEVATOR]] = np.inf
    return table
