"""The sections of a policy: every number with its bounds; units and sources stand in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.words import Gate, TransportMode

Probability = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=7_200)]
Metres = Annotated[float, Field(gt=0, le=200_000)]
Speed = Annotated[float, Field(ge=0.1, le=60)]
Factor = Annotated[float, Field(ge=1, le=5)]
Count = Annotated[int, Field(ge=0, le=1_000)]
Hour = Annotated[int, Field(ge=0, le=23)]


class Section(BaseModel):
    """Nothing unknown, nothing changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(Section):
    """What a plan aims at; times are from the call."""

    cpr_within_s: Seconds
    p_cpr: Probability
    shock_within_s: Seconds
    p_shock: Probability
    floor: Count
    """Rescuers alerted at least, where there are that many."""
    max_alerts: Count
    """Rescuers asked and not out of it at the same time, at most."""
    tolerance: Probability
    """Probabilities closer than this count as equal."""
    time_tolerance_s: Seconds


class Activation(Section):
    """When volunteers are alerted, and how long they may take."""

    gates: tuple[Gate, ...]
    p_arrest_min: Probability
    hold_s: Annotated[float, Field(ge=0, le=10)]
    call_off_s: Annotated[float, Field(ge=0, le=10)]
    answer_within_s: Annotated[float, Field(ge=5, le=600)]
    """An alert without an answer counts as timed out after this."""
    no_movement_s: Annotated[float, Field(ge=10, le=1_200)]
    """An accepted rescuer who has not moved for so long is replaced."""
    expires_s: Annotated[float, Field(ge=60, le=7_200)]
    """A message to a rescuer is void after this."""


class Reach(Section):
    """How far and for how many to look; straight-line metres from the patient."""

    rescuer_m: Metres
    aed_m: Metres
    unit_m: Metres
    enough: Count
    """The rings end where so many rescuers can be asked."""
    aeds: Count
    """Nearest usable AEDs considered."""
    aeds_per_rescuer: Count


class WherePeopleAre(Section):
    """Belief in the place of a rescuer."""

    live_fresh_s: Seconds
    live_max_age_s: Annotated[float, Field(ge=0, le=86_400)]
    live_half_life_s: Annotated[float, Field(ge=1, le=86_400)]
    """Beyond ``live_fresh_s`` the belief in a live place falls halfway to ``p_live`` in so long."""
    p_live_fresh: Probability
    p_live: Probability
    """What the belief in a live place falls to."""
    p_home: Probability
    p_work: Probability
    p_other: Probability

    @model_validator(mode="after")
    def _falls(self) -> WherePeopleAre:
        if self.p_live > self.p_live_fresh:
            raise ValueError("p_live: a place grows no surer with age; at most p_live_fresh")
        return self


class Period(Section):
    """How rescuers answer at those hours (of their own time zone)."""

    from_hour: Hour
    turnout_median_s: Annotated[float, Field(gt=0, le=1_800)]
    p_accept: Probability
    p_channel: Annotated[float, Field(gt=0, le=1)]
    """P(the channel works), which many share."""
    p_accept_factor: Probability
    """What is left of acceptance when it does not."""


class Response(Section):
    """From the alert to the patient."""

    delivery_s: Seconds
    answer_s: Seconds
    turnout_spread: Annotated[float, Field(gt=0, le=3)]
    """Standard deviation of the logarithm of the turnout."""
    p_arrive: Probability
    p_arrive_moving: Probability
    """Of those who accepted and are seen to move."""
    moving_spread: Annotated[float, Field(gt=0, le=3)]
    """Standard deviation of the logarithm of what is left of the way of those who move."""
    history_days: Annotated[int, Field(ge=1, le=3_660)]
    """Own alerts so far back count."""
    history_weight: Annotated[float, Field(gt=0, le=1_000)]
    """The expected acceptance is worth so many of a rescuer's own alerts."""
    history_shared: Probability
    """Correlation between how a person answers by day and by night."""
    arrival_weight: Annotated[float, Field(gt=0, le=1_000)]
    """The expected share of arrivals is worth so many of a rescuer's own accepted tasks."""
    day: Period
    night: Period


class Travel(Section):
    """Speeds on the move (turnout is apart) and the way's length against the straight line."""

    speed_m_s: Mapping[TransportMode, Speed]
    route_factor: Mapping[TransportMode, Factor]
    per_floor_s: Seconds
    floors_max_s: Seconds
    unknown_floor_s: Seconds

    @model_validator(mode="after")
    def _every_mode(self) -> Travel:
        for name in ("speed_m_s", "route_factor"):
            missing = sorted(set(TransportMode) - set(getattr(self, name)))
            if missing:
                raise ValueError(f"{name}: add {', '.join(missing)}")
        return self


class DriveSpeeds(Section):
    """Mean speeds of a car by road class, for a mode whose speed is ``travel.speed_m_s.car``."""

    living_street: Speed
    service: Speed
    track: Speed
    residential: Speed
    unclassified: Speed
    tertiary: Speed
    secondary: Speed
    primary: Speed
    trunk: Speed
    motorway: Speed


class Streets(Section):
    """The street network: how fast its kinds of ways are, and how far to look."""

    within_s: Annotated[float, Field(ge=60, le=7_200)]
    """Rescuers, AEDs and the patient: longer ways count as none; for the fastest mode of a kind."""
    units_within_s: Annotated[float, Field(ge=60, le=7_200)]
    """Units are looked for so far first."""
    units_enough: Annotated[int, Field(ge=1, le=100)]
    """Where fewer units are found so near, the search goes on."""
    units_far_s: Annotated[float, Field(ge=60, le=9_000)]
    """No unit is looked for farther than this."""
    snap_max_m: Annotated[float, Field(ge=1, le=2_000)]
    """Places farther than this from every street of their mode have no way."""
    stairs_m_s: Speed
    """On foot along the slope."""
    stairs_slope_factor: Factor
    """Length along the slope ÷ length along the map."""
    elevator_m_s: Speed
    push_m_s: Speed
    """A bicycle that is pushed on foot."""
    cycle_track_factor: Annotated[float, Field(gt=0, le=1)]
    """Share of its speed that a bicycle keeps on a track or path."""
    drive_m_s: DriveSpeeds


class AedDoubts(Section):
    """Probability factors of an AED: open · working · code; multiplied."""

    pick_up_s: Seconds
    apply_s: Seconds
    """From the patient's side to the first shock."""
    late_s: Seconds
    """An AED may come so much after the ambulance's median, whose estimate may be wrong."""
    p_usable_min: Probability
    """Below this nobody is sent for it; the least factor is the reason."""
    p_open: Probability
    p_hours_unknown: Probability
    p_in_service: Probability
    p_state_unknown: Probability
    p_pads_expired: Probability
    p_battery_expired: Probability
    checked_within_days: Count
    """An older check is told as a doubt."""
    p_not_checked: Probability
    """Where no check is known."""
    failures_per_year: Annotated[float, Field(ge=0, le=10)]
    """Failures that a check would have found; exp(−rate · years) is left since the last one."""
    p_checked_long_ago: Probability
    """What that falls to at most."""
    p_access_public: Probability
    p_access_staff: Probability
    p_access_private: Probability
    p_access_unknown: Probability
    p_code_known: Probability
    p_code_unknown: Probability


class Fatigue(Section):
    """How often a rescuer may be alerted."""

    window_days: Annotated[int, Field(ge=1, le=366)]
    max_alerts: Count


class Guide(Section):
    """Somebody at the door who brings the crew up."""

    enabled: bool
    from_floor: Count
    """From this floor up (or as many down)."""
    after_rescuers: Count
    before_ambulance_s: Seconds
    """The guide must be there at least so long before the ambulance."""


class StandDowns(Section):
    """When those who were asked are let go."""

    enough_accepted: Count
    """Unanswered alerts are withdrawn when so many accepted and the targets hold without them."""
    slower_by_s: Seconds
    """Whoever would be so much later than the ambulance, with no AED, is let go."""
    again_after_s: Seconds
    """Who was let go may be asked again after so long, or when somebody has dropped out since."""


class Circle(Section):
    """The ten-minute circle."""

    within_s: Annotated[float, Field(ge=60, le=3_600)]
    band_s: Annotated[float, Field(ge=10, le=600)]
    mode: TransportMode


class Explain(Section):
    """How much a plan tells of those who are barred (whoever was weighed is told in full)."""

    per_reason: Annotated[int, Field(ge=0, le=1_000_000)]


class Bystander(Section):
    """CPR by those who are there."""

    p_cpr_kept_up: Probability
