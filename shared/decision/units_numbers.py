"""A policy's numbers about units, as arrays; those of the last few policies are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode, UnitKind
from shared.decision.policy import Policy
from shared.decision.routing import GridRouter

FloatArray = npt.NDArray[np.float64]

MODES = tuple(TransportMode)
_BY_MOTOR = frozenset({TransportMode.CAR, TransportMode.MOTORCYCLE})

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


def unit_speed_m_s(mode: TransportMode, policy: Policy) -> float:
    """How fast a unit moves: a car with lights, anything else as everybody does."""
    if mode is TransportMode.CAR:
        return policy.units.emergency_car_m_s
    return policy.travel.speed_m_s[mode]


class UnitNumbers:
    """What searches and ways of units need of a policy."""

    __slots__ = ("factor", "grid", "policy", "speed_m_s", "template")

    def __init__(self, policy: Policy) -> None:
        units, busy = policy.units, policy.units.busy
        factors = dict(policy.travel.route_factor)
        factors[TransportMode.CAR] = units.car_route_factor
        self.policy = policy
        self.grid = GridRouter(factors)
        self.speed_m_s: FloatArray = np.array([unit_speed_m_s(mode, policy) for mode in MODES])
        """(modes,) metres per second on the move."""
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

    def question(
        self, place: tuple[float, float, float], now_s: float, up_s: float, *, streets: bool
    ) -> FloatArray:
        """(SIZE,) the numbers of one search: the patient on the unit sphere, the time, the floor.

        The bound on the grid is the time itself: the line times the factor. On streets no way is
        shorter than the line between the nodes to which both ends are moved, and nobody is faster
        than ``units.fastest_m_s`` (without a motor: than the mode's own speed, or a lift's).
        """
        know = self.template.copy()
        know[:UP_S] = (*place, now_s)
        know[UP_S] = up_s
        if streets:
            numbers = self.policy.streets
            carried_m_s = max(numbers.push_m_s, numbers.elevator_m_s)
            know[SLACK_M] = 2 * numbers.snap_max_m
            know[PACE:LEFT_S] = [
                1 / self.policy.units.fastest_m_s
                if mode in _BY_MOTOR
                else 1 / max(self.policy.travel.speed_m_s[mode], carried_m_s)
                for mode in MODES
            ]
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
