"""Certificates before a registrar, and who may see what."""

from __future__ import annotations

from typing import Any

import pytest

from shared.identity.roles import Role
from tests.services.rescuer_location.enrolling import (
    ask,
    code_of,
    enrolled,
)
from tests.services.rescuer_location.test_enrolment_rules import base64_of, image_bytes
from tests.services.rescuer_location.world import Running, World, row

pytestmark = pytest.mark.integration


class TestWhoMay:
    async def test_codes_and_photos_are_for_registrars_and_every_look_is_written_down(
        self, world: World, service: Running
    ) -> None:
        photo = base64_of(image_bytes("JPEG"))
        rescuer_id = await enrolled(
            service, credential={"kind": "cpr", "expires_on": "2027-01-01", "photo": photo}
        )
        path = f"/rescuers/{rescuer_id}/credential-photo"
        for role in (*Role, None):
            listed = await service.call("GET", "/enrolments", role=role)
            seen = await service.call("GET", path, role=role, subject=rescuer_id)
            allowed = role is Role.REGISTRAR
            expected = 200 if allowed else 401 if role is None else 403
            assert (listed.status_code, seen.status_code) == (expected, expected), role
        seen = await service.call("GET", path)
        assert seen.headers["content-type"] == "image/jpeg"
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.content.startswith(b"\xff\xd8\xff")
        assert (await service.call("GET", "/rescuers/R-9/credential-photo")).status_code == 404
        lines = await world.sql("SELECT actor, action, subject FROM audit ORDER BY id")
        assert [tuple(each) for each in lines] == [
            ("registrar:li", "enrolment.list", "*"),  # who read the code out
            ("registrar:li", "enrolment.list", "*"),
            (f"registrar:{rescuer_id}", "rescuer.photo.read", rescuer_id),
            ("registrar:li", "rescuer.photo.read", rescuer_id),
        ]

    async def test_sessions_are_the_gateway_s_business(self, service: Running) -> None:
        asked = await ask(service)
        code = await code_of(service, asked["enrolment_id"])
        body = {"enrolment_id": asked["enrolment_id"], "code": code}
        session = f"/sessions/ses-{'0' * 32}"
        for role in (*(set(Role) - {Role.SERVICE}), None):
            for method, path, said in (
                ("POST", "/sessions", body),
                ("POST", f"{session}/refresh", {"rescuer_id": "R-1"}),
                ("POST", f"{session}/end", {"rescuer_id": "R-1"}),
                ("GET", "/sessions/ended?since=2026-01-01T00:00:00Z", None),
            ):
                answer = await service.call(method, path, said, role=role)
                assert answer.status_code == (401 if role is None else 403), (role, path)

    async def test_verifying_and_refusing(self, world: World, service: Running) -> None:
        rescuer_id = await enrolled(service)
        me: dict[str, Any] = {"role": Role.RESCUER, "subject": rescuer_id}
        for role in set(Role) - {Role.REGISTRAR, Role.ADMINISTRATOR}:
            for path, body in (("verify", {}), ("refuse", {"reason": "no"})):
                answer = await service.call(
                    "POST", f"/rescuers/{rescuer_id}/{path}", body, role=role, subject=rescuer_id
                )
                assert answer.status_code == 403
        no = await service.call(
            "POST", f"/rescuers/{rescuer_id}/refuse", {"reason": "The name differs"}
        )
        assert (no.status_code, no.json()["state"]) == (200, "suspended")
        own = (await service.call("GET", "/me/rescuer", **me)).json()
        assert own["review"]["reason"] == "The name differs"
        assert own["available_now"]["reasons"] == ["refused", "no_certificate", "no_place"]
        seen = await service.call("GET", f"/rescuers/{rescuer_id}", role=Role.DISPATCHER)
        assert (seen.json()["review"], seen.json()["offered"]) == (None, None)
        again = await service.call(
            "PUT",
            "/me/rescuer/credential",
            {"kind": "cpr", "photo": base64_of(image_bytes("WEBP"))},
            **me,
        )
        assert (again.status_code, again.json()["state"]) == (200, "enrolled")
        unknown = await service.call("POST", f"/rescuers/{rescuer_id}/verify", {})
        assert unknown.status_code == 409
        shown = {"credential": {"kind": "cpr", "expires_on": "2028-01-01"}}
        yes = await service.call("POST", f"/rescuers/{rescuer_id}/verify", shown)
        assert yes.json()["state"] == "verified"
        text = await service.call("PUT", "/me/rescuer/credential", {"kind": "cpr", "photo": "eA=="},
                                  **me)  # fmt: skip
        assert text.json()["errors"][0]["field"] == "photo"

    async def test_lists_by_status(self, service: Running) -> None:
        def until(day: str) -> dict[str, str]:
            return {"kind": "cpr", "expires_on": day}

        await service.register(
            row("R-1", credential=until("2026-03-01")),
            row("R-2", credential=until("2026-03-02")),
            row("R-3", credential=until("2026-04-01")),
            row("R-4", credential=until("2026-04-02")),
            row("R-5", state="enrolled"),
            row("R-6", offered={"kind": "cpr"}),
        )
        for expected, asked in (
            (["R-5", "R-6"], {"status": "pending_verification"}),
            (["R-1"], {"status": "certificate_expired"}),
            (["R-2", "R-3"], {"status": "certificate_expiring"}),
            (["R-2"], {"status": "certificate_expiring", "within_days": 29}),
        ):
            listed = await service.call("GET", "/rescuers", **asked)
            assert [each["id"] for each in listed.json()["items"]] == expected, asked
        assert (await service.call("GET", "/rescuers", status="all")).status_code == 422
