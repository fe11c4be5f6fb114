"""Coverage against looking at everybody one by one, and what its numbers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import h3
import numpy as np
import pytest

from shared.contracts.records import PresenceRecord
from shared.contracts.words import Tier, TransportMode, UnitKind
from shared.coverage import Coverage, DemandCells, Question, cells_of, cover
from shared.coverage.answer import Layer
from shared.coverage.question import TIERS, QuestionError
from shared.geometry.cells import cell_of, centre_of
from shared.geometry.distance import EARTH_RADIUS_M, great_circle_m
from shared.simulation.demand import Demand, hours_of
from shared.snapshots import Known
from tests.shared.coverage.places import (
    AS_OF,
    MONDAY,
    POLICY,
    ZONE,
    Brute,
    aed,
    brute_shares,
    demand_around,
    known_around,
    rescuer,
    station,
    unit,
)

HOURS = (3, 7, 12, 21, 26, 105, 130, 161, 167)
"""Night, day, either side of midnight and of the weekend."""
HERE = (26.26, 117.62)


def asked(**changes: Any) -> Question:
    return replace(Question(as_of=AS_OF, time_zone=ZONE, by_hour=True), **changes)


def layer(found: Coverage, tier: str, within_s: float) -> Layer:
    return next(x for x in found.layers if x.tier == tier and x.within_s == within_s)


def points(*places: tuple[float, float], weights: tuple[float, ...] = ()) -> DemandCells:
    at = np.array(places)
    weight = np.array(weights or (1.0,) * len(places))
    return cells_of(Demand(at[:, 0], at[:, 1], weight, 1_000.0, source="given"))


def east(place: tuple[float, float], metres: float) -> tuple[float, float]:
    squeeze = np.cos(np.radians(place[0]))
    return place[0], place[1] + float(np.degrees(metres / EARTH_RADIUS_M / squeeze))


@pytest.mark.parametrize("where", [HERE, (0.0, 0.0), (-33.9, 179.99)], ids=str)
def test_every_tier_as_looking_at_everybody(where: tuple[float, float]) -> None:
    known, demand = known_around(3, *where), demand_around(4, *where)
    question = asked(within_s=(180.0, 300.0, 600.0))
    found = cover(known, demand, None, question)
    people, area = brute_shares(known, demand, question, HOURS)
    assert {x.tier for x in found.layers} == set(TIERS)
    differ = set()
    for each in found.layers:
        assert each.by_hour is not None
        assert len(each.by_hour) == 168
        told = [each.by_hour[hour] for hour in HOURS]
        assert told == pytest.approx(people[each.tier, each.within_s], abs=1e-9), each.tier
        differ.add(len(set(told)))
        assert each.population_share == pytest.approx(np.mean(each.by_hour))
        weighed = float(np.array(each.by_hour) @ hours_of(_hours()))
        assert each.arrest_share == pytest.approx(weighed)
    assert max(differ) > 3, "hours make no difference: the case tests nothing"
    noon = cover(known, demand, None, asked(at=_moment(12), by_hour=False, tiers=("aed", "chain")))
    for each in noon.layers:
        if (each.tier, each.within_s) in area:
            expected = area[each.tier, each.within_s][HOURS.index(12)]
            assert each.area_share == pytest.approx(expected, abs=1e-9)


def _hours() -> Demand:
    one = np.ones(1)
    return Demand(one, one, one, 1.0)


def _moment(hour: int) -> datetime:
    return MONDAY + timedelta(hours=hour, minutes=30)


def test_gaps_are_by_arrests_missed_and_tell_the_nearest_however_far() -> None:
    known, demand = known_around(5, *HERE), demand_around(6, *HERE)
    found = cover(known, demand, None, asked(tiers=("aed",), within_s=(180.0,), gaps=7))
    gaps = found.gaps["aed"]
    arrests = [gap.expected_arrests_per_year for gap in gaps]
    assert arrests == sorted(arrests, reverse=True)
    brute = Brute(known)
    share = hours_of(_hours())
    missed: dict[str, float] = {}
    for k in range(len(demand.people)):
        place = (float(demand.latitude[k]), float(demand.longitude[k]))
        covered = np.array([brute.covered("aed", place, hour, 180.0) for hour in range(168)])
        cell = demand.cells[demand.cell[k]]
        missed[cell] = missed.get(cell, 0.0) + demand.arrests[k] * float((1 - covered) @ share)
    worst = sorted(missed.values(), reverse=True)[:7]
    assert arrests == pytest.approx(worst)
    for gap in gaps:
        assert gap.expected_arrests_per_year == pytest.approx(missed[gap.cell])
        own = demand.arrests[demand.cell == demand.cells.index(gap.cell)].sum()
        assert gap.reached_share == pytest.approx(1 - missed[gap.cell] / own)
        assert cell_of(gap.latitude, gap.longitude, 9) == gap.cell
        place = (gap.latitude, gap.longitude)
        each = sorted(
            (brute.seconds("aed", place, _moment(hour))[0], share[hour]) for hour in range(168)
        )
        heaped = np.cumsum([weight for _, weight in each])
        assert gap.nearest_s == pytest.approx(each[int(np.searchsorted(heaped, 0.5))][0])


def test_a_chain_needs_somebody_and_an_aed_that_is_open_on_the_way() -> None:
    patient, home = HERE, centre_of(cell_of(*east(HERE, 200.0)))
    cabinet = ((patient[0] + home[0]) / 2, (patient[1] + home[1]) / 2)
    demand = points(patient)
    foot = (
        POLICY.travel.route_factor[TransportMode.FOOT] / POLICY.travel.speed_m_s[TransportMode.FOOT]
    )
    responding = 123.0  # delivery 3, answer 15, turnout by day 105
    direct_s = responding + great_circle_m(*home, *patient) * foot
    by_day = {"at": _moment(12), "by_hour": False, "tiers": ("rescuer", "aed", "chain")}

    def shares(known: Known, within_s: float) -> list[float]:
        found = cover(known, demand, None, asked(within_s=(within_s,), **by_day))
        return [x.population_share for x in found.layers]

    person = rescuer(1, home)
    both = Known(aeds=[aed(1, cabinet)], rescuers=[person])
    # The AED hangs on the way: taking it is all that it costs.
    assert shares(both, direct_s + 2.0) == [1.0, 1.0, 0.0]
    assert shares(both, direct_s + 32.0) == [1.0, 1.0, 1.0]
    assert shares(Known(aeds=[aed(1, cabinet)]), 900.0) == [0.0, 1.0, 0.0]
    assert shares(Known(rescuers=[person]), 900.0) == [1.0, 0.0, 0.0]
    closed = Known(aeds=[aed(1, cabinet, "Mo-Su 20:00-06:00")], rescuers=[person])
    assert shares(closed, 900.0) == [1.0, 0.0, 0.0]
    unknown = Known(aeds=[aed(1, cabinet, None)], rescuers=[person])
    assert shares(unknown, 900.0) == [1.0, 0.5, 0.5]
    # Not the patient's nearest AED, but the one on the way.
    behind = Known(aeds=[aed(1, east(HERE, -90.0)), aed(2, cabinet)], rescuers=[person])
    assert shares(behind, direct_s + 32.0)[2] == 1.0
    missing = replace(both, missing_aeds=frozenset({"a001"}))
    assert shares(missing, 900.0) == [1.0, 0.0, 0.0]


def test_weights_count_not_points() -> None:
    near, far = HERE, east(HERE, 30_000.0)
    known = Known(aeds=[aed(1, near)])
    question = asked(tiers=("aed",))
    once = cover(known, points(near, far, weights=(3.0, 1.0)), None, question)
    assert layer(once, "aed", 180.0).population_share == pytest.approx(0.75)
    many = points(near, *[far] * 9, *[east(far, 20.0)] * 10, weights=(57.0, *(1.0,) * 19))
    split = cover(known, many, None, question)
    assert layer(split, "aed", 180.0).arrest_share == pytest.approx(0.75)
    assert sum(many.people) == pytest.approx(1_000.0)


def test_half_an_hour_counts_half_and_unknown_hours_are_told() -> None:
    known = Known(aeds=[aed(1, HERE, "Mo-Fr 08:30-17:30"), aed(2, east(HERE, 3_000.0), None)])
    demand = points(HERE, east(HERE, 3_000.0), weights=(3.0, 1.0))
    found = layer(cover(known, demand, None, asked(tiers=("aed",))), "aed", 300.0)
    assert found.by_hour is not None
    rest = 0.25 * POLICY.aed.p_hours_unknown
    assert found.by_hour[7:10] == pytest.approx((rest, 0.75 * 0.5 + rest, 0.75 + rest))
    assert found.by_hour[120 + 12] == pytest.approx(rest), "Saturday"
    assert found.unknown_hours_share == pytest.approx(rest)
    whole = cover(known, demand, None, asked(tiers=("aed",)))
    of_unit = {
        unit.population: next(x.unknown_hours_share for x in unit.layers if x.within_s == 300.0)
        for unit in whole.units
    }
    told = sum(people * share for people, share in of_unit.items())
    assert told == pytest.approx(rest * 1_000.0)


def test_past_incidents_move_arrests_and_not_people() -> None:
    near, far = HERE, east(HERE, 30_000.0)
    people = Demand(np.array([near[0]]), np.array([near[1]]), np.ones(1), 1_000.0, source="homes")
    there = np.array([far])
    past = Demand(there[:, 0], there[:, 1], np.ones(1), 1.0, source="1 incident")
    demand = cells_of(people, incidents=past)
    found = layer(
        cover(Known(aeds=[aed(1, near)]), demand, None, asked(tiers=("aed",))), "aed", 300.0
    )
    assert (found.population_share, found.arrest_share) == (1.0, 0.0)
    assert demand.arrests.sum() == pytest.approx(0.97)


def test_live_places_count_at_a_moment_only() -> None:
    person = rescuer(1, east(HERE, 20_000.0), location_consent=True)
    seen = PresenceRecord(rescuer_id="r001", cell=cell_of(*HERE), recorded_at=_moment(12))
    known, demand = Known(rescuers=[person], presence=[seen]), points(HERE)
    now = cover(known, demand, None, asked(at=_moment(12), by_hour=False, tiers=("rescuer",)))
    week = cover(known, demand, None, asked(tiers=("rescuer",)))
    assert layer(now, "rescuer", 300.0).population_share == 1.0
    assert layer(week, "rescuer", 600.0).population_share == 0.0


def test_counties_add_up_and_stand_in_where_there_are_none() -> None:
    places = (HERE, east(HERE, 400.0), east(HERE, 30_000.0))
    known = Known(aeds=[aed(1, HERE)])
    at = np.array(places)
    given = Demand(at[:, 0], at[:, 1], np.array([1.0, 2.0, 7.0]), 1_000.0)
    named = cells_of(given, counties=([("1", "甲县"), ("2", "乙县")], [0, 0, 1]))
    found = cover(known, named, None, asked(tiers=("aed",)))
    first, second = found.units
    assert first.name == "甲县"
    assert first.population == pytest.approx(300.0)
    near, wide = (next(x for x in first.layers if x.within_s == s) for s in (180.0, 480.0))
    assert near.population_share == pytest.approx(1 / 3)
    assert wide.population_share == 1.0
    assert all(x.population_share == 0.0 for x in second.layers)
    total = layer(found, "aed", 180.0)
    assert total.population_share * 1_000 == pytest.approx(near.population_share * 300)
    unnamed = cells_of(given)
    assert unnamed.units_are == "h3-6"
    assert {key for key, _ in unnamed.units} == {
        h3.cell_to_parent(h3.latlng_to_cell(*place, 9), 6) for place in places
    }


def test_the_circle_of_a_station_and_of_the_city() -> None:
    a = station(1, HERE, Tier.FIRST_AID_STATION, "24/7")
    b = station(2, east(HERE, 20_000.0), Tier.COMMUNITY_HEALTH_CENTRE, "Mo-Fr 08:00-17:00")
    bare = station(3, east(HERE, 40_000.0), Tier.TOWNSHIP_HEALTH_CENTRE, "24/7")
    known = Known(
        stations=[a, b, bare],
        units=[
            unit(1, a, UnitKind.AMBULANCE, TransportMode.CAR),
            unit(2, b, UnitKind.HEALTH_TEAM, TransportMode.FOOT),
        ],
    )
    demand = points(HERE, east(HERE, 1_500.0), east(HERE, 20_100.0), weights=(1.0, 2.0, 1.0))
    found = cover(known, demand, None, asked(tiers=("station",)))
    city, first, second = found.circles
    assert (city.station_id, first.station_id, second.station_id) == (None, "s001", "s002")
    assert [c.population for c in found.circles] == pytest.approx([1_000.0, 750.0, 250.0])
    # 100 s of order and turnout, then 1,500 m × 1.5 ÷ 11.1 m/s = 203 s.
    assert first.by_minute[1] == pytest.approx(0.25)
    assert first.by_minute[5] == pytest.approx(0.75)
    assert found.basis["stations_without_units"] == {"township_health_centre": 1}


def test_spread_demand_keeps_its_people_its_middle_and_its_width() -> None:
    one = np.ones(1)
    made = cells_of(Demand(one * 26.0, one * 117.0, one, 5_000.0, spread_m=300.0))
    assert made.population == pytest.approx(5_000.0)
    north = (made.latitude - 26.0) * 111_195.0
    share = made.people / made.population
    assert float(share @ north) == pytest.approx(0.0, abs=0.1)
    assert float(share @ north**2) == pytest.approx(300.0**2, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tiers": ("aeds",)}, "tier"),
        ({"within_s": ()}, "within_s"),
        ({"within_s": (0.0,)}, "within_s"),
        ({"within_s": (300.0, 180.0)}, "within_s"),
        ({"at": datetime(2026, 1, 1)}, "at"),  # noqa: DTZ001
        ({"at": AS_OF}, "by_hour"),
    ],
)
def test_questions_that_cannot_be_answered(changes: dict[str, object], field: str) -> None:
    with pytest.raises(QuestionError, match=f"^{field}: .*"):
        asked(**changes)


def test_an_empty_registry_covers_nothing() -> None:
    found = cover(Known(), points(HERE), None, asked())
    assert [x.population_share for x in found.layers] == [0.0] * len(found.layers)
    assert all(gap.nearest_s is None for gaps in found.gaps.values() for gap in gaps)
    assert found.as_document()["gaps"][0]["expected_arrests_per_year"] == pytest.approx(0.97)
