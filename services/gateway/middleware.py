"""What the edge adds around every request, from outside in: security headers, allowances.

Plain ASGI, so that streams pass through unbuffered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain.allowance import Meter
from services.gateway.domain.routes import is_sign_in
from shared.http.addresses import network_of
from shared.http.auth import unauthorized
from shared.http.problems import Problem, problem_response
from shared.identity.tokens import Identity

SECURITY_HEADERS: Final = {
    # Everything that a page needs is served from here; nothing else is loaded, ever.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

PROBES: Final = frozenset({"/live", "/ready", "/metrics"})
"""Never limited: whoever watches the gateway must see it under load."""


class SecurityHeaders:
    """Adds :data:`SECURITY_HEADERS` to every answer, whoever gives it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers)


def address_of(scope: Scope) -> str:
    """The client's address, for its allowance."""
    client = scope.get("client")
    return client[0] if client else "unknown"


def subject_of(scope: Scope) -> str | None:
    """Who is signed in, as ``role:subject``; None on public paths."""
    identity = scope.get("state", {}).get("identity")
    return identity.actor if isinstance(identity, Identity) else None


def signing_in_from(scope: Scope) -> str | None:
    """The network of whoever enrols, asks for a code or tries one; None for anything else."""
    return network_of(address_of(scope)) if is_sign_in(scope["method"], scope["path"]) else None


class SignedOut:
    """401 for tokens of phones that have signed out."""

    def __init__(self, app: ASGIApp, is_ended: Callable[[str], bool]) -> None:
        self.app = app
        self.is_ended = is_ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        identity = scope.get("state", {}).get("identity")
        session = identity.session if isinstance(identity, Identity) else None
        if scope["type"] == "http" and session is not None and self.is_ended(session):
            answer = problem_response(unauthorized("This phone is signed out; sign in again."))
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Limited:
    """429 for whoever has used up an allowance, before any work is done for them."""

    def __init__(
        self,
        app: ASGIApp,
        meter: Meter,
        key_of: Callable[[Scope], str | None],
        now_s: Callable[[], float],
    ) -> None:
        self.app = app
        self.meter = meter
        self.key_of = key_of
        self.now_s = now_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            key = self.key_of(scope)
            wait_s = None if key is None else self.meter.hit(key, self.now_s())
            if wait_s is not None:
                await problem_response(_too_many(self.meter, wait_s))(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _too_many(meter: Meter, wait_s: int) -> Problem:
    return Problem(
        429,
        "too-many-requests",
        "Too many requests",
        f"The allowance is {meter.allowance}; try again in {wait_s} s.",
        headers={"Retry-After": str(wait_s)},
    )
