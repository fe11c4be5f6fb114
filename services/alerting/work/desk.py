"""The desk: where messages, receipts and outcomes are written down, each in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg

from services.alerting import store
from services.alerting.domain.fallback import (
    Decision,
    Outcome,
    OutcomeKind,
    after_send,
    when_due,
)
from services.alerting.domain.intake import Intake, take_in
from services.alerting.domain.message import Message, Step
from services.alerting.domain.order import ChannelOrder
from services.alerting.domain.receipt import receive
from services.alerting.store import Connection
from services.alerting.work.streams import Hub
from shared.clock import Clock
from shared.contracts.records import AlertRecord, DeliveryRecord
from shared.contracts.topics import DELIVERIES
from shared.contracts.words import DeliveryState
from shared.messaging.outbox import OutboxItem, put_many
from shared.telemetry.metrics import DELIVERIES as DELIVERIES_COUNTED
from shared.telemetry.metrics import DELIVERY_SECONDS, DUPLICATES


class Desk:
    """Everything that changes a message goes through here."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool[Any],
        hub: Hub,
        order: ChannelOrder,
        clock: Clock,
        source: str,
        after_commit: Callable[[], None],
    ) -> None:
        """``after_commit`` wakes whoever publishes the outbox and watches the deadlines."""
        self._pool = pool
        self._hub = hub
        self._order = order
        self._clock = clock
        self._source = source
        self._after_commit = after_commit

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection to read with."""
        async with self._pool.acquire() as connection:
            yield connection

    async def take_in(self, alerts: Sequence[AlertRecord]) -> Intake:
        """Keeps messages that have come in, puts them on the streams, says what became of them."""
        rescuers = {alert.rescuer_id for alert in alerts}
        async with self._transaction() as connection:
            now = self._clock.now()
            ends = await store.lock_streams(connection, rescuers)
            known = await store.known(
                connection,
                [alert.message_id for alert in alerts],
                [(alert.incident_id, alert.rescuer_id) for alert in alerts],
            )
            result = take_in(alerts, known=known, stream_ends=ends, order=self._order, now=now)
            await store.add(connection, result.new, result.stream_ends)
            if result.voided:
                await store.make_void(connection, result.voided, now)
            await self._publish(connection, result.deliveries)
            if result.stream_ends:
                await store.tell(connection, self._hub.notify_channel, result.stream_ends)
        self._hub.wake(result.stream_ends)
        if result.duplicates:
            DUPLICATES.labels("alerting", "alerts").inc(result.duplicates)
        return result

    async def receipt(
        self,
        message_id: str,
        state: DeliveryState,
        *,
        at: datetime | None,
        channel: str,
        rescuer_id: str | None = None,
    ) -> Message | None:
        """Notes a receipt and returns the message; None when there is none (of this rescuer)."""
        async with self._transaction() as connection:
            message = await store.get_locked(connection, message_id)
            if message is None or rescuer_id not in (None, message.rescuer_id):
                return None
            now = self._clock.now()
            received, news = receive(message, state, at=at, channel=channel, now=now)
            if news:
                await store.save(connection, received)
                await self._publish(connection, news)
            if message.delivered_at is None and received.delivered_at is not None:
                waited = received.delivered_at - message.sent_at
                DELIVERY_SECONDS.labels(channel).observe(max(waited.total_seconds(), 0.0))
        return received

    async def provider_failed(
        self, message_id: str, *, channel: str, reason: str
    ) -> Message | None:
        """Goes on to the next channel when a provider says that it cannot; None: no such message.

        Nothing changes when the message is settled or another channel has it by now.
        """
        async with self._transaction() as connection:
            message = await store.get_locked(connection, message_id)
            if message is None or message.settled or message.channel != channel:
                return message
            refused = Outcome(OutcomeKind.REFUSED, reason)
            decision = after_send(message, refused, self._order, self._clock.now())
            await store.save(connection, decision.message)
            await self._publish(connection, decision.deliveries)
        return decision.message

    async def claim_due(self, limit: int) -> list[Message]:
        """Decides about messages that are due; returns those that are to be sent now.

        Those are marked as `sending` with a lease: what a worker that dies leaves, others take.
        """
        to_send: list[Message] = []
        # Not telling anybody when nothing was due: the worker that asks would wake itself for ever.
        async with self._pool.acquire() as connection, connection.transaction():
            now = self._clock.now()
            decisions = [
                self._decide(message, now)
                for message in await store.claim_due(connection, now, limit)
            ]
            for decision in decisions:
                await store.save(connection, decision.message)
                if decision.send:
                    to_send.append(decision.message)
            await self._publish(connection, (d for one in decisions for d in one.deliveries))
        if decisions:
            self._after_commit()
        return to_send

    async def sent(self, message: Message, outcome: Outcome) -> None:
        """Notes what a channel answered, unless the message has been settled or taken meanwhile."""
        async with self._transaction() as connection:
            current = await store.get_locked(connection, message.message_id)
            if current is None or current.settled or not _same_try(current, message):
                return
            decision = after_send(current, outcome, self._order, self._clock.now())
            await store.save(connection, decision.message)
            await self._publish(connection, decision.deliveries)

    async def next_due(self) -> datetime | None:
        """When something is next to be done; None when nothing is."""
        async with self.reading() as connection:
            return await store.next_due(connection)

    def _decide(self, message: Message, now: datetime) -> Decision:
        decision = when_due(message, self._order, now)
        # A next channel is sent on at once, in the same claim.
        if decision.message.step is Step.TO_SEND and not decision.message.settled:
            return when_due(decision.message, self._order, now)
        return decision

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection
        self._after_commit()

    async def _publish(self, connection: Connection, news: Iterable[DeliveryRecord]) -> None:
        items = []
        for one in news:
            items.append(
                OutboxItem(key=one.message_id, shard=one.shard, data=one, event_time=one.at)
            )
            DELIVERIES_COUNTED.labels(one.channel, one.state.value).inc()
        if items:
            await put_many(connection, DELIVERIES, items, source=self._source)


def _same_try(current: Message, message: Message) -> bool:
    return (current.step, current.channel, current.tries) == (
        Step.SENDING,
        message.channel,
        message.tries,
    )
