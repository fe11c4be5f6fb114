"""What a simulation assumes beyond the policy file, each with its source or the word "assumed"."""

from __future__ import annotations

from dataclasses import asdict, dataclass

HOUR_BLOCKS = (1.0, 2.02, 2.01, 1.73)
"""Odds of an arrest in 00-06, 06-12, 12-18 and 18-24 h against the first (Resuscitation Outcomes
Consortium, n = 9,667; 10.1016/j.resuscitation.2009.10.021)."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Numbers of the world that no policy holds."""

    arrests_per_100k: float = 97.0
    at_home: float = 0.7685
    bystander_cpr: float = 0.045
    shockable: float = 0.0543
    top_floor: int = 6
    other_calls_per_1000: float = 13.0
    rescuers_per_100k: float = 1_301.0
    decline_share: float = 0.5
    answer_spread: float = 0.5
    withdraw_share: float = 0.5
    acknowledge_within_s: float = 60.0
    plan_gap_s: float = 5.0
    on_scene_spread: float = 0.4
    team_stays_s: float = 600.0
    missing_s: float = 86_400.0
    aed_state_days: float = 30.0
    horizon_s: float = 3_600.0
    redundant_from: int = 4


DEFAULT = Assumptions()

SOURCES = {
    "arrests_per_100k": "incidence per 100,000 a year, China (background knowledge, DOMAIN §3)",
    "at_home": "BASIC-OHCA, 2023",
    "bystander_cpr": "BASIC-OHCA, 2023; CPR counts from the call",
    "shockable": "BASIC-OHCA, 2023; only told, survival curves are not weighted by it",
    "top_floor": "assumed: homes from the ground floor to the sixth, public places on the ground",
    "other_calls_per_1000": "assumed: calls that take an ambulance, per 1,000 people a year",
    "rescuers_per_100k": "Sanming 2023; gives the population where none is named",
    "decline_share": "assumed: of those who do not accept, the others never answer",
    "answer_spread": "assumed: of the logarithm of the time to answer",
    "withdraw_share": "assumed: of those who accept and do not come, the others never move",
    "acknowledge_within_s": "dispatch's default, after which a unit is replaced",
    "plan_gap_s": "assumed: an incident is planned anew this long after its last plan at the "
    "earliest; dispatch plans at once, for every answer",
    "on_scene_spread": "assumed: of the logarithm of times on scene and at hospital",
    "team_stays_s": "assumed: a health-centre team's time with the patient",
    "missing_s": "dispatch: an AED not found, or used, is passed over for a day",
    "aed_state_days": "assumed: a device that fails stays so until the end of such a period",
    "horizon_s": "times later than this count as this",
    "redundant_from": "rescuers at the patient from this number on; benefit is seen up to three "
    "(Gregers, JACC 2023)",
}
"""Where each number comes from, by its name."""


def told(assumptions: Assumptions) -> list[dict[str, object]]:
    """Each number with its source, for reports."""
    values = asdict(assumptions)
    return [{"name": n, "value": v, "source": SOURCES[n]} for n, v in values.items()]


@dataclass(frozen=True, slots=True)
class Twist:
    """How the world differs from what the policy file believes; 1 is not at all."""

    acceptance: float = 1.0
    """Factor on P(accept), at most 1."""
    correlation: float = 1.0
    """Factor on P(the channel fails), which many share; the mean acceptance stays."""
    density: float = 1.0
    """Factor on the number of rescuers, from 0 to 2."""
    hours: float = 1.0
    """Below 1: that share of the AEDs that are open around the clock stays so, the others close at
    night; above 1: limited hours end for the share (hours - 1) of those that have them."""

    def __post_init__(self) -> None:
        for name in ("acceptance", "correlation", "density", "hours"):
            value = getattr(self, name)
            if not 0 <= value <= 2:
                raise ValueError(f"{name}: {value} is not from 0 to 2")


NIGHT_CLOSED = "Mo-Su 08:00-20:00"
"""Hours of a device that is closed at night in a world with fewer hours."""
