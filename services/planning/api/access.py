"""Who may plan."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from shared.http.auth import requires
from shared.identity.roles import Role
from shared.identity.tokens import Identity

Planner = Annotated[Identity, requires(Role.PLANNER, Role.ADMINISTRATOR)]


async def _authorization(request: Request) -> str:
    """The asker's own header: other services are asked in the asker's name."""
    return request.headers.get("Authorization", "")


Authorization = Annotated[str, Depends(_authorization)]
