"""A deployment of dispatch on the session's servers, with time that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.contracts.topics import TOPICS
from shared.messaging.admin import ensure_topics
from tests.services.dispatch.world import World, running


@pytest.fixture
async def topics_ready(kafka_bootstrap: str, topic_prefix: str) -> str:
    """The prefix of a fresh set of all topics."""
    await ensure_topics(kafka_bootstrap, TOPICS, prefix=topic_prefix)
    return topic_prefix


@pytest.fixture
async def world(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> AsyncIterator[World]:
    """One instance of dispatch in an empty city."""
    async with running(kafka_bootstrap, database_url, schema, topics_ready) as made:
        yield made


@pytest.fixture
async def city(world: World) -> World:
    """A small city: five rescuers, two AEDs, an ambulance 3 km away, a health team."""
    for number, north_m in enumerate((150, 220, 300, 420, 520), start=1):
        await world.add_rescuer(f"r{number}", north_m)
    await world.add_aed("a1", 180)
    await world.add_aed("a2", 400)
    await world.add_unit("amb1", 3_000)
    await world.add_unit("amb2", 4_500)
    return world
