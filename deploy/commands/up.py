"""`./lifering up`: everything, to stay."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.arguments import command_parser
from deploy.errors import UserError
from deploy.services import parse_instances

if TYPE_CHECKING:
    from deploy.stack import Stack, StackOptions
    from shared.scenarios import Scenario


def add_stack_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that starts a stack."""
    parser.add_argument(
        "--port", type=int, help="the gateway's port (default: 8120, or a free one)"
    )
    parser.add_argument(
        "--external", action="store_true",
        help="use KAFKA_BOOTSTRAP and DATABASE_URL (or DATABASE_URL_<SERVICE>) "
        "instead of the embedded servers",
    )  # fmt: skip
    parser.add_argument(
        "--instances", action="append", default=[], metavar="SERVICE=N",
        help="several processes of a service, such as dispatch=2",
    )  # fmt: skip
    parser.add_argument(
        "--units", choices=("ours", "external"), default="ours",
        help="who commands the ambulances: we, or another dispatch system",
    )  # fmt: skip
    parser.add_argument(
        "--roads", type=Path, metavar="FILE",
        help="an OpenStreetMap extract (.osm.pbf) to route on; it is kept for the next start "
        "(default: the one that was kept)",
    )  # fmt: skip
    parser.add_argument(
        "--policy", metavar="NAME|FILE",
        help="how tasks are assigned: a rule's name, or a policy file (default: LIFERING_POLICY, "
        "or the objective that comes with the software)",
    )  # fmt: skip
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error"),
        help="how much the services write (default info)",
    )  # fmt: skip


def stack_options(
    options: argparse.Namespace, scenario: Scenario | None = None, roads: Path | None = None
) -> StackOptions:
    """What those options mean.

    ``roads`` are the streets that come with the ``scenario``, which count where ``--roads`` names
    no others. A policy that cannot be used is told here, before anything is started.
    """
    from deploy.planning.question import read_policy
    from deploy.stack import StackOptions

    policy = options.policy or os.environ.get("LIFERING_POLICY", "")
    if policy:
        read_policy(policy)
    try:
        instances = parse_instances(options.instances)
    except ValueError as error:
        raise UserError(str(error)) from error
    return StackOptions(
        instances=instances,
        external=options.external,
        units=options.units,
        port=options.port,
        log_level=options.log_level,
        streets=_streets(options.roads or roads, scenario),
        policy=str(Path(policy).absolute()) if Path(policy).is_file() else policy,
    )


def _streets(file: Path | None, scenario: Scenario | None) -> str:
    """The folder of the streets to route on; empty where there are none for this place."""
    from deploy.datadir import DataDir, default_data_dir
    from deploy.planning.streets import built_from, current_streets
    from deploy.stack import say_on_stderr

    data = DataDir(default_data_dir())
    if file is None:
        found = current_streets(data.path, scenario)
        if found is None:
            return ""
    else:
        data.make()
        found = built_from(file, data.path)
    say_on_stderr(f"streets {found.version} of {found.file or 'no file'}: {found.attribution}")
    return str(found.folder)


def main(arguments: list[str]) -> int:
    """Starts everything, detached unless told otherwise, and prints where it is."""
    parser = command_parser("up", "Starts everything and leaves it running.")
    add_stack_arguments(parser)
    parser.add_argument("--foreground", action="store_true", help="stay until Ctrl-C")
    parser.add_argument("--servers-only", action="store_true", help="Kafka and PostgreSQL alone")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)

    from dataclasses import replace

    from deploy.launcher import run_in_foreground, start_detached

    chosen = stack_options(options)
    if options.servers_only:
        chosen = replace(chosen, services=())

    async def show(stack: Stack) -> None:
        _print(await stack.describe(), options.json)

    if options.foreground:
        return run_in_foreground(chosen, show)
    _print(start_detached(chosen), options.json)
    return 0


def _print(description: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(description, indent=2), flush=True)
        return
    for name, service in description["services"].items():
        print(f"{name:<20} {' '.join(service['urls'])}")
    print(f"{'kafka':<20} {description['kafka']['bootstrap']}")
    for name, value in about(description).items():
        print(f"{name:<20} {value}")
    print(f"{'data':<20} {description['data_dir']}", flush=True)
    from deploy.links import made_up_rescuer, sign_in_lines

    for line in sign_in_lines(description, made_up_rescuer(description)):
        print(line, flush=True)


def about(description: dict[str, Any]) -> dict[str, str]:
    """What plans are made by, for people."""
    streets = description["streets"]
    shown = "none (h3-grid)"
    if streets is not None:
        shown = f"{streets['version']} {streets['file'] or ''} {streets['attribution']}"
    return {"streets": shown, "policy": description["policy"] or "default"}
