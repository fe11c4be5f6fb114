"""The world as our records, and the snapshot that a decision searches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar

import h3.api.basic_int as h3
import numpy as np

from loadtests.decision import world as w
from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    Record,
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
from shared.decision import (
    AedIndex,
    Held,
    Patient,
    RescuerIndex,
    Snapshot,
    UnitIndex,
    default_policy,
)
from shared.decision.marked import ready
from shared.decision.units_stations import StationTable

RESCUER_STATES = (RescuerState.VERIFIED, RescuerState.ENROLLED, RescuerState.SUSPENDED)
AED_STATES = (AedState.IN_SERVICE, AedState.OUT_OF_SERVICE, AedState.UNKNOWN)
AED_ACCESS = (AedAccess.PUBLIC, AedAccess.STAFF, AedAccess.PRIVATE, AedAccess.UNKNOWN)
UNIT_STATES = (UnitState.AVAILABLE, UnitState.RETURNING, UnitState.MOBILE, UnitState.OFF_DUTY)
ELSEWHERE = "inc-elsewhere"
"""The incident that holds whoever is held."""
FLOORS = (None, 0, 0, 1, 2, 3, 5, 11)


R = TypeVar("R", bound=Record)


def made(model: type[R], values: dict[str, Any], fields: set[str]) -> R:
    """As `model_construct` with all fields given; a million of them take a minute less."""
    record = model.__new__(model)
    set_attribute = object.__setattr__
    set_attribute(record, "__dict__", values)
    set_attribute(record, "__pydantic_fields_set__", fields)
    set_attribute(record, "__pydantic_extra__", None)
    set_attribute(record, "__pydantic_private__", None)
    return record


def rescuer_records(world: w.World) -> Iterator[tuple[RescuerRecord, PresenceRecord | None]]:
    """Profiles and live places by number. Not validated again: these are columns of our own."""
    r = world.rescuers
    known: dict[tuple[PlaceKind, int, str], UsualPlace] = {}
    place_fields, fields = set(UsualPlace.model_fields), set(RescuerRecord.model_fields)
    told_fields = set(PresenceRecord.model_fields)

    def place(kind: PlaceKind, cell: int, hours: str) -> UsualPlace:
        key = (kind, cell, hours)
        found = known.get(key)
        if found is None:
            values = {"kind": kind, "cell": h3.int_to_str(cell), "hours": hours}
            found = known[key] = made(UsualPlace, values, place_fields)
        return found

    columns = zip(
        r.home.tolist(),
        r.work.tolist(),
        r.phone.tolist(),
        r.phone_age_s.tolist(),
        r.mode.tolist(),
        r.state.tolist(),
        r.expires_in_days.tolist(),
        r.alerts_consent.tolist(),
        r.location_consent.tolist(),
        r.available.tolist(),
        r.quiet.tolist(),
        r.evenings_only.tolist(),
        strict=True,
    )
    for number, row in enumerate(columns):
        home, work, phone, age_s, mode, state, days, alerts, location, available, quiet, late = row
        places = [place(PlaceKind.HOME, home, w.EVENING_HOURS if late else "24/7")]
        if work:
            places.insert(0, place(PlaceKind.WORK, work, w.WORK_HOURS))
        identity = w.rescuer_id(number)
        values = {
            "id": identity,
            "version": 1,
            "state": RESCUER_STATES[state],
            "credential_expires_on": w.expiry(days),
            "skills": (),
            "available": available,
            "quiet_hours": w.QUIET_HOURS[quiet],
            "time_zone": w.ZONE,
            "transport_mode": w.MODES[mode],
            "places": tuple(places),
            "alerts_consent": alerts,
            "location_consent": location,
            "synthetic": True,
        }
        profile = made(RescuerRecord, values, fields)
        told = None
        if phone:
            values = {
                "rescuer_id": identity,
                "cell": h3.int_to_str(phone),
                "recorded_at": w.NOW - timedelta(seconds=age_s),
            }
            told = made(PresenceRecord, values, told_fields)
        yield profile, told


def aed_record(world: w.World, number: int) -> AedRecord:
    """One AED."""
    a = world.aeds
    return AedRecord(
        id=w.aed_id(number),
        version=1,
        name=f"AED {number}",
        latitude=float(a.latitude[number]),
        longitude=float(a.longitude[number]),
        floor=0,
        opening_hours=w.AED_HOURS[a.hours[number]],
        time_zone=w.ZONE,
        country=w.COUNTRY,
        access=AED_ACCESS[a.access[number]],
        code_required=bool(a.code[number]),
        code_known=bool(a.code[number] == 1),
        state=AED_STATES[a.state[number]],
        pads_expire_on=w.TODAY + timedelta(days=-30 if a.pads_expired[number] else 400),
        battery_expires_on=w.TODAY + timedelta(days=800),
        last_checked_at=w.NOW - timedelta(days=60) if a.checked[number] else None,
        synthetic=True,
    )


def unit_records(world: w.World) -> Iterator[tuple[UnitRecord, StationRecord]]:
    """Units, and the station of each."""
    u = world.units
    for number in range(len(u.latitude)):
        latitude, longitude = float(u.latitude[number]), float(u.longitude[number])
        ambulance = bool(u.ambulance[number])
        station = StationRecord(
            id=f"station-{number:05d}",
            version=1,
            name=f"Station {number}",
            tier=Tier.FIRST_AID_STATION if ambulance else Tier.COMMUNITY_HEALTH_CENTRE,
            latitude=latitude,
            longitude=longitude,
            time_zone=w.ZONE,
            country=w.COUNTRY,
            synthetic=True,
        )
        unit = UnitRecord(
            id=w.unit_id(number),
            version=1,
            station_id=station.id,
            kind=UnitKind.AMBULANCE if ambulance else UnitKind.HEALTH_TEAM,
            mode=TransportMode.CAR if ambulance else TransportMode.E_BIKE,
            state=UNIT_STATES[u.state[number]],
            state_at=w.NOW - timedelta(minutes=20),
            latitude=latitude,
            longitude=longitude,
            capabilities=("als", "aed") if ambulance and number % 2 else ("aed",),
            synthetic=True,
        )
        yield unit, station


def snapshot_of(world: w.World) -> Snapshot:
    """The indexes filled as a service fills them, and what others hold."""
    rescuers, aeds, units = RescuerIndex(), AedIndex(), UnitIndex()
    for profile, told in rescuer_records(world):
        if told is not None:
            rescuers.place(told)
        rescuers.put(profile)
    for number in range(len(world.aeds.latitude)):
        aeds.put(aed_record(world, number))
    stations = StationTable()  # as dispatch keeps them
    for unit, station in unit_records(world):
        units.put(unit)
        stations[station.id] = station

    def held(name: str, column: w.BoolArray) -> dict[str, str]:
        identity = {"rescuer": w.rescuer_id, "aed": w.aed_id, "unit": w.unit_id}[name]
        return {identity(i): ELSEWHERE for i in np.flatnonzero(column).tolist()}

    # As dispatch asks its database: those who have had as many as the policy allows.
    recent = world.rescuers.alerts_recent
    tired = np.flatnonzero(recent >= default_policy().fatigue.max_alerts)
    snapshot = Snapshot(
        rescuers=rescuers,
        aeds=aeds,
        units=units,
        stations=stations,
        held=Held(
            rescuers=held("rescuer", world.rescuers.held),
            aeds=held("aed", world.aeds.held),
            units=held("unit", world.units.held),
        ),
        alerts_recent={w.rescuer_id(i): int(recent[i]) for i in tired.tolist()},
        missing_aeds=frozenset(w.aed_id(i) for i in np.flatnonzero(world.aeds.missing).tolist()),
        as_of=dict.fromkeys(("rescuers", "presence", "aeds", "units", "stations"), w.NOW),
    )
    return ready(snapshot, default_policy())


def patients_at(places: w.FloatArray, seed: int) -> list[Patient]:
    """A patient at each place, taken for an arrest, on a floor or on one that is unknown."""
    floors = np.random.default_rng([seed, 7]).integers(0, len(FLOORS), len(places)).tolist()
    return [
        Patient(
            latitude=latitude,
            longitude=longitude,
            call_at=w.NOW - timedelta(seconds=40),
            floor=FLOORS[floor],
            conscious=False,
            breathing=False,
        )
        for (latitude, longitude), floor in zip(places.tolist(), floors, strict=True)
    ]
