"""Keeps a client library from filling the log while a broker is away.

aiokafka logs several ERROR lines a second for each client during an outage (measured). Each kind of
line (its unformatted text) passes once in ``every_s``, with the number of those held back, and all
are counted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from shared.telemetry.metrics import CLIENT_ERRORS

EVERY_S: Final = 10.0
LIBRARIES: Final = (
    "aiokafka",
    "aiokafka.conn",
    "aiokafka.client",
    "aiokafka.cluster",
    "aiokafka.producer.producer",
    "aiokafka.producer.sender",
    "aiokafka.consumer.consumer",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.consumer.subscription_state",
    "aiokafka.admin.client",
)


class RateLimit(logging.Filter):
    """Passes one line of a kind per ``every_s``; counts warnings and errors in a metric."""

    def __init__(
        self,
        service: str,
        *,
        every_s: float = EVERY_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._errors = CLIENT_ERRORS.labels(service)
        self._every_s = every_s
        self._monotonic = monotonic
        self._last: dict[tuple[str, str], float] = {}
        self._held_back: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line passes; one that does says how many before it did not."""
        if record.levelno < logging.WARNING:
            return True
        self._errors.inc()
        kind = (record.name, str(record.msg))
        now = self._monotonic()
        last = self._last.get(kind)
        if last is not None and now - last < self._every_s:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return False
        self._last[kind] = now
        held_back = self._held_back.pop(kind, 0)
        if held_back:
            record.msg = f"{record.msg} [and {held_back} more like it]"
        return True


def quieten_clients(service: str) -> None:
    """Installs the limit on the loggers of the Kafka client, once per process; INFO lines go."""
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        if not any(isinstance(each, RateLimit) for each in logger.filters):
            logger.addFilter(RateLimit(service))
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
