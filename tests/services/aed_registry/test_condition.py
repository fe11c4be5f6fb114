"""Checks, reports and the public list, on a real database and a real broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.records import AedRecord
from shared.identity.roles import Role
from tests.services.aed_registry.conftest import NOW, Registry

pytestmark = pytest.mark.integration
Register = Callable[..., Awaitable[dict[str, Any]]]


async def state_of(registry: Registry) -> tuple[str, str]:
    seen = (await registry.call("GET", "/aeds/AED-1")).json()
    return seen["state"], seen["effective_state"]


async def test_a_missing_device_is_doubted_until_somebody_settles_it(
    registry: Registry, registered: Register
) -> None:
    await registered()
    told = await registry.call(
        "POST",
        "/aeds/AED-1/reports",
        {"kind": "missing", "note": "柜子是空的", "incident_id": "inc-1"},
        role=Role.RESCUER,
        subject="R-7",
    )
    assert (told.status_code, told.json()["effective_state"]) == (201, "unknown")
    assert told.json()["reported_by"] is None
    assert await state_of(registry) == ("in_service", "unknown")

    twice = await registry.call(
        "POST", "/aeds/AED-1/reports", {"kind": "missing"}, role=Role.RESCUER, subject="R-7"
    )
    assert (twice.status_code, twice.json()["id"]) == (200, told.json()["id"])

    reports = (await registry.call("GET", "/aeds/AED-1/reports")).json()["items"]
    assert [(each["kind"], each["reported_by"]) for each in reports] == [("missing", "rescuer:R-7")]
    path = f"/aeds/AED-1/reports/{told.json()['id']}/settlement"
    forbidden = await registry.call("PUT", path, {"settlement": "dismissed"}, role=Role.RESCUER)
    assert forbidden.status_code == 403
    assert (await registry.call("PUT", path, {"settlement": "dismissed"})).status_code == 200
    assert await state_of(registry) == ("in_service", "in_service")
    other = await registry.call("PUT", path, {"settlement": "confirmed"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:lifering:problem:settled")

    states = [
        AedRecord.model_validate_json(each.value or b"").state for each in await registry.records(3)
    ]
    assert states == ["in_service", "unknown", "in_service"]


async def test_confirmed_is_out_of_service(registry: Registry, registered: Register) -> None:
    await registered()
    told = await registry.call(
        "POST", "/aeds/AED-1/reports", {"kind": "damaged"}, role=Role.STATION
    )
    path = f"/aeds/AED-1/reports/{told.json()['id']}/settlement"
    settled = await registry.call("PUT", path, {"settlement": "confirmed"})
    assert settled.json()["effective_state"] == "out_of_service"
    assert settled.json()["last_report"]["settled"] is True
    assert (await registry.call("PUT", path, {"settlement": "confirmed"})).json() == settled.json()


async def test_a_used_device_comes_back_with_a_check(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.call("POST", "/aeds/AED-1/reports", {"kind": "used"}, role=Role.RESCUER)
    assert await state_of(registry) == ("in_service", "out_of_service")
    registry.clock.advance(3_600)
    check = {"outcome": "in_order", "pads_expire_on": "2028-01-31"}
    assert (
        await registry.call("POST", "/aeds/AED-1/checks", check, role=Role.RESCUER)
    ).status_code == 403
    checked = await registry.call("POST", "/aeds/AED-1/checks", check, role=Role.STATION)
    assert checked.status_code == 201
    seen = (await registry.call("GET", "/aeds/AED-1")).json()
    assert (seen["effective_state"], seen["open_reports"]) == ("in_service", [])
    assert seen["pads_expire_on"] == "2028-01-31"
    assert seen["last_checked_at"] == (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")


async def test_a_late_check_settles_only_what_came_before_it(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.call("POST", "/aeds/AED-1/reports", {"kind": "missing"}, role=Role.RESCUER)
    before = (NOW - timedelta(days=1)).isoformat()
    await registry.call("POST", "/aeds/AED-1/checks", {"outcome": "in_order", "at": before})
    assert await state_of(registry) == ("in_service", "unknown")
    old = (NOW - timedelta(days=90)).isoformat()
    await registry.call("POST", "/aeds/AED-1/checks", {"outcome": "fault", "at": old})
    assert (await state_of(registry))[0] == "in_service"


async def test_the_future_and_the_retired_are_refused(
    registry: Registry, registered: Register
) -> None:
    await registered()
    ahead = (NOW + timedelta(hours=1)).isoformat()
    for path, body in (
        ("/aeds/AED-1/checks", {"outcome": "in_order", "at": ahead}),
        ("/aeds/AED-1/reports", {"kind": "missing", "at": ahead}),
    ):
        refused = await registry.call("POST", path, body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "at")
    await registry.call("DELETE", "/aeds/AED-1", if_match=1)
    gone = await registry.call("POST", "/aeds/AED-1/reports", {"kind": "missing"})
    assert gone.status_code == 409
    none = await registry.call("POST", "/aeds/none/reports", {"kind": "missing"})
    assert none.status_code == 404


async def test_the_public_list_has_no_secrets_and_says_what_is_open(
    registry: Registry, registered: Register
) -> None:
    await registered(id="open", opening_hours="Mo-Su 06:00-21:00")
    await registered(id="closed", opening_hours="Sa-Su 06:00-21:00")
    await registered(id="unknown", opening_hours=None)
    await registered(id="home", access="private")
    answer = await registry.client.get("/public/aeds")
    assert answer.status_code == 200
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    seen = {each["id"]: each["properties"]["open_now"] for each in collection["features"]}
    assert seen == {"open": True, "closed": False, "unknown": None}
    assert collection["features"][0]["geometry"] == {
        "type": "Point",
        "coordinates": [117.6389, 26.2634],
    }
    for secret in ("2580#", "林晓", "+86 598"):
        assert secret not in answer.text
    paged = await registry.client.get("/public/aeds", params={"limit": 2, "bbox": "117,26,118,27"})
    assert [each["id"] for each in paged.json()["features"]] == ["closed", "open"]
    rest = await registry.client.get(
        "/public/aeds", params={"limit": 2, "cursor": paged.json()["next_cursor"]}
    )
    assert [each["id"] for each in rest.json()["features"]] == ["unknown"]
    whole = await registry.client.get("/public/aeds/file")
    assert whole.headers["content-type"] == "application/geo+json"
    assert whole.json()["features"] == collection["features"]
