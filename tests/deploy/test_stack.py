"""The stack on real servers, with stand-ins for the services."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy import cli
from deploy.commands.status import read_status
from deploy.datadir import DataDir, is_alive
from deploy.errors import UserError
from deploy.launcher import start_detached
from deploy.reaper import members
from deploy.stack import Stack, StackOptions
from deploy.testing import embedded_servers

pytestmark = pytest.mark.integration

STANDIN = (sys.executable, str(Path(__file__).with_name("standin.py")))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder as `mktemp -d` makes it: for root, PostgreSQL's user cannot enter it."""
    with tempfile.TemporaryDirectory(prefix="lifering-") as folder:
        yield Path(folder)


def options(data_dir: Path, **changed: Any) -> StackOptions:
    return StackOptions(data_dir=data_dir, runner=STANDIN, compile_first=False, **changed)


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition; only pytest's own time limit ends it otherwise."""
    await asyncio.to_thread(until_now, condition)


def until_now(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.05)


def gone(pids: set[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def family(description: dict[str, Any]) -> set[int]:
    """The launcher and all that stands in its children's group, the reaper too."""
    group = os.getpgid(description["servers"]["kafka"]["pid"])
    return {description["pid"], *members(group)}


async def run(dsn: str, statement: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_two_at_once_and_a_warm_second_start(data_dir: Path) -> None:
    bare = options(data_dir / "a", services=())
    async with Stack(bare) as first, Stack(options(data_dir / "b", services=())) as other:
        where = (first.bootstrap, first.dsn)
        assert first.bootstrap != other.bootstrap
        await run(first.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        assert await run(other.dsn, "SELECT to_regclass('kept')") is None
        with pytest.raises(UserError, match="already runs"):
            async with Stack(bare):
                pass
    async with Stack(bare) as again:
        assert (again.bootstrap, again.dsn) == where
        assert await run(again.dsn, "SELECT n FROM kept") == 7
        assert again.versions["kafka"].startswith("4.")
        assert await run(again.dsn, "SHOW fsync") == "on"


async def test_services_get_what_they_need_and_are_kept_running(data_dir: Path) -> None:
    said: list[str] = []
    chosen = options(data_dir, instances={"dispatch": 2}, say=said.append)
    async with Stack(chosen) as stack:
        assert len(stack.urls["dispatch"]) == 2
        async with httpx.AsyncClient(trust_env=False) as client:
            answers = [(await client.get(f"{url}/environment")).json() for url in
                       (stack.urls["gateway"][0], *stack.urls["dispatch"])]  # fmt: skip
        gateway, *dispatch = (answer["environment"] for answer in answers)
        assert answers[0]["arguments"] == ["services.gateway"]
        assert [env["LIFERING_INSTANCE"] for env in dispatch] == ["0", "1"]
        assert gateway["LIFERING_URL_DISPATCH"].split(",") == stack.urls["dispatch"]
        assert gateway["KAFKA_BOOTSTRAP"] == stack.bootstrap
        assert "DATABASE_URL" not in gateway
        assert dispatch[0]["DATABASE_URL"] == stack.dsns["dispatch"]
        private_key = (stack.data.keys / "private.pem").read_text()
        assert gateway["LIFERING_TOKEN_PRIVATE_KEY"] == private_key
        assert not any(value in private_key for value in dispatch[0].values() if len(value) > 40)

        await run(stack.dsns["dispatch"], "CREATE TABLE mine AS SELECT 1 AS n")
        assert await run(stack.dsns["dispatch"], "SELECT n FROM dispatch.mine") == 1
        for statement in ("SELECT n FROM dispatch.mine", "CREATE TABLE public.theirs (n int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await run(stack.dsns["alerting"], statement)

        # Every child is started again, whoever it is.
        killed = {
            name: stack.pids[name] for name in ("alerting", "dispatch-1", "kafka", "postgres")
        }
        for pid in killed.values():
            os.kill(pid or 0, signal.SIGKILL)
        await until(lambda: all(stack.pids[name] not in (None, killed[name]) for name in killed))
        await stack.restart("kafka")
        await stack.restart("postgres")
        await stack.restart("alerting")
        assert (await stack.describe())["ready"]
        assert await run(stack.dsns["dispatch"], "SELECT n FROM mine") == 1

        before = dict(stack.pids)
        await stack.restart("dispatch")
        changed = {name for name, pid in stack.pids.items() if before[name] != pid}
        assert changed == {"dispatch-0", "dispatch-1"}
        described = await stack.describe()
        assert described["services"]["dispatch"]["restarts"] == 3
        running = {pid for pid in stack.pids.values() if pid}
    assert gone(running)


@pytest.fixture
def _external(monkeypatch: pytest.MonkeyPatch, kafka_bootstrap: str, database_url: str) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", kafka_bootstrap)
    monkeypatch.setenv("DATABASE_URL", database_url)


@pytest.mark.usefixtures("_external")
async def test_a_broken_service_is_named_and_nothing_stays(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_BROKEN", "alerting")
    stack = Stack(options(data_dir, services=("gateway", "alerting"), external=True))
    with pytest.raises(UserError, match=r"alerting ends at once: .*broken on purpose"):
        async with stack:
            pass
    assert set(stack.pids.values()) == {None}
    assert not DataDir(data_dir).is_locked()


@pytest.mark.usefixtures("_external")
async def test_external_servers_are_used_and_named_when_missing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    chosen = options(data_dir, services=("alerting",), external=True)
    async with Stack(chosen) as stack:
        assert stack.dsns["alerting"] == database_url
        assert set(stack.pids) == {"alerting"}
        assert await stack.is_ready(stack.urls["alerting"][0])
    for name, value, line in (
        ("DATABASE_URL", database_url + "_nowhere", "does not let us in"),
        ("KAFKA_BOOTSTRAP", "127.0.0.1:1", "no Kafka answers"),
        ("KAFKA_BOOTSTRAP", "", "needs KAFKA_BOOTSTRAP in"),
        ("DATABASE_URL", "", "needs KAFKA_BOOTSTRAP and DATABASE_URL in"),
    ):
        monkeypatch.setenv(name, value)
        with pytest.raises(UserError, match=line):
            async with Stack(chosen):
                pass


def test_detached_survives_its_starter_and_kill_9_leaves_no_orphan(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = options(data_dir, services=("gateway",))
    description = start_detached(chosen)
    family_before = family(description)
    assert len(family_before) >= 5  # launcher, reaper, gateway, Kafka, PostgreSQL
    assert read_status(DataDir(data_dir))["ready"]
    os.kill(description["pid"], signal.SIGKILL)
    # A start right after waits for the old children's end, then has the same ports.
    again = start_detached(chosen)
    assert gone(family_before)
    assert again["services"]["gateway"]["urls"] == description["services"]["gateway"]["urls"]
    monkeypatch.setenv("LIFERING_HOME", str(data_dir))
    family_after = family(read_status(DataDir(data_dir)))
    assert cli.main(["restart", "gateway"]) == 0
    assert cli.main(["status"]) == 0
    assert cli.main(["up"]) == 1
    assert "already runs" in capsys.readouterr().err
    family_after |= family(read_status(DataDir(data_dir)))
    assert cli.main(["down"]) == 0
    until_now(lambda: gone(family_after))
    assert cli.main(["down"]) == 0
    assert cli.main(["status"]) == 1


def test_servers_for_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with embedded_servers() as servers:
        assert asyncio.run(run(servers.dsn, "SELECT 1")) == 1
        monkeypatch.setenv("KAFKA_BOOTSTRAP", servers.bootstrap)
        monkeypatch.setenv("DATABASE_URL", servers.dsn)
        with embedded_servers(tmp_path / "unused") as same:
            assert same == servers
    assert not (tmp_path / "unused").exists()
