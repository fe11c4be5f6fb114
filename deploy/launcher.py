"""The process that holds a stack: in the foreground, or detached with a session of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.datadir import DataDir
from deploy.errors import UserError
from deploy.stack import ROOT, Stack, StackOptions, say_on_stderr

STOPPED = 130
"""Exit code of what was stopped before its end, as shells have it for Ctrl-C."""
_READY = "ready"
_FAILED = "failed"
_NEWS = "news"
_PID = "pid"


def run_until_stopped(work: Coroutine[Any, Any, int]) -> int:
    """Runs a coroutine that holds a stack; SIGTERM, SIGHUP and Ctrl-C cancel it, in order.

    Returns its result, or 130 when it was stopped before its end. Where being stopped *is* the
    end, the coroutine awaits `until_stopped`.
    """

    async def guarded() -> int:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, lambda: task.cancel() if task else None)
        try:
            return await work
        except asyncio.CancelledError:
            return STOPPED

    return asyncio.run(guarded())


async def until_stopped() -> None:
    """Waits for SIGTERM or Ctrl-C and returns, so that what comes after is done in order."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()


async def hold(
    options: StackOptions, on_ready: Callable[[Stack], Coroutine[Any, Any, None]]
) -> int:
    """Starts a stack, says so, and holds it until this task is cancelled."""
    async with Stack(options) as stack:
        await on_ready(stack)
        await until_stopped()
    return 0


def start_detached(options: StackOptions) -> dict[str, Any]:
    """Starts a launcher that stays when this process ends; returns its description when ready."""
    data = DataDir(options.data_dir)
    data.make()
    plain = {
        "data_dir": str(options.data_dir),
        "services": list(options.services),
        "instances": options.instances,
        "external": options.external,
        "units": options.units,
        "port": options.port,
        "log_level": options.log_level,
        "streets": options.streets,
        "policy": options.policy,
        "compile_first": options.compile_first,
        "runner": list(options.runner),
    }
    log = data.logs / "launcher.log"
    with log.open("ab") as errors:
        launcher = subprocess.Popen(
            [sys.executable, "-P", "-m", "deploy.launcher", json.dumps(plain)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )
    launcher.wait()  # it has left a child of its own, that belongs to nobody
    pid = 0
    try:
        for line in launcher.stdout or ():
            kind, text = json.loads(line)
            if kind == _NEWS:
                options.say(text)
            elif kind == _PID:
                pid = int(text)
            elif kind == _FAILED:
                raise UserError(text)
            elif kind == _READY:
                description: dict[str, Any] = text
                return description
    except KeyboardInterrupt:
        options.say("stopping what was started")
        if pid:
            os.kill(pid, signal.SIGTERM)
        raise
    finally:
        if launcher.stdout:
            launcher.stdout.close()
    raise UserError(f"the launcher ended while starting: see {log}")


def _detached(plain: dict[str, Any]) -> int:
    """The launcher's own side of `start_detached`."""
    listening = True

    def tell(kind: str, content: object) -> None:
        nonlocal listening
        if kind == _NEWS:
            print(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {content}", file=sys.stderr, flush=True)
        if listening:
            try:
                print(json.dumps([kind, content]), flush=True)
            except OSError:
                listening = False  # who started us is gone; the log has it

    if os.fork():
        os._exit(0)  # so that init, not who started us, is the parent
    tell(_PID, os.getpid())

    async def on_ready(stack: Stack) -> None:
        nonlocal listening
        tell(_READY, await stack.describe())
        listening = False
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    options = StackOptions(**{**plain, "data_dir": Path(plain["data_dir"])})
    options = replace(options, say=lambda text: tell(_NEWS, text))
    from deploy.cli import explain

    try:
        return run_until_stopped(hold(options, on_ready))
    except Exception as error:
        if not isinstance(error, UserError):
            import traceback

            traceback.print_exc()
        print(f"failed: {explain(error)}", file=sys.stderr)
        tell(_FAILED, explain(error))
        return 1


def run_in_foreground(
    options: StackOptions, on_ready: Callable[[Stack], Coroutine[Any, Any, None]]
) -> int:
    """Holds a stack until Ctrl-C or SIGTERM."""
    return run_until_stopped(hold(replace(options, say=say_on_stderr), on_ready))


if __name__ == "__main__":
    sys.exit(_detached(json.loads(sys.argv[1])))
