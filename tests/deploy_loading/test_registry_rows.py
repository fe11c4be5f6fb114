"""The registries' own models take every row of the scenarios: the format is one contract."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import BaseModel

from services.aed_registry.domain.models import AedRow
from services.ambulance_stations.domain.stations import StationRow
from services.ambulance_stations.domain.units import UnitRow
from services.rescuer_location.domain.rescuer import Rescuer
from shared.scenarios import load

TODAY = date(2026, 5, 1)


@pytest.mark.parametrize("name", ["sanming", "takamatsu"])
def test_every_row_is_what_its_registry_takes(name: str) -> None:
    scenario = load(name, today=TODAY)
    models: dict[str, type[BaseModel]] = {
        "aeds": AedRow,
        "rescuers": Rescuer,
        "stations": StationRow,
        "units": UnitRow,
    }
    for table, model in models.items():
        for row in scenario.table(table):
            model.model_validate(row)
