"""The services that the launcher starts, and the environment each of them gets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

SERVICES = (
    "gateway",
    "dispatch",
    "aed_registry",
    "rescuer_location",
    "ambulance_stations",
    "alerting",
    "planning",
)
"""Started as `python -m services.NAME`, in no particular order: each waits for what it needs."""

SCHEMAS = (
    "dispatch",
    "aed_registry",
    "rescuer_location",
    "ambulance_stations",
    "alerting",
    "planning",
)
"""Services with a schema and a database role of their own."""

SIGNS_IN = "gateway"
"""The only service that may sign tokens."""
PUSHES = "alerting"
"""The only service that signs web pushes."""
DEFAULT_VAPID_SUBJECT = "mailto:operator@example.org"
"""Whom push services write to about a deployment that names nobody (they refuse an empty one)."""

# What only the launcher's own start needs, and what a service must not take for its own.
_NOT_PASSED_ON = (
    "DATABASE_URL",
    "PYTHONHOME",
    "PYTHONSAFEPATH",
    "NOTIFY_SOCKET",
    "LIFERING_TOKEN_PRIVATE_KEY",
    "LIFERING_VAPID_PRIVATE_KEY",
)


def parse_instances(texts: Sequence[str]) -> dict[str, int]:
    """`["dispatch=2"]` → `{"dispatch": 2}`; raises ValueError with a line for a person."""
    counts: dict[str, int] = {}
    for text in ",".join(texts).split(","):
        if not text.strip():
            continue
        name, _, number = text.strip().partition("=")
        if name not in SERVICES or not number.isdigit() or not 1 <= int(number) <= 16:
            raise ValueError(
                f"--instances {text.strip()}: write SERVICE=NUMBER from 1 to 16, "
                f"SERVICE one of {', '.join(SERVICES)}"
            )
        counts[name] = int(number)
    return counts


def process_name(service: str, instance: int, of: int) -> str:
    """The name of a service's process: `dispatch`, or `dispatch-1` when there are several."""
    return service if of == 1 else f"{service}-{instance}"


def service_environment(
    service: str,
    instance: int,
    port: int,
    *,
    bootstrap: str,
    dsn: str | None,
    public_key: str,
    service_token: str,
    urls: Mapping[str, Sequence[str]],
    units: str,
    streets: str = "",
    web: str = "",
    boundaries: str = "",
    policy: str = "",
    log_level: str,
    root: str,
    private_key: str = "",
    push_key: str = "",
) -> dict[str, str]:
    """The whole contract between the launcher and a service.

    ``private_key``, which tokens are signed with, is for the gateway and nobody else: phones sign
    in there. It is left out of every other service's environment, whoever asks. ``push_key``, which
    web pushes are signed with, is for alerting in the same way.
    """
    env = {
        key: value
        for key, value in os.environ.items()
        if key not in _NOT_PASSED_ON and not key.startswith("DATABASE_URL_")
    }
    env |= {
        "PYTHONPATH": root,
        "PYTHONUNBUFFERED": "1",
        "LIFERING_SERVICE": service,
        "LIFERING_INSTANCE": str(instance),
        "LIFERING_HOST": "127.0.0.1",
        "LIFERING_PORT": str(port),
        "KAFKA_BOOTSTRAP": bootstrap,
        "LIFERING_TOKEN_PUBLIC_KEY": public_key,
        "LIFERING_SERVICE_TOKEN": service_token,
        "LIFERING_UNITS": units,
        "LIFERING_STREETS": streets,
        # The map lies with the streets that it was built with.
        "LIFERING_BASEMAP": streets,
        "LIFERING_BOUNDARIES": boundaries,
        "LIFERING_LOG_LEVEL": log_level,
        "LIFERING_WEB": web,
    }
    env |= {f"LIFERING_URL_{name.upper()}": ",".join(all_) for name, all_ in urls.items()}
    if private_key and service == SIGNS_IN:
        env["LIFERING_TOKEN_PRIVATE_KEY"] = private_key
    if push_key and service == PUSHES:
        env["LIFERING_VAPID_PRIVATE_KEY"] = push_key
        env.setdefault("LIFERING_VAPID_SUBJECT", DEFAULT_VAPID_SUBJECT)
    if policy:
        env["LIFERING_POLICY"] = policy
    if dsn is not None:
        env["DATABASE_URL"] = dsn
    return env
