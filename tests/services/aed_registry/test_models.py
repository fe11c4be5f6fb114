"""What is kept of a row, and what is published of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.aed_registry.domain.condition import ReportKind
from services.aed_registry.domain.models import (
    Aed,
    AedRow,
    Reported,
    carried,
    record_of,
    registered,
)
from shared.contracts.words import AedState
from shared.geometry.datum import Datum
from shared.http.problems import Problem

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def row(**fields: Any) -> AedRow:
    return AedRow.model_validate(
        {
            "id": "AED-1",
            "name": "Hall",
            "place": {"latitude": 26.2634, "longitude": 117.6389, "datum": "wgs84"},
            "provenance": {"source": "test"},
            **fields,
        }
    )


def test_zone_and_country_come_from_the_place() -> None:
    aed = registered(row(), NOW)
    assert (aed.time_zone, aed.country) == ("Asia/Shanghai", "CN")
    japan = registered(row(place={"latitude": 34.34, "longitude": 134.05, "datum": "wgs84"}), NOW)
    assert (japan.time_zone, japan.country) == ("Asia/Tokyo", "JP")


def test_what_is_given_is_not_second_guessed() -> None:
    aed = registered(row(time_zone="Asia/Urumqi", country="HK"), NOW)
    assert (aed.time_zone, aed.country) == ("Asia/Urumqi", "HK")


def test_null_island_is_a_place_with_a_zone_and_no_country() -> None:
    aed = registered(row(place={"latitude": 0, "longitude": 0, "datum": "wgs84"}), NOW)
    assert (aed.place.latitude, aed.place.longitude) == (0, 0)
    assert aed.time_zone.startswith("Etc/")
    assert aed.country is None


def test_a_chinese_datum_is_kept_in_wgs84() -> None:
    told = {"latitude": 26.2634, "longitude": 117.6389, "datum": "gcj02", "accuracy_m": 8}
    aed = registered(row(place=told), NOW)
    assert aed.place.datum is Datum.WGS84
    assert aed.place.accuracy_m == 8
    assert 0.002 < abs(aed.place.latitude - 26.2634) + abs(aed.place.longitude - 117.6389) < 0.02


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opening_hours", "whenever the guard is in"),
        ("time_zone", "Shanghai"),
        ("country", "China"),
        ("id", "../etc"),
        ("floor", 1_000),
        ("place", {"latitude": 91, "longitude": 0, "datum": "wgs84"}),
        ("place", {"latitude": 9, "longitude": 0}),
        ("surprise", 1),
    ],
)
def test_a_bad_field_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        row(**{field: value})
    assert caught.value.errors()[0]["loc"][0] == field


def test_a_check_in_the_future_is_refused() -> None:
    late = NOW + timedelta(hours=1)
    with pytest.raises(Problem) as caught:
        registered(row(last_checked_at=late.isoformat()), NOW)
    assert caught.value.errors[0].field == "last_checked_at"


def test_what_is_kept_can_be_read_again() -> None:
    aed = registered(row(opening_hours="Mo-Fr 08:00-18:00; PH off"), NOW)
    assert Aed.model_validate_json(aed.model_dump_json()) == aed


def test_reports_outlive_a_new_row() -> None:
    doubted = registered(row(state="in_service"), NOW).model_copy(
        update={"reported": Reported(open_reports=(ReportKind.MISSING,))}
    )
    again = carried(registered(row(state="in_service", name="New"), NOW), doubted)
    assert again.name == "New"
    assert again.state is AedState.IN_SERVICE
    assert again.effective_state is AedState.UNKNOWN


def test_the_record_has_no_secret_and_the_effective_state() -> None:
    aed = registered(
        row(
            state="in_service",
            access_code="2580#",
            keeper={"name": "Lin", "phone": "+86 1"},
            address="1 Main Street",
            provenance={"source": "t", "synthetic": True},
        ),
        NOW,
    ).model_copy(update={"reported": Reported(open_reports=(ReportKind.DAMAGED,))})
    record = record_of(aed, 7)
    assert (record.version, record.code_known, record.synthetic) == (7, True, True)
    assert record.state is AedState.UNKNOWN
    written = record.model_dump_json()
    for secret in ("2580#", "Lin", "+86 1", "Main Street"):
        assert secret not in written
