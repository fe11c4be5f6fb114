"""A deployment of the rescuers' service for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Servers
from tests.services.rescuer_location.world import Running, World


@pytest.fixture
async def world(servers: Servers, schema: str, topic_prefix: str) -> World:
    """Topics and a schema of this test's own, nothing started."""
    made = World(servers.kafka_bootstrap, servers.database_url, schema, topic_prefix)
    await made.make_topics()
    return made


@pytest.fixture
async def service(world: World) -> AsyncIterator[Running]:
    """One running instance."""
    async with world.running() as running:
        yield running
