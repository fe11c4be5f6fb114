"""What the register of stations and units is told from outside."""

from __future__ import annotations

from pydantic import Field

from services.ambulance_stations.domain.states import Commander
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of stations and units; the numbers of the circles are in the policy file."""

    service: str = "ambulance_stations"
    units: Commander = Field(
        default=Commander.OURS,
        description="Who commands the units: ours (orders of dispatch set their states), or "
        "external (another dispatch system does, and tells their states)",
    )
    policy: str = Field(
        default="",
        description="A built-in policy's name or a policy file; empty: the one that comes with the "
        "software",
    )
    policy_file: str | None = Field(
        default=None, description="The same as LIFERING_POLICY, which goes before it"
    )
    streets: str = Field(
        default="",
        description="The folder of the street network (./lifering import roads); empty: circles "
        "are worked out on the H3 grid",
    )
