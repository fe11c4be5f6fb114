"""``python -m services.planning.work.worker``: does one job that it is told on its input.

The job is a line of JSON, then the bytes it names; the answer is the same, after lines of progress.
Whatever libraries print goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import IO, Any, Final

from shared.errors import UserError

Json = dict[str, Any]

NICE: Final = 10
"""Calls go first."""
WORK: Final = {
    "base": "services.planning.work.basing",
    "coverage": "services.planning.work.covering",
    "site": "services.planning.work.siting",
    "relocate": "services.planning.work.siting",
    "simulate": "services.planning.work.simulating",
    "compare": "services.planning.work.simulating",
    "replay": "services.planning.work.replaying",
    "export": "services.planning.work.exporting",
}
"""What does a job, loaded when there is one: each has ``do(job, blobs, tell)``."""


class Teller:
    """Says how far it is."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._progress = 0.0

    def __call__(self, progress: float, said: str) -> None:
        """``progress`` from 0 to 1; it never goes back."""
        self._progress = max(self._progress, min(1.0, progress))
        self.line({"progress": round(self._progress, 4), "said": said[:500]})

    def line(self, document: Json, blobs: Sequence[bytes] = ()) -> None:
        """One line and the bytes after it."""
        self._out.write(json.dumps(document, ensure_ascii=False).encode() + b"\n")
        for blob in blobs:
            self._out.write(blob)
        self._out.flush()


def main() -> int:
    """Does the job; 0 when it was answered, whatever the answer."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(NICE)
    source = sys.stdin.buffer
    job = json.loads(source.readline())
    blobs = [source.read(size) for size in job.pop("sizes")]
    threading.Thread(target=_end_with_the_service, args=(source,), daemon=True).start()
    tell = Teller(out)
    try:
        meta, found = importlib.import_module(WORK[job["do"]]).do(job, blobs, tell)
    except (UserError, ValueError) as error:
        # Shared code refuses questions with these, in one line with the mend.
        if not isinstance(error, UserError):
            traceback.print_exc()
        tell.line({"problem": _problem("not-possible", "It cannot be worked out", str(error))})
        return 0
    except Exception as error:
        # The edge of the process: whoever asked is told, and the log has the rest.
        traceback.print_exc()
        detail = f"{type(error).__name__}: the log of the planning service has the rest."
        tell.line({"problem": _problem("internal", "The run has failed", detail)})
        return 0
    tell.line({"meta": meta, "sizes": [len(blob) for blob in found]}, found)
    return 0


def _problem(kind: str, title: str, detail: str) -> Json:
    return {"type": kind, "title": title, "detail": detail[:2_000]}


def _end_with_the_service(source: IO[bytes]) -> None:
    """Nothing more comes; when the pipe ends, so has the service."""
    source.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    # Not through the interpreter's end: the thread above still reads.
    code = main()
    sys.stderr.flush()
    os._exit(code)
