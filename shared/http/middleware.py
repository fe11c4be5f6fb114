"""What happens around every request, from outside in: context, size limit, authentication.

Plain ASGI, so that streams pass through unbuffered.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import structlog
from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import Clock
from shared.http.auth import PublicPaths, authenticate, unauthorized
from shared.http.problems import Problem, problem_response, unavailable
from shared.ids import new_id
from shared.messaging.errors import is_transient
from shared.telemetry.logs import logger
from shared.telemetry.metrics import HTTP_REQUEST_SECONDS
from shared.telemetry.traces import current_trace_id

log = logger(__name__)

BODY_LIMIT_BYTES: Final = 1_048_576
"""Largest body where nothing else is declared: thousands of times a call or an answer."""

BULK_LIMIT_BYTES: Final = 64 * 1_048_576
"""Largest upload."""


def _problem_of(error: Exception) -> Problem:
    """A database that is restarting, or a lock that took too long, is worth trying again."""
    if is_transient(error):
        return unavailable("A part of the system does not answer; send the same again shortly.")
    return Problem(
        500,
        "internal-error",
        "Something went wrong here",
        "It has been logged; quote the trace id. Commands may be repeated.",
    )


class ContextMiddleware:
    """Request id and trace id on the response, one metric, and 500 for what nobody expected."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id("req")
        started = time.perf_counter()
        status = 0

        async def send_with_ids(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
                trace_id = current_trace_id()
                if trace_id is not None:
                    headers["X-Trace-Id"] = trace_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_ids)
            except Exception as error:
                # The edge: whatever was not foreseen is logged with its trace and answered once.
                trace.get_current_span().record_exception(error)
                where = {"method": scope["method"], "route": route_template(scope)}
                if is_transient(error):
                    log.warning("not available", error=type(error).__name__, **where)
                else:
                    log.exception("unexpected error", **where)
                if status:
                    raise  # the response has begun; only closing the connection tells the client
                problem = _problem_of(error)
                await problem_response(problem)(scope, receive, send_with_ids)
            finally:
                HTTP_REQUEST_SECONDS.labels(
                    self.service, scope["method"], route_template(scope), str(status)
                ).observe(time.perf_counter() - started)


def route_template(scope: Scope) -> str:
    """The path with its parameters' names, for logs and metrics; ``-`` when none matched."""
    return str(getattr(scope.get("route"), "path", "-"))


class BodyLimitMiddleware:
    """413 for bodies over the limit, known from Content-Length or counted while they come."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], default: int) -> None:
        self.app = app
        self.limits = {path: (PublicPaths([path]), limit) for path, limit in limits.items()}
        self.default = default

    def _limit(self, path: str) -> int:
        for paths, limit in self.limits.values():
            if path in paths:
                return limit
        return self.default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        problem = Problem(
            413,
            "too-large",
            "The body is too large",
            f"At most {limit} bytes; send it in parts.",
            headers={"Connection": "close"},
        )
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length[:19]) > limit:
            await problem_response(problem)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise problem
            return message

        await self.app(scope, counted, send)


class AuthenticationMiddleware:
    """401 without a good token, before the body is read; the identity goes into the state.

    Public paths need none; where a good one comes all the same, it counts. A phone's token lives
    for weeks, and only the gateway knows whether its session goes on: behind the gateway it counts
    only as the gateway passes it on, and what is passed on is no token for the outside.
    """

    def __init__(
        self, app: ASGIApp, public: PublicPaths, public_key: str, clock: Clock, edge: bool = False
    ) -> None:
        self.app = app
        self.public = public
        self.public_key = public_key
        self.clock = clock
        self.edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            identity = authenticate(
                Headers(scope=scope).get("authorization"), self.public_key, self.clock.now()
            )
            if identity.session is not None and identity.passed_on is self.edge:
                raise unauthorized("A phone's token is taken by the gateway and nowhere else.")
        except Problem as problem:
            # A path that is public for one method may ask for a role with another (the route
            # does); for the public one a token that has expired does no harm.
            answer = self.app if scope["path"] in self.public else problem_response(problem)
            await answer(scope, receive, send)
            return
        scope.setdefault("state", {})["identity"] = identity
        await self.app(scope, receive, send)
