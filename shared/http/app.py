"""The one way in which a service's HTTP application is made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import Scope

from shared.clock import Clock, SystemClock
from shared.http import errors, openapi
from shared.http.auth import PUBLIC_EVERYWHERE, PublicPaths
from shared.http.middleware import (
    BODY_LIMIT_BYTES,
    AuthenticationMiddleware,
    BodyLimitMiddleware,
    ContextMiddleware,
)
from shared.http.parts import Parts
from shared.http.probes import probes_router
from shared.settings import ServiceSettings
from shared.telemetry.health import Health

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    *,
    title: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    health: Health | None = None,
    clock: Clock | None = None,
    version: str = "0.1.0",
    description: str = "",
    public: Sequence[str] = (),
    body_limits: Mapping[str, int] | None = None,
    lifespan: Lifespan | None = None,
    tags: Sequence[Mapping[str, Any]] = (),
    edge: bool = False,
) -> FastAPI:
    """A FastAPI application that asks for tokens, refuses with problem details and can be probed.

    ``public`` lists the path templates that need no token, beside the probes and the OpenAPI
    document; ``body_limits`` the bytes that a path template takes, where it is not 1 MiB; ``edge``
    says that this is the gateway, which takes phones' own tokens. Needs no database and no broker,
    so that the OpenAPI document can be made anywhere.
    """
    clock = clock or SystemClock()
    public_paths = PublicPaths((*PUBLIC_EVERYWHERE, *public))
    app = FastAPI(
        title=title,
        version=version,
        description=description,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=[dict(tag) for tag in tags] or None,
        generate_unique_id_function=lambda route: route.name,
        telemetry={
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "exclude": _is_probe,
        },
        middleware=[
            Middleware(ContextMiddleware, service=settings.service),
            Middleware(BodyLimitMiddleware, limits=body_limits or {}, default=BODY_LIMIT_BYTES),
            Middleware(
                AuthenticationMiddleware,
                public=public_paths,
                public_key=settings.token_public_key,
                clock=clock,
                edge=edge,
            ),
        ],
    )
    app.state.settings = settings
    app.state.clock = clock
    app.state.health = health or Health()
    app.state.public = public_paths
    app.state.parts = Parts()
    app.state.stopping = asyncio.Event()
    errors.install(app)
    app.include_router(probes_router())
    for router in routers:
        app.include_router(router)
    document: dict[str, Any] | None = None

    def cached_openapi() -> dict[str, Any]:
        nonlocal document
        if document is None:
            document = openapi.build(app)
        return document

    app.openapi = cached_openapi  # type: ignore[method-assign]
    return app


def _is_probe(scope: Scope) -> bool:
    """Probes come every second and would drown the traces."""
    return scope.get("path") in ("/live", "/ready", "/metrics")
