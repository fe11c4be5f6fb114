"""What the gateway is told from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from services.gateway.domain.allowance import Allowance
from services.gateway.domain.routes import SERVICES
from shared.settings import ServiceSettings, unescape


class GatewaySettings(ServiceSettings):
    """Settings of the gateway; the URLs of the services come as ``LIFERING_URL_<SERVICE>``."""

    service: str = "gateway"
    web: str = Field(default="", description="The folder of the built web pages; empty: none")
    rate_per_subject: str = Field(
        default="200/second", description="Requests of one signed-in subject, e.g. 600/minute"
    )
    rate_per_address: str = Field(
        default="1000/second",
        description="Requests from one address; a whole centre or phone network may share one",
    )
    token_private_key: Annotated[str, BeforeValidator(unescape)] = Field(
        default="",
        repr=False,
        description="PEM of the Ed25519 key that phones' tokens are signed with; no other service "
        "has it. Empty: nobody can sign in here",
    )
    rescuer_token_days: float = Field(
        default=30.0, gt=0, le=90, description="How long a phone stays signed in without renewing"
    )
    rate_sign_in: str = Field(
        default="120/hour",
        description="Enrolments, codes asked for and codes tried, together, from one address",
    )
    ended_sessions_every_s: float = Field(
        default=3.0, gt=0, description="How often is asked which phones have signed out elsewhere"
    )
    positions_wait_s: float = Field(
        default=3.0, gt=0, description="How long a client waits for Kafka before it is told 503"
    )
    positions_linger_ms: int = Field(
        default=3, ge=0, description="How long positions wait for others, to travel together"
    )
    kafka_wait_s: float = Field(
        default=5.0, ge=0, description="How long the start waits for Kafka before it goes on"
    )
    connect_timeout_s: float = Field(default=1.0, gt=0, description="To reach a service's instance")
    read_timeout_s: float = Field(
        default=60.0,
        gt=15,
        description="Longest silence of a service; event streams say something every 15 s",
    )
    replay_limit_bytes: int = Field(
        default=1_048_576, ge=0, description="Bodies up to this are kept, to be sent to another"
    )
    basemap: str = Field(
        default="",
        description="Folder of a version of streets with its map, or of versions; empty: none",
    )
    boundaries: str = Field(
        default="", description="GeoJSON file of areas to draw; empty, or not there: none"
    )
    search_wait_s: float = Field(
        default=1.5, gt=0, description="How long a search waits for stations and AEDs"
    )

    @property
    def allowance_per_subject(self) -> Allowance:
        """``rate_per_subject``; ``ValueError`` when it cannot be read."""
        return Allowance.parse("LIFERING_RATE_PER_SUBJECT", self.rate_per_subject)

    @property
    def allowance_per_address(self) -> Allowance:
        """``rate_per_address``; ``ValueError`` when it cannot be read."""
        return Allowance.parse("LIFERING_RATE_PER_ADDRESS", self.rate_per_address)

    @property
    def allowance_sign_in(self) -> Allowance:
        """``rate_sign_in``; ``ValueError`` when it cannot be read."""
        return Allowance.parse("LIFERING_RATE_SIGN_IN", self.rate_sign_in)

    def upstream_urls(self) -> dict[str, list[str]]:
        """The instances of every service; a service that is not deployed is left out."""
        found: dict[str, list[str]] = {}
        for service in SERVICES:
            try:
                found[service] = self.url_of(service)
            except LookupError:
                continue
        return found
