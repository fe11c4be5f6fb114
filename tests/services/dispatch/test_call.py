"""From the call to the hand-over, over HTTP and real topics."""

from __future__ import annotations

import pytest

from shared.contracts.words import DeliveryState
from shared.identity.roles import Role
from tests.services.dispatch.world import World

pytestmark = pytest.mark.integration


async def test_a_suspected_arrest_is_sent_for_at_once(city: World) -> None:
    call = await city.call()
    incident, plan = call["incident"], call["plan"]["plan"]
    assert incident["state"] == "activated"
    assert len(incident["alerts"]) >= 3
    assert {a["task"] for a in incident["alerts"]} >= {"direct", "via_aed"}
    assert [o["unit_id"] for o in incident["orders"]] == ["amb1"]
    assert plan["circle_cells"] > 0
    assert {c["rescuer_id"] for c in plan["rescuers"]} == {
        a["rescuer_id"] for a in incident["alerts"]
    }
    events = await city.events(incident["id"])
    assert events[:3] == ["call_received", "address_known", "arrest_recognised"]
    assert {"activated", "plan_made", "unit_notified"} <= set(events)


async def test_the_whole_way_to_the_hand_over(city: World) -> None:
    incident = (await city.call())["incident"]
    messages = {m.rescuer_id: m for m in await city.alerts(len(incident["alerts"]))}
    via = next(a for a in incident["alerts"] if a["task"] == "via_aed")
    direct = next(a for a in incident["alerts"] if a["task"] == "direct")
    for state in (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SEEN):
        await city.receipt(messages[via["rescuer_id"]], state)
    city.clock.advance(10)
    order = incident["orders"][0]
    assert (await city.crew(order, "acknowledged")).is_success
    for alert in (via, direct):
        answer = await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
        assert answer.status_code == 200, answer.text
        assert answer.json()["details"]["address"] == "SECRET STREET 1"
    city.clock.advance(60)
    task = (await city.rescuer(via["rescuer_id"], via["id"], "aed-collected")).json()
    assert task["state"] == "aed_collected"
    city.clock.advance(60)
    for alert in (direct, via):
        assert (await city.rescuer(alert["rescuer_id"], alert["id"], "arrived")).is_success
    assert (await city.rescuer(direct["rescuer_id"], direct["id"], "cpr-started")).is_success
    assert (await city.rescuer(via["rescuer_id"], via["id"], "cpr-started")).is_success
    assert (await city.rescuer(via["rescuer_id"], via["id"], "shock-delivered")).is_success
    for step in ("mobile", "on_scene", "at_patient", "transporting", "free"):
        city.clock.advance(30)
        answer = await city.crew(order, step)
        assert answer.is_success, answer.text
    closed = await city.incident(incident["id"])
    assert closed["state"] == "closed"
    assert closed["closed_because"] == "handed_over"
    assert all(alert["ended_at"] for alert in closed["alerts"])
    events = await city.events(incident["id"])
    for event in (
        "alert_sent", "alert_delivered", "alert_seen", "alert_accepted", "aed_collected",
        "rescuer_arrived", "shock_delivered", "unit_acknowledged", "unit_mobile",
        "ambulance_arrived", "unit_free", "stood_down", "incident_closed",
    ):  # fmt: skip
        assert event in events, event
    assert events.count("cpr_started") == 1
    assert events.count("incident_closed") == 1


async def test_a_task_shows_the_address_only_while_it_is_accepted(city: World) -> None:
    incident = (await city.call())["incident"]
    alert = incident["alerts"][0]
    path = f"/me/tasks/{alert['id']}"
    who = {"role": Role.RESCUER, "subject": alert["rescuer_id"]}
    before = await city.ok("GET", path, **who)
    assert before["place"] is None
    assert before["details"] is None
    assert before["aed"] is None
    assert "SECRET" not in str(before)
    await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
    assert (await city.ok("GET", path, **who))["details"]["address"] == "SECRET STREET 1"
    await city.rescuer(alert["rescuer_id"], alert["id"], "withdraw")
    after = await city.ok("GET", path, **who)
    assert after["state"] == "withdrawn"
    assert "SECRET" not in str(after)


async def test_nobody_sees_anothers_task(city: World) -> None:
    incident = (await city.call())["incident"]
    alert = incident["alerts"][0]
    for method, path, body in (
        ("GET", f"/me/tasks/{alert['id']}", None),
        ("POST", f"/me/tasks/{alert['id']}/steps/accept", {}),
    ):
        answer = await city.ask(method, path, body, role=Role.RESCUER, subject="somebody-else")
        assert answer.status_code == 404
    listed = await city.ok("GET", "/me/tasks", role=Role.RESCUER, subject="somebody-else")
    assert listed["items"] == []
    for path in ("/incidents", f"/incidents/{incident['id']}", "/orders"):
        answer = await city.ask("GET", path, role=Role.RESCUER, subject=alert["rescuer_id"])
        assert answer.status_code == 403


async def test_the_same_key_takes_one_call(city: World) -> None:
    body = {
        "place": {"latitude": 26.3, "longitude": 117.7, "datum": "wgs84"},
        "conscious": True,
    }
    first = await city.ask("POST", "/calls", body, Idempotency_Key="k1")
    second = await city.ask("POST", "/calls", body, Idempotency_Key="k1")
    assert first.status_code == second.status_code == 201
    assert first.json()["call_id"] == second.json()["call_id"]
    other = await city.ask("POST", "/calls", {**body, "conscious": False}, Idempotency_Key="k1")
    assert other.status_code == 422


async def test_events_and_messages_carry_no_address(city: World) -> None:
    from shared.contracts import topics

    incident = (await city.call())["incident"]
    for topic in (topics.INCIDENTS, topics.ALERTS, topics.ORDERS):
        records = await city.read(topic, lambda found: len(found) >= 1)
        assert "SECRET" not in "".join(r.model_dump_json() for r in records)
    assert incident["details"]["address"] == "SECRET STREET 1"
