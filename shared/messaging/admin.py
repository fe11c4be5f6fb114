"""Topics come out of their declaration, and out of nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.contracts.topics import DAY_S, FOREVER_S, TOPICS, Cleanup, Topic

log = logging.getLogger(__name__)

DEAD_LETTER_PARTITIONS: Final = 1
DEAD_LETTER_RETENTION_S: Final = 30 * DAY_S
"""Long enough for somebody to come back from holiday and look."""
TOMBSTONES_KEPT_S: Final = 7 * DAY_S
"""A reader that was away for less still sees what was deleted."""
REPLICATION: Final = 3
"""Replicas where there are that many brokers; else one for each broker."""


class TopicsMissing(Exception):  # noqa: N818 (says what is the matter)
    """Topics that are declared do not exist on the broker, or not as declared."""


def topic_config(topic: Topic, replication_factor: int) -> dict[str, str]:
    """Kafka's settings for a declared topic."""
    config = {
        "cleanup.policy": topic.cleanup.value,
        "min.insync.replicas": str(2 if replication_factor >= 3 else 1),
    }
    if topic.cleanup is Cleanup.COMPACT:
        config["delete.retention.ms"] = str(TOMBSTONES_KEPT_S * 1000)
        # Compaction starts when a fifth of the log is old, and each segment within a day.
        config["min.cleanable.dirty.ratio"] = "0.2"
        config["segment.ms"] = str(DAY_S * 1000)
    else:
        retention = topic.retention_s
        config["retention.ms"] = str(retention * 1000 if retention != FOREVER_S else FOREVER_S)
    return config


def new_topics(
    topics: Sequence[Topic], *, prefix: str, replication_factor: int
) -> dict[str, NewTopic]:
    """What to create for the declared topics: themselves and their dead-letter topics, by name."""
    wanted: dict[str, NewTopic] = {}
    for topic in topics:
        wanted[prefix + topic.name] = NewTopic(
            name=prefix + topic.name,
            num_partitions=topic.partitions,
            replication_factor=replication_factor,
            topic_configs=topic_config(topic, replication_factor),
        )
        for name in topic.dead_letter_topics:
            wanted[prefix + name] = NewTopic(
                name=prefix + name,
                num_partitions=DEAD_LETTER_PARTITIONS,
                replication_factor=replication_factor,
                topic_configs={
                    "cleanup.policy": "delete",
                    "retention.ms": str(DEAD_LETTER_RETENTION_S * 1000),
                },
            )
    return wanted


async def ensure_topics(
    bootstrap: str,
    topics: Sequence[Topic] = TOPICS,
    *,
    prefix: str = "",
    replication_factor: int | None = None,
    timeout_s: float = 30.0,
) -> None:
    """Creates the topics that are missing; safe to call again, and by several at the same time.

    Raises :class:`TopicsMissing` when an existing topic has another number of partitions than its
    declaration (records would go to the wrong ones), ``KafkaError`` when the broker refuses.
    """
    admin = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap.split(","), request_timeout_ms=int(timeout_s * 1000)
    )
    try:
        await admin.start()
        if replication_factor is None:
            cluster = await admin.describe_cluster()
            replication_factor = min(REPLICATION, len(cluster["brokers"]))
        wanted = new_topics(topics, prefix=prefix, replication_factor=replication_factor)
        existing = await _partitions(admin, list(wanted))
        missing = [new for name, new in wanted.items() if name not in existing]
        if missing:
            _check_created(await admin.create_topics(missing, timeout_ms=int(timeout_s * 1000)))
            log.info("created %d topics", len(missing))
        await _wait_until_there(admin, wanted, timeout_s)
    finally:
        await admin.close()


async def missing_topics(bootstrap: str, names: Sequence[str]) -> list[str]:
    """Which of the topics the broker does not have; ``KafkaError`` when it cannot be asked."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","), request_timeout_ms=5_000)
    try:
        await admin.start()
        existing = await _partitions(admin, list(names))
        return [name for name in names if name not in existing]
    finally:
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """How many partitions each of the topics has that exist and have leaders."""
    found: dict[str, int] = {}
    for described in await admin.describe_topics(names):
        if described["error_code"] == 0 and all(
            each["error_code"] == 0 for each in described["partitions"]
        ):
            found[described["topic"]] = len(described["partitions"])
    return found


def _check_created(response: Any) -> None:
    for topic, code, *message in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"{topic}: {message[0] if message else code}")


async def _wait_until_there(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, NewTopic], timeout_s: float
) -> None:
    """Waits until every topic has leaders: before, a consumer would be told that it is unknown."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        existing = await _partitions(admin, list(wanted))
        wrong = [
            f"{name}: has {existing[name]} partitions, declared are {new.num_partitions}"
            for name, new in wanted.items()
            if name in existing and existing[name] != new.num_partitions
        ]
        if wrong:
            raise TopicsMissing("; ".join(wrong))
        missing = [name for name in wanted if name not in existing]
        if not missing:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise TopicsMissing(f"not there after {timeout_s:g} s: {', '.join(missing)}")
        await asyncio.sleep(0.05)


__all__ = ["KafkaError", "TopicsMissing", "ensure_topics", "missing_topics"]
