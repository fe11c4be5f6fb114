"""The desk: where messages, receipts and outcomes are written down, each in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg

from services.alerting.domain.fallback import (
    Outcome,
    OutcomeKind,
    after_send,
    when_due,
)
from services.alerting.domain.intake import Intake, take_in
from services.alerting.domain.message import Message, Send, Step
from services.alerting.domain.order import WEB_PUSH, ChannelOrder
from services.alerting.domain.receipt import receive
from services.alerting.store import Connection, messages, subscriptions
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
            ends = await messages.lock_streams(connection, rescuers)
            known = await messages.known(
                connection,
                [alert.message_id for alert in alerts],
                [(alert.incident_id, alert.rescuer_id) for alert in alerts],
            )
            result = take_in(
                alerts,
                known=known,
                stream_ends=ends,
                order=self._order,
                now=now,
                without_devices=await self._without_devices(connection, rescuers, now),
            )
            await messages.add(connection, result.new, result.stream_ends)
            if result.voided:
                await messages.make_void(connection, result.voided, now)
            await self._publish(connection, result.deliveries)
            if result.stream_ends:
                await messages.tell(connection, self._hub.notify_channel, result.stream_ends)
        self._hub.wake(result.stream_ends)
        if result.duplicates:
            DUPLICATES.labels("alerting", "alerts").inc(result.duplicates)
        return result

    async def _without_devices(
        self, connection: Connection, rescuers: set[str], now: datetime
    ) -> set[str]:
        begins_with = {turn.name for turn in self._order.following((), now)}
        if WEB_PUSH not in begins_with or len(begins_with) == 1:
            return set()
        return rescuers - await subscriptions.with_devices(connection, rescuers)

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
            message = await messages.get_locked(connection, message_id)
            if message is None or rescuer_id not in (None, message.rescuer_id):
                return None
            now = self._clock.now()
            received, news = receive(message, state, at=at, channel=channel, now=now)
            if news:
                await messages.save(connection, received)
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
            message = await messages.get_locked(connection, message_id)
            if message is None or message.settled:
                return message
            send = message.on(channel)
            if send is None or not send.open:
                return message
            # Taken once, and given back: it ends all the same.
            now = self._clock.now()
            given_back = message.with_sends([replace(send, sent_at=None)])
            refused = Outcome(OutcomeKind.REFUSED, reason)
            decision = after_send(given_back, channel, refused, self._order, now)
            await messages.save(connection, decision.message)
            await self._publish(connection, decision.deliveries)
        return decision.message

    async def claim_due(self, limit: int) -> list[tuple[Message, Send]]:
        """Decides about messages that are due; returns what is to be sent now.

        Those are marked as `sending` with a lease: what a worker that dies leaves, others take.
        """
        to_send: list[tuple[Message, Send]] = []
        # Not telling anybody when nothing was due: the worker that asks would wake itself for ever.
        async with self._pool.acquire() as connection, connection.transaction():
            now = self._clock.now()
            decisions = [
                when_due(message, self._order, now)
                for message in await messages.claim_due(connection, now, limit)
            ]
            for decision in decisions:
                await messages.save(connection, decision.message)
                to_send += [(decision.message, send) for send in decision.to_send]
            await self._publish(connection, (d for one in decisions for d in one.deliveries))
        if decisions:
            self._after_commit()
        return to_send

    async def sent(self, message: Message, send: Send, outcome: Outcome) -> None:
        """Notes what a channel answered, unless the message has been settled or taken meanwhile."""
        async with self._transaction() as connection:
            current = await messages.get_locked(connection, message.message_id)
            if current is None or current.settled or not _same_try(current, send):
                return
            now = self._clock.now()
            decision = after_send(current, send.channel, outcome, self._order, now)
            await messages.save(connection, decision.message)
            await self._publish(connection, decision.deliveries)

    async def next_due(self) -> datetime | None:
        """When something is next to be done; None when nothing is."""
        async with self.reading() as connection:
            return await messages.next_due(connection)

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


def _same_try(current: Message, send: Send) -> bool:
    now = current.on(send.channel)
    return now is not None and (now.step, now.tries) == (Step.SENDING, send.tries)
