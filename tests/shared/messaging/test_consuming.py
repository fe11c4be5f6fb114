"""Every outcome of a record, on a real broker: nothing skipped, nothing lost, nothing endless."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.messaging.consumer import DeadLetterLimit, Retries, consume
from shared.messaging.errors import Poison, Transient
from shared.messaging.inbox import first_time
from shared.messaging.watch import ConsumerWatch
from tests.shared.messaging.corner import Corner, Until

pytestmark = pytest.mark.integration

QUICK = {"first_pause_s": 0.01, "longest_pause_s": 0.05}


def number(event: Any) -> int:
    return int(event.data.message_id.removeprefix("msg-"))


async def test_a_failed_record_is_not_skipped_when_a_later_one_succeeds(
    corner: Corner, until: Until
) -> None:
    """FastStream's own manual policy commits positions: fail on 2, handle 3, and 2 is skipped."""
    seen: list[int] = []
    tries: list[int] = []
    broken = asyncio.Event()
    broken.set()

    async def handle(event: Any) -> None:
        if number(event) == 2 and broken.is_set():
            tries.append(2)
            raise Transient("away")
        seen.append(number(event))

    await corner.produce(1, 2, 3)
    await corner.produce(11, 12, partition=1)
    first = corner.broker()
    consume(first, corner.events, service="dispatch", handle=handle, retries=Retries(**QUICK))
    await first.start()
    await until(lambda: {1, 11, 12} <= set(seen) and len(tries) >= 5)
    await first.stop()
    assert 3 not in seen
    assert await corner.committed("dispatch") == 1
    assert await corner.committed("dispatch", 1) == 2

    broken.clear()
    second = corner.broker()
    consume(second, corner.events, service="dispatch", handle=handle)
    await second.start()
    await until(lambda: seen[-1] == 3)
    assert seen[-2:] == [2, 3]
    assert sorted(seen) == [1, 2, 3, 11, 12]


async def test_a_transient_failure_holds_its_partition_and_no_other(
    corner: Corner, until: Until
) -> None:
    seen: list[int] = []
    tries = 0

    async def handle(event: Any) -> None:
        nonlocal tries
        if number(event) == 1:
            tries += 1
            if tries < 8:
                raise ConnectionRefusedError("database")
        seen.append(number(event))

    await corner.produce(1, 2, 3)
    await corner.produce(11, partition=1)
    broker = corner.broker()
    consumer = consume(
        broker, corner.events, service="dispatch", handle=handle, retries=Retries(**QUICK)
    )
    await broker.start()
    await until(lambda: len(seen) == 4)
    assert [each for each in seen if each < 10] == [1, 2, 3]
    assert seen.index(11) < seen.index(1)
    assert tries == 8
    assert consumer.ready().ok
    assert await corner.count("deliveries.dead-letter.dispatch") == 0


async def test_poison_goes_to_the_dead_letter_topic_with_where_it_came_from(
    corner: Corner, until: Until
) -> None:
    seen: list[int] = []

    async def handle(event: Any) -> None:
        seen.append(number(event))

    await corner.produce(1, b"{not json", 3)
    await send_raw(corner, b'{"a": 1}', key=b"msg-4", headers=[("ce_id", b"\xff"), ("odd", None)])
    await send_raw(corner, b"", key=None, headers=[("own", b"\xfe\xff")])
    await corner.produce(6)
    broker = corner.broker()
    consume(broker, corner.events, service="dispatch", handle=handle)
    await broker.start()
    await until(lambda: seen == [1, 3, 6])

    letters = await corner.read("deliveries.dead-letter.dispatch", 3)
    first, second, third = (dict(letter.headers) for letter in letters)
    assert letters[0].value == b"{not json"
    assert letters[0].key == b"msg-x"
    assert first["ce_id"] == b"evt-msg-x"
    assert first["dead_letter_error"] == b"Poison"
    assert first["dead_letter_topic"].endswith(b".deliveries")
    assert first["dead_letter_partition"] == b"0"
    assert first["dead_letter_offset"] == b"1"
    assert first["dead_letter_service"] == b"dispatch"
    assert b"JSON" in first["dead_letter_message"]
    assert second["ce_id"] == b"\xff"
    assert b"ce_id" in second["dead_letter_message"]
    assert third["own"] == b"\xfe\xff"
    await broker.stop()
    assert await corner.committed("dispatch") == 6


async def test_a_handler_that_calls_it_poison_or_keeps_failing_gives_the_record_up(
    corner: Corner, until: Until
) -> None:
    seen: list[int] = []

    async def handle(event: Any) -> None:
        seen.append(number(event))
        if number(event) == 1:
            raise Poison("an order for a unit that never was")
        if number(event) == 2:
            raise KeyError("a bug of ours")

    await corner.produce(1, 2, 3)
    broker = corner.broker()
    consume(broker, corner.events, service="dispatch", handle=handle, retries=Retries(**QUICK))
    await broker.start()
    await until(lambda: seen[-1:] == [3])
    assert seen == [1, 2, 2, 2, 3]
    letters = await corner.read("deliveries.dead-letter.dispatch", 2)
    assert [dict(each.headers)["dead_letter_error"] for each in letters] == [b"Poison", b"KeyError"]


async def test_too_many_dead_letters_halt_the_consumer_and_commit_nothing_more(
    corner: Corner, until: Until
) -> None:
    async def handle(event: Any) -> None:
        raise Poison("a bad deploy")

    watch = ConsumerWatch()
    await corner.produce(*range(1, 10))
    broker = corner.broker()
    consumer = consume(
        broker,
        corner.events,
        service="dispatch",
        handle=handle,
        watch=watch,
        dead_letter_limit=DeadLetterLimit(limit=3, window=100),
    )
    await broker.start()
    await until(lambda: consumer.halted is not None)
    ready = watch.parts[0].ready
    assert ready is not None
    assert "halted" in ready().detail
    assert not ready().ok
    assert watch.parts[0].live().ok, "operators want to look at it, not to see it restarted"
    await broker.stop()
    assert await corner.count("deliveries.dead-letter.dispatch") == 3
    assert await corner.committed("dispatch") == 3


async def test_a_batch_with_a_bad_record_still_handles_all_the_others(
    corner: Corner, until: Until
) -> None:
    calls: list[list[int]] = []
    done: set[int] = set()

    async def handle(events: Any) -> None:
        numbers = [number(each) for each in events]
        calls.append(numbers)
        if 5 in numbers:
            raise ValueError("a bug on 5")
        done.update(numbers)

    await corner.produce(1, 2, b"nonsense", 4, 5, 6)
    await corner.produce(11, 12, partition=1)
    broker = corner.broker()
    consume(
        broker,
        corner.events,
        service="dispatch",
        handle=handle,
        batch=True,
        retries=Retries(**QUICK),
    )
    await broker.start()
    await until(lambda: done >= {1, 2, 4, 6, 11, 12})
    assert 5 not in done
    assert calls.count([5]) >= 3, "tried by itself before it was given up"
    letters = await corner.read("deliveries.dead-letter.dispatch", 2)
    assert [each.value[:8] for each in letters] == [b"nonsense", b'{"messag']
    await broker.stop()
    assert await corner.committed("dispatch") == 6
    assert await corner.committed("dispatch", 1) == 2


async def test_what_was_handled_and_not_committed_comes_again_and_is_known(
    corner: Corner, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the handler's commit and the offset's: same event, no second effect."""
    pool = await corner.pool()
    firsts: list[tuple[int, bool]] = []

    async def handle(event: Any) -> None:
        async with pool.acquire() as connection, connection.transaction():
            new = await first_time(connection, "deliveries", event.id)
        firsts.append((number(event), new))

    await corner.produce(1, 2)
    crashed = corner.broker()
    consumer = consume(crashed, corner.events, service="dispatch", handle=handle)
    monkeypatch.setattr(consumer.committer, "mark", lambda *_: None)
    await crashed.start()
    await until(lambda: len(firsts) == 2)
    await crashed.stop()
    assert await corner.committed("dispatch") is None

    again = corner.broker()
    consume(again, corner.events, service="dispatch", handle=handle)
    await again.start()
    await until(lambda: len(firsts) == 4)
    assert firsts == [(1, True), (2, True), (1, False), (2, False)]


async def test_a_rebalance_drains_and_nothing_is_lost_or_done_twice(
    corner: Corner, until: Until
) -> None:
    pool = await corner.pool()
    handled: list[tuple[str, int]] = []
    effects: list[int] = []
    consumers: list[Any] = []

    def handler(instance: str) -> Any:
        async def handle(event: Any) -> None:
            # Slow until the other has joined, so that there is work in progress when it does.
            await asyncio.sleep(0 if consumers[-1].assigned and len(consumers) == 2 else 0.05)
            async with pool.acquire() as connection, connection.transaction():
                if await first_time(connection, "deliveries", event.id):
                    effects.append(number(event))
            handled.append((instance, number(event)))

        return handle

    def start(instance: str) -> Any:
        broker = corner.broker(instance)
        consumers.append(
            consume(broker, corner.events, service="dispatch", handle=handler(instance))
        )
        return broker

    await corner.produce(*range(100))
    await corner.produce(*range(1000, 1100), partition=1)
    one = start("one")
    await one.start()
    await until(lambda: len(handled) > 5)
    await start("two").start()
    await until(lambda: [len(each.assigned or ()) for each in consumers] == [1, 1])
    await corner.produce(*range(100, 120))
    await corner.produce(*range(1100, 1120), partition=1)
    await until(lambda: {"one", "two"} == {instance for instance, _ in handled})
    await one.stop()
    await until(lambda: len({number for _, number in handled}) == 240)
    assert sorted(effects) == [*range(120), *range(1000, 1120)]
    assert len(handled) == 240, "drained and committed, so not even repeated"
    assert {instance for instance, _ in handled} == {"one", "two"}


async def send_raw(corner: Any, value: bytes | None, *, key: bytes | None, headers: Any) -> None:
    from aiokafka import AIOKafkaProducer

    async with AIOKafkaProducer(bootstrap_servers=corner.settings.kafka_bootstrap) as producer:
        await producer.send_and_wait(
            corner.settings.topic_prefix + corner.events.name,
            value=value,
            key=key,
            partition=0,
            headers=headers,
        )
