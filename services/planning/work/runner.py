"""Works the runs: claims them as rows with a lease, and has each done by a process of its own.

A run whose service has died is taken up again when its lease has ended; one that its service gives
back on its way out waits at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import zlib
from typing import Final

import asyncpg

from services.planning.domain.runs import Json, Taken
from services.planning.settings import Settings
from services.planning.store import RunStore, SnapshotStore
from services.planning.work.children import JobError, Told, work
from shared.clock import Clock
from shared.ids import new_id
from shared.messaging.errors import is_transient
from shared.telemetry.logs import logger

log = logger(__name__)

LOOK_AGAIN_S: Final = 5.0
"""How long what a dead instance has left may lie, after its lease."""
RENEW_S: Final = 1.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Runner:
    """The workers of this instance."""

    def __init__(
        self, runs: RunStore, snapshots: SnapshotStore, *, settings: Settings, clock: Clock
    ) -> None:
        self._runs = runs
        self._snapshots = snapshots
        self._settings = settings
        self._clock = clock
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._worker = f"{settings.service}-{settings.instance}-{os.getpid()}-{new_id('w')[-8:]}"

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    def stop(self, run_id: str) -> None:
        """Ends the process of a run at once, where it is ours."""
        task = self._tasks.get(run_id)
        if task is not None:
            task.cancel()
        self.told()

    def changed(self) -> asyncio.Event:
        """Set at the next step of any run of this instance; streams wait for it."""
        return self._changed

    def told(self) -> None:
        """Wakes whoever waits for a step."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Works until it is cancelled; a database that is away is tried again."""
        try:
            while True:
                self._woken.clear()
                try:
                    while len(self._tasks) < self._settings.planning_at_once and await self._next():
                        pass
                    await self._snapshots.forget(self._clock.now())
                except AWAY as error:
                    if not is_transient(error):
                        raise
                    log.warning("runs wait for the database", error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN_S):
                        await self._woken.wait()
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _next(self) -> bool:
        taken = await self._runs.take(self._worker, self._clock.now())
        if taken is None:
            return False
        task = asyncio.create_task(self._one(taken), name=taken.id)
        self._tasks[taken.id] = task
        task.add_done_callback(lambda _: self._ended(taken.id))
        self.told()
        return True

    def _ended(self, run_id: str) -> None:
        self._tasks.pop(run_id, None)
        self.wake()
        self.told()

    async def _one(self, taken: Taken) -> None:
        """One run, from its claim to its end."""
        try:
            await self._worked(taken)
        except asyncio.CancelledError:
            # Stopped by somebody (the row says so already), or we are asked to end.
            with contextlib.suppress(*AWAY):
                await self._runs.give_back(taken.id, self._worker)
            raise
        except AWAY as error:
            # Its lease ends, and it is taken up again.
            log.warning("a run lost the database", run=taken.id, error=type(error).__name__)

    async def _worked(self, taken: Taken) -> None:
        share, said = 0.0, "" if taken.tries == 1 else "taken up again after an interruption"

        def told(now_share: float, now_said: str) -> None:
            nonlocal share, said
            share, said = now_share, now_said
            heard.set()

        heard = asyncio.Event()
        working = asyncio.create_task(self._answer(taken, told))
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=RENEW_S)
                now = self._clock.now()
                if not await self._runs.renew(taken.id, self._worker, now, share, said):
                    return  # stopped, or taken by another: neither is ours to end
                if heard.is_set():
                    heard.clear()
                    self.told()
            result, problem = await working
        finally:
            working.cancel()
            await asyncio.wait({working})
        await self._finished(taken, result, problem)

    async def _answer(self, taken: Taken, told: Told) -> tuple[bytes | None, Json | None]:
        """The result, compressed, or the problem."""
        try:
            documents = [await self._snapshots.document(each) for each in taken.snapshots]
            job = {
                "do": taken.kind.value,
                "parameters": taken.parameters,
                "processes": self._settings.planning_processes,
                "streets": self._settings.streets,
                "policy": self._settings.policy,
                **taken.job,
            }
            answer = await work(job, [*documents, await self._runs.inputs(taken.id)], told)
        except JobError as error:
            return None, error.problem
        except LookupError as error:
            return None, {"type": "gone", "title": "Its base is gone", "detail": str(error)}
        return await asyncio.to_thread(zlib.compress, answer.blobs[0], 1), None

    async def _finished(self, taken: Taken, result: bytes | None, problem: Json | None) -> None:
        now = self._clock.now()
        if await self._runs.finish(taken.id, self._worker, now, result=result, problem=problem):
            log.info(
                "a run has ended",
                run=taken.id,
                kind=taken.kind.value,
                problem=None if problem is None else problem["type"],
            )
