"""What-if changes: made in their order, the same each time, refused with index and field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.records import AedRecord, StationRecord, UnitRecord
from shared.contracts.words import Tier, TransportMode, UnitKind, UnitState
from shared.geometry.cells import centre_of
from shared.geometry.distance import great_circle_m
from shared.whatif import ChangeError, Registry, apply, read_changes

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HERE = {"latitude": 0.0, "longitude": 0.0}
"""Latitude 0 and longitude 0 are a place."""


def registry() -> Registry:
    """One AED, one station with one unit."""
    zone = {"time_zone": "Asia/Shanghai", "country": "CN"}
    aed = AedRecord(id="a", version=1, name="A", latitude=26.0, longitude=117.0, **zone)
    station = StationRecord(
        id="s", version=1, name="S", tier=Tier.FIRST_AID_STATION, latitude=26.1, longitude=117.1,
        **zone,
    )  # fmt: skip
    unit = UnitRecord(
        id="u", version=1, station_id="s", kind=UnitKind.AMBULANCE, mode=TransportMode.CAR,
        state=UnitState.AVAILABLE, state_at=NOW, latitude=26.1, longitude=117.1,
    )  # fmt: skip
    return Registry({"a": aed}, {"s": station}, {"u": unit}, {})


def made(*changes: dict[str, Any]) -> Registry:
    return apply(registry(), read_changes(changes))


def test_each_kind_of_change() -> None:
    after = made(
        {"kind": "add_aed", "id": "n", **HERE, "floor": -1},
        {"kind": "move_aed", "id": "a", **HERE},
        {"kind": "set_hours", "id": "a", "hours": "Mo-Fr 08:00-18:00"},
        {"kind": "move_station", "id": "s", **HERE},
        {"kind": "add_station", "tier": "community_health_centre", **HERE},
    )
    assert (after.aeds["a"].latitude, after.aeds["a"].opening_hours) == (0.0, "Mo-Fr 08:00-18:00")
    new = after.aeds["n"]
    assert (new.floor, new.opening_hours, new.time_zone) == (-1, "24/7", "Asia/Shanghai")
    assert new.synthetic
    assert after.units["u"].latitude == 0.0  # follows its station
    team = next(u for u in after.units.values() if u.station_id == "planned-station-5")
    assert team.kind is UnitKind.HEALTH_TEAM
    gone = made({"kind": "remove_station", "id": "s"}, {"kind": "remove_aed", "id": "a"})
    assert not gone.aeds
    assert not gone.stations
    assert not gone.units
    assert registry().aeds  # the given one stays as it is


def test_recruits_are_the_same_ones_each_time_and_live_in_the_circle() -> None:
    change = {"kind": "add_recruits", **HERE, "radius_m": 500.0, "count": 40}
    first, again = made(change).rescuers, made(change).rescuers
    assert first == again
    assert len(first) == 40
    for person in first.values():
        away_m = great_circle_m(0.0, 0.0, *centre_of(person.places[0].cell))
        assert away_m <= 500.0 + 80.0  # the middle of the cell that they live in
    other = made({**change, "longitude": 1.0}).rescuers
    assert {p.places[0].cell for p in other.values()}.isdisjoint(
        p.places[0].cell for p in first.values()
    )


@pytest.mark.parametrize(
    ("changes", "index", "field"),
    [
        ([{"kind": "move_aed", "id": "x", **HERE}], 0, "id"),
        ([{"kind": "remove_aed", "id": "a"}, {"kind": "move_aed", "id": "a", **HERE}], 1, "id"),
        ([{"kind": "add_aed", "id": "a", **HERE}], 0, "id"),
        ([{"kind": "add_aed", "latitude": 91, "longitude": 0}], 0, "latitude"),
        ([{"kind": "set_hours", "id": "a", "hours": "whenever"}], 0, "hours"),
        ([{"kind": "remove_aed", "id": "a"}, {"kind": "paint"}], 1, "kind"),
        ([{"kind": "add_recruits", **HERE, "radius_m": 0, "count": 1}], 0, "radius_m"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_made_names_index_and_field(
    changes: list[dict[str, Any]], index: int, field: str
) -> None:
    with pytest.raises(ChangeError) as caught:
        made(*changes)
    assert (caught.value.index, caught.value.field) == (index, field)
    assert caught.value.mend
