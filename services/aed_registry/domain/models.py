"""An AED as a registrar gives it, as it is kept, and as each reader may see it.

The cabinet code and the keeper are private: they are kept, shown to who runs the register, and
never published; everybody else learns only whether the code is known.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints

from services.aed_registry.domain.condition import (
    CheckOutcome,
    ReportKind,
    effective_state,
)
from shared.contracts.records import AedRecord
from shared.contracts.words import AedAccess, AedState
from shared.geometry.country import country_of_time_zone
from shared.geometry.datum import Datum
from shared.geometry.place import PlaceIn
from shared.hours import time_zone_of, validate_hours, validate_time_zone
from shared.http.problems import invalid
from shared.http.strict import Identifier, Line, Name, Strict, Text, line

Hours = Annotated[
    str,
    line(500),
    AfterValidator(validate_hours),
    Field(description="OSM opening_hours; null is unknown", examples=["Mo-Fr 08:00-18:00"]),
]
TimeZone = Annotated[str, AfterValidator(validate_time_zone), Field(examples=["Asia/Shanghai"])]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["CN"])]
AccessCode = Annotated[str, line(100)]
Floor = Annotated[int, Field(ge=-20, le=200, description="0 is the ground floor, −1 below it")]

CLOCKS_APART = timedelta(minutes=5)
"""How far ahead of ours a client's clock may be before its times are refused (our choice)."""


class Keeper(Strict):
    """Who looks after the device; private."""

    name: Name | None = None
    phone: Annotated[str, line(40)] | None = None


class Provenance(Strict):
    """Where the entry comes from."""

    source: Line
    licence: Line | None = None
    retrieved_on: date | None = None
    synthetic: bool = Field(default=False, description="Made up for a scenario")


class AedFields(Strict):
    """What everybody who may read the register sees; what is left out is unknown, never good."""

    id: Identifier
    name: Name
    place: PlaceIn
    address: Line | None = None
    floor: Floor | None = None
    placement: Line | None = Field(default=None, description="Where in the building it hangs")
    opening_hours: Hours | None = None
    time_zone: TimeZone | None = Field(
        default=None, description="IANA name in which the hours are meant; null takes the place's"
    )
    country: Country | None = Field(
        default=None, description="ISO 3166-1 alpha-2, for holidays; null takes the place's"
    )
    access: AedAccess = AedAccess.UNKNOWN
    code_required: bool = False
    state: AedState = Field(
        default=AedState.UNKNOWN, description="What the register was told; see effective_state"
    )
    pads_expire_on: date | None = Field(default=None, description="Last good day")
    battery_expires_on: date | None = Field(default=None, description="Last good day")
    last_checked_at: AwareDatetime | None = None
    child_pads: bool | None = None
    manufacturer: Name | None = None
    model: Name | None = None
    serial: Name | None = None
    provenance: Provenance


class AedRow(AedFields):
    """An AED as a registrar gives it."""

    access_code: AccessCode | None = Field(default=None, description="Opens the cabinet; private")
    keeper: Keeper | None = Field(default=None, description="Private")


class LastReport(Strict):
    """The newest report about a device, whether settled or not."""

    id: str
    kind: ReportKind
    reported_at: AwareDatetime
    settled: bool


class Reported(Strict):
    """What reports say of a device; kept beside what the register was told."""

    open_reports: tuple[ReportKind, ...] = ()
    """The kinds of the reports that nobody has settled, oldest first."""
    last_report: LastReport | None = None


class Aed(AedRow):
    """An AED as it is kept: in WGS-84, with its time zone, and what reports say of it."""

    model_config = ConfigDict(extra="ignore")

    time_zone: TimeZone
    reported: Reported = Reported()

    @property
    def effective_state(self) -> AedState:
        """What the decision should count on."""
        return effective_state(self.state, self.reported.open_reports)


class CheckIn(Strict):
    """Somebody who answers for the device has looked it over."""

    outcome: CheckOutcome
    at: AwareDatetime | None = Field(default=None, description="When; now if absent")
    pads_expire_on: date | None = Field(default=None, description="As read; null leaves it")
    battery_expires_on: date | None = Field(default=None, description="As read; null leaves it")
    note: Text | None = None


class ReportIn(Strict):
    """Somebody who was there tells about the device."""

    kind: ReportKind
    at: AwareDatetime | None = Field(default=None, description="When; now if absent")
    incident_id: Identifier | None = None
    note: Text | None = None


def registered(row: AedRow, now: datetime) -> Aed:
    """What is kept of a row; raises a 422 problem for a check that lies in the future."""
    if row.last_checked_at is not None and row.last_checked_at > now + CLOCKS_APART:
        raise invalid(
            "last_checked_at",
            "lies in the future",
            "send when the device was last looked over, or leave it out",
        )
    place = row.place.wgs84()
    time_zone = row.time_zone or time_zone_of(place.latitude, place.longitude)
    told = {name: getattr(row, name) for name in AedRow.model_fields}
    told["place"] = PlaceIn(
        latitude=place.latitude,
        longitude=place.longitude,
        datum=Datum.WGS84,
        accuracy_m=row.place.accuracy_m,
    )
    told["time_zone"] = time_zone
    told["country"] = row.country or country_of_time_zone(time_zone)
    return Aed(**told)


def carried(aed: Aed, before: Aed | None) -> Aed:
    """The same AED with the reports about it: they outlive a change of its entry."""
    return aed if before is None else aed.model_copy(update={"reported": before.reported})


def record_of(aed: Aed, version: int) -> AedRecord:
    """What is published of an AED: no code, no keeper, no address."""
    return AedRecord(
        id=aed.id,
        version=version,
        name=aed.name,
        latitude=aed.place.latitude,
        longitude=aed.place.longitude,
        floor=aed.floor,
        placement=aed.placement,
        opening_hours=aed.opening_hours,
        time_zone=aed.time_zone,
        country=aed.country,
        access=aed.access,
        code_required=aed.code_required,
        code_known=aed.access_code is not None,
        state=aed.effective_state,
        pads_expire_on=aed.pads_expire_on,
        battery_expires_on=aed.battery_expires_on,
        last_checked_at=aed.last_checked_at,
        child_pads=aed.child_pads,
        synthetic=aed.provenance.synthetic,
    )
