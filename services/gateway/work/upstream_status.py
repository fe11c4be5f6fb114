"""How the services behind the gateway are, asked of every instance at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from services.gateway.domain.routes import SERVICES
from services.gateway.domain.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """What one instance said."""

    instance: str
    """Its own name, or its place in our list when it did not say."""
    ready: bool
    detail: str
    """Empty when ready; else what is missing."""


class UpstreamStatus:
    """Asks the services' own readiness."""

    def __init__(self, client: httpx.AsyncClient, upstreams: Upstreams, *, wait_s: float) -> None:
        self._client = client
        self._upstreams = upstreams
        self._wait_s = wait_s

    async def all(self) -> dict[str, list[InstanceStatus]]:
        """Every service with its instances; a service with none configured has an empty list."""
        asked = {
            service: [
                self._ask(url, str(position))
                for position, url in enumerate(self._upstreams.instances(service), 1)
            ]
            for service in SERVICES
        }
        answers = iter(
            await asyncio.gather(*(question for each in asked.values() for question in each))
        )
        return {service: [next(answers) for _ in each] for service, each in asked.items()}

    async def _ask(self, url: str, position: str) -> InstanceStatus:
        try:
            async with asyncio.timeout(self._wait_s):
                response = await self._client.get(f"{url}/ready")
            said = response.json()
            checks = said.get("checks", {})
            missing = [
                f"{name}: {check.get('detail') or 'no'}"
                for name, check in checks.items()
                if not check.get("ok")
            ]
            return InstanceStatus(
                str(said.get("instance", position)), response.status_code == 200, "; ".join(missing)
            )
        except (httpx.HTTPError, TimeoutError, ValueError, AttributeError) as error:
            return InstanceStatus(position, False, f"no answer ({type(error).__name__})")
