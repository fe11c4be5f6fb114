"""Circles follow stations and units, on a real database and a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.records import CircleRecord
from shared.contracts.topics import CIRCLES
from shared.contracts.words import OrderState
from shared.geometry.cells import partition_of_shard, shard_of_place
from tests.services.ambulance_stations.conftest import Run, Stations, step

pytestmark = pytest.mark.integration
Row = Callable[..., dict[str, Any]]
WithUnit = Callable[[Stations], Awaitable[None]]

ELSEWHERE = {"latitude": 34.3428, "longitude": 134.0466, "datum": "wgs84"}


async def test_a_circle_comes_with_the_first_unit_and_goes_with_the_last(
    stations: Stations, station_row: Row, unit_row: Row
) -> None:
    await stations.made("/stations", station_row())
    assert (await stations.circles("ST-1"))["circles"] == []
    await stations.made("/units", unit_row())
    alone = await stations.circles("ST-1")
    assert [each["mode"] for each in alone["circles"]] == ["car"]

    await stations.made("/units", unit_row(id="U-2", kind="health_team", mode="e_bike"))
    both = await stations.circles("ST-1")
    assert [each["mode"] for each in both["circles"]] == ["car", "e_bike"]
    listed = (await stations.get("/circles", tier="first_aid_station"))["items"]
    assert [(each["station_id"], each["mode"]) for each in listed] == [("ST-1", "car")]
    assert listed[0]["cells"] == sum(len(band["cells"]) for band in listed[0]["bands"]) > 100
    assert (await stations.get("/circles", tier="emergency_centre"))["items"] == []
    assert (await stations.get("/circles", bbox="0,0,1,1"))["items"] == []
    assert len((await stations.get("/circles", bbox="117,26,118,27"))["items"]) == 1

    for unit_id in ("U-1", "U-2"):
        assert (await stations.call("DELETE", f"/units/{unit_id}", if_match=1)).status_code == 200
    none = await stations.circles("ST-1")
    assert none["circles"] == []
    assert (await stations.get("/circles"))["items"] == []
    records = await stations.records(CIRCLES, none["version"])
    assert records[-1].value is None
    first = CircleRecord.model_validate_json(records[0].value or b"")
    assert json.loads(records[0].value or b"") == json.loads(first.model_dump_json())
    assert (first.station_id, first.mode, first.basis) == ("ST-1", "car", "h3-grid")
    assert first.streets is None
    second = CircleRecord.model_validate_json(records[1].value or b"")
    told = [
        {"kind": each["kind"], "mode": each["mode"], "bands": each["bands"]}
        for each in both["circles"]
    ]
    assert [
        each.model_dump(mode="json", include={"kind", "mode", "bands"}) for each in second.modes
    ] == told
    assert (second.mode, second.turnout_s, second.bands) == (
        second.modes[0].mode,
        second.modes[0].turnout_s,
        second.modes[0].bands,
    )


async def test_what_a_unit_does_does_not_change_the_circle(
    stations: Stations, station_with_unit: WithUnit
) -> None:
    await station_with_unit(stations)
    before = await stations.circles("ST-1")
    await stations.order(("evt-1", step(OrderState.MOBILE, 1, latitude=26.0, longitude=117.0)))
    await stations.unit("U-1", lambda seen: seen["state"] == "mobile")
    assert await stations.circles("ST-1") == before


async def test_a_circle_moves_with_its_station(
    stations: Stations, station_row: Row, station_with_unit: WithUnit
) -> None:
    await station_with_unit(stations)
    here = await stations.circles("ST-1")
    moved = await stations.call("PUT", "/stations/ST-1", station_row(place=ELSEWHERE), if_match=1)
    assert moved.status_code == 200
    there = await stations.circles("ST-1")
    assert there["version"] == here["version"] + 1
    cells = [
        {cell for band in each["circles"][0]["bands"] for cell in band["cells"]}
        for each in (here, there)
    ]
    assert not cells[0] & cells[1]
    old = partition_of_shard(shard_of_place(26.2719, 117.6457), CIRCLES.partitions)
    records = await stations.records(CIRCLES, 3)
    left = [each.value is None for each in records if each.partition == old]
    assert left == [False, True]
    assert sum(each.value is not None for each in records) == 2


async def test_circles_on_streets_follow_every_change_of_the_units(
    run: Run, streets_folder: Path, station_row: Row, unit_row: Row
) -> None:
    async with run(streets=streets_folder) as stations:
        await stations.made("/stations", station_row())
        await stations.made("/units", unit_row())
        await stations.made("/units", unit_row(id="U-2", kind="health_team", mode="foot"))
        first = await stations.circles("ST-1")
        assert [(each["mode"], each["basis"], each["streets"]) for each in first["circles"]] == [
            ("car", "streets", streets_folder.name),
            ("foot", "streets", streets_folder.name),
        ]
        quicker = unit_row(id="U-2", kind="health_team", mode="e_bike")
        changed = await stations.call("PUT", "/units/U-2", quicker, if_match=1)
        assert changed.status_code == 200
        second = await stations.circles("ST-1")
        assert {each["mode"] for each in second["circles"]} == {"car", "e_bike"}
        await stations.made("/stations", station_row(id="ST-2", place=ELSEWHERE))
        moved = unit_row(id="U-2", kind="health_team", mode="e_bike", station_id="ST-2")
        assert (await stations.call("PUT", "/units/U-2", moved, if_match=2)).status_code == 200
        third = await stations.circles("ST-1")
        assert [each["mode"] for each in third["circles"]] == ["car"]
        away = await stations.circles("ST-2")
        assert [(each["mode"], each["basis"]) for each in away["circles"]] == [
            ("e_bike", "h3-grid")
        ]
    async with run() as stations:
        again = third
        while again["version"] == third["version"]:
            await asyncio.sleep(0.02)
            again = await stations.circles("ST-1")
        assert [(each["basis"], each["streets"]) for each in again["circles"]] == [
            ("h3-grid", None)
        ]


async def test_a_circle_of_no_station_is_not_found(stations: Stations) -> None:
    assert (await stations.call("GET", "/circles/none")).status_code == 404
