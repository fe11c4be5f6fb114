"""What a running Lifering knows, taken as a planner: one audited read from dispatch."""

from __future__ import annotations

from typing import Any

import httpx

from deploy.commands.status import read_status
from deploy.datadir import DataDir
from deploy.errors import UserError
from deploy.tokens import key_pair, make_token

PATH = "/incidents/picture/snapshot"
SUBJECT = "plan-decide"
"""Who the audit names."""
TOKEN_S = 300
PATIENCE_S = 60.0


def running(data: DataDir) -> dict[str, Any]:
    """The state of the running stack; raises :class:`UserError` when there is none."""
    state = read_status(data)
    if not state["running"] or not state["services"].get("dispatch", {}).get("urls"):
        raise UserError(
            f"--live: nothing runs on {data.path}: start it with ./lifering up, "
            "or name another with --data-dir"
        )
    return state


def take_snapshot(data: DataDir) -> bytes:
    """All that dispatch decides from now, as its document; raises :class:`UserError`."""
    url = running(data)["services"]["dispatch"]["urls"][0]
    token = make_token(key_pair(data)[0], "planner", SUBJECT, TOKEN_S)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        # Loopback only: a proxy in the environment is not for it.
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            answer = client.get(f"{url}{PATH}", headers=headers)
    except httpx.HTTPError as error:
        raise UserError(
            f"--live: dispatch does not answer ({type(error).__name__}): see ./lifering status"
        ) from None
    if not answer.is_success:
        raise UserError(f"--live: dispatch answers {answer.status_code}: {answer.text[:200]}")
    return answer.content
