"""Deadlines, crashes and several instances, on a real Kafka and a real PostgreSQL."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from shared.contracts.words import DeliveryState
from tests.services.alerting.world import PATIENCE_S, World, alert, channels, states_of

pytestmark = pytest.mark.integration


async def until_waiting(world: World, count: int) -> None:
    """Until so many messages have been taken in."""
    connection = await asyncpg.connect(world.dsn)
    try:
        async with asyncio.timeout(PATIENCE_S):
            query = f"SELECT count(*) FROM {world.schema}.messages"
            while await connection.fetchval(query) < count:  # noqa: ASYNC110 - a row calls nobody
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def test_without_a_receipt_it_fails_exactly_once(world: World) -> None:
    lost, received, barrier = alert("R-1"), alert("R-2"), alert("R-3")
    with world.process(LIFERING_CHANNELS=channels(("in_app", 1.0))) as running:
        async with running.phone("R-2") as phone, phone.stream() as stream:
            await world.publish(lost, received)
            await anext(stream)
            await phone.receipt(received.message_id, "delivered")
        await world.deliveries_until(lambda d: "failed" in states_of(d, lost.message_id))
        # Failing again would have been due before this one fails too, on the same partition.
        await world.publish(barrier)
        found = await world.deliveries_until(lambda d: "failed" in states_of(d, barrier.message_id))
    assert states_of(found, lost.message_id) == ["sent", "failed"]
    assert states_of(found, received.message_id) == ["sent", "delivered"]
    (failed,) = (d for d in found if d.message_id == lost.message_id and d.state == "failed")
    assert (failed.channel, failed.reason) == ("in_app", "no_receipt")


async def test_a_deadline_survives_kill_9(world: World) -> None:
    """Killed with messages waiting; the instance after it notices what passed meanwhile."""
    lost = [alert(f"R-{n}", shard=n) for n in range(5)]
    with world.process(LIFERING_CHANNELS=channels(("in_app", 3.0))) as running:
        await world.publish(*lost)
        await until_waiting(world, len(lost))
        running.kill()
    with world.process(LIFERING_CHANNELS=channels(("in_app", 3.0))) as running:
        found = await world.deliveries_until(
            lambda d: all("failed" in states_of(d, m.message_id) for m in lost)
        )
        # A receipt that comes after all is told as well, and is behind any second failure.
        async with running.phone("R-0") as phone:
            await phone.receipt(lost[0].message_id, "delivered")
        found = await world.deliveries_until(
            lambda d: "delivered" in states_of(d, lost[0].message_id)
        )
    for message in lost:
        states = states_of(found, message.message_id)
        assert states.count("failed") == 1
        assert states[0] == "sent"


async def test_a_channel_without_a_receipt_is_followed_by_the_next(world: World) -> None:
    """And after the last one the message has failed."""
    order = channels(("in_app", 1.0), ("voice", 1.0), voice="http://127.0.0.1:9/nobody")
    lost = alert("R-1")
    with world.process(LIFERING_CHANNELS=order):
        await world.publish(lost)
        found = await world.deliveries_until(lambda d: "failed" in states_of(d, lost.message_id))
    assert [(d.channel, d.state, d.reason) for d in found] == [
        ("in_app", DeliveryState.SENT, None),
        ("in_app", DeliveryState.PASSED_ON, "no_receipt"),
        ("voice", DeliveryState.FAILED, "provider_away:ConnectError"),
    ]


async def test_alerts_published_while_it_was_away_are_delivered_once(world: World) -> None:
    before, during = alert("R-1", shard=1), alert("R-1", incident_id="inc-2", shard=50)
    with world.process() as running:
        async with running.phone("R-1") as phone, phone.stream() as stream:
            await world.publish(before)
            seen = [await anext(stream)]
        running.kill()
    await world.publish(during)
    with world.process() as running:
        async with running.phone("R-1") as phone, phone.stream(seen[0].id) as stream:
            seen.append(await anext(stream))
            # The record before was perhaps read again: its offset may not have been committed.
            listed = (await phone.client.get("/me/messages")).json()["items"]
    assert [e.data["message_id"] for e in seen] == [before.message_id, during.message_id]
    assert len(listed) == 2


async def test_a_stream_on_one_instance_gets_what_another_has_taken_in(world: World) -> None:
    """Both instances have partitions; streams of the same rescuers stand on both."""
    sent = [alert("R-1", incident_id=f"inc-{n}", shard=n * 8) for n in range(8)]
    with world.process(instance="1") as first, world.process(instance="2") as second:
        async with (
            first.phone("R-1") as one,
            second.phone("R-1") as other,
            one.stream() as stream,
            other.stream() as other_stream,
        ):
            await world.publish(*sent)
            got = [(await anext(stream)).data["message_id"] for _ in sent]
            got_there = [(await anext(other_stream)).data["message_id"] for _ in sent]
    assert got == got_there
    assert sorted(got) == sorted(m.message_id for m in sent)


async def test_it_stops_in_order_with_streams_open(world: World) -> None:
    with world.process() as running:
        async with running.phone("R-1") as phone, phone.stream() as stream:
            stopping = asyncio.create_task(asyncio.to_thread(running.stop))
            assert [event async for event in stream] == []
        assert await stopping == 0
