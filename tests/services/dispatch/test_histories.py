"""What became of a rescuer's alerts is counted by their own day and night, and moves the odds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import ManualClock
from shared.contracts.words import DeliveryState
from shared.decision.history import History
from shared.identity.tokens import make_key_pair
from tests.services.dispatch.test_deadlines import until
from tests.services.dispatch.world import NOON, World, running

pytestmark = pytest.mark.integration

TEN_AT_NIGHT = datetime(2026, 6, 10, 14, 30, tzinfo=UTC)
"""22:30 in Sanming: the policy's night; in Berlin the afternoon."""


async def asked(world: World, *, answer: str | None = None) -> tuple[str, dict[str, Any]]:
    """A call, of which r1 is told, and what r1 answers; returns incident and alert."""
    incident = (await world.call())["incident"]
    alert = next(a for a in incident["alerts"] if a["rescuer_id"] == "r1")
    if answer is not None:
        assert (await world.rescuer("r1", alert["id"], answer)).is_success
    return incident["id"], alert


async def over(world: World, incident_id: str) -> None:
    await world.ok("POST", f"/incidents/{incident_id}/cancel", {})


async def look(world: World) -> History | None:
    """What is known of r1, after a plan has looked."""
    incident = (await world.call(conscious=True))["incident"]
    await over(world, incident["id"])
    return world.picture.rescuers.history("r1")


async def test_each_end_of_an_alert_counts_for_what_it_says(world: World) -> None:
    await world.add_rescuer("r1", 150)
    assert await look(world) is None

    incident_id, _ = await asked(world)
    await over(world, incident_id)
    called_off = await look(world)
    assert called_off in (None, History())

    incident_id, _ = await asked(world, answer="decline")
    await over(world, incident_id)
    assert await look(world) == History(asked_day=1)

    incident_id, _ = await asked(world, answer="accept")
    await over(world, incident_id)
    stood_down_on_the_way = History(asked_day=2, accepted_day=1)
    assert await look(world) == stood_down_on_the_way

    incident_id, alert = await asked(world, answer="accept")
    await world.rescuer("r1", alert["id"], "withdraw")
    await over(world, incident_id)
    assert await look(world) == History(asked_day=3, accepted_day=2, accepted=1)


async def test_who_was_at_the_patient_has_come(world: World) -> None:
    await world.add_rescuer("r1", 150)
    incident_id, alert = await asked(world, answer="accept")
    await world.rescuer("r1", alert["id"], "arrived")
    await over(world, incident_id)
    assert await look(world) == History(asked_day=1, accepted_day=1, accepted=1, arrived=1)


async def test_no_answer_no_delivery_and_no_movement(world: World) -> None:
    await world.add_rescuer("r1", 150)
    incident_id, _ = await asked(world)
    world.clock.advance(50)
    await until(world, incident_id, "alert_timed_out")
    await over(world, incident_id)
    assert await look(world) == History(asked_day=1)

    incident_id, alert = await asked(world)
    message = next(m for m in await world.alerts(2) if m.alert_id == alert["id"])
    await world.receipt(message, DeliveryState.FAILED)
    await until(world, incident_id, "alert_undelivered")
    await over(world, incident_id)
    assert await look(world) == History(asked_day=2)

    incident_id, _ = await asked(world, answer="accept")
    world.clock.advance(91)
    await until(world, incident_id, "no_movement")
    await over(world, incident_id)
    assert await look(world) == History(asked_day=3, accepted_day=1, accepted=1)


@pytest.mark.parametrize(("zone", "night"), [("Asia/Shanghai", 1), ("Europe/Berlin", 0)])
async def test_night_is_the_rescuers_own(world: World, zone: str, night: int) -> None:
    world.clock.advance((TEN_AT_NIGHT - NOON).total_seconds())
    await world.add_rescuer("r1", 150, time_zone=zone)
    incident_id, _ = await asked(world, answer="decline")
    await over(world, incident_id)
    assert await look(world) == History(asked_night=night, asked_day=1 - night)


async def test_a_restart_and_another_instance_know_it_too(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> None:
    clock, keys = ManualClock(NOON), make_key_pair()
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with (
        running(*where, clock=clock, keys=keys) as one,
        running(*where, clock=clock, keys=keys, instance="2") as two,
    ):
        await one.add_rescuer("r1", 150)
        await two.settle(lambda: len(two.picture.rescuers) == 1)
        incident_id, _ = await asked(one, answer="decline")
        await over(one, incident_id)
        assert await look(two) == History(asked_day=1)
    async with running(*where, clock=clock, keys=keys) as again:
        assert again.picture.rescuers.history("r1") == History(asked_day=1)
    clock.advance(timedelta(days=731).total_seconds())
    async with running(*where, clock=clock, keys=keys) as later:
        assert later.picture.rescuers.history("r1") is None


async def test_who_never_came_counts_for_less_in_the_next_plan(world: World) -> None:
    await world.add_rescuer("r1", 150)
    first = await world.call()
    alert = first["incident"]["alerts"][0]
    await world.rescuer("r1", alert["id"], "accept")
    await world.rescuer("r1", alert["id"], "withdraw")
    await over(world, first["incident"]["id"])
    second = await world.call()
    before, after = (c["plan"]["plan"]["rescuers"][0] for c in (first, second))
    assert after["p_accept"] > before["p_accept"]
    assert after["p_arrive"] < before["p_arrive"]
