"""What alerting is told from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    model_validator,
)

from services.alerting.domain.order import (
    DEFAULT_DEADLINE_S,
    IN_APP,
    ChannelOrder,
    ChannelTurn,
)
from shared.settings import ServiceSettings


class ChannelSetting(BaseModel):
    """One channel, in the order in which it is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,31}$", description="`in_app`, or the name of a webhook below"
    )
    deadline_s: float = Field(
        default=DEFAULT_DEADLINE_S,
        gt=0,
        le=3_600,
        description="From its first try to `delivered`; then the next channel is tried",
    )
    url: HttpUrl | None = Field(default=None, description="Where the provider takes messages")
    secret: SecretStr | None = Field(
        default=None, min_length=16, description="What both sides sign with"
    )

    @model_validator(mode="after")
    def _complete(self) -> ChannelSetting:
        webhook = self.url is not None and self.secret is not None
        if self.channel == IN_APP and (self.url is not None or self.secret is not None):
            raise ValueError("channels: in_app takes no url and no secret; leave them out")
        if self.channel != IN_APP and not webhook:
            raise ValueError(f"channels: {self.channel}: needs a url and a secret")
        return self


def _sound(channels: tuple[ChannelSetting, ...]) -> tuple[ChannelSetting, ...]:
    order_of(channels)
    return channels


def order_of(channels: tuple[ChannelSetting, ...]) -> ChannelOrder:
    """The order that the settings say; raises ``ValueError`` naming what is wrong."""
    return ChannelOrder(tuple(ChannelTurn(one.channel, one.deadline_s) for one in channels))


class Settings(ServiceSettings):
    """Alerting's settings."""

    service: str = "alerting"
    channels: Annotated[tuple[ChannelSetting, ...], AfterValidator(_sound)] = Field(
        default=(ChannelSetting(channel=IN_APP),),
        description="LIFERING_CHANNELS: the order of channels with their deadlines, as JSON",
    )

    @property
    def order(self) -> ChannelOrder:
        """The order in which channels are tried."""
        return order_of(self.channels)
