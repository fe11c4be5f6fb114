"""From options and files to a siting problem: the metric, the limit, the hours."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.errors import UserError
from deploy.planning.siting_files import Places, read_matrix, read_places

if TYPE_CHECKING:
    from deploy.arguments import Parser
    from shared.siting.answer import Float64
    from shared.siting.distances import Table
    from shared.siting.hours import Classes
    from shared.siting.problem import Problem

MODES = {"walk": "walk", "bike": "cycle", "cycle": "cycle", "drive": "drive"}
EARTH_RADIUS_M = 6_371_008.8
"""As :mod:`shared.geometry.distance`, which is not imported for a help text."""
SNAP_MAX_M = 1_000.0
UNKNOWN_HOURS = ("closed", "open")
QUIET_S = 2.0
"""What takes less tells no progress."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A problem with the names that its numbers stand for."""

    problem: Problem
    demand: Places
    sites: Places
    existing: Places | None
    limit: float | None
    moves: Callable[[], Float64 | None]
    """(existing, sites) how far apart they are; None where that is not known."""


def add_options(parser: Parser) -> None:
    """What ``plan site`` and ``plan relocate`` have in common."""
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument(
        "--radius-m",
        type=positive,
        metavar="R",
        help="covered is what is within R, itself included (the unit of the costs)",
    )
    limit.add_argument(
        "--within-s",
        type=positive,
        metavar="S",
        help="the same in seconds: with --metric streets, or a matrix of seconds",
    )
    parser.add_argument(
        "--metric",
        choices=("planar", "great-circle", "streets"),
        help="default: planar for x and y, great-circle for degrees",
    )
    parser.add_argument(
        "--earth-radius-m",
        type=positive,
        default=EARTH_RADIUS_M,
        metavar="R",
        help=f"of the great circle (default {EARTH_RADIUS_M:,})",
    )
    parser.add_argument(
        "--matrix",
        type=Path,
        metavar="FILE",
        help="costs as from,to,cost (a demand, a site); no row: not connected",
    )
    parser.add_argument("--roads", type=Path, metavar="FILE", help="an extract (.osm.pbf)")
    parser.add_argument(
        "--mode",
        choices=tuple(MODES),
        default="walk",
        help="how one moves on the streets (default walk)",
    )
    parser.add_argument(
        "--snap-max-m",
        type=positive,
        default=SNAP_MAX_M,
        metavar="M",
        help=f"a place farther from every street is refused (default {SNAP_MAX_M:g})",
    )
    parser.add_argument(
        "--datum",
        choices=("wgs84", "gcj02", "bd09"),
        default="wgs84",
        help="what latitudes and longitudes refer to (default wgs84)",
    )
    parser.add_argument(
        "--unknown-hours",
        choices=UNKNOWN_HOURS,
        default="closed",
        help="what a site with an empty cell of hours counts as (default closed)",
    )
    parser.add_argument(
        "--time-limit-s",
        type=positive,
        metavar="T",
        help="stop after T seconds with the best so far and its bound",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def positive(text: str) -> float:
    """A finite number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number of 0 or more")
    return number


def ask(
    options: argparse.Namespace, demand: Places, sites: Places, existing: Places | None
) -> Asked:
    """The problem of these files; raises :class:`UserError`."""
    import numpy as np

    from shared.siting.distances import Given, whole
    from shared.siting.problem import Problem

    limit = options.radius_m if options.radius_m is not None else options.within_s
    metric = _metric(options, demand)
    moves: Callable[[], Float64 | None]
    if options.matrix is not None:
        old = existing.ids if existing is not None else ()
        shared_ids = set(old) & set(sites.ids)
        fresh = tuple(each for each in old if each not in shared_ids)
        matrix = read_matrix(options.matrix, demand.ids, (*sites.ids, *fresh))
        if matrix.others:
            tell(f"{matrix.others:,} rows of {options.matrix} are about other ids: not used")
        place = {each: k for k, each in enumerate((*sites.ids, *fresh))}
        table: Table = Given(matrix.costs[:, : len(sites.ids)])
        there: Table = Given(matrix.costs[:, [place[each] for each in old]])
        moves = _no_moves
    elif metric == "streets":
        both = _degrees(options, sites, "--sites")
        if existing is not None:
            both = np.concatenate([both, _degrees(options, existing, "--existing")])
        costs = _street_costs(options, demand, sites, existing, both, limit)
        table, there = Given(costs[:, : len(sites.ids)]), Given(costs[:, len(sites.ids) :])
        moves = _no_moves
    else:
        table = _straight(options, metric, demand, sites, "--sites")
        there = Given(np.zeros((len(demand.ids), 0)))
        moves = _no_moves
        if existing is not None:
            there = _straight(options, metric, demand, existing, "--existing")
            between = _straight(options, metric, existing, sites, "--sites")
            moves = lambda: whole(between)  # noqa: E731 (made only when something moves)
    classes = _classes(options, demand, sites, existing)
    return Asked(
        Problem(table, there, demand.weights, classes), demand, sites, existing, limit, moves
    )


def _no_moves() -> None:
    return None


def _metric(options: argparse.Namespace, demand: Places) -> str:
    if options.matrix is not None:
        for option, given in (("--metric", options.metric), ("--roads", options.roads)):
            if given is not None:
                raise UserError(f"{option} and --matrix: the matrix has the costs; leave one out")
        return "matrix"
    metric: str = options.metric or (
        "streets"
        if options.roads is not None
        else "great-circle"
        if demand.geographic
        else "planar"
    )
    if metric == "streets" and options.roads is None:
        raise UserError("--metric streets needs --roads FILE.osm.pbf")
    if metric != "streets" and options.roads is not None:
        raise UserError(f"--roads is for --metric streets, not {metric}: leave one out")
    if metric != "streets" and options.within_s is not None:
        raise UserError(
            f"--within-s: {metric} costs are distances: give --radius-m, or --metric streets"
        )
    return metric


def _degrees(options: argparse.Namespace, places: Places, option: str) -> Float64:
    import numpy as np

    if places.degrees is None:
        raise UserError(f"{option} {places.path}: has no columns latitude and longitude: add them")
    if options.datum == "wgs84":
        return places.degrees
    from shared.geometry.datum import Datum, to_wgs84

    datum = Datum(options.datum)
    return np.array([to_wgs84(lat, lng, datum) for lat, lng in places.degrees.tolist()])


def _straight(
    options: argparse.Namespace, metric: str, demand: Places, sites: Places, option: str
) -> Table:
    from shared.siting.distances import GreatCircle, Planar

    if metric == "great-circle":
        return GreatCircle(
            _degrees(options, demand, "--demand"),
            _degrees(options, sites, option),
            options.earth_radius_m,
        )
    for name, places in (("--demand", demand), (option, sites)):
        if places.xy is None:
            raise UserError(
                f"{name} {places.path}: has no columns x and y: add them, or give --matrix or "
                "--metric great-circle"
            )
    assert demand.xy is not None
    assert sites.xy is not None
    return Planar(demand.xy, sites.xy)


def _street_costs(
    options: argparse.Namespace,
    demand: Places,
    sites: Places,
    existing: Places | None,
    both: Float64,
    limit: float | None,
) -> Float64:
    from deploy.planning.streets import of_extract
    from shared.decision.policy import default_policy
    from shared.siting.streets import street_costs
    from shared.streets.kinds import Profile
    from shared.streets.weights import seconds_per_metre

    graph, _ = of_extract(options.roads)
    kind = Profile(MODES[options.mode])
    profile = graph.profiles[kind]
    if not profile.routable.any():
        raise UserError(f"{options.roads} has no streets for --mode {options.mode}")
    edge_s = None
    if options.within_s is not None:
        policy = default_policy()
        edge_s = (
            profile.length_m
            * (seconds_per_metre(kind, policy.streets, policy.travel)[profile.kind])
        )
    farthest = limit if limit is not None and options.bounded else math.inf
    costs, away, from_site = street_costs(
        graph, profile, _degrees(options, demand, "--demand"), both, farthest, edge_s, tell
    )
    names = [*((sites, "--sites", k) for k in range(len(sites.ids)))]
    if existing is not None:
        names += [(existing, "--existing", k) for k in range(len(existing.ids))]
    every = [((demand, "--demand", k), metres) for k, metres in enumerate(away.tolist())]
    every += list(zip(names, from_site.tolist(), strict=True))
    for (places, option, k), metres in every:
        if metres > options.snap_max_m:
            raise UserError(
                f"{option} {places.path}: row {k + 1} ({places.ids[k]}) is {metres:,.0f} m from "
                "the nearest street: leave it out, or allow more than --snap-max-m "
                f"{options.snap_max_m:g}"
            )
    return costs


def _classes(
    options: argparse.Namespace, demand: Places, sites: Places, existing: Places | None
) -> Classes | None:
    if sites.hours is None and (existing is None or existing.hours is None):
        return None
    import numpy as np

    from shared.siting.hours import PERIODS, classes_of

    def hours(places: Places, option: str) -> list[str | None]:
        if places.hours is None:
            return [None] * len(places.ids)
        unknown = sum(each is None for each in places.hours)
        if unknown:
            tell(
                f"{option} {places.path}: {unknown:,} rows without hours count as "
                f"{options.unknown_hours} (--unknown-hours)"
            )
        instead = None if options.unknown_hours == "open" else "off"
        return [instead if each is None else each for each in places.hours]

    old = [] if existing is None else hours(existing, "--existing")
    periods = demand.periods
    if periods is None:
        length = np.array([last - first for first, last in PERIODS.values()]) / 24
        periods = demand.weights[:, None] * length[None, :]
    return classes_of(periods, hours(sites, "--sites"), old)


def without_existing(sites: Places, existing: Places | None) -> Places:
    """Candidates that are not there already, by id."""
    if existing is None:
        return sites
    from dataclasses import replace

    there = set(existing.ids)
    keep = [k for k, id_ in enumerate(sites.ids) if id_ not in there]
    if len(keep) == len(sites.ids):
        return sites
    if not keep:
        raise UserError(f"--sites {sites.path}: every site exists already: add others")
    return replace(
        sites,
        ids=tuple(sites.ids[k] for k in keep),
        xy=None if sites.xy is None else sites.xy[keep],
        degrees=None if sites.degrees is None else sites.degrees[keep],
        weights=sites.weights[keep],
        periods=None,
        hours=None if sites.hours is None else tuple(sites.hours[k] for k in keep),
    )


def tell(line: str) -> None:
    """Progress and remarks, on standard error."""
    print(f"lifering: {line}", file=sys.stderr, flush=True)


def teller(clock: Callable[[], float]) -> Callable[[str], None]:
    """Tells progress, once the work has taken a while, at most every second."""
    last = clock() + QUIET_S - 1.0

    def say(line: str) -> None:
        nonlocal last
        if clock() - last >= 1.0:
            last = clock()
            tell(line)

    return say


@contextlib.contextmanager
def stdout_kept() -> Iterator[None]:
    """What the solver writes to standard output by itself goes to standard error, unseen.

    HiGHS prints a line about its version whatever its options say.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def places_of(options: argparse.Namespace) -> tuple[Places, Places, Places | None]:
    """The files of the options: demand, candidate sites, existing sites."""
    demand = read_places(options.demand, "--demand")
    sites = demand if options.sites is None else read_places(options.sites, "--sites")
    existing = None if options.existing is None else read_places(options.existing, "--existing")
    return demand, sites, existing


Json = dict[str, Any]


def document(model: str, answer: Any, sites: list[str], elapsed_s: float) -> Json:
    """The JSON document of an answer."""
    solution = answer.solution
    return {
        "model": model,
        "status": str(solution.status),
        "objective": solution.objective,
        "bound": solution.bound,
        "gap": solution.gap,
        "sites": sites,
        "covered_weight": answer.covered_weight,
        "total_weight": answer.total_weight,
        "elapsed_s": round(elapsed_s, 3),
    }
