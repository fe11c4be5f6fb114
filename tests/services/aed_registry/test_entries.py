"""The register over HTTP, on a real database and a real broker."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.aed_registry.main import build
from services.aed_registry.settings import Settings
from shared.contracts.records import AedRecord
from shared.contracts.topics import AEDS
from shared.geometry.cells import partition_of_shard, shard_of_place
from shared.http.auth import undeclared_routes
from shared.identity.roles import Role
from tests.services.aed_registry.conftest import NOW, Registry

Row = Callable[..., dict[str, Any]]
Register = Callable[..., Awaitable[dict[str, Any]]]

SANMING = {"latitude": 26.2634, "longitude": 117.6389, "datum": "wgs84"}
TAKAMATSU = {"latitude": 34.3428, "longitude": 134.0466, "datum": "wgs84"}


def test_every_route_says_who_may() -> None:
    assert undeclared_routes(build(Settings()).app) == []


@pytest.mark.integration
async def test_create_read_replace_retire(registry: Registry, row: Row) -> None:
    made = await registry.call("POST", "/aeds", row())
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"] == "/aeds/AED-1"
    assert made.json()["time_zone"] == "Asia/Shanghai"

    again = await registry.call("POST", "/aeds", row())
    assert (again.status_code, again.json()["type"]) == (409, "urn:lifering:problem:id-taken")
    assert again.json()["detail"].startswith("The AED 'AED-1' is registered already;")

    replaced = await registry.call("PUT", "/aeds/AED-1", row(name="New"), if_match=1)
    assert (replaced.status_code, replaced.headers["etag"]) == (200, '"2"')
    unchanged = await registry.call("PUT", "/aeds/AED-1", row(name="New"), if_match=2)
    assert unchanged.headers["etag"] == '"2"'

    retired = await registry.call("DELETE", "/aeds/AED-1", if_match=2)
    assert (retired.status_code, retired.json()["retired"]) == (200, True)
    assert (await registry.call("GET", "/aeds")).json()["items"] == []
    kept = await registry.call("GET", "/aeds", include_retired=True)
    assert [item["id"] for item in kept.json()["items"]] == ["AED-1"]

    history = (await registry.call("GET", "/aeds/AED-1/history")).json()["items"]
    assert [(line["version"], line["change"]) for line in history] == [
        (3, "retired"),
        (2, "replaced"),
        (1, "created"),
    ]
    assert history[0]["by"] == "registrar:li"

    back = await registry.call("PUT", "/aeds/AED-1", row(), if_match=3)
    assert (back.json()["retired"], back.json()["version"]) == (False, 4)


@pytest.mark.integration
async def test_what_is_read_can_be_written_back(registry: Registry, registered: Register) -> None:
    await registered(place={**SANMING, "datum": "gcj02"}, opening_hours="Mo-Fr 08:00-18:00")
    seen = (await registry.call("GET", "/aeds/AED-1")).json()
    fields = build(Settings()).app.openapi()["components"]["schemas"]["AedRow"]["properties"]
    same = {name: seen[name] for name in fields}
    put = await registry.call("PUT", "/aeds/AED-1", same, if_match=1)
    assert (put.status_code, put.json()["version"]) == (200, 1)


@pytest.mark.integration
async def test_a_stale_or_missing_version_is_refused(
    registry: Registry, registered: Register, row: Row
) -> None:
    await registered()
    for method in ("PUT", "DELETE"):
        body = row(name="Mine") if method == "PUT" else None
        assert (await registry.call(method, "/aeds/AED-1", body)).status_code == 428
        stale = await registry.call(method, "/aeds/AED-1", body, if_match=9)
        assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
        assert (await registry.call(method, "/aeds/none", body)).status_code in (404, 422)
    assert (await registry.call("GET", "/aeds/AED-1")).json()["version"] == 1


@pytest.mark.integration
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"place": {"latitude": 26.0, "longitude": 117.0}}, "place.datum"),
        ({"place": {**SANMING, "latitude": 91}}, "place.latitude"),
        ({"opening_hours": "Mo-Fr at noonish"}, "opening_hours"),
        ({"time_zone": "Sanming"}, "time_zone"),
        ({"name": "\x00"}, "name"),
    ],
)
async def test_bad_input_names_the_field_and_the_mend_and_changes_nothing(
    registry: Registry, registered: Register, row: Row, fields: dict[str, Any], field: str
) -> None:
    before = await registered()
    refused = await registry.call("PUT", "/aeds/AED-1", row(**fields), if_match=1)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    error = refused.json()["errors"][0]
    assert error["field"] == field
    assert error["mend"]
    assert (await registry.call("GET", "/aeds/AED-1")).json() == before


@pytest.mark.integration
async def test_codes_and_keepers_are_shown_only_to_who_runs_the_register(
    registry: Registry, registered: Register
) -> None:
    await registered()
    for role in (Role.REGISTRAR, Role.ADMINISTRATOR, Role.SERVICE):
        seen = (await registry.call("GET", "/aeds/AED-1", role=role)).json()
        assert (seen["access_code"], seen["keeper"]["name"]) == ("2580#", "林晓")
    for role in (Role.DISPATCHER, Role.PLANNER, Role.STATION):
        for path in ("/aeds/AED-1", "/aeds"):
            answer = await registry.call("GET", path, role=role)
            assert answer.status_code == 200
            assert "2580#" not in answer.text
            assert "林晓" not in answer.text
        assert (await registry.call("GET", "/aeds/AED-1", role=role)).json()["code_known"] is True
    assert (await registry.call("GET", "/aeds/AED-1", role=Role.RESCUER)).status_code == 403
    for role in (Role.DISPATCHER, Role.PLANNER, Role.STATION, Role.RESCUER):
        assert (await registry.call("GET", "/aeds/AED-1/access", role=role)).status_code == 403
        assert (await registry.call("GET", "/aeds/AED-1/history", role=role)).status_code == 403
    code = await registry.call("GET", "/aeds/AED-1/access", role=Role.SERVICE, subject="dispatch")
    assert code.json()["access_code"] == "2580#"
    assert (await registry.client.get("/aeds")).status_code == 401


@pytest.mark.integration
async def test_every_read_of_codes_and_keepers_is_written_down_once(
    registry: Registry, registered: Register
) -> None:
    for name in ("AED-1", "AED-2", "AED-3"):
        await registered(id=name)
    expected: list[tuple[str, str, str, dict[str, Any]]] = []
    for role in (Role.REGISTRAR, Role.ADMINISTRATOR, Role.SERVICE):
        for path in ("/aeds/AED-1", "/aeds"):
            assert "2580#" in (await registry.call("GET", path, role=role, limit=2)).text
        page = {"rows": 2, "first": "AED-1", "last": "AED-2"}
        expected += [
            (f"{role}:li", "aed.private.read", "AED-1", {}),
            (f"{role}:li", "aed.private.read", "*", page),
        ]
    assert "2580#" in (await registry.call("GET", "/aeds/AED-1/history")).text
    expected.append(("registrar:li", "aed.private.read", "AED-1", {"rows": 1}))
    # Nothing private is answered to these.
    for role in (Role.DISPATCHER, Role.PLANNER, Role.STATION):
        for path in ("/aeds/AED-1", "/aeds"):
            assert (await registry.call("GET", path, role=role)).status_code == 200
    assert (await registry.call("GET", "/aeds/none")).status_code == 404
    assert (await registry.client.get("/public/aeds")).status_code == 200
    lines = await registry.sql("SELECT actor, action, subject, detail FROM audit ORDER BY id")
    assert [(*tuple(each)[:3], json.loads(each["detail"])) for each in lines] == expected


@pytest.mark.integration
async def test_what_cannot_be_written_down_is_not_shown(
    registry: Registry, registered: Register
) -> None:
    await registered()
    await registry.sql("ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false)")
    for path in ("/aeds/AED-1", "/aeds", "/aeds/AED-1/history"):
        refused = await registry.call("GET", path)
        assert refused.status_code == 500
        assert "2580#" not in refused.text
        assert (await registry.call("GET", path, role=Role.DISPATCHER)).status_code in (200, 403)


@pytest.mark.integration
async def test_pages_and_boxes(registry: Registry, registered: Register) -> None:
    places = {
        "a-fiji-west": (-17.0, 179.9),
        "b-fiji-east": (-17.0, -179.9),
        "c-null": (0.0, 0.0),
        "d-sanming": (26.2634, 117.6389),
    }
    for name, (latitude, longitude) in places.items():
        await registered(
            id=name, place={"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
        )

    async def ids(**params: Any) -> list[str]:
        answer = await registry.call("GET", "/aeds", **params)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await ids(bbox="179,-18,-179,-16") == ["a-fiji-west", "b-fiji-east"]
    assert await ids(bbox="-1,-1,1,1") == ["c-null"]
    assert await ids(bbox="0,0,0,0") == ["c-null"]
    assert await ids(bbox="117,26,118,27") == ["d-sanming"]

    seen, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": 3} if cursor is None else {"limit": 3, "cursor": cursor}
        page = (await registry.call("GET", "/aeds", **params)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(places)
    for bad in ({"bbox": "1,2,3"}, {"bbox": "0,9,0,-9"}, {"cursor": "xxxx"}, {"limit": 0}):
        assert (await registry.call("GET", "/aeds", **bad)).status_code == 422


@pytest.mark.integration
async def test_filters(registry: Registry, registered: Register) -> None:
    checked = NOW.isoformat()
    await registered(
        id="good", name="Library", pads_expire_on="2026-03-02", last_checked_at=checked
    )
    await registered(id="pads", pads_expire_on="2026-03-01", last_checked_at=checked)
    await registered(id="never", last_checked_at=None, address="梅列区100%路")
    await registered(id="old", last_checked_at="2025-01-01T08:00:00+08:00", state="unknown")
    await registered(id="hours", opening_hours=None, last_checked_at=checked)
    await registry.call("POST", "/aeds/good/reports", {"kind": "other"}, role=Role.RESCUER)

    async def ids(**params: Any) -> set[str]:
        answer = await registry.call("GET", "/aeds", **params)
        return {item["id"] for item in answer.json()["items"]}

    assert await ids(problem="expired_pads") == {"pads"}
    assert await ids(problem="unchecked") == {"never", "old"}
    assert await ids(problem="no_hours") == {"hours"}
    assert await ids(problem="reported") == {"good"}
    assert await ids(state="unknown") == {"old"}
    assert await ids(q="LIBR") == {"good"}
    assert await ids(q="100%") == {"never"}
    assert await ids(q="%") == {"never"}


@pytest.mark.integration
async def test_an_upload_is_decided_row_by_row(
    registry: Registry, registered: Register, row: Row
) -> None:
    await registered(id="kept", opening_hours="24/7")
    await registered(id="same")
    rows = [
        row(id="new"),
        row(id="new", name="Twice"),
        row(id="kept", opening_hours="sometimes"),
        row(id="same"),
        row(id="no-datum", place={"latitude": 1, "longitude": 1}),
        row(id="high", place={**SANMING, "latitude": 91}),
        row(id="null-island", place={"latitude": 0, "longitude": 0, "datum": "wgs84"}),
        row(id="ahead", last_checked_at="2027-01-01T00:00:00Z"),
    ]
    report = (await registry.call("POST", "/aeds/bulk", rows)).json()
    counts = [report[k] for k in ("accepted", "created", "updated", "unchanged", "refused")]
    assert counts == [3, 2, 0, 1, 5]
    refused = {each["row"]: each["errors"][0] for each in report["rows"]}
    assert {number: error["field"] for number, error in refused.items()} == {
        2: "id",
        3: "opening_hours",
        5: "place.datum",
        6: "place.latitude",
        8: "last_checked_at",
    }
    assert "row 1" in refused[2]["message"]
    assert all(error["mend"] for error in refused.values())
    kept = (await registry.call("GET", "/aeds/kept")).json()
    assert (kept["opening_hours"], kept["version"]) == ("24/7", 1)

    again = (await registry.call("POST", "/aeds/bulk", [rows[0], rows[3]], report="all")).json()
    assert [(each["row"], each["outcome"]) for each in again["rows"]] == [
        (1, "unchanged"),
        (2, "unchanged"),
    ]


@pytest.mark.integration
async def test_an_upload_does_not_talk_a_doubt_away(
    registry: Registry, registered: Register, row: Row
) -> None:
    await registered()
    await registry.call("POST", "/aeds/AED-1/reports", {"kind": "missing"}, role=Role.RESCUER)
    report = (await registry.call("POST", "/aeds/bulk", [row(), row(id="other")])).json()
    assert (report["unchanged"], report["created"]) == (1, 1)
    await registry.call("POST", "/aeds/bulk", [row(name="Renamed")])
    seen = (await registry.call("GET", "/aeds/AED-1")).json()
    assert (seen["name"], seen["state"]) == ("Renamed", "in_service")
    assert (seen["effective_state"], seen["open_reports"]) == ("unknown", ["missing"])


@pytest.mark.integration
async def test_the_topic_carries_the_declared_record_and_tombstones(
    registry: Registry, registered: Register, row: Row
) -> None:
    here = partition_of_shard(shard_of_place(26.2634, 117.6389), AEDS.partitions)
    there = partition_of_shard(shard_of_place(34.3428, 134.0466), AEDS.partitions)
    assert here != there
    await registered()
    await registry.call("PUT", "/aeds/AED-1", row(place=TAKAMATSU), if_match=1)
    await registry.call("DELETE", "/aeds/AED-1", if_match=2)
    records = await registry.records(4)
    by_partition = {
        partition: [each for each in records if each.partition == partition]
        for partition in (here, there)
    }
    first, left = by_partition[here]
    moved, gone = by_partition[there]
    assert (left.value, gone.value) == (None, None)
    assert {each.key for each in records} == {b"AED-1"}
    record = AedRecord.model_validate_json(first.value or b"")
    assert json.loads(first.value or b"") == json.loads(record.model_dump_json())
    assert (record.version, record.latitude, record.code_known) == (1, 26.2634, True)
    assert "2580#" not in (first.value or b"").decode()
    assert AedRecord.model_validate_json(moved.value or b"").version == 2
    headers = dict(gone.headers)
    assert (headers["ce_version"], headers["ce_subject"]) == (b"3", b"AED-1")
    assert headers["ce_type"] == AEDS.event_type.encode()
