"""The benchmark of the decision: same world and same answers for all, an honest document."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deploy.commands import bench
from deploy.errors import UserError
from loadtests.decision import making, measure, peers, postgis, report, servers
from loadtests.decision import world as w
from loadtests.decision.ours import Ours
from loadtests.decision.question import Answer, Question, answer_of, question_of
from loadtests.decision.records import patients_at, rescuer_records, snapshot_of
from loadtests.decision.redis_peer import parsed
from loadtests.decision.resp import Redis, RedisError
from shared.contracts.records import PresenceRecord, RescuerRecord
from shared.decision import default_policy
from shared.decision.keeper import Keeper
from shared.geometry.cells import centre_of
from shared.geometry.distance import great_circle_m

POLICY = default_policy()
INSTALL_PEERS = Path(__file__).parents[2] / "loadtests" / "install-peers"


@pytest.fixture(scope="module")
def world() -> w.World:
    return making.make(4_000, 60, 12, seed=3, live_max_age_s=POLICY.places.live_max_age_s)


@pytest.fixture(scope="module")
def ours(world: w.World) -> Ours:
    return Ours(snapshot_of(world), POLICY)


@pytest.fixture(scope="module")
def question(world: w.World, ours: Ours) -> Question:
    return question_of(world, POLICY, ours.usable)


def test_the_same_seed_makes_the_same_world(world: w.World) -> None:
    again = making.make(4_000, 60, 12, seed=3)
    other = making.make(4_000, 60, 12, seed=4)
    assert np.array_equal(world.rescuers.latitude, again.rescuers.latitude, equal_nan=True)
    assert np.array_equal(world.rescuers.alerts_recent, again.rescuers.alerts_recent)
    assert not np.array_equal(world.aeds.latitude, other.aeds.latitude)
    assert not np.array_equal(
        making.patients(world, 10, stream=1), making.patients(world, 10, stream=2)
    )


def test_a_million_is_many_cities_apart() -> None:
    cities = making.make(100_000, 10, 10, seed=1).cities
    assert len(cities) == 3
    for one in cities:
        for other in cities:
            if one is not other:
                metres = great_circle_m(
                    one.latitude, one.longitude, other.latitude, other.longitude
                )
                assert metres > 1e3 * (making.CITY_APART_KM - 1)


def test_records_hold_what_the_columns_say(world: w.World) -> None:
    rescuers = world.rescuers
    for number, (profile, told) in enumerate(rescuer_records(world)):
        assert w.number_of(profile.id) == number
        assert profile == RescuerRecord.model_validate(profile.model_dump())
        assert told is None or told == PresenceRecord.model_validate(told.model_dump())
        assert profile.transport_mode is w.MODES[rescuers.mode[number]]
        assert (told is not None) == bool(rescuers.phone[number])
        cells = {place.kind.value: place.cell for place in profile.places}
        if told is not None:
            cells["phone"] = told.cell
        where = {w.HOME: "home", w.WORK: "work", w.PHONE: "phone"}.get(rescuers.where[number])
        if where is None:
            assert np.isnan(rescuers.latitude[number])
        else:
            place = (rescuers.latitude[number], rescuers.longitude[number])
            assert centre_of(cells[where]) == pytest.approx(place)


def test_brute_force_is_what_it_says(world: w.World, question: Question) -> None:
    latitude, longitude = making.patients(world, 1, stream=5)[0].tolist()
    near = []
    for number in np.flatnonzero(question.eligible).tolist():
        place = (world.rescuers.latitude[number], world.rescuers.longitude[number])
        if not np.isnan(place[0]):
            metres = great_circle_m(latitude, longitude, *place)
            if metres <= question.rescuer_m:
                near.append((metres, number))
    near.sort()
    answer = answer_of(world, question, latitude, longitude)
    assert answer.rescuers == {number for _, number in near[: question.enough]}
    assert len(answer.units) == min(question.units, int(question.free.sum()))


def test_percentiles_are_nearest_ranks_and_repeats_give_medians() -> None:
    values = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert measure.percentile(values, 50) == 3.0
    assert measure.percentile(values, 99) == 5.0
    assert measure.percentile(np.arange(1.0, 201.0), 99) == 198.0
    repeats = [np.array([1.0, 9.0]), np.array([2.0, 7.0]), np.array([3.0, 8.0])]
    assert measure.summary(repeats) == {"p50_us": 2.0, "p99_us": 8.0}
    assert measure.ratio({"p99_us": 30.0}, {"p99_us": 600.0}) == 0.05
    assert measure.ratio({"p99_us": 30.0}, None) is None


def test_agreement_counts_questions_and_names_the_differences() -> None:
    def answer(*rescuers: int) -> Answer:
        return Answer(frozenset(rescuers), frozenset({1}), frozenset({2}))

    share, told = report.agreement([answer(1, 2), answer(3)] * 2, [answer(1, 2), answer(3, 4)] * 2)
    assert share == 0.5
    assert told[0] == {"query": 1, "rescuers": {"ours_only": [], "theirs_only": [4]}}


async def test_all_are_asked_the_same_questions_in_turn() -> None:
    log: list[tuple[str, int]] = []

    async def waited(number: int) -> None:
        log.append(("b", number))

    asked = [
        measure.Contestant("a", lambda number: log.append(("a", number))),
        measure.Contestant("b", waited, waits=True),
    ]
    await measure.run(asked, 4, 2, seed=1, say=lambda line: None)
    warm_up, per_repeat, unrehearsed = 2 * 4, 2 * 4 * 2, 2 * 4
    assert len(log) == warm_up + 2 * per_repeat + unrehearsed
    # Question by question, another first each time.
    assert log[8:12] == [("a", 0), ("b", 0), ("b", 1), ("a", 1)]
    assert [len(each.paced) for each in asked] == [2, 2]
    assert [len(each.unrehearsed) for each in asked] == [1, 1]


async def test_nothing_is_rehearsed_while_a_peer_is_waited_for() -> None:
    paused: list[tuple[str, bool]] = []
    keeper = Keeper(lambda *_: snapshot_of(making.make(10, 2, 2, seed=1)), POLICY, lambda: w.NOW)

    async def waited(_: int) -> None:
        paused.append(("peer", keeper.paused))

    asked = [
        measure.Contestant("ours", lambda _: paused.append(("ours", keeper.paused))),
        measure.Contestant("peer", waited, waits=True),
    ]
    await measure.run(asked, 3, 1, seed=1, say=lambda line: None, keepers=[keeper])
    assert ("peer", True) in paused
    assert ("ours", True) not in paused
    assert not keeper.paused


async def test_contestants_are_asked_as_often_each() -> None:
    asked = [measure.Contestant("a", lambda _: None), measure.Contestant("b", lambda _: None)]
    await measure.run(asked, 4, 2, seed=1, say=lambda line: None)
    assert all(len(repeat) == 4 for each in asked for repeat in each.paced + each.tight)


def served(raw: bytes, folder: Path) -> Redis:
    """A client whose server says ``raw``, a few bytes at a time."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "s"))
    listening.listen()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, listening:
            connection.recv(1000)
            for first in range(0, len(raw), 3):
                connection.sendall(raw[first : first + 3])

    threading.Thread(target=serve, daemon=True).start()
    return Redis(folder / "s")


def test_replies_of_redis_come_in_pieces(tmp_path: Path) -> None:
    near = b"*2\r\n*2\r\n$2\r\n17\r\n$8\r\n120.2500\r\n*2\r\n$1\r\n4\r\n$6\r\n0.5000\r\n"
    client = served(near + b":3\r\n+OK\r\n$-1\r\n*0\r\n", tmp_path)
    replies = client.ask(["GEOSEARCH"], ["X"], ["X"], ["X"], ["X"])
    numbers, metres = parsed(replies[0])
    assert numbers.tolist() == [17, 4]
    assert metres == pytest.approx([120.25, 0.5], rel=1e-3)
    assert replies[1:] == [3, b"OK", None, []]
    assert [len(column) for column in parsed(replies[4])] == [0, 0]
    with pytest.raises(RedisError, match="closed"):
        client.ask(["PING"])
    client.close()


def test_errors_of_redis_are_told(tmp_path: Path) -> None:
    client = served(b"-ERR unknown command\r\n", tmp_path)
    with pytest.raises(RedisError, match="unknown command"):
        client.ask(["NONSENSE"])
    client.close()


def test_missing_peers_are_named_with_the_way_to_get_them(tmp_path: Path) -> None:
    found = servers.find((tmp_path / "programs", tmp_path / "shared"), path=str(tmp_path))
    assert found.postgis is None
    assert found.redis is None
    assert len(found.missing) == 2
    assert all("loadtests/install-peers" in line for line in found.missing)


def test_the_newest_postgresql_with_postgis_is_taken(tmp_path: Path) -> None:
    programs, shared = tmp_path / "programs", tmp_path / "shared"
    for version, extended in (("9", True), ("15", True), ("17", False)):
        folder = programs / version / "bin"
        folder.mkdir(parents=True)
        (folder / "postgres").touch()
        if extended:
            control = shared / version / "extension" / "postgis.control"
            control.parent.mkdir(parents=True)
            control.write_text("comment = 'x'\ndefault_version = '3.3.2'\n")
    found = servers.find((programs, shared)).postgis
    assert found == servers.PostgisPrograms(programs / "15" / "bin", "15", "3.3.2")


def test_a_server_that_ends_at_once_says_why_and_leaves_nothing() -> None:
    with servers.children() as running:
        folder = running.folder
        with pytest.raises(UserError, match="Thing did not start; it said: no such luck"):
            running.start("Thing", ["sh", "-c", "echo no such luck; exit 3"], lambda: False)
        running.start("Sleeper", ["sleep", "1000"], lambda: True)
        sleeper = running.pids[-1]
        os.kill(sleeper, 0)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(sleeper, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["decision", "--sizes", "many"],
        ["decision", "--sizes", "5"],
        ["decision", "--repeats", "0"],
        ["decision", "--seconds", "-1"],
        ["decision", "--nodes", "few"],
    ],
)
def test_errors_are_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main(arguments)
    assert stopped.value.code == 2
    shown = capsys.readouterr().err
    assert shown.startswith("lifering: ")
    assert shown.count("\n") == 1


def test_installing_peers_needs_root() -> None:
    nobody: dict[str, Any] = {} if os.geteuid() else {"user": 65534, "group": 65534}
    with INSTALL_PEERS.open() as script:
        done = subprocess.run(
            ["sh", "-s"],
            stdin=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **nobody,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("install-peers: apt needs root")


FIELDS = {
    "rescuers", "aeds", "units", "straight", "streets", "postgis", "redis", "ratio_postgis_p99",
    "ratio_redis_p99", "ratio_streets_postgis_p99", "agreement",
}  # fmt: skip


@pytest.mark.integration
def test_without_peers_ours_is_measured_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = servers.Found(None, None, ("no redis-server on this machine: run something",))
    monkeypatch.setattr(servers, "find", lambda: missing)
    sizes = ["--sizes", "1000,1500", "--repeats", "2", "--seconds", "0.1", "--nodes", "30000"]
    assert bench.main(["decision", "--json", *sizes]) == 0
    shown = capsys.readouterr()
    assert "run something" in shown.err
    document = json.loads(shown.out)
    assert document["missing"] == list(missing.missing)
    assert [size["rescuers"] for size in document["sizes"]] == [1000, 1500]
    for size in document["sizes"]:
        assert size.keys() >= FIELDS
        assert size["straight"]["p99_us"] >= size["straight"]["p50_us"] > 0
        assert len(size["straight"]["repeats"]) == len(size["streets"]["repeats"]) == 2
        assert size["streets"]["network"]["nodes"] == pytest.approx(30_000, rel=0.1)
        assert size["streets"]["network"]["trees"] > 0
        assert size["postgis"] is size["redis"] is size["ratio_postgis_p99"] is None
        assert size["agreement"] is None
    assert document["claim"]["synchronous_commit"] == "on"
    assert document["claim"]["claims_mean"] > 0
    assert document["machine"]["postgis"] is None
    assert report.table(document).endswith("run something")


@pytest.fixture(scope="module")
def filled() -> Iterator[peers.Sockets]:
    """Whatever peers this machine has."""
    found = servers.find()
    if found.missing:
        pytest.skip("; ".join(found.missing))
    with servers.children() as running:
        yield peers.start(running, found)


@pytest.mark.integration
async def test_peers_answer_as_brute_force_does(
    filled: peers.Sockets, world: w.World, question: Question
) -> None:
    places = making.patients(world, 40, stream=9).tolist()
    expected = [answer_of(world, question, *place) for place in places]
    async with peers.filled(filled, world, question, lambda line: None) as both:
        assert both.postgis is not None
        assert both.redis is not None
        rows = [postgis.answer(await both.postgis.ask(*place)) for place in places]
        geo = [both.redis.ask(*place) for place in places]
        plan = await both.postgis.plan()
    assert rows == expected
    # Its places are good to 0.6 m only: neighbours at the last place may be swapped.
    assert report.agreement(geo, expected)[0] >= 0.9
    assert plan.count("Index Scan using") == 3


@pytest.mark.integration
def test_the_document_with_peers(filled: peers.Sockets, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.postgis is not None
    sizes = ["--sizes", "2000", "--repeats", "1", "--seconds", "0.1", "--nodes", "3000"]
    assert bench.main(["decision", "--json", *sizes]) == 0
    (size,) = json.loads(capsys.readouterr().out)["sizes"]
    assert size["agreement"] == 1.0
    assert size["disagreements"] == []
    assert size["ratio_postgis_p99"] == pytest.approx(
        size["straight"]["p99_us"] / size["postgis"]["p99_us"], abs=1e-3
    )


def test_our_candidates_are_those_of_brute_force(
    world: w.World, ours: Ours, question: Question
) -> None:
    places = making.patients(world, 40, stream=9)
    expected = [answer_of(world, question, *place) for place in places.tolist()]
    assert [ours.answer(patient) for patient in patients_at(places, 1)] == expected
