"""A list of people handed to the register: tried first, and nobody's own word overruled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.rescuer_location.domain.rescuer import Rescuer
from services.rescuer_location.work.files import KnownPeople
from shared.http.problems import Problem
from shared.identity.roles import Role
from shared.registry.model import Entry
from tests.services.rescuer_location.world import HOME, Running, World, row

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CHINESE = f"""编号,姓名,电话,证书编号,有效期至,住所网格
1,王小明,13800001111,A-1,2027-05-01,{HOME}
2,李四,13800002222,A-2,不是日期,{HOME}
3,赵六,138 0000 1111,A-3,2027-05-01,{HOME}
"""


def entry(rescuer: Rescuer, *, retired: bool = False) -> Entry[Rescuer]:
    return Entry(rescuer.id, 1, rescuer, None, None, 0, retired, NOW, NOW)


def known(*rescuers: Rescuer, retired: bool = False) -> KnownPeople:
    entries = {each.id: entry(each, retired=retired) for each in rescuers}
    return KnownPeople(entries, {"+8613800000000": rescuers[0].id}, "CN")


def listed(**said: Any) -> Rescuer:
    return Rescuer.model_validate(
        {
            "id": "R-1",
            "name": "王小明",
            "time_zone": "Asia/Shanghai",
            "consent": {"alerts": False, "location": False},
            "provenance": {"source": "list.csv"},
            **said,
        }
    )


def test_what_a_list_does_not_say_stays() -> None:
    before = Rescuer.model_validate(row("R-1", quiet_hours="22:00-06:00", available=False))
    after = known(before).met(listed())
    assert after == before.model_copy(update={"name": "王小明"})
    moved = known(before).met(listed(skills=["cpr"], state="suspended"))
    assert (moved.skills, moved.state.value) == (("cpr",), "suspended")
    assert moved.consent == before.consent


def test_a_paper_that_was_looked_at_stays_looked_at() -> None:
    paper = {"kind": "first_aid", "number": "C-1", "expires_on": "2027-12-31"}
    before = Rescuer.model_validate(row("R-1", credential={**paper, "verified_on": "2026-01-01"}))
    assert known(before).met(listed(credential=paper)).credential == before.credential
    newer = known(before).met(listed(credential={**paper, "expires_on": "2028-12-31"})).credential
    assert newer is not None
    assert newer.verified_on is None


def test_nobody_who_left_is_brought_back_and_no_number_has_two_owners() -> None:
    before = Rescuer.model_validate(row("R-1"))
    for people, wanted, field in (
        (known(before, retired=True), listed(), "id"),
        (known(before), listed(id="R-2", phone="138 0000 0000"), "phone"),
    ):
        with pytest.raises(Problem) as refused:
            people.met(wanted)
        assert [error.field for error in refused.value.errors] == [field]
    assert known(before).met(listed(phone="+86 138-0000-0000")).id == "R-1"


@pytest.mark.integration
async def test_a_list_is_tried_then_taken_and_refuses_row_by_row(
    world: World, service: Running
) -> None:
    await service.call("POST", "/rescuers", row("p-1", consent={"alerts": True, "location": True}))

    async def send(role: Role = Role.REGISTRAR, **wish: str) -> Any:
        return await service.client.post(
            "/rescuers/files",
            content=CHINESE.encode("gb18030"),
            params={"name": "人员.csv", "id_prefix": "p-", **wish},
            headers={**service.headers(role), "Content-Type": "application/octet-stream"},
        )

    tried = (await send()).json()
    assert (tried["dry_run"], tried["created"], tried["updated"]) == (True, 0, 1)
    assert [(each["row"], each["field"]) for each in tried["refused"]] == [
        (2, "expires_on"),
        (3, "phone"),
    ]
    assert (await service.call("GET", "/rescuers/p-1")).json()["version"] == 1
    taken = (await send(dry_run="false")).json()
    assert (taken["dry_run"], taken["updated"]) == (False, 1)
    kept = (await service.call("GET", "/rescuers/p-1")).json()
    assert (kept["name"], kept["consent"]["alerts"], kept["places"][0]["cell"]) == (
        "王小明",
        True,
        HOME,
    )
    assert (await send(dry_run="false")).json()["unchanged"] == 1
    for role in set(Role) - {Role.REGISTRAR, Role.ADMINISTRATOR}:
        assert (await send(role)).status_code == 403
