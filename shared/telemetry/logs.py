"""Structured logs: one JSON object a line on standard error.

Every line has ``timestamp`` (UTC), ``level``, ``service``, ``instance``, ``event``, and where there
is one ``trace_id`` and ``incident_id``. The standard library's loggers go the same way. Never log
tokens, names, phone numbers, addresses or coordinates: log ids.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from shared.telemetry.traces import current_trace_id

QUIET = {"aiokafka": logging.WARNING, "asyncio": logging.WARNING, "httpx": logging.WARNING}
"""Libraries that say too much at INFO (PITFALLS: a line per message or request)."""

_SECRET_KEYS = frozenset({"token", "authorization", "address", "latitude", "longitude", "phone"})


def logger(name: str) -> FilteringBoundLogger:
    """The logger of a module."""
    return cast(FilteringBoundLogger, structlog.stdlib.get_logger(name))


@contextmanager
def about_incident(incident_id: str) -> Iterator[None]:
    """Log lines inside the block carry the incident's id."""
    with structlog.contextvars.bound_contextvars(incident_id=incident_id):
        yield


def _add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    trace_id = current_trace_id()
    if trace_id is not None:
        event["trace_id"] = trace_id
    return event


def _drop_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The last net: a field that must not be logged is not, whoever put it there."""
    for key in _SECRET_KEYS & event.keys():
        event[key] = "(withheld)"
    return event


def setup_logs(
    service: str, instance: str, level: str = "info", stream: TextIO | None = None
) -> None:
    """Sends all logs of this process as JSON lines to ``stream`` (standard error by default)."""

    def add_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        event.setdefault("instance", instance)
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        _add_trace,
        _drop_secrets,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, quiet_level in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet_level, root.level))
    for name in ("uvicorn", "uvicorn.error", "faststream"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
