"""`./lifering plan compare A B …`: the same simulated arrests in several scenarios."""

from __future__ import annotations

import json
import sys

from deploy.arguments import command_parser
from deploy.errors import UserError

DESCRIPTION = """Simulates the same cardiac arrests in several scenarios, and tells the differences.

Scenarios of the same place get the arrests of the first one; the same random numbers for all."""


def main(arguments: list[str]) -> int:
    """Simulates all, telling on standard error how far it is, and prints the numbers."""
    from deploy.planning.simulation.asking import add_options, asked_of, grounds_of, policies_of

    parser = command_parser("plan compare", DESCRIPTION)
    parser.add_argument("scenarios", nargs="+", metavar="NAME|DIR")
    add_options(parser)
    options = parser.parse_args(arguments)
    if len(options.scenarios) < 2:
        raise UserError("name at least two scenarios to compare")

    from deploy.planning.simulation.telling import tell
    from deploy.planning.simulation.utstein import write_utstein
    from shared.planning.replications import say
    from shared.planning.simulated import simulated

    grounds = grounds_of(options.scenarios, options)
    names = [ground.name for ground in grounds]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"two scenarios are called {twice!r}: rename a folder")
    policies, asked = policies_of(options.policy), asked_of(options)
    documents, outcomes, worlds = simulated(grounds, policies, asked, say)
    if options.utstein is not None:
        write_utstein(options.utstein, outcomes.items(), worlds)
    if options.report is not None:
        from deploy.planning.pages import write_page
        from shared.planning.simulation_report import report

        write_page(options.report, report(documents, options.language))
    if options.json:
        whole = {"seed": options.seed, "scenarios": {d["scenario"]: d for d in documents}}
        print(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        print("\n\n".join(tell(document) for document in documents))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
