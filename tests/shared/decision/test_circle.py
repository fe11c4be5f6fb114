"""The circle: cells within reach in time, each in its first band, stated ways."""

from __future__ import annotations

import h3
import pytest

from shared.contracts.words import TransportMode
from shared.decision import default_policy
from shared.decision.circle import circle_bands, patient_circle, station_circle
from shared.decision.routing import GridRouter
from shared.geometry.cells import centre_of
from shared.geometry.distance import great_circle_m
from tests.shared.decision.world import HERE

POLICY = default_policy()


def test_exactly_the_cells_whose_centre_is_in_time() -> None:
    router = GridRouter(dict.fromkeys(TransportMode, 1.5))
    bands = circle_bands(
        *HERE,
        mode=TransportMode.FOOT,
        speed_m_s=2.0,
        start_s=120,
        within_s=600,
        band_s=60,
        router=router,
    )
    band_of = {cell: band.within_s for band in bands for cell in band.cells}
    own = h3.latlng_to_cell(*HERE, 9)
    for cell in h3.grid_disk(own, 8):
        seconds = 120 + 1.5 * great_circle_m(*centre_of(cell), HERE[0], HERE[1]) / 2.0
        if cell == own:
            assert band_of[cell] == 120
        elif seconds <= 600:
            assert band_of[cell] - 60 < seconds <= band_of[cell]
        else:
            assert cell not in band_of
    assert [band.within_s for band in bands] == sorted(band.within_s for band in bands)
    assert all(list(band.cells) == sorted(band.cells) for band in bands)


def test_nothing_is_reached_before_anybody_moves() -> None:
    router = GridRouter(POLICY.travel.route_factor)
    assert patient_circle(*HERE, start_s=601, policy=POLICY, router=router) == ()


@pytest.mark.parametrize("mode", list(TransportMode))
def test_a_stations_circle_grows_with_the_speed_of_its_mode(mode: TransportMode) -> None:
    def count(turnout_s: float) -> int:
        bands = station_circle(*HERE, mode=mode, turnout_s=turnout_s, policy=POLICY)
        return sum(len(band.cells) for band in bands)

    assert count(60) > count(240) > 0
    on_foot = station_circle(*HERE, mode=TransportMode.FOOT, turnout_s=60, policy=POLICY)
    assert count(60) >= sum(len(band.cells) for band in on_foot)
