"""The main job, as a newcomer runs it: real servers, every service a process, killed on purpose."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer

from deploy.demo.story import EVENTS
from tests.e2e.lifering import Running, lifering, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SERVICES = {
    "gateway",
    "dispatch",
    "aed_registry",
    "rescuer_location",
    "ambulance_stations",
    "alerting",
    "planning",
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Lifering keeps its data, for the whole module: the second start is warm."""
    return tmp_path_factory.mktemp("lifering") / "data"


@pytest.fixture(scope="module")
def sanming(data_dir: Path) -> Iterator[tuple[Running, dict[str, Any]]]:
    """The demonstration on Sanming, with two dispatch instances, left running."""
    with running(data_dir, "demo", "--json", "--instances", "dispatch=2") as demo:
        document = demo.document()
        demo.wait_for(lambda: "everything stays up" in demo.said())
        yield demo, document


def test_every_step_happened_and_was_read_back(
    sanming: tuple[Running, dict[str, Any]],
) -> None:
    _, document = sanming
    happened = {entry["event"] for entry in document["timeline"]}
    assert happened >= set(EVENTS)
    assert {name for name, s in document["services"].items() if s["ready"]} == SERVICES
    assert document["scenario"] == "sanming"
    assert document["kafka_version"].startswith("4.")
    assert document["postgres_version"].startswith("18")
    assert document["plan"]["circle_cells"] > 0
    assert {c["kind"] for c in document["plan"]["chosen"]} == {"rescuer", "unit"}
    assert all(skipped["reason"] for skipped in document["plan"]["skipped"])
    elapsed = [e["elapsed_s"] for e in document["timeline"] if e["event"] == "call_received"]
    assert elapsed == [0.0]


def test_nothing_happened_twice(sanming: tuple[Running, dict[str, Any]]) -> None:
    _no_doubles(sanming[1]["timeline"])


async def test_topics_carry_cloud_events_without_personal_data(
    sanming: tuple[Running, dict[str, Any]],
) -> None:
    demo, document = sanming
    bootstrap = demo.status()["kafka"]["bootstrap"]
    consumer = AIOKafkaConsumer(
        "incidents", "alerts", "orders", "deliveries",
        bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest",
    )  # fmt: skip
    await consumer.start()
    records: list[Any] = []
    try:
        async with asyncio.timeout(60):
            while len({record.topic for record in records}) < 4:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    records += batch
    finally:
        await consumer.stop()
    for record in records:
        headers = {name: value.decode() for name, value in record.headers}
        assert headers["ce_specversion"] == "1.0"
        assert headers["ce_type"].startswith("org.lifering.")
        assert headers["content-type"] == "application/json"
        assert headers["traceparent"].startswith("00-")
        assert "示例路" not in record.value.decode()
    assert document["incident_id"].encode() in {record.key for record in records}


async def test_one_schema_a_service_and_no_way_into_anothers(
    sanming: tuple[Running, dict[str, Any]],
) -> None:
    demo, _ = sanming
    dsns = demo.status()["postgres"]["services"]
    admin = await asyncpg.connect(demo.status()["postgres"]["dsn"])
    try:
        schemas = {row[0] for row in await admin.fetch("SELECT nspname FROM pg_namespace")}
    finally:
        await admin.close()
    assert schemas >= SERVICES - {"gateway"}
    nosy = await asyncpg.connect(dsns["alerting"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await nosy.fetch("SELECT * FROM dispatch.incidents")
    finally:
        await nosy.close()


def test_the_same_data_directory_is_not_started_twice(
    sanming: tuple[Running, dict[str, Any]],
) -> None:
    demo, _ = sanming
    second = lifering(demo.data_dir, "up")
    assert second.returncode != 0
    assert len(second.stderr.strip().splitlines()) == 1
    assert "already runs" in second.stderr


def test_a_killed_launcher_leaves_no_orphan(
    sanming: tuple[Running, dict[str, Any]],
) -> None:
    """Last of those on Sanming: it ends it."""
    demo, _ = sanming
    status = demo.status()
    pids = [pid for service in status["services"].values() for pid in service["pids"]]
    pids += [server["pid"] for server in status["servers"].values()]
    assert len(pids) == len(SERVICES) + 3
    children = [psutil.Process(pid) for pid in pids]
    demo.process.send_signal(signal.SIGKILL)
    demo.process.wait(30)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def test_services_killed_in_the_middle_double_nothing(data_dir: Path) -> None:
    """A warm second run on another city, in which dispatch and alerting die and come back."""
    with running(data_dir, "demo", "--once", "--json", "--scenario", "takamatsu") as demo:
        demo.wait_for(lambda: "alert_seen" in demo.said())
        _kill(demo, "dispatch")
        demo.wait_for(lambda: "unit_mobile" in demo.said())
        _kill(demo, "alerting")
        document = demo.document()
        code = demo.process.wait(240)
    assert code == 0, demo.said()[-4_000:]
    assert {entry["event"] for entry in document["timeline"]} >= set(EVENTS)
    _no_doubles(document["timeline"])


def _kill(demo: Running, service: str) -> None:
    for pid in demo.status()["services"][service]["pids"]:
        os.kill(pid, signal.SIGKILL)


def _no_doubles(timeline: list[dict[str, Any]]) -> None:
    """Each step of each alert and order is there once, and the sequence has no gap.

    A task may change more than once (each re-plan may find a better one), but not to what it is.
    """
    assert [e["sequence"] for e in timeline] == list(range(1, len(timeline) + 1))
    once = Counter(
        (e["event"], e["detail"].get("alert_id") or e["detail"].get("order_id"))
        for e in timeline
        if (e["detail"].get("alert_id") or e["detail"].get("order_id"))
        and e["event"] != "task_changed"
    )
    assert {key: n for key, n in once.items() if n > 1} == {}
    tasks: dict[str, tuple[str, str | None]] = {}
    for entry in timeline:
        detail = entry["detail"]
        if entry["event"] == "task_changed":
            task = (detail["task"], detail["aed_id"])
            assert tasks.get(detail["alert_id"]) != task, entry
            tasks[detail["alert_id"]] = task
    for event in ("call_received", "incident_closed", "cpr_started"):
        assert sum(e["event"] == event for e in timeline) == 1
    claimed = Counter(e["detail"]["unit_id"] for e in timeline if e["event"] == "unit_notified")
    assert all(n == 1 for n in claimed.values())
