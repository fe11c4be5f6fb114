"""Scenarios are kept and changed, runs are worked, taken up again and stopped."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from services.planning.domain.runs import LEASE, TRIES
from services.planning.store import RunStore
from shared.database.pool import make_pool
from shared.identity.roles import Role
from tests.services.planning.conftest import HERE, OwnSchema, Planning

pytestmark = pytest.mark.integration

IDLE = pytest.mark.parametrize("planning", [0], indirect=True)
NEW = {"kind": "add_aed", "latitude": HERE[0] + 0.02, "longitude": HERE[1], "name": "新"}


@IDLE
async def test_a_scenario_is_kept_changed_and_taken_away(planning: Planning) -> None:
    listed = (await planning.ok("GET", "/scenarios"))["scenarios"]
    assert [each["id"] for each in listed] == ["live", "sanming", "takamatsu", "helsinki"]
    made = await planning.ok(
        "POST", "/scenarios", {"name": "试验", "based_on": "live", "changes": [NEW]}
    )
    assert planning.asked[-1].headers["Authorization"].startswith("Bearer ")  # the asker's own
    path = f"/scenarios/{made['id']}"
    assert made["counts"] == {"aeds": 2, "rescuers": 20, "stations": 1, "units": 1}
    assert {each["name"] for each in made["sites"]["aeds"]} == {"一号", "新"}
    gone = {"kind": "remove_aed", "id": "a1"}
    body = {"name": "试验", "changes": [NEW, gone]}
    assert (await planning.call("PUT", path, body)).status_code == 428
    assert (await planning.call("PUT", path, body, if_match=7)).status_code == 412
    changed = await planning.ok("PUT", path, body, if_match=1)
    assert (changed["version"], changed["counts"]["aeds"]) == (2, 1)
    gone["id"] = "nobody"
    wrong = await planning.call("PUT", path, body, if_match=2)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "changes.1.id"
    assert (await planning.call("DELETE", path)).status_code == 204
    assert (await planning.call("GET", path)).status_code == 404
    assert (await planning.call("DELETE", "/scenarios/live")).status_code == 409
    for role in (Role.DISPATCHER, Role.RESCUER, Role.REGISTRAR, Role.SERVICE):
        assert (await planning.call("GET", "/scenarios", role=role)).status_code == 403


async def test_a_run_is_worked_by_a_process_and_exported(planning: Planning) -> None:
    asked = {
        "kind": "site",
        "scenario_id": "live",
        "parameters": {"model": "mclp", "radius_m": 300, "p": 2, "curve": True},
    }
    taken = await planning.call("POST", "/runs", asked)
    assert taken.status_code == 202
    run = await planning.ended(taken.json()["id"])
    assert run["problem"] is None
    result = run["result"]
    assert (result["status"], result["gap"], len(result["sites"])) == ("optimal", 0, 2)
    assert [point["p"] for point in result["curve"]] == [0, 1, 2]
    shares = [point["covered_share"] for point in result["curve"]]
    assert shares == sorted(shares)
    assert shares[0] > 0  # what stands already
    file = await planning.call("GET", f"/runs/{run['id']}/export?format=csv")
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == [site["id"] for site in result["sites"]]
    stream = await planning.call("GET", f"/runs/{run['id']}/stream")
    assert '"state": "done"' in stream.text


@IDLE
async def test_a_run_whose_worker_is_gone_is_taken_up_again_and_given_up_in_the_end(
    planning: Planning, database_url: str, schema: str
) -> None:
    asked = {"kind": "coverage", "scenario_id": "live"}
    run_id = (await planning.ok("POST", "/runs", asked))["id"]
    settings = OwnSchema(own_schema=schema, database_url=database_url)
    pool = await make_pool(settings, schema=schema)
    store, now = RunStore(pool), planning.clock.now()
    try:
        for number in range(TRIES):
            taken = await store.take(f"w{number}", now)
            assert taken is not None
            assert (taken.id, taken.tries) == (run_id, number + 1)
            assert await store.take("other", now) is None  # it is leased
            assert not await store.renew(run_id, "other", now, 0.5, "")
            now += LEASE + timedelta(seconds=1)
        assert await store.take("last", now) is None
    finally:
        await pool.close()
    run = await planning.ok("GET", f"/runs/{run_id}")
    assert (run["state"], run["problem"]["type"]) == ("failed", "interrupted")


@IDLE
async def test_a_waiting_run_is_stopped_and_nonsense_refused(planning: Planning) -> None:
    run_id = (await planning.ok("POST", "/runs", {"kind": "coverage", "scenario_id": "live"}))["id"]
    assert (await planning.ok("DELETE", f"/runs/{run_id}"))["state"] == "stopped"
    listed = (await planning.ok("GET", "/runs?scenario_id=live"))["runs"]
    assert [each["id"] for each in listed] == [run_id]
    assert (await planning.call("GET", f"/runs/{run_id}/export?format=csv")).status_code == 409
    bad = {"kind": "site", "scenario_id": "live", "parameters": {"model": "mclp", "p": 2}}
    refused = await planning.call("POST", "/runs", bad)
    assert (refused.status_code, "radius_m" in refused.text) == (422, True)
    nothing = {"kind": "replay", "parameters": {"policy": "k-nearest"}}
    assert (await planning.call("POST", "/runs", nothing)).status_code == 409
