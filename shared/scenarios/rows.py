"""The rows of a scenario directory: the same fields as the registries' bulk endpoints take.

A directory is checked against these before anything is sent, so that a person who writes one sees
all mistakes at once, without a running system. The registries check again: they own the truth.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
    model_validator,
)

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


def _cell(cell: str) -> str:
    if not is_idle_cell(cell):
        raise ValueError("is not an H3 cell of resolution 10; send one, or a place with its datum")
    return cell


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Hours = Annotated[str, AfterValidator(validate_hours)]
TimeZone = Annotated[str, AfterValidator(validate_time_zone)]
Cell = Annotated[str, AfterValidator(_cell)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class RowPart(BaseModel):
    """Base of all rows: an unknown field is a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provenance(RowPart):
    """Where a row comes from."""

    source: str
    licence: str | None = None
    retrieved_on: date | None = None
    synthetic: bool = False


class Keeper(RowPart):
    """Who looks after an AED (private)."""

    name: str | None = None
    phone: str | None = None


class AedRow(RowPart):
    """An AED."""

    id: Id
    name: Name
    place: PlaceIn
    address: str | None = None
    floor: int | None = None
    placement: str | None = None
    opening_hours: Hours | None = None
    time_zone: TimeZone | None = None
    country: Country | None = None
    access: AedAccess = AedAccess.UNKNOWN
    access_code: str | None = None
    code_required: bool = False
    state: AedState = AedState.UNKNOWN
    pads_expire_on: date | None = None
    battery_expires_on: date | None = None
    last_checked_at: AwareDatetime | None = None
    child_pads: bool | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    keeper: Keeper | None = None
    provenance: Provenance


class Credential(RowPart):
    """A rescuer's certificate."""

    kind: str
    number: str | None = None
    issued_by: str | None = None
    issued_on: date | None = None
    expires_on: date
    verified_on: date | None = None


class UsualPlaceRow(RowPart):
    """Where a rescuer usually is: a cell, or a place that the registry coarsens to one."""

    kind: PlaceKind
    cell: Cell | None = None
    place: PlaceIn | None = None
    hours: Hours = "24/7"

    @model_validator(mode="after")
    def _one_of_both(self) -> UsualPlaceRow:
        if (self.cell is None) == (self.place is None):
            raise ValueError("needs exactly one of cell and place; leave one out")
        return self


class Consent(RowPart):
    """What a rescuer agreed to."""

    alerts: bool
    location: bool
    at: AwareDatetime | None = None


class RescuerRow(RowPart):
    """A rescuer."""

    id: Id
    name: Name
    phone: str | None = None
    credential: Credential | None = None
    state: RescuerState
    skills: tuple[str, ...] = ()
    available: bool = True
    quiet_hours: Hours | None = None
    time_zone: TimeZone | None = None
    transport_mode: TransportMode = TransportMode.FOOT
    places: tuple[UsualPlaceRow, ...] = ()
    consent: Consent
    provenance: Provenance


class StationRow(RowPart):
    """A station of one of the tiers."""

    id: Id
    name: Name
    tier: Tier
    place: PlaceIn
    address: str | None = None
    phone: str | None = None
    opening_hours: Hours | None = None
    time_zone: TimeZone | None = None
    country: Country | None = None
    hospital: bool = False
    capabilities: tuple[str, ...] = ()
    provenance: Provenance


class CrewMember(RowPart):
    """Somebody on a unit; the name is private."""

    role: str
    name: str | None = None


class UnitRow(RowPart):
    """A unit of a station."""

    id: Id
    station_id: Id
    kind: UnitKind
    mode: TransportMode
    capabilities: tuple[str, ...] = ()
    crew: tuple[CrewMember, ...] = ()
    state: UnitState = UnitState.AVAILABLE
    provenance: Provenance


class PresenceRow(RowPart):
    """Where a rescuer is now."""

    rescuer_id: Id
    cell: Cell


TableName = Literal["stations", "units", "aeds", "rescuers", "presence"]

ROW_MODELS: dict[TableName, type[RowPart]] = {
    "stations": StationRow,
    "units": UnitRow,
    "aeds": AedRow,
    "rescuers": RescuerRow,
    "presence": PresenceRow,
}
