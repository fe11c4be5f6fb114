"""Ends the launcher's children when the launcher is gone, however it went.

A tiny process of the standard library only. It stands in the process group that all children
share, and reads a pipe whose other end only the launcher holds: when that end closes, it asks the
group to stop, waits, and kills what is left. (A parent-death signal would not do: PostgreSQL runs
as another user, and the kernel clears the signal at that change.)

usage: python -I -S reaper.py READ_FD
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_S = 5.0
_ASK_HARDER_S = 2.0
_STEP_S = 0.05


def members(group: int) -> set[int]:
    """Living processes of a group, without the caller; zombies are dead."""
    found = set()
    proc = Path("/proc")
    if (proc / "self" / "stat").exists():
        for entry in proc.iterdir():
            if not entry.name.isdigit():
                continue
            try:
                # The name in parentheses may hold anything: fields are counted after it.
                state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue  # ended meanwhile
            if int(pgrp) == group and state not in "ZX":
                found.add(int(entry.name))
    else:
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,state="], capture_output=True, text=True, check=False
        ).stdout
        for line in listing.splitlines():
            pid, pgrp, state = line.split()[:3]
            if int(pgrp) == group and not state.startswith("Z"):
                found.add(int(pid))
    return found - {os.getpid()}


def end_group(group: int, grace_s: float = GRACE_S) -> None:
    """TERM to all, after a while INT (PostgreSQL's fast shutdown), at the end KILL."""
    started = time.monotonic()
    asked_harder = False
    os.killpg(group, signal.SIGTERM)
    while members(group):
        elapsed = time.monotonic() - started
        if elapsed >= grace_s:
            for pid in members(group):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif elapsed >= _ASK_HARDER_S and not asked_harder:
            asked_harder = True
            os.killpg(group, signal.SIGINT)
        if elapsed >= 2 * grace_s:
            return  # what survives SIGKILL sleeps in the kernel: nothing is left to try
        time.sleep(_STEP_S)


def main() -> None:
    """Waits for the launcher's end, then ends the group."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    pipe = int(sys.argv[1])
    while os.read(pipe, 4096):
        pass
    end_group(os.getpgrp())


if __name__ == "__main__":
    main()
