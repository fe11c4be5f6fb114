"""Keeps child processes running: starts them, starts them again, stops them in order.

All children live in one process group led by the reaper (reaper.py), which ends them if this
process dies. Nothing here knows what the children are.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.system_user import SystemUser

LOG_LIMIT_BYTES = 20 * 1024 * 1024
_REAPER = Path(__file__).with_name("reaper.py")


@dataclass
class Backoff:
    """Delays between restarts: doubling up to a bound, from the start again after a calm while."""

    first_s: float = 1.0
    longest_s: float = 30.0
    stable_after_s: float = 60.0
    _next_s: float = field(default=0.0, init=False)

    def after(self, lived_s: float) -> float:
        """The delay in seconds before the next start of a child that lived this long."""
        if lived_s >= self.stable_after_s or self._next_s == 0.0:
            self._next_s = self.first_s
        delay = self._next_s
        self._next_s = min(2 * delay, self.longest_s)
        return delay


@dataclass(frozen=True)
class ChildSpec:
    """What to run, and how to end it."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    log: Path
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    user: SystemUser | None = None
    pass_fds: tuple[int, ...] = ()


@dataclass
class Child:
    """A child and what became of it."""

    spec: ChildSpec
    backoff: Backoff
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0
    stopping: bool = False
    task: asyncio.Task[None] | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.returncode is None else None


class Supervisor:
    """The children of this process. Use as an asynchronous context manager."""

    def __init__(
        self,
        say: Callable[[str], None],
        new_backoff: Callable[[], Backoff] = Backoff,
        keep_open: Sequence[int] = (),
    ) -> None:
        """`keep_open`: descriptors that the reaper holds too, until the last child is gone."""
        self.children: dict[str, Child] = {}
        self._say = say
        self._new_backoff = new_backoff
        self._keep_open = tuple(keep_open)
        self._reaper: asyncio.subprocess.Process | None = None
        self._reaper_task: asyncio.Task[None] | None = None
        self._group = 0
        self._pipe: tuple[int, int] | None = None

    async def __aenter__(self) -> Supervisor:
        self._pipe = os.pipe()  # not inheritable: the children never hold the write end
        await self._start_reaper()
        self._reaper_task = asyncio.create_task(self._keep_reaper())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(list(self.children))
        if self._reaper_task is not None:
            self._reaper_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper_task
        if self._pipe is not None:
            os.close(self._pipe[1])
            os.close(self._pipe[0])
            self._pipe = None
        if self._reaper is not None:
            await self._reaper.wait()

    async def _start_reaper(self) -> None:
        if self._pipe is None:
            raise RuntimeError("the supervisor is not open")
        command = [sys.executable, "-I", "-S", str(_REAPER), str(self._pipe[0])]
        descriptors = (self._pipe[0], *self._keep_open)

        async def start(group: int) -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=descriptors,
                process_group=group,
                cwd="/",
            )

        try:
            self._reaper = await start(self._group)  # joins the children's group if there is one
        except (PermissionError, ProcessLookupError):
            self._reaper = await start(0)
            self._group = 0
        if self._group == 0:
            self._group = self._reaper.pid

    async def _keep_reaper(self) -> None:
        while self._reaper is not None:
            await self._reaper.wait()
            self._say("the reaper ended, starting another")
            await self._start_reaper()

    async def start(self, spec: ChildSpec) -> Child:
        """Starts a child that is kept running until it is stopped."""
        child = Child(spec, self._new_backoff())
        self.children[spec.name] = child
        child.task = asyncio.create_task(self._keep(child))
        starting = asyncio.create_task(child.started.wait())
        await asyncio.wait({starting, child.task}, return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        if child.task.done():
            del self.children[spec.name]
            await child.task  # it could not be started at all: say why
        return child

    async def _spawn(self, child: Child) -> asyncio.subprocess.Process:
        spec = child.spec
        rotate(spec.log)
        with spec.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=spec.env,
                cwd=spec.cwd,
                process_group=self._group,
                pass_fds=spec.pass_fds,
                user=spec.user.uid if spec.user else None,
                group=spec.user.gid if spec.user else None,
                extra_groups=[] if spec.user else None,
            )
        child.process = process
        child.started.set()
        return process

    async def _keep(self, child: Child) -> None:
        while True:
            began = time.monotonic()
            try:
                code = await (await self._spawn(child)).wait()
                outcome = _describe(code)
            except OSError as error:
                if not child.started.is_set():
                    raise  # the very first start: whoever asked for it is told
                outcome = str(error)
            if child.stopping:
                return
            child.restarts += 1
            delay = child.backoff.after(time.monotonic() - began)
            self._say(f"{child.spec.name} ended ({outcome}), again in {delay:g} s")
            await asyncio.sleep(delay)

    async def restart(self, name: str) -> None:
        """Stops one child and starts it again at once."""
        child = self.children[name]
        restarts = child.restarts
        await self.stop([name])
        (await self.start(child.spec)).restarts = restarts + 1

    async def stop(self, names: Sequence[str]) -> None:
        """Stops these children together: asks each, waits its time, then kills it."""
        await asyncio.gather(*(self._stop(self.children[name]) for name in names))

    async def _stop(self, child: Child) -> None:
        child.stopping = True
        process = child.process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(child.spec.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), child.spec.stop_timeout_s)
            except TimeoutError:
                self._say(f"{child.spec.name} did not stop in time and is killed")
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if child.task is not None:
            child.task.cancel()  # it may be waiting out a back-off
            with contextlib.suppress(asyncio.CancelledError):
                await child.task


def rotate(log: Path, limit_bytes: int = LOG_LIMIT_BYTES) -> None:
    """Sets a log that has grown too long aside, replacing the one before it."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > limit_bytes:
            log.replace(log.with_name(log.name + ".1"))


def _describe(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
