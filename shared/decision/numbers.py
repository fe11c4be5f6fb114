"""The policy's numbers and a question's, as records that compiled code takes in one argument."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode
from shared.decision.model import Reason
from shared.decision.policy import Policy

Record = npt.NDArray[Any]
"""A structured array with one element."""

MODES = tuple(TransportMode)
MODE_CODES = {mode: code for code, mode in enumerate(MODES)}
REASONS = tuple(Reason)
REASON_CODES = {reason: code for code, reason in enumerate(REASONS)}

QUESTION = np.dtype(
    [
        (name, "f8")
        for name in (
            "latitude",
            "longitude",
            "now",  # seconds since 1970
            "elapsed_s",  # since the call
            "end_s",  # of the horizon, from the call
            "ambulance_s",  # median, from now; inf: none
            "up_s",  # between the door and the patient
            "p_works",  # P(the channel works)
        )
    ]
    + [("room", "i8"), ("floor", "i8")],  # how many may, and must, be asked in addition
    align=True,
)
"""What is asked of the compiled search and assignment."""

_FIELDS = {
    "reach_m": "reach.rescuer_m",
    "aed_reach_m": "reach.aed_m",
    "enough": "reach.enough",
    "aeds": "reach.aeds",
    "aeds_per_rescuer": "reach.aeds_per_rescuer",
    "live_fresh_s": "places.live_fresh_s",
    "live_max_age_s": "places.live_max_age_s",
    "live_half_life_s": "places.live_half_life_s",
    "p_live_fresh": "places.p_live_fresh",
    "p_live": "places.p_live",
    "p_home": "places.p_home",
    "p_work": "places.p_work",
    "p_other": "places.p_other",
    "delivery_s": "response.delivery_s",
    "answer_s": "response.answer_s",
    "turnout_spread": "response.turnout_spread",
    "p_arrive": "response.p_arrive",
    "history_weight": "response.history_weight",
    "history_shared": "response.history_shared",
    "arrival_weight": "response.arrival_weight",
    "day_turnout_s": "response.day.turnout_median_s",
    "night_turnout_s": "response.night.turnout_median_s",
    "day_p_accept": "response.day.p_accept",
    "night_p_accept": "response.night.p_accept",
    "day_p_channel": "response.day.p_channel",
    "night_p_channel": "response.night.p_channel",
    "day_factor": "response.day.p_accept_factor",
    "night_factor": "response.night.p_accept_factor",
    "per_floor_s": "travel.per_floor_s",
    "floors_max_s": "travel.floors_max_s",
    "unknown_floor_s": "travel.unknown_floor_s",
    "pick_up_s": "aed.pick_up_s",
    "apply_s": "aed.apply_s",
    "late_s": "aed.late_s",
    "p_usable_min": "aed.p_usable_min",
    "p_open": "aed.p_open",
    "p_hours_unknown": "aed.p_hours_unknown",
    "p_in_service": "aed.p_in_service",
    "p_state_unknown": "aed.p_state_unknown",
    "p_pads_expired": "aed.p_pads_expired",
    "p_battery_expired": "aed.p_battery_expired",
    "failures_per_year": "aed.failures_per_year",
    "p_checked_long_ago": "aed.p_checked_long_ago",
    "p_not_checked": "aed.p_not_checked",
    "p_public": "aed.p_access_public",
    "p_staff": "aed.p_access_staff",
    "p_private": "aed.p_access_private",
    "p_access_unknown": "aed.p_access_unknown",
    "p_code_known": "aed.p_code_known",
    "p_code_unknown": "aed.p_code_unknown",
    "target_p_cpr": "target.p_cpr",
    "target_p_shock": "target.p_shock",
    "target_cpr_s": "target.cpr_within_s",
    "target_shock_s": "target.shock_within_s",
    "tolerance": "target.tolerance",
    "time_tolerance_s": "target.time_tolerance_s",
}
"""Name in the record → place in the policy."""

NUMBERS = np.dtype([(name, "f8") for name in _FIELDS], align=True)


class PolicyNumbers:
    """A policy as compiled code reads it."""

    __slots__ = ("factor", "policy", "record", "speed_m_s")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.record: Record = np.zeros(1, dtype=NUMBERS)
        for name, place in _FIELDS.items():
            value: Any = policy
            for part in place.split("."):
                value = getattr(value, part)
            self.record[name] = float(value)
        travel = policy.travel
        self.speed_m_s = np.array([travel.speed_m_s[mode] for mode in MODES])
        """(modes,) on the move."""
        self.factor = np.array([travel.route_factor[mode] for mode in MODES])
        """(modes,) way ÷ straight line, where there are no streets."""


_KEPT = 8
_recent: list[PolicyNumbers] = []


def numbers_of(policy: Policy) -> PolicyNumbers:
    """The numbers of a policy; those of the last few policies are kept."""
    for numbers in _recent:
        if numbers.policy is policy:
            return numbers
    numbers = PolicyNumbers(policy)
    _recent.insert(0, numbers)
    del _recent[_KEPT:]
    return numbers
