"""The launcher's small parts: data directory, ports, control socket, arguments, logs, tokens."""

import asyncio
import json
import os
import signal
import socket
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy import cli
from deploy.arguments import take_data_dir
from deploy.commands import logs, status, test, token
from deploy.control import ask, control_server
from deploy.datadir import DataDir, default_data_dir
from deploy.embedded import java
from deploy.embedded.system_user import SystemUser, require_reach
from deploy.errors import UserError
from deploy.launcher import STOPPED, run_until_stopped, until_stopped
from deploy.ports import Ports
from deploy.servers import reason
from deploy.services import SERVICES, parse_instances, process_name, service_environment
from deploy.tokens import key_pair
from shared.identity.roles import Role
from shared.identity.tokens import verify


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.make()
    return made


@pytest.fixture(autouse=True)
def _home(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFERING_HOME", str(data.path))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# The data directory


def test_root_lets_others_enter_and_secrets_are_private(data: DataDir) -> None:
    assert _mode(data.path) == (0o711 if os.geteuid() == 0 else 0o700)
    first = data.passwords(["a", "b"])
    assert data.passwords(["a", "b", "c"]).items() > first.items()
    assert len({*data.passwords(["a", "b", "c"]).values()}) == 3
    key_pair(data)
    private = [data.path / "passwords.json", *data.keys.glob("*.pem")]
    assert len(private) == 3
    for file in private:
        assert _mode(file) == 0o600


def test_a_directory_is_taken_once(data: DataDir) -> None:
    lock = data.lock()
    data.write_state({"pid": os.getpid()})
    with pytest.raises(UserError, match=r"already runs.*lifering down"):
        data.lock()
    assert data.is_locked()
    os.close(lock)
    assert not data.is_locked()
    os.close(data.lock())


def test_a_folder_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(UserError, match="other things"):
        DataDir(tmp_path).make()
    assert _mode(tmp_path) == 0o755


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="--data-dir"):
        DataDir(tmp_path / "file").make()


def test_a_folder_that_the_database_user_cannot_enter_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(UserError, match=r"cannot enter /.*: choose another"):
        require_reach(closed / "data", SystemUser("other", -1, -1), "choose another")
    require_reach(closed / "data", None, "")


def test_a_java_that_does_not_run_has_no_version() -> None:
    assert java.major_version("/nonexistent/java") == 0


# Ports


def test_ports_are_remembered_and_differ(tmp_path: Path) -> None:
    with Ports(tmp_path / "a.json") as ports:
        taken = {name: ports.take(name) for name in ("gateway", "dispatch", "kafka")}
        with Ports(tmp_path / "b.json") as others:
            assert others.take("gateway") not in taken.values()
    assert len({*taken.values()}) == 3
    with Ports(tmp_path / "a.json") as ports:
        assert {name: ports.take(name) for name in reversed(taken)} == taken


def test_a_port_that_somebody_else_took_is_replaced_unless_it_was_asked_for(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        first = other.getsockname()[1]
        (tmp_path / "a.json").write_text(json.dumps({"gateway": first}))
        with Ports(tmp_path / "a.json") as ports:
            with pytest.raises(UserError, match=f"port {first} is taken.*--port"):
                ports.take("gateway", first)
            second = ports.take("gateway")
            assert second != first
    with Ports(tmp_path / "a.json") as ports:
        assert ports.take("gateway") == second
    with Ports(tmp_path / "a.json") as ports:
        assert ports.take("gateway", second) == second
    with Ports(tmp_path / "b.json") as ports:
        kafka = ports.take("kafka")
    with Ports(tmp_path / "b.json") as ports:
        assert ports.take("gateway", kafka) == kafka
        assert ports.take("kafka") != kafka
    with pytest.raises(UserError, match="not a port"), Ports(tmp_path / "a.json") as p:
        p.take("gateway", 70000)


# Asking a launcher


async def test_a_launcher_is_asked_and_refuses_in_one_line(data: DataDir) -> None:
    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] == "fail":
            raise UserError("no")
        return {"heard": request}

    with pytest.raises(UserError, match="not running"):
        ask(data, {"op": "status"})
    lock = data.lock()
    async with control_server(data, answer) as path:
        data.write_state({"control": str(path), "pid": os.getpid()})
        assert _mode(path) == 0o600
        assert await asyncio.to_thread(ask, data, {"op": "x"}) == {"heard": {"op": "x"}}
        with pytest.raises(UserError, match=r"^no$"):
            await asyncio.to_thread(ask, data, {"op": "fail"})
    os.close(lock)


async def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = DataDir(tmp_path / ("d" * 90) / ("e" * 90))
    deep.make()

    async def answer(_: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    lock = deep.lock()
    async with control_server(deep, answer) as path:
        deep.write_state({"control": str(path)})
        assert await asyncio.to_thread(ask, deep, {}) == {"ok": True}
        folder = path.parent
        assert _mode(folder) == 0o700
    assert not folder.exists()
    os.close(lock)


def test_status_of_nothing(capsys: pytest.CaptureFixture[str], data: DataDir) -> None:
    assert status.main(["--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["running"] is False
    assert shown["data_dir"] == str(data.path)
    assert shown["versions"].keys() == {"kafka", "postgres"}


# The command line


@pytest.mark.parametrize(
    "arguments", [["--data-dir", "/d", "up", "--json"], ["up", "--data-dir=/d", "--json"]]
)
def test_data_dir_before_or_after_the_command(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIFERING_HOME", "/other")
    assert take_data_dir(arguments) == ["up", "--json"]
    assert default_data_dir() == Path("/d")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["logs", "nobody"],
        ["up", "--instances", "dispatch=many"],
        ["restart", "dispatch"],
        ["token", "--role", "planner", "--hours", "-1"],
        ["tool", "no-such-tool"],
    ],
)
def test_errors_are_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lifering: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["token"], ["up", "--nonsense"], ["token", "--role", "nobody"]]
)
def test_misuse_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert f"\n  {command.name} " in shown


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device", "/d/x"), "the disk is full (/d/x)"),
        (PermissionError(13, "denied", "/d/x"), "no permission for /d/x"),
        (ValueError("odd\nmore"), "unexpected: ValueError: odd"),
    ],
)
def test_other_errors_are_explained(error: Exception, line: str) -> None:
    assert cli.explain(error).startswith(line)


def test_logs_show_the_end_of_each_instance(
    data: DataDir, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (0, 1):
        (data.logs / f"dispatch-{number}.log").write_text(f"a\nb{number}\n")
    (data.logs / "dispatch-9.log.1").touch()
    assert logs.main(["dispatch", "-n", "1"]) == 0
    assert capsys.readouterr().out == "== dispatch-0\nb0\n== dispatch-1\nb1\n"


def test_following_goes_on_in_a_fresh_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a long line from before\n")
    lines = logs.follow([log], from_start=True)
    assert next(lines) == "a long line from before\n"
    with log.open("a") as handle:
        handle.write("more\n")
    assert next(lines) == "more\n"
    log.replace(tmp_path / "a.log.1")
    log.write_text("fresh\n")
    assert next(lines) == "fresh\n"
    lines.close()


def test_the_reason_is_the_line_that_tells(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert "cannot be read" in reason(log)
    log.write_text("starting\nFATAL:  could not bind\nbye\n")
    assert reason(log) == "FATAL:  could not bind"
    log.write_text("x: No space left on device\n")
    assert reason(log) == "the disk is full"


def test_a_token_is_for_this_directory_and_works_without_a_server(
    data: DataDir, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        token.main(["--role", "station", "--subject", "s", "--station", "st", "--hours", "1"]) == 0
    )
    printed = capsys.readouterr().out.strip()
    _, public = key_pair(data)
    now = datetime.now(UTC)
    identity = verify(public, printed, now)
    assert (identity.role, identity.subject, identity.station) == (Role.STATION, "s", "st")
    with pytest.raises(Exception, match="expired"):
        verify(public, printed, now + timedelta(hours=2))


def test_the_selections_of_the_suite_leave_nothing_out() -> None:
    assert test.SELECTIONS.keys() == {"unit", "integration", "e2e", "contracts", "web"}
    for marker in ("integration", "e2e", "contracts", "web"):
        assert f"not {marker}" in test.SELECTIONS["unit"]


# Services


def test_instances() -> None:
    assert parse_instances(["dispatch=2", "alerting=1,gateway=3"]) == {
        "dispatch": 2,
        "alerting": 1,
        "gateway": 3,
    }
    assert parse_instances([]) == {}
    for wrong in ("dispatch", "dispatch=0", "dispatch=x", "nobody=1"):
        with pytest.raises(ValueError, match="--instances"):
            parse_instances([wrong])
    assert process_name("dispatch", 0, 1) == "dispatch"
    assert process_name("dispatch", 1, 2) == "dispatch-1"


def test_a_service_gets_its_contract_and_no_secret_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://admin")
    monkeypatch.setenv("DATABASE_URL_ALERTING", "postgresql://alerting")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector")
    env = service_environment(
        "gateway",
        0,
        8120,
        bootstrap="k:1",
        dsn=None,
        public_key="PEM\nPEM",
        service_token="t",
        urls={"dispatch": ["http://a", "http://b"]},
        units="ours",
        log_level="info",
        root="/r",
    )
    assert not [key for key in env if key.startswith("DATABASE_URL")]
    assert env["LIFERING_URL_DISPATCH"] == "http://a,http://b"
    assert env["LIFERING_TOKEN_PUBLIC_KEY"] == "PEM\nPEM"
    assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector"
    assert env["PYTHONPATH"] == "/r"
    assert "gateway" in SERVICES


# Being stopped


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_work_in_order(number: signal.Signals) -> None:
    done: list[str] = []

    async def work(holding: bool) -> int:
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
        try:
            await (until_stopped() if holding else asyncio.Event().wait())
        finally:
            await asyncio.sleep(0)
            done.append("cleaned up")
        return 0

    assert run_until_stopped(work(holding=True)) == 0
    assert run_until_stopped(work(holding=False)) == STOPPED
    assert done == ["cleaned up"] * 2
