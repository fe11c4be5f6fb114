"""`./lifering up`: everything, to stay."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from deploy.arguments import command_parser
from deploy.errors import UserError
from deploy.services import parse_instances

if TYPE_CHECKING:
    from deploy.stack import Stack, StackOptions


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
        "--log-level", default="info", choices=("debug", "info", "warning", "error"),
        help="how much the services write (default info)",
    )  # fmt: skip


def stack_options(options: argparse.Namespace) -> StackOptions:
    """What those options mean."""
    from deploy.stack import StackOptions

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
    )


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
    print(f"{'data':<20} {description['data_dir']}", flush=True)
