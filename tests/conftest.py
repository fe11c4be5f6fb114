"""The real servers for integration tests, and a fresh corner of them for each test."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole systems first: they take longest."""
    items.sort(key=lambda item: not _is_system(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """What shares a process when tests run in several: a file, or all that run a whole system.

    Two whole systems at a time would be in each other's way. (The plugin's own groups, loadgroup,
    are not heard by pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386.)
    """
    return _Scheduling(config, log)


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]  # the plugin has no types
    def _split_scope(self, nodeid: str) -> str:
        return "system" if _is_system(nodeid) else super()._split_scope(nodeid)


def _is_system(nodeid: str) -> bool:
    return nodeid.startswith(("tests/e2e/", "tests/web/", "tests/deploy/test_stack.py"))
