"""The register of rescuers over HTTP, on a real database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.rescuer_location.main import build
from shared.contracts.records import RescuerRecord
from shared.contracts.topics import RESCUERS
from shared.geometry.cells import cell_of, shard_of_cell
from shared.http.auth import undeclared_routes
from shared.identity.roles import Role
from tests.services.rescuer_location.world import HOME, SANMING, Running, World, eventually, row


def test_every_route_says_who_may() -> None:
    assert undeclared_routes(build().app) == []


@pytest.mark.integration
class TestContacts:
    async def test_a_service_reads_numbers_for_an_incident_and_nobody_else(
        self, world: World, service: Running
    ) -> None:
        await service.call(
            "POST", "/rescuers", row("R-1", name="Li Wei", phone="+86 138 0000 0000")
        )
        asked = {
            "rescuer_ids": ["R-1", "R-none"],
            "incident_id": "inc-1",
            "asked_by": "dispatcher:alice",
        }
        found = await service.call("POST", "/rescuers/contacts", asked, role=Role.SERVICE)
        assert [(each["id"], each["name"]) for each in found.json()["contacts"]] == [
            ("R-1", "Li Wei")
        ]
        for role in (Role.DISPATCHER, Role.REGISTRAR, Role.ADMINISTRATOR, Role.RESCUER):
            refused = await service.call("POST", "/rescuers/contacts", asked, role=role)
            assert refused.status_code == 403
        lines = await world.sql(
            "SELECT actor, subject FROM audit WHERE action = 'rescuer.contact.read'"
        )
        assert [tuple(line) for line in lines] == [("dispatcher:alice", "R-1")]


@pytest.mark.integration
class TestRegister:
    async def test_create_read_replace_retire(self, world: World, service: Running) -> None:
        created = await service.call("POST", "/rescuers", row("R-1"))
        assert created.status_code == 201, created.text
        assert created.headers["etag"] == '"1"'
        assert created.headers["location"] == "/rescuers/R-1"
        assert created.json()["shard"] == shard_of_cell(HOME)
        read = await service.call("GET", "/rescuers/R-1")
        assert read.json() == created.json()

        again = await service.call("POST", "/rescuers", row("R-1"))
        assert again.status_code == 409
        assert again.json()["detail"].startswith("The rescuer 'R-1' is registered already;")

        changed = row("R-1", available=False)
        assert (await service.call("PUT", "/rescuers/R-1", changed)).status_code == 428
        stale = await service.call("PUT", "/rescuers/R-1", changed, if_match=9)
        assert stale.status_code == 412
        put = await service.call("PUT", "/rescuers/R-1", changed, if_match=1)
        assert (put.status_code, put.json()["available"], put.headers["etag"]) == (
            200,
            False,
            '"2"',
        )

        retired = await service.call("DELETE", "/rescuers/R-1", if_match=2)
        assert (retired.status_code, retired.json()["retired"]) == (200, True)
        assert (await service.call("GET", "/rescuers")).json()["items"] == []
        listed = await service.call("GET", "/rescuers", include_retired=True)
        assert [each["id"] for each in listed.json()["items"]] == ["R-1"]
        history = await service.call("GET", "/rescuers/R-1/history")
        assert [each["change"] for each in history.json()["items"]] == [
            "retired",
            "replaced",
            "created",
        ]

        async def published() -> bool:
            return len(await world.records(RESCUERS)) == 3

        await eventually(published)
        records = await world.records(RESCUERS)
        assert records[-1].value is None
        first = RescuerRecord.model_validate_json(records[0].value or b"")
        assert (first.id, first.version, first.places[0].cell) == ("R-1", 1, HOME)

    async def test_what_is_read_can_be_written_back(self, service: Running) -> None:
        read = (await service.call("POST", "/rescuers", row("R-1"))).json()
        for name in ("version", "shard", "retired", "created_at", "updated_at", "warnings"):
            del read[name]
        put = await service.call("PUT", "/rescuers/R-1", read, if_match=1)
        assert put.status_code == 200, put.text
        assert put.headers["etag"] == '"1"'

    async def test_a_coordinate_becomes_a_cell_and_its_datum_counts(self, service: Running) -> None:
        place = {"latitude": SANMING[0], "longitude": SANMING[1], "datum": "gcj02"}
        rows = row("R-1", places=[{"kind": "home", "place": place}])
        del rows["time_zone"]
        created = (await service.call("POST", "/rescuers", rows)).json()
        assert list(created["places"][0]) == ["kind", "cell", "hours"]
        assert created["places"][0]["cell"] != HOME
        assert created["time_zone"] == "Asia/Shanghai"
        zero = {"latitude": 0, "longitude": 0, "datum": "wgs84"}
        at_zero = row("R-2", places=[{"kind": "home", "place": zero}])
        created = (await service.call("POST", "/rescuers", at_zero)).json()
        assert created["places"][0]["cell"] == cell_of(0, 0)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"places": [{"kind": "home"}]}, "places.0"),
            (
                {"places": [{"kind": "home", "place": {"latitude": 26.2, "longitude": 117.6}}]},
                "places.0.place.datum",
            ),
            (
                {
                    "places": [
                        {
                            "kind": "home",
                            "place": {"latitude": 91, "longitude": 0, "datum": "wgs84"},
                        }
                    ]
                },
                "places.0.place.latitude",
            ),
            ({"places": [{"kind": "home", "cell": "8928308280fffff"}]}, "places.0.cell"),
            (
                {"places": [{"kind": "home", "cell": HOME, "hours": "Mo-Fx 9"}]},
                "places.0.hours",
            ),
            ({"quiet_hours": "whenever"}, "quiet_hours"),
            ({"time_zone": "Mars/Base"}, "time_zone"),
            ({"places": [], "time_zone": None}, "time_zone"),
            ({"consent": {"alerts": "yes", "location": True}}, "consent.alerts"),
            ({"credential": {"kind": "cpr", "expires_on": 20260101}}, "credential.expires_on"),
            ({"nickname": "x"}, "nickname"),
        ],
    )
    async def test_what_is_wrong_is_named_with_its_mend(
        self, service: Running, changes: dict[str, Any], field: str
    ) -> None:
        answer = await service.call("POST", "/rescuers", row("R-1", **changes))
        assert answer.status_code == 422, answer.text
        errors = answer.json()["errors"]
        assert field in [error["field"] for error in errors]
        assert all(error["mend"] for error in errors)
        assert (await service.call("GET", "/rescuers/R-1")).status_code == 404

    async def test_an_expired_credential_is_taken_in_with_a_warning(self, service: Running) -> None:
        expired = row("R-1", credential={"kind": "cpr", "expires_on": "2026-03-01"})
        created = await service.call("POST", "/rescuers", expired)
        assert created.status_code == 201
        assert "expired after 2026-03-01" in created.json()["warnings"][0]
        today = row("R-2", credential={"kind": "cpr", "expires_on": "2026-03-02"})
        assert (await service.call("POST", "/rescuers", today)).json()["warnings"] == []
        report = (await service.call("POST", "/rescuers/bulk", [{**expired, "id": "R-3"}])).json()
        assert (report["accepted"], report["refused"]) == (1, 0)
        assert "expired" in report["rows"][0]["warnings"][0]
        expiring = await service.call("GET", "/rescuers", expiring_before="2026-03-02")
        assert [each["id"] for each in expiring.json()["items"]] == ["R-1", "R-3"]

    async def test_verifying_looks_at_the_credential(self, service: Running) -> None:
        expired = {"kind": "cpr", "expires_on": "2026-03-01"}
        await service.register(row("R-1", state="enrolled", credential=expired))
        refused = await service.call("POST", "/rescuers/R-1/verify", {})
        assert (refused.status_code, refused.json()["type"]) == (
            409,
            "urn:lifering:problem:cannot-verify",
        )
        renewed = {"kind": "cpr", "expires_on": "2028-03-01"}
        verified = await service.call("POST", "/rescuers/R-1/verify", {"credential": renewed})
        assert verified.status_code == 200
        assert verified.json()["state"] == "verified"
        assert verified.json()["credential"]["verified_on"] == "2026-03-02"
        assert verified.json()["warnings"] == []

    async def test_names_and_numbers_are_for_registrars_and_the_rescuer(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1"), row("R-2"))
        for role in Role:
            read = await service.call("GET", "/rescuers/R-1", role=role, subject="somebody")
            listed = await service.call("GET", "/rescuers", role=role, subject="somebody")
            if role is Role.RESCUER:
                assert (read.status_code, listed.status_code) == (403, 403)
                continue
            secret = ("张 R-1", "138 0000", "C-R-1")
            seen = [each in read.text and each in listed.text for each in secret]
            private = role in (Role.REGISTRAR, Role.ADMINISTRATOR)
            assert seen == [private] * 3, role
        own = await service.own("R-1", "/me/rescuer")
        assert (own["name"], own["credential"]["number"]) == ("张 R-1", "C-R-1")

    async def test_every_read_of_places_is_written_down_once(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1"), row("R-2"), row("R-3"))
        expected: list[tuple[str, str, str, dict[str, Any]]] = []
        for role in (
            Role.REGISTRAR,
            Role.ADMINISTRATOR,
            Role.DISPATCHER,
            Role.PLANNER,
            Role.SERVICE,
        ):
            who: dict[str, Any] = {"role": role, "subject": "somebody"}
            for path in ("/rescuers/R-1", "/rescuers"):
                assert HOME in (await service.call("GET", path, **who, limit=2)).text
            private = role in (Role.REGISTRAR, Role.ADMINISTRATOR)
            read, listed = (
                ("rescuer.read", "rescuer.list") if private else ("rescuer.places.read",) * 2
            )
            page = {"rows": 2, "first": "R-1", "last": "R-2"}
            expected += [
                (f"{role}:somebody", read, "R-1", {}),
                (f"{role}:somebody", listed, "*", page),
            ]
        await service.call("GET", "/rescuers/R-1/history")
        expected.append(("registrar:li", "rescuer.history", "R-1", {"rows": 1}))
        # Nothing is shown of who is not there, and one's own places are one's own business.
        await service.call("GET", "/rescuers/R-9", role=Role.DISPATCHER)
        await service.own("R-1", "/me/rescuer")
        lines = await world.sql("SELECT actor, action, subject, detail FROM audit ORDER BY id")
        assert [(*tuple(each)[:3], json.loads(each["detail"])) for each in lines] == expected

    async def test_stations_see_no_places_and_cannot_search_by_them(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1"))
        read = await service.call("GET", "/rescuers/R-1", role=Role.STATION)
        listed = await service.call("GET", "/rescuers", role=Role.STATION)
        assert [read.json()["places"], listed.json()["items"][0]["places"]] == [None, None]
        assert HOME not in read.text + listed.text
        box = "117.6,26.2,117.7,26.3"
        refused = await service.call("GET", "/rescuers", role=Role.STATION, bbox=box)
        assert refused.status_code == 403
        assert await world.sql("SELECT 1 FROM audit") == []

    async def test_what_cannot_be_written_down_is_not_shown(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1"))
        await world.sql("ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false)")
        for path in ("/rescuers/R-1", "/rescuers"):
            refused = await service.call("GET", path, role=Role.DISPATCHER)
            assert refused.status_code == 500
            assert HOME not in refused.text
            assert (await service.call("GET", path, role=Role.STATION)).status_code == 200

    async def test_looking_for_names_is_for_registrars(self, service: Running) -> None:
        await service.register(row("R-1", name="Li Wei"), row("R-2", name="Wang 100%"))
        found = await service.call("GET", "/rescuers", q="li w")
        assert [each["id"] for each in found.json()["items"]] == ["R-1"]
        found = await service.call("GET", "/rescuers", q="%")
        assert [each["id"] for each in found.json()["items"]] == ["R-2"]
        refused = await service.call("GET", "/rescuers", role=Role.DISPATCHER, q="li")
        assert refused.status_code == 403

    async def test_who_may_write(self, service: Running) -> None:
        for role in Role:
            allowed = role in (Role.REGISTRAR, Role.ADMINISTRATOR)
            for method, path, body in (
                ("POST", "/rescuers", row(f"N-{role}")),
                ("POST", "/rescuers/bulk", []),
                ("POST", "/rescuers/R-9/verify", {}),
                ("PUT", "/rescuers/R-9", row("R-9")),
                ("DELETE", "/rescuers/R-9", None),
            ):
                answer = await service.call(method, path, body, role=role)
                assert (answer.status_code != 403) is allowed, (role, path)
                assert answer.status_code < 500
        assert (await service.call("GET", "/rescuers", role=None)).status_code == 401

    async def test_pages_and_the_map(self, service: Running) -> None:
        far = cell_of(-17.8, 179.99)
        await service.register(
            *(row(f"R-{number}") for number in range(5)),
            row("Z-1", places=[{"kind": "home", "cell": far}]),
            row("Z-2", places=[]),
        )
        ids: list[str] = []
        cursor: str | None = None
        while True:
            more: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
            page = (await service.call("GET", "/rescuers", limit=3, **more)).json()
            ids += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert ids == ["R-0", "R-1", "R-2", "R-3", "R-4", "Z-1", "Z-2"]
        box = await service.call("GET", "/rescuers", bbox="117.6,26.2,117.7,26.3")
        assert len(box.json()["items"]) == 5
        across = await service.call("GET", "/rescuers", bbox="179,-18,-179,-17")
        assert [each["id"] for each in across.json()["items"]] == ["Z-1"]

    async def test_own_changes(self, service: Running) -> None:
        await service.register(row("R-1"))
        me: dict[str, Any] = {"role": Role.RESCUER, "subject": "R-1"}
        answer = await service.call(
            "PATCH", "/me/rescuer", {"available": False, "quiet_hours": "22:00-06:00"}, **me
        )
        assert answer.status_code == 200
        assert (answer.json()["available"], answer.json()["quiet_hours"]) == (False, "22:00-06:00")
        answer = await service.call("PATCH", "/me/rescuer", {"quiet_hours": None}, **me)
        assert (answer.json()["available"], answer.json()["quiet_hours"]) == (False, None)
        refused = await service.call("PATCH", "/me/rescuer", {"state": "verified"}, **me)
        assert refused.status_code == 422
        nobody = await service.call(
            "PATCH", "/me/rescuer", {"available": True}, role=Role.RESCUER, subject="R-9"
        )
        assert nobody.status_code == 404
        other = await service.call("GET", "/me/rescuer", role=Role.DISPATCHER, subject="R-1")
        assert other.status_code == 403

    async def test_a_whole_network_in_one_upload(self, service: Running) -> None:
        rows = [row(f"R-{number:05}") for number in range(32_400)]
        rows[100] = {**rows[100], "places": [{"kind": "home", "cell": "no"}]}
        rows[200] = {**rows[200], "id": "R-00000"}
        report = (await service.call("POST", "/rescuers/bulk", rows)).json()
        assert (report["accepted"], report["created"], report["refused"]) == (32_398, 32_398, 2)
        assert [(each["row"], each["errors"][0]["field"]) for each in report["rows"]] == [
            (101, "places.0.cell"),
            (201, "id"),
        ]
        again = (await service.call("POST", "/rescuers/bulk", rows)).json()
        assert (again["unchanged"], again["refused"]) == (32_398, 2)


@pytest.mark.integration
class TestPresenceReads:
    async def test_a_dispatcher_s_look_is_written_down(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1"))
        await world.send(world.position("R-1", HOME, 30))

        async def live() -> bool:
            return await service.live_cell("R-1") == HOME

        await eventually(live)
        seen = await service.call("GET", "/presence/R-1", role=Role.DISPATCHER, subject="chen")
        assert seen.json() == {
            "rescuer_id": "R-1",
            "live": {"cell": HOME, "recorded_at": "2026-03-02T01:59:30Z", "age_s": 30.0},
            "counts": {"place": "live", "cell": HOME, "why": "live_is_young"},
        }
        audit = await world.sql("SELECT actor, action, subject FROM audit")
        assert [tuple(each) for each in audit] == [("dispatcher:chen", "presence.read", "R-1")]
        for role in set(Role) - {Role.DISPATCHER}:
            refused = await service.call("GET", "/presence/R-1", role=role)
            assert refused.status_code == 403, role
        assert (await service.call("GET", "/presence/R-9", role=Role.DISPATCHER)).status_code == 404

    async def test_without_a_live_place_the_usual_one_of_the_hour_counts(
        self, world: World, service: Running
    ) -> None:
        work = cell_of(26.27, 117.64)
        places = [
            {"kind": "work", "cell": work, "hours": "Mo-Fr 08:00-18:00"},
            {"kind": "home", "cell": HOME, "hours": "Mo-Fr 18:00-08:00; Sa-Su 00:00-24:00"},
        ]
        await service.register(
            row("R-1", places=places),
            row("R-2", places=places[:1]),
            row("R-3", places=places, consent={"alerts": True, "location": False}),
        )
        assert (await service.own("R-1"))["counts"] == {
            "place": "work",
            "cell": work,
            "why": "no_live_place",
        }
        assert (await service.own("R-3"))["counts"]["why"] == "no_location_consent"
        world.clock.advance(10 * 3_600)  # 20:00 in Sanming
        assert (await service.own("R-1"))["counts"]["cell"] == HOME
        assert (await service.own("R-2"))["counts"] == {
            "place": "none",
            "cell": None,
            "why": "no_live_place",
        }
