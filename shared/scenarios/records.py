"""A scenario's rows as the records that decisions are made from, without a running system.

The registries do the same when the rows are loaded: coordinates to WGS-84, idle places to cells,
missing time zones and countries from the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.geometry.cells import cell_of, centre_of
from shared.geometry.country import country_of_time_zone
from shared.geometry.place import Place, PlaceIn
from shared.hours import time_zone_of
from shared.scenarios.scenario import Row, Scenario
from shared.snapshots import TABLES, Known


def known_of(scenario: Scenario, now: datetime) -> Known:
    """What dispatch knows right after the scenario was loaded at ``now`` (aware).

    Live places are recorded and units are in their state at that moment; nobody holds anything and
    nobody has been alerted before. Same scenario and moment, same records, sorted by id.
    """
    stations = sorted((_station(row) for row in scenario.stations), key=lambda s: s.id)
    sites = {station.id: station for station in stations}
    presence = [
        PresenceRecord(rescuer_id=row["rescuer_id"], cell=row["cell"], recorded_at=now)
        for row in scenario.presence
    ]
    return Known(
        aeds=sorted((_aed(row) for row in scenario.aeds), key=lambda a: a.id),
        presence=sorted(presence, key=lambda p: p.rescuer_id),
        rescuers=sorted((_rescuer(row) for row in scenario.rescuers), key=lambda r: r.id),
        stations=stations,
        units=sorted((_unit(row, sites, now) for row in scenario.units), key=lambda u: u.id),
        as_of=dict.fromkeys(TABLES, now),
    )


def _place(row: Row) -> Place:
    place: Mapping[str, Any] = row["place"]
    return PlaceIn.model_validate(place).wgs84()


def _site(row: Row) -> dict[str, Any]:
    """What a record has of a row's place: coordinates, time zone, country, and who made it up."""
    place = _place(row)
    zone = row.get("time_zone") or time_zone_of(place.latitude, place.longitude)
    return {
        "version": 1,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "time_zone": zone,
        "country": row.get("country") or country_of_time_zone(zone),
        "synthetic": bool(row["provenance"].get("synthetic")),
    }


def _aed(row: Row) -> AedRecord:
    code_known = row.get("access_code") is not None
    return AedRecord.model_validate({**row, **_site(row), "code_known": code_known})


def _station(row: Row) -> StationRecord:
    return StationRecord.model_validate({**row, **_site(row)})


def _unit(row: Row, stations: Mapping[str, StationRecord], now: datetime) -> UnitRecord:
    station = stations[row["station_id"]]
    return UnitRecord.model_validate(
        {
            "state": "available",
            **row,
            "version": 1,
            "state_at": now,
            "latitude": station.latitude,
            "longitude": station.longitude,
            "synthetic": bool(row["provenance"].get("synthetic")),
        }
    )


def _rescuer(row: Row) -> RescuerRecord:
    places = [_usual(place) for place in row.get("places", ())]
    zone = row.get("time_zone") or time_zone_of(*centre_of(places[0]["cell"]))
    credential = row.get("credential")
    return RescuerRecord.model_validate(
        {
            "state": "enrolled",
            **row,
            "version": 1,
            "credential_expires_on": None if credential is None else credential["expires_on"],
            "time_zone": zone,
            "places": places,
            "alerts_consent": row["consent"]["alerts"],
            "location_consent": row["consent"]["location"],
            "synthetic": bool(row["provenance"].get("synthetic")),
        }
    )


def _usual(row: Row) -> dict[str, Any]:
    """A usual place as a cell, whichever way it was given."""
    cell = row.get("cell")
    if cell is None:
        place = _place(row)
        cell = cell_of(place.latitude, place.longitude)
    return {"kind": row["kind"], "cell": cell, "hours": row.get("hours", "24/7")}
