"""One pair of real servers for tests: embedded Kafka and PostgreSQL, no services.

`KAFKA_BOOTSTRAP` and `DATABASE_URL` in the environment point tests at running ones instead, such
as those that `python -m deploy.testing --data-dir DIR --hold` keeps.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import UserError

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class TestServers:
    """Where the servers are."""

    __test__ = False  # not a test, whatever its name

    bootstrap: str
    """Kafka's bootstrap address."""
    dsn: str
    """PostgreSQL's address for a superuser, who may make databases and roles."""


@contextmanager
def embedded_servers(data_dir: Path | None = None) -> Iterator[TestServers]:
    """Both servers, started on a data directory (made if missing) and stopped at the end.

    Without one they get a temporary one.

    They run under a launcher of their own, which ends them when this process dies.
    """
    bootstrap, dsn = os.environ.get("KAFKA_BOOTSTRAP"), os.environ.get("DATABASE_URL")
    if bootstrap and dsn:
        yield TestServers(bootstrap, dsn)
        return
    if data_dir is None:
        temporary = tempfile.TemporaryDirectory(prefix="lifering-")
        with temporary as folder, embedded_servers(Path(folder)) as servers:
            yield servers
        return
    command = [sys.executable, "-P", "-m", "deploy.testing", "--data-dir", str(data_dir), "--hold"]
    with subprocess.Popen(
        [*command, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        found: dict[str, str] = {}
        for line in process.stdout or ():
            key, _, value = line.strip().partition("=")
            found[key] = value
            if {"KAFKA_BOOTSTRAP", "DATABASE_URL"} <= found.keys():
                break
        else:
            raise RuntimeError("the embedded servers did not start: see the lines above")
        try:
            yield TestServers(found["KAFKA_BOOTSTRAP"], found["DATABASE_URL"])
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(timeout=60)


async def _hold(data_dir: Path, until_stdin_closes: bool, hold: bool) -> None:
    from deploy.stack import Stack, StackOptions

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        loop.add_reader(0, lambda: None if os.read(0, 4096) else stop.set())
    async with Stack(StackOptions(data_dir=data_dir, services=())) as stack:
        print(f"KAFKA_BOOTSTRAP={stack.bootstrap}", flush=True)
        print(f"DATABASE_URL={stack.dsn}", flush=True)
        if hold:
            await stop.wait()
    if until_stdin_closes:
        loop.remove_reader(0)


def main() -> int:
    """Starts the servers, prints where they are, and holds them until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m deploy.testing", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--hold", action="store_true", help="keep them until a signal comes")
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_hold(options.data_dir, options.until_stdin_closes, options.hold))
    except UserError as error:
        print(f"lifering: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
