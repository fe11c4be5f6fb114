"""The command line: arguments, one-line errors, logs, tokens."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy import cli, links
from deploy.arguments import take_data_dir
from deploy.commands import logs, test, token
from deploy.datadir import DataDir, default_data_dir
from deploy.servers import reason
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
        ["token", "--role", "planner", "--link"],
        ["token", "--role", "service", "--link"],
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


def test_a_link_opens_the_role_s_page_with_the_token_behind_the_fragment(
    data: DataDir, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = {"services": {"gateway": {"urls": ["http://127.0.0.1:8120"]}}}
    monkeypatch.setattr("deploy.commands.status.read_status", lambda _: running)
    _, public = key_pair(data)
    for role, page in links.PAGES.items():
        assert token.main(["--role", role, "--subject", "R-1", "--link"]) == 0
        address, _, carried = capsys.readouterr().out.strip().partition("#token=")
        assert address == f"http://127.0.0.1:8120{page}"
        who = verify(public, carried, datetime.now(UTC))
        assert (who.role, who.subject) == (Role(role), "R-1")
    lines = links.sign_in_lines({**running, "data_dir": str(data.path)}, "R-7")
    assert [line.split()[0] for line in lines] == ["console", "registry", "rescuer"]
    assert verify(public, lines[2].partition("#token=")[2], datetime.now(UTC)).subject == "R-7"
    assert links.sign_in_lines({"services": {}, "data_dir": str(data.path)}, None) == []
