"""A policy's numbers about units, as arrays; those of the last few policies are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode, UnitKind
from shared.decision.policy import Policy
from shared.decision.routing import GridRouter

FloatArray = npt.NDArray[np.float64]

MODES = tuple(TransportMode)
ROUNDED = 0.99
"""Streets count in small whole units of time: so much of a bound is safe."""

# The layout of the numbers that the search takes in one array; the first ones are the question's.
X, Y, Z, NOW_S, UP_S, SLACK_M = range(6)
REACH_M, RETURNING_S, OVERDUE_SHARE = 6, 7, 8
START_S = 9
"""From here by kind: order and turnout."""
PACE = START_S + len(UnitKind)
"""From here by mode: least seconds per straight metre."""
LEFT_S = PACE + len(TransportMode)
"""From here for on scene, transporting, at hospital: how long that takes in all."""
AFTER_S = LEFT_S + 3
"""From here likewise: what comes after it until the unit is free."""
SIZE = AFTER_S + 3


UNIT_RULES = np.dtype(
    [
        (name, "f8")
        for name in (
            "ambulances",
            "rule",
            "within_s",
            "keep_free",
            "late_s",
            "als_within_s",
            "als_slower_by_s",
            "team_within_s",
            "p_arrive",
            "aed_apply_s",
        )
    ],
    align=True,
)
"""The policy's numbers that the choice needs."""
RULES = ("never", "arrest", "late")
"""When a second ambulance is sent, by code."""


def unit_speed_m_s(mode: TransportMode, policy: Policy) -> float:
    """How fast a unit moves: a car with lights, anything else as everybody does."""
    if mode is TransportMode.CAR:
        return policy.units.emergency_car_m_s
    return policy.travel.speed_m_s[mode]


def _fastest(policy: Policy) -> FloatArray:
    """(modes,) how much faster than its own speed a unit may be on some kind of street.

    Streets slow a mode down, or speed it up, in the proportion in which they do so for the mode of
    its kind whose speed they are made for: walking, bicycles, cars.
    """
    streets, speed_m_s = policy.streets, policy.travel.speed_m_s
    foot, bicycle = speed_m_s[TransportMode.FOOT], speed_m_s[TransportMode.BICYCLE]
    driven_m_s = max(speed for _, speed in streets.drive_m_s)
    walked = max(foot, streets.elevator_m_s, streets.stairs_m_s) / foot
    cycled = max(bicycle, streets.push_m_s) / bicycle
    driven = driven_m_s / speed_m_s[TransportMode.CAR]
    by_mode = {
        TransportMode.FOOT: walked,
        TransportMode.BICYCLE: cycled,
        TransportMode.E_BIKE: cycled,
        TransportMode.MOTORCYCLE: driven,
        TransportMode.CAR: driven,
    }
    return np.array([by_mode[mode] for mode in MODES])


class UnitNumbers:
    """What searches and ways of units need of a policy."""

    __slots__ = (
        "factor",
        "fastest_m_s",
        "grid",
        "policy",
        "rules",
        "speed_m_s",
        "streets_template",
        "template",
    )

    def __init__(self, policy: Policy) -> None:
        units, busy = policy.units, policy.units.busy
        factors = dict(policy.travel.route_factor)
        factors[TransportMode.CAR] = units.car_route_factor
        self.policy = policy
        self.grid = GridRouter(factors)
        self.speed_m_s: FloatArray = np.array([unit_speed_m_s(mode, policy) for mode in MODES])
        """(modes,) metres per second on the move."""
        self.fastest_m_s: FloatArray = self.speed_m_s * _fastest(policy)
        """(modes,) metres per second on the fastest kind of street."""
        self.factor: FloatArray = np.array([factors[mode] for mode in MODES])
        """(modes,) way ÷ straight line, where there are no streets."""
        self.template: FloatArray = np.zeros(SIZE)
        """(SIZE,) the numbers of a search on the grid, but for the question's."""
        self.template[REACH_M] = policy.reach.unit_m
        self.template[RETURNING_S] = units.order_s + units.returning_turnout_s
        self.template[OVERDUE_SHARE] = busy.overdue_share
        self.template[START_S:PACE] = (
            units.order_s + units.ambulance_turnout_s,
            units.order_s + units.health_team_turnout_s,
        )
        self.template[PACE:LEFT_S] = self.factor / self.speed_m_s
        self.template[LEFT_S:AFTER_S] = (busy.on_scene_s, busy.transporting_s, busy.at_hospital_s)
        self.template[AFTER_S:] = (
            busy.p_transport * (busy.transporting_s + busy.at_hospital_s),
            busy.at_hospital_s,
            0.0,
        )
        self.streets_template: FloatArray = self.template.copy()
        """(SIZE,) likewise of a search on streets."""
        self.streets_template[SLACK_M] = 2 * policy.streets.snap_max_m
        self.streets_template[PACE:LEFT_S] = ROUNDED / self.fastest_m_s
        second = units.second_ambulance
        self.rules: npt.NDArray[Any] = np.zeros(1, dtype=UNIT_RULES)
        """(1,) the numbers of the choice."""
        self.rules[0] = (
            units.ambulances,
            RULES.index(second.rule),
            second.within_s,
            second.keep_free,
            second.late_s,
            second.als_within_s,
            units.als_slower_by_s,
            units.health_team_within_s,
            units.p_arrive,
            units.aed_apply_s,
        )

    def question(
        self, place: tuple[float, float, float], now_s: float, up_s: float, *, streets: bool
    ) -> FloatArray:
        """(SIZE,) the numbers of one search: the patient on the unit sphere, the time, the floor.

        The bound on the grid is the time itself: the line times the factor. On streets no way is
        shorter than the line between the nodes to which both ends are moved, and nobody is faster
        than on the fastest kind of street.
        """
        know = (self.streets_template if streets else self.template).copy()
        know[:UP_S] = (*place, now_s)
        know[UP_S] = up_s
        return know


_KEPT = 8
_recent: list[UnitNumbers] = []


def unit_numbers_of(policy: Policy) -> UnitNumbers:
    """The numbers of a policy."""
    for numbers in _recent:
        if numbers.policy is policy:
            return numbers
    numbers = UnitNumbers(policy)
    _recent.insert(0, numbers)
    del _recent[_KEPT:]
    return numbers
