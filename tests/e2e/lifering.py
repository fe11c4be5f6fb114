"""Runs the command line as a person does, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240.0
"""Only ends a test that would hang; nothing is measured by it."""


def environment(data_dir: Path) -> dict[str, str]:
    """What a newcomer's shell would have, with the data apart."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"KAFKA_BOOTSTRAP", "DATABASE_URL"} and not name.startswith("LIFERING_")
    }
    if "LIFERING_CACHE" in os.environ:
        kept["LIFERING_CACHE"] = os.environ["LIFERING_CACHE"]
    return {**kept, "LIFERING_HOME": str(data_dir)}


def lifering(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end."""
    return subprocess.run(
        [str(ROOT / "lifering"), *arguments],
        cwd=ROOT,
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


class Running:
    """A command that stays, with what it says."""

    def __init__(self, data_dir: Path, process: subprocess.Popen[str], errors: Path) -> None:
        self.data_dir = data_dir
        self.process = process
        self._errors = errors

    def said(self) -> str:
        """Everything on standard error so far."""
        return self._errors.read_text(encoding="utf-8")

    def wait_for(self, there: Callable[[], bool]) -> None:
        """Waits until something is so; fails with what was said when the command ends before."""
        give_up = time.monotonic() + PATIENCE_S
        while not there():
            assert self.process.poll() is None, f"ended early:\n{self.said()[-4_000:]}"
            assert time.monotonic() < give_up, f"not there yet:\n{self.said()[-4_000:]}"
            time.sleep(0.1)

    def status(self) -> dict[str, Any]:
        """`status --json`, which says with its exit code whether everything is ready."""
        answer = lifering(self.data_dir, "status", "--json")
        assert answer.stdout, answer.stderr
        document: dict[str, Any] = json.loads(answer.stdout)
        return document

    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output, once it is there."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"no document:\n{self.said()[-4_000:]}"
        document: dict[str, Any] = json.loads(line)
        return document

    def end(self, how: int = signal.SIGTERM) -> int:
        """Ends it and waits."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)


@contextmanager
def running(data_dir: Path, *arguments: str) -> Iterator[Running]:
    """A command that stays; ended at the end if it still runs."""
    errors = data_dir.parent / f"{data_dir.name}-{arguments[0]}.stderr"
    with errors.open("w") as sink:
        process = subprocess.Popen(
            [str(ROOT / "lifering"), *arguments],
            cwd=ROOT,
            env=environment(data_dir),
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
        )
    command = Running(data_dir, process, errors)
    try:
        yield command
    finally:
        if process.poll() is None:
            command.end()
        if process.stdout is not None:
            process.stdout.close()
