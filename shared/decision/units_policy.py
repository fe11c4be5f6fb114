"""The policy's numbers about units: their times, the second ambulance, and where to stand idle."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.decision.policy_sections import Count, Factor, Probability, Seconds, Section, Speed


class BusyUnits(Section):
    """How long a unit that is with another patient stays so, by what it is doing."""

    on_scene_s: Annotated[float, Field(gt=0, le=14_400)]
    transporting_s: Annotated[float, Field(gt=0, le=14_400)]
    at_hospital_s: Annotated[float, Field(gt=0, le=14_400)]
    p_transport: Probability
    """Of the units on scene, those that will take the patient to a hospital."""
    overdue_share: Annotated[float, Field(gt=0, le=1)]
    """Share of the expected time that is still expected of a unit that is overdue."""


class SecondAmbulance(Section):
    """When a likely arrest gets a second ambulance."""

    rule: Literal["never", "arrest", "late"]
    """``arrest``: always; ``late``: when the first is late, or brings basic life support only while
    advanced life support is near."""
    p_arrest_min: Probability
    within_s: Seconds
    """One that would take longer is not sent."""
    keep_free: Count
    """So many other ambulances must stay free within that time."""
    late_s: Seconds
    als_within_s: Seconds


class Units(Section):
    """Ambulances and health-centre teams."""

    order_s: Seconds
    ambulance_turnout_s: Seconds
    health_team_turnout_s: Seconds
    turnout_spread: Annotated[float, Field(gt=0, le=3)]
    emergency_car_m_s: Speed
    car_route_factor: Factor
    p_arrive: Probability
    ambulances: Annotated[int, Field(ge=1, le=5)]
    health_team_within_s: Seconds
    aed_apply_s: Seconds
    """From the unit at the patient to the first shock."""
    returning_turnout_s: Seconds
    """Of a crew that is on the road already."""
    considered: Annotated[int, Field(ge=1, le=1_000)]
    """So many that are free, and so many that are busy, are routed at once; more where needed."""
    als_slower_by_s: Seconds
    """For a likely arrest, advanced life support may be so much later than the nearest."""
    busy: BusyUnits
    second_ambulance: SecondAmbulance


class RelocationAdvice(Section):
    """Where idle ambulances would cover more (DMEXCLP); a suggestion only."""

    within_s: Seconds
    """A place is covered when order, turnout and way take no longer."""
    busy_fraction: Annotated[float, Field(ge=0, lt=1)]
    """Share of the time that an ambulance is not to be had."""
    gain_min: Probability
    """Least gain of a move, as a share of all demand."""
    travel_max_s: Seconds
    """Longest way to the new base, without lights."""
    moves_max: Annotated[int, Field(ge=0, le=100)]
