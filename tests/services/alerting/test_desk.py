"""The desk and the worker on a real database, without a process around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from services.alerting.domain.fallback import SEND_LEASE_S, Outcome, OutcomeKind
from services.alerting.domain.message import Message
from services.alerting.domain.order import ChannelOrder, ChannelTurn
from services.alerting.main import MIGRATIONS
from services.alerting.settings import Settings
from services.alerting.work import streams
from services.alerting.work.desk import Desk
from services.alerting.work.streams import Hub, Listener
from services.alerting.work.worker import DeliveryWorker
from shared.clock import ManualClock
from shared.contracts.words import DeliveryState
from shared.database.migrate import apply
from shared.database.pool import make_pool
from tests.services.alerting.world import alert

pytestmark = pytest.mark.integration
START = datetime(2030, 1, 1, tzinfo=UTC)
VOICE = ChannelOrder((ChannelTurn("voice", 20.0),))


@dataclass
class FakeProvider:
    """A provider that answers as it is told to, and remembers what it was given."""

    answers: list[Outcome] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message, taken_by: Collection[str]) -> Outcome:
        self.given.append(message.message_id)
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        return self.answers.pop(0) if self.answers else Outcome(OutcomeKind.HANDED_OVER)

    def is_down(self) -> bool:
        return False


@dataclass
class Bench:
    """A desk on a schema of its own, its clock held still."""

    pool: asyncpg.Pool[Any]
    clock: ManualClock
    desk: Desk
    hub: Hub
    commits: list[None]

    def worker(self, provider: FakeProvider) -> DeliveryWorker:
        return DeliveryWorker(desk=self.desk, channels={"voice": provider}, clock=self.clock)

    async def published(self) -> Sequence[str]:
        rows = await self.pool.fetch(
            "SELECT convert_from(value, 'UTF8')::json->>'state' AS state FROM outbox ORDER BY id"
        )
        return [row["state"] for row in rows]


@pytest.fixture
async def bench(database_url: str, schema: str) -> AsyncIterator[Bench]:
    pool = await make_pool(Settings(service=schema, database_url=database_url))
    await apply(pool, schema, [MIGRATIONS])
    clock = ManualClock(START)
    commits: list[None] = []
    hub = Hub(schema)
    desk = Desk(
        pool=pool,
        hub=hub,
        order=VOICE,
        clock=clock,
        source="lifering/alerting",
        after_commit=lambda: commits.append(None),
    )
    yield Bench(pool, clock, desk, hub, commits)
    await pool.close()


def due_alert(rescuer_id: str = "R-1") -> Any:
    return alert(rescuer_id, sent_at=START, expires_at=datetime(2030, 1, 2, tzinfo=UTC))


async def test_looking_for_what_is_due_wakes_nobody_when_nothing_is(bench: Bench) -> None:
    """Else the worker would wake itself for ever."""
    assert await bench.worker(FakeProvider()).run_due() == 0
    assert bench.commits == []


async def test_a_message_is_sent_once_by_two_workers(bench: Bench) -> None:
    provider = FakeProvider()
    await bench.desk.take_in([due_alert(f"R-{n}") for n in range(20)])
    one, other = bench.worker(provider), bench.worker(provider)
    await asyncio.gather(one.run_due(), other.run_due(), one.run_due(), other.run_due())
    assert len(provider.given) == len(set(provider.given)) == 20
    assert await bench.published() == ["sent"] * 20


async def test_tries_again_after_a_pause_and_then_waits_for_the_receipt(bench: Bench) -> None:
    provider = FakeProvider([Outcome(OutcomeKind.TRY_AGAIN, "503")] * 2)
    worker = bench.worker(provider)
    await bench.desk.take_in([due_alert()])
    await worker.run_due()
    await worker.run_due()
    assert len(provider.given) == 1, "not before the pause is over"
    for _ in range(2):
        bench.clock.advance(1.5)
        await worker.run_due()
    assert len(provider.given) == 3
    assert await bench.published() == ["sent"]
    bench.clock.advance(20)
    await worker.run_due()
    assert await bench.published() == ["sent", "failed"]
    bench.clock.advance(1000)
    await worker.run_due()
    assert len(await bench.published()) == 2
    assert await bench.desk.next_due() is None


async def test_a_receipt_that_overtakes_the_providers_answer_is_kept(bench: Bench) -> None:
    provider = FakeProvider(hold=asyncio.Event())
    one = due_alert()
    await bench.desk.take_in([one])
    sending = asyncio.create_task(bench.worker(provider).run_due())
    await provider.begun.wait()
    await bench.desk.receipt(one.message_id, DeliveryState.DELIVERED, at=None, channel="voice")
    assert provider.hold is not None
    provider.hold.set()
    await sending
    assert await bench.published() == ["delivered"]
    assert await bench.desk.next_due() is None


async def test_what_a_dead_worker_was_sending_is_sent_again_after_its_lease(bench: Bench) -> None:
    provider = FakeProvider(hold=asyncio.Event())
    await bench.desk.take_in([due_alert()])
    dying = asyncio.create_task(bench.worker(provider).run_due())
    await provider.begun.wait()
    dying.cancel()
    await asyncio.wait([dying])
    follower = FakeProvider()
    await bench.worker(follower).run_due()
    assert follower.given == [], "the lease still runs"
    bench.clock.advance(SEND_LEASE_S)
    await bench.worker(follower).run_due()
    assert follower.given == provider.given
    assert await bench.published() == ["sent"]


async def test_two_batches_with_the_same_rescuers_do_not_deadlock(bench: Bench) -> None:
    batches = [
        [due_alert(f"R-{n}").model_copy(update={"incident_id": f"i{b}"}) for n in order]
        for b, order in enumerate((range(10), reversed(range(10)), range(5, 10), range(10)))
    ]
    results = await asyncio.gather(*(bench.desk.take_in(batch) for batch in batches))
    assert sum(len(result.new) for result in results) == 35
    ends = await bench.pool.fetch("SELECT rescuer_id, last_sequence FROM streams")
    per_rescuer = await bench.pool.fetch(
        "SELECT rescuer_id, array_agg(stream_sequence ORDER BY stream_sequence) AS numbers "
        "FROM messages GROUP BY 1"
    )
    for row in per_rescuer:
        end = next(e["last_sequence"] for e in ends if e["rescuer_id"] == row["rescuer_id"])
        assert row["numbers"] == list(range(1, end + 1)), "without gaps"


async def test_the_same_message_from_two_ways_at_once_is_kept_once(bench: Bench) -> None:
    one = due_alert()
    results = await asyncio.gather(*(bench.desk.take_in([one]) for _ in range(4)))
    assert sorted(len(result.new) for result in results) == [0, 0, 0, 1]


async def test_streams_of_this_instance_are_woken_at_the_commit(bench: Bench) -> None:
    with bench.hub.open("R-1") as mine, bench.hub.open("R-2") as anothers:
        await bench.desk.take_in([due_alert("R-1")])
        assert mine.is_set()
        assert not anothers.is_set()


async def test_streams_of_another_instance_are_woken_by_notify(
    bench: Bench, database_url: str, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "FALLBACK_S", 3600.0)  # so that nothing else can wake them
    elsewhere = Hub(schema)
    listener = Listener(dsn=database_url, pool=bench.pool, hub=elsewhere)
    with elsewhere.open("R-1") as there, elsewhere.open("R-2") as anothers:
        listening = asyncio.create_task(listener.run())
        await there.wait()  # a listener that has just come wakes everybody once
        there.clear()
        anothers.clear()
        await bench.desk.take_in([due_alert("R-1")])
        await there.wait()
        assert not anothers.is_set()
        listening.cancel()
        await asyncio.wait([listening])


async def test_a_listener_that_was_cut_off_comes_back_and_wakes_everybody(
    bench: Bench, database_url: str, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "FALLBACK_S", 3600.0)
    elsewhere = Hub(schema)
    listener = Listener(dsn=database_url, pool=bench.pool, hub=elsewhere)
    with elsewhere.open("R-1") as there:
        listening = asyncio.create_task(listener.run())
        await there.wait()
        there.clear()
        cut = await bench.pool.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = $1",
            f'LISTEN "{elsewhere.notify_channel}"',
        )
        assert cut == 1
        await there.wait()
        listening.cancel()
        await asyncio.wait([listening])


async def test_without_a_listener_the_ends_of_open_streams_are_compared(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, schema: str
) -> None:
    monkeypatch.setattr(streams, "FALLBACK_S", 0.01)
    elsewhere = Hub(schema)
    nowhere = Listener(dsn="postgresql://127.0.0.1:9/none", pool=bench.pool, hub=elsewhere)
    with elsewhere.open("R-1") as behind, elsewhere.open("R-1") as up_to_date:
        await bench.desk.take_in([due_alert("R-1")])
        elsewhere.seen("R-1", up_to_date, 1)
        comparing = asyncio.create_task(nowhere.run())
        await behind.wait()
        assert not up_to_date.is_set()
        comparing.cancel()
        await asyncio.wait([comparing])
