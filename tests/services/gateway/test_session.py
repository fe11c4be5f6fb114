"""Whose token it is, asked of the gateway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.identity.roles import Role
from shared.identity.tokens import issue
from tests.services.gateway.world import KEYS, bearer, gateway


async def test_everybody_learns_what_their_own_token_says() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    async with gateway({}) as client:
        for role in Role:
            token = issue(
                KEYS.private_pem,
                role=role,
                subject="R-1",
                now=now,
                lifetime_s=600,
                station="st-1" if role is Role.STATION else None,
            )
            for path in ("/api/session", "/session"):
                answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
                assert answer.json() == {
                    "role": role.value,
                    "subject": "R-1",
                    "station": "st-1" if role is Role.STATION else None,
                    "expires_at": (now + timedelta(seconds=600)).isoformat().replace("+00:00", "Z"),
                    "renewable": False,
                }


async def test_without_a_good_token_there_is_no_session() -> None:
    async with gateway({}) as client:
        assert (await client.get("/api/session")).status_code == 401
        spoilt = bearer(Role.RESCUER)["Authorization"][:-3]
        answer = await client.get("/api/session", headers={"Authorization": spoilt})
        assert answer.status_code == 401
        assert (await client.delete("/api/session", headers=bearer(Role.RESCUER))).status_code in (
            404,
            405,
        )
