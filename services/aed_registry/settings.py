"""What the register of AEDs is told from outside."""

from __future__ import annotations

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """The register of AEDs has no settings of its own."""

    service: str = "aed_registry"
