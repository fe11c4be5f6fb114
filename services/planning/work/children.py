"""Processes that work: started for one job, told it over a pipe, gone when it is done.

What a run needs (the decision's machine code, solvers, geometry) takes seconds and hundreds of
megabytes; the service itself stays small, and a job that runs away takes nobody with it. A child
whose service dies hears the end of its input and goes too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
Told = Callable[[float, str], None]

ROOT: Final = Path(__file__).resolve().parents[3]
MODULE: Final = "services.planning.work.worker"
LINE_BYTES: Final = 1_048_576
_SECRETS: Final = ("DATABASE_URL", "LIFERING_SERVICE_TOKEN")
"""A child computes; it needs neither the database nor anybody's door."""


class JobError(Exception):
    """A job that gave nothing: why, as problem details have it."""

    def __init__(self, type: str, title: str, detail: str) -> None:
        super().__init__(f"{type}: {detail}")
        self.problem: Json = {"type": type, "title": title, "detail": detail}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job gave."""

    meta: Json
    blobs: list[bytes] = field(default_factory=list)


def _silent(_: float, __: str) -> None:
    """Nobody listens."""


async def work(job: Json, blobs: Sequence[bytes] = (), told: Told = _silent) -> Answer:
    """Has a job done by a child; raises :class:`JobError`. Cancelled, it ends the child at once."""
    environment = {k: v for k, v in os.environ.items() if k not in _SECRETS}
    environment["PYTHONPATH"] = str(ROOT)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        limit=LINE_BYTES,
        start_new_session=True,
    )
    try:
        return await _talk(child, job, blobs, told)
    finally:
        # The whole group: a simulation has children of its own.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        if child.stdin is not None:
            child.stdin.close()
        await child.wait()


async def _talk(
    child: asyncio.subprocess.Process, job: Json, blobs: Sequence[bytes], told: Told
) -> Answer:
    assert child.stdin is not None
    assert child.stdout is not None
    head = json.dumps({**job, "sizes": [len(blob) for blob in blobs]}, ensure_ascii=False)
    try:
        child.stdin.write(head.encode() + b"\n")
        for blob in blobs:
            child.stdin.write(blob)
        await child.stdin.drain()
        while line := await child.stdout.readline():
            said = json.loads(line)
            if "problem" in said:
                raise JobError(**said["problem"])
            if "sizes" in said:
                found = [await child.stdout.readexactly(size) for size in said["sizes"]]
                return Answer(said["meta"], found)
            told(float(said["progress"]), str(said["said"]))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # its end is told below
    code = await child.wait()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    raise JobError(
        "worker-ended",
        "The worker ended without an answer",
        f"Its process ended with {how}; perhaps there was not enough memory: ask for less at once.",
    )
