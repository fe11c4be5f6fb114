"""Links that open a page of the gateway already signed in.

The token stands behind the ``#``: a browser keeps that part to itself, so it is in no log of any
server and in no Referer. Whoever has the link is whoever the token names, until it ends.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import httpx

from deploy.datadir import DataDir
from deploy.errors import UserError
from deploy.tokens import HOUR_S, key_pair, make_token

PAGES: Final = {
    "dispatcher": "/console",
    "rescuer": "/rescuer",
    "station": "/station",
    "registrar": "/registry",
    "planner": "/planning",
    "administrator": "/console",
}
"""Role → its page; programs (the role service) have none."""

HOURS: Final = 12.0
"""How long a printed link works: a shift."""
_ASK_S: Final = 5.0


def link(gateway: str, role: str, token: str) -> str:
    """The address of the role's page with the token; raises :class:`UserError` without a page."""
    page = PAGES.get(role)
    if page is None:
        raise UserError(f"--link: the role {role} has no page: leave --link out")
    return f"{gateway}{page}#token={token}"


def gateway_of(data: DataDir) -> str:
    """The address of the running gateway; raises :class:`UserError` where none runs."""
    from deploy.commands.status import read_status

    services = read_status(data).get("services", {})
    urls = services.get("gateway", {}).get("urls")
    if not urls:
        raise UserError(f"--link: nothing runs on {data.path}: start it with ./lifering up")
    address: str = urls[0]
    return address


def sign_in_lines(description: dict[str, Any], rescuer_id: str | None) -> list[str]:
    """What to open, as lines for people: the console, the registry, and one rescuer's phone.

    ``description``: what runs (``Stack.describe``); without a gateway there is nothing to open.
    """
    urls = description["services"].get("gateway", {}).get("urls")
    if not urls:
        return []
    private_key = key_pair(DataDir(Path(description["data_dir"])))[0]

    def signed(role: str, subject: str) -> str:
        return link(urls[0], role, make_token(private_key, role, subject, int(HOURS * HOUR_S)))

    lines = [
        f"console    {signed('dispatcher', 'dispatcher')}",
        f"registry   {signed('registrar', 'registrar')}",
    ]
    if rescuer_id is not None:
        lines.append(f"rescuer    {signed('rescuer', rescuer_id)}")
    return lines


def made_up_rescuer(description: dict[str, Any]) -> str | None:
    """A verified rescuer of a scenario, for looking at the app; None where all are real people."""
    urls = description["services"].get("rescuer_location", {}).get("urls")
    if not urls:
        return None
    private_key = key_pair(DataDir(Path(description["data_dir"])))[0]
    token = make_token(private_key, "service", "launcher", 60)
    try:
        with httpx.Client(trust_env=False, timeout=_ASK_S) as client:
            answer = client.get(
                f"{urls[0]}/rescuers",
                params={"state": "verified", "limit": 1},
                headers={"Authorization": f"Bearer {token}"},
            )
        items = answer.json()["items"] if answer.is_success else []
    except (httpx.HTTPError, ValueError, KeyError):
        return None  # only a convenience: what runs is shown without it
    found = [item["id"] for item in items if item["provenance"]["synthetic"]]
    return found[0] if found else None
