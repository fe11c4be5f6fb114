"""`./lifering demo`: everything set up, one cardiac arrest, and what happened as a timeline."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from deploy.arguments import command_parser
from deploy.commands.up import add_stack_arguments, stack_options
from deploy.errors import UserError

SPEED_UP = 60.0


def main(arguments: list[str]) -> int:
    """Runs the demonstration; 0 only when every step happened."""
    parser = command_parser(
        "demo", "One suspected cardiac arrest from the call to the hand-over, on the real system."
    )
    parser.add_argument("--scenario", default="sanming", metavar="NAME|DIR")
    parser.add_argument("--once", action="store_true", help="stop afterwards")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--speed-up", type=float, default=SPEED_UP, metavar="N",
        help="how much faster than life the actors are (nothing else is); default %(default)g",
    )  # fmt: skip
    add_stack_arguments(parser)
    options = parser.parse_args(arguments)
    if not 1 <= options.speed_up <= 200:
        raise UserError("--speed-up: give a number from 1 to 200")
    from deploy.launcher import run_until_stopped

    return run_until_stopped(_demo(options))


async def _demo(options: Any) -> int:
    from datetime import UTC, datetime

    from deploy.demo.report import document, human, missing
    from deploy.demo.story import Story
    from deploy.extracts import provide
    from deploy.launcher import until_stopped
    from deploy.links import sign_in_lines
    from deploy.stack import Stack, say_on_stderr
    from shared.scenarios import load, roads_of
    from shared.scenarios.files import ScenarioError

    began = time.monotonic()
    provide(options.scenario)
    try:
        scenario = load(options.scenario, today=datetime.now(UTC).date())
        roads = roads_of(options.scenario)
    except ScenarioError as error:
        raise UserError(str(error)) from error
    for source in scenario.manifest.sources:
        say_on_stderr(source.attribution)
    async with Stack(stack_options(options, scenario, roads)) as stack:
        story = Story(stack, scenario, speed_up=options.speed_up, say=say_on_stderr)
        try:
            loaded = await story.load()
            say_on_stderr(f"scenario {scenario.manifest.name} loaded in {loaded.seconds:.1f} s")
            ready = time.monotonic()
            incident_id = await story.play()
            plan, timeline = await story.read_back(incident_id)
        finally:
            await story.close()
        result = document(
            scenario=scenario.manifest,
            plan=plan,
            timeline=timeline,
            description=await stack.describe(),
            speed_up=options.speed_up,
            setup_s=ready - began,
            run_s=time.monotonic() - ready,
        )
        print(json.dumps(result) if options.json else human(result), flush=True)
        absent = missing(result)
        if absent:
            print(f"lifering: did not happen: {', '.join(absent)}", file=sys.stderr)
            return 1
        if not options.once:
            say_on_stderr(f"everything stays up at {stack.urls['gateway'][0]} - Ctrl-C stops it")
            for line in sign_in_lines(await stack.describe(), _alerted(result)):
                say_on_stderr(line)
            say_on_stderr("others: ./lifering token --role ROLE --subject WHO --link")
            await until_stopped()
    return 0


def _alerted(result: dict[str, Any]) -> str | None:
    """A rescuer of the story: somebody whose phone has something to show."""
    sent = [choice for choice in result["plan"]["chosen"] if choice["kind"] == "rescuer"]
    return sent[0]["rescuer_id"] if sent else None
