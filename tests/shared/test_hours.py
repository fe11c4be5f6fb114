"""Open, closed or unknown: in the place's own time, and never guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import hours as module
from shared.hours import (
    Opening,
    OpeningState,
    opening_at,
    time_zone_of,
    validate_hours,
    validate_time_zone,
)

OPEN, CLOSED, UNKNOWN = OpeningState.OPEN, OpeningState.CLOSED, OpeningState.UNKNOWN
WEEKDAYS = "Mo-Fr 08:00-17:30"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def state(
    hours: str | None, at: datetime, zone: str = "Asia/Shanghai", country: str | None = "CN"
) -> OpeningState:
    return opening_at(hours, zone, country, at).state


def test_hours_are_those_of_the_place() -> None:
    assert state(WEEKDAYS, MONDAY + timedelta(hours=0)) is OPEN  # 08:00 in Sanming
    assert state(WEEKDAYS, MONDAY - timedelta(seconds=1)) is CLOSED
    assert state(WEEKDAYS, MONDAY + timedelta(hours=9, minutes=30)) is CLOSED
    assert state(WEEKDAYS, MONDAY, zone="Europe/Berlin") is CLOSED
    assert state(WEEKDAYS, MONDAY + timedelta(hours=7), zone="Europe/Berlin") is OPEN


def test_until_is_the_next_change() -> None:
    assert opening_at(WEEKDAYS, "Asia/Shanghai", "CN", MONDAY) == Opening(
        OPEN, datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    )
    assert opening_at("24/7", "Asia/Shanghai", "CN", MONDAY) == Opening(OPEN, None)


@pytest.mark.parametrize("hours", [None, "unknown", "Mo-Su unknown"])
def test_unknown_is_neither_open_nor_closed(hours: str | None) -> None:
    assert state(hours, MONDAY) is UNKNOWN


def test_over_midnight_and_daylight_saving() -> None:
    assert state("22:00-06:00", datetime(2026, 3, 1, 20, 0, tzinfo=UTC)) is OPEN
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)  # 01:59 in Berlin; then it is 03:00
    assert state("Su 03:00-04:00", before, zone="Europe/Berlin", country="DE") is CLOSED
    after = before + timedelta(minutes=1)
    assert state("Su 03:00-04:00", after, zone="Europe/Berlin", country="DE") is OPEN


def test_public_holidays_need_a_country() -> None:
    new_year = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)
    assert state("Mo-Su 08:00-17:00; PH off", new_year) is CLOSED
    assert state("Mo-Su 08:00-17:00; PH off", new_year, country=None) is OPEN
    assert state("Mo-Su 08:00-17:00; PH off", new_year, country="XX") is OPEN


@pytest.mark.parametrize(
    "hours", ["", "always", "Mo-Fr 25:00-99:00", "8-17 Uhr", "\x00", "24/7;;;x"]
)
def test_what_does_not_parse_is_refused_with_the_mend(hours: str) -> None:
    with pytest.raises(ValueError, match=r"opening_hours syntax; write for example"):
        validate_hours(hours)


def test_what_parses_is_kept_as_it_is() -> None:
    assert (
        validate_hours("Mo-Fr  08:00-12:00,13:00-17:00;PH off")
        == "Mo-Fr  08:00-12:00,13:00-17:00;PH off"
    )


@pytest.mark.parametrize(
    "zone", ["", "Asia", "Mars/Olympus", "../etc/passwd", "Asia/Shanghai\x00", "\ud800"]
)
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        validate_time_zone(zone)


def test_time_zones_of_places() -> None:
    assert time_zone_of(26.25, 117.6) == "Asia/Shanghai"
    assert time_zone_of(34.34, 134.05) == "Asia/Tokyo"
    assert time_zone_of(0.0, 0.0).startswith("Etc/")
    for latitude, longitude in ((90, 180), (-90, -180), (0, -180)):
        validate_time_zone(time_zone_of(latitude, longitude))


@given(
    st.sampled_from(
        [WEEKDAYS, "22:00-06:00", "24/7", "Sa 10:00-12:00; PH off", "Mo-Fr 08:00-12:00 unknown"]
    ),
    st.lists(st.integers(0, 14 * 24 * 60), min_size=2, max_size=8),
)
def test_a_kept_answer_is_the_answer(hours: str, minutes: list[int]) -> None:
    """In whatever order times are asked for, the cache changes nothing."""
    kept = [
        opening_at(hours, "Asia/Shanghai", "CN", MONDAY + timedelta(minutes=m)) for m in minutes
    ]
    for minute, opening in zip(minutes, kept, strict=True):
        module._known.clear()
        assert (
            opening_at(hours, "Asia/Shanghai", "CN", MONDAY + timedelta(minutes=minute)) == opening
        )


def test_asking_again_does_not_evaluate_again(monkeypatch: pytest.MonkeyPatch) -> None:
    module._known.clear()
    opening_at(WEEKDAYS, "Asia/Shanghai", "CN", MONDAY)
    monkeypatch.setattr(module, "_parse", None)
    later = MONDAY + timedelta(hours=9, minutes=29, seconds=59)
    assert opening_at(WEEKDAYS, "Asia/Shanghai", "CN", later).state is OPEN
    with pytest.raises(TypeError):
        opening_at(WEEKDAYS, "Asia/Shanghai", "CN", later + timedelta(seconds=1))
