"""`./lifering plan`: questions to the planner, a table of further words."""

from __future__ import annotations

import importlib

from deploy.cli import Command
from deploy.errors import UserError

SUBCOMMANDS = (
    Command("reach", "what is within so many metres or seconds of a place, on the streets",
            "deploy.commands.plan_reach"),
    Command("decide", "the plan that a call would get, with every candidate's reason",
            "deploy.commands.plan_decide"),
    Command("replay", "ambulances on a travel-time matrix, as another simulator has them",
            "deploy.commands.plan_replay"),
    Command("simulate", "simulated years of arrests under one or several policies",
            "deploy.commands.plan_simulate"),
    Command("compare", "the same simulated arrests in several scenarios",
            "deploy.commands.plan_compare"),
    Command("coverage", "who and what is within reach, by tier, hour and county; the gaps",
            "deploy.commands.plan_coverage"),
    Command("site", "where to put new AEDs, stations or ambulances, proven",
            "deploy.commands.plan_site"),
    Command("relocate", "which ones to move and which to add within a budget, proven",
            "deploy.commands.plan_relocate"),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Runs the subcommand."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_help())
        return 0 if arguments else 2
    found = [each for each in SUBCOMMANDS if each.name == arguments[0]]
    if not found:
        raise UserError(f"no command plan {arguments[0]!r}: see ./lifering plan --help")
    return int(importlib.import_module(found[0].module).main(arguments[1:]) or 0)


def _help() -> str:
    rows = "\n".join(f"  {each.name:<10} {each.help}" for each in SUBCOMMANDS)
    more = "  ./lifering plan COMMAND --help tells more."
    return f"usage: ./lifering plan COMMAND …\n\n{rows}\n\n{more}"
