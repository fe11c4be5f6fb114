"""The `./lifering` command line: a table of commands, each imported only when it is asked for."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command: its module has `main(arguments: list[str]) -> int`."""

    name: str
    help: str
    module: str


COMMANDS = (
    Command("demo", "one cardiac arrest from the call to the hand-over, then the console",
            "deploy.demo.run"),
    Command("up", "start everything, to stay", "deploy.commands.up"),
    Command("plan", "planning: reach, decide, site, relocate, replay, simulate, compare",
            "deploy.commands.plan"),
    Command("status", "what runs, where, and whether it is ready", "deploy.commands.status"),
    Command("logs", "what a service wrote", "deploy.commands.logs"),
    Command("restart", "restart one service", "deploy.commands.restart"),
    Command("down", "stop everything", "deploy.commands.down"),
    Command("token", "a signed token for a role", "deploy.commands.token"),
    Command("test", "the whole suite", "deploy.commands.test"),
    Command("tool", "a development tool: ruff, mypy, uv, pre-commit, …", "deploy.commands.tool"),
    Command("import", "bulk data: aeds, rescuers, stations or roads", "deploy.imports"),
    Command("bench", "measure: decision, simulate, site beside what others use",
            "deploy.commands.bench"),
    Command("scenario", "list the scenarios, or export one to a folder",
            "deploy.commands.scenario"),
)  # fmt: skip


def _help() -> str:
    rows = "\n".join(f"  {command.name:<10} {command.help}" for command in COMMANDS)
    return (
        "usage: ./lifering [--data-dir DIR] COMMAND …\n\n"
        "Lifering, an open emergency and AED response network.\n\n"
        f"{rows}\n\n"
        "  --data-dir DIR (or LIFERING_HOME) keeps several Liferings apart.\n"
        "  ./lifering COMMAND --help tells more."
    )


def main(arguments: list[str]) -> int:
    """Runs one command; every error that a person can mend is one line on standard error."""
    from deploy.arguments import take_data_dir
    from deploy.errors import UserError

    try:
        rest = take_data_dir(arguments)
        if not rest or rest[0] in ("-h", "--help", "help"):
            print(_help())
            return 0 if rest else 2
        found = [command for command in COMMANDS if command.name == rest[0]]
        if not found:
            raise UserError(f"no command {rest[0]!r}: see ./lifering --help")
        return int(_load(found[0])(rest[1:]) or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("LIFERING_DEBUG") and not isinstance(error, UserError):
            raise
        return _complain(explain(error))


def _load(command: Command) -> Callable[[list[str]], int | None]:
    from deploy.errors import UserError

    try:
        main: Callable[[list[str]], int | None] = importlib.import_module(command.module).main
    except ModuleNotFoundError as error:
        if error.name and command.module.startswith(error.name):
            raise UserError(f"this checkout has no {command.name!r} yet") from error
        raise
    return main


def explain(error: Exception) -> str:
    """One line for a person about any error."""
    from deploy.datadir import disk_full
    from deploy.errors import UserError

    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and disk_full(error):
        where = f" ({error.filename})" if error.filename else ""
        return f"the disk is full{where}: free some space, or choose another --data-dir"
    if isinstance(error, PermissionError):
        return f"no permission for {error.filename}: choose another --data-dir or LIFERING_CACHE"
    kind = type(error).__name__
    return f"unexpected: {kind}: {str(error).splitlines()[0] if str(error) else ''} " + (
        "(LIFERING_DEBUG=1 shows where)"
    )


def _complain(line: str) -> int:
    print(f"lifering: {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
