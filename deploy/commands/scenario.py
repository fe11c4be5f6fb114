"""`./lifering scenario`: the list and the export, with what a scenario needs fetched before."""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    """Runs the command; 0 when done, 1 with one line about what to mend."""
    from shared.scenarios.cli import main as run

    if "export" in arguments and "--help" not in arguments:
        from deploy.extracts import provide

        for argument in arguments:
            provide(argument)
    return run(arguments)
