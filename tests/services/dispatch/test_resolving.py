"""The plan is made again on every change, and nobody is held twice."""

from __future__ import annotations

import asyncio

import pytest

from shared.clock import ManualClock
from shared.contracts.words import UnitKind
from shared.identity.roles import Role
from shared.identity.tokens import make_key_pair
from tests.services.dispatch.world import HERE, NOON, World, moved, running

pytestmark = pytest.mark.integration


async def test_a_decline_asks_somebody_else(city: World) -> None:
    incident = (await city.call())["incident"]
    asked = {a["rescuer_id"] for a in incident["alerts"]}
    await city.add_rescuer("newcomer", 90)
    alert = incident["alerts"][0]
    answer = await city.rescuer(alert["rescuer_id"], alert["id"], "decline")
    assert answer.json()["state"] == "declined"
    after = await city.incident(incident["id"])
    now_asked = {a["rescuer_id"] for a in after["alerts"]}
    assert now_asked == asked | {"newcomer"}
    again = await city.rescuer(alert["rescuer_id"], alert["id"], "decline")
    assert again.status_code == 200
    assert (await city.events(incident["id"])).count("alert_declined") == 1


async def test_an_aed_that_is_not_there_is_not_sent_for_again(city: World) -> None:
    incident = (await city.call())["incident"]
    via = next(a for a in incident["alerts"] if a["task"] == "via_aed")
    await city.rescuer(via["rescuer_id"], via["id"], "accept")
    answer = await city.rescuer(via["rescuer_id"], via["id"], "aed-missing")
    assert answer.status_code == 200, answer.text
    after = await city.incident(incident["id"])
    assert via["aed_id"] not in {a["aed_id"] for a in after["alerts"] if a["ended_at"] is None}
    await city.ok("POST", f"/incidents/{incident['id']}/cancel", {})
    next_call = (await city.call())["incident"]
    assert via["aed_id"] not in {a["aed_id"] for a in next_call["alerts"]}


async def test_gates_keep_volunteers_away_and_units_go(city: World) -> None:
    call = await city.call(gates=["violence"])
    incident = call["incident"]
    assert incident["alerts"] == []
    assert [o["unit_id"] for o in incident["orders"]] == ["amb1"]
    assert call["plan"]["plan"]["gates_closed"] == ["violence"]
    assert "gate_closed" in await city.events(incident["id"])


async def test_answers_that_recognise_the_arrest_activate(city: World) -> None:
    incident = (await city.call(conscious=None, breathing_normally=None))["incident"]
    assert incident["alerts"] == []
    refused = await city.ask("POST", f"/incidents/{incident['id']}/answers", {"conscious": False})
    assert refused.status_code == 428
    stale = await city.ask(
        "POST", f"/incidents/{incident['id']}/answers", {"conscious": False}, If_Match='"999"'
    )
    assert stale.status_code == 412
    answered = await city.ok(
        "POST",
        f"/incidents/{incident['id']}/answers",
        {"conscious": False, "breathing_normally": False},
        If_Match=f'"{incident["version"]}"',
    )
    assert answered["state"] == "activated"
    assert len(answered["alerts"]) >= 3


async def test_call_off_stands_everybody_down_and_units_go_on(city: World) -> None:
    incident = (await city.call())["incident"]
    path = f"/incidents/{incident['id']}"
    after = await city.ok("POST", f"{path}/call-off", {"because": "conscious again"})
    assert all(a["state"] == "stood_down" for a in after["alerts"])
    assert [o["ended_at"] for o in after["orders"]] == [None]
    messages = await city.alerts(2 * len(after["alerts"]))
    downs = {m.rescuer_id: m.sequence for m in messages if m.kind.value == "stand_down"}
    ups = {m.rescuer_id: m.sequence for m in messages if m.kind.value == "alert"}
    assert set(downs) == set(ups)
    assert all(downs[name] > ups[name] for name in downs)
    widened = await city.ok("POST", f"{path}/widen")
    assert all(a["ended_at"] for a in widened["alerts"])


async def test_cancel_frees_everybody_for_the_next_call(city: World) -> None:
    first = (await city.call())["incident"]
    await city.ok("POST", f"/incidents/{first['id']}/cancel", {})
    second = (await city.call())["incident"]
    assert {a["rescuer_id"] for a in second["alerts"]} == {a["rescuer_id"] for a in first["alerts"]}
    assert [o["unit_id"] for o in second["orders"]] == ["amb1"]
    refused = await city.ask("POST", f"/incidents/{first['id']}/widen")
    assert refused.status_code == 409


async def test_two_patients_share_nobody(city: World) -> None:
    latitude, longitude = moved(600)
    first = (await city.call())["incident"]
    second = (
        await city.call(place={"latitude": latitude, "longitude": longitude, "datum": "wgs84"})
    )["incident"]
    both = [{a["rescuer_id"] for a in i["alerts"]} for i in (first, second)]
    assert not both[0] & both[1]
    aeds = [{a["aed_id"] for a in i["alerts"] if a["aed_id"]} for i in (first, second)]
    assert not aeds[0] & aeds[1]
    units = [{o["unit_id"] for o in i["orders"]} for i in (first, second)]
    assert units == [{"amb1"}, {"amb2"}]


async def test_two_instances_planning_at_once_share_nobody(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> None:
    clock, keys = ManualClock(NOON), make_key_pair()
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with (
        running(*where, clock=clock, keys=keys) as one,
        running(*where, clock=clock, keys=keys, instance="2") as two,
    ):
        for number in range(12):
            await one.add_rescuer(f"r{number:02}", 100 + 40 * number)
        for number in range(8):
            await one.add_unit(f"amb{number}", 2_000 + 500 * number)
        for number in range(4):
            await one.add_aed(f"a{number}", 120 + 100 * number)
        await two.settle(
            lambda: (
                len(two.picture.rescuers) == 12
                and len(two.picture.units) == 8
                and len(two.picture.aeds) == 4
            )
        )
        far = [moved(0, 400 * n) for n in range(4)]
        calls = await asyncio.gather(
            *(
                world.call(place={"latitude": at[0], "longitude": at[1], "datum": "wgs84"})
                for world, at in zip((one, two, one, two), far, strict=True)
            )
        )
        taken: list[str] = []
        for call in calls:
            taken += [a["rescuer_id"] for a in call["incident"]["alerts"]]
            taken += {a["aed_id"] for a in call["incident"]["alerts"] if a["aed_id"]}
            taken += [o["unit_id"] for o in call["incident"]["orders"]]
        assert len(taken) == len(set(taken))
        assert all(call["incident"]["orders"] for call in calls)


async def test_a_corrected_place_moves_everybody(city: World) -> None:
    incident = (await city.call())["incident"]
    latitude, longitude = moved(80)
    after = await city.ok(
        "POST",
        f"/incidents/{incident['id']}/place",
        {"place": {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}},
        If_Match=f'"{incident["version"]}"',
    )
    assert after["place"]["latitude"] == pytest.approx(latitude)
    assert after["shard"] == incident["shard"]
    kinds = [m.kind.value for m in await city.alerts(len(incident["alerts"]) + 1)]
    assert "update" in kinds


async def test_a_unit_can_be_added_by_hand_once(city: World) -> None:
    await city.add_unit("team", 900, UnitKind.HEALTH_TEAM)
    incident = (await city.call())["incident"]
    path = f"/incidents/{incident['id']}/units"
    after = await city.ok("POST", path, {"unit_id": "amb2"})
    assert "amb2" in {o["unit_id"] for o in after["orders"]}
    assert (await city.ask("POST", path, {"unit_id": "amb2"})).status_code == 409
    assert (await city.ask("POST", path, {"unit_id": "nobody"})).status_code == 409


async def test_a_callers_link_works_once(city: World) -> None:
    incident = (await city.call())["incident"]
    link = await city.ok("POST", f"/incidents/{incident['id']}/location-link")
    place = {"latitude": HERE[0], "longitude": HERE[1], "datum": "gcj02"}
    first = await city.ask("POST", link["path"], place, role=Role.RESCUER, subject="nobody")
    assert first.status_code == 200
    assert (await city.ask("POST", link["path"], place)).status_code == 404
    assert "place_corrected" in await city.events(incident["id"])
