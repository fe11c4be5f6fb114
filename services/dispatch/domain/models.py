"""The incident, its alerts and its orders, as dispatch holds them while it works on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.contracts.words import (
    AlertState,
    Gate,
    IncidentState,
    OrderState,
    Task,
    Tier,
    UnitKind,
)


@dataclass(slots=True)
class Incident:
    """One patient in one place; its row in the database is the lock of all that belongs to it."""

    id: str
    version: int
    state: IncidentState
    shard: int
    opened_at: datetime
    closed_at: datetime | None
    latitude: float
    longitude: float
    details: dict[str, Any]
    conscious: bool | None
    breathing_normally: bool | None
    gates: frozenset[Gate]
    bystander_cpr: bool
    not_an_arrest: bool
    widened: int
    call_off_until: datetime | None
    hold_until: datetime | None
    merged_into: str | None
    state_before_merge: IncidentState | None
    closed_because: str | None
    last_sequence: int
    last_plan: int
    target_missed: bool = False
    """Whether the newest plan misses a target."""

    @property
    def ended(self) -> bool:
        """Whether nothing can happen in it any more."""
        return self.state in {IncidentState.CLOSED, IncidentState.MERGED}

    @property
    def floor(self) -> int | None:
        """The patient's floor; 0 is the ground floor, None unknown."""
        floor = self.details.get("floor")
        return floor if isinstance(floor, int) else None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Incident:
        """From a row of the table ``incidents``."""
        values = {name: row[name] for name in cls.__slots__}
        values["state"] = IncidentState(row["state"])
        before = row["state_before_merge"]
        values["state_before_merge"] = None if before is None else IncidentState(before)
        values["gates"] = frozenset(Gate(gate) for gate in row["gates"])
        return cls(**values)


@dataclass(slots=True)
class Alert:
    """One rescuer asked to do one task in one incident."""

    id: str
    incident_id: str
    origin_incident_id: str
    rescuer_id: str
    task: Task
    aed_id: str | None
    state: AlertState
    sequence: int
    sent_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    moved_at: datetime | None
    stalled_at: datetime | None
    collected_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    eta_s: float | None
    choice: dict[str, Any]
    message_id: str
    local_hour: int | None
    """On the rescuer's clock, when they were asked; None for alerts from before it was kept."""
    latitude: float | None
    longitude: float | None
    located_at: datetime | None
    channels: list[dict[str, Any]] = field(default_factory=list)
    """What each channel has made of its messages (``channels.heard``)."""

    @property
    def active(self) -> bool:
        """Whether the rescuer may still be on the way to, or with, the patient."""
        return self.ended_at is None

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self.active and self.state in {
            AlertState.SENT,
            AlertState.DELIVERED,
            AlertState.SEEN,
        }

    @property
    def accepted(self) -> bool:
        """Whether the rescuer has said yes, and the task goes on."""
        return self.active and self.state in {
            AlertState.ACCEPTED,
            AlertState.AED_COLLECTED,
            AlertState.ARRIVED,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Alert:
        """From a row of the table ``alerts``."""
        values = {name: row[name] for name in cls.__slots__}
        values["task"] = Task(row["task"])
        values["state"] = AlertState(row["state"])
        return cls(**values)


@dataclass(slots=True)
class Order:
    """One unit sent to one incident."""

    id: str
    incident_id: str
    origin_incident_id: str
    unit_id: str
    station_id: str
    kind: UnitKind
    tier: Tier
    state: OrderState
    sequence: int
    notified_at: datetime
    acknowledge_by: datetime
    state_at: datetime
    ended_at: datetime | None
    eta_s: float | None

    @property
    def active(self) -> bool:
        """Whether the unit is still bound to the incident."""
        return self.ended_at is None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Order:
        """From a row of the table ``orders``."""
        values = {name: row[name] for name in cls.__slots__}
        values["kind"] = UnitKind(row["kind"])
        values["tier"] = Tier(row["tier"])
        values["state"] = OrderState(row["state"])
        return cls(**values)
