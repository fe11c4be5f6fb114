"""The three kinds of error that a handler can end in, as a vocabulary.

Poison will never succeed: it goes to the dead-letter topic. Transient may succeed later: the record
is tried again and its partition waits. Anything else is a bug of ours on this record: it gets a few
tries, then the dead-letter topic; and too many dead letters halt the consumer.
"""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError


class Poison(Exception):  # noqa: N818 (a word of the vocabulary)
    """This record can never be handled: undecodable, or against its contract."""


class Transient(Exception):  # noqa: N818 (a word of the vocabulary)
    """Try this record again later: something that it needs is away."""


TRANSIENT_ERRORS: Final[tuple[type[BaseException], ...]] = (
    Transient,
    OSError,  # includes ConnectionError and TimeoutError
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.InterfaceError,  # "connection is closed", "pool is closing"
    asyncpg.InsufficientResourcesError,  # class 53: too many connections, disk full
    asyncpg.OperatorInterventionError,  # class 57: the server is shutting down or starting
    asyncpg.TransactionRollbackError,  # class 40: serialization failure, deadlock
    asyncpg.LockNotAvailableError,
    KafkaConnectionError,
    KafkaTimeoutError,
    RequestTimedOutError,
)


def is_transient(error: BaseException) -> bool:
    """Whether trying the same again later may succeed.

    A query of ours that is wrong in itself (asyncpg raises ``InterfaceError`` for bad arguments as
    ``DataError``, which is both) is not transient.
    """
    if isinstance(error, asyncpg.DataError | asyncpg.exceptions.UnsupportedClientFeatureError):
        return False
    return isinstance(error, TRANSIENT_ERRORS)
