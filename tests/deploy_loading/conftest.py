"""A gateway with registers that remember, so that sending is tested without servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Row = dict[str, Any]


class FakeGateway:
    """Answers as the bulk endpoints do: created, updated, unchanged, refused, row by row."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Row]] = {}
        self.requests: list[tuple[str, int]] = []
        """Path and rows of each request that was answered."""
        self.authorizations: set[str] = set()
        self.positions: list[Row] = []
        self.trouble: list[httpx.Response | Exception] = []
        """Given in place of the next answers."""
        self.refuse: Callable[[Row], Row | None] = lambda row: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.trouble:
            trouble = self.trouble.pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            return trouble
        self.authorizations.add(request.headers["Authorization"])
        rows = json.loads(request.content)
        self.requests.append((request.url.path, len(rows)))
        if request.url.path == "/api/positions/batch":
            self.positions += rows
            return httpx.Response(202, json={"accepted": len(rows), "refused": []})
        table = request.url.path.removeprefix("/api/").removesuffix("/bulk")
        return httpx.Response(200, json=self._bulk(table, rows))

    def _bulk(self, table: str, rows: list[Row]) -> Row:
        kept = self.tables.setdefault(table, {})
        report: Row = {"accepted": 0, "created": 0, "updated": 0, "unchanged": 0, "refused": 0}
        reported = []
        for number, row in enumerate(rows, start=1):
            if table == "units" and row["station_id"] not in self.tables.get("stations", {}):
                error: Row | None = {"field": "station_id", "message": "is unknown", "mend": "-"}
            else:
                error = self.refuse(row)
            if error is not None:
                report["refused"] += 1
                reported.append(
                    {"row": number, "id": row["id"], "outcome": "refused", "errors": [error]}
                )
                continue
            before = kept.get(row["id"])
            change = "created" if before is None else "unchanged" if before == row else "updated"
            kept[row["id"]] = row
            report[change] += 1
            report["accepted"] += 1
            if row.get("state") == "suspended":  # accepted rows with warnings are in reports too
                reported.append({"row": number, "id": row["id"], "outcome": change, "errors": []})
        return report | {"rows": reported}


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been waited."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("deploy.bulk.asyncio.sleep", sleep)
    return waited
