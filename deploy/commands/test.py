"""`./lifering test`: the whole suite, static checks first, pytest's closing line last."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deploy.arguments import command_parser

ROOT = Path(__file__).resolve().parents[2]
_REAL = ("integration", "e2e", "contracts", "web")
SELECTIONS = {
    "unit": " and ".join(f"not {marker}" for marker in _REAL),
    **{marker: marker for marker in _REAL},
}
_TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations=25")
"""Much of a test is waiting for a server; tests/conftest.py says what stays together."""
_PACKAGES = ("shared", "deploy", "services", "tests", "loadtests")


def main(arguments: list[str]) -> int:
    """Runs everything even when something fails; fails if anything did."""
    parser = command_parser(
        "test",
        "Runs the suite: static checks, then pytest. Further options go to pytest alone.",
    )
    parser.add_argument("--only", choices=("static", *SELECTIONS), help="one part of it")
    options, for_pytest = parser.parse_known_args(arguments)
    failed: list[str] = []
    if options.only in (None, "static") and not (for_pytest and options.only is None):
        failed = [name for name, command in static_checks() if not _passes(name, command)]
        if failed:
            print(f"lifering: failed so far: {', '.join(failed)}", file=sys.stderr, flush=True)
    if options.only == "static":
        return 1 if failed else 0
    chosen = ["-m", SELECTIONS[options.only]] if options.only else []
    if not chosen and not for_pytest:
        chosen = list(_TWO_AT_A_TIME)
    tests = _run([sys.executable, "-P", "-m", "pytest", *chosen, *for_pytest])
    return tests or (1 if failed else 0)


def static_checks() -> list[tuple[str, list[str]]]:
    """What is checked without running the code: name and command."""
    programs = Path(sys.executable).parent
    ruff = str(programs / "ruff")
    packages = [name for name in _PACKAGES if next((ROOT / name).rglob("*.py"), None)]
    return [
        ("ruff check", [ruff, "check", "."]),
        ("ruff format", [ruff, "format", "--check", "."]),
        ("mypy", [str(programs / "mypy"), "--strict", *packages]),
        ("import-linter", [str(programs / "lint-imports"), "--no-logo"]),
    ]


def _passes(name: str, command: list[str]) -> bool:
    print(f"== {name}", flush=True)
    return _run(command) == 0


def _run(command: list[str]) -> int:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
