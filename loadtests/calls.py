"""How long a call takes: until it is durable and planned, and until the alerts are on their way.

Starts everything on a data directory of its own, loads a scenario, and takes paced calls at places
where rescuers live, each cancelled again. Both times come from outside: the request as clients see
it, and the incident's timeline (`alert_sent` is when alerting has handed the message to the phone's
stream). The floor beside it is one durable transaction on the same PostgreSQL, in the same run.

    ./lifering tool python -m loadtests.calls [--calls 60] [--scenario sanming]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from deploy.demo.client import Api
from deploy.demo.story import Story
from deploy.stack import Stack, StackOptions, say_on_stderr
from shared.geometry.cells import centre_of
from shared.scenarios import Scenario, load

PACE_S = 1.0
"""Calls do not come in a tight loop: caches are cold, and so it is measured."""
SENT_WITHIN_S = 15.0


def percentiles(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile (nearest rank), milliseconds."""
    ordered = sorted(values)
    last = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return {"p50_ms": round(1e3 * statistics.median(ordered), 1), "p99_ms": round(1e3 * last, 1)}


def places(scenario: Scenario, count: int, seed: int) -> list[tuple[float, float]]:
    """Homes of rescuers, drawn without replacement."""
    homes = [row["places"][0]["cell"] for row in scenario.rescuers if row["places"]]
    return [centre_of(cell) for cell in Random(seed).sample(homes, count)]


async def first_alert_s(api: Api, incident_id: str) -> float | None:
    """Seconds from the call to the first alert on its way; None when nobody was alerted."""
    give_up = time.monotonic() + SENT_WITHIN_S
    while time.monotonic() < give_up:
        timeline = await api.get(f"/incidents/{incident_id}/timeline")
        sent = [e["elapsed_s"] for e in timeline["entries"] if e["event"] == "alert_sent"]
        if sent:
            return float(min(sent))
        await asyncio.sleep(0.25)
    return None


async def floor(dsn: str, count: int) -> list[float]:
    """Seconds of a durable insert of one row, each in its own transaction."""
    connection = await asyncpg.connect(dsn)
    took = []
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS floor (id bigserial, at timestamptz)")
        for _ in range(count):
            began = time.perf_counter()
            await connection.execute("INSERT INTO floor (at) VALUES (now())")
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)
        await connection.execute("DROP TABLE floor")
    finally:
        await connection.close()
    return took


async def measure(data_dir: Path, scenario_name: str, calls: int, seed: int) -> dict[str, Any]:
    """Runs it all; returns the document that is printed."""
    scenario = load(scenario_name, today=datetime.now(UTC).date())
    answered: list[float] = []
    alerted: list[float] = []
    people = 0
    began = time.perf_counter()
    async with Stack(StackOptions(data_dir=data_dir)) as stack:
        up_s = time.perf_counter() - began
        story = Story(stack, scenario, speed_up=1, say=say_on_stderr)
        loaded = await story.load()
        floor_s = await floor(stack.dsn, calls)
        api = Api(stack.urls["gateway"][0], stack.token("dispatcher", "benchmark"))
        for latitude, longitude in places(scenario, calls, seed):
            place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
            sent_at = time.perf_counter()
            call = await api.post(
                "/calls", {"place": place, "conscious": False, "breathing_normally": False}
            )
            answered.append(time.perf_counter() - sent_at)
            incident = call["incident"]
            people += len(incident["alerts"])
            if incident["alerts"]:
                on_its_way = await first_alert_s(api, incident["id"])
                if on_its_way is not None:
                    alerted.append(on_its_way)
            await api.post(f"/incidents/{incident['id']}/cancel")
            await asyncio.sleep(PACE_S)
        await api.close()
        await story.close()
    floor_ms = percentiles(floor_s)
    answer_ms = percentiles(answered)
    return {
        "scenario": scenario_name,
        "calls": calls,
        "seed": seed,
        "up_s": round(up_s, 1),
        "load_s": round(loaded.seconds, 1),
        "call_answered": answer_ms,
        "first_alert_on_its_way": percentiles(alerted),
        "alerts_per_call": round(people / calls, 1),
        "floor_durable_insert": floor_ms,
        "ratio_answer_floor_p50": round(answer_ms["p50_ms"] / floor_ms["p50_ms"], 1),
    }


def main() -> int:
    """Prints one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--scenario", default="sanming")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="lifering-calls-") as folder:
        result = asyncio.run(
            measure(Path(folder) / "data", options.scenario, options.calls, options.seed)
        )
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
