"""Devices that somebody who was sent for them did not find, on a real database and broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.records import AedRecord, IncidentRecord
from shared.contracts.words import TimelineEvent
from shared.identity.roles import Role
from tests.services.aed_registry.conftest import NOW, Registry

pytestmark = pytest.mark.integration
Register = Callable[..., Awaitable[dict[str, Any]]]
MINUTE = timedelta(minutes=1)


def missing(aed_id: str = "AED-1", **fields: Any) -> IncidentRecord:
    """A rescuer did not find the device a minute ago; fields can be given."""
    return IncidentRecord(
        **{
            "incident_id": "inc-1",
            "sequence": 9,
            "event": TimelineEvent.AED_MISSING,
            "at": NOW - MINUTE,
            "by": "rescuer:R-7",
            "shard": 0,
            "detail": {"alert_id": "alert-1", "aed_id": aed_id},
            **fields,
        }
    )


async def doubted(registry: Registry, aed_id: str) -> dict[str, Any]:
    """The device, once its effective state is unknown."""
    while True:
        seen: dict[str, Any] = (await registry.call("GET", f"/aeds/{aed_id}")).json()
        if seen["effective_state"] == "unknown":
            return seen
        await asyncio.sleep(0.02)


async def all_handled(registry: Registry, registered: Register, mark: str = "mark") -> None:
    """Returns when everything published before has been handled."""
    await registered(id=mark)
    await registry.happened((f"evt-{mark}", missing(mark, incident_id=f"inc-{mark}")))
    await doubted(registry, mark)


async def reports(registry: Registry, aed_id: str = "AED-1") -> list[dict[str, Any]]:
    """What was told about the device, newest first."""
    answer = await registry.call("GET", f"/aeds/{aed_id}/reports")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_device_that_was_not_found_is_reported_and_doubted(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.happened(("evt-1", missing()))
    seen = await doubted(registry, "AED-1")
    assert (seen["state"], seen["open_reports"], seen["version"]) == ("in_service", ["missing"], 2)
    (report,) = await reports(registry)
    assert report["id"] == seen["last_report"]["id"]
    told = {name: report[name] for name in ("kind", "reported_by", "incident_id", "settlement")}
    assert told == {
        "kind": "missing",
        "reported_by": "rescuer:R-7",
        "incident_id": "inc-1",
        "settlement": None,
    }
    assert report["reported_at"] == (NOW - MINUTE).isoformat().replace("+00:00", "Z")
    history = (await registry.call("GET", "/aeds/AED-1/history")).json()["items"]
    assert {each["version"]: each["by"] for each in history}[2] == "rescuer:R-7"
    published = [
        AedRecord.model_validate_json(each.value or b"") for each in await registry.records(2)
    ]
    assert [(each.version, each.state) for each in published] == [(1, "in_service"), (2, "unknown")]


async def test_the_same_event_again_tells_nothing_new_even_when_it_is_settled(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.happened(("evt-1", missing()), ("evt-1", missing()))
    await all_handled(registry, registered, "mark-1")
    (report,) = await reports(registry)
    settled = await registry.call(
        "PUT", f"/aeds/AED-1/reports/{report['id']}/settlement", {"settlement": "dismissed"}
    )
    assert settled.json()["effective_state"] == "in_service"

    await registry.happened(("evt-1", missing()))
    await all_handled(registry, registered, "mark-2")
    assert [each["id"] for each in await reports(registry)] == [report["id"]]
    seen = (await registry.call("GET", "/aeds/AED-1")).json()
    assert (seen["effective_state"], seen["version"]) == ("in_service", 3)

    # Another incident is another matter.
    await registry.happened(("evt-2", missing(incident_id="inc-2")))
    await doubted(registry, "AED-1")
    assert [each["incident_id"] for each in await reports(registry)] == ["inc-2", "inc-1"]


async def test_what_the_rescuer_told_as_well_over_http_is_one_report(
    registry: Registry, registered: Register
) -> None:
    await registered()
    body = {"kind": "missing", "note": "柜子是空的"}
    told = await registry.call(
        "POST", "/aeds/AED-1/reports", body, role=Role.RESCUER, subject="R-7"
    )
    assert told.status_code == 201
    await registry.happened(("evt-1", missing()))
    await all_handled(registry, registered)
    assert [each["note"] for each in await reports(registry)] == ["柜子是空的"]


async def test_a_check_made_after_it_has_settled_what_comes_late(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.call("POST", "/aeds/AED-1/checks", {"outcome": "in_order"}, role=Role.STATION)
    await registry.happened(("evt-1", missing()))
    await all_handled(registry, registered)
    (report,) = await reports(registry)
    assert report["settlement"] == "checked"
    seen = (await registry.call("GET", "/aeds/AED-1")).json()
    assert (seen["effective_state"], seen["open_reports"]) == ("in_service", [])


async def test_everything_else_that_happens_changes_nothing(
    registry: Registry, registered: Register
) -> None:
    await registered()
    others = [event for event in TimelineEvent if event is not TimelineEvent.AED_MISSING]
    assert {TimelineEvent.AED_ON, TimelineEvent.SHOCK_DELIVERED} <= set(others)
    await registry.happened(*((f"evt-{event}", missing(event=event)) for event in others))
    await all_handled(registry, registered)
    assert await reports(registry) == []
    assert (await registry.call("GET", "/aeds/AED-1")).json()["version"] == 1
    assert await registry.dead_letters() == 0


async def test_unknown_and_retired_devices_are_passed_over_and_the_next_is_handled(
    registry: Registry, registered: Register
) -> None:
    await registered(id="gone")
    assert (await registry.call("DELETE", "/aeds/gone", if_match=1)).status_code == 200
    await registered()
    await registry.happened(
        ("evt-1", missing("AED-404")), ("evt-2", missing("gone")), ("evt-3", missing())
    )
    await doubted(registry, "AED-1")
    gone = (await registry.call("GET", "/aeds/gone")).json()
    assert (gone["retired"], gone["version"]) == (True, 2)
    assert await reports(registry, "gone") == []
    assert await registry.dead_letters() == 0


async def test_an_event_without_a_device_is_a_dead_letter_and_stops_nobody(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.happened(("evt-1", missing(detail={})), ("evt-2", missing()))
    await doubted(registry, "AED-1")
    assert await registry.dead_letters() == 1


async def test_a_clock_that_runs_ahead_does_not_put_a_report_in_the_future(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.happened(("evt-1", missing(at=NOW + 10 * MINUTE)))
    await doubted(registry, "AED-1")
    (report,) = await reports(registry)
    assert report["reported_at"] == NOW.isoformat().replace("+00:00", "Z")


async def test_readiness_does_not_wait_for_what_incidents_tell(registry: Registry) -> None:
    ready, live = [(await registry.client.get(path)).json() for path in ("/ready", "/live")]
    assert ready["ready"] is True
    name = "consumer incidents"
    assert ready["checks"][name] == live["checks"][name], "no check besides that it is alive"
