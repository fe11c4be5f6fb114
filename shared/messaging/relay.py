"""The relay: takes rows out of the outbox and puts them into Kafka, in order for each key.

One instance of a service relays: the one that holds the schema's advisory lock, on the very
connection that rows are read and deleted on, so whoever lost the lock can delete nothing. It is
woken at commit (``wake`` in this process, NOTIFY from others); polling is only a fallback. A row is
deleted after the broker's acknowledgement: a crash repeats and never loses. A lane is a topic's
partition; each has at most one batch on its way, so its order holds whatever fails, and lanes do
not wait for each other: a partition whose leader is away holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from aiokafka.errors import KafkaError
from faststream.exceptions import IncorrectState

from shared.clock import Clock
from shared.messaging.delivery import Outcome, Row, Suspects, deliver
from shared.messaging.housekeeping import Housekeeping
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
MOST_ROWS: Final = 8_000
MOST_IN_LANE: Final = 2_000
"""Rows of a lane that go before others are looked for: so long may an urgent one wait."""
FLUSH_S: Final = 5.0
"""How long ``stop`` goes on publishing what is there."""
STOPPING_POLL_S: Final = 0.1
SLOW_S: Final = 10.0
"""A broker that has acknowledged nothing for so long is a problem to tell of."""
RELEASE_S: Final = 3.0
PAUSE_S: Final = 0.5
"""After a failure, before the next try."""
MOST_OBSERVED: Final = 20
"""Delays observed per batch: of a bulk import a sample is enough."""
LOCK_CLASS: Final = 0x6C_69_66_65  # "life": keeps our advisory locks apart from others'

SELECT_ROWS: Final = """
SELECT id, topic, partition, key, headers::text AS headers, value, created_at FROM outbox
WHERE (topic || '/' || partition) <> ALL ($1::text[]) ORDER BY id LIMIT $2
"""
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
        self._lanes: dict[str, asyncio.Task[Outcome]] = {}
        """The batch on its way, by lane."""
        self._suspects: dict[str, Suspects] = {}
        """Lanes in which something was refused: they go row by row until it is found."""
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._progress_at = 0.0
        self._told_at = 0.0
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
                self._abandon()
            if not self._stopping:
                await asyncio.sleep(PAUSE_S)

    async def _session(self) -> None:
        """On one connection: listen, try for the lock, relay while it is held."""
        connection: Any = await self._pool.acquire(timeout=10)
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
                if not self._wake.is_set():
                    await self._sleep()
            await connection.remove_listener(f"outbox_{self._schema}", self._on_wake)
            connection.remove_termination_listener(self._on_wake)
        except BaseException:
            # Whatever state it is in: cut, so that the lock is free at once, for whoever is well.
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection, timeout=RELEASE_S)

    def _abandon(self) -> None:
        """Forgets what is on its way: it is still in the table, for whoever holds the lock."""
        for task in self._lanes.values():
            task.cancel()
        self._lanes.clear()

    def _on_wake(self, *_: object) -> None:
        self._wake.set()

    async def _sleep(self) -> None:
        """Until woken; at most the polling interval, and with rows in flight always bounded."""
        timeout_s = self._poll_s if self._poll_s is not None or not self._lanes else POLL_S
        if self._stopping:
            timeout_s = STOPPING_POLL_S
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
        for lane, task in list(self._lanes.items()):
            if task.done() and lane in self._lanes:
                await self._settle(connection, lane, self._lanes.pop(lane).result())
        rows = await connection.fetch(SELECT_ROWS, list(self._lanes), MOST_ROWS)
        lanes: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            lanes[f"{row['topic']}/{row['partition']}"].append(row)
        for lane, its_rows in lanes.items():
            sent = its_rows[:1] if lane in self._suspects else its_rows[:MOST_IN_LANE]
            self._lanes[lane] = task = asyncio.create_task(self._deliver(sent), name=lane)
            task.add_done_callback(self._on_wake)
        if len(rows) == MOST_ROWS:
            self._wake.set()  # there may be more, for other lanes
        await self._tell(connection)

    async def _deliver(self, rows: Sequence[Row]) -> Outcome:
        try:
            producer = self._broker.producer
        except IncorrectState:
            # Kafka has not been reached yet since this process started.
            outcome = Outcome((), rows, ConnectionError("not connected to Kafka"))
        else:
            outcome = await deliver(producer, self._prefix + rows[0]["topic"], rows)
        if outcome.error is not None and not outcome.refused:
            await asyncio.sleep(PAUSE_S)  # this lane alone waits
        return outcome

    async def _settle(self, connection: Any, lane: str, outcome: Outcome) -> None:
        """Deletes what the broker has, and decides about what it has not."""
        if outcome.acknowledged:
            await connection.execute(DELETE_ROWS, [row["id"] for row in outcome.acknowledged])
            self._progress_at = asyncio.get_running_loop().time()
            self._count(outcome.acknowledged)
            if lane in self._suspects and self._suspects[lane].cleared(len(outcome.acknowledged)):
                del self._suspects[lane]
        if outcome.error is None:
            self.problem = None
            return
        reason = f"{type(outcome.error).__name__}: {outcome.error}"
        if outcome.refused:
            suspects = self._suspects.setdefault(lane, Suspects())
            if suspects.refused(len(outcome.failed)):
                del self._suspects[lane]
                await self._bury(connection, outcome.failed[0], reason)
        else:
            self.problem = f"{lane}: {reason}"
            log.warning("outbox %s: %s; trying again", self._schema, self.problem)
        if outcome.producer_lost:
            self._abandon()
            with suppress(KafkaError, OSError, IncorrectState):
                await self._broker.renew_producer()
        self._wake.set()

    async def _bury(self, connection: Any, row: Row, reason: str) -> None:
        await connection.execute(BURY_ROW, row["id"], reason)
        OUTBOX_DEAD.labels(self._broker.service, row["topic"]).inc()
        where = f"{row['topic']} key {row['key']}"
        log.error("outbox %s: %s refused, now in outbox_dead: %s", self._schema, where, reason)

    async def _tell(self, connection: Any) -> None:
        """Backlog in the metrics; and a broker that has been silent for long is a problem."""
        now = asyncio.get_running_loop().time()
        if not self._lanes:
            self._progress_at = now
        silent_s = now - self._progress_at
        if silent_s >= SLOW_S:
            self.problem = f"the broker has acknowledged nothing for {silent_s:.0f} s"
        if now - self._told_at >= POLL_S:
            self._told_at = now
            # Also keeps the lock's connection in use, so that its loss is noticed.
            backlog = await connection.fetchrow(BACKLOG)
            oldest = backlog["oldest"]
            age_s = 0.0 if oldest is None else (self._clock.now() - oldest).total_seconds()
            OUTBOX_PENDING.labels(self._broker.service).set(backlog["pending"])
            OUTBOX_OLDEST_S.labels(self._broker.service).set(max(0.0, age_s))

    def _count(self, rows: Sequence[Row]) -> None:
        now = self._clock.now()
        OUTBOX_PUBLISHED.labels(self._broker.service, rows[0]["topic"]).inc(len(rows))
        delay = OUTBOX_DELAY_SECONDS.labels(self._broker.service)
        for row in rows[:MOST_OBSERVED]:
            delay.observe(max(0.0, (now - row["created_at"]).total_seconds()))
