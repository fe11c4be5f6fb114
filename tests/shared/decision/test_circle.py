"""The circle on the grid: cells within reach in time, each in its first band, stated ways."""

from __future__ import annotations

import h3
import pytest

from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode
from shared.decision import default_policy
from shared.decision.circle import circle_bands, count, patient_circle, station_circle
from shared.decision.circle_cells import union
from shared.decision.routing import GridRouter
from shared.geometry.cells import centre_of
from shared.geometry.distance import great_circle_m
from tests.shared.decision.world import HERE

POLICY = default_policy()


@pytest.mark.parametrize("place", [HERE, (0.0, 0.0), (-17.0, 179.99), (78.2, 15.6)])
@pytest.mark.parametrize("router", [None, GridRouter(POLICY.travel.route_factor)])
def test_exactly_the_cells_whose_centre_is_in_time(
    place: tuple[float, float], router: GridRouter | None
) -> None:
    bands = circle_bands(
        *place,
        mode=TransportMode.FOOT,
        speed_m_s=2.0,
        route_factor=1.5,
        start_s=120,
        within_s=600,
        band_s=60,
        policy=POLICY,
        router=router,
    )
    band_of = {cell: band.within_s for band in bands for cell in band.cells}
    own = h3.latlng_to_cell(*place, 9)
    for cell in h3.grid_disk(own, 8):
        seconds = 120 + 1.5 * great_circle_m(*centre_of(cell), *place) / 2.0
        if cell == own:
            assert band_of[cell] == 120
        elif seconds <= 600:
            assert band_of[cell] - 60 < seconds <= band_of[cell]
        else:
            assert cell not in band_of
    assert set(band_of) <= set(h3.grid_disk(own, 8))
    assert [band.within_s for band in bands] == sorted({band.within_s for band in bands})
    assert all(list(band.cells) == sorted(band.cells) for band in bands)
    assert count(bands) == len(band_of)


def test_nothing_is_reached_before_anybody_moves() -> None:
    router = GridRouter(POLICY.travel.route_factor)
    assert patient_circle(*HERE, start_s=601, policy=POLICY, router=router) == ()
    (only,) = patient_circle(*HERE, start_s=600, policy=POLICY, router=router)
    assert only == CircleBand(within_s=600, cells=(h3.latlng_to_cell(*HERE, 9),))


def test_the_last_band_ends_with_the_circle() -> None:
    circle = POLICY.circle.model_copy(update={"within_s": 600.0, "band_s": 250.0})
    policy = POLICY.model_copy(update={"circle": circle})
    bands = patient_circle(*HERE, start_s=100, policy=policy, router=None)
    assert [band.within_s for band in bands] == [250, 500, 600]


@pytest.mark.parametrize("mode", list(TransportMode))
def test_a_stations_circle_grows_with_the_speed_of_its_mode(mode: TransportMode) -> None:
    def size(turnout_s: float) -> int:
        return count(station_circle(*HERE, mode=mode, turnout_s=turnout_s, policy=POLICY))

    assert size(60) > size(240) > 0
    on_foot = station_circle(*HERE, mode=TransportMode.FOOT, turnout_s=60, policy=POLICY)
    assert size(60) >= count(on_foot)


def test_a_union_has_each_cell_in_its_first_band() -> None:
    one = (CircleBand(within_s=60, cells=("a",)), CircleBand(within_s=180, cells=("b", "c")))
    other = (CircleBand(within_s=120, cells=("a", "c")),)
    assert union([one, other]) == union([other, one])
    assert union([one, other]) == (
        CircleBand(within_s=60, cells=("a",)),
        CircleBand(within_s=120, cells=("c",)),
        CircleBand(within_s=180, cells=("b",)),
    )
    assert union([]) == ()
