"""`./lifering plan simulate`: simulated years of arrests under one or several policies."""

from __future__ import annotations

import json
import sys

from deploy.arguments import command_parser

DESCRIPTION = """Simulates cardiac arrests with the decision that dispatch makes, event by event.

The same random numbers for every policy: a person asked by two of them answers both alike.
docs/capabilities/simulation.md says what is drawn, and from which numbers."""


def main(arguments: list[str]) -> int:
    """Simulates, telling on standard error how far it is, and prints the numbers."""
    # Importing what knows the options takes a second; help and mistakes wait for it.
    from deploy.planning.simulation.asking import add_options, asked_of, grounds_of, policies_of

    parser = command_parser("plan simulate", DESCRIPTION)
    parser.add_argument("--scenario", required=True, metavar="NAME|DIR")
    add_options(parser)
    parser.add_argument(
        "--sensitivity", action="store_true",
        help="also with acceptance, correlation, density and hours halved and doubled",
    )  # fmt: skip
    options = parser.parse_args(arguments)

    from deploy.planning.simulation.telling import tell
    from deploy.planning.simulation.utstein import write_utstein
    from shared.planning.replications import say
    from shared.planning.simulated import sensitivity, simulated

    grounds = grounds_of([options.scenario], options)
    policies, asked = policies_of(options.policy), asked_of(options)
    documents, outcomes, worlds = simulated(grounds, policies, asked, say)
    document = documents[0]
    if options.utstein is not None:
        write_utstein(options.utstein, outcomes.items(), worlds)
    if options.sensitivity:
        document["sensitivity"] = sensitivity(grounds[0], policies, asked, say)
    if options.report is not None:
        from deploy.planning.pages import write_page
        from shared.planning.simulation_report import report

        write_page(options.report, report(documents, options.language))
    print(json.dumps(document, ensure_ascii=False, indent=2) if options.json else tell(document))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
