"""The FastStream broker as every service uses it.

Idempotent, acknowledged by all in-sync replicas, never creating topics, quiet. Two things are
added to FastStream's own: hooks around start and stop (a table starts its replay, a consumer
drains), and a producer that can be renewed, because an idempotent one that has failed stays failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker

from shared.messaging.delivery import MAX_RECORD_BYTES
from shared.messaging.quiet import quieten_clients

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger(__name__)

BATCH_BYTES: Final = 256 * 1024
REQUEST_TIMEOUT_MS: Final = 15_000
STOP_TIMEOUT_S: Final = 10.0

Hook = Callable[[], Awaitable[None]]


class KafkaSettings(Protocol):
    """What of a service's settings messaging needs (``shared.settings.ServiceSettings`` has it)."""

    @property
    def service(self) -> str: ...  # noqa: D102
    @property
    def instance(self) -> str: ...  # noqa: D102
    @property
    def kafka_bootstrap(self) -> str: ...  # noqa: D102
    @property
    def topic_prefix(self) -> str: ...  # noqa: D102


class Broker(KafkaBroker):
    """A FastStream broker that knows its service, its topics' prefix and its parts' hooks."""

    def __init__(self, settings: KafkaSettings, *, linger_ms: int = 0) -> None:
        self.service = settings.service
        self.topic_prefix = settings.topic_prefix
        self.bootstrap = settings.kafka_bootstrap
        self.topics_needed: set[str] = set()
        """Names, with the prefix, of what is consumed here or written to by consumers."""
        self.started = asyncio.Event()
        self._after_start: list[Hook] = []
        self._before_stop: list[Hook] = []
        super().__init__(
            [each.strip() for each in settings.kafka_bootstrap.split(",") if each.strip()],
            client_id=f"lifering-{settings.service}-{settings.instance}",
            acks="all",
            enable_idempotence=True,
            linger_ms=linger_ms,
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_RECORD_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=60_000,
            allow_auto_create_topics=False,
            # FastStream logs every message twice at this level; errors keep theirs.
            logger=_library_logger(),
            log_level=logging.DEBUG,
            apply_types=False,
            graceful_timeout=STOP_TIMEOUT_S,
        )

    def after_start(self, hook: Hook) -> None:
        """Called each time that the broker has started (consumers connected)."""
        self._after_start.append(hook)

    def before_stop(self, hook: Hook) -> None:
        """Called before the consumers are closed."""
        self._before_stop.append(hook)

    async def start(self) -> None:
        """Connects, then starts all subscribers at the same time: each group join takes a while."""
        await self.connect()
        async with asyncio.TaskGroup() as group:
            for subscriber in self.subscribers:
                group.create_task(subscriber.start())
        self.running = True
        for hook in self._after_start:
            await hook()
        self.started.set()

    async def drain(self) -> None:
        """Lets handlers finish what they have and commits it; takes no further records."""
        for hook in self._before_stop:
            try:
                await hook()
            except Exception:
                log.exception("a part did not stop cleanly")

    async def stop(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        """Drains and closes; gives up on a broker that does not answer after a bound."""
        await self.drain()
        self.started.clear()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await super().stop(exc_type, exc_val, exc_tb)
        except TimeoutError:
            log.warning("Kafka did not answer within %s s; closing anyway", STOP_TIMEOUT_S)
            await self._drop_producer()
            self._connection = None

    @property
    def producer(self) -> AIOKafkaProducer:
        """The client library's own producer, for records that FastStream cannot carry as they are.

        Raises ``faststream.exceptions.IncorrectState`` while not connected.
        """
        return self._fast_producer._producer.producer

    async def renew_producer(self) -> None:
        """Puts a fresh producer in the place of one that has failed for good."""
        fresh = AIOKafkaProducer(**self._connection_kwargs)
        try:
            await fresh.start()
        except BaseException:
            await fresh.stop()
            raise
        await self._drop_producer()
        self._fast_producer._producer = type(self._state)(fresh)

    @property
    def _fast_producer(self) -> Any:
        return self.config.broker_config.producer

    @property
    def _state(self) -> Any:
        from faststream.kafka.publisher.state import RealProducer

        return RealProducer(self.producer)

    async def _drop_producer(self) -> None:
        if not self._fast_producer:
            return
        producer = self.producer
        try:
            async with asyncio.timeout(1):
                await producer.stop()
        except Exception:  # what cannot be flushed is still in the outbox
            log.debug("the failed producer did not stop cleanly", exc_info=True)
            await producer.client.close()


def make_broker(settings: KafkaSettings, *, linger_ms: int = 0) -> Broker:
    """The broker of a service; ``linger_ms`` above 0 only for bulk paths that await each record."""
    quieten_clients(settings.service)
    return Broker(settings, linger_ms=linger_ms)


class _DropKnown(logging.Filter):
    """FastStream warns at every start that topics are not created by it, which is what we want."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Auto create topics is disabled" not in str(record.msg)


def _library_logger() -> logging.Logger:
    logger = logging.getLogger("lifering.faststream")
    if not logger.filters:
        logger.addFilter(_DropKnown())
        logger.setLevel(logging.WARNING)
    return logger
