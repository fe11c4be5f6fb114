"""Who does not answer, move or acknowledge in time is replaced; restarts forget nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from shared.clock import ManualClock
from shared.contracts.words import DeliveryState
from shared.identity.tokens import make_key_pair
from tests.services.dispatch.world import NOON, PATIENCE_S, World, running

pytestmark = pytest.mark.integration


async def until(city: World, incident_id: str, event: str, times: int = 1) -> list[str]:
    """Waits for the worker, which sleeps by the real clock while ours stands still."""
    async with asyncio.timeout(PATIENCE_S):
        while (events := await city.events(incident_id)).count(event) < times:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return events


async def test_no_answer_times_out_and_others_are_asked(city: World) -> None:
    incident = (await city.call())["incident"]
    asked = {a["rescuer_id"] for a in incident["alerts"]}
    await city.add_rescuer("newcomer", 90)
    city.clock.advance(50)
    await until(city, incident["id"], "alert_timed_out", len(asked))
    after = await city.incident(incident["id"])
    states = {a["rescuer_id"]: a["state"] for a in after["alerts"]}
    assert all(states[name] == "timed_out" for name in asked)
    assert set(states) == asked | {"newcomer"}
    assert states["newcomer"] == "sent"


async def test_a_late_yes_is_still_a_yes(city: World) -> None:
    incident = (await city.call())["incident"]
    alert = incident["alerts"][0]
    city.clock.advance(50)
    await until(city, incident["id"], "alert_timed_out")
    answer = await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
    assert answer.status_code == 200
    assert answer.json()["state"] == "accepted"


async def test_an_order_that_is_not_acknowledged_escalates(city: World) -> None:
    incident = (await city.call())["incident"]
    assert [o["unit_id"] for o in incident["orders"]] == ["amb1"]
    city.clock.advance(61)
    await until(city, incident["id"], "order_escalated")
    after = await city.incident(incident["id"])
    assert {o["unit_id"]: o["state"] for o in after["orders"]} == {
        "amb1": "escalated",
        "amb2": "notified",
    }
    orders = await city.orders(3)
    assert [(o.unit_id, o.state.value) for o in orders if o.unit_id == "amb1"] == [
        ("amb1", "notified"),
        ("amb1", "escalated"),
    ]


async def test_who_accepts_and_does_not_move_is_noticed(city: World) -> None:
    incident = (await city.call())["incident"]
    alert = incident["alerts"][0]
    await city.crew(incident["orders"][0], "acknowledged")
    await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
    city.clock.advance(91)
    await until(city, incident["id"], "no_movement")
    # Moving after all is seen too.
    assert (await city.rescuer(alert["rescuer_id"], alert["id"], "departed")).is_success


async def test_deadlines_survive_a_restart(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> None:
    clock, keys = ManualClock(NOON), make_key_pair()
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with running(*where, clock=clock, keys=keys) as first:
        await first.add_rescuer("r1", 150)
        await first.add_unit("amb1", 3_000)
        incident = (await first.call())["incident"]
        assert len(incident["alerts"]) == 1
    clock.advance(120)
    async with running(*where, clock=clock, keys=keys) as second:
        events = await until(second, incident["id"], "alert_timed_out")
        assert events.count("alert_timed_out") == 1
        events = await until(second, incident["id"], "order_escalated")
        assert events.count("order_escalated") == 1


async def test_a_deadline_that_fails_does_not_stop_the_others(city: World, schema: str) -> None:
    incident = (await city.call())["incident"]
    connection = await asyncpg.connect(city.dsn)
    try:
        # A kind that no code knows: the oldest of all, so it is tried first.
        await connection.execute(
            f"INSERT INTO {schema}.deadlines (kind, incident_id, subject_id, due_at)"
            " VALUES ('unheard-of', $1, $1, $2)",
            incident["id"],
            NOON - timedelta(hours=1),
        )
        city.clock.advance(50)
        await until(city, incident["id"], "alert_timed_out", len(incident["alerts"]))
        left = await connection.fetchval(
            f"SELECT count(*) FROM {schema}.deadlines WHERE kind = 'unheard-of'"
        )
    finally:
        await connection.close()
    assert left == 1


async def test_an_undelivered_alert_frees_the_rescuer(city: World) -> None:
    incident = (await city.call())["incident"]
    first = incident["alerts"][0]
    messages = {m.rescuer_id: m for m in await city.alerts(len(incident["alerts"]))}
    message = messages[first["rescuer_id"]]
    await city.receipt(message, DeliveryState.FAILED)
    await city.receipt(message, DeliveryState.FAILED)
    await until(city, incident["id"], "alert_undelivered")
    after = await city.incident(incident["id"])
    assert {a["id"]: a["state"] for a in after["alerts"]}[first["id"]] == "undelivered"


async def test_a_call_is_planned_while_kafka_is_away(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> None:
    clock, keys = ManualClock(NOON), make_key_pair()
    where = (database_url, schema, topics_ready)
    async with running(kafka_bootstrap, *where, clock=clock, keys=keys) as before:
        await before.add_rescuer("r1", 150)
        await before.add_unit("amb1", 3_000)
        # Only what is replayed to its end is kept for the next start.
        await before.settle(lambda: all(table.ready for table in before.picture.tables()))
    clock.advance(600)
    nobody_there = "127.0.0.1:9"
    async with running(
        nobody_there, *where, clock=clock, keys=keys, producer_bootstrap=kafka_bootstrap
    ) as alone:
        call = await alone.call()
        assert [a["rescuer_id"] for a in call["incident"]["alerts"]] == ["r1"]
        assert [o["unit_id"] for o in call["incident"]["orders"]] == ["amb1"]
        ages = {t["name"]: t["age_s"] for t in call["plan"]["plan"]["basis"]["tables"]}
        assert ages["units"] == 600.0
    async with running(kafka_bootstrap, *where, clock=clock, keys=keys) as after:
        assert {m.rescuer_id for m in await after.alerts(1)} == {"r1"}
