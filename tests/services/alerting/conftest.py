"""A deployment of alerting on the session's servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Servers
from tests.services.alerting.world import Running, World, new_world


@pytest.fixture
def world(servers: Servers) -> Iterator[World]:
    """A deployment of this test's own, nothing started."""
    with new_world(servers.kafka_bootstrap, servers.database_url) as made:
        yield made


@pytest.fixture(scope="module")
def alerting(servers: Servers) -> Iterator[Running]:
    """One instance that the tests of a module share; each uses rescuers of its own."""
    with (
        new_world(servers.kafka_bootstrap, servers.database_url) as made,
        made.process() as running,
    ):
        yield running
