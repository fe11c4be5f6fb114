"""A small world to decide in: records with sensible defaults around a place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
    UsualPlace,
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
from shared.decision import Held, Patient, Plan, Policy, Snapshot, decide, default_policy, index_of
from shared.geometry.cells import cell_of
from shared.geometry.distance import EARTH_RADIUS_M

# A Monday, 10:30 in Sanming.
NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
CALL = NOW - timedelta(seconds=40)
HERE = (26.2634, 117.6390)
ZONE = "Asia/Shanghai"


def at(
    north_m: float = 0.0, east_m: float = 0.0, origin: tuple[float, float] = HERE
) -> tuple[float, float]:
    """The place so many metres north and east of another."""
    latitude = origin[0] + math.degrees(north_m / EARTH_RADIUS_M)
    scale = EARTH_RADIUS_M * math.cos(math.radians(latitude))
    longitude = origin[1] + math.degrees(east_m / scale)
    return latitude, (longitude + 180) % 360 - 180


def cell(place: tuple[float, float]) -> str:
    return cell_of(*place)


def rescuer(id: str, place: tuple[float, float] = HERE, **changes: Any) -> RescuerRecord:
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "state": RescuerState.VERIFIED,
        "credential_expires_on": date(2027, 1, 1),
        "time_zone": ZONE,
        "transport_mode": TransportMode.E_BIKE,
        "places": (UsualPlace(kind=PlaceKind.HOME, cell=cell(place)),),
        "location_consent": True,
    }
    return RescuerRecord(**{**values, **changes})


def presence(id: str, place: tuple[float, float], age_s: float = 60) -> PresenceRecord:
    return PresenceRecord(
        rescuer_id=id, cell=cell(place), recorded_at=NOW - timedelta(seconds=age_s)
    )


def aed(id: str, place: tuple[float, float], **changes: Any) -> AedRecord:
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "name": id,
        "latitude": place[0],
        "longitude": place[1],
        "floor": 0,
        "opening_hours": "24/7",
        "time_zone": ZONE,
        "access": AedAccess.PUBLIC,
        "state": AedState.IN_SERVICE,
        "last_checked_at": NOW - timedelta(days=30),
    }
    return AedRecord(**{**values, **changes})


def unit(id: str, place: tuple[float, float], **changes: Any) -> UnitRecord:
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "station_id": f"station-{id}",
        "kind": UnitKind.AMBULANCE,
        "mode": TransportMode.CAR,
        "state": UnitState.AVAILABLE,
        "state_at": NOW,
        "latitude": place[0],
        "longitude": place[1],
    }
    return UnitRecord(**{**values, **changes})


def station(id: str, place: tuple[float, float] = HERE, **changes: Any) -> StationRecord:
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "name": id,
        "tier": Tier.FIRST_AID_STATION,
        "latitude": place[0],
        "longitude": place[1],
        "time_zone": ZONE,
    }
    return StationRecord(**{**values, **changes})


def snapshot(
    *,
    rescuers: Iterable[RescuerRecord] = (),
    live: Iterable[PresenceRecord] = (),
    aeds: Iterable[AedRecord] = (),
    units: Iterable[UnitRecord] = (),
    stations: Iterable[StationRecord] = (),
    held: Held | None = None,
    alerts_recent: Mapping[str, int] | None = None,
    missing_aeds: Iterable[str] = (),
    as_of: Mapping[str, datetime] | None = None,
) -> Snapshot:
    r, a, u = index_of(rescuers=rescuers, presence=live, aeds=aeds, units=units)
    return Snapshot(
        rescuers=r,
        aeds=a,
        units=u,
        stations={s.id: s for s in stations},
        held=held or Held(),
        alerts_recent=alerts_recent or {},
        missing_aeds=frozenset(missing_aeds),
        as_of=as_of or {},
    )


def patient(place: tuple[float, float] = HERE, **changes: Any) -> Patient:
    values: dict[str, Any] = {"floor": 0, "call_at": CALL}
    return Patient(latitude=place[0], longitude=place[1], **{**values, **changes})


def policy(**sections: Mapping[str, Any]) -> Policy:
    """The default policy with some values changed: ``policy(target={"floor": 0})``."""
    base = default_policy()
    changed = {
        name: getattr(base, name).model_copy(update=dict(values))
        for name, values in sections.items()
    }
    return base.model_copy(update=changed)


def plan_for(world: Snapshot, **changes: Any) -> Plan:
    return decide(world, patient(**changes), NOW, default_policy())


def reasons(plan: Plan) -> dict[str, str]:
    return {skipped.id: skipped.reason.value for skipped in plan.skipped}


def chosen(plan: Plan) -> set[str]:
    return {choice.rescuer_id for choice in plan.rescuers}
