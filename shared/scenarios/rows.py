"""The rows of a scenario directory: the same fields as the registries' bulk endpoints take.

A directory is checked against these before anything is sent, so that a person who writes one sees
all mistakes at once, without a running system. The registries check again: they own the truth.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from shared.contracts.words import (
    AedAccess,
    AedState,
    PlaceKind,
    RescuerState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.geometry.cells import is_idle_cell
from shared.geometry.place import PlaceIn
from shared.hours import validate_hours, validate_time_zone
from shared.http.strict import Identifier, Line, Name, Strict, Word, line


def _cell(cell: str) -> str:
    if not is_idle_cell(cell):
        raise ValueError(
            "is not an H3 cell of resolution 10; send one such as 8a41a345c267fff, or a place"
        )
    return cell


Hours = Annotated[str, line(500), AfterValidator(validate_hours)]
TimeZone = Annotated[str, AfterValidator(validate_time_zone)]
Cell = Annotated[str, AfterValidator(_cell)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Phone = Annotated[str, line(40)]
PersonalPhone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{2,30}$")]


class Provenance(Strict):
    """Where a row comes from."""

    source: Line
    licence: Line | None = None
    retrieved_on: date | None = None
    synthetic: bool = False


class Keeper(Strict):
    """Who looks after an AED (private)."""

    name: Name | None = None
    phone: Phone | None = None


class AedRow(Strict):
    """An AED."""

    id: Identifier
    name: Name
    place: PlaceIn
    address: Line | None = None
    floor: Annotated[int, Field(ge=-20, le=200)] | None = None
    placement: Line | None = None
    opening_hours: Hours | None = None
    time_zone: TimeZone | None = None
    country: Country | None = None
    access: AedAccess = AedAccess.UNKNOWN
    access_code: Annotated[str, line(100)] | None = None
    code_required: bool = False
    state: AedState = AedState.UNKNOWN
    pads_expire_on: date | None = None
    battery_expires_on: date | None = None
    last_checked_at: AwareDatetime | None = None
    child_pads: bool | None = None
    manufacturer: Name | None = None
    model: Name | None = None
    serial: Name | None = None
    keeper: Keeper | None = None
    provenance: Provenance


class Credential(Strict):
    """A rescuer's certificate."""

    kind: Word
    number: Annotated[str, line(64)] | None = None
    issued_by: Name | None = None
    issued_on: date | None = None
    expires_on: date
    verified_on: date | None = None


class UsualPlaceRow(Strict):
    """Where a rescuer usually is: a cell, or a place that the registry coarsens to one."""

    kind: PlaceKind
    cell: Cell | None = None
    place: PlaceIn | None = None
    hours: Hours = "24/7"

    @model_validator(mode="after")
    def _one_of_both(self) -> UsualPlaceRow:
        if (self.cell is None) == (self.place is None):
            raise ValueError("needs one of cell and place; send a cell, or a place, not both")
        return self


class Consent(Strict):
    """What a rescuer agreed to."""

    alerts: bool
    location: bool
    at: AwareDatetime | None = None


class RescuerRow(Strict):
    """A rescuer."""

    id: Identifier
    name: Name
    phone: PersonalPhone | None = None
    credential: Credential | None = None
    state: RescuerState = RescuerState.ENROLLED
    skills: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    available: bool = True
    quiet_hours: Hours | None = None
    time_zone: TimeZone | None = None
    transport_mode: TransportMode = TransportMode.FOOT
    places: Annotated[tuple[UsualPlaceRow, ...], Field(max_length=10)] = ()
    consent: Consent
    provenance: Provenance

    @model_validator(mode="after")
    def _zone_known(self) -> RescuerRow:
        if self.time_zone is None and not self.places:
            raise ValueError(
                "time_zone is missing, and there is no place to take it from; "
                "send time_zone, such as Asia/Shanghai, or a place"
            )
        return self


class StationRow(Strict):
    """A station of one of the tiers."""

    id: Identifier
    name: Name
    tier: Tier
    place: PlaceIn
    address: Line | None = None
    phone: Phone | None = None
    opening_hours: Hours | None = None
    time_zone: TimeZone | None = None
    country: Country | None = None
    hospital: bool = False
    capabilities: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    provenance: Provenance


class CrewMember(Strict):
    """Somebody on a unit; the name is private."""

    role: Word
    name: Name | None = None


class UnitRow(Strict):
    """A unit of a station."""

    id: Identifier
    station_id: Identifier
    kind: UnitKind
    mode: TransportMode
    capabilities: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    crew: tuple[CrewMember, ...] = ()
    state: UnitState = UnitState.AVAILABLE
    provenance: Provenance


class PresenceRow(Strict):
    """Where a rescuer is now."""

    rescuer_id: Identifier
    cell: Cell


TableName = Literal["stations", "units", "aeds", "rescuers", "presence"]

ROW_MODELS: dict[TableName, type[Strict]] = {
    "stations": StationRow,
    "units": UnitRow,
    "aeds": AedRow,
    "rescuers": RescuerRow,
    "presence": PresenceRow,
}
