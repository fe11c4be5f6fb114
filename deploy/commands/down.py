"""`./lifering down`: stops everything that `up` or `demo` started on a data directory."""

from __future__ import annotations

import os
import signal
import sys
import time

from deploy.arguments import command_parser
from deploy.control import ask
from deploy.datadir import DataDir, default_data_dir, is_alive
from deploy.errors import UserError

STOP_WITHIN_S = 60.0


def main(arguments: list[str]) -> int:
    """Asks the launcher to stop and waits until the data directory is free."""
    command_parser("down", "Stops everything and waits for its end.").parse_args(arguments)
    data = DataDir(default_data_dir())
    if not data.is_locked():
        print(f"lifering: not running on {data.path}", file=sys.stderr)
        return 0
    launcher = data.read_state().get("pid")
    try:
        ask(data, {"op": "down"}, timeout_s=5.0)
    except UserError:
        # It does not listen (yet): its signal handler does the same.
        if isinstance(launcher, int) and is_alive(launcher):
            os.kill(launcher, signal.SIGTERM)
    end = time.monotonic() + STOP_WITHIN_S
    while data.is_locked():
        if time.monotonic() > end:
            raise UserError(
                f"still stopping after {STOP_WITHIN_S:g} s: see {data.logs}/launcher.log"
            )
        time.sleep(0.1)
    print("lifering: stopped", file=sys.stderr)
    return 0
