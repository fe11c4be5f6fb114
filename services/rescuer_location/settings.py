"""What the rescuers' service is told from outside."""

from __future__ import annotations

from pydantic import Field

from services.rescuer_location.domain.presence import PresencePolicy
from shared.settings import ServiceSettings


class RescuerLocationSettings(ServiceSettings):
    """Settings of the register of rescuers and their presence."""

    service: str = "rescuer_location"
    kafka_wait_s: float = Field(
        default=15.0, ge=0, description="How long the start waits for Kafka before it goes on"
    )
    presence_stale_after_s: float = Field(
        default=900.0, gt=0, description="Older positions are ignored"
    )
    presence_future_tolerance_s: float = Field(
        default=60.0, ge=0, description="Positions further ahead of our clock are ignored"
    )
    presence_refresh_after_s: float = Field(
        default=300.0, gt=0, description="An unchanged cell is told again after this"
    )
    presence_keep_s: float = Field(
        default=7_200.0, gt=0, description="The last cell of somebody silent is deleted after this"
    )
    presence_tidy_every_s: float = Field(
        default=30.0, gt=0, description="How often is looked for presences to delete"
    )
    positions_batch: int = Field(default=2_000, ge=1, description="Positions handled together")

    @property
    def presence_policy(self) -> PresencePolicy:
        """The rules in one value."""
        return PresencePolicy(
            stale_after_s=self.presence_stale_after_s,
            future_tolerance_s=self.presence_future_tolerance_s,
            refresh_after_s=self.presence_refresh_after_s,
            keep_s=self.presence_keep_s,
        )
