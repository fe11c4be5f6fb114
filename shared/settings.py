"""What every service is told from outside: the environment, and nothing else.

A service derives its own settings from :class:`ServiceSettings`, with its name as the default of
``service``; further fields read ``LIFERING_<FIELD>``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

URL_PREFIX = "LIFERING_URL_"


def unescape(value: object) -> object:
    """A key on one line, its line breaks written as ``\\n``, is the same key."""
    return value.replace("\\n", "\n") if isinstance(value, str) else value


def _urls_from_environment() -> dict[str, str]:
    """``LIFERING_URL_DISPATCH=http://…`` → ``{"dispatch": "http://…"}``."""
    return {
        name.removeprefix(URL_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(URL_PREFIX)
    }


class ServiceSettings(BaseSettings):
    """Settings common to all services; unknown variables are not ours and are left alone."""

    model_config = SettingsConfigDict(
        env_prefix="LIFERING_", extra="ignore", frozen=True, populate_by_name=True
    )

    service: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name, also its schema's name")
    instance: str = Field(default="1", description="Which one of several of this service")
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535, description="0 takes any free port")
    kafka_bootstrap: str = Field(
        default="127.0.0.1:9092",
        validation_alias=AliasChoices("kafka_bootstrap", "KAFKA_BOOTSTRAP"),
        description="host:port, several separated by commas",
    )
    database_url: str = Field(
        default="postgresql://127.0.0.1:5432/lifering",
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        repr=False,
        description="DSN; the service uses the schema that has its name",
    )
    token_public_key: Annotated[str, BeforeValidator(unescape)] = Field(
        default="", description="PEM of the Ed25519 key that tokens are checked with"
    )
    service_token: str = Field(
        default="", repr=False, description="This service's own token, for calls to other services"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    topic_prefix: str = Field(default="", description="Before every topic's name; for tests")
    drain_s: float = Field(
        default=10.0, gt=0, description="How long requests may take to finish after SIGTERM"
    )
    urls: Mapping[str, str] = Field(
        default_factory=_urls_from_environment,
        description="Service → base URLs, separated by commas (LIFERING_URL_<SERVICE>)",
    )

    @property
    def database_schema(self) -> str:
        """The schema that this service owns."""
        return self.service

    @property
    def source(self) -> str:
        """CloudEvents ``source`` of what this service publishes."""
        return f"lifering/{self.service}"

    def url_of(self, service: str) -> list[str]:
        """Base URLs of the instances of a service, without a slash at the end.

        Raises ``LookupError`` naming the missing variable.
        """
        found = [url.strip().rstrip("/") for url in self.urls.get(service, "").split(",")]
        found = [url for url in found if url]
        if not found:
            raise LookupError(f"{URL_PREFIX}{service.upper()}: not set; give the service's URL")
        return found
