"""The real servers for integration tests, and a fresh corner of them for each test."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the session's Kafka and PostgreSQL are; the DSN may do everything."""

    kafka_bootstrap: str
    database_url: str


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Those that the environment names, else a pair of our own for the session."""
    bootstrap, dsn = os.environ.get("KAFKA_BOOTSTRAP"), os.environ.get("DATABASE_URL")
    if bootstrap and dsn:
        yield Servers(bootstrap, dsn)
        return
    from deploy.testing import embedded_servers

    with embedded_servers() as started:
        yield Servers(started.bootstrap, started.dsn)


@pytest.fixture
def kafka_bootstrap(servers: Servers) -> str:
    """host:port of the real Kafka."""
    return servers.kafka_bootstrap


@pytest.fixture
def database_url(servers: Servers) -> str:
    """DSN of the real PostgreSQL."""
    return servers.database_url


@pytest.fixture
async def topic_prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    """Put before every topic's name, so that tests do not see each other's; deleted afterwards."""
    prefix = f"test{secrets.token_hex(4)}."
    yield prefix
    await delete_topics(kafka_bootstrap, prefix)


async def delete_topics(bootstrap: str, prefix: str) -> None:
    """Deletes what a test has made: thousands of left partitions slow the one broker down."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        made = [name for name in await admin.list_topics() if name.startswith(prefix)]
        if made:
            await admin.delete_topics(made)
    finally:
        await admin.close()


@pytest.fixture
async def schema(database_url: str) -> AsyncIterator[str]:
    """A fresh schema of the database, dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"CREATE SCHEMA {name}")
        yield name
        await connection.execute(f"DROP SCHEMA {name} CASCADE")
    finally:
        await connection.close()


@pytest.hookimpl(tryfirst=True)  # before the plugin reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a process when tests run in several: a file, or all that run a whole system.

    Two whole systems at a time would be in each other's way, and they take longest: so they are
    one group, and it is begun first.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _group(item) != _SYSTEM)


_SYSTEM = "system"


def _group(item: pytest.Item) -> str:
    folder = item.path.parent
    return _SYSTEM if folder.name in {"e2e", "web"} else item.path.as_posix()
