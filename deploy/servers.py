"""Kafka and PostgreSQL for a stack: embedded ones as children, or external ones by address."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.datadir import DataDir
from deploy.embedded import kafka as kafka_module
from deploy.embedded import postgres as postgres_module
from deploy.embedded.java import find_java
from deploy.embedded.kafka import Kafka, broker_answers
from deploy.embedded.kafka_jars import fetch_jars
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.system_user import unprivileged_user
from deploy.errors import UserError
from deploy.ports import Ports
from deploy.prepare import cache_dir
from deploy.supervisor import Child, ChildSpec, Supervisor

READY_WITHIN_S = 90.0
_STOP_WITHIN_S = 20.0


@dataclass
class EmbeddedServers:
    """Both servers as children of a supervisor."""

    data: DataDir
    ports: Ports
    supervisor: Supervisor
    schemas: Sequence[str]
    say: Callable[[str], None]
    bootstrap: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    _postgres: Postgres | None = None
    _ready: dict[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)

    def dsn(self, service: str | None = None) -> str:
        """The database address of a service, or the administrator's."""
        if self._postgres is None:
            raise RuntimeError("the servers are not started")
        return self._postgres.dsn(service or SUPERUSER)

    async def start(self) -> None:
        """Sets both up on first use, starts them at the same time and waits for them."""
        both = [
            asyncio.create_task(self._start_kafka()),
            asyncio.create_task(self._start_postgres()),
        ]
        try:
            await asyncio.gather(*both)
        except BaseException:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            raise

    async def stop(self) -> None:
        """Stops Kafka, then PostgreSQL."""
        for name in ("kafka", "postgres"):
            if name in self.supervisor.children:
                await self.supervisor.stop([name])
        if self._postgres is not None:
            self._postgres.close()

    async def _start_kafka(self) -> None:
        port, controller = self.ports.take("kafka"), self.ports.take("kafka-controller")
        jars = await asyncio.to_thread(fetch_jars, cache_dir(), self.say)
        java = await asyncio.to_thread(find_java)
        kafka = Kafka(self.data.path / "kafka", port, controller, java, tuple(jars))
        await asyncio.to_thread(kafka.initialise)
        self.bootstrap = kafka.bootstrap
        self.versions["kafka"] = kafka_module.version()
        spec = ChildSpec(
            name="kafka",
            command=kafka.command(),
            env=dict(os.environ),
            log=self.data.logs / "kafka.log",
            cwd=kafka.folder,
            stop_timeout_s=_STOP_WITHIN_S,
        )
        await self._launch(spec, "Kafka", kafka.is_ready)

    async def _start_postgres(self) -> None:
        user = await asyncio.to_thread(unprivileged_user)
        passwords = self.data.passwords([SUPERUSER, *self.schemas])
        postgres = Postgres(
            self.data.path / "postgres", self.ports.take("postgres"), user, passwords
        )
        await asyncio.to_thread(postgres.initialise)
        self._postgres = postgres
        self.versions["postgres"] = await asyncio.to_thread(postgres_module.version)
        spec = ChildSpec(
            name="postgres",
            command=postgres.command(),
            env={key: value for key, value in os.environ.items() if not key.startswith("PG")},
            log=self.data.logs / "postgres.log",
            cwd=Path("/"),  # its user may not be able to enter ours
            stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
            stop_timeout_s=_STOP_WITHIN_S,
            user=user,
            pass_fds=postgres.handles,
        )
        await self._launch(spec, "PostgreSQL", postgres.is_ready)
        await postgres.make_schemas(self.schemas)

    async def _launch(
        self, spec: ChildSpec, title: str, is_ready: Callable[[], Awaitable[bool]]
    ) -> None:
        child = await self.supervisor.start(spec)
        self._ready[spec.name] = is_ready
        await wait_ready(child, title, is_ready)

    async def wait(self, name: str) -> None:
        """Waits until a server that was restarted is ready again."""
        await wait_ready(self.supervisor.children[name], name, self._ready[name])


async def wait_ready(
    child: Child, title: str, is_ready: Callable[[], Awaitable[bool]], give_up_after: int = 2
) -> None:
    """Waits until a child is ready; says why in one line when it keeps ending or stays silent."""
    loop = asyncio.get_running_loop()
    end = loop.time() + READY_WITHIN_S
    before = child.restarts
    while not await is_ready():
        if child.restarts - before >= give_up_after:
            raise UserError(
                f"{title} ends at once: {reason(child.spec.log)} (see {child.spec.log})"
            )
        if loop.time() > end:
            raise UserError(
                f"{title} is not ready after {READY_WITHIN_S:g} s: see {child.spec.log}"
            )
        await asyncio.sleep(0.1)


def reason(log: Path) -> str:
    """The line of a log that most likely says why its process ended."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-200:]
    except OSError:
        return "its log cannot be read"
    if any("No space left" in line for line in lines):
        return "the disk is full"
    words = ("FATAL", "PANIC", "ERROR", "Error", "Exception")
    telling = [line for line in lines if any(word in line for word in words)]
    return (telling or lines or ["its log is empty"])[-1].strip()[:300]


@dataclass
class ExternalServers:
    """Servers that somebody else runs, named by KAFKA_BOOTSTRAP and DATABASE_URL."""

    bootstrap: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    _url: str = ""

    def dsn(self, service: str | None = None) -> str:
        """DATABASE_URL_<SERVICE> if it is set, else DATABASE_URL."""
        own = os.environ.get(f"DATABASE_URL_{service.upper()}") if service else None
        return own or self._url

    async def start(self) -> None:
        """Checks that both are named and answer."""
        import asyncpg

        missing = [name for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL") if not os.environ.get(name)]
        if missing:
            raise UserError(f"--external needs {' and '.join(missing)} in the environment")
        self.bootstrap, self._url = os.environ["KAFKA_BOOTSTRAP"], os.environ["DATABASE_URL"]
        if not await broker_answers(self.bootstrap):
            raise UserError(f"no Kafka answers at KAFKA_BOOTSTRAP={self.bootstrap}: is it running?")
        try:
            connection = await asyncpg.connect(self._url, timeout=10)
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
            raise UserError(f"PostgreSQL at DATABASE_URL does not let us in: {error}") from error
        self.versions = {
            "kafka": "external",
            "postgres": str(connection.get_settings().server_version),
        }
        await connection.close()

    async def stop(self) -> None:
        """Leaves them alone."""

    async def wait(self, name: str) -> None:
        """They are not ours to restart."""
        raise UserError(f"{name} is not ours to restart")
