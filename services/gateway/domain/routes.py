"""Which service answers for which path: the one table of the gateway.

Paths are those of the services themselves; the gateway offers them under ``/api``. Whatever is not
in the table does not exist from outside, so a service's probes and metrics stay inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Route:
    """The paths that begin with these segments belong to one service."""

    segments: tuple[str, ...]
    service: str
    public: bool = False
    """Without a token; the service itself has declared the path public as well."""


ROUTES: Final[tuple[Route, ...]] = (
    Route(("aeds",), "aed_registry"),
    Route(("public", "aeds"), "aed_registry", public=True),
    Route(("rescuers",), "rescuer_location"),
    Route(("presence",), "rescuer_location"),
    Route(("me", "rescuer"), "rescuer_location"),
    Route(("me", "presence"), "rescuer_location"),
    # Who enrols or signs in has no token yet; the service asks for one where it needs it.
    Route(("public", "consent"), "rescuer_location", public=True),
    Route(("enrolments",), "rescuer_location", public=True),
    Route(("sign-ins",), "rescuer_location", public=True),
    Route(("stations",), "ambulance_stations"),
    Route(("units",), "ambulance_stations"),
    Route(("circles",), "ambulance_stations"),
    Route(("calls",), "dispatch"),
    Route(("incidents",), "dispatch"),
    Route(("orders",), "dispatch"),
    Route(("relocation-advice",), "dispatch"),
    Route(("me", "tasks"), "dispatch"),
    Route(("me", "history"), "dispatch"),
    Route(("me", "fatigue"), "dispatch"),
    Route(("me", "surveys"), "dispatch"),
    Route(("debriefs",), "dispatch"),
    # A caller opens a one-time link from a text message: the link itself is the proof.
    Route(("locate",), "dispatch", public=True),
    Route(("me", "stream"), "alerting"),
    Route(("me", "messages"), "alerting"),
    Route(("me", "push"), "alerting"),
    Route(("planning",), "planning"),
    # Providers sign their receipts instead of carrying a token.
    Route(("receipts", "webhook"), "alerting", public=True),
)

SIGN_IN_PATHS: Final[tuple[tuple[str, ...], ...]] = (
    ("enrolments",),
    ("sign-ins",),
    ("session", "enrolments"),
)
"""What somebody without a token may POST to: counted strictly, because codes can be guessed."""

SERVICES: Final[tuple[str, ...]] = tuple(dict.fromkeys(route.service for route in ROUTES))
"""The services behind the gateway."""


def route_of(raw_path: str) -> Route | None:
    """The route of a path such as ``/aeds/x`` (still percent-encoded), or None.

    A path that could mean another one to somebody after us (dot segments, empty segments, encoded
    slashes or control characters in any form) has no route.
    """
    if not raw_path.startswith("/"):
        return None
    encoded = raw_path[1:].split("/")
    segments = [unquote(segment) for segment in encoded]
    if any(not _plain(segment) for segment in segments):
        return None
    for route in ROUTES:
        if tuple(segments[: len(route.segments)]) == route.segments:
            return route
    return None


def is_sign_in(method: str, path: str) -> bool:
    """Whether a request enrols, asks for a code or tries one, under either of its names."""
    segments = tuple(path.removeprefix("/api").strip("/").split("/"))
    return method == "POST" and any(segments[: len(each)] == each for each in SIGN_IN_PATHS)


def _plain(segment: str) -> bool:
    """Whether a decoded segment is a name and nothing cleverer."""
    return (
        segment not in ("", ".", "..")
        and "/" not in segment
        and "\\" not in segment
        and segment.isprintable()
    )
