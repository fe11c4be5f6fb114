"""Who may call what.

Every request outside the declared public list needs ``Authorization: Bearer TOKEN``; that is
checked before the body is read. Which roles a route takes is said by the route:
``requires(Role.X, …)``.
A browser's ``EventSource`` cannot set headers; streams are therefore read with ``fetch``, and no
token ever travels in a URL or cookie.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import compile_path

from shared.http.problems import Problem, forbidden
from shared.identity.roles import Role
from shared.identity.tokens import Identity, InvalidToken, verify

PUBLIC_EVERYWHERE: Final = ("/live", "/ready", "/metrics", "/openapi.json")
"""Paths of every service that ask for no token."""

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="A token from `./lifering token --role ROLE`",
)


def unauthorized(detail: str) -> Problem:
    """401, with the challenge that RFC 9110 asks for."""
    return Problem(
        401,
        "unauthorized",
        "A token is needed",
        detail,
        headers={"WWW-Authenticate": 'Bearer realm="lifering"'},
    )


def authenticate(header: str | None, public_key: str, now: datetime) -> Identity:
    """Who an ``Authorization`` header says is asking; raises a 401 problem."""
    if not header:
        raise unauthorized("Send the header Authorization: Bearer TOKEN.")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("The Authorization header must be: Bearer TOKEN.")
    try:
        return verify(public_key, token.strip(), now)
    except InvalidToken as error:
        raise unauthorized(f"{error}.") from error


def check_role(request: Request, roles: frozenset[Role]) -> Identity:
    """The identity that the token proved; raises 401, or 403 when it has none of the roles."""
    identity = getattr(request.state, "identity", None)
    if not isinstance(identity, Identity):
        raise unauthorized("Send the header Authorization: Bearer TOKEN.")
    if identity.role not in roles:
        needed = ", ".join(sorted(role.value for role in roles))
        raise forbidden(f"This needs a token with one of these roles: {needed}.")
    return identity


class Requires:
    """The dependency behind :func:`requires`; its roles can be read by tests and documents."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self.roles = frozenset(roles)

    async def __call__(
        self,
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Identity:
        """The identity that the token proved, when its role is one of these."""
        return check_role(request, self.roles)


def requires(*roles: Role) -> Any:
    """``who: Annotated[Identity, requires(Role.STATION)]``: these roles only, else 401 or 403."""
    if not roles:
        raise ValueError("requires: name at least one role")
    return Depends(Requires(roles))


class PublicPaths:
    """The declared list of paths that need no token; entries may have ``{parameters}``."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(paths)
        self._patterns = tuple(compile_path(path)[0] for path in self.paths)

    def __contains__(self, path: str) -> bool:
        return any(pattern.match(path) for pattern in self._patterns)


def roles_of(dependant: Dependant) -> frozenset[Role]:
    """The roles that a route's dependencies ask for; none when it asks for no token."""
    found: frozenset[Role] = frozenset()
    for inner in dependant.dependencies:
        if isinstance(inner.call, Requires):
            found |= inner.call.roles
        found |= roles_of(inner)
    return found


def undeclared_routes(app: FastAPI) -> list[str]:
    """Routes that neither require a role nor are declared public; a test holds this empty."""
    public: PublicPaths = app.state.public
    found = []
    for route in iter_route_contexts(app.routes):
        path = route.path_format or route.path or "?"
        if path in public.paths:
            continue
        dependant = getattr(route, "dependant", None)
        if not isinstance(dependant, Dependant) or not roles_of(dependant):
            found.append(f"{','.join(sorted(route.methods or ()))} {path}")
    return found
