"""What alerting is told from outside."""

from __future__ import annotations

from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    model_validator,
)

from services.alerting.domain.order import (
    DEFAULT_DEADLINE_S,
    IN_APP,
    WEB_PUSH,
    Asleep,
    ChannelOrder,
    ChannelTurn,
    QuietHours,
)
from services.alerting.domain.push import DEFAULT_HOSTS, EndpointRules
from services.alerting.domain.vapid import Vapid
from shared.hours import validate_time_zone
from shared.settings import ServiceSettings, unescape

_OURS = (IN_APP, WEB_PUSH)
"""Channels of our own; all others are providers behind a webhook."""


class QuietHoursSetting(BaseModel):
    """When a channel sleeps, in the deployment's local time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: time = Field(alias="from", description="HH:MM; it sleeps from here")
    end: time = Field(alias="to", description="HH:MM; awake from here, perhaps on the next day")
    then: Asleep = Field(default=Asleep.LAST, description="`last`: after the others; or `skip`")

    @model_validator(mode="after")
    def _sound(self) -> QuietHoursSetting:
        if self.begin.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("channels: quiet_hours are local times; leave the offset out")
        self.hours()
        return self

    def hours(self) -> QuietHours:
        """The same for the order."""
        return QuietHours(self.begin, self.end, self.then)


class ChannelSetting(BaseModel):
    """One channel, in the order in which it is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,31}$",
        description="`in_app`, `web_push`, or a provider's name, such as `sms`",
    )
    deadline_s: float = Field(
        default=DEFAULT_DEADLINE_S,
        gt=0,
        le=3_600,
        description="From its first try to `delivered`; then the next channel is tried",
    )
    with_previous: bool = Field(
        default=False, description="Begins together with the channel before it, not after it"
    )
    quiet_hours: QuietHoursSetting | None = Field(
        default=None, description="When it sleeps; needs LIFERING_TIME_ZONE"
    )
    follow_ups: bool = Field(
        default=False,
        description="A provider's: it carries the question how it was as well, which can wait",
    )
    url: HttpUrl | None = Field(default=None, description="Where the provider takes messages")
    secret: SecretStr | None = Field(
        default=None, min_length=16, description="What both sides sign with"
    )

    @model_validator(mode="after")
    def _complete(self) -> ChannelSetting:
        webhook = self.url is not None and self.secret is not None
        ours = self.channel in _OURS
        if ours and (self.url is not None or self.secret is not None):
            raise ValueError(f"channels: {self.channel} takes no url and no secret; leave them out")
        if not ours and not webhook:
            raise ValueError(f"channels: {self.channel}: needs a url and a secret")
        return self

    def turn(self) -> ChannelTurn:
        """Its place in the order."""
        quiet = None if self.quiet_hours is None else self.quiet_hours.hours()
        return ChannelTurn(
            self.channel, self.deadline_s, self.with_previous, quiet, self.follow_ups
        )


def _sound(channels: tuple[ChannelSetting, ...]) -> tuple[ChannelSetting, ...]:
    ChannelOrder(tuple(one.turn() for one in channels))
    return channels


class Settings(ServiceSettings):
    """Alerting's settings."""

    service: str = "alerting"
    channels: Annotated[tuple[ChannelSetting, ...], AfterValidator(_sound)] = Field(
        default=(
            ChannelSetting(channel=IN_APP),
            ChannelSetting(channel=WEB_PUSH, with_previous=True),
        ),
        description="LIFERING_CHANNELS: the order of channels with their deadlines, as JSON",
    )
    time_zone: Annotated[str, AfterValidator(validate_time_zone)] | None = Field(
        default=None, description="LIFERING_TIME_ZONE: what quiet hours are told in, an IANA name"
    )
    vapid_private_key: Annotated[SecretStr, BeforeValidator(unescape)] = Field(
        default=SecretStr(""),
        description="LIFERING_VAPID_PRIVATE_KEY: 32 bytes in base64url, or PEM; none: no web push",
    )
    vapid_subject: str = Field(
        default="",
        description="LIFERING_VAPID_SUBJECT: mailto: or https: of who runs this deployment",
    )
    push_hosts: tuple[str, ...] = Field(
        default=DEFAULT_HOSTS,
        description="LIFERING_PUSH_HOSTS: push services that are sent to, *.name for all below it",
    )
    ended_sessions_every_s: float = Field(
        default=10.0,
        gt=0,
        description="How often is asked which phones have signed out, to push to them no more",
    )
    push_insecure: bool = Field(
        default=False,
        description="LIFERING_PUSH_INSECURE: takes http and private addresses, for tests only",
    )

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        if self.time_zone is None and any(one.quiet_hours for one in self.channels):
            raise ValueError("time_zone: is missing, and quiet_hours need it; give Asia/Shanghai")
        self.vapid()
        if not self._used:
            raise ValueError(
                "channels: has web_push alone, and there is no key for it; "
                "set LIFERING_VAPID_PRIVATE_KEY, or name another channel"
            )
        return self

    @property
    def _used(self) -> tuple[ChannelSetting, ...]:
        """The channels that can be used: web push needs a key."""
        keyless = self.vapid() is None
        return tuple(one for one in self.channels if not (keyless and one.channel == WEB_PUSH))

    @property
    def order(self) -> ChannelOrder:
        """The order in which channels are tried."""
        zone = ZoneInfo(self.time_zone or "UTC")
        return ChannelOrder(tuple(one.turn() for one in self._used), zone)

    @property
    def endpoint_rules(self) -> EndpointRules:
        """Which push services are sent to."""
        return EndpointRules(self.push_hosts, self.push_insecure)

    def vapid(self) -> Vapid | None:
        """The key of web push; None where there is none. Raises ``ValueError`` for a wrong one."""
        key = self.vapid_private_key.get_secret_value().strip()
        if not key:
            return None
        return Vapid(key, self.vapid_subject)
