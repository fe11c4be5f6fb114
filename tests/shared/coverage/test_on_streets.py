"""Coverage on streets: the ways of the graph, straight lines only where no street is near."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.contracts.words import TransportMode
from shared.coverage import Coverage, Question, cells_of, cover
from shared.decision.routing import GridRouter
from shared.geometry.cells import cell_of, centre_of
from shared.simulation.demand import Demand
from shared.snapshots import Known
from shared.streets.kinds import Profile
from tests.shared.coverage.places import AS_OF, POLICY, ZONE, aed, rescuer
from tests.shared.streets.maps import drawn, place, plain_s, router_of, street

# A river between south and north with one bridge, far in the east.
CORNERS = [(0, 0), (400, 0), (800, 0), (800, 200), (400, 200), (0, 200)]
GRAPH = drawn(CORNERS, street(0, 1, 2, 3, 4, 5))
QUESTION = Question(as_of=AS_OF, time_zone=ZONE, tiers=("aed", "rescuer", "chain"))


def medians(found: Coverage, cell: str) -> dict[str, float | None]:
    return dict(found.cells[cell])


def test_ways_go_over_the_bridge_and_start_where_people_are() -> None:
    router = router_of(GRAPH)
    patient = place(0, 200)
    home = centre_of(cell_of(*place(400, 0)))
    known = Known(aeds=[aed(1, place(0, 0))], rescuers=[rescuer(1, home)])
    at = np.array([patient, place(0, 5_000)])
    demand = cells_of(Demand(at[:, 0], at[:, 1], np.ones(2), 1_000.0))
    day = replace(QUESTION, at=AS_OF, within_s=(300.0, 900.0, 1_500.0))
    found = cover(known, demand, router, day)
    straight = cover(known, demand, GridRouter(POLICY.travel.route_factor), day)
    walk = plain_s(GRAPH, Profile.WALK, [0])[0]
    nodes, metres = router.snap(np.array([home]), TransportMode.FOOT)
    foot = POLICY.travel.speed_m_s[TransportMode.FOOT]
    assert walk[5] == pytest.approx(1_800 / foot, rel=1e-3)
    assert found.basis["routing"] == "streets"
    assert straight.basis["routing"] == "h3-grid"
    shares = {(x.tier, x.within_s): x.population_share for x in found.layers}
    lines = {(x.tier, x.within_s): x.population_share for x in straight.layers}
    # 30 s to take it and 900 s over the bridge, where 150 s lead straight across the water.
    assert shares["aed", 900.0] == 0.0
    assert shares["aed", 1_500.0] == 0.5
    assert lines["aed", 300.0] == 0.5
    start = 123.0 + metres[0] / foot
    to_patient = start + plain_s(GRAPH, Profile.WALK, [nodes[0]])[0][5]
    via = start + plain_s(GRAPH, Profile.WALK, [nodes[0]])[0][0] + 30.0 + walk[5]
    for tier, seconds in (("rescuer", to_patient), ("chain", via)):
        around = (seconds - 0.01, seconds + 0.01)
        told = cover(known, demand, router, replace(day, tiers=(tier,), within_s=around))
        assert [x.population_share for x in told.layers] == [0.0, 0.5], tier


def test_where_no_street_is_near_lines_are_straight_and_told() -> None:
    router = router_of(GRAPH)
    far = place(0, 5_000)
    known = Known(aeds=[aed(1, place(0, 5_050))])
    at = np.array([place(0, 0), far])
    demand = cells_of(Demand(at[:, 0], at[:, 1], np.array([3.0, 1.0]), 1_000.0))
    question = replace(QUESTION, tiers=("aed",), within_s=(300.0,))
    found = cover(known, demand, router, question)
    assert found.layers[0].population_share == pytest.approx(0.25)
    assert found.basis["off_streets_share"] == pytest.approx(0.25)
    assert medians(found, cell_of(*place(0, 0), 9)) == {"aed": None}
