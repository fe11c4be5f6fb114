"""What a person asks to be simulated: scenarios, policies, years, and what the world is like."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from pathlib import Path

from deploy.errors import UserError
from deploy.planning.simulation.demand_files import of_file
from shared.decision import Policy, PolicyError, named_policy
from shared.decision.routing import Router
from shared.geometry.distance import great_circle_m
from shared.geometry.place import Place
from shared.planning.demand import of_scenario
from shared.planning.ground import DATE, Asked, Ground, noon
from shared.planning.replications import cores
from shared.scenarios import Scenario
from shared.simulation.assumptions import DEFAULT
from shared.simulation.demand import Demand
from shared.snapshots import Known

SAME_PLACE_M = 100_000.0
"""Scenarios whose centres are nearer than this are compared on the first one's arrests."""


def grounds_of(names: Sequence[str], options: argparse.Namespace) -> list[Ground]:
    """The scenarios, with the demand of the first where they are of the same place."""
    found: list[Ground] = []
    first: _First | None = None
    for name in names:
        ground, centre = _ground(name, options, first)
        first = first or (centre, ground.demand)
        found.append(ground)
    return found


_First = tuple[Place, Demand]
"""The centre of the first scenario, and its arrests."""


def _ground(name: str, options: argparse.Namespace, first: _First | None) -> tuple[Ground, Place]:
    from deploy.extracts import provide
    from shared.scenarios import load
    from shared.scenarios.files import ScenarioError
    from shared.scenarios.records import known_of

    provide(name)
    day = options.date or DATE
    try:
        scenario = load(name, today=day)
    except ScenarioError as error:
        raise UserError(str(error)) from error
    manifest = scenario.manifest
    if options.date is None and manifest.today is not None:
        day = date.fromisoformat(manifest.today)
    at = noon(day)
    known = known_of(scenario, at)
    demand = _demand(scenario, known, options, first)
    ground = Ground(
        name=_label(name),
        known=known,
        at=at,
        time_zone=manifest.time_zone,
        demand=demand,
        router=_router(name, scenario, options),
        attribution=tuple(source.attribution for source in manifest.sources),
        assumptions=manifest.assumptions,
        synthetic=manifest.synthetic,
    )
    return ground, manifest.centre


def _label(name: str) -> str:
    """A folder by its last part, so that a report names no machine's paths."""
    return Path(name).name if Path(name).is_dir() else name


def _demand(
    scenario: Scenario, known: Known, options: argparse.Namespace, first: _First | None
) -> Demand:
    if options.demand is not None:
        return of_file(options.demand, options.population)
    if first is not None:
        a, b = first[0], scenario.manifest.centre
        away_m = great_circle_m(a.latitude, a.longitude, b.latitude, b.longitude)
        if away_m <= SAME_PLACE_M:
            return first[1]
    return of_scenario(scenario, known, DEFAULT, options.population)


def _router(name: str, scenario: Scenario, options: argparse.Namespace) -> Router | None:
    """Streets that are named or come with the scenario; else the grid."""
    from deploy.planning.streets import of_extract, routed
    from shared.decision import default_policy
    from shared.scenarios import roads_of

    file = options.roads or (None if options.straight else roads_of(name))
    if file is None:
        return None
    call = scenario.manifest.demo.place.wgs84()
    place = (call.latitude, call.longitude)
    return routed(*of_extract(file), default_policy(), place)[0]


def policies_of(text: str) -> dict[str, Policy]:
    """Policies by name, in the order given; raises :class:`UserError`."""
    found: dict[str, Policy] = {}
    for word in text.split(","):
        name = word.strip()
        try:
            policy = named_policy(name)
        except PolicyError as error:
            raise UserError(f"--policy {error}") from None
        label = Path(name).stem if Path(name).is_file() else name
        if label in found:
            raise UserError(f"--policy: {label!r} is there twice: give each once")
        found[label] = policy
    return found


def asked_of(options: argparse.Namespace) -> Asked:
    """How much each policy is simulated."""
    return Asked(
        years=options.years,
        replications=options.replications,
        seed=options.seed,
        other_calls=not options.no_other_calls,
        processes=options.processes,
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """What simulate and compare have in common."""
    parser.add_argument(
        "--policy",
        default="target",
        metavar="NAME|FILE,…",
        help="rules' names or policy files; the first is the one others are compared with",
    )
    parser.add_argument("--years", type=years, default=1.0, help="simulated years (default 1)")
    parser.add_argument(
        "--replications",
        type=whole(1, 1_000),
        default=5,
        metavar="N",
        help="independent repetitions, the same ones for each policy (default 5)",
    )
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), default=1, metavar="S")
    parser.add_argument(
        "--demand",
        type=Path,
        metavar="FILE",
        help="CSV latitude,longitude,weight (people); default: where the scenario's people live",
    )
    parser.add_argument(
        "--population", type=positive, metavar="N", help="people (default: by the demand)"
    )
    parser.add_argument("--date", type=_date, metavar="YYYY-MM-DD", help="the registry's day")
    parser.add_argument("--roads", type=Path, metavar="FILE", help="streets (.osm.pbf) to route on")
    parser.add_argument("--straight", action="store_true", help="no streets: straight lines")
    parser.add_argument(
        "--no-other-calls", action="store_true", help="no other calls that take ambulances"
    )
    parser.add_argument(
        "--processes",
        type=whole(1, 256),
        default=cores(),
        metavar="N",
        help="child processes (default: one for each core); the result is the same",
    )
    parser.add_argument("--utstein", type=Path, metavar="FILE", help="every incident, CSV")
    parser.add_argument("--report", type=Path, metavar="FILE", help="a report, one HTML file")
    parser.add_argument(
        "--language", choices=("zh-CN", "en"), default="zh-CN", help="of the report"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from {low} to {high}")
        return int(text)

    return read


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0")
    return value


def years(text: str) -> float:
    """Years of one replication."""
    value = positive(text)
    if value > 100:
        raise argparse.ArgumentTypeError(f"{text!r}: give 100 years at most")
    return value


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a day such as 2026-05-04") from None
