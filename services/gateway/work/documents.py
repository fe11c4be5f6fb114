"""The contracts as documents: AsyncAPI of the topics, OpenAPI of each service as seen from here."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from services.gateway.domain.upstreams import Upstreams

_METHODS = ("get", "put", "post", "delete", "patch")
_PROBLEM = {
    "description": "Too Many Requests",
    "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}},
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    },
}
INSIDE_ONLY = ("/live", "/ready", "/metrics")


class DocumentAway(Exception):  # noqa: N818 - a state of the world, not of the program
    """No instance of the service gave its document; ``deployed``: whether there is any."""

    def __init__(self, service: str, *, deployed: bool) -> None:
        super().__init__(service)
        self.deployed = deployed


class ServiceDocuments:
    """Fetches the services' OpenAPI documents; kept once fetched, a deployment does not change."""

    def __init__(self, client: httpx.AsyncClient, upstreams: Upstreams) -> None:
        self._client = client
        self._upstreams = upstreams
        self._kept: dict[str, dict[str, Any]] = {}
        self._lock = asyncio.Lock()

    async def openapi(self, service: str) -> dict[str, Any]:
        """The document of a service, with the gateway's addresses; :class:`DocumentAway`."""
        async with self._lock:
            if service not in self._kept:
                self._kept[service] = seen_from_outside(await self._fetch(service))
            return self._kept[service]

    async def _fetch(self, service: str) -> dict[str, Any]:
        for url in self._upstreams.instances(service):
            try:
                response = await self._client.get(f"{url}/openapi.json")
                if response.status_code == 200:
                    document: dict[str, Any] = response.json()
                    return document
            except (httpx.HTTPError, ValueError):
                continue
        raise DocumentAway(service, deployed=bool(self._upstreams.instances(service)))


def seen_from_outside(document: dict[str, Any]) -> dict[str, Any]:
    """A service's document as it holds behind the gateway: under ``/api``, with allowances."""
    paths = {
        path: {
            key: _limited(value) if key in _METHODS else value for key, value in operations.items()
        }
        for path, operations in document.get("paths", {}).items()
        if path not in INSIDE_ONLY
    }
    return {**document, "servers": [{"url": "/api"}], "paths": paths}


def _limited(operation: dict[str, Any]) -> dict[str, Any]:
    responses = {**operation.get("responses", {}), "429": _PROBLEM}
    return {**operation, "responses": dict(sorted(responses.items()))}
