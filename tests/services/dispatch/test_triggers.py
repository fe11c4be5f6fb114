"""Every change that the plan is made again on, and what follows from it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from shared.clock import ManualClock
from shared.contracts import topics
from shared.contracts.words import DeliveryState, UnitKind, UnitState
from shared.decision import policy as policies
from shared.identity.tokens import make_key_pair
from tests.services.dispatch.test_deadlines import until
from tests.services.dispatch.world import NOON, PATIENCE_S, World, moved, running

pytestmark = pytest.mark.integration


def on(incident: dict[str, Any]) -> set[str]:
    """The rescuers who are still on."""
    return {a["rescuer_id"] for a in incident["alerts"] if a["ended_at"] is None}


async def triggers(world: World, incident: dict[str, Any]) -> list[str]:
    """What each plan of the incident was made on."""
    timeline = await world.ok("GET", f"/incidents/{incident['id']}/timeline")
    return [e["detail"]["trigger"] for e in timeline["entries"] if e["event"] == "plan_made"]


async def plans(world: World, incident: dict[str, Any], trigger: str) -> list[str]:
    """Waits until a plan was made on a trigger."""
    async with asyncio.timeout(PATIENCE_S):
        while trigger not in (made := await triggers(world, incident)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return made


async def ordered(world: World, incident: dict[str, Any], state: dict[str, str]) -> None:
    """Waits until the incident's orders are these."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            now = await world.incident(incident["id"])
            found = {o["unit_id"]: o["state"] for o in now["orders"]}
            if found == state:
                return
            await asyncio.sleep(0.05)


class TestRescuers:
    async def test_who_withdraws_is_replaced(self, city: World) -> None:
        incident = (await city.call())["incident"]
        alert = incident["alerts"][0]
        await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
        await city.add_rescuer("newcomer", 60)
        await city.rescuer(alert["rescuer_id"], alert["id"], "withdraw")
        assert "newcomer" in on(await city.incident(incident["id"]))
        assert (await triggers(city, incident))[-1] == "alert_withdrawn"

    async def test_who_cannot_be_reached_is_replaced(self, city: World) -> None:
        incident = (await city.call())["incident"]
        first = incident["alerts"][0]
        sent = await city.alerts(len(incident["alerts"]))
        await city.add_rescuer("newcomer", 60)
        message = next(m for m in sent if m.alert_id == first["id"])
        await city.receipt(message, DeliveryState.FAILED)
        await plans(city, incident, "alert_undelivered")
        after = on(await city.incident(incident["id"]))
        assert "newcomer" in after
        assert first["rescuer_id"] not in after

    async def test_who_does_not_move_is_replaced(self, city: World) -> None:
        incident = (await city.call())["incident"]
        alert = incident["alerts"][0]
        await city.crew(incident["orders"][0], "mobile")
        await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
        await city.add_rescuer("newcomer", 60)
        city.clock.advance(91)
        made = await plans(city, incident, "no_movement")
        assert "newcomer" in on(await city.incident(incident["id"])), made

    async def test_the_first_aed_there_lets_other_carriers_go(self, city: World) -> None:
        incident = (await city.call())["incident"]
        carriers = [a for a in incident["alerts"] if a["aed_id"] is not None]
        assert len(carriers) >= 2
        first = carriers[0]
        for step in ("accept", "aed-collected", "arrived"):
            assert (await city.rescuer(first["rescuer_id"], first["id"], step)).is_success
        after = await city.incident(incident["id"])
        assert [a["id"] for a in after["alerts"] if a["aed_id"] and a["ended_at"] is None] == [
            first["id"]
        ]
        assert "rescuer_arrived" in await triggers(city, incident)


async def test_enough_who_accept_let_the_others_go(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str, tmp_path: Path
) -> None:
    policy = policy_with(
        tmp_path,
        {
            "target": {"p_cpr": 0.5, "p_shock": 0.0, "floor": 1},
            "stand_down": {"enough_accepted": 1},
        },
    )
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with running(*where, policy=str(policy)) as world:
        for number in range(6):
            await world.add_rescuer(f"r{number}", 60 + 30 * number)
        incident = (await world.call())["incident"]
        assert len(incident["alerts"]) >= 3
        for alert in incident["alerts"]:
            answer = await world.rescuer(alert["rescuer_id"], alert["id"], "accept")
            if not answer.is_success:
                break
        timeline = await world.ok("GET", f"/incidents/{incident['id']}/timeline")
        let_go = [e["detail"] for e in timeline["entries"] if e["event"] == "stood_down"]
        assert {d["because"] for d in let_go} == {"enough_accepted"}
        assert {d["rescuer_id"] for d in let_go} < {a["rescuer_id"] for a in incident["alerts"]}


def policy_with(folder: Path, changes: dict[str, dict[str, float]]) -> Path:
    """The default policy with other numbers, as a file."""
    document = json.loads(Path(policies.__file__).with_name("default_policy.json").read_text())
    for section, numbers in changes.items():
        for name, value in numbers.items():
            document[section][name]["value"] = value
    path = folder / "policy.json"
    path.write_text(json.dumps(document))
    return path


class TestPatient:
    async def test_hands_on_the_chest_make_the_plan_ask_for_less(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.ok("POST", f"/incidents/{incident['id']}/bystander-cpr")
        first = await city.ok("GET", f"/incidents/{incident['id']}/plan?number=1")
        last = await city.ok("GET", f"/incidents/{incident['id']}/plan")
        assert last["trigger"] == "bystander_cpr_started"
        assert last["plan"]["targets"]["shortfall"] < first["plan"]["targets"]["shortfall"]

    async def test_another_place_asks_those_who_are_near_there(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.add_rescuer("there", 5_050)
        await city.add_unit("amb3", 5_300)
        latitude, longitude = moved(5_000)
        after = await city.ok(
            "POST",
            f"/incidents/{incident['id']}/place",
            {"place": {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}},
            If_Match=f'"{incident["version"]}"',
        )
        assert "there" in on(after)
        # Who was to go straight there is five kilometres off now, behind the ambulance.
        straight = {a["id"] for a in incident["alerts"] if a["task"] == "direct"}
        assert straight
        assert {a["state"] for a in after["alerts"] if a["id"] in straight} == {"stood_down"}


class TestUnits:
    async def test_a_unit_that_becomes_free_goes_to_who_waits_for_one(self, world: World) -> None:
        await world.add_unit("amb1", 3_000, state=UnitState.ON_SCENE)
        incident = (await world.call())["incident"]
        assert incident["orders"] == []
        assert "target_missed" in await world.events(incident["id"])
        await world.add_unit("amb1", 3_000, version=2, state=UnitState.RETURNING)
        await ordered(world, incident, {"amb1": "notified"})
        assert (await triggers(world, incident))[-1] == "unit_available"

    async def test_only_a_unit_that_would_be_sooner_is_a_reason(self, world: World) -> None:
        await world.add_unit("amb1", 6_000)
        await world.add_unit("far", 9_000, state=UnitState.AT_HOSPITAL)
        await world.add_unit("near", 1_000, state=UnitState.AT_HOSPITAL)
        incident = (await world.call())["incident"]
        assert [o["unit_id"] for o in incident["orders"]] == ["amb1"]
        await world.add_unit("far", 9_000, version=2)
        await world.add_unit("near", 1_000, version=2)
        made = await plans(world, incident, "unit_available")
        assert made.count("unit_available") == 1
        plan = (await world.ok("GET", f"/incidents/{incident['id']}/plan"))["plan"]
        known = {u["unit_id"] for u in plan["units"]} | {s["id"] for s in plan["skipped"]}
        assert {"near", "far"} <= known

    async def test_a_unit_on_scene_is_not_swapped(self, world: World) -> None:
        await world.add_unit("amb1", 6_000)
        await world.add_unit("near", 1_000, state=UnitState.AT_HOSPITAL)
        await world.add_unit("other", 1_500, state=UnitState.AT_HOSPITAL)
        incident = (await world.call())["incident"]
        await world.crew(incident["orders"][0], "on_scene")
        await world.add_unit("near", 1_000, version=2)
        # A second incident shows that the change was worked through.
        latitude, longitude = moved(0, 3_000)
        place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
        second = (await world.call(place=place))["incident"]
        await world.add_unit("other", 1_500, version=2)
        await world.add_unit("extra", 3_000, version=1)
        if not second["orders"]:
            await plans(world, second, "unit_available")
        assert "unit_available" not in await triggers(world, incident)

    async def test_who_was_called_back_is_no_news(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.ok("POST", f"/orders/{incident['orders'][0]['id']}/cancel", {})
        latitude, longitude = moved(0, 3_000)
        place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
        await city.add_unit("amb2", 4_500, version=2, state=UnitState.ON_SCENE)
        await city.add_unit("amb1", 3_000, version=2, state=UnitState.ON_SCENE)
        second = (await city.call(place=place))["incident"]
        assert second["orders"] == []
        await city.add_unit("amb1", 3_000, version=3, state=UnitState.RETURNING)
        await ordered(city, second, {"amb1": "notified"})
        assert "unit_available" not in await triggers(city, incident)

    async def test_a_unit_that_leaves_the_register_is_replaced(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.unpublish(topics.UNITS, "amb1", moved(3_000), version=2)
        await ordered(city, incident, {"amb1": "escalated", "amb2": "notified"})

    async def test_a_health_team_that_becomes_free_is_ordered(self, city: World) -> None:
        await city.add_unit("team", 600, UnitKind.HEALTH_TEAM, state=UnitState.ON_SCENE)
        incident = (await city.call())["incident"]
        assert [o["unit_id"] for o in incident["orders"]] == ["amb1"]
        await city.add_unit("team", 600, UnitKind.HEALTH_TEAM, version=2)
        await ordered(city, incident, {"amb1": "notified", "team": "notified"})


async def test_another_system_sends_our_unit_elsewhere(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> None:
    clock, keys = ManualClock(NOON), make_key_pair()
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with running(*where, clock=clock, keys=keys, units="external") as world:
        await world.add_unit("amb1", 3_000)
        await world.add_unit("amb2", 4_500)
        incident = (await world.call())["incident"]
        assert [o["unit_id"] for o in incident["orders"]] == ["amb1"]
        clock.advance(20)
        await world.add_unit(
            "amb1", 3_000, version=2, state=UnitState.MOBILE, incident_id="cad-4711"
        )
        await ordered(world, incident, {"amb1": "escalated", "amb2": "notified"})
        timeline = await world.ok("GET", f"/incidents/{incident['id']}/timeline")
        escalated = next(e for e in timeline["entries"] if e["event"] == "order_escalated")
        assert escalated["detail"]["because"] == "busy_elsewhere"
        # Named with our number it is on its way to us.
        await world.add_unit(
            "amb2", 4_500, version=2, state=UnitState.MOBILE, incident_id=incident["id"]
        )
        await ordered(world, incident, {"amb1": "escalated", "amb2": "mobile"})


async def test_a_missed_target_is_said_each_time_that_it_begins(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str, tmp_path: Path
) -> None:
    policy = policy_with(tmp_path, {"target": {"p_cpr": 0.5, "p_shock": 0.0}})
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with running(*where, policy=str(policy)) as world:
        await world.add_unit("amb1", 300)
        incident = (await world.call())["incident"]
        assert "target_missed" not in await world.events(incident["id"])
        for times in (1, 2):
            world.clock.advance(1)
            await world.add_unit(f"amb{times}", 300, version=2, state=UnitState.OUT_OF_SERVICE)
            await until(world, incident["id"], "target_missed", times)
            await world.add_unit(f"amb{times + 1}", 300)
            async with asyncio.timeout(PATIENCE_S):
                while len((await world.incident(incident["id"]))["orders"]) <= times:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        events = await world.events(incident["id"])
        assert events.count("target_missed") == 2
        timeline = await world.ok("GET", f"/incidents/{incident['id']}/timeline")
        told = next(e["detail"] for e in timeline["entries"] if e["event"] == "target_missed")
        assert any(name.startswith("cpr_") for name in told)
