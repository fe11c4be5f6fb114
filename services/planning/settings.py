"""What planning is told from outside."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of planning; other services' addresses come as ``LIFERING_URL_<SERVICE>``."""

    service: str = "planning"
    planning_at_once: int = Field(
        default=1, ge=0, le=64, description="Runs worked at the same time by this instance"
    )
    planning_processes: int = Field(
        default=1, ge=1, le=256, description="Processes that one simulation may use"
    )
    streets: str = Field(
        default="", description="The folder of the street network; empty: the H3 grid"
    )
    policy: str = Field(
        default="", description="A built-in policy's name or a policy file; empty: the default"
    )
