"""Two dispatchers at one incident: who has it open, who holds it, and what each is shown."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from shared.identity.roles import Role
from tests.services.dispatch.world import HERE, World


async def heard(world: World, path: str, event: str) -> list[dict[str, Any]]:
    """What a stream says within a moment, of one kind of event."""
    answer = await world.ask("GET", path)
    blocks = [block.splitlines() for block in answer.text.split("\n\n")]
    return [
        json.loads(line[6:])
        for block in blocks
        if f"event: {event}" in block
        for line in block
        if line.startswith("data: ")
    ]


@pytest.mark.integration
class TestHolding:
    async def test_whoever_holds_locks_until_it_is_taken_over(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        held = await city.ok("PUT", f"{path}/holder", {})
        assert held["holder"] == "dispatcher:alice"
        assert held["seen_by"] == "dispatcher:alice"
        refused = await city.ask("PUT", f"{path}/holder", {}, subject="bob")
        assert refused.status_code == 409
        assert "dispatcher:alice" in refused.json()["detail"]
        locked = await city.ask("POST", f"{path}/widen", subject="bob")
        assert (locked.status_code, locked.json()["type"].split(":")[-1]) == (
            409,
            "held-by-another",
        )
        order = incident["orders"][0]
        called_back = await city.ask("POST", f"/orders/{order['id']}/cancel", {}, subject="bob")
        assert called_back.status_code == 409
        # A remark harms nobody.
        await city.ok("POST", f"{path}/notes", {"text": "caller rang again"}, subject="bob")
        await city.ok("PUT", f"{path}/holder", {"take_over": True}, subject="bob")
        await city.ok("POST", f"{path}/widen", subject="bob")
        assert (await city.ask("POST", f"{path}/widen")).status_code == 409
        assert (await city.events(incident["id"])).count("taken_over") == 1

    async def test_a_console_that_is_gone_holds_nothing(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        await city.ok("PUT", f"{path}/holder", {})
        city.clock.advance(20)
        await city.ok("PUT", f"{path}/holder", {})
        city.clock.advance(20)
        assert (await city.ask("POST", f"{path}/widen", subject="bob")).status_code == 409
        city.clock.advance(11)
        await city.ok("POST", f"{path}/widen", subject="bob")
        mine = await city.ok("PUT", f"{path}/holder", {}, subject="bob")
        assert mine["holder"] == "dispatcher:bob"
        assert "taken_over" not in await city.events(incident["id"])
        assert (await city.ask("DELETE", f"{path}/holder")).status_code == 204
        assert (await city.ask("POST", f"{path}/widen")).status_code == 409
        assert (await city.ask("DELETE", f"{path}/holder", subject="bob")).status_code == 204
        await city.ok("POST", f"{path}/widen")

    async def test_two_who_reach_for_it_at_once_do_not_both_have_it(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}/holder"
        answers = await asyncio.gather(
            city.ask("PUT", path, {}, subject="alice"), city.ask("PUT", path, {}, subject="bob")
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def test_the_stream_tells_who_looks(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        stream = "/incidents/stream?attention=true&limit_s=0.3"
        before = (await heard(city, stream, "attention"))[-1]["incidents"]
        assert [each["seen_at"] for each in before] == [None]
        await city.ok("PUT", f"{path}/viewing")
        await city.ok("PUT", f"{path}/viewing", subject="bob")
        both = (await heard(city, stream, "attention"))[-1]["incidents"][0]
        assert both["viewers"] == ["dispatcher:alice", "dispatcher:bob"]
        assert both["seen_by"] == "dispatcher:alice"
        assert (await city.ask("DELETE", f"{path}/viewing")).status_code == 204
        city.clock.advance(31)
        none = (await heard(city, stream, "attention"))[-1]["incidents"][0]
        assert none["viewers"] == []
        # Who does not ask for it hears the timeline alone.
        assert await heard(city, "/incidents/stream?limit_s=0.3", "attention") == []


@pytest.mark.integration
class TestWhatAConsoleNeeds:
    async def test_the_queue_says_how_far_each_is(self, city: World) -> None:
        taken = await city.call()
        incident = taken["incident"]
        first = incident["alerts"][0]
        await city.rescuer(first["rescuer_id"], first["id"], "accept")
        row = (await city.ok("GET", "/incidents"))["items"][0]
        assert row["address"] == "SECRET STREET 1"
        assert (row["accepted"], row["arrived"]) == (1, 0)
        assert row["asked"] >= len(incident["alerts"])
        assert (row["units"], row["unacknowledged"], row["unit_there"]) == (1, 1, False)
        assert row["next_eta_at"] is not None
        await city.crew(incident["orders"][0], "on_scene")
        after = (await city.ok("GET", "/incidents"))["items"][0]
        assert (after["unacknowledged"], after["unit_there"]) == (0, True)

    async def test_the_plan_can_be_phoned_out_without_the_register(self, city: World) -> None:
        taken = await city.call(caller_phone="+8613800000000")
        incident = taken["incident"]
        path = f"/incidents/{incident['id']}/phone-plan"
        plan = await city.ok("GET", path)
        assert plan["contacts"] == "register_away"
        assert plan["caller_phones"] == ["+8613800000000"]
        assert {each["rescuer_id"] for each in plan["rescuers"]} == {
            each["rescuer_id"] for each in incident["alerts"]
        }
        assert all(each["to_be_phoned"] for each in plan["rescuers"] + plan["units"])
        fetching = [each for each in plan["rescuers"] if each["task"] == "via_aed"]
        assert all(each["aed"]["name"].startswith("AED ") for each in fetching)
        first = incident["alerts"][0]
        await city.rescuer(first["rescuer_id"], first["id"], "accept")
        after = (await city.ok("GET", path))["rescuers"]
        [accepted] = [each for each in after if each["alert_id"] == first["id"]]
        assert accepted["to_be_phoned"] is False
        assert after.index(accepted) == len(after) - 1
        for role in (Role.RESCUER, Role.STATION, Role.PLANNER):
            assert (await city.ask("GET", path, role=role)).status_code == 403

    async def test_places_are_live_only_while_somebody_comes(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}/live?limit_s=0.3"
        before = (await heard(city, path, "live"))[-1]
        assert before["rescuers"] == []
        assert before["units"][0]["place"] is not None
        first = incident["alerts"][0]
        await city.rescuer(first["rescuer_id"], first["id"], "accept")
        city.clock.advance(5)
        await city.ask(
            "POST",
            f"/me/tasks/{first['id']}/position",
            {
                "latitude": HERE[0],
                "longitude": HERE[1],
                "datum": "wgs84",
                "recorded_at": city.clock.now().isoformat(),
            },
            role=Role.RESCUER,
            subject=first["rescuer_id"],
        )
        now = (await heard(city, path, "live"))[-1]["rescuers"]
        assert now[0]["place"] == {"latitude": HERE[0], "longitude": HERE[1]}
        await city.rescuer(first["rescuer_id"], first["id"], "withdraw")
        assert (await heard(city, path, "live"))[-1]["rescuers"] == []
        assert (await city.ask("GET", path, role=Role.RESCUER)).status_code == 403
