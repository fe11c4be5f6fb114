"""The connection pool as every service uses it: bounded waits, its own schema, jsonb as Python."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

import asyncpg

if TYPE_CHECKING:
    _Pool = asyncpg.Pool[Any]
else:
    _Pool = asyncpg.Pool  # takes parameters only in its stubs

log = logging.getLogger(__name__)

COMMAND_TIMEOUT_S: Final = 15.0
CONNECT_TIMEOUT_S: Final = 5.0
ACQUIRE_TIMEOUT_S: Final = 5.0
"""Rather a clear error than a request that waits for ever (asyncpg's default)."""
MOST_CONNECTIONS: Final = 8
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 2.0


class DatabaseSettings(Protocol):
    """What of a service's settings the pool needs (``shared.settings.ServiceSettings`` has it)."""

    @property
    def service(self) -> str: ...  # noqa: D102
    @property
    def instance(self) -> str: ...  # noqa: D102
    @property
    def database_url(self) -> str: ...  # noqa: D102


class Pool(_Pool):
    """asyncpg's pool, in which nobody waits for a connection for ever."""

    def acquire(self, *, timeout: float | None = ACQUIRE_TIMEOUT_S) -> Any:
        """A connection; raises ``TimeoutError`` when none comes free in time."""
        return super().acquire(timeout=timeout)


async def make_pool(
    settings: DatabaseSettings,
    *,
    schema: str | None = None,
    min_size: int = 2,
    max_size: int = MOST_CONNECTIONS,
    wait_s: float = 30.0,
) -> Pool:
    """A pool on the service's schema (default: its name); waits for a database that is starting.

    Raises what the last try raised when there is none within ``wait_s``.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    pause_s = FIRST_PAUSE_S
    while True:
        pool = Pool(
            settings.database_url,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            min_size=min_size,
            max_size=max_size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            connect=None,
            setup=None,
            reset=None,
            loop=None,
            init=_init,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings={
                "search_path": schema if schema is not None else settings.service,
                "application_name": f"lifering {settings.service} {settings.instance}",
                "timezone": "UTC",
            },
        )
        try:
            await pool
        except (
            OSError,
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
        ) as error:
            pool.terminate()
            if asyncio.get_running_loop().time() + pause_s > deadline:
                raise
            log.warning("database: %s: %s; trying again", type(error).__name__, error)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        else:
            return pool


async def _init(connection: Any) -> None:
    """json and jsonb as Python values; they come as text otherwise."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode, decoder=json.loads
        )


def _encode(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
