"""Which policy and which streets plans are made by, and what others would have done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from services.dispatch.api.replay import Rule
from services.dispatch.work import planning
from services.dispatch.work.streets import StreetNetwork
from shared.decision import decide as real_decide
from shared.decision.policy import RULES, Policy, PolicyError
from shared.decision.snapshot import Snapshot
from shared.identity.roles import Role
from shared.streets.graph import save
from shared.streets.synthetic import synthetic_graph
from tests.services.dispatch.test_claims import session
from tests.services.dispatch.test_several_carriers import task_of
from tests.services.dispatch.world import HERE, World, moved, running

ROOT = Path(__file__).parents[3]


def test_every_built_in_rule_can_be_asked_for() -> None:
    assert set(get_args(Rule)) == set(RULES)


@pytest.mark.parametrize("policy", ["no-such-rule", "/no/such/file.json"])
def test_a_policy_that_cannot_be_used_is_one_line(policy: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.dispatch"],
        env={**os.environ, "LIFERING_POLICY": policy, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert policy in done.stderr


@pytest.mark.integration
class TestPolicies:
    async def test_a_deployment_has_its_rule(
        self, kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
    ) -> None:
        where = (kafka_bootstrap, database_url, schema, topics_ready)
        async with running(*where, policy="two-direct-one-aed") as world:
            picture = await world.ok("GET", "/incidents/picture")
            assert picture["policy"]["rule"] == "two-direct-one-aed"
            assert picture["streets"] == {
                "basis": "h3-grid",
                "version": None,
                "attribution": None,
                "warning": None,
            }
            for number in range(5):
                await world.add_rescuer(f"r{number}", 100 + 50 * number)
            await world.add_aed("a1", 180)
            call = await world.call()
            assert call["plan"]["policy"].startswith(call["plan"]["plan"]["policy"])
            tasks = sorted(a["task"] for a in call["incident"]["alerts"])
            assert tasks == ["direct", "direct", "via_aed"]

    async def test_a_bad_policy_stops_the_start(
        self, kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
    ) -> None:
        where = (kafka_bootstrap, database_url, schema, topics_ready)
        with pytest.raises(PolicyError, match="nonsense"):
            async with running(*where, policy="nonsense"):
                raise AssertionError("it started")

    async def test_another_policy_is_asked_and_nothing_happens(self, city: World) -> None:
        call = await city.call()
        incident = call["incident"]
        path = f"/incidents/{incident['id']}/plans/1/replay"
        same = await city.ok("POST", path, {})
        assert same["plan"] == call["plan"]["plan"]
        assert same["policy"] == same["was"]
        assert same["same_streets"] is True
        other = await city.ok("POST", path, {"policy": "all-within-radius"})
        assert other["policy"] != other["was"]
        assert {c["rescuer_id"] for c in other["plan"]["rescuers"]} == {
            f"r{n}" for n in range(1, 6)
        }
        after = await city.incident(incident["id"])
        assert after["version"] == incident["version"]
        assert {a["id"] for a in after["alerts"]} == {a["id"] for a in incident["alerts"]}

    async def test_a_widened_search_is_replayed_widened(self, city: World) -> None:
        incident = (await city.call())["incident"]
        await city.add_rescuer("far", 2_500)
        await city.ok("POST", f"/incidents/{incident['id']}/widen")
        last = await city.ok("GET", f"/incidents/{incident['id']}/plan")
        path = f"/incidents/{incident['id']}/plans/{last['number']}/replay"
        assert (await city.ok("POST", path, {}))["plan"] == last["plan"]

    async def test_who_may_ask_and_for_what(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}/plans"
        nobody = await city.ask("POST", f"{path}/1/replay", {}, role=Role.RESCUER, subject="r1")
        assert nobody.status_code == 403
        planner = await city.ask("POST", f"{path}/1/replay", {}, role=Role.PLANNER, subject="p")
        assert planner.status_code == 200
        file = await city.ask("POST", f"{path}/1/replay", {"policy": "/etc/passwd"})
        assert file.status_code == 422
        assert (await city.ask("POST", f"{path}/99/replay", {})).status_code == 404


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up town around the patient."""
    graph = synthetic_graph(3_000, centre=HERE)
    return save(graph, tmp_path_factory.mktemp("streets") / graph.version)


@pytest.mark.integration
class TestStreets:
    async def test_plans_are_routed_and_say_so(
        self,
        kafka_bootstrap: str,
        database_url: str,
        schema: str,
        topics_ready: str,
        streets: Path,
    ) -> None:
        where = (kafka_bootstrap, database_url, schema, topics_ready)
        async with running(*where, streets=str(streets)) as world:
            used = (await world.ok("GET", "/incidents/picture"))["streets"]
            assert used["basis"] == "streets"
            assert used["version"] == streets.name
            assert "synthetic" in used["attribution"]
            await world.add_rescuer("r1", 200)
            await world.add_aed("a1", 150)
            call = await world.call()
            basis = call["plan"]["plan"]["basis"]
            assert (basis["routing"], basis["streets"]) == ("streets", streets.name)
            assert [a["rescuer_id"] for a in call["incident"]["alerts"]] == ["r1"]
            path = f"/incidents/{call['incident']['id']}/plans/1/replay"
            again = await world.ok("POST", path, {})
            assert again["same_streets"] is True
            assert again["plan"] == call["plan"]["plan"]
            # The way of somebody who comes is the street's, over the AED if they fetch it.
            alert = call["incident"]["alerts"][0]
            own = f"/me/tasks/{alert['id']}/way"
            early = await world.ask("GET", own, role=Role.RESCUER, subject="r1")
            assert (early.status_code, early.json()["type"].rpartition(":")[2]) == (
                409,
                "not-accepted",
            )
            await world.rescuer("r1", alert["id"], "accept")
            ways = await world.ok("GET", f"/incidents/{call['incident']['id']}/ways")
            (way,) = ways["ways"]
            assert (way["kind"], way["id"], way["start"]) == ("rescuer", alert["id"], "believed")
            stops = ["patient"] if alert["aed_id"] is None else ["aed", "patient"]
            assert [(leg["to"], leg["drawn"]) for leg in way["legs"]] == [
                (to, "streets") for to in stops
            ]
            assert len(way["legs"][-1]["points"]) > 3
            assert way["legs"][-1]["points"][-1] == [round(degrees, 6) for degrees in HERE]
            assert await world.ok("GET", own, role=Role.RESCUER, subject="r1") == way
            other = await world.ask("GET", own, role=Role.RESCUER, subject="r2")
            assert other.status_code == 404
            # Where no street is near, the grid tells more than nothing.
            latitude, longitude = moved(60_000)
            far = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
            away = await world.call(place=far)
            assert away["plan"]["plan"]["basis"]["routing"] == "h3-grid"

    @pytest.mark.parametrize("broken", [False, True])
    async def test_without_usable_streets_calls_are_planned_and_people_told(
        self,
        kafka_bootstrap: str,
        database_url: str,
        schema: str,
        topics_ready: str,
        tmp_path: Path,
        broken: bool,
    ) -> None:
        folder = tmp_path / "streets"
        if broken:
            folder.mkdir()
            (folder / "manifest.json").write_text("{")
        where = (kafka_bootstrap, database_url, schema, topics_ready)
        async with running(*where, streets=str(folder)) as world:
            await world.add_rescuer("r1", 200)
            call = await world.call()
            assert call["plan"]["plan"]["basis"]["routing"] == "h3-grid"
            assert call["incident"]["alerts"]
            used = (await world.ok("GET", "/incidents/picture"))["streets"]
            assert used["basis"] == "h3-grid"
            assert "H3 grid" in used["warning"]
            ready = await world.ask("GET", "/ready")
            assert "warning: no streets" in ready.json()["checks"]["streets"]["detail"]

    async def test_a_router_that_fails_stops_no_call(
        self,
        kafka_bootstrap: str,
        database_url: str,
        schema: str,
        topics_ready: str,
        streets: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def decide(snapshot: Snapshot, *rest: object) -> object:
            if snapshot.router is not None:
                raise FloatingPointError("no way")
            return real_decide(snapshot, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(planning, "decide", decide)
        where = (kafka_bootstrap, database_url, schema, topics_ready)
        async with running(*where, streets=str(streets)) as world:
            await world.add_rescuer("r1", 200)
            call = await world.call()
            assert call["plan"]["plan"]["basis"]["routing"] == "h3-grid"
            assert call["incident"]["alerts"]
            used = (await world.ok("GET", "/incidents/picture"))["streets"]
            assert "FloatingPointError" in used["warning"]

    async def test_trees_are_made_before_the_call(
        self,
        kafka_bootstrap: str,
        database_url: str,
        schema: str,
        topics_ready: str,
        streets: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("services.dispatch.work.streets.SETTLE_S", 0.0)
        made: list[StreetNetwork] = []
        read = StreetNetwork.read

        async def keep(folder: str, policy: Policy) -> StreetNetwork:
            made.append(await read(folder, policy))
            return made[0]

        monkeypatch.setattr(StreetNetwork, "read", keep)
        where = (kafka_bootstrap, database_url, schema, topics_ready)
        async with running(*where, streets=str(streets)) as world:
            router = made[0].router_at(*HERE)
            before = router.counters["trees_made"]  # type: ignore[union-attr]
            await world.add_aed("a1", 150)
            await world.settle(
                lambda: router.counters["trees_made"] > before  # type: ignore[union-attr]
            )


@pytest.mark.integration
class TestReach:
    async def test_everyone_who_accepted_and_every_unit(self, city: World) -> None:
        incident = (await city.call())["incident"]
        path = f"/incidents/{incident['id']}/reach"
        empty = await city.ok("GET", path)
        assert [r["id"] for r in empty["responders"]] == ["amb1"]
        alert = incident["alerts"][0]
        await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
        reach = await city.ok("GET", path)
        assert [(r["kind"], r["id"]) for r in reach["responders"]] == [
            ("rescuer", alert["rescuer_id"]),
            ("unit", "amb1"),
        ]
        assert reach["basis"] == "h3-grid"
        parts = {c for r in reach["responders"] for band in r["bands"] for c in band["cells"]}
        assert {c for band in reach["union"] for c in band["cells"]} == parts
        assert parts
        assert (await task_of(city, alert))["state"] == "accepted"

    async def test_places_are_for_dispatchers_and_reading_them_is_on_record(
        self, city: World, schema: str
    ) -> None:
        incident = (await city.call())["incident"]
        alert = incident["alerts"][0]
        await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
        path = f"/incidents/{incident['id']}/reach"
        for role in (Role.RESCUER, Role.PLANNER, Role.STATION):
            answer = await city.ask("GET", path, role=role, subject="x")
            assert answer.status_code == 403
        ways = f"/incidents/{incident['id']}/ways"
        for role in (Role.RESCUER, Role.PLANNER, Role.STATION):
            assert (await city.ask("GET", ways, role=role, subject="x")).status_code == 403
        await city.ok("GET", path)
        shown = await city.ok("GET", ways)
        assert [(way["kind"], way["legs"][0]["drawn"]) for way in shown["ways"]] == [
            ("rescuer", "straight"),
            ("unit", "straight"),
        ]
        async with session(city, schema) as connection:
            read = await connection.fetch("SELECT * FROM audit WHERE action = 'read_location'")
        assert [alert["rescuer_id"] in str(row["detail"]) for row in read] == [True, True]
        unknown = await city.ask("GET", f"/incidents/inc-{'0' * 32}/reach")
        assert unknown.status_code == 404
