"""Two calls, one patient: offered, merged and split without sending anybody twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.services.dispatch.world import PATIENCE_S, World

pytestmark = pytest.mark.integration


async def test_a_second_call_is_offered_and_held(city: World) -> None:
    first = (await city.call())["incident"]
    second = (await city.call())["incident"]
    assert [link["incident_id"] for link in second["same_patient"]] == [first["id"]]
    assert second["alerts"] == []
    assert second["orders"] == []
    merged = await city.ok("POST", f"/incidents/{second['id']}/merge", {"into": first["id"]})
    assert merged["state"] == "merged"
    assert merged["merged_into"] == first["id"]
    kept = await city.incident(first["id"])
    assert kept["calls"] == 2
    assert {a["rescuer_id"] for a in kept["alerts"]} == {a["rescuer_id"] for a in first["alerts"]}
    assert len(await city.alerts(len(first["alerts"]))) == len(first["alerts"])


async def test_unanswered_the_second_call_is_sent_for_by_itself(city: World) -> None:
    await city.call()
    second = (await city.call())["incident"]
    city.clock.advance(11)
    async with asyncio.timeout(PATIENCE_S):
        while not (after := await city.incident(second["id"]))["orders"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert after["state"] == "activated"
    assert [o["unit_id"] for o in after["orders"]] == ["amb2"]


async def test_merge_and_split_send_nobody_twice(city: World) -> None:
    first = (await city.call())["incident"]
    second = (await city.call())["incident"]
    different = await city.ok("POST", f"/incidents/{second['id']}/different-patient")
    assert [o["unit_id"] for o in different["orders"]] == ["amb2"]
    path = f"/incidents/{second['id']}"
    await city.ok("POST", f"{path}/merge", {"into": first["id"]})
    together = await city.incident(first["id"])
    assert {o["unit_id"] for o in together["orders"]} == {"amb1", "amb2"}
    again = await city.ask("POST", f"{path}/merge", {"into": first["id"]})
    assert again.status_code == 200
    back = await city.ok("POST", f"{path}/split")
    assert {o["unit_id"] for o in back["orders"]} == {"amb2"}
    assert back["state"] in {"open", "activated"}
    orders = await city.orders(2)
    notified = [o.unit_id for o in orders if o.state.value == "notified"]
    assert sorted(notified) == ["amb1", "amb2"]
    assert (await city.ask("POST", f"{path}/split")).status_code == 409


async def test_while_held_nobody_is_sent_whatever_is_corrected(city: World) -> None:
    await city.call()
    held = (await city.call())["incident"]
    path = f"/incidents/{held['id']}"
    await city.ok("POST", f"{path}/telephone-cpr", {"step": "compressions"})
    await city.ok("POST", f"{path}/place", {"details": {"door_code": "9"}}, If_Match="*")
    after = await city.incident(held["id"])
    assert after["alerts"] == []
    assert after["orders"] == []


async def test_a_merge_takes_the_other_callers_gates_over(city: World) -> None:
    first = (await city.call())["incident"]
    assert first["alerts"]
    second = (await city.call(gates=["violence"]))["incident"]
    await city.ok("POST", f"/incidents/{second['id']}/merge", {"into": first["id"]})
    after = await city.incident(first["id"])
    assert after["gates"] == ["violence"]
    assert {a["state"] for a in after["alerts"]} == {"stood_down"}
    assert [o["ended_at"] for o in after["orders"]] == [None]


async def test_a_call_off_survives_a_merge_and_a_split(city: World) -> None:
    first = (await city.call())["incident"]
    second = (await city.call())["incident"]
    path = f"/incidents/{second['id']}"
    await city.ok("POST", f"{path}/call-off", {})
    await city.ok("POST", f"{path}/merge", {"into": first["id"]})
    back = await city.ok("POST", f"{path}/split")
    assert back["state"] == "called_off"
    assert back["alerts"] == []
    assert [link["decision"] for link in back["same_patient"]] == ["different"]
    still = await city.ok("POST", f"{path}/different-patient")
    assert still["state"] == "called_off"
