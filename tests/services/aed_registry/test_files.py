"""A list as people have it, handed to the register: first what would become of it, then it."""

from __future__ import annotations

import httpx
import pytest

from shared.identity.roles import Role
from tests.services.aed_registry.conftest import Registry

pytestmark = pytest.mark.integration

CHINESE = """编号,名称,纬度,经度,开放时间
1,市民广场,26.2655,117.6389,24/7
2,列东医院,26.2601,117.6350,Mo-Fr 08:00-18:00
3,没有坐标,,,
4,纬度不对,126.2,117.6,
"""


async def send(
    registry: Registry, content: bytes, role: Role = Role.REGISTRAR, **params: str
) -> httpx.Response:
    headers = {**registry.headers(role), "Content-Type": "application/octet-stream"}
    return await registry.client.post(
        "/aeds/files", content=content, headers=headers, params={"name": "三明.csv", **params}
    )


async def test_a_dry_run_says_everything_and_writes_nothing(registry: Registry) -> None:
    answer = await send(registry, CHINESE.encode("gb18030"), datum="gcj02", id_prefix="f-")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["dry_run"], report["encoding"], report["rows"]) == (True, "gb18030", 4)
    assert (report["created"], report["updated"]) == (2, 0)
    assert sorted({row["row"] for row in report["refused"]}) == [3, 4]
    assert all(row["mend"] for row in report["refused"])
    assert (await registry.call("GET", "/aeds/f-1")).status_code == 404


async def test_the_same_file_is_then_taken_once(registry: Registry) -> None:
    content = CHINESE.encode()
    wish = {"datum": "wgs84", "id_prefix": "g-", "dry_run": "false"}
    report = (await send(registry, content, Role.REGISTRAR, **wish)).json()
    assert (report["dry_run"], report["created"], len(report["refused"])) == (False, 2, 2)
    kept = (await registry.call("GET", "/aeds/g-1")).json()
    assert (kept["name"], kept["opening_hours"]) == ("市民广场", "24/7")
    again = (await send(registry, content, Role.REGISTRAR, **wish)).json()
    assert (again["created"], again["unchanged"]) == (0, 2)


@pytest.mark.parametrize(
    ("content", "params", "says"),
    [
        (b"", {}, "empty"),
        (b"[1", {}, "JSON"),
        (b"id,id\n1,2\n", {}, "twice"),
        (CHINESE.encode(), {"mapping": "/etc/passwd.json"}, "mapping"),
        (CHINESE.encode(), {"mapping": "nothing=x"}, "no field"),
    ],
)
async def test_what_is_no_list_is_refused_with_the_mend(
    registry: Registry, content: bytes, params: dict[str, str], says: str
) -> None:
    answer = await send(registry, content, Role.REGISTRAR, **params)
    assert answer.status_code == 422
    assert says in answer.text


async def test_without_a_datum_no_row_is_taken(registry: Registry) -> None:
    report = (await send(registry, CHINESE.encode())).json()
    assert {row["field"] for row in report["refused"] if row["row"] < 3} == {"datum"}


async def test_only_registrars_hand_in_lists(registry: Registry) -> None:
    for role in (Role.DISPATCHER, Role.RESCUER, Role.STATION, Role.PLANNER):
        assert (await send(registry, CHINESE.encode(), role)).status_code == 403
