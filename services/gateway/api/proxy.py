"""The services' own paths under ``/api``: checked, limited, passed on, streamed back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import Request
from fastapi.responses import StreamingResponse

from services.gateway.api.positions import PositionsTaken, send_position, send_positions
from services.gateway.domain.routes import ROUTES, Route, route_of
from services.gateway.middleware import address_of
from services.gateway.settings import GatewaySettings
from services.gateway.work.forward import Forwarded, Forwarder, NoUpstream
from services.gateway.work.sessions import EndedSessions, Sessions
from shared.http.auth import requires
from shared.http.parts import use
from shared.http.problems import Problem, unavailable
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.telemetry.traces import current_traceparent

PREFIX: Final = "/api"
METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

proxy_router = new_router("services")


async def pass_on(
    request: Request,
    forwarder: Annotated[Forwarder, use(Forwarder)],
    sessions: Annotated[Sessions, use(Sessions)],
    ended: Annotated[EndedSessions, use(EndedSessions)],
) -> StreamingResponse:
    """Hands the request to the service that owns the path, and its answer back as it comes."""
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    raw_path = raw_path.split(b"?", 1)[0].removeprefix(PREFIX.encode())
    route = route_of(raw_path.decode("ascii", "replace"))
    if route is None:
        raise Problem(404, "not-found", "No such path", "See /openapi/SERVICE.json.")
    query: bytes = request.scope["query_string"]
    extra = _extra(request)
    who = getattr(request.state, "identity", None)
    session = who.session if isinstance(who, Identity) else None
    if who is not None and session is not None:
        extra.append((b"authorization", b"Bearer " + sessions.passed_on(who).encode()))
    try:
        answer = await forwarder.forward(
            route.service,
            Forwarded(
                method=request.method,
                raw_target=raw_path + (b"?" + query if query else b""),
                headers=list(request.headers.raw),
                extra=extra,
                body=await _body(request),
                ends=None if session is None else ended.end_of(session),
            ),
        )
    except NoUpstream as nobody:
        raise _nobody_answers(nobody) from nobody
    response = StreamingResponse(answer.chunks, status_code=answer.status)
    response.raw_headers = answer.headers
    return response


def _extra(request: Request) -> list[tuple[bytes, bytes]]:
    """What the service should know about the client, and the trace that it belongs to."""
    extra = [
        (b"x-forwarded-for", address_of(request.scope).encode("latin-1", "replace")),
        (b"x-forwarded-proto", request.url.scheme.encode()),
        (b"x-forwarded-prefix", PREFIX.encode()),
    ]
    traceparent = current_traceparent()
    if traceparent is not None:
        extra.append((b"traceparent", traceparent.encode()))
    return extra


async def _body(request: Request) -> bytes | AsyncIterator[bytes]:
    """A small body whole, so that another instance can be given it; a large one as a stream."""
    settings: GatewaySettings = request.app.state.settings
    length = request.headers.get("content-length")
    if length is None and "transfer-encoding" not in request.headers:
        return b""
    if length is not None and length.isdigit() and int(length) <= settings.replay_limit_bytes:
        return await request.body()
    return request.stream()


def _nobody_answers(nobody: NoUpstream) -> Problem:
    if nobody.reached:
        return Problem(
            503,
            "outcome-unknown",
            "No answer came back",
            f"{nobody.service} fell silent; the request may have been carried out. Look before you "
            "repeat it, or repeat it with an Idempotency-Key.",
            headers={"Retry-After": "1"},
        )
    if not nobody.configured:
        return unavailable(f"{nobody.service} is not part of this deployment.", 60)
    return unavailable(f"{nobody.service} cannot be reached; try again shortly.")


def _declare(route: Route) -> None:
    path = PREFIX + "/" + "/".join(route.segments)
    for template in (path, path + "/{rest:path}"):
        proxy_router.add_api_route(
            template,
            pass_on,
            methods=METHODS,
            include_in_schema=False,
            dependencies=[] if route.public else [requires(*Role)],
        )


def _public_paths(route: Route) -> list[str]:
    path = PREFIX + "/" + "/".join(route.segments)
    # The second form is how the application itself names the route of the first.
    return [path, path + "/{rest:path}", path + "/{rest}"]


PUBLIC_PATHS: Final = tuple(
    path for route in ROUTES if route.public for path in _public_paths(route)
)
"""What needs no token here; the services declare the same paths public."""

for _route in ROUTES:
    _declare(_route)

# The gateway is the owner of positions; they are found under both names.
for _path, _handler in (("/positions", send_position), ("/positions/batch", send_positions)):
    proxy_router.add_api_route(
        PREFIX + _path,
        _handler,
        methods=["POST"],
        status_code=202,
        response_model=PositionsTaken,
        include_in_schema=False,
    )
