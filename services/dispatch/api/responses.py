"""What dispatch answers over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.dispatch.api.requests import Details
from services.dispatch.domain.steps import RescuerStep
from shared.contracts.words import (
    AlertState,
    Gate,
    IncidentState,
    OrderState,
    Task,
    Tier,
    TimelineEvent,
    UnitKind,
)
from shared.geometry.place import Place


class Out(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class LinkOut(Out):
    """Another open incident that may be the same patient."""

    incident_id: str
    distance_m: float
    decision: str | None


class ChannelOut(Out):
    """What a channel has made of an alert's messages."""

    channel: str
    sent_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    seen_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = Field(
        default=None, description="When it was given up; another channel may have it"
    )
    reason: str | None = Field(default=None, description="Why it was given up")


class AlertOut(Out):
    """A rescuer in an incident, as a dispatcher sees it."""

    id: str
    rescuer_id: str
    task: Task
    aed_id: str | None
    state: AlertState
    sent_at: AwareDatetime
    answer_by: AwareDatetime
    answered_at: AwareDatetime | None
    moved_at: AwareDatetime | None
    collected_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    eta_s: float | None
    choice: dict[str, Any] = Field(
        description="Why and with what odds the plan that asked chose them; empty for old alerts"
    )
    place: Place | None = Field(description="Only during the accepted task; the read is audited")
    channels: list[ChannelOut] = Field(
        description="By which channels it went out, in their order, and how far each has come"
    )


class OrderOut(Out):
    """A unit in an incident."""

    id: str
    incident_id: str
    unit_id: str
    station_id: str
    kind: UnitKind
    tier: Tier
    state: OrderState
    notified_at: AwareDatetime
    acknowledge_by: AwareDatetime
    state_at: AwareDatetime
    ended_at: AwareDatetime | None
    eta_s: float | None


class OrderForCrew(OrderOut):
    """An order with what its crew needs to find the patient, while the order lasts."""

    place: Place | None
    details: Details | None


class IncidentSummary(Out):
    """An incident in the queue."""

    id: str
    version: int
    state: IncidentState
    shard: int
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    place: Place
    arrest_likelihood: float
    gates: list[Gate]
    bystander_cpr: bool
    not_an_arrest: bool
    call_off_until: AwareDatetime | None
    merged_into: str | None
    closed_because: str | None


class InQueue(IncidentSummary):
    """An incident in the queue with how far it is, so that a row needs no second request."""

    address: str | None
    building: str | None
    floor: int | None
    hold_until: AwareDatetime | None = Field(
        description="Until then nobody is sent: it may be another call's patient"
    )
    target_missed: bool
    same_patient: bool = Field(description="Whether another incident is offered as this one's")
    asked: int = Field(description="Rescuers who were asked or have accepted, and are still on")
    accepted: int = Field(description="Those of them who have accepted")
    arrived: int = Field(description="Those of them who are with the patient")
    with_aed: int = Field(description="Those of them who have an AED in their hands")
    units: int = Field(description="Units that are on the way or there")
    unacknowledged: int = Field(description="Orders that no crew has acknowledged yet")
    unit_there: bool = Field(description="Whether an ambulance has reached the scene")
    acknowledge_by: AwareDatetime | None = Field(
        description="When the first of the orders is replaced that nobody has acknowledged"
    )
    next_eta_at: AwareDatetime | None = Field(
        description="When the first of all who come is expected, from when they were sent"
    )


class AttentionOut(Out):
    """Who has an incident open, and who holds it."""

    incident_id: str
    seen_at: AwareDatetime | None = Field(description="When a dispatcher opened it first")
    seen_by: str | None
    holder: str | None = Field(description="As in the timeline: dispatcher:alice")
    held_since: AwareDatetime | None
    viewers: list[str]


class AllAttention(Out):
    """Every incident not ended, with who has it open; an event of the dispatchers' stream."""

    incidents: list[AttentionOut]


class IncidentOut(IncidentSummary):
    """An incident with all that belongs to it."""

    details: Details
    conscious: bool | None
    breathing_normally: bool | None
    widened: int
    alerts: list[AlertOut]
    orders: list[OrderOut]
    same_patient: list[LinkOut]
    notes: list[str]
    calls: int


class CallTaken(Out):
    """A call as it was taken."""

    id: str
    received_at: AwareDatetime
    taken_by: str
    caller_phone: str | None
    place: Place = Field(description="Where this caller said it was")
    accuracy_m: float | None
    seen: str | None


class CallsOut(Out):
    """The calls about an incident, in their order."""

    incident_id: str
    calls: list[CallTaken]


class PlanOut(Out):
    """A plan: who goes, who does not, and why."""

    incident_id: str
    number: int
    made_at: AwareDatetime
    trigger: str
    policy: str
    plan: dict[str, Any]


class CallOut(Out):
    """The answer to a call: it is durable, and this is what follows from it."""

    call_id: str
    incident: IncidentOut
    plan: PlanOut | None


class TimelineEntry(Out):
    """One thing that happened."""

    sequence: int
    event: TimelineEvent
    at: AwareDatetime
    recorded_at: AwareDatetime
    elapsed_s: float = Field(description="Seconds since the call was received")
    by: str
    detail: dict[str, Any]


class TimelineOut(Out):
    """What happened in an incident, in the order of recording."""

    incident_id: str
    call_received_at: AwareDatetime
    entries: list[TimelineEntry]


class AedForTask(Out):
    """The AED to fetch, as far as the rescuer needs it."""

    id: str
    name: str
    place: Place
    floor: int | None
    placement: str | None
    open_until: AwareDatetime | None
    code_required: bool
    code: str | None = Field(description="The cabinet's code, once the task is accepted")


class TaskOut(Out):
    """A rescuer's own task. The patient's place is there only once it is accepted."""

    alert_id: str
    incident_id: str
    task: Task
    state: AlertState
    sent_at: AwareDatetime
    answer_by: AwareDatetime
    ended_at: AwareDatetime | None
    distance_m: float | None
    eta_s: float | None
    others_coming: int
    ambulance_expected_at: AwareDatetime | None
    place: Place | None
    details: Details | None
    aed: AedForTask | None
    next_steps: list[RescuerStep]


class TaskSummary(Out):
    """A rescuer's own task in the list; no place in it."""

    alert_id: str
    incident_id: str
    task: Task
    state: AlertState
    sent_at: AwareDatetime
    answer_by: AwareDatetime
    answered_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class PositionTaken(Out):
    """Whether a position was taken, or ignored as older than the one that is known."""

    taken: bool


class PlaceTaken(Out):
    """A caller's place was taken."""

    taken: bool


class StreamedEntry(Out):
    """A timeline entry on the dispatchers' stream."""

    incident_id: str
    sequence: int
    event: TimelineEvent
    at: AwareDatetime
    by: str
    detail: dict[str, Any]


class LocationLink(Out):
    """A one-time link for the caller's phone."""

    token: str = Field(description="Shown once; it is not kept")
    path: str
    expires_at: AwareDatetime


class CircleOut(Out):
    """The ten-minute circle around the patient: H3 resolution-9 cells by minute."""

    incident_id: str
    basis: str
    bands: list[dict[str, Any]]
