"""The gateway on a port of its own, and small services behind it that say what they were asked."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from services.gateway.domain.routes import SERVICES
from services.gateway.main import build
from services.gateway.settings import GatewaySettings
from shared.identity.roles import Role
from shared.identity.tokens import KeyPair, issue, make_key_pair

KEYS: KeyPair = make_key_pair()
PATIENCE_S = 30.0
"""Only ends a test that would hang; nothing is measured by it."""
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def closed_url() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


def bearer(role: Role, subject: str = "somebody") -> dict[str, str]:
    token = issue(
        KEYS.private_pem, role=role, subject=subject, now=datetime.now(UTC), lifetime_s=3_600
    )
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The application on a port of its own."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        # Here nobody stands in front: what a client says about its address is a claim.
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Connections wait in the socket's queue until the server takes them.
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@dataclass
class Upstream:
    """A service that answers with what it was asked."""

    name: str
    asked: list[str] = field(default_factory=list)
    status: int = 200
    events: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    silence: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a listener has gone."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/me/stream", self._stream),
                Route("/ready", self._ready),
                Route("/openapi.json", self._openapi),
                Route("/aeds/broken", self._broken),
                Route("/{path:path}", self._echo, methods=METHODS),
            ]
        )

    async def _echo(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append(f"{request.method} {request.url.path}")
        answer = {
            "by": self.name,
            "method": request.method,
            "raw_path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "headers": dict(request.headers),
            "body": body.decode(),
        }
        headers = {"ETag": '"7"', "X-Request-Id": "theirs"}
        return JSONResponse(answer, status_code=self.status, headers=headers)

    async def _stream(self, request: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            try:
                yield f"id: 1\ndata: last={request.headers.get('last-event-id')}\n\n"
                while True:
                    yield await self.events.get()
            finally:
                self.silence.set()

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def _broken(self, _: Request) -> Response:
        async def half() -> AsyncIterator[bytes]:
            yield b'{"half":'
            raise ConnectionAbortedError

        return StreamingResponse(half(), media_type="application/json")

    async def _ready(self, _: Request) -> Response:
        ready = self.status == 200
        checks = {"database": {"ok": ready, "detail": "answers" if ready else "away"}}
        body = {"ready": ready, "service": self.name, "instance": self.name, "checks": checks}
        return JSONResponse(body, status_code=200 if ready else 503)

    async def _openapi(self, _: Request) -> Response:
        operation: dict[str, Any] = {"responses": {"200": {"description": "OK"}}}
        return JSONResponse(
            {
                "openapi": "3.1.0",
                "paths": {"/aeds": {"get": operation}, "/live": {"get": operation}},
            }
        )


@asynccontextmanager
async def gateway(
    urls: dict[str, str], *, bootstrap: str | None = None, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A running gateway in front of these services, and a client of it."""
    service = build(
        GatewaySettings(
            urls=urls,
            token_public_key=KEYS.public_pem,
            kafka_bootstrap=bootstrap or f"127.0.0.1:{free_port()}",
            kafka_wait_s=PATIENCE_S if bootstrap else 0.0,
            **settings,
        )
    )
    async with (
        service.running() as app,
        serving(app) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client,
    ):
        try:
            yield client
        finally:
            service.stopping.set()


def everything_at(url: str) -> dict[str, str]:
    """All services at one address."""
    return dict.fromkeys(SERVICES, url)


def decoded(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.content)
    return found
