"""Who may do what with stations and units."""

from __future__ import annotations

from typing import Annotated

from shared.http.auth import requires
from shared.identity.roles import Role
from shared.identity.tokens import Identity

Reader = Annotated[
    Identity,
    requires(
        Role.REGISTRAR,
        Role.ADMINISTRATOR,
        Role.DISPATCHER,
        Role.PLANNER,
        Role.STATION,
        Role.SERVICE,
    ),
]
Writer = Annotated[Identity, requires(Role.REGISTRAR, Role.ADMINISTRATOR)]
Teller = Annotated[Identity, requires(Role.STATION, Role.SERVICE, Role.ADMINISTRATOR)]


def sees_crew(who: Identity, station_id: str) -> bool:
    """Whether the names of a unit's crew are shown: to who runs the register, and at home."""
    if who.role is Role.STATION:
        return (who.station or who.subject) == station_id
    return who.role in (Role.REGISTRAR, Role.ADMINISTRATOR)
