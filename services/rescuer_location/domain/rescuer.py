"""A rescuer as the register holds one: who, what they may do, when and where to find them.

Usual places are H3 resolution-10 cells. A coordinate that comes in is made a cell while the row is
being checked (:class:`UsualPlaceRow`) and is gone after that: it is not kept, produced or logged.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shared.contracts.records import RescuerRecord, UsualPlace
from shared.contracts.words import PlaceKind, RescuerState, TransportMode
from shared.geometry.cells import cell_of, centre_of, is_idle_cell, shard_of_cell
from shared.geometry.place import PlaceIn
from shared.hours import time_zone_of, validate_hours, validate_time_zone
from shared.http.errors import MendableError
from shared.http.strict import Identifier, Line, Name, Strict, Word, line

MAX_PLACES: Final = 10
MAX_SKILLS: Final = 20
MAX_LANGUAGES: Final = 10


def _day_as_text(value: object) -> object:
    """A day is text: a bare number could be seconds, milliseconds or days."""
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value)
    elif isinstance(value, date):
        return value
    raise MendableError("is not a day as text", "send one such as 2026-01-31")


def _time_as_text(value: object) -> object:
    """A time is text; whether it has its zone is checked by the type behind."""
    if isinstance(value, str) and value[4:5] == "-" and len(value) > len("2026-01-31"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    elif isinstance(value, datetime):
        return value
    raise MendableError("is not a time as text", "send one such as 2026-01-31T08:00:00Z")


def _idle_cell(value: str) -> str:
    if not is_idle_cell(value):
        raise MendableError(
            "is not an H3 cell of resolution 10",
            "send one such as 8a41a345c267fff, or a place with its datum",
        )
    return value


Day = Annotated[date, BeforeValidator(_day_as_text)]
Moment = Annotated[AwareDatetime, BeforeValidator(_time_as_text)]
Flag = Annotated[bool, Field(strict=True)]
Hours = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1_000),
    AfterValidator(validate_hours),
    Field(
        description="OSM opening_hours, in the rescuer's time zone", examples=["Mo-Fr 08:00-18:00"]
    ),
]
Cell = Annotated[
    str,
    StringConstraints(pattern=r"^8a[0-9a-f]{13}$"),
    AfterValidator(_idle_cell),
    Field(description="H3 cell, resolution 10", examples=["8a41a345c267fff"]),
]


Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"),
    Field(description="BCP 47 tag", examples=["zh-CN"]),
]
Languages = Annotated[tuple[Language, ...], Field(max_length=MAX_LANGUAGES)]


class Credential(Strict):
    """What shows that somebody can do what they are asked to."""

    kind: Word = Field(description="Such as first_aid, cpr, nurse", examples=["first_aid"])
    number: Annotated[str, line(64)] | None = Field(
        default=None, repr=False, description="Private: for registrars and administrators"
    )
    issued_by: Name | None = None
    issued_on: Day | None = None
    expires_on: Day = Field(description="Last valid day, in the rescuer's time zone")
    verified_on: Day | None = Field(default=None, description="When a registrar last checked it")


class OfferedCredential(Strict):
    """What somebody says that they have; it counts once a registrar has seen it."""

    kind: Word = Field(description="Such as first_aid, cpr, nurse", examples=["first_aid"])
    number: Annotated[str, line(64)] | None = Field(default=None, repr=False)
    issued_by: Name | None = None
    issued_on: Day | None = None
    expires_on: Day | None = Field(
        default=None, description="Last valid day; a registrar adds it where it is not known"
    )

    def complete(self) -> Credential | None:
        """As the register keeps one; None while its last day is not known."""
        if self.expires_on is None:
            return None
        return Credential.model_validate(self.model_dump())


class ReviewOutcome(StrEnum):
    """What a registrar found."""

    VERIFIED = "verified"
    REFUSED = "refused"


class Review(Strict):
    """What a registrar found when they last looked, and when."""

    outcome: ReviewOutcome
    reason: Line | None = Field(default=None, description="Why it was refused; the rescuer sees it")
    at: Moment


class UsualPlaceRow(Strict):
    """Where a rescuer usually is at certain hours; a coordinate leaves this model as a cell."""

    model_config = ConfigDict(
        frozen=False,
        hide_input_in_errors=True,
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["cell"],
                    "properties": {"cell": {"type": "string"}, "place": {"type": "null"}},
                },
                {
                    "required": ["place"],
                    "properties": {"place": {"type": "object"}, "cell": {"type": "null"}},
                },
            ]
        },
    )

    kind: PlaceKind
    cell: Cell | None = None
    place: PlaceIn | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Instead of the cell; made a cell at once and never kept",
    )
    hours: Hours = "24/7"

    @model_validator(mode="after")
    def _coarsened(self) -> Self:
        if (self.cell is None) == (self.place is None):
            raise MendableError("needs one of cell and place", "send a cell, or a place, not both")
        if self.place is not None:
            wgs84 = self.place.wgs84()
            self.cell = cell_of(wgs84.latitude, wgs84.longitude)
            self.place = None
        return self

    @property
    def idle_cell(self) -> str:
        """The cell, which every checked place has."""
        assert self.cell is not None
        return self.cell


class Consent(Strict):
    """What the rescuer has agreed to; location is asked for apart from alerts (PIPL Art. 28)."""

    alerts: Flag = Field(description="To be alerted at all")
    location: Flag = Field(description="To let the cell where they are now be known")
    at: Moment | None = Field(default=None, description="When the rescuer last said so")


class Provenance(Strict):
    """Where an entry comes from."""

    source: Line
    licence: Line | None = None
    retrieved_on: Day | None = None
    synthetic: Flag = Field(default=False, description="Made up for a scenario")


class Rescuer(Strict):
    """A row of the register."""

    model_config = ConfigDict(hide_input_in_errors=True)

    id: Identifier
    name: Name = Field(repr=False, description="Private: for registrars and administrators")
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{2,30}$")] | None = Field(
        default=None, repr=False, description="Private: for registrars and administrators"
    )
    credential: Credential | None = None
    offered: OfferedCredential | None = Field(
        default=None, description="Sent by the rescuer, to be verified or refused"
    )
    review: Review | None = None
    state: RescuerState = RescuerState.ENROLLED
    skills: Annotated[tuple[Word, ...], Field(max_length=MAX_SKILLS)] = ()
    languages: Languages = Field(default=(), description="Spoken, the preferred one first")
    available: Flag = True
    quiet_hours: Hours | None = Field(
        default=None, description="OSM opening_hours; open means that no alert is wanted"
    )
    places: Annotated[tuple[UsualPlaceRow, ...], Field(max_length=MAX_PLACES)] = ()
    time_zone: Annotated[str, line(64)] | None = Field(
        default=None,
        validate_default=True,
        description="IANA name; by default that of the first place",
    )
    transport_mode: TransportMode = TransportMode.FOOT
    consent: Consent
    provenance: Provenance

    @field_validator("time_zone", mode="after")
    @classmethod
    def _time_zone_known(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            return validate_time_zone(value)
        places: tuple[UsualPlaceRow, ...] | None = info.data.get("places")
        if places is None:
            return None  # the places themselves are wrong, which is said already
        if not places:
            raise MendableError(
                "is missing, and there is no place to take it from",
                "send an IANA name such as Asia/Shanghai, or a place",
            )
        return time_zone_of(*centre_of(places[0].idle_cell))

    @property
    def zone(self) -> str:
        """The time zone, which every checked row has."""
        assert self.time_zone is not None
        return self.time_zone

    @property
    def home_cell(self) -> str | None:
        """The cell that the entry is filed under: home, else the first place, else none."""
        homes = [place.idle_cell for place in self.places if place.kind is PlaceKind.HOME]
        others = [place.idle_cell for place in self.places]
        return next(iter([*homes, *others]), None)


def shard_of(rescuer: Rescuer) -> int:
    """The shard of the home cell; 0 for somebody without any place."""
    return 0 if rescuer.home_cell is None else shard_of_cell(rescuer.home_cell)


def record_of(rescuer: Rescuer, version: int) -> RescuerRecord:
    """What other services are told: no name, no number, cells only."""
    credential = rescuer.credential
    return RescuerRecord(
        id=rescuer.id,
        version=version,
        state=rescuer.state,
        credential_expires_on=None if credential is None else credential.expires_on,
        skills=rescuer.skills,
        available=rescuer.available,
        quiet_hours=rescuer.quiet_hours,
        time_zone=rescuer.zone,
        transport_mode=rescuer.transport_mode,
        places=tuple(
            UsualPlace(kind=place.kind, cell=place.idle_cell, hours=place.hours)
            for place in rescuer.places
        ),
        alerts_consent=rescuer.consent.alerts,
        location_consent=rescuer.consent.location,
        synthetic=rescuer.provenance.synthetic,
    )


def local_day(rescuer: Rescuer, now: datetime) -> date:
    """Today, where the rescuer is at home."""
    return now.astimezone(ZoneInfo(rescuer.zone)).date()


def credential_expired(rescuer: Rescuer, now: datetime) -> bool:
    """Whether there is a credential and its last day is over."""
    credential = rescuer.credential
    return credential is not None and credential.expires_on < local_day(rescuer, now)
