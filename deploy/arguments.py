"""Parsing of the command line: one-line errors, and the option that every command takes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

_DATA_DIR = "--data-dir"


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line with the way to help."""

    def error(self, message: str) -> NoReturn:
        """Ends the program with one line."""
        line = f"lifering: {message} (see {self.prog} --help)\n"
        self.exit(2, line.replace("argument ", "", 1))


def command_parser(name: str, description: str) -> Parser:
    """The parser of one command; `--data-dir` is taken out before (see `take_data_dir`)."""
    return Parser(
        prog=f"./lifering {name}",
        description=description,
        epilog=f"{_DATA_DIR} DIR (or LIFERING_HOME) names where this Lifering keeps its data.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def take_data_dir(arguments: list[str]) -> list[str]:
    """Takes `--data-dir DIR` out, before or after the command, and leaves it in LIFERING_HOME.

    So every command, whoever wrote it, finds it where `default_data_dir` looks.
    """
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        if argument == "--":
            return [*rest, argument, *left]
        name, equals, value = argument.partition("=")
        if name != _DATA_DIR:
            rest.append(argument)
            continue
        chosen = value if equals else next(left, "")
        if not chosen:
            sys.exit(f"lifering: {_DATA_DIR} needs a folder")
        os.environ["LIFERING_HOME"] = str(Path(chosen).expanduser().absolute())
    return rest
