"""`./lifering tool`: a development program, with its environment on the path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.arguments import command_parser
from deploy.errors import UserError

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Runs the program and returns its exit code."""
    parser = command_parser(
        "tool", "Runs a development tool, such as `tool pre-commit install`, `tool ruff format`."
    )
    parser.add_argument(
        "program", nargs="?", help="ruff, mypy, uv, pre-commit, deploy/locks/update"
    )
    if not arguments or arguments[0] in ("-h", "--help"):
        parser.parse_args(arguments or ["--help"])
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    program = shutil.which(arguments[0], path=path)
    if program is None:
        raise UserError(f"no tool {arguments[0]!r}: see {programs}")
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "VIRTUAL_ENV": sys.prefix}
    return subprocess.run([program, *arguments[1:]], env=env, check=False).returncode
