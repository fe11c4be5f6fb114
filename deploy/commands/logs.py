"""`./lifering logs`: what a process wrote."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator
from pathlib import Path

from deploy.arguments import command_parser
from deploy.datadir import DataDir, default_data_dir
from deploy.errors import UserError

_POLL_S = 0.2


def main(arguments: list[str]) -> int:
    """Prints the end of a log, and goes on when asked to."""
    parser = command_parser("logs", "What a service (or kafka, postgres, launcher) wrote.")
    parser.add_argument("service")
    parser.add_argument("-n", "--lines", type=int, default=50, help="how many (default 50)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as it is written")
    options = parser.parse_args(arguments)
    folder = DataDir(default_data_dir()).logs
    files = find_logs(folder, options.service)
    if not files:
        known = ", ".join(sorted(file.stem for file in folder.glob("*.log"))) or "none yet"
        raise UserError(f"no log of {options.service!r} in {folder}; there are: {known}")
    for file in files:
        if len(files) > 1:
            print(f"== {file.stem}")
        for line in last_lines(file, max(options.lines, 0)):
            print(line, end="")
    if options.follow:
        for line in follow(files):
            print(line, end="", flush=True)
    return 0


def find_logs(folder: Path, name: str) -> list[Path]:
    """The logs that a name means: its own, or those of a service's instances."""
    own = folder / f"{name}.log"
    return [own] if own.is_file() else sorted(folder.glob(f"{name}-[0-9]*.log"))


def last_lines(file: Path, count: int) -> list[str]:
    """The last lines of a file."""
    with file.open(errors="replace") as handle:
        return list(deque(handle, maxlen=count))


def follow(files: list[Path], from_start: bool = False) -> Generator[str, None, None]:
    """What is written from now on, also after a log was set aside for a new one."""
    handles = {file: file.open(errors="replace") for file in files}
    if not from_start:
        for handle in handles.values():
            handle.seek(0, os.SEEK_END)
    try:
        while True:
            quiet = True
            for file, handle in handles.items():
                while line := handle.readline():
                    quiet = False
                    yield line
                if file.exists() and file.stat().st_ino != os.fstat(handle.fileno()).st_ino:
                    handle.close()
                    handles[file] = file.open(errors="replace")
            if quiet:
                time.sleep(_POLL_S)
    finally:
        for handle in handles.values():
            handle.close()
