"""Walking times beside another engine's on the real extract.

Valhalla's differ by what it prefers, not by what it knows: it goes round stairs and takes the
ferry across the harbour. With those preferences off, the two agree pair by pair.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.decision.policy import default_policy
from shared.streets.graph import Float64, ProfileGraph, StreetGraph
from shared.streets.kinds import Profile
from shared.streets.reach import reach
from shared.streets.weights import seconds_per_metre
from tests.shared.streets.extracts import graph_of, monaco

WALKING_KM_H = 5.1
"""Valhalla's own default."""
WALKING_M_S = WALKING_KM_H / 3.6
PAIRS = 200
NEUTRAL: dict[str, float] = {
    "step_penalty": 0, "elevator_penalty": 0, "gate_penalty": 0, "service_penalty": 0,
    "destination_only_penalty": 0, "private_access_penalty": 0, "alley_factor": 1,
    "driveway_factor": 1, "walkway_factor": 1, "sidewalk_factor": 1, "use_ferry": 0,
    "use_living_streets": 1, "use_tracks": 1, "max_hiking_difficulty": 6,
}  # fmt: skip
"""The shortest walk, whatever it is like."""

Route = Callable[[tuple[float, float], tuple[float, float], dict[str, float]], dict[str, float]]


@pytest.fixture(scope="module")
def route(tmp_path_factory: pytest.TempPathFactory) -> Route:
    """Valhalla on tiles of the extract."""
    valhalla = pytest.importorskip("valhalla", reason="needs the package pyvalhalla-weekly")
    folder = tmp_path_factory.mktemp("valhalla")
    tiles = folder / "tiles"
    tiles.mkdir()
    config = valhalla.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["tile_extract"] = ""
    for name in ("admin", "timezone", "transit_dir", "traffic_extract", "landmarks"):
        config["mjolnir"].pop(name, None)
    file = folder / "valhalla.json"
    file.write_text(json.dumps(config))
    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run(
        [program, "-c", file, monaco()], check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    actor = valhalla.Actor(str(file))

    def ask(
        start: tuple[float, float], end: tuple[float, float], options: dict[str, float]
    ) -> dict[str, float]:
        answer: dict[str, Any] = actor.route(
            {
                "locations": [{"lat": place[0], "lon": place[1]} for place in (start, end)],
                "costing": "pedestrian",
                "costing_options": {"pedestrian": {"walking_speed": WALKING_KM_H, **options}},
                "directions_type": "none",
                "units": "kilometers",
            }
        )
        summary: dict[str, float] = answer["trip"]["summary"]
        return summary

    return ask


@pytest.fixture(scope="module")
def graph() -> StreetGraph:
    return graph_of(monaco())


@pytest.fixture(scope="module")
def pairs(graph: StreetGraph) -> list[tuple[int, int]]:
    nodes = np.flatnonzero(graph.profiles["walk"].routable).tolist()
    random_of = random.Random(200)
    return [(each[0], each[1]) for each in (random_of.sample(nodes, 2) for _ in range(PAIRS))]


def place(graph: StreetGraph, node: int) -> tuple[float, float]:
    return float(graph.latitude[node]), float(graph.longitude[node])


def walked(graph: StreetGraph, pairs: list[tuple[int, int]], edge_s: Float64) -> Float64:
    """Seconds of each pair."""
    walk = graph.profiles["walk"]
    times = []
    for start, end in pairs:
        found = reach(graph, walk, *place(graph, start), 1e6, edge_s)
        # Snapped by place: another node may lie on the very spot.
        assert place(graph, found.start) == place(graph, start)
        times.append(found.cost[np.searchsorted(found.nodes, end)])
    return np.array(times)


def flat_s(walk: ProfileGraph) -> Float64:
    return walk.length_m / WALKING_M_S


def stairs_s(walk: ProfileGraph) -> Float64:
    """As the router weighs them: stairs slower, along the slope."""
    policy = default_policy()
    travel = policy.travel.model_copy(
        update={"speed_m_s": {**policy.travel.speed_m_s, "foot": WALKING_M_S}}
    )
    return walk.length_m * seconds_per_metre(Profile.WALK, policy.streets, travel)[walk.kind]


@pytest.mark.parametrize("edge_s", [flat_s, stairs_s])
def test_walking_times_are_like_valhallas(
    graph: StreetGraph,
    pairs: list[tuple[int, int]],
    route: Route,
    edge_s: Callable[[ProfileGraph], Float64],
) -> None:
    ours = walked(graph, pairs, edge_s(graph.profiles["walk"]))
    theirs = np.array(
        [route(place(graph, start), place(graph, end), {})["time"] for start, end in pairs]
    )
    ratio = ours / theirs
    print(
        f"median {np.median(ratio):.4f}, correlation {np.corrcoef(ours, theirs)[0, 1]:.4f}, "
        f"from {ratio.min():.3f} to {ratio.max():.3f}, "
        f"{((ratio > 1.5) | (ratio < 1 / 1.5)).sum()} further apart than 1.5"
    )
    assert 0.9 <= np.median(ratio) <= 1.1
    assert np.corrcoef(ours, theirs)[0, 1] >= 0.95
    assert ((ratio > 1.5) | (ratio < 1 / 1.5)).sum() <= PAIRS // 50


def test_without_its_preferences_they_agree_pair_by_pair(
    graph: StreetGraph, pairs: list[tuple[int, int]], route: Route
) -> None:
    ours = walked(graph, pairs, graph.profiles["walk"].length_m)
    theirs = np.array(
        [
            1000 * route(place(graph, start), place(graph, end), NEUTRAL)["length"]
            for start, end in pairs
        ]
    )
    ratio = ours / theirs
    print(f"metres: median {np.median(ratio):.4f}, {ratio.min():.3f} to {ratio.max():.3f}")
    assert 0.98 <= np.median(ratio) <= 1.02
    assert ratio.min() >= 0.85
    assert ratio.max() <= 1.1
    assert np.corrcoef(ours, theirs)[0, 1] >= 0.999
