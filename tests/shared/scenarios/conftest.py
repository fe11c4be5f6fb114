from __future__ import annotations

from datetime import date

import pytest

from shared.scenarios import Scenario, load

TODAY = date(2026, 5, 1)


@pytest.fixture(scope="session")
def today() -> date:
    return TODAY


@pytest.fixture(scope="session")
def sanming() -> Scenario:
    return load("sanming", today=TODAY)


@pytest.fixture(scope="session")
def takamatsu() -> Scenario:
    return load("takamatsu", today=TODAY)
