"""The whole system on this machine: servers, services and their launcher, as one object.

`async with Stack(options) as stack:` starts it and waits until everything is ready; leaving stops
it in order: services, then Kafka, then PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.basemap.boundaries import boundaries_file
from deploy.compiling import compile_ahead
from deploy.control import control_server
from deploy.datadir import DataDir, default_data_dir
from deploy.errors import UserError
from deploy.planning.streets import streets_in
from deploy.ports import Ports
from deploy.servers import EmbeddedServers, ExternalServers, wait_ready
from deploy.services import SCHEMAS, SERVICES, process_name, service_environment
from deploy.supervisor import Child, ChildSpec, Supervisor
from deploy.tokens import HOUR_S, SERVICE_TOKEN_S, key_pair, make_token, push_key
from deploy.web import built_pages

ROOT = Path(__file__).resolve().parents[1]
_STOP_WITHIN_S = 15.0
"""A service's time to stop: its requests may take ten seconds to finish, then it leaves Kafka."""


def say_on_stderr(text: str) -> None:
    """Progress and news, for people."""
    print(f"lifering: {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class StackOptions:
    """What to start, and where."""

    data_dir: Path = field(default_factory=default_data_dir)
    services: Sequence[str] = SERVICES
    """Empty: the servers alone."""
    instances: dict[str, int] = field(default_factory=dict)
    external: bool = False
    units: str = "ours"
    port: int | None = None
    """The gateway's; None: the one it had, or the next free one."""
    log_level: str = "info"
    streets: str = ""
    """The folder of the street network for `LIFERING_STREETS`; empty: none."""
    policy: str = ""
    """A built-in rule's name or a policy file for `LIFERING_POLICY`; empty: the default."""
    compile_first: bool = True
    """Compiles what services call before they start (tests with stand-ins have nothing to)."""
    web: bool = True
    """Builds the web pages for the gateway, where they are not built yet."""
    say: Callable[[str], None] = say_on_stderr
    runner: Sequence[str] = (sys.executable, "-P", "-m")
    """Runs `services.NAME`, which is appended (tests have a stand-in)."""


class Stack:
    """A running Lifering."""

    def __init__(self, options: StackOptions) -> None:
        self.options = options
        self.data = DataDir(options.data_dir.expanduser().absolute())
        self.urls: dict[str, list[str]] = {}
        """Base addresses of each service's instances."""
        self._servers: EmbeddedServers | ExternalServers = ExternalServers()
        self._supervisor: Supervisor | None = None
        self._exit = AsyncExitStack()
        self._keys: tuple[str, str] | None = None
        self._started = False
        self._web = ""
        self._http: httpx.AsyncClient | None = None

    @property
    def bootstrap(self) -> str:
        """Kafka's bootstrap address."""
        return self._servers.bootstrap

    @property
    def dsn(self) -> str:
        """PostgreSQL's address for the administrator."""
        return self._servers.dsn()

    @property
    def dsns(self) -> dict[str, str]:
        """PostgreSQL's address for each service that keeps data."""
        return {name: self._servers.dsn(name) for name in SCHEMAS}

    @property
    def versions(self) -> dict[str, str]:
        """Of `kafka` and `postgres`."""
        return dict(self._servers.versions)

    @property
    def supervisor(self) -> Supervisor:
        """The children."""
        if self._supervisor is None:
            raise RuntimeError("the stack is not running")
        return self._supervisor

    @property
    def pids(self) -> dict[str, int | None]:
        """Process ids by process name (`dispatch`, or `dispatch-0`, `dispatch-1`, …, `kafka`)."""
        return {name: child.pid for name, child in self.supervisor.children.items()}

    def token(
        self, role: str, subject: str, hours: float = 12.0, station: str | None = None
    ) -> str:
        """A signed token."""
        self._keys = self._keys or key_pair(self.data)
        return make_token(self._keys[0], role, subject, int(hours * HOUR_S), station)

    async def restart(self, name: str) -> None:
        """Restarts a process, or a service's instances one after the other, until ready."""
        for process in self.processes(name):
            await self.supervisor.restart(process)
            if process in ("kafka", "postgres"):
                await self._servers.wait(process)
            else:
                await self._wait_service(process)

    def processes(self, name: str) -> list[str]:
        """The processes that a name means: itself, or the instances of a service."""
        children = self.supervisor.children
        if name in children:
            return [name]
        found = [f"{name}-{number}" for number in range(self.options.instances.get(name, 0))]
        if not found or not all(each in children for each in found):
            raise KeyError(name)
        return found

    async def __aenter__(self) -> Stack:
        try:
            await self._start()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.options.say("stopping")
        await self._exit.aclose()

    async def _start(self) -> None:
        self.data.make()
        lock = await asyncio.to_thread(self.data.lock)
        self._exit.callback(os.close, lock)
        self._exit.callback(lambda: self.data.state.unlink(missing_ok=True))
        self.data.write_state({"pid": os.getpid(), "phase": "starting"})
        ports = self._exit.enter_context(Ports(self.data.path / "ports.json"))
        where = self._take_ports(ports)  # before anything slow: a taken one is said at once
        supervisor = Supervisor(self.options.say, keep_open=(lock,))
        self._supervisor = await self._exit.enter_async_context(supervisor)
        # Loopback only: a proxy in the environment is not for these.
        client = httpx.AsyncClient(trust_env=False, timeout=2.0)
        self._http = await self._exit.enter_async_context(client)
        control = await self._exit.enter_async_context(control_server(self.data, self._handle))
        self.write_state("starting", control=str(control))
        if not self.options.external:
            self._servers = EmbeddedServers(self.data, ports, supervisor, SCHEMAS, self.options.say)
        self._exit.push_async_callback(self._servers.stop)
        await self._start_servers()
        if self.options.services:
            await self._make_topics()
            self._exit.push_async_callback(self._stop_services)
            await self._start_services(where)
        self._started = True
        self.options.say(f"running on {self.data.path}")
        self.write_state("running")

    async def _start_servers(self) -> None:
        """The servers, and beside them what services need compiled before they start."""
        if not (self.options.services and self.options.compile_first):
            await self._servers.start()
            return
        compiling = asyncio.create_task(self._prepare())
        try:
            await self._servers.start()
            await compiling
        finally:
            compiling.cancel()
            await asyncio.gather(compiling, return_exceptions=True)

    async def _prepare(self) -> None:
        """Machine code and web pages, side by side: the one keeps a core busy, the other waits."""
        pages = asyncio.create_task(self._build_pages())
        try:
            await compile_ahead(self.options.say)
            await pages
        finally:
            pages.cancel()
            await asyncio.gather(pages, return_exceptions=True)

    async def _build_pages(self) -> None:
        """Calls are answered without pages as well: where they cannot be built, that is said."""
        if not self.options.web or "gateway" not in self.options.services:
            return
        try:
            self._web = str(await asyncio.to_thread(built_pages, self.options.say))
        except UserError as error:
            self.options.say(f"going on without the web pages: {error}")

    async def _make_topics(self) -> None:
        """All topics exist before anybody asks for one."""
        try:
            from shared.messaging.admin import ensure_topics
        except ModuleNotFoundError:
            return
        await ensure_topics(self.bootstrap)

    def _take_ports(self, ports: Ports) -> dict[str, int]:
        """A port for every process of a service; the first gateway's may be a person's choice."""
        where: dict[str, int] = {}
        for name in self.options.services:
            count = self.options.instances.get(name, 1)
            for number in range(count):
                chosen = self.options.port if name == "gateway" and number == 0 else None
                process = process_name(name, number, count)
                where[process] = ports.take(process, chosen)
                self.urls.setdefault(name, []).append(f"http://127.0.0.1:{where[process]}")
        return where

    async def _start_services(self, where: dict[str, int]) -> None:
        self._keys = key_pair(self.data)
        for name in self.options.services:
            count = self.options.instances.get(name, 1)
            for number in range(count):
                process = process_name(name, number, count)
                await self._start_service(name, number, process, where[process])
        self.options.say(f"waiting for {len(where)} services")
        await asyncio.gather(*(self._wait_service(process) for process in where))

    async def _start_service(self, service: str, number: int, process: str, port: int) -> None:
        if self._keys is None:
            raise RuntimeError("no keys")
        env = service_environment(
            service,
            number,
            port,
            bootstrap=self.bootstrap,
            dsn=self._servers.dsn(service) if service in SCHEMAS else None,
            public_key=self._keys[1],
            service_token=make_token(self._keys[0], "service", service, SERVICE_TOKEN_S),
            urls=self.urls,
            units=self.options.units,
            streets=self.options.streets,
            web=self._web,
            boundaries=str(boundaries_file(self.data)),
            policy=self.options.policy,
            log_level=self.options.log_level,
            root=str(ROOT),
            private_key=self._keys[0],
            push_key=push_key(self.data),
        )
        command = [*self.options.runner, f"services.{service}"]
        log = self.data.logs / f"{process}.log"
        spec = ChildSpec(process, command, env, log, ROOT, stop_timeout_s=_STOP_WITHIN_S)
        await self.supervisor.start(spec)

    async def _wait_service(self, process: str) -> None:
        child = self.supervisor.children[process]
        port = child.spec.env.get("LIFERING_PORT")
        if port is not None:
            await wait_ready(child, process, lambda: self.is_ready(f"http://127.0.0.1:{port}"))

    async def _stop_services(self) -> None:
        children = self.supervisor.children
        await self.supervisor.stop([name for name in children if name not in ("kafka", "postgres")])

    def write_state(self, phase: str, **more: Any) -> None:
        """Leaves on disk what another process needs to find this one."""
        known = self.data.read_state()
        self.data.write_state({**known, "pid": os.getpid(), "phase": phase, **more})

    async def is_ready(self, url: str) -> bool:
        """Whether a service at a base address answers 200 on /ready."""
        if self._http is None:
            return False
        try:
            return (await self._http.get(f"{url}/ready")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _children_of(self, service: str) -> list[Child]:
        try:
            return [self.supervisor.children[each] for each in self.processes(service)]
        except KeyError:
            return []  # not started yet

    async def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answers what another process asks (control.py)."""
        match request:
            case {"op": "status"}:
                return await self.describe()
            case {"op": "down"}:
                # As if Ctrl-C had come: whoever holds the stack knows how to leave it.
                asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
                return {"stopping": True}
            case {"op": "restart", "name": str(name)}:
                try:
                    await self.restart(name)
                except KeyError as error:
                    known = ", ".join(self.supervisor.children)
                    raise UserError(f"no process {name!r}; there are: {known}") from error
                return {"restarted": name}
        raise UserError("the launcher does not know this request: is it of another version?")

    def _streets(self) -> dict[str, Any] | None:
        """What plans are routed on; None is the H3 grid."""
        if not self.options.streets:
            return None
        folder = Path(self.options.streets)
        return {**streets_in(folder).document(), "folder": str(folder)}

    async def describe(self) -> dict[str, Any]:
        """The state of everything, as `status --json` prints it."""
        services: dict[str, Any] = {}
        for name in self.options.services:
            processes = self._children_of(name)
            ready = await asyncio.gather(*(self.is_ready(url) for url in self.urls[name]))
            services[name] = {
                "urls": self.urls[name],
                "pids": [child.pid for child in processes],
                "ready": bool(processes) and all(ready),
                "restarts": sum(child.restarts for child in processes),
            }
        servers = {
            name: {"pid": child.pid, "restarts": child.restarts}
            for name, child in self.supervisor.children.items()
            if name in ("kafka", "postgres")
        }
        return {
            "running": True,
            "phase": self.data.read_state().get("phase"),
            "ready": self._started and all(service["ready"] for service in services.values()),
            "pid": os.getpid(),
            "data_dir": str(self.data.path),
            "external": self.options.external,
            "units": self.options.units,
            "streets": self._streets(),
            "policy": self.options.policy or None,
            "services": services,
            "servers": servers,
            "kafka": {"bootstrap": self.bootstrap},
            "postgres": {"dsn": self.dsn, "services": self.dsns} if self._started else {},
            "versions": self.versions,
        }
