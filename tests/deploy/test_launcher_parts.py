"""The launcher's small parts: data directory, ports, control socket, services, being stopped."""

import asyncio
import base64
import json
import os
import signal
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from deploy.commands import status
from deploy.control import ask, control_server
from deploy.datadir import DataDir
from deploy.embedded import java
from deploy.embedded.system_user import SystemUser, require_reach
from deploy.errors import UserError
from deploy.launcher import STOPPED, run_until_stopped, until_stopped
from deploy.ports import Ports
from deploy.services import SERVICES, parse_instances, process_name, service_environment
from deploy.tokens import key_pair, push_key


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
    push_key(data)
    private = [data.path / "passwords.json", *data.keys.glob("*.pem"), data.keys / "push.key"]
    assert len(private) == 4
    for file in private:
        assert _mode(file) == 0o600


def test_a_directory_keeps_its_push_key_unless_the_environment_has_one(
    data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIFERING_VAPID_PRIVATE_KEY", raising=False)
    first = push_key(data)
    assert len(base64.urlsafe_b64decode(first + "=")) == 32
    assert push_key(data) == first
    monkeypatch.setenv("LIFERING_VAPID_PRIVATE_KEY", "one's own")
    assert push_key(data) == "one's own"


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
    monkeypatch.setenv("LIFERING_TOKEN_PRIVATE_KEY", "somebody's own")
    monkeypatch.setenv("LIFERING_VAPID_PRIVATE_KEY", "somebody's own")
    monkeypatch.delenv("LIFERING_VAPID_SUBJECT", raising=False)

    def environment(service: str) -> dict[str, str]:
        return service_environment(
            service,
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
            private_key="SECRET",
            push_key="PUSH",
        )

    env = environment("gateway")
    # Tokens are signed where phones sign in, and nowhere else.
    assert env["LIFERING_TOKEN_PRIVATE_KEY"] == "SECRET"
    for other in set(SERVICES) - {"gateway"}:
        assert "LIFERING_TOKEN_PRIVATE_KEY" not in environment(other)
    # And pushes where they are sent.
    pushing = environment("alerting")
    assert pushing["LIFERING_VAPID_PRIVATE_KEY"] == "PUSH"
    assert pushing["LIFERING_VAPID_SUBJECT"].startswith("mailto:")
    for other in set(SERVICES) - {"alerting"}:
        assert "LIFERING_VAPID_PRIVATE_KEY" not in environment(other)
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
