"""The rest of what a dispatcher, a crew's own system and the console's stream do."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.dispatch.main import build
from shared.clock import ManualClock
from shared.contracts.topics import TOPICS
from shared.contracts.words import UnitKind, UnitState
from shared.http.auth import undeclared_routes
from shared.identity.roles import Role
from shared.identity.tokens import make_key_pair
from shared.messaging.admin import ensure_topics
from tests.services.dispatch.world import NOON, PATIENCE_S, World, running


def test_every_route_asks_who_it_is() -> None:
    assert undeclared_routes(build().app) == []


@pytest.mark.integration
class TestCommands:
    async def test_telephone_cpr_changes_the_plan(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        await city.ok("POST", f"{path}/telephone-cpr", {"step": "offered"})
        await city.ok("POST", f"{path}/telephone-cpr", {"step": "started"})
        after = await city.ok("POST", f"{path}/telephone-cpr", {"step": "compressions"})
        assert after["bystander_cpr"] is True
        events = await city.events(incident["id"])
        assert events.count("telephone_cpr_started") == 1
        assert events.count("cpr_started") == 1
        first = await city.ok("GET", f"{path}/plan?number=1")
        last = await city.ok("GET", f"{path}/plan")
        assert last["trigger"] == "bystander_cpr_started"
        assert last["plan"]["targets"]["p_cpr"] > first["plan"]["targets"]["p_cpr"]

    async def test_not_an_arrest_stands_volunteers_down_only(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        after = await city.ok("POST", f"{path}/not-an-arrest")
        assert {a["state"] for a in after["alerts"]} == {"stood_down"}
        assert [o["ended_at"] for o in after["orders"]] == [None]
        again = await city.ok("POST", f"{path}/not-an-arrest")
        assert again["version"] == after["version"]

    async def test_closing_does_not_call_units_back_by_accident(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        refused = await city.ask("POST", f"{path}/close")
        assert refused.status_code == 409
        assert "amb1" in refused.json()["detail"]
        await city.crew(incident["orders"][0], "on_scene")
        assert (await city.ok("POST", f"{path}/close"))["state"] == "closed"
        assert (await city.ok("POST", f"{path}/close"))["state"] == "closed"
        assert (await city.events(incident["id"])).count("incident_closed") == 1

    async def test_widening_asks_more_people(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.add_rescuer("far", 2_500)
        after = await city.ok("POST", f"/incidents/{incident['id']}/widen")
        assert after["widened"] == 1
        plan = await city.ok("GET", f"/incidents/{incident['id']}/plan")
        skipped = {s["id"]: s["reason"] for s in plan["plan"]["skipped"]}
        assert "far" in {a["rescuer_id"] for a in after["alerts"]} | set(skipped)

    async def test_a_note_stays_with_the_incident_and_out_of_the_timeline(
        self, city: World
    ) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        after = await city.ok("POST", f"{path}/notes", {"text": "SECRET remark"})
        assert after["notes"] == ["SECRET remark"]
        timeline = await city.ok("GET", f"{path}/timeline")
        assert "SECRET" not in json.dumps(timeline)

    async def test_latitude_0_longitude_0_is_a_place(self, city: World) -> None:
        call = await city.call(place={"latitude": 0, "longitude": 0, "datum": "wgs84"})
        assert call["incident"]["place"] == {"latitude": 0.0, "longitude": 0.0}

    @pytest.mark.parametrize(
        ("place", "field"),
        [
            ({"latitude": 26.2, "longitude": 117.6}, "place.datum"),
            ({"latitude": 91, "longitude": 117.6, "datum": "wgs84"}, "place.latitude"),
            ({"latitude": 26.2, "longitude": 117.6, "datum": "nad27"}, "place.datum"),
        ],
    )
    async def test_a_place_that_cannot_be_is_refused_by_its_field(
        self, world: World, place: dict[str, object], field: str
    ) -> None:
        answer = await world.ask("POST", "/calls", {"place": place})
        assert answer.status_code == 422
        assert field in {error["field"] for error in answer.json()["errors"]}
        assert all(error["mend"] for error in answer.json()["errors"])
        assert (await world.ok("GET", "/incidents?ended=true"))["items"] == []

    async def test_lists_come_in_pages(self, city: World) -> None:
        made = [(await city.call(conscious=True))["incident"]["id"] for _ in range(3)]
        found: list[str] = []
        path = "/incidents?limit=2"
        while path:
            page = await city.ok("GET", path)
            found += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            path = f"/incidents?limit=2&cursor={cursor}" if cursor else ""
        assert sorted(found) == sorted(made)
        forged = await city.ask("GET", "/incidents?cursor=bm9wZQ")
        assert forged.status_code == 422

    async def test_the_console_hears_everything_and_can_resume(self, city: World) -> None:
        incident = (await city.call())["incident"]
        whole = await city.ask("GET", "/incidents/stream?limit_s=0.3", Last_Event_ID="0")
        heard = [json.loads(line[6:]) for line in whole.text.splitlines() if line[:5] == "data:"]
        of_ours = [e["event"] for e in heard if e["incident_id"] == incident["id"]]
        assert of_ours == await city.events(incident["id"])
        ids = [line[4:] for line in whole.text.splitlines() if line[:3] == "id:"]
        rest = await city.ask("GET", "/incidents/stream?limit_s=0.3", Last_Event_ID=ids[-1])
        assert "data:" not in rest.text

    async def test_a_station_hears_of_its_own_orders_and_of_no_others(self, city: World) -> None:
        incident = (await city.call())["incident"]
        orders = (await city.ok("GET", f"/incidents/{incident['id']}"))["orders"]
        assert orders

        async def heard(role: Role, subject: str) -> list[str]:
            path = "/orders/stream?limit_s=0.3"
            stream = await city.ask("GET", path, role=role, subject=subject)
            assert stream.status_code == (403 if role is Role.RESCUER else 200)
            lines = [line for line in stream.text.splitlines() if line.startswith("data:")]
            return sorted(json.loads(line[6:])["id"] for line in lines)

        stations = {order["station_id"] for order in orders}
        for station in stations:
            own = sorted(order["id"] for order in orders if order["station_id"] == station)
            assert await heard(Role.STATION, station) == own
        assert await heard(Role.STATION, "st-nobody") == []
        assert await heard(Role.DISPATCHER, "d") == sorted(order["id"] for order in orders)
        assert await heard(Role.RESCUER, "r") == []

    async def test_the_picture_says_how_old_it_is(self, city: World) -> None:
        city.clock.advance(30)
        picture = await city.ok("GET", "/incidents/picture")
        tables = {table["name"]: table for table in picture["tables"]}
        assert tables["rescuers"]["records"] == 5
        assert tables["rescuers"]["age_s"] == 30.0


@pytest.mark.integration
async def test_another_systems_unit_states_move_our_orders(
    kafka_bootstrap: str, database_url: str, schema: str, topic_prefix: str
) -> None:
    await ensure_topics(kafka_bootstrap, TOPICS, prefix=topic_prefix)
    clock, keys = ManualClock(NOON), make_key_pair()
    async with running(
        kafka_bootstrap, database_url, schema, topic_prefix, clock=clock, keys=keys,
        units="external",
    ) as world:  # fmt: skip
        await world.add_unit("amb1", 3_000)
        incident = (await world.call())["incident"]
        for version, state in enumerate(
            (UnitState.MOBILE, UnitState.ON_SCENE, UnitState.AVAILABLE), start=2
        ):
            clock.advance(60)
            await world.add_unit("amb1", 3_000, version=version, state=state)
        async with asyncio.timeout(PATIENCE_S):
            while (after := await world.incident(incident["id"]))["state"] != "closed":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert [o["state"] for o in after["orders"]] == ["free"]
        events = await world.events(incident["id"])
        assert {"unit_mobile", "ambulance_arrived", "unit_free", "incident_closed"} <= set(events)


@pytest.mark.integration
class TestWhatGoesWrong:
    async def test_nobody_is_sent_to_an_empty_place(self, city: World) -> None:
        await city.add_unit("team", 900, UnitKind.HEALTH_TEAM)
        incident = (await city.call())["incident"]
        orders = {o["unit_id"]: o for o in incident["orders"]}
        assert set(orders) == {"amb1", "team"}
        for step in ("acknowledged", "on_scene", "at_patient", "transporting", "free"):
            assert (await city.crew(orders["amb1"], step)).is_success
        after = await city.incident(incident["id"])
        assert after["state"] == "closed"
        assert {o["unit_id"]: o["state"] for o in after["orders"]} == {
            "amb1": "free",
            "team": "cancelled",
        }

    async def test_a_crew_that_leaves_without_the_patient_calls_the_others_back(
        self, city: World
    ) -> None:
        await city.add_unit("team", 900, UnitKind.HEALTH_TEAM)
        incident = (await city.call())["incident"]
        orders = {o["unit_id"]: o for o in incident["orders"]}
        for step in ("on_scene", "free"):
            assert (await city.crew(orders["amb1"], step)).is_success
        after = await city.incident(incident["id"])
        assert after["state"] == "closed"
        assert {o["unit_id"]: o["state"] for o in after["orders"]} == {
            "amb1": "free",
            "team": "cancelled",
        }

    async def test_a_unit_that_breaks_down_is_replaced(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.crew(incident["orders"][0], "mobile")
        city.clock.advance(5)
        await city.add_unit("amb1", 3_000, version=2, state=UnitState.OUT_OF_SERVICE)
        async with asyncio.timeout(PATIENCE_S):
            while len((after := await city.incident(incident["id"]))["orders"]) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert {o["unit_id"]: o["state"] for o in after["orders"]} == {
            "amb1": "escalated",
            "amb2": "notified",
        }
        refused = await city.ask("POST", f"/incidents/{incident['id']}/units", {"unit_id": "amb1"})
        assert refused.status_code == 409

    async def test_not_an_arrest_can_be_taken_back(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        await city.ok("POST", f"{path}/not-an-arrest")
        after = await city.ok("POST", f"{path}/activate")
        assert after["not_an_arrest"] is False
        assert any(a["ended_at"] is None for a in after["alerts"])

    async def test_only_what_an_answer_changes_stands_people_down(self, city: World) -> None:
        incident = (await city.call(conscious=True))["incident"]
        path = f"/incidents/{incident['id']}"
        sent = await city.ok("POST", f"{path}/activate")
        assert sent["alerts"]
        same = await city.ok("POST", f"{path}/answers", {"gates": []}, If_Match="*")
        assert all(a["ended_at"] is None for a in same["alerts"])
        closed = await city.ok("POST", f"{path}/answers", {"gates": ["fire"]}, If_Match="*")
        assert {a["state"] for a in closed["alerts"]} == {"stood_down"}

    async def test_the_search_widens_when_nobody_is_left(self, world: World) -> None:
        await world.add_rescuer("near", 200)
        await world.add_rescuer("far", 2_600)
        incident = (await world.call())["incident"]
        assert [a["rescuer_id"] for a in incident["alerts"]] == ["near"]
        alert = incident["alerts"][0]
        await world.rescuer("near", alert["id"], "decline")
        assert "widened" in await world.events(incident["id"])
        after = await world.incident(incident["id"])
        assert after["widened"] == 1
        assert [a["rescuer_id"] for a in after["alerts"] if a["ended_at"] is None] == ["far"]

    async def test_a_unit_can_be_called_back_and_a_key_counts_once(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}"
        await city.ok("POST", f"{path}/units", {"unit_id": "amb2"})
        for _ in range(2):
            await city.ok("POST", f"{path}/notes", {"text": "once"}, Idempotency_Key="n1")
        now = await city.incident(incident["id"])
        assert now["notes"] == ["once"]
        extra = next(o for o in now["orders"] if o["unit_id"] == "amb2")
        for _ in range(2):
            back = await city.ok("POST", f"/orders/{extra['id']}/cancel", {})
            assert back["state"] == "cancelled"
        assert (await city.events(incident["id"])).count("order_cancelled") == 1

    async def test_the_callers_can_be_called_back(self, city: World) -> None:
        incident = (await city.call(caller_phone="+86 598 120", bystander_cpr=True))["incident"]
        calls = await city.ok("GET", f"/incidents/{incident['id']}/calls")
        assert [c["caller_phone"] for c in calls["calls"]] == ["+86 598 120"]
        assert "+86" not in json.dumps(await city.ok("GET", f"/incidents/{incident['id']}"))
        assert (await city.events(incident["id"])).count("cpr_started") == 1
