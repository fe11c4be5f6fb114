"""Positions on their way to Kafka: acknowledged to the client only after the broker has them.

Nothing else keeps them, so a broker that is away is told to the client (503) instead of hidden in a
queue: a position that arrives late is worth nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka.errors import KafkaError
from faststream.exceptions import FastStreamException

from services.gateway.domain.positions import partition_of
from shared.contracts.records import PositionRecord
from shared.contracts.topics import POSITIONS
from shared.ids import new_id
from shared.messaging.broker import Broker
from shared.messaging.events import cloud_headers
from shared.telemetry.logs import logger
from shared.telemetry.metrics import POSITIONS_IN
from shared.telemetry.traces import current_traceparent

log = logger(__name__)

BREATH_ROWS = 250
"""Positions sent before others get a turn: some milliseconds."""


class BrokerAway(Exception):  # noqa: N818 - a state of the world, not of the program
    """The broker has not acknowledged in time; some of the positions may still get through."""


class PositionSink:
    """Produces positions, in the order of each rescuer's."""

    def __init__(self, broker: Broker, *, source: str, wait_s: float) -> None:
        """``wait_s``: how long a client waits for the broker before it is told 503."""
        self._broker = broker
        self._source = source
        self._wait_s = wait_s
        self._topic = broker.topic_prefix + POSITIONS.name

    async def take(self, records: Sequence[PositionRecord]) -> None:
        """Returns when the broker has acknowledged all; raises :class:`BrokerAway` otherwise.

        Idempotent producers never give a record up, hence the bound here. What is sent twice is
        ignored downstream as out of order.
        """
        traceparent = current_traceparent()
        pending: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._wait_s):
                # A full buffer makes this wait, so the bound holds here as well.
                for number, record in enumerate(records, 1):
                    if number % BREATH_ROWS == 0:
                        await asyncio.sleep(0)  # sending into a buffer with room does not wait
                    pending.append(await self._send(record, traceparent))
                # Shielded: the producer's own futures must not be cancelled under it.
                await asyncio.shield(asyncio.gather(*pending))
        except (TimeoutError, KafkaError, FastStreamException, OSError) as error:
            _ignore_outcomes(pending)
            POSITIONS_IN.labels("not_taken").inc(len(records))
            log.warning("positions_not_taken", rows=len(records), error=type(error).__name__)
            if isinstance(error, KafkaError) and not error.retriable:
                await self._renew()
            raise BrokerAway from error
        POSITIONS_IN.labels("taken").inc(len(records))

    async def _renew(self) -> None:
        """An idempotent producer that lost its place in a sequence never finds it again."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._broker.renew_producer()
        except (TimeoutError, KafkaError, FastStreamException, OSError) as error:
            log.warning("producer_not_renewed", error=type(error).__name__)

    async def _send(
        self, record: PositionRecord, traceparent: str | None
    ) -> asyncio.Future[object]:
        headers = cloud_headers(
            event_id=new_id("evt"),
            type=POSITIONS.event_type,
            source=self._source,
            subject=record.rescuer_id,
            time=record.recorded_at,
            traceparent=traceparent,
        )
        # FastStream's publish costs twice as much as all of this and adds nothing to a record that
        # is encoded already: 33,000 a second go through here.
        future: asyncio.Future[object] = await self._broker.producer.send(
            self._topic,
            value=record.model_dump_json().encode(),
            key=record.rescuer_id.encode(),
            partition=partition_of(record.rescuer_id, POSITIONS.partitions),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
        return future


def _ignore_outcomes(pending: Sequence[asyncio.Future[object]]) -> None:
    """Looks at what becomes of futures that nobody waits for any more, so that none complains."""
    for future in pending:
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
