"""Stations and units over HTTP, on a real database and a real broker."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.ambulance_stations.main import build
from services.ambulance_stations.settings import Settings
from shared.contracts.records import StationRecord, UnitRecord
from shared.contracts.topics import STATIONS, UNITS
from shared.geometry.cells import partition_of_shard, shard_of_place
from shared.http.auth import undeclared_routes
from shared.identity.roles import Role
from tests.services.ambulance_stations.conftest import PLACE, Stations

Row = Callable[..., dict[str, Any]]
WithUnit = Callable[[Stations], Awaitable[None]]

ELSEWHERE = {"latitude": 34.3428, "longitude": 134.0466, "datum": "wgs84"}


def test_every_route_says_who_may() -> None:
    assert undeclared_routes(build(Settings()).app) == []


@pytest.mark.integration
async def test_create_read_replace_retire_a_station(stations: Stations, station_row: Row) -> None:
    made = await stations.call("POST", "/stations", station_row())
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert (made.json()["time_zone"], made.json()["country"]) == ("Asia/Shanghai", "CN")
    taken = await stations.call("POST", "/stations", station_row())
    assert taken.status_code == 409

    changed = station_row(name="New", hospital=True)
    assert (await stations.call("PUT", "/stations/ST-1", changed)).status_code == 428
    stale = await stations.call("PUT", "/stations/ST-1", changed, if_match=9)
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    replaced = await stations.call("PUT", "/stations/ST-1", changed, if_match=1)
    assert (replaced.status_code, replaced.json()["version"]) == (200, 2)
    assert [each["id"] for each in (await stations.get("/stations", hospital=True))["items"]] == [
        "ST-1"
    ]
    assert (await stations.get("/stations", tier="emergency_centre"))["items"] == []

    retired = await stations.call("DELETE", "/stations/ST-1", if_match=2)
    assert (retired.status_code, retired.json()["retired"]) == (200, True)
    assert (await stations.get("/stations"))["items"] == []
    history = (await stations.call("GET", "/stations/ST-1/history")).json()["items"]
    assert [line["change"] for line in history] == ["retired", "replaced", "created"]

    records = await stations.records(STATIONS, 3)
    assert records[-1].value is None
    record = StationRecord.model_validate_json(records[1].value or b"")
    assert json.loads(records[1].value or b"") == json.loads(record.model_dump_json())
    assert (record.version, record.hospital, record.synthetic) == (2, True, True)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"place": {"latitude": 26.0, "longitude": 117.0}}, "place.datum"),
        ({"place": {**PLACE, "latitude": 91}}, "place.latitude"),
        ({"opening_hours": "day and night"}, "opening_hours"),
        ({"tier": "hospital"}, "tier"),
    ],
)
async def test_a_bad_station_is_refused_by_field_and_nothing_changes(
    stations: Stations, station_row: Row, fields: dict[str, Any], field: str
) -> None:
    await stations.made("/stations", station_row())
    refused = await stations.call("PUT", "/stations/ST-1", station_row(**fields), if_match=1)
    error = refused.json()["errors"][0]
    assert (refused.status_code, error["field"], bool(error["mend"])) == (422, field, True)
    assert (await stations.get("/stations/ST-1"))["version"] == 1


@pytest.mark.integration
async def test_a_unit_needs_a_station(
    stations: Stations, station_row: Row, unit_row: Row, station_with_unit: WithUnit
) -> None:
    refused = await stations.call("POST", "/units", unit_row())
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "station_id"
    assert (await stations.call("GET", "/units/U-1")).status_code == 404

    await station_with_unit(stations)
    moved = await stations.call("PUT", "/units/U-1", unit_row(station_id="ST-9"), if_match=1)
    assert moved.json()["errors"][0]["field"] == "station_id"

    busy = await stations.call("DELETE", "/stations/ST-1", if_match=1)
    assert (busy.status_code, busy.json()["type"]) == (409, "urn:lifering:problem:has-units")
    assert (await stations.get("/stations/ST-1"))["retired"] is False

    assert (await stations.call("DELETE", "/units/U-1", if_match=1)).status_code == 200
    assert (await stations.call("DELETE", "/stations/ST-1", if_match=1)).status_code == 200
    gone = await stations.call("POST", "/units", unit_row(id="U-2"))
    assert gone.json()["errors"][0]["field"] == "station_id"


@pytest.mark.integration
async def test_uploads_are_decided_row_by_row(
    stations: Stations, station_row: Row, unit_row: Row
) -> None:
    rows = [
        station_row(id="A"),
        station_row(id="A"),
        station_row(id="B", place={**PLACE, "latitude": 91}),
        station_row(id="null", place={"latitude": 0, "longitude": 0, "datum": "wgs84"}),
    ]
    report = (await stations.call("POST", "/stations/bulk", rows)).json()
    assert (report["created"], report["refused"]) == (2, 2)
    assert [(each["row"], each["errors"][0]["field"]) for each in report["rows"]] == [
        (2, "id"),
        (3, "place.latitude"),
    ]
    units = [unit_row(id="U-1", station_id="A"), unit_row(id="U-2", station_id="B")]
    report = (await stations.call("POST", "/units/bulk", units)).json()
    assert (report["created"], report["refused"]) == (1, 1)
    assert report["rows"][0]["errors"][0]["field"] == "station_id"
    again = (await stations.call("POST", "/units/bulk", units[:1])).json()
    assert (again["unchanged"], again["updated"]) == (1, 0)
    again = (await stations.call("POST", "/stations/bulk", rows[:1])).json()
    assert again["unchanged"] == 1


@pytest.mark.integration
async def test_units_follow_their_station_to_another_partition(
    stations: Stations, station_row: Row, station_with_unit: WithUnit
) -> None:
    here = partition_of_shard(shard_of_place(26.2719, 117.6457), UNITS.partitions)
    there = partition_of_shard(shard_of_place(34.3428, 134.0466), UNITS.partitions)
    assert here != there
    await station_with_unit(stations)
    moved = await stations.call("PUT", "/stations/ST-1", station_row(place=ELSEWHERE), if_match=1)
    assert moved.status_code == 200
    unit = await stations.get("/units/U-1")
    assert unit["place"] == {"latitude": 34.3428, "longitude": 134.0466}
    assert (unit["version"], unit["shard"]) == (2, moved.json()["shard"])
    for topic in (UNITS, STATIONS):
        records = await stations.records(topic, 3)
        left = [each for each in records if each.partition == here]
        came = [each for each in records if each.partition == there]
        assert [each.value is None for each in left] == [False, True]
        assert [each.value is None for each in came] == [False]
    record = UnitRecord.model_validate_json(came[0].value or b"{}") if topic is UNITS else None
    assert record is None or record.latitude == 34.3428


@pytest.mark.integration
async def test_boxes_and_pages_of_units(
    stations: Stations, station_row: Row, unit_row: Row
) -> None:
    places = {"fiji": (-17.0, 179.9), "null": (0.0, 0.0), "samoa": (-17.0, -179.9)}
    for name, (latitude, longitude) in places.items():
        place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
        await stations.made("/stations", station_row(id=name, place=place))
        await stations.made("/units", unit_row(id=f"U-{name}", station_id=name))

    async def ids(path: str, **params: Any) -> list[str]:
        return [each["id"] for each in (await stations.get(path, **params))["items"]]

    assert await ids("/units", bbox="179,-18,-179,-16") == ["U-fiji", "U-samoa"]
    assert await ids("/stations", bbox="-1,-1,1,1") == ["null"]
    assert await ids("/units", station_id="null") == ["U-null"]
    first = await stations.get("/units", limit=2)
    rest = await stations.get("/units", limit=2, cursor=first["next_cursor"])
    assert [each["id"] for each in first["items"] + rest["items"]] == [
        "U-fiji",
        "U-null",
        "U-samoa",
    ]
    assert rest["next_cursor"] is None


@pytest.mark.integration
async def test_crew_names_are_shown_to_the_register_and_at_home(
    stations: Stations, station_with_unit: WithUnit
) -> None:
    await station_with_unit(stations)

    async def names(role: Role, station: str | None = None) -> list[str | None]:
        answer = await stations.call("GET", "/units/U-1", role=role, station=station)
        return [member["name"] for member in answer.json()["crew"]]

    assert await names(Role.REGISTRAR) == ["陈医生", None]
    assert await names(Role.STATION, "ST-1") == ["陈医生", None]
    assert await names(Role.STATION, "ST-2") == [None, None]
    assert await names(Role.DISPATCHER) == [None, None]
    for record in await stations.records(UNITS, 1):
        assert "陈医生" not in (record.value or b"").decode()
    assert (await stations.call("GET", "/units/U-1", role=Role.RESCUER)).status_code == 403
    for path in ("/units/U-1", "/stations/ST-1"):
        refused = await stations.call("DELETE", path, role=Role.STATION, if_match=1)
        assert refused.status_code == 403
