"""What dispatch is told from outside."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Dispatch's settings; the numbers of the decision are in the policy file."""

    service: str = "dispatch"
    units: Literal["ours", "external"] = Field(
        default="ours", description="Who commands ambulances: we, or another dispatch system"
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
        description="The folder of the street network (./lifering import roads); empty: plans are "
        "made on the H3 grid",
    )
    acknowledge_within_s: float = Field(
        default=60.0,
        gt=0,
        le=3_600,
        description="A unit that has not acknowledged by then is replaced; China's target is that "
        "95 % are out within 180 s of the order (2025), which leaves a second unit its turn",
    )
