"""The nearest node of a mode's streets, or none."""

from __future__ import annotations

import numpy as np
import pytest

from shared.contracts.words import TransportMode
from shared.streets.building import great_circles_m
from shared.streets.kinds import Kind
from shared.streets.synthetic import synthetic_graph
from shared.streets.weights import PROFILE_OF
from tests.shared.streets.maps import HERE, POLICY, drawn, place, places, router_of, street

SNAP_MAX_M = POLICY.streets.snap_max_m


@pytest.mark.parametrize("centre", [HERE, (0.0, 0.0), (-33.9, 18.4), (69.6, 18.95)])
@pytest.mark.parametrize(
    "mode", [TransportMode.FOOT, TransportMode.E_BIKE, TransportMode.MOTORCYCLE]
)
def test_the_nearest_of_all(centre: tuple[float, float], mode: TransportMode) -> None:
    graph = synthetic_graph(1_500, 4, centre=centre)
    router = router_of(graph)
    routable = np.flatnonzero(graph.profiles[PROFILE_OF[mode]].routable)
    draw = np.random.default_rng(8)
    height = float(np.ptp(graph.latitude))
    width = float(np.ptp(graph.longitude))
    asked = np.array(centre) + (draw.random((400, 2)) - 0.5) * (1.6 * height, 1.6 * width)
    nodes, metres = router.snap(asked, mode)
    inside, outside = 0, 0
    for i, (latitude, longitude) in enumerate(asked):
        away = great_circles_m(
            np.full(1, latitude),
            np.full(1, longitude),
            graph.latitude[routable],
            graph.longitude[routable],
        )
        if away.min() > SNAP_MAX_M:
            assert nodes[i] == -1
            assert np.isinf(metres[i])
            outside += 1
        else:
            inside += 1
            assert metres[i] == pytest.approx(away.min(), rel=1e-4, abs=0.01)
            assert away[np.searchsorted(routable, nodes[i])] == pytest.approx(
                away.min(), rel=1e-4, abs=0.01
            )
    assert inside > 100
    assert outside > 50


def test_only_streets_that_the_mode_may_use() -> None:
    corners = [(0.0, 0.0), (200.0, 0.0), (0.0, 40.0), (200.0, 40.0), (400.0, 0.0)]
    router = router_of(
        drawn(corners, [*street(0, 1, 4), *street(2, 3, kind=Kind.FOOTWAY), (1, 3, Kind.STEPS)])
    )
    here = places((0, 38))
    assert router.snap(here, TransportMode.FOOT)[1] == pytest.approx(2, abs=0.05)
    assert router.snap(here, TransportMode.CAR)[1] == pytest.approx(38, abs=0.05)


def test_the_stretch_to_the_street_takes_time() -> None:
    router = router_of(drawn([(0.0, 0.0), (100.0, 0.0)], street(0, 1)))
    metres, seconds = router.legs(places((0, 50)), places((100, 30)), TransportMode.FOOT, 2.0)
    assert metres[0, 0] == pytest.approx(50 + 100 + 30, abs=0.1)
    assert seconds[0, 0] == pytest.approx(90, abs=0.1)
    one_node = router.legs(places((-40, 0)), places((-90, 0)), TransportMode.FOOT, 2.0)
    assert one_node[0][0, 0] == pytest.approx(130, abs=0.1)


def test_far_from_every_street_there_is_no_way() -> None:
    router = router_of(drawn([(0.0, 0.0), (100.0, 0.0)], street(0, 1)))
    assert router.covers(*place(0, SNAP_MAX_M - 1))
    assert not router.covers(*place(0, SNAP_MAX_M + 1))
    _, seconds = router.legs(
        places((0, 0), (0, SNAP_MAX_M + 1)), places((100, 0)), TransportMode.FOOT, 2.0
    )
    assert np.isfinite(seconds[0, 0])
    assert np.isinf(seconds[1, 0])
    reached, _ = router.reach_from(place(0, 5_000), TransportMode.FOOT, 2.0, 600)
    assert reached.size == 0
