"""What goes into a decision and what comes out: plain frozen values, no behaviour.

Times are aware UTC datetimes; every ``…_s`` of a plan counts from :attr:`Plan.made_at` unless its
docstring says "from the call"; distances are metres along the way that the plan's basis names.
Reasons are machine words (:class:`Reason`); screens translate them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.contracts.records import CircleBand
from shared.contracts.words import (
    AlertState,
    Gate,
    OrderState,
    Task,
    Tier,
    TransportMode,
    UnitKind,
)


class Reason(StrEnum):
    """Why somebody or something was chosen, skipped or stood down: the constraint that binds."""

    # chosen
    FASTEST_TO_PATIENT = "fastest_to_patient"
    FETCHES_AED = "fetches_aed"
    HEDGES_AED = "hedges_aed"
    HEDGES_CARRIER = "hedges_carrier"
    RAISES_ODDS = "raises_odds"
    FILLS_FLOOR = "fills_floor"
    GUIDES_CREW = "guides_crew"
    BY_RULE = "by_rule"
    NEAREST_OF_TIER = "nearest_of_tier"
    NEAREST_AMBULANCE = "nearest_ambulance"
    SECOND_AMBULANCE = "second_ambulance"
    ALS_PREFERRED = "als_preferred"
    NEIGHBOUR_NEARER = "neighbour_nearer"
    BEFORE_AMBULANCE = "before_ambulance"
    WITHIN_CIRCLE = "within_circle"
    REPLACES_ORDER = "replaces_order"
    # rescuers skipped
    NOT_VERIFIED = "not_verified"
    SUSPENDED = "suspended"
    NO_CREDENTIAL = "no_credential"
    CREDENTIAL_EXPIRED = "credential_expired"
    NO_CONSENT = "no_consent"
    UNAVAILABLE = "unavailable"
    QUIET_HOURS = "quiet_hours"
    HELD_BY_INCIDENT = "held_by_incident"
    FATIGUE = "fatigue"
    PLACE_UNKNOWN = "place_unknown"
    OUT_OF_REACH = "out_of_reach"
    SLOWER_THAN_AMBULANCE = "slower_than_ambulance"
    NOT_NEEDED = "not_needed"
    ALREADY_ASKED = "already_asked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TIMED_OUT = "timed_out"
    UNDELIVERED = "undelivered"
    NO_MOVEMENT = "no_movement"
    STOOD_DOWN = "stood_down"
    # AEDs skipped
    CLOSED = "closed"
    OUT_OF_SERVICE = "out_of_service"
    MISSING = "missing"
    NO_CODE = "no_code"
    HOURS_UNKNOWN = "hours_unknown"
    STATE_UNKNOWN = "state_unknown"
    ACCESS_DOUBTFUL = "access_doubtful"
    EXPIRED_PADS = "expired_pads"
    EXPIRED_BATTERY = "expired_battery"
    NOT_CHECKED = "not_checked"
    NO_CARRIER_IN_TIME = "no_carrier_in_time"
    # units skipped
    BUSY = "busy"
    OFF_DUTY = "off_duty"
    STATION_CLOSED = "station_closed"
    SLOWER = "slower"
    NO_ALS = "no_als"
    CANCELLED = "cancelled"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    # stood down
    GATE_CLOSED = "gate_closed"
    AMBULANCE_AT_PATIENT = "ambulance_at_patient"
    AED_AT_PATIENT = "aed_at_patient"
    ENOUGH_ACCEPTED = "enough_accepted"
    AED_LOST = "aed_lost"


class PlaceSource(StrEnum):
    """How we know where a rescuer is."""

    LIVE = "live"
    HOME = "home"
    WORK = "work"
    OTHER = "other"
    TASK = "task"
    """The precise position that an accepted task shares."""


class CandidateKind(StrEnum):
    """What a :class:`Skipped` is about."""

    RESCUER = "rescuer"
    AED = "aed"
    UNIT = "unit"


class Closed(StrEnum):
    """Why no volunteer is sent, beyond the call-taker's :class:`~shared.contracts.words.Gate`."""

    CONSCIOUS = "conscious"
    BREATHING = "breathing"
    ARREST_UNLIKELY = "arrest_unlikely"
    AMBULANCE_AT_PATIENT = "ambulance_at_patient"


@dataclass(frozen=True, slots=True)
class Patient:
    """The patient, as the call-taker's answers describe them."""

    latitude: float
    longitude: float
    call_at: datetime
    floor: int | None = None
    """0 is the ground floor, negative is underground; None is unknown."""
    arrest_likelihood: float = 1.0
    """From 0 to 1; below the policy's minimum no volunteer is alerted."""
    gates: frozenset[Gate] = frozenset()
    """The gates that the answers closed."""
    conscious: bool | None = None
    breathing: bool | None = None
    """Breathing normally; None is unknown (gasping is not breathing normally)."""
    bystander_cpr: bool = False


@dataclass(frozen=True, slots=True)
class Commitment:
    """A rescuer who has already been asked for this incident, and what became of it."""

    rescuer_id: str
    task: Task
    state: AlertState
    sent_at: datetime
    aed_id: str | None = None
    state_at: datetime | None = None
    """When ``state`` was reached; None counts as ``sent_at``."""
    latitude: float | None = None
    longitude: float | None = None
    """Where the rescuer is now, shared during an accepted task; None when not known."""
    eta_at: datetime | None = None
    """When the plan that asked them expected them at the patient; used when no place is known."""
    moving: bool | None = None
    """False when an accepted rescuer has not moved for longer than allowed; None unknown."""


@dataclass(frozen=True, slots=True)
class Order:
    """A unit already ordered for this incident."""

    unit_id: str
    kind: UnitKind
    state: OrderState
    at: datetime
    """When ``state`` was reached."""
    latitude: float | None = None
    longitude: float | None = None
    eta_at: datetime | None = None
    """When it is expected at the patient, where another system says so."""


@dataclass(frozen=True, slots=True)
class Held:
    """What active incidents hold: id → incident id. This incident's own may be among them."""

    rescuers: Mapping[str, str] = field(default_factory=dict)
    aeds: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RescuerChoice:
    """One rescuer with a task."""

    rescuer_id: str
    rank: int
    """From 1, in the order in which they matter."""
    task: Task
    aed_id: str | None
    eta_cpr_s: float
    """Median time to hands on the chest; for a guide, to the door."""
    eta_shock_s: float | None
    """Median time to the first shock; None without an AED."""
    p_accept: float
    p_arrive: float
    """P(arrive | accept), with the doubt about where they are in it."""
    p_aed: float | None
    """P(the AED is there, can be got at, and works); None without an AED."""
    aed_doubts: tuple[Reason, ...]
    place_source: PlaceSource
    place_age_s: float | None
    """Age of a live place; None for a usual place."""
    mode: TransportMode
    distance_m: float
    """The whole way, over the AED where there is one."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """One unit to order."""

    unit_id: str
    station_id: str
    tier: Tier | None
    """None when its station is not known here."""
    kind: UnitKind
    mode: TransportMode
    distance_m: float
    eta_s: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Skipped:
    """A candidate that was looked at and not chosen, with the constraint that binds."""

    kind: CandidateKind
    id: str
    reason: Reason
    distance_m: float | None
    """Straight-line distance of the place where it was looked for."""
    detail: Mapping[str, str | int | float] = field(default_factory=dict)
    """The numbers behind the reason, e.g. ``eta_s`` and ``ambulance_eta_s``."""


@dataclass(frozen=True, slots=True)
class StandDown:
    """A rescuer already asked who is no longer needed."""

    rescuer_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Targets:
    """What the plan promises, commitments and units counted; times are from the call."""

    cpr_within_s: float
    shock_within_s: float
    p_cpr_target: float
    p_shock_target: float
    p_cpr: float
    p_shock: float
    shortfall: float
    cpr_met: bool
    shock_met: bool
    expected_cpr_s: float
    """Expected time from the call to CPR, the ambulance bounding it; not before the plan is made,
    also where somebody is there already."""
    expected_shock_s: float


@dataclass(frozen=True, slots=True)
class Need:
    """What would meet a missed target."""

    target: str
    """``cpr`` or ``shock``."""
    what: str
    """``rescuers`` or ``carriers_of_open_aeds`` (so many more, so near), or ``too_late``."""
    count: int
    within_m: float
    """Along the way, by the policy's default mode."""


@dataclass(frozen=True, slots=True)
class TableAge:
    """How old the table was that the plan is built on."""

    name: str
    records: int
    as_of: datetime | None
    """Time of the newest record applied; None when the table has told nothing."""
    age_s: float | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What times and distances were computed on."""

    routing: str
    """``h3-grid``, or ``streets`` with the version of the graph in ``streets``."""
    route_factor: float | None
    streets: str | None
    tables: tuple[TableAge, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who goes where, and why; the same inputs give the same plan, byte for byte."""

    policy: str
    policy_version: str
    made_at: datetime
    call_at: datetime
    basis: Basis
    gates_closed: tuple[str, ...]
    """Why no volunteer is sent: words of ``Gate`` and :class:`Closed`; empty when they are."""
    rescuers: tuple[RescuerChoice, ...]
    """Whom to alert now, in addition to the commitments given."""
    retask: tuple[RescuerChoice, ...]
    """Commitments with a new task, because theirs can no longer be done."""
    stand_down: tuple[StandDown, ...]
    units: tuple[UnitChoice, ...]
    """Which units to order now, in addition to the orders given."""
    ambulance_eta_s: float | None
    """The first ambulance, chosen or ordered, at the patient; None when there is none."""
    targets: Targets
    needed: tuple[Need, ...]
    """Empty when both targets are met; otherwise what would meet them."""
    skipped: Sequence[Skipped]
    """Nearest first; at most the policy's cap per reason, the rest is in the counts."""
    skipped_counts: Mapping[str, int]
    """``kind.reason`` → how many, all of them."""
    circle: Sequence[CircleBand]
    """H3 cells (resolution 9) from which the default mode reaches the patient, by minute."""

    @property
    def circle_cells(self) -> int:
        """How many cells the circle has."""
        return sum(len(band.cells) for band in self.circle)
