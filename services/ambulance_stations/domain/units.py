"""A unit as a registrar gives it and as it is kept, with what it is doing now."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from services.ambulance_stations.domain.circles import Fleet
from services.ambulance_stations.domain.states import Live
from services.ambulance_stations.domain.stations import Capabilities, Provenance
from shared.contracts.records import UnitRecord
from shared.contracts.words import TransportMode, UnitKind, UnitState
from shared.geometry.datum import Datum, to_wgs84
from shared.geometry.place import Latitude, Longitude
from shared.http.strict import Identifier, Name, Strict, Word
from shared.registry.model import Entry


class CrewMember(Strict):
    """Somebody on a unit; the name is private."""

    role: Word = Field(examples=["doctor"])
    name: Name | None = None


class UnitRow(Strict):
    """A unit of a station, as a registrar gives it."""

    id: Identifier
    station_id: Identifier
    kind: UnitKind
    mode: TransportMode
    capabilities: Capabilities = ()
    crew: Annotated[tuple[CrewMember, ...], Field(max_length=20)] = ()
    state: UnitState = Field(
        default=UnitState.AVAILABLE,
        description="What a new unit begins with. Later its orders, its station or another system "
        "say what it is doing (POST /units/{unit_id}/state), and this is not looked at",
    )
    provenance: Provenance


class StateIn(Strict):
    """What a unit is doing, as its station or another dispatch system tells."""

    state: UnitState
    at: AwareDatetime | None = Field(
        default=None, description="Since when; now if absent. Older than what is known: no news"
    )
    latitude: Annotated[float, Latitude] | None = None
    longitude: Annotated[float, Longitude] | None = None
    datum: Datum | None = Field(
        default=None, description="What the coordinates refer to; there is no default"
    )
    incident_id: Identifier | None = Field(
        default=None, description="Where another system commands the units: whom it is sent to"
    )

    @model_validator(mode="after")
    def _place_is_whole(self) -> StateIn:
        parts = (self.latitude, self.longitude, self.datum)
        if None in parts and parts != (None, None, None):
            raise ValueError(
                "the place is not whole; send latitude, longitude and datum, or none of them"
            )
        return self

    def wgs84(self) -> tuple[float, float] | None:
        """The place in WGS-84; None when none was told."""
        if self.latitude is None or self.longitude is None or self.datum is None:
            return None
        return to_wgs84(self.latitude, self.longitude, self.datum)


class Doing(Strict):
    """What a unit is doing, as it is kept (see :class:`states.Live`)."""

    state: UnitState
    state_at: AwareDatetime
    incident_id: str | None = None
    order_id: str | None = None
    order_sequence: int = 0
    latitude: float | None = None
    longitude: float | None = None
    located_at: AwareDatetime | None = None


class Unit(UnitRow):
    """A unit as it is kept."""

    model_config = ConfigDict(extra="ignore")

    doing: Doing

    @property
    def live(self) -> Live:
        """What it is doing now."""
        doing = self.doing
        return Live(**{name: getattr(doing, name) for name in Doing.model_fields})

    @property
    def fleet(self) -> Fleet:
        """What it goes like."""
        return Fleet(self.kind, self.mode)


def registered(row: UnitRow, now: AwareDatetime) -> Unit:
    """What is kept of a row, if the unit is new."""
    told = {name: getattr(row, name) for name in UnitRow.model_fields}
    return Unit(**told, doing=Doing(state=row.state, state_at=now))


def carried(unit: Unit, before: Entry[Unit] | None) -> Unit:
    """The same unit, doing what it was doing: a new row says what it is, not what it does.

    One that comes back from retirement begins anew.
    """
    if before is None or before.retired:
        return unit
    kept = {"doing": before.document.doing, "state": before.document.doing.state}
    return unit.model_copy(update=kept)


def now_doing(unit: Unit, live: Live) -> Unit:
    """The same unit, doing something else."""
    doing = Doing(**{name: getattr(live, name) for name in Doing.model_fields})
    return unit.model_copy(update={"doing": doing, "state": live.state})


def record_of(entry: Entry[Unit]) -> UnitRecord:
    """What is published of a unit: no crew."""
    unit = entry.document
    if entry.latitude is None or entry.longitude is None:
        raise ValueError(f"place: unit {unit.id} has none; every unit is located by its station")
    return UnitRecord(
        id=unit.id,
        version=entry.version,
        station_id=unit.station_id,
        kind=unit.kind,
        mode=unit.mode,
        state=unit.doing.state,
        state_at=unit.doing.state_at,
        incident_id=unit.doing.incident_id,
        latitude=entry.latitude,
        longitude=entry.longitude,
        capabilities=unit.capabilities,
        synthetic=unit.provenance.synthetic,
    )
