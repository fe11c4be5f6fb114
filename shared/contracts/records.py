"""The values that flow through Kafka: one model for each kind of record, version 1.

A record carries nothing that a reader must not know: no name, phone number, patient address or
cabinet code. Readers ignore fields that they do not know, so that a newer producer may add some;
a change of meaning is a new version. Times are aware UTC, places WGS-84 degrees, idle places of
people H3 resolution-10 cells.
"""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.words import (
    AedAccess,
    AedState,
    DeliveryState,
    MessageKind,
    OrderState,
    PlaceKind,
    RescuerState,
    Task,
    Tier,
    TimelineEvent,
    TransportMode,
    UnitKind,
    UnitState,
)


class Record(BaseModel):
    """Base of all values on topics."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AedRecord(Record):
    """An AED as the decision needs it."""

    id: str
    version: int
    name: str
    latitude: float
    longitude: float
    floor: int | None = Field(default=None, description="0 is the ground floor; None unknown")
    placement: str | None = Field(default=None, description="Where in the building it hangs")
    opening_hours: str | None = Field(
        default=None, description="OSM opening_hours; None means unknown, not closed and not open"
    )
    time_zone: str = Field(description="IANA name, in which the hours are meant")
    country: str | None = Field(default=None, description="ISO 3166 code, for public holidays")
    access: AedAccess = AedAccess.UNKNOWN
    code_required: bool = False
    code_known: bool = Field(default=False, description="Whether the registry holds the code")
    state: AedState = AedState.UNKNOWN
    pads_expire_on: date | None = None
    battery_expires_on: date | None = None
    last_checked_at: AwareDatetime | None = None
    child_pads: bool | None = None
    synthetic: bool = Field(default=False, description="Made up for a scenario")


class UsualPlace(Record):
    """Where a rescuer usually is at certain hours."""

    kind: PlaceKind
    cell: str = Field(description="H3 cell, resolution 10")
    hours: str = Field(default="24/7", description="OSM opening_hours in the rescuer's time zone")


class RescuerRecord(Record):
    """A rescuer as the decision needs it; no name, no phone number."""

    id: str
    version: int
    state: RescuerState
    credential_expires_on: date | None = Field(
        default=None, description="Last valid day; None means no credential, so never alerted"
    )
    skills: tuple[str, ...] = ()
    available: bool = True
    quiet_hours: str | None = Field(default=None, description="OSM opening_hours; open = quiet")
    time_zone: str
    transport_mode: TransportMode = TransportMode.FOOT
    places: tuple[UsualPlace, ...] = ()
    alerts_consent: bool = True
    location_consent: bool = False
    synthetic: bool = False


class PositionRecord(Record):
    """A rescuer's coarsened position, as it comes in."""

    rescuer_id: str
    cell: str = Field(description="H3 cell, resolution 10")
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class PresenceRecord(Record):
    """Where a rescuer is now: a cell, only when it changes."""

    rescuer_id: str
    cell: str = Field(description="H3 cell, resolution 10")
    recorded_at: AwareDatetime


class StationRecord(Record):
    """A station of one of the tiers."""

    id: str
    version: int
    name: str
    tier: Tier
    latitude: float
    longitude: float
    opening_hours: str | None = None
    time_zone: str
    country: str | None = None
    hospital: bool = Field(default=False, description="Whether it takes patients in")
    synthetic: bool = False


class UnitRecord(Record):
    """A unit and its present state."""

    id: str
    version: int
    station_id: str
    kind: UnitKind
    mode: TransportMode
    state: UnitState
    state_at: AwareDatetime
    incident_id: str | None = None
    latitude: float = Field(description="Where it is, or its station when it has told nothing")
    longitude: float
    capabilities: tuple[str, ...] = Field(default=(), description="als, bls, aed, ...")
    synthetic: bool = False


class CircleBand(Record):
    """The cells first reached within a minute band."""

    within_s: int
    cells: tuple[str, ...] = Field(description="H3 cells, resolution 9")


class ModeCircle(Record):
    """What a station's units of one kind and mode reach."""

    kind: UnitKind
    mode: TransportMode
    turnout_s: float
    bands: tuple[CircleBand, ...]


class CircleRecord(Record):
    """What a station reaches within ten minutes, minute by minute: its widest, and all of them."""

    station_id: str
    version: int
    tier: Tier
    mode: TransportMode
    basis: str = Field(description="h3-grid or streets: what the times were computed on")
    turnout_s: float
    bands: tuple[CircleBand, ...]
    streets: str | None = Field(
        default=None,
        exclude_if=lambda version: version is None,
        description="Version of the street graph; absent on the grid",
    )
    modes: tuple[ModeCircle, ...] = Field(
        default=(),
        exclude_if=lambda modes: not modes,
        description="One for each kind and mode of its units, the widest (which is also in mode, "
        "turnout_s and bands) first; absent in records of older producers",
    )


class IncidentRecord(Record):
    """Something that happened in an incident; no address in it."""

    incident_id: str
    sequence: int = Field(description="Counts up within the incident, from 1, without gaps")
    event: TimelineEvent
    at: AwareDatetime
    by: str = Field(description="Who did it: dispatcher:…, rescuer:…, unit:…, system")
    shard: int
    detail: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


class AlertRecord(Record):
    """A message to a rescuer; it wakes the app, which fetches what it may see."""

    message_id: str
    alert_id: str
    incident_id: str
    rescuer_id: str
    kind: MessageKind
    sequence: int = Field(description="Counts up per incident and rescuer; an older one is void")
    task: Task | None = None
    sent_at: AwareDatetime
    expires_at: AwareDatetime
    shard: int


class OrderRecord(Record):
    """An order to a unit, or a step of it."""

    order_id: str
    incident_id: str
    unit_id: str
    state: OrderState
    sequence: int
    at: AwareDatetime
    latitude: float | None = Field(default=None, description="Where the unit is at this step")
    longitude: float | None = None
    shard: int


class DeliveryRecord(Record):
    """What became of a message on a channel."""

    message_id: str
    alert_id: str
    incident_id: str
    rescuer_id: str
    channel: str
    state: DeliveryState
    at: AwareDatetime
    shard: int
    reason: str | None = None
