"""`./lifering plan decide`: the plan that a call there and then would get, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.arguments import command_parser
from deploy.errors import UserError
from deploy.planning.question import (
    joined,
    read_floor,
    read_place,
    read_policy,
    read_time,
    told_in_full,
)

if TYPE_CHECKING:
    import argparse

    from deploy.arguments import Parser
    from deploy.planning.answer import Ground
    from shared.decision import Policy
    from shared.decision.routing import Router


def main(arguments: list[str]) -> int:
    """Prints the plan; 0 when one was made, whatever it says."""
    options = _parser().parse_args(joined(arguments, "--at"))
    place = read_place(options.at, options.datum)
    floor = read_floor(options.floor)
    at = None if options.time is None else read_time(options.time)
    if at is None and options.scenario is not None:
        raise UserError("--time is needed: the moment of the call, such as 2026-05-06T03:00+08:00")

    # Only now what takes a second to load: mistakes are told at once.
    from deploy.planning.answer import answer, as_json, patient_at
    from deploy.planning.ground import ground_of
    from deploy.planning.telling import tell

    ground = ground_of(options, at)
    default = ground.policy if options.policy is None else None
    policy = told_in_full(default or read_policy(options.policy))
    router, streets = _streets(options, ground, policy, place)
    patient = patient_at(place, floor, at or ground.taken_at)
    document: dict[str, Any] = answer(ground, patient, policy, router, streets)
    print(as_json(document) if options.json else tell(document))
    return 0


def _streets(
    options: argparse.Namespace, ground: Ground, policy: Policy, place: tuple[float, float]
) -> tuple[Router | None, dict[str, Any] | None]:
    """The streets that are named, that come with the scenario, or that the running stack has."""
    from deploy.planning.streets import of_extract, of_folder, routed
    from shared.scenarios import roads_of

    file = options.roads
    if file is None and options.scenario is not None:
        file = roads_of(options.scenario)
    if file is not None:
        return routed(*of_extract(file), policy, place)
    if ground.known.streets is None:
        return None, None
    return routed(*of_folder(folder_of(ground.known.streets)), policy, place)


def folder_of(version: str) -> Path:
    """Where this data directory keeps a version of the streets."""
    from deploy.datadir import default_data_dir
    from deploy.roads import streets_dir

    folder = streets_dir(default_data_dir()) / version
    if not folder.is_dir():
        raise UserError(
            f"the snapshot is of streets {version}, which are not here: give --roads FILE"
        )
    return folder


def _parser() -> Parser:
    parser = command_parser(
        "plan decide",
        "The plan that a suspected cardiac arrest there would get, with every candidate's reason.\n"
        "Same inputs, same bytes. On a scenario, its live places are as of the call.",
    )
    ground = parser.add_mutually_exclusive_group(required=True)
    ground.add_argument("--scenario", metavar="NAME|DIR", help="what a scenario's files say")
    ground.add_argument(
        "--live", action="store_true", help="what the running Lifering knows (an audited read)"
    )
    ground.add_argument("--snapshot", type=Path, metavar="FILE", help="what --snapshot-to has kept")
    _add_call(parser)
    parser.add_argument("--policy", metavar="NAME|FILE", help="a rule's name, or a policy file")
    parser.add_argument(
        "--roads", type=Path, metavar="FILE", help="an OpenStreetMap extract (.osm.pbf) to route on"
    )
    parser.add_argument(
        "--snapshot-to", type=Path, metavar="FILE", help="keeps what the plan was made on"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _add_call(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", required=True, metavar="LAT,LNG", help="where, in degrees")
    parser.add_argument(
        "--datum", choices=("wgs84", "gcj02", "bd09"), default="wgs84",
        help="what the degrees refer to (default wgs84)",
    )  # fmt: skip
    parser.add_argument("--floor", metavar="N", help="0 is the ground floor (default: unknown)")
    parser.add_argument(
        "--time", metavar="ISO",
        help="the moment of the call and of the decision, with its zone, such as "
        "2026-05-06T03:00:00+08:00 (default: when the snapshot was taken)",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
