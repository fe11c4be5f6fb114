"""Which headers go on to a service and back to the client (RFC 9110 §7.6.1)."""

from __future__ import annotations

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers that are about one connection only."""

REWRITTEN = frozenset(
    {
        b"host",
        # What a client says about the way it came is its own claim; we say what we saw.
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"x-request-id",
        # Only for a body that we would have to hold back.
        b"expect",
        # Nobody but the gateway and the services' own addresses has a session here.
        b"cookie",
    }
)
"""Request headers that the gateway leaves out or writes itself."""

OURS = frozenset({b"server", b"date"})
"""Response headers that our own server writes."""


def _connection_names(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """The headers that ``Connection`` declares to be hop-by-hop as well."""
    return {
        name.strip().lower()
        for key, value in headers
        if key.lower() == b"connection"
        for name in value.split(b",")
    }


def to_upstream(headers: Headers, extra: Headers) -> Headers:
    """The client's headers that go on to the service, and ours, which take the place of theirs."""
    ours = {key.lower() for key, _ in extra}
    dropped = HOP_BY_HOP | REWRITTEN | _connection_names(headers) | ours
    return [*((key, value) for key, value in headers if key.lower() not in dropped), *extra]


def to_client(headers: Headers) -> Headers:
    """The service's headers that go back to the client."""
    dropped = HOP_BY_HOP | OURS | _connection_names(headers)
    return [(key.lower(), value) for key, value in headers if key.lower() not in dropped]
