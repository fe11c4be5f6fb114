"""What a station reaches."""

from __future__ import annotations

import h3
import pytest

from services.ambulance_stations.domain.circles import Fleet, circles_of, published
from shared.contracts.words import TransportMode, UnitKind
from shared.decision.policy import default_policy
from shared.geometry.distance import great_circle_m
from shared.streets.graph import StreetGraph
from shared.streets.router import StreetRouter
from tests.services.ambulance_stations.conftest import HERE

AMBULANCE = Fleet(UnitKind.AMBULANCE, TransportMode.CAR)
TEAM = Fleet(UnitKind.HEALTH_TEAM, TransportMode.E_BIKE)


def test_each_kind_and_mode_has_one_and_the_widest_speaks_for_the_station() -> None:
    circles = circles_of(*HERE, [TEAM, AMBULANCE, TEAM], default_policy())
    assert [(circle.kind, circle.mode) for circle in circles] == [
        (UnitKind.AMBULANCE, TransportMode.CAR),
        (UnitKind.HEALTH_TEAM, TransportMode.E_BIKE),
    ]
    assert published(circles) is circles[0]
    assert circles[0].cells > circles[1].cells > 0


def test_on_streets_every_kind_and_mode_has_one_and_says_which_streets(town: StreetGraph) -> None:
    policy = default_policy()
    router = StreetRouter(town, policy.streets, policy.travel, tree_bytes=1 << 20)
    fleets = [Fleet(kind, mode) for kind in UnitKind for mode in TransportMode]
    circles = circles_of(*HERE, fleets, policy, router)
    assert {Fleet(circle.kind, circle.mode) for circle in circles} == set(fleets)
    assert {(circle.basis, circle.streets) for circle in circles} == {("streets", town.version)}
    cells = {
        (circle.kind, circle.mode): {cell for band in circle.bands for cell in band.cells}
        for circle in circles
    }
    straight = circles_of(*HERE, fleets, policy)
    assert [circle.bands for circle in straight] != [circle.bands for circle in circles]
    foot, e_bike = TransportMode.FOOT, TransportMode.E_BIKE
    team = UnitKind.HEALTH_TEAM
    assert len(cells[team, foot]) < len(cells[team, e_bike])


def test_a_station_away_from_all_streets_has_its_circle_on_the_grid(town: StreetGraph) -> None:
    policy = default_policy()
    router = StreetRouter(town, policy.streets, policy.travel, tree_bytes=1 << 20)
    away = (HERE[0] + 1, HERE[1])
    assert circles_of(*away, [TEAM], policy, router) == circles_of(*away, [TEAM], policy)
    (circle,) = circles_of(*away, [TEAM], policy, router)
    assert (circle.basis, circle.streets) == ("h3-grid", None)


def test_no_units_no_circle() -> None:
    assert circles_of(*HERE, [], default_policy()) == []
    assert published([]) is None


@pytest.mark.parametrize("place", [HERE, (0.0, 0.0), (-17.0, 179.99)])
def test_bands_are_whole_minutes_and_as_far_as_the_policy_says(place: tuple[float, float]) -> None:
    policy = default_policy()
    (circle,) = circles_of(*place, [AMBULANCE], policy)
    bands = [band.within_s for band in circle.bands]
    assert bands == sorted(set(bands))
    assert all(within_s % 60 == 0 and 60 <= within_s <= 600 for within_s in bands)
    seen: set[str] = set()
    start_s = policy.units.order_s + policy.units.ambulance_turnout_s
    pace = policy.units.emergency_car_m_s / policy.units.car_route_factor
    home = h3.latlng_to_cell(*place, 9)
    for band in circle.bands:
        for cell in band.cells:
            assert cell not in seen
            assert h3.get_resolution(cell) == 9
            seen.add(cell)
            if cell != home:
                straight_m = great_circle_m(*place, *h3.cell_to_latlng(cell))
                needs_s = start_s + straight_m / pace
                assert band.within_s - 60 < needs_s <= band.within_s + 1e-6
    assert home in seen
    assert circle.cells == len(seen)
