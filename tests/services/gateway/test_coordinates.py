from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.coordinates import read_coordinates
from shared.geometry.datum import Datum, to_wgs84
from shared.geometry.distance import great_circle_m

PLACE = (26.27, 117.63)
EXACT = (26 + 16 / 60 + 12.5 / 3600, 117 + 38 / 60 + 1 / 3600)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("26.27,117.63", PLACE),
        ("26.27, 117.63", PLACE),
        ("26.27 117.63", PLACE),
        ("(26.27;117.63)", PLACE),
        ("26.27，117.63", PLACE),
        ("２６．２７，１１７．６３", PLACE),
        ("117.63,26.27", PLACE),
        ("26.27N 117.63E", PLACE),
        ("N26.27 E117.63", PLACE),
        ("117.63E,26.27N", PLACE),
        ("lat 26.27 lng 117.63", PLACE),
        ("北纬26.27 东经117.63", PLACE),
        ("东经117.63°，北纬26.27°", PLACE),
        ("26°16'12.5\"N 117°38'1\"E", EXACT),
        ("26°16′12.5″N, 117°38′01″E", EXACT),
        ("北纬26度16分12.5秒 东经117度38分1秒", EXACT),
        ("26°16.208333' 117°38.016667'", EXACT),
        ("33.9S 18.4E", (-33.9, 18.4)),
        ("-33.9 18.4", (-33.9, 18.4)),
        ("0,0", (0.0, 0.0)),
        ("12 34", (12.0, 34.0)),
    ],
)
def test_forms(typed: str, meant: tuple[float, float]) -> None:
    first = read_coordinates(typed)[0]
    assert (first.latitude, first.longitude) == pytest.approx(meant, abs=1e-6)
    assert first.datum is Datum.WGS84
    assert first.assumed


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "26", "26.27", "26.", "26.27,", "26.27117.63", "列东街 12", "12 rue 34", "91,181",
        "26°61'N 117°E", "26N 27N", "117E 118E", "-26S 18E", "26.27,117.63,4", "a,b", "1" * 200,
        "gcj02 bd09 26.27,117.63", "120",
    ],
)  # fmt: skip
def test_what_is_no_place(typed: str) -> None:
    assert read_coordinates(typed) == []


@pytest.mark.parametrize(
    ("word", "datum"),
    [("gcj02", Datum.GCJ02), ("GCJ-02:", Datum.GCJ02), ("高德", Datum.GCJ02),
     ("bd09", Datum.BD09), ("百度", Datum.BD09), ("wgs84", Datum.WGS84)],
)  # fmt: skip
def test_a_named_datum_is_converted_and_the_only_candidate(word: str, datum: Datum) -> None:
    (only,) = read_coordinates(f"{word} 26.27,117.63")
    assert (only.latitude, only.longitude) == to_wgs84(*PLACE, datum)
    assert (only.datum, only.assumed) == (datum, False)
    (after,) = read_coordinates(f"26.27,117.63 {word}")
    assert after == only


def test_without_a_datum_there_is_one_candidate_for_each_where_they_differ() -> None:
    found = read_coordinates("26.27,117.63")
    assert [each.datum for each in found] == [Datum.WGS84, Datum.GCJ02, Datum.BD09]
    for each in found[1:]:
        assert great_circle_m(each.latitude, each.longitude, *PLACE) > 300
    # In Helsinki a pair of numbers is a place.
    assert [each.datum for each in read_coordinates("60.17,24.94")] == [Datum.WGS84]


@given(st.text(max_size=40))
def test_nothing_typed_is_an_error(text: str) -> None:
    for each in read_coordinates(text):
        assert abs(each.latitude) <= 90
        assert abs(each.longitude) <= 180
