"""How a service runs: started in order, stopped in the reverse, the port open from the beginning.

A service's ``main.py`` makes one :class:`Service` and gives it ``start``: a coroutine that connects
what the service is made of. The port opens first, so that ``/live`` and ``/ready`` can be asked
while tables are replayed (requests get a 503 meanwhile). On SIGTERM the port closes, open requests
finish, streams end, and what was started stops in the reverse order. A part that dies takes the
process down loudly: whoever runs it starts it again.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Generic, TypeVar

import asyncpg
import uvicorn
from fastapi import APIRouter, FastAPI

from shared.clock import Clock, SystemClock
from shared.database.migrate import SHARED as MESSAGING_MIGRATIONS
from shared.database.migrate import apply
from shared.database.pool import make_pool
from shared.http.app import create_app
from shared.http.parts import Parts
from shared.settings import ServiceSettings
from shared.telemetry.health import Check, Health
from shared.telemetry.logs import logger, setup_logs
from shared.telemetry.traces import setup_traces, shutdown_traces

S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")
Stop = Callable[[], Awaitable[object] | object]

log = logger(__name__)

REGISTRY_MIGRATIONS = Path(__file__).parent / "registry" / "migrations"

DATABASE_CHECK_S = 1.0
"""How long an answer of the database counts for ``/ready``, seconds."""


class Service(Generic[S]):
    """One service: its application, its parts, its life."""

    def __init__(
        self,
        settings: S,
        *,
        title: str,
        start: Callable[[Service[S]], Coroutine[Any, Any, None]],
        routers: Sequence[APIRouter],
        version: str = "0.1.0",
        description: str = "",
        public: Sequence[str] = (),
        body_limits: Mapping[str, int] | None = None,
        tags: Sequence[Mapping[str, Any]] = (),
        edge: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.health = Health()
        self._start = start
        self._stack = AsyncExitStack()
        self._started = False
        self._failure: str | None = None
        self._server: uvicorn.Server | None = None
        self.app: FastAPI = create_app(
            title=title,
            settings=settings,
            routers=routers,
            health=self.health,
            clock=self.clock,
            version=version,
            description=description,
            public=public,
            body_limits=body_limits,
            tags=tags,
            edge=edge,
            lifespan=self._lifespan,
        )
        self.stopping: asyncio.Event = self.app.state.stopping
        """Set when the process has been asked to end: streams and waits should finish."""
        self.health.add_live("parts", self._parts_check)
        self.health.add_ready("started", self._started_check)

    # -- for start() ---------------------------------------------------------------------------

    @property
    def parts(self) -> Parts:
        """What routes find with ``use(Kind)``."""
        parts: Parts = self.app.state.parts
        return parts

    def provide(self, *parts: object) -> None:
        """Makes objects available to routes, each under its own class."""
        self.parts.provide(*parts)

    async def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enters a context; it is left at shutdown, in reverse order."""
        return await self._stack.enter_async_context(context)

    def on_stop(self, stop: Stop) -> None:
        """Calls ``stop`` (sync or async) at shutdown, in reverse order."""

        async def call() -> None:
            outcome = stop()
            if inspect.isawaitable(outcome):
                await outcome

        self._stack.push_async_callback(call)

    def spawn(self, name: str, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Runs ``work`` until shutdown cancels it; if it ends by itself, the service ends."""
        task: asyncio.Task[object] = asyncio.create_task(work, name=name)
        task.add_done_callback(lambda done: self._part_ended(name, done))

        async def cancel() -> None:
            task.cancel()
            await asyncio.wait([task])

        self._stack.push_async_callback(cancel)
        return task

    async def database(self, *folders: Path) -> asyncpg.Pool[Any]:
        """Opens the service's pool and brings its schema up to date; ``/ready`` asks it.

        Outbox, inbox, audit and idempotency come first, then ``folders`` in their order.
        """
        schema = self.settings.database_schema
        pool = await make_pool(self.settings, schema=schema)
        self.on_stop(pool.close)
        common = {MESSAGING_MIGRATIONS.resolve(), REGISTRY_MIGRATIONS.resolve()}
        own = [folder for folder in folders if folder.resolve() not in common]
        await apply(pool, schema, [REGISTRY_MIGRATIONS, *own])
        self.health.add_ready("database", _DatabaseCheck(pool).check)
        return pool

    # -- life ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT; the process's logs and traces are set up here.

        With ``--openapi`` on the command line it prints the OpenAPI document instead, and needs no
        server for it.
        """
        if "--openapi" in sys.argv[1:]:
            sys.stdout.write(json.dumps(self.app.openapi(), ensure_ascii=False) + "\n")
            return
        setup_logs(self.settings.service, self.settings.instance, self.settings.log_level)
        setup_traces(self.settings.service, self.settings.instance)
        config = uvicorn.Config(
            self.app,
            host=self.settings.host,
            port=self.settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=max(1, round(self.settings.drain_s)),
        )
        self._server = _Server(config, self._begin_stopping)
        self._server.run()
        if self._failure is not None:
            raise SystemExit(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FastAPI]:
        """Starts everything, for tests that talk to the application without a port."""
        async with self._stack:
            try:
                await self._start(self)
                self._started = True
                yield self.app
            finally:
                self._started = False
                self.stopping.set()

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        async with self._stack:
            starting = asyncio.create_task(self._start_all(), name="start")
            try:
                yield
            finally:
                self.stopping.set()
                if not starting.done():
                    starting.cancel()
                await asyncio.wait([starting])
                self._started = False
        shutdown_traces()
        log.info("stopped")

    async def _start_all(self) -> None:
        try:
            await self._start(self)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The edge of a task that nobody awaits: a service that cannot start must end, loudly.
            log.exception("cannot start")
            self._fail(f"cannot start: {type(error).__name__}")
            return
        self._started = True
        log.info("started")

    def _part_ended(self, name: str, task: asyncio.Task[object]) -> None:
        if self.stopping.is_set() or task.cancelled():
            return
        log.error("a part has ended", part=name, exc_info=task.exception())
        self._fail(f"{name} has ended")

    def _fail(self, why: str) -> None:
        self._failure = why
        if self._server is not None:
            self._begin_stopping()
            self._server.should_exit = True

    def _begin_stopping(self) -> None:
        self.stopping.set()

    def _parts_check(self) -> Check:
        return Check(self._failure is None, self._failure or "running")

    def _started_check(self) -> Check:
        if self.stopping.is_set():
            return Check(False, "stopping")
        return Check(self._started, "started" if self._started else "starting")


class _Server(uvicorn.Server):
    """Tells the service at once that it is to stop: streams must end before the rest can."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM or SIGINT."""
        # Not captured for raising again: a drained stop is a success, its exit code 0.
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
        self._stopping()


class _DatabaseCheck:
    """Asks the database, at most once a second however often it is probed."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._answer = Check(False, "not asked yet")
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def check(self) -> Check:
        """Whether a trivial query is answered within a second."""
        async with self._lock:
            loop_time = asyncio.get_running_loop().time()
            if loop_time - self._asked_at >= DATABASE_CHECK_S:
                try:
                    async with asyncio.timeout(1.0), self._pool.acquire() as connection:
                        await connection.execute("SELECT 1")
                    self._answer = Check(True, "answers")
                except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as e:
                    self._answer = Check(False, f"does not answer: {type(e).__name__}")
                self._asked_at = asyncio.get_running_loop().time()
        return self._answer
