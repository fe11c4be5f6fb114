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
    policy_file: str | None = Field(
        default=None, description="A policy file; the one that comes with the software otherwise"
    )
