"""The relay: takes rows out of the outbox and puts them into Kafka, in order for each key.

One instance of a service relays: the one that holds the schema's advisory lock, on the very
connection that rows are read and deleted on, so whoever lost the lock can delete nothing. It is
woken at commit (``wake`` in this process, NOTIFY from others); polling is only a fallback. A row is
deleted after the broker's acknowledgement: a crash repeats and never loses. Of what was sent
together only the acknowledged prefix of a lane (a partition; without one, a key) is deleted, so a
row that failed is followed again by what came after it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
)
from faststream.exceptions import IncorrectState

from shared.clock import Clock
from shared.messaging.housekeeping import Housekeeping
from shared.messaging.lanes import Lanes, Row, Sent, lane_of
from shared.telemetry.health import Check
from shared.telemetry.metrics import (
    OUTBOX_DEAD,
    OUTBOX_DELAY_SECONDS,
    OUTBOX_OLDEST_S,
    OUTBOX_PENDING,
    OUTBOX_PUBLISHED,
)

if TYPE_CHECKING:
    from shared.messaging.broker import Broker
    from shared.messaging.watch import ConsumerWatch

log = logging.getLogger(__name__)

POLL_S: Final = 2.0
BATCH_ROWS: Final = 2_000
MOST_IN_FLIGHT: Final = 8_000
FLUSH_S: Final = 5.0
"""How long ``stop`` goes on publishing what is there."""
SLOW_S: Final = 10.0
"""A broker that has acknowledged nothing for so long is a problem to tell of."""
PAUSE_S: Final = 0.5
"""After a failure, before the next try."""
REFUSED_TRIES: Final = 3
"""A row that the broker refuses for what it is gets so many tries before it is put aside."""
LOCK_CLASS: Final = 0x6C_69_66_65  # "life": keeps our advisory locks apart from others'

REFUSALS: Final = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
    InvalidTopicError,
    AssertionError,  # aiokafka's way to say that there is no such partition
    ValueError,
)

LANE_SQL: Final = "topic || '/' || coalesce(partition::text, '=' || key)"
SELECT_ROWS: Final = f"""
SELECT id, topic, partition, key, headers::text AS headers, value, created_at FROM outbox
WHERE id <> ALL ($1::bigint[]) AND ({LANE_SQL}) <> ALL ($2::text[]) ORDER BY id LIMIT $3
"""  # noqa: S608 (a constant)
DELETE_ROWS: Final = "DELETE FROM outbox WHERE id = ANY ($1::bigint[])"
BURY_ROW: Final = """
WITH gone AS (DELETE FROM outbox WHERE id = $1 RETURNING *)
INSERT INTO outbox_dead (id, topic, partition, key, headers, value, created_at, error)
SELECT id, topic, partition, key, headers, value, created_at, $2 FROM gone
"""
BACKLOG: Final = "SELECT count(*) AS pending, min(created_at) AS oldest FROM outbox"


class OutboxRelay:
    """Publishes one schema's outbox; start it in every instance, one of them works."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool[Any],
        broker: Broker,
        schema: str,
        clock: Clock,
        topic_prefix: str | None = None,
        poll_s: float | None = POLL_S,
        watch: ConsumerWatch | None = None,
    ) -> None:
        """``poll_s`` None polls never (tests use it to show that wake-ups suffice).

        Holds one of the pool's connections for as long as it runs.
        """
        self._pool = pool
        self._broker = broker
        self._schema = schema
        self._clock = clock
        self._prefix = broker.topic_prefix if topic_prefix is None else topic_prefix
        self._poll_s = poll_s
        self._housekeeping = Housekeeping(clock)
        self._lanes = Lanes()
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._refused: dict[int, int] = defaultdict(int)
        self._progress_at = 0.0
        self.holder = False
        """Whether this instance holds the lock."""
        self.problem: str | None = None
        """What keeps rows from going out, in a sentence."""
        if watch is not None:
            watch.add("outbox", live=self._live)

    @property
    def healthy(self) -> bool:
        """Whether nothing keeps rows from going out (a standby is healthy)."""
        return self._task is not None and not self._task.done() and self.problem is None

    async def start(self) -> None:
        """Begins in the background; comes back from lost connections by itself."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        """Publishes what is there (for a bounded time) and gives the lock up."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            _, pending = await asyncio.wait([self._task], timeout=FLUSH_S)
            if pending:
                self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def wake(self) -> None:
        """Call after a commit in this process: rows are looked for at once."""
        self._wake.set()

    def _live(self) -> Check:
        running = self._task is not None and not self._task.done()
        return Check(running or self._stopping, self.problem or "relaying")

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._session()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self.problem = f"database: {type(error).__name__}: {error}"
                log.warning("outbox %s: %s; trying again", self._schema, self.problem)
            except Exception as error:
                self.problem = f"{type(error).__name__}: {error}"
                log.exception("outbox %s: unexpected error; trying again", self._schema)
            finally:
                self.holder = False
                self._lanes.abandon()
            if not self._stopping:
                await asyncio.sleep(PAUSE_S)

    async def _session(self) -> None:
        """On one connection: listen, try for the lock, relay while it is held."""
        connection = await self._pool.acquire(timeout=10)
        try:
            await connection.add_listener(f"outbox_{self._schema}", self._on_wake)
            connection.add_termination_listener(self._on_wake)
            self.problem = None
            while not (self._stopping and not (self.holder and await self._anything(connection))):
                # Cleared before looking: what commits from here on wakes the next look.
                self._wake.clear()
                if not self.holder:
                    await self._try_lock(connection)
                if self.holder:
                    await self._relay(connection)
                if not self._wake.is_set() and not self._stopping:
                    await self._sleep()
        finally:
            with suppress(Exception):
                await connection.remove_listener(f"outbox_{self._schema}", self._on_wake)
            with suppress(Exception):
                connection.remove_termination_listener(self._on_wake)
            # Gives back a clean connection: the pool's reset unlocks and unlistens.
            await self._pool.release(connection, timeout=5)

    def _on_wake(self, *_: object) -> None:
        self._wake.set()

    async def _sleep(self) -> None:
        """Until woken; at most the polling interval, and with rows in flight always bounded."""
        timeout_s = self._poll_s if self._poll_s is not None or not self._lanes else POLL_S
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()

    async def _anything(self, connection: Any) -> bool:
        """Whether rows are left (asked while stopping)."""
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"))

    async def _try_lock(self, connection: Any) -> None:
        self.holder = await connection.fetchval(
            "SELECT pg_try_advisory_lock($1, hashtext($2))", LOCK_CLASS, self._schema
        )
        if self.holder:
            self._progress_at = asyncio.get_running_loop().time()
            log.info("outbox %s: this instance relays", self._schema)

    async def _relay(self, connection: Any) -> None:
        """One look: settle what came back, send what is new."""
        await self._housekeeping.maybe(connection)
        await self._settle(connection)
        sent = 0
        if len(self._lanes) < MOST_IN_FLIGHT:
            rows = await connection.fetch(
                SELECT_ROWS, self._lanes.ids(), list(self._lanes.closed()), BATCH_ROWS
            )
            sent = await self._send(rows)
            if sent == BATCH_ROWS:
                self._wake.set()  # there is more
        await self._tell(connection)

    async def _settle(self, connection: Any) -> None:
        """Deletes what the broker has, and decides about what failed."""
        acknowledged, failed = self._lanes.reap()
        if acknowledged:
            await connection.execute(DELETE_ROWS, [row["id"] for row in acknowledged])
            self._progress_at = asyncio.get_running_loop().time()
            self.problem = None
            self._count(acknowledged)
        for row, error in failed:
            await self._on_failure(connection, row, error)
        if failed:
            await asyncio.sleep(PAUSE_S)
            self._wake.set()

    async def _send(self, rows: Sequence[Row]) -> int:
        """Hands rows to the producer, which batches them; returns how many were looked at."""
        closed: set[str] = set()
        for row in rows:
            lane = lane_of(row)
            if lane in closed:
                continue
            sent = Sent(row, await self._hand_over(row))
            if not self._lanes.add(sent):
                closed.add(lane)
            if isinstance(sent.outcome, IncorrectState):
                break  # not connected: the others would fail in the same way
            if isinstance(sent.outcome, asyncio.Future):
                sent.outcome.add_done_callback(self._on_wake)
        return len(rows)

    async def _hand_over(self, row: Row) -> asyncio.Future[Any] | BaseException:
        headers: dict[str, str] = json.loads(row["headers"])
        try:
            return await self._broker.publish(
                row["value"],
                self._prefix + row["topic"],
                key=row["key"].encode(),
                partition=row["partition"],
                headers=headers,
                correlation_id=headers.get("ce_id"),
                no_confirm=True,
            )
        except (KafkaError, IncorrectState, AssertionError, ValueError, OSError) as error:
            self._wake.set()
            return error

    async def _on_failure(self, connection: Any, row: Row, error: BaseException) -> None:
        """Decides about a row that did not go out: again, or aside."""
        where = f"{row['topic']} key {row['key']}"
        if isinstance(error, REFUSALS):
            self._refused[row["id"]] += 1
            if self._refused[row["id"]] >= REFUSED_TRIES:
                del self._refused[row["id"]]
                reason = f"{type(error).__name__}: {error}"
                await connection.execute(BURY_ROW, row["id"], reason)
                OUTBOX_DEAD.labels(self._broker.service, row["topic"]).inc()
                log.error(
                    "outbox %s: %s refused for good, see outbox_dead: %s",
                    self._schema,
                    where,
                    reason,
                )
            return
        self.problem = f"{where}: {type(error).__name__}: {error}"
        log.warning("outbox %s: %s; trying again", self._schema, self.problem)
        if isinstance(error, KafkaError) and not error.retriable:
            # An idempotent producer that lost its place in a sequence never finds it again.
            with suppress(KafkaError, OSError, IncorrectState):
                await self._broker.renew_producer()

    async def _tell(self, connection: Any) -> None:
        """Backlog in the metrics; and a broker that has been silent for long is a problem."""
        in_flight = len(self._lanes)
        now = asyncio.get_running_loop().time()
        if not in_flight:
            self._progress_at = now
        silent_s = now - self._progress_at
        if silent_s >= SLOW_S:
            self.problem = f"the broker has acknowledged nothing for {silent_s:.0f} s"
        if in_flight >= BATCH_ROWS or silent_s >= POLL_S:
            # Also keeps the lock's connection in use, so that its loss is noticed.
            backlog = await connection.fetchrow(BACKLOG)
            pending, oldest = backlog["pending"], backlog["oldest"]
            age_s = 0.0 if oldest is None else (self._clock.now() - oldest).total_seconds()
        else:
            pending, age_s = in_flight, silent_s
        OUTBOX_PENDING.labels(self._broker.service).set(pending)
        OUTBOX_OLDEST_S.labels(self._broker.service).set(max(0.0, age_s))

    def _count(self, rows: Sequence[Row]) -> None:
        now = self._clock.now()
        delay = OUTBOX_DELAY_SECONDS.labels(self._broker.service)
        topics: dict[str, int] = defaultdict(int)
        for row in rows:
            topics[row["topic"]] += 1
            delay.observe(max(0.0, (now - row["created_at"]).total_seconds()))
        for topic, count in topics.items():
            OUTBOX_PUBLISHED.labels(self._broker.service, topic).inc(count)
