"""Orders and told states, on a real database and a real broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.ambulance_stations.domain.states import Commander
from shared.contracts.records import UnitRecord
from shared.contracts.topics import ORDERS, UNITS, dead_letter_name
from shared.contracts.words import OrderState
from shared.identity.roles import Role
from tests.services.ambulance_stations.conftest import NOW, Run, Stations, step

pytestmark = pytest.mark.integration
Row = Callable[..., dict[str, Any]]
WithUnit = Callable[[Stations], Awaitable[None]]


async def test_steps_of_an_order_set_the_state_once(
    stations: Stations, station_with_unit: WithUnit
) -> None:
    await station_with_unit(stations)
    notified = step(OrderState.NOTIFIED, 1)
    mobile = step(OrderState.MOBILE, 2, latitude=26.27, longitude=117.64)
    await stations.order(
        ("evt-1", notified),
        ("evt-1", notified),  # the same event again
        ("evt-2", mobile),
        ("evt-3", notified),  # the same step as another event, late
    )
    free = step(OrderState.FREE, 9)
    unit = await stations.unit("U-1", lambda seen: seen["state"] == "mobile")
    assert (unit["version"], unit["incident_id"]) == (3, "inc-1")
    assert unit["place"] == {"latitude": 26.27, "longitude": 117.64}
    await stations.order(("evt-2", mobile), ("evt-4", free), ("evt-4", free))
    unit = await stations.unit("U-1", lambda seen: seen["state"] == "available")
    assert (unit["version"], unit["incident_id"]) == (4, None)
    assert unit["place"] == {"latitude": 26.27, "longitude": 117.64}
    # Marks the end: what came before it has been handled, and made no further version.
    await stations.order(("evt-5", step(OrderState.NOTIFIED, 1, order_id="order-2", at=NOW)))
    await stations.order(
        ("evt-6", step(OrderState.NOTIFIED, 2, order_id="order-2", at=NOW + timedelta(hours=1)))
    )
    unit = await stations.unit("U-1", lambda seen: seen["order_id"] == "order-2")
    assert unit["version"] == 5
    states = [
        UnitRecord.model_validate_json(each.value or b"").state
        for each in await stations.records(UNITS, 5)
    ]
    assert states == ["available", "notified", "mobile", "available", "notified"]


async def test_a_step_for_a_retired_unit_does_not_bring_it_back(
    stations: Stations, station_with_unit: WithUnit, unit_row: Row
) -> None:
    await station_with_unit(stations)
    await stations.made("/units", unit_row(id="U-2"))
    assert (await stations.call("DELETE", "/units/U-1", if_match=1)).status_code == 200
    await stations.order(
        ("evt-1", step(OrderState.NOTIFIED, 1)),
        ("evt-2", step(OrderState.NOTIFIED, 1, unit_id="U-2", order_id="order-2")),
    )
    await stations.unit("U-2", lambda seen: seen["state"] == "notified")
    gone = await stations.get("/units/U-1")
    assert (gone["retired"], gone["state"], gone["version"]) == (True, "available", 2)


async def test_a_step_for_an_unknown_unit_is_a_dead_letter_and_stops_nobody(
    stations: Stations, station_with_unit: WithUnit
) -> None:
    await station_with_unit(stations)
    await stations.order(
        ("evt-1", step(OrderState.NOTIFIED, 1, unit_id="U-404", order_id="order-0")),
        ("evt-2", step(OrderState.NOTIFIED, 1)),
    )
    await stations.unit("U-1", lambda seen: seen["state"] == "notified")
    letters = await stations.records(dead_letter_name(ORDERS.name, "ambulance_stations"), 1)
    assert [letter.key for letter in letters] == [b"order-0"]


async def test_a_new_row_does_not_change_what_a_unit_is_doing(
    stations: Stations, station_with_unit: WithUnit, unit_row: Row
) -> None:
    await station_with_unit(stations)
    await stations.order(("evt-1", step(OrderState.MOBILE, 1)))
    await stations.unit("U-1", lambda seen: seen["state"] == "mobile")
    report = (await stations.call("POST", "/units/bulk", [unit_row()])).json()
    assert report["unchanged"] == 1
    put = await stations.call("PUT", "/units/U-1", unit_row(capabilities=["bls"]), if_match=2)
    assert (put.json()["state"], put.json()["order_id"]) == ("mobile", "order-1")
    assert put.json()["capabilities"] == ["bls"]


async def test_a_station_tells_only_of_its_own_units(
    stations: Stations, station_with_unit: WithUnit
) -> None:
    await station_with_unit(stations)

    async def tell(state: str, **who: Any) -> Any:
        return await stations.call(
            "POST", "/units/U-1/state", {"state": state}, **{"role": Role.STATION, **who}
        )

    assert (await tell("off_duty", station="ST-2")).status_code == 403
    assert (await tell("off_duty", role=Role.RESCUER)).status_code == 403
    assert (await tell("off_duty", role=Role.REGISTRAR)).status_code == 403
    off = await tell("off_duty", station="ST-1")
    assert (off.status_code, off.json()["state"], off.json()["applied"]) == (200, "off_duty", True)
    again = await tell("off_duty", station="ST-1")
    assert (again.json()["applied"], again.json()["version"]) == (False, 2)
    assert (await tell("available", subject="ST-1")).json()["state"] == "available"
    ordered = await tell("mobile", station="ST-1")
    assert (ordered.status_code, ordered.json()["type"]) == (409, "urn:lifering:problem:orders-say")

    await stations.order(("evt-1", step(OrderState.MOBILE, 1)))
    await stations.unit("U-1", lambda seen: seen["state"] == "mobile")
    stations.clock.advance(600)
    assert (await tell("off_duty", station="ST-1")).json()["type"].endswith(":on-order")
    broken = await tell("out_of_service", station="ST-1")
    assert (broken.status_code, broken.json()["incident_id"]) == (200, "inc-1")


async def test_another_system_may_command_the_units(run: Run, station_with_unit: WithUnit) -> None:
    async with run(Commander.EXTERNAL) as stations:
        await station_with_unit(stations)
        await stations.order(("evt-1", step(OrderState.NOTIFIED, 1)))
        told = {
            "state": "mobile",
            "at": (NOW - timedelta(seconds=0)).isoformat(),
            "latitude": 26.2719,
            "longitude": 117.6457,
            "datum": "gcj02",
            "incident_id": "CAD-77",
        }
        answer = await stations.call("POST", "/units/U-1/state", told, role=Role.SERVICE)
        assert answer.status_code == 200, answer.text
        unit = answer.json()
        assert (unit["state"], unit["incident_id"], unit["applied"]) == ("mobile", "CAD-77", True)
        shift = abs(unit["place"]["latitude"] - 26.2719)
        assert 0.001 < shift < 0.01
        late = {**told, "state": "available", "at": (NOW - timedelta(hours=1)).isoformat()}
        answer = await stations.call("POST", "/units/U-1/state", late, role=Role.SERVICE)
        assert (answer.json()["state"], answer.json()["applied"]) == ("mobile", False)
        records = await stations.records(UNITS, 2)
        record = UnitRecord.model_validate_json(records[1].value or b"")
        assert (record.state, record.incident_id, record.version) == ("mobile", "CAD-77", 2)
        assert record.latitude == unit["place"]["latitude"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"state": "available", "latitude": 1.0, "longitude": 1.0}, "body"),
        ({"state": "available", "latitude": 91, "longitude": 1.0, "datum": "wgs84"}, "latitude"),
        ({"state": "available", "at": (NOW + timedelta(hours=1)).isoformat()}, "at"),
        ({"state": "available", "incident_id": "inc-1"}, "incident_id"),
        ({"state": "resting"}, "state"),
    ],
)
async def test_what_cannot_be_is_refused(
    stations: Stations, station_with_unit: WithUnit, told: dict[str, Any], field: str
) -> None:
    await station_with_unit(stations)
    refused = await stations.call("POST", "/units/U-1/state", told, role=Role.ADMINISTRATOR)
    error = refused.json()["errors"][0]
    assert (refused.status_code, error["field"], bool(error["mend"])) == (422, field, True)
    assert (await stations.get("/units/U-1"))["version"] == 1
