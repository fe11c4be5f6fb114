"""A station as a registrar gives it and as it is kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from shared.contracts.records import StationRecord
from shared.contracts.words import Tier
from shared.geometry.country import country_of_time_zone
from shared.geometry.datum import Datum
from shared.geometry.place import PlaceIn
from shared.hours import time_zone_of, validate_hours, validate_time_zone
from shared.http.strict import Identifier, Line, Name, Strict, Word, line

Hours = Annotated[
    str,
    line(500),
    AfterValidator(validate_hours),
    Field(description="OSM opening_hours; null is unknown", examples=["24/7"]),
]
TimeZone = Annotated[str, AfterValidator(validate_time_zone), Field(examples=["Asia/Shanghai"])]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["CN"])]
Capabilities = Annotated[
    tuple[Word, ...], Field(max_length=50, description="als, bls, aed, …", examples=[["als"]])
]


class Provenance(Strict):
    """Where the entry comes from."""

    source: Line
    licence: Line | None = None
    retrieved_on: date | None = None
    synthetic: bool = Field(default=False, description="Made up for a scenario")


class StationRow(Strict):
    """A station of one of the four tiers, as a registrar gives it."""

    id: Identifier
    name: Name
    tier: Tier
    place: PlaceIn
    address: Line | None = None
    phone: Annotated[str, line(40)] | None = None
    opening_hours: Hours | None = None
    time_zone: TimeZone | None = Field(
        default=None, description="IANA name in which the hours are meant; null takes the place's"
    )
    country: Country | None = Field(
        default=None, description="ISO 3166-1 alpha-2, for holidays; null takes the place's"
    )
    hospital: bool = Field(default=False, description="Whether it takes patients in")
    capabilities: Capabilities = ()
    provenance: Provenance


class Station(StationRow):
    """A station as it is kept: in WGS-84, with its time zone."""

    model_config = ConfigDict(extra="ignore")

    time_zone: TimeZone


def registered(row: StationRow) -> Station:
    """What is kept of a row."""
    place = row.place.wgs84()
    time_zone = row.time_zone or time_zone_of(place.latitude, place.longitude)
    known = row.model_dump(exclude={"place", "time_zone", "country"})
    return Station(
        **known,
        place=PlaceIn(
            latitude=place.latitude,
            longitude=place.longitude,
            datum=Datum.WGS84,
            accuracy_m=row.place.accuracy_m,
        ),
        time_zone=time_zone,
        country=row.country or country_of_time_zone(time_zone),
    )


def record_of(station: Station, version: int) -> StationRecord:
    """What is published of a station."""
    return StationRecord(
        id=station.id,
        version=version,
        name=station.name,
        tier=station.tier,
        latitude=station.place.latitude,
        longitude=station.place.longitude,
        opening_hours=station.opening_hours,
        time_zone=station.time_zone,
        country=station.country,
        hospital=station.hospital,
        synthetic=station.provenance.synthetic,
    )
