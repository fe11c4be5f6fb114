"""Changes made to a registry, in their order: a pure function, the same result each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from shared.contracts.records import (
    AedRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.contracts.words import (
    AedAccess,
    AedState,
    Tier,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.geometry.distance import great_circle_m
from shared.whatif.changes import (
    AddAed,
    AddRecruits,
    AddStation,
    ChangeError,
    MoveAed,
    MoveStation,
    RemoveAed,
    RemoveStation,
    SetHours,
)
from shared.whatif.recruits import LASTS, recruits

if TYPE_CHECKING:
    from shared.snapshots import Known

T = TypeVar("T", AedRecord, StationRecord)
Site = AedRecord | StationRecord

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Of units where no other unit says what time it is."""
UNITS_OF: Final[Mapping[Tier, UnitKind]] = {
    Tier.EMERGENCY_CENTRE: UnitKind.AMBULANCE,
    Tier.FIRST_AID_STATION: UnitKind.AMBULANCE,
    Tier.COMMUNITY_HEALTH_CENTRE: UnitKind.HEALTH_TEAM,
    Tier.TOWNSHIP_HEALTH_CENTRE: UnitKind.HEALTH_TEAM,
}
"""The one unit of a new station for which none is named."""
CAPABILITIES: Final[Mapping[UnitKind, tuple[str, ...]]] = {
    UnitKind.AMBULANCE: ("als", "aed"),
    UnitKind.HEALTH_TEAM: ("bls", "aed"),
}
MODE: Final = TransportMode.CAR


@dataclass(frozen=True, slots=True)
class Registry:
    """What there is, by id."""

    aeds: Mapping[str, AedRecord]
    stations: Mapping[str, StationRecord]
    units: Mapping[str, UnitRecord]
    rescuers: Mapping[str, RescuerRecord]


def of_known(known: Known) -> Registry:
    """The registry in what a decision knows."""
    return Registry(
        aeds={each.id: each for each in known.aeds},
        stations={each.id: each for each in known.stations},
        units={each.id: each for each in known.units},
        rescuers={each.id: each for each in known.rescuers},
    )


def within(known: Known, changes: Sequence[Any]) -> Known:
    """What a decision would know after the changes; who is nowhere any more holds nothing.

    Raises :class:`ChangeError`.
    """
    if not changes:
        return known
    after = apply(of_known(known), changes)
    held = known.held
    kept = replace(
        held,
        aeds={key: by for key, by in held.aeds.items() if key in after.aeds},
        units={key: by for key, by in held.units.items() if key in after.units},
    )
    return replace(
        known,
        aeds=[after.aeds[key] for key in sorted(after.aeds)],
        stations=[after.stations[key] for key in sorted(after.stations)],
        units=[after.units[key] for key in sorted(after.units)],
        rescuers=[after.rescuers[key] for key in sorted(after.rescuers)],
        held=kept,
        missing_aeds=frozenset(known.missing_aeds & after.aeds.keys()),
    )


def apply(registry: Registry, changes: Sequence[Any]) -> Registry:
    """The registry after the changes, in their order; the given one stays as it is.

    Raises :class:`ChangeError` with the index (from 0) and field of the first that cannot be made.
    """
    work = _Work(
        dict(registry.aeds), dict(registry.stations), dict(registry.units), dict(registry.rescuers)
    )
    for index, change in enumerate(changes):
        work.make(index, change)
    return Registry(work.aeds, work.stations, work.units, work.rescuers)


@dataclass(slots=True)
class _Work:
    """A registry while it is changed."""

    aeds: dict[str, AedRecord]
    stations: dict[str, StationRecord]
    units: dict[str, UnitRecord]
    rescuers: dict[str, RescuerRecord]

    def make(self, index: int, change: Any) -> None:
        """Makes one change."""
        match change:
            case AddAed():
                self._add_aed(index, change)
            case MoveAed():
                found = _known(self.aeds, index, change.id, "AED")
                self.aeds[change.id] = _moved(found, change.latitude, change.longitude)
            case SetHours():
                aed = _known(self.aeds, index, change.id, "AED")
                self.aeds[change.id] = aed.model_copy(update={"opening_hours": change.hours})
            case RemoveAed():
                _known(self.aeds, index, change.id, "AED")
                del self.aeds[change.id]
            case AddStation():
                self._add_station(index, change)
            case MoveStation():
                self._move_station(index, change)
            case RemoveStation():
                _known(self.stations, index, change.id, "station")
                del self.stations[change.id]
                for unit_id in [u.id for u in self.units.values() if u.station_id == change.id]:
                    del self.units[unit_id]
            case AddRecruits():
                self._add_recruits(index, change)
            case _:
                raise TypeError(f"not a change: {change!r}")

    def _add_aed(self, index: int, change: AddAed) -> None:
        aed_id = _new_id(self.aeds, index, change.id, "planned-aed", "AED")
        zone, country = self._zone(change.latitude, change.longitude)
        self.aeds[aed_id] = AedRecord(
            id=aed_id,
            version=1,
            name=change.name or aed_id,
            latitude=change.latitude,
            longitude=change.longitude,
            floor=change.floor,
            opening_hours=change.hours,
            time_zone=zone,
            country=country,
            access=AedAccess.PUBLIC,
            state=AedState.IN_SERVICE,
            pads_expire_on=LASTS,
            battery_expires_on=LASTS,
            last_checked_at=_newest(aed.last_checked_at for aed in self.aeds.values()),
            synthetic=True,
        )

    def _add_station(self, index: int, change: AddStation) -> None:
        station_id = _new_id(self.stations, index, change.id, "planned-station", "station")
        zone, country = self._zone(change.latitude, change.longitude)
        self.stations[station_id] = StationRecord(
            id=station_id,
            version=1,
            name=change.name or station_id,
            tier=change.tier,
            latitude=change.latitude,
            longitude=change.longitude,
            opening_hours="24/7",
            time_zone=zone,
            country=country,
            synthetic=True,
        )
        kinds = [UNITS_OF[change.tier]]
        if change.units is not None:
            kinds = [unit.kind for unit in change.units]
        at = _newest(unit.state_at for unit in self.units.values()) or BEGIN
        for number, kind in enumerate(kinds, start=1):
            unit_id = _free(self.units, f"{station_id[:56]}-unit-{number}")
            self.units[unit_id] = UnitRecord(
                id=unit_id,
                version=1,
                station_id=station_id,
                kind=kind,
                mode=MODE,
                state=UnitState.AVAILABLE,
                state_at=at,
                latitude=change.latitude,
                longitude=change.longitude,
                capabilities=CAPABILITIES[kind],
                synthetic=True,
            )

    def _move_station(self, index: int, change: MoveStation) -> None:
        found = _known(self.stations, index, change.id, "station")
        self.stations[change.id] = _moved(found, change.latitude, change.longitude)
        place = {"latitude": change.latitude, "longitude": change.longitude}
        for unit in list(self.units.values()):
            # A unit that is on its way stays where it is.
            if unit.station_id == change.id and unit.incident_id is None:
                self.units[unit.id] = unit.model_copy(update=place)

    def _add_recruits(self, index: int, change: AddRecruits) -> None:
        zone, _ = self._zone(change.latitude, change.longitude)
        for number, record in enumerate(recruits(index, change, zone), start=1):
            rescuer_id = _free(self.rescuers, f"planned-rescuer-{index + 1}-{number}")
            self.rescuers[rescuer_id] = record.model_copy(update={"id": rescuer_id})

    def _zone(self, latitude: float, longitude: float) -> tuple[str, str | None]:
        """Time zone and country of the nearest site; of the place itself where there is none."""
        sites: list[Site] = [*self.stations.values(), *self.aeds.values()]
        if not sites:
            from shared.geometry.country import country_of_time_zone
            from shared.hours import time_zone_of

            zone = time_zone_of(latitude, longitude)
            return zone, country_of_time_zone(zone)
        nearest = min(
            sites, key=lambda s: great_circle_m(latitude, longitude, s.latitude, s.longitude)
        )
        return nearest.time_zone, nearest.country


def _moved(site: T, latitude: float, longitude: float) -> T:
    return site.model_copy(update={"latitude": latitude, "longitude": longitude})


def _known(there: Mapping[str, T], index: int, site_id: str, what: str) -> T:
    found = there.get(site_id)
    if found is None:
        raise ChangeError(
            index, "id", f"there is no {what} {site_id!r}", "name one that is there by then"
        )
    return found


def _new_id(
    there: Mapping[str, Any], index: int, wanted: str | None, prefix: str, what: str
) -> str:
    if wanted is None:
        return _free(there, f"{prefix}-{index + 1}")
    if wanted in there:
        raise ChangeError(
            index,
            "id",
            f"there is an {what} {wanted!r} already",
            "choose another id or leave it out",
        )
    return wanted


def _free(there: Mapping[str, Any], wanted: str) -> str:
    """The id, or the first one after it that is free."""
    if wanted not in there:
        return wanted
    number = 2
    while f"{wanted}-{number}" in there:
        number += 1
    return f"{wanted}-{number}"


def _newest(times: Iterable[datetime | None]) -> datetime | None:
    """As well looked after as what is there; None when nothing is known."""
    return max((each for each in times if each is not None), default=None)
