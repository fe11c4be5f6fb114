"""Idempotent consumption: an event's effects and the note that it was seen commit together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from typing import Any

    from asyncpg import Connection
    from asyncpg.pool import PoolConnectionProxy

# As a string: asyncpg's classes take parameters only in its stubs.
AnyConnection: TypeAlias = "Connection[Any] | PoolConnectionProxy[Any]"

FIRST_TIME: Final = """
INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
"""
FIRST_TIMES: Final = """
INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::text[])
ON CONFLICT DO NOTHING RETURNING event_id
"""
FORGET: Final = """
DELETE FROM inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox WHERE seen_at < $1 LIMIT $2))
"""


async def first_time(connection: AnyConnection, consumer: str, event_id: str) -> bool:
    """Whether this consumer has not handled the event yet; notes it in the caller's transaction.

    While another transaction is handling the same event this waits for its outcome.
    """
    return await connection.fetchval(FIRST_TIME, consumer, event_id) is not None


async def first_times(
    connection: AnyConnection, consumer: str, event_ids: Sequence[str]
) -> set[str]:
    """Which of the events this consumer has not handled yet; notes them all at once."""
    # Sorted, so that two batches that share events wait for each other and never deadlock.
    rows = await connection.fetch(FIRST_TIMES, consumer, sorted(set(event_ids)))
    return {row["event_id"] for row in rows}


async def forget_before(connection: AnyConnection, moment: datetime, *, limit: int = 10_000) -> int:
    """Forgets up to ``limit`` events seen before a moment; returns how many."""
    status = await connection.execute(FORGET, moment, limit)
    return int(status.rsplit(" ", 1)[1])
