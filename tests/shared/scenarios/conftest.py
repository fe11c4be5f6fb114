from __future__ import annotations

from datetime import date
from pathlib import Path

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


@pytest.fixture(scope="session")
def extract() -> Path:
    """The extract of central Helsinki; fetched (hash-checked, once) where it can be."""
    from deploy.errors import UserError
    from deploy.extracts import provide
    from shared.scenarios.extracts import helsinki_extract

    try:
        provide("helsinki")
    except UserError as error:
        pytest.skip(f"needs the streets of central Helsinki: {error}")
    return helsinki_extract()
