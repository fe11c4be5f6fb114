"""What readers get, by what they may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.rescuer_location.domain.availability import Duty, WhyNot, not_known, reasons_against
from services.rescuer_location.domain.rescuer import (
    Consent,
    Credential,
    OfferedCredential,
    Provenance,
    Rescuer,
    Review,
)
from services.rescuer_location.domain.warnings import warnings_about
from services.rescuer_location.domain.whereabouts import CountedPlace, Whereabouts, WhyPlace
from shared.contracts.words import PlaceKind, RescuerState, TransportMode
from shared.registry.model import Change, Entry, HistoryLine


class UsualPlaceOut(BaseModel):
    """Where a rescuer usually is at certain hours."""

    model_config = ConfigDict(extra="forbid", title="UsualPlace")

    kind: PlaceKind
    cell: str = Field(description="H3 cell, resolution 10")
    hours: str = Field(description="OSM opening_hours, in the rescuer's time zone")


class RescuerOut(BaseModel):
    """A rescuer as registered; private parts are null for those who may not see them."""

    model_config = ConfigDict(extra="forbid", title="RescuerEntry")

    id: str
    name: str | None = Field(description="Registrars, administrators and the rescuer; else null")
    phone: str | None = Field(description="Registrars, administrators and the rescuer; else null")
    credential: Credential | None
    offered: OfferedCredential | None = Field(
        description="Waits for a registrar; registrars, administrators and the rescuer; else null"
    )
    review: Review | None = Field(description="What a registrar last found; for the same readers")
    state: RescuerState
    skills: list[str]
    languages: list[str] = Field(description="BCP 47 tags, the preferred one first")
    available: bool
    quiet_hours: str | None
    places: list[UsualPlaceOut] | None = Field(description="null for stations")
    time_zone: str
    transport_mode: TransportMode
    consent: Consent
    provenance: Provenance
    version: int
    shard: int
    retired: bool
    created_at: datetime
    updated_at: datetime
    warnings: list[str] = Field(description="Why this rescuer will not be alerted, and the mend")


class PlaceNow(BaseModel):
    """The place at which a plan made now would look for the rescuer."""

    model_config = ConfigDict(extra="forbid")

    kind: CountedPlace
    cell: str | None = Field(description="H3 cell, resolution 10; null where the kind is none")
    why: WhyPlace = Field(description="Why it is the live place, or why it is not")
    age_s: float | None = Field(description="How old the live place is; null for a usual place")
    until: datetime | None = Field(
        description="When another place begins to count, as far as is known today"
    )


class AvailableNow(BaseModel):
    """Whether the rescuer would be asked if a call came now."""

    model_config = ConfigDict(extra="forbid")

    value: bool
    reasons: list[WhyNot] = Field(description="Every reason why not; empty when value is true")
    not_known: list[WhyNot] = Field(
        description="Reasons that could not be looked at now: a part of the system does not answer"
    )


class OwnRescuerOut(RescuerOut):
    """Everything that is held about the rescuer who asks, and what counts now."""

    model_config = ConfigDict(extra="forbid", title="OwnRescuer")

    place_now: PlaceNow | None = Field(
        description="null in the seconds after a start in which live places are not known yet"
    )
    available_now: AvailableNow


class RescuerVersionOut(BaseModel):
    """A version that an entry had."""

    model_config = ConfigDict(extra="forbid", title="RescuerVersion")

    version: int
    change: Change
    by: str
    at: datetime
    rescuer: dict[str, Any] = Field(description="The row as it was, private parts included")


def rescuer_out(
    entry: Entry[Rescuer], now: datetime, *, private: bool, places: bool = True
) -> RescuerOut:
    """An entry; without its private parts, without its places where those are False."""
    rescuer = entry.document
    credential = rescuer.credential
    if credential is not None and not private:
        credential = credential.model_copy(update={"number": None})
    return RescuerOut(
        id=rescuer.id,
        name=rescuer.name if private else None,
        phone=rescuer.phone if private else None,
        credential=credential,
        offered=rescuer.offered if private else None,
        review=rescuer.review if private else None,
        state=rescuer.state,
        skills=list(rescuer.skills),
        languages=list(rescuer.languages),
        available=rescuer.available,
        quiet_hours=rescuer.quiet_hours,
        places=[
            UsualPlaceOut(kind=place.kind, cell=place.idle_cell, hours=place.hours)
            for place in rescuer.places
        ]
        if places
        else None,
        time_zone=rescuer.zone,
        transport_mode=rescuer.transport_mode,
        consent=rescuer.consent,
        provenance=rescuer.provenance,
        version=entry.version,
        shard=entry.shard,
        retired=entry.retired,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
        warnings=warnings_about(rescuer, now),
    )


def own_out(
    entry: Entry[Rescuer], where: Whereabouts | None, duty: Duty | None, now: datetime
) -> OwnRescuerOut:
    """An entry as its rescuer sees it; ``where`` None: live places are not known yet."""
    reasons = reasons_against(entry.document, where, now, retired=entry.retired, duty=duty)
    return OwnRescuerOut(
        **rescuer_out(entry, now, private=True).model_dump(),
        place_now=None
        if where is None
        else PlaceNow(
            kind=where.place, cell=where.cell, why=where.why, age_s=where.age_s, until=where.until
        ),
        available_now=AvailableNow(
            value=not reasons, reasons=reasons, not_known=not_known(where, duty)
        ),
    )


def version_out(line: HistoryLine[Rescuer]) -> RescuerVersionOut:
    """A line of the history."""
    return RescuerVersionOut(
        version=line.version,
        change=line.change,
        by=line.by,
        at=line.at,
        rescuer=line.document.model_dump(mode="json"),
    )
