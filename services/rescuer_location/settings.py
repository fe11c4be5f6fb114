"""What the rescuers' service is told from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, model_validator

from services.rescuer_location.domain.presence import PresencePolicy
from shared.hours import validate_time_zone
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
    codes_url: HttpUrl | None = Field(
        default=None,
        description="Where the provider of text messages takes codes; none: a registrar reads "
        "them out",
    )
    codes_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What the requests to that provider are signed with",
    )
    codes_per_hour: int = Field(
        default=600, ge=1, description="Codes for all numbers together: texts cost money"
    )
    phone_region: str = Field(
        default="CN",
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166: where a number without its country code belongs",
    )
    time_zone: Annotated[str, AfterValidator(validate_time_zone)] = Field(
        default="Asia/Shanghai", description="IANA name: that of people who enrol by themselves"
    )
    photo_days: int = Field(
        default=30, ge=0, le=366, description="Days that a certificate's photo is kept once seen"
    )
    photo_unverified_days: int = Field(
        default=90, ge=1, le=366, description="Days that it is kept when nobody looks at it"
    )
    retention_every_s: float = Field(
        default=60.0, gt=0, description="How often is looked for what must not be kept any longer"
    )

    @model_validator(mode="after")
    def _provider_complete(self) -> RescuerLocationSettings:
        if (self.codes_url is None) != (self.codes_secret is None):
            raise ValueError("LIFERING_CODES_URL and LIFERING_CODES_SECRET: set both, or neither")
        return self

    @property
    def presence_policy(self) -> PresencePolicy:
        """The rules in one value."""
        return PresencePolicy(
            stale_after_s=self.presence_stale_after_s,
            future_tolerance_s=self.presence_future_tolerance_s,
            refresh_after_s=self.presence_refresh_after_s,
            keep_s=self.presence_keep_s,
        )
