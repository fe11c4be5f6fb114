"""The demonstration's call gets a whole plan at any hour of any day, in both scenarios."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.contracts.words import Task, UnitKind
from shared.decision import (
    AedIndex,
    Patient,
    RescuerIndex,
    Snapshot,
    UnitIndex,
    decide,
    default_policy,
    index_of,
)
from shared.scenarios import Scenario, load

Stations = dict[str, StationRecord]
HOURS = (
    "2026-05-06 03:00",  # a Wednesday night
    "2026-05-06 10:00",
    "2026-05-09 14:00",  # Saturday
    "2026-05-10 23:00",  # Sunday
    "2026-05-05 12:00",  # a holiday in both countries
    "2026-12-31 20:00",
)


TODAY = date(2026, 5, 1)


@cache
def known(name: str) -> tuple[Scenario, RescuerIndex, AedIndex, UnitIndex, Stations]:
    """What dispatch would know after loading the scenario, but for who is where now."""
    scenario = load(name, today=TODAY)

    def flat(row: dict[str, Any]) -> dict[str, Any]:
        place = row["place"]
        return {**row, "version": 1, **{name: place[name] for name in ("latitude", "longitude")}}

    stations = {row["id"]: StationRecord.model_validate(flat(row)) for row in scenario.stations}
    rescuers, aeds, units = index_of(
        rescuers=[
            RescuerRecord.model_validate(
                {
                    **row,
                    "version": 1,
                    "credential_expires_on": row["credential"]["expires_on"],
                    "alerts_consent": row["consent"]["alerts"],
                    "location_consent": row["consent"]["location"],
                }
            )
            for row in scenario.rescuers
        ],
        aeds=[
            AedRecord.model_validate({**flat(row), "code_known": "access_code" in row})
            for row in scenario.aeds
        ],
        units=[
            UnitRecord.model_validate(
                {
                    "state": "available",
                    **row,
                    "version": 1,
                    "state_at": datetime(2026, 5, 1, tzinfo=UTC),
                    "latitude": stations[row["station_id"]].latitude,
                    "longitude": stations[row["station_id"]].longitude,
                }
            )
            for row in scenario.units
        ],
    )
    return scenario, rescuers, aeds, units, stations


@pytest.mark.parametrize("live", [True, False], ids=["live", "usual"])
@pytest.mark.parametrize("local", HOURS)
@pytest.mark.parametrize("name", ["sanming", "takamatsu"])
def test_somebody_goes_straight_somebody_fetches_and_units_come(
    name: str, local: str, live: bool
) -> None:
    scenario, rescuers, aeds, units, stations = known(name)
    zone = ZoneInfo(scenario.manifest.time_zone)
    now = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    for row in scenario.presence:
        if live:
            rescuers.place(PresenceRecord(**row, recorded_at=now - timedelta(minutes=2)))
        else:
            rescuers.unplace(row["rescuer_id"])
    demo = scenario.manifest.demo
    patient = Patient(
        demo.place.latitude,
        demo.place.longitude,
        now,
        floor=demo.floor,
        conscious=demo.conscious,
        breathing=demo.breathing_normally,
    )
    plan = decide(Snapshot(rescuers, aeds, units, stations), patient, now, default_policy())
    tasks = Counter(choice.task for choice in plan.rescuers)
    assert tasks[Task.DIRECT] >= 3
    # Takamatsu's devices are in an unknown state: at night, for people who may be elsewhere (the
    # demonstration always knows where some are), going straight is worth more than fetching one.
    fetched = live or name != "takamatsu" or 7 <= int(local[11:13]) < 22
    assert tasks[Task.VIA_AED] >= (1 if fetched else 0)
    assert {unit.kind for unit in plan.units} == {UnitKind.AMBULANCE, UnitKind.HEALTH_TEAM}
    # Volunteers matter: an ambulance takes some nine minutes.
    assert plan.ambulance_eta_s is not None
    assert 450 < plan.ambulance_eta_s < 720
    # Somebody whose device can surely be had fetches one.
    surely = [aed["id"] for aed in scenario.aeds if aed.get("opening_hours") == "24/7"]
    assert not fetched or any(choice.aed_id in surely for choice in plan.rescuers)
