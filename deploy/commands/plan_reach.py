"""`./lifering plan reach`: what is within so many metres or seconds of a place, on the streets."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.arguments import command_parser
from deploy.errors import UserError
from deploy.planning.question import joined

if TYPE_CHECKING:
    from deploy.arguments import Parser
    from shared.streets.graph import Float64, ProfileGraph

MODES = ("walk", "cycle", "drive")
SNAP_MAX_M = 1_000.0
CELL_RESOLUTION = 9
LONGEST_M, LONGEST_S = 200_000.0, 86_400.0

DESCRIPTION = """What can be reached from a place on the streets of an OpenStreetMap extract.

The place is moved to the nearest node of the largest component (reported, not counted); reached are
the nodes whose way is not longer than the limit, the limit included. Walking is both ways on every
street but motorways, trunk roads and what is closed to walkers."""


def main(arguments: list[str]) -> int:
    """Prints what is reached."""
    options = _parser().parse_args(joined(arguments, "--from"))
    place = _place(getattr(options, "from"))
    _check("--within-m", options.within_m, LONGEST_M, "m")
    _check("--within-s", options.within_s, LONGEST_S, "s")
    _check("--snap-max-m", options.snap_max_m, LONGEST_M, "m")
    report = _report(options.roads, place, options.mode, options)
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _print(report)
    return 0


def _parser() -> Parser:
    parser = command_parser("plan reach", DESCRIPTION)
    parser.add_argument(
        "--roads", type=Path, required=True, metavar="FILE", help="an extract (.osm.pbf)"
    )
    parser.add_argument("--from", required=True, metavar="LAT,LNG", help="where, in WGS-84 degrees")
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument("--within-m", type=float, metavar="M", help="metres along the streets")
    limit.add_argument(
        "--within-s", type=float, metavar="S", help="seconds, at the default policy's speeds"
    )
    parser.add_argument("--mode", choices=MODES, default="walk", help="how (default walk)")
    parser.add_argument(
        "--snap-max-m", type=float, default=SNAP_MAX_M, metavar="M",
        help=f"a place farther from every street is refused (default {SNAP_MAX_M:g})",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _place(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        raise UserError(
            f"--from {text}: write LAT,LNG in degrees, such as 43.7384,7.4246"
        ) from None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise UserError(f"--from {text}: write two numbers of degrees, such as 43.7384,7.4246")
    if abs(latitude) > 90:
        raise UserError(f"--from {text}: latitude (the first number) is from -90 to 90")
    if abs(longitude) > 180:
        raise UserError(f"--from {text}: longitude (the second number) is from -180 to 180")
    return latitude, longitude


def _check(option: str, value: float | None, most: float, unit: str) -> None:
    if value is not None and not 0 <= value <= most:
        raise UserError(f"{option} {value:g}: give from 0 to {most:,.0f} {unit}")


def _report(file: Path, place: tuple[float, float], mode: str, options: Any) -> dict[str, Any]:
    import h3

    from deploy.roads.built import built_of
    from deploy.roads.outline import outline
    from shared.streets.reach import nearest_routable, reach

    graph = built_of(file, None if options.json else _say).graph
    profile = graph.profiles[mode]
    if not profile.routable.any():
        raise UserError(f"{file} has no streets for --mode {mode}")
    start, snap_m = nearest_routable(graph, profile, *place)
    if snap_m > options.snap_max_m:
        raise UserError(
            f"--from {place[0]},{place[1]} is {snap_m:,.0f} m from the nearest street: choose a "
            f"place within the extract, or allow more than --snap-max-m {options.snap_max_m:g}"
        )
    seconds = options.within_s is not None
    limit = options.within_s if seconds else options.within_m
    found = reach(graph, profile, *place, limit, _seconds(mode, profile) if seconds else None)
    ids = sorted(graph.osm_id[found.nodes].tolist())
    cells = {
        h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION)
        for latitude, longitude in zip(
            graph.latitude[found.nodes].tolist(), graph.longitude[found.nodes].tolist(), strict=True
        )
    }
    return {
        "roads": str(file),
        "version": graph.version,
        "mode": mode,
        "from": {"latitude": place[0], "longitude": place[1]},
        "within_s" if seconds else "within_m": limit,
        "snap_node": int(graph.osm_id[start]),
        "snap_m": snap_m,
        "snap_place": {
            "latitude": float(graph.latitude[start]),
            "longitude": float(graph.longitude[start]),
        },
        "component_nodes": int(profile.routable.sum()),
        "reached_nodes": len(ids),
        "farthest_s" if seconds else "farthest_m": float(found.cost.max()),
        "node_ids": ids,
        "h3_cells": sorted(cells),
        "polygon": outline(graph, profile, found.nodes),
        "attribution": graph.attribution,
    }


def _seconds(mode: str, profile: ProfileGraph) -> Float64:
    """Of each edge, at the default policy's speeds."""
    from shared.decision.policy import default_policy
    from shared.streets.kinds import Profile
    from shared.streets.weights import seconds_per_metre

    policy = default_policy()
    table = seconds_per_metre(Profile(mode), policy.streets, policy.travel)
    return profile.length_m * table[profile.kind]


def _say(what: str, done: int, total: int) -> None:
    from deploy.roads.telling import say

    say(what, done, total)


def _print(report: dict[str, Any]) -> None:
    limit = f"{report['within_s']:g} s" if "within_s" in report else f"{report['within_m']:g} m"
    far = (
        f"{report['farthest_s']:.0f} s" if "within_s" in report else f"{report['farthest_m']:.1f} m"
    )
    print(f"from     node {report['snap_node']}, {report['snap_m']:.1f} m away (not counted)")
    print(
        f"reached  {report['reached_nodes']:,} of {report['component_nodes']:,} nodes "
        f"within {limit} ({report['mode']}), the farthest at {far}"
    )
    print(f"cells    {len(report['h3_cells'])} H3 cells of resolution {CELL_RESOLUTION}")
    print(f"streets  {report['version']}  {report['attribution']}  (--json has all)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
