"""Topics come into being from their declaration, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.topics import ALERTS, HOUR_S, POSITIONS, PRESENCE
from shared.messaging.admin import TopicsMissing, ensure_topics, missing_topics, topic_config

TOPICS = (ALERTS, POSITIONS, PRESENCE)


def test_the_declaration_decides_the_settings() -> None:
    alone = topic_config(POSITIONS, 1)
    assert alone["cleanup.policy"] == "delete"
    assert alone["retention.ms"] == str(HOUR_S * 1000)
    assert alone["min.insync.replicas"] == "1"
    three = topic_config(PRESENCE, 3)
    assert three["cleanup.policy"] == "compact"
    assert "retention.ms" not in three
    assert three["min.insync.replicas"] == "2"


@pytest.mark.integration
async def test_several_at_once_create_each_topic_once(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    await asyncio.gather(
        *(ensure_topics(kafka_bootstrap, TOPICS, prefix=topic_prefix) for _ in range(3))
    )
    await ensure_topics(kafka_bootstrap, TOPICS, prefix=topic_prefix)
    names = [f"{topic_prefix}{name}" for name in ("alerts", "positions", "presence")]
    letters = [f"{topic_prefix}alerts.dead-letter.alerting"]
    assert await missing_topics(kafka_bootstrap, [*names, *letters]) == []
    assert await missing_topics(kafka_bootstrap, ["no-such-topic", names[0]]) == ["no-such-topic"]

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        described = {each["topic"]: each for each in await admin.describe_topics(names)}
        assert {len(each["partitions"]) for each in described.values()} == {8}
        answers = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        )
    finally:
        await admin.close()
    settings = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
    assert settings[names[2]]["cleanup.policy"] == "compact"
    assert settings[names[1]]["retention.ms"] == str(HOUR_S * 1000)


@pytest.mark.integration
async def test_other_partitions_than_declared_are_refused(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    await ensure_topics(kafka_bootstrap, [PRESENCE], prefix=topic_prefix)
    with pytest.raises(TopicsMissing, match="has 8 partitions, declared are 4"):
        await ensure_topics(kafka_bootstrap, [replace(PRESENCE, partitions=4)], prefix=topic_prefix)
