"""Rows to the registries through the gateway's public bulk endpoints, with one report.

What is sent twice is unchanged the second time, so a request that got no answer is simply sent
again: a service that is just starting, or restarted in the middle, costs seconds and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from deploy.errors import UserError

Row = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Told the table, the rows done and the rows in all."""

CHUNK_ROWS = 4_000
"""Rows of one request: some 2.5 MB of rescuers, a second of a registry's work."""
ATTEMPTS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 5.0
REQUEST_TIMEOUT_S = 120.0
AGAIN = frozenset({429, 502, 503, 504})
"""Statuses that mean later, not never."""


@dataclass
class TableReport:
    """What became of the rows of one table."""

    rows: int = 0
    accepted: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    refused_rows: list[Row] = field(default_factory=list)
    """``{"row" (from 1), "id", "errors": [{"field", "message", "mend"}]}``."""

    def document(self) -> Row:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def gateway_client(
    url: str, token: str, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client of a gateway, signed in with a token."""
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        timeout=httpx.Timeout(REQUEST_TIMEOUT_S, connect=5.0),
        transport=transport,
        trust_env=False,
    )


async def send(client: httpx.AsyncClient, path: str, rows: Sequence[Row]) -> Row:
    """One bulk request; repeated while the answer is "later". Raises :class:`UserError`."""
    body = msgspec.json.encode(rows)
    wait_s = FIRST_WAIT_S
    for attempt in range(1, ATTEMPTS + 1):
        try:
            response = await client.post(path, content=body)
        except httpx.TransportError as error:
            problem = f"{client.base_url} cannot be reached ({type(error).__name__})"
        else:
            if response.is_success:
                answer: Row = response.json()
                return answer
            problem = _problem(response)
            if response.status_code not in AGAIN:
                raise UserError(f"{path}: {problem}")
            wait_s = max(wait_s, _retry_after_s(response))
        if attempt < ATTEMPTS:
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
            wait_s *= 2
    raise UserError(f"{path}: {problem}; see ./lifering status, then try again")


async def send_table(
    client: httpx.AsyncClient,
    table: str,
    rows: Sequence[Row],
    *,
    progress: Progress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> TableReport:
    """All rows of a table (``aeds``, ``rescuers``, ``stations``, ``units``) in chunks."""
    report = TableReport(rows=len(rows))
    done = 0
    for start in range(0, len(rows), chunk_rows):  # itertools.batched needs Python 3.12
        chunk = rows[start : start + chunk_rows]
        answer = await send(client, f"/api/{table}/bulk", chunk)
        for count in ("accepted", "created", "updated", "unchanged", "refused"):
            setattr(report, count, getattr(report, count) + int(answer[count]))
        report.refused_rows += [
            {
                "row": each["row"] + done,
                "id": each.get("id"),
                "errors": [
                    {name: error.get(name) for name in ("field", "message", "mend")}
                    for error in each["errors"]
                ],
            }
            for each in answer["rows"]
            if each["outcome"] == "refused"
        ]
        done += len(chunk)
        if progress is not None:
            progress(table, done, len(rows))
    return report


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def _problem(response: httpx.Response) -> str:
    """One line out of problem details, or of whatever came instead."""
    try:
        document = response.json()
    except ValueError:
        return f"answered {response.status_code}"
    if not isinstance(document, dict):
        return f"answered {response.status_code}"
    said = document.get("detail") or document.get("title") or "refused"
    mends = [error.get("mend") for error in document.get("errors", ()) if isinstance(error, dict)]
    mend = f"; {mends[0]}" if mends and mends[0] else ""
    return f"answered {response.status_code}: {said}{mend}"
