"""What alerting is told from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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
