"""The AsyncAPI document as AsyncAPI's own parser sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiokafka import ConsumerRecord

from shared.contracts.asyncapi import document
from shared.contracts.golden import examples_of
from shared.contracts.topics import TOPICS, Topic
from shared.messaging.admin import new_topics
from shared.messaging.dead_letters import dead_letter_headers
from tests import node

pytestmark = pytest.mark.contracts
SCRIPT = Path(__file__).parent / "validate_asyncapi.mjs"
WARNING = 1  # severities: 0 error, 1 warning, 2 information, 3 hint


def problems(described: dict[str, Any]) -> list[str]:
    found = json.loads(node.run(SCRIPT, json.dumps(described)))
    return [f"{d['path']}: {d['message']}" for d in found if d["severity"] <= WARNING]


def test_asyncapis_parser_finds_nothing() -> None:
    assert problems(document()) == []


def test_asyncapis_parser_sees_what_is_broken() -> None:
    """The check above can fail: a wrong binding and a message from nowhere are found."""
    broken = document()
    broken["channels"]["alerts"]["bindings"]["kafka"]["partitions"] = "many"
    broken["operations"]["dispatch.send.alerts"]["channel"]["$ref"] = "#/channels/nowhere"
    found = problems(broken)
    assert any("channels/alerts/bindings/kafka/partitions" in line for line in found), found
    assert any("operations/dispatch.send.alerts" in line for line in found), found


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_golden_examples_fit_the_documents_schemas(topic: Topic) -> None:
    described = document()
    components = {"components": described["components"]}
    names = {None: f"{topic.name}.tombstone"}
    for example in examples_of(topic):
        message = described["components"]["messages"][
            topic.name if example.value is not None else names[None]
        ]
        for schema, value in (
            (message["headers"], example.headers),
            (message["payload"], example.value),
            (message["bindings"]["kafka"]["key"], example.key),
        ):
            jsonschema.Draft7Validator(
                {**schema, **components}
                if "$ref" not in schema
                else {"allOf": [schema], **components},
                format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER,
            ).validate(value)


def test_every_declared_reader_and_writer_is_an_operation() -> None:
    operations = document()["operations"]
    for topic in TOPICS:
        for service in topic.producers:
            assert operations[f"{service}.send.{topic.name}"]["action"] == "send"
        for service in topic.consumers:
            assert operations[f"{service}.receive.{topic.name}"]["action"] == "receive"
        for service in topic.tables:
            assert operations[f"{service}.follow.{topic.name}"]["action"] == "receive"


def test_topics_are_described_as_they_are_created() -> None:
    channels = document()["channels"]
    created = new_topics(TOPICS, prefix="", replication_factor=1)
    assert channels.keys() == created.keys()
    for name, new in created.items():
        described = channels[name]["bindings"]["kafka"]
        assert described["partitions"] == new.num_partitions
        for setting, value in described["topicConfiguration"].items():
            told = ",".join(value) if isinstance(value, list) else str(value)
            assert new.topic_configs[setting] == told, (name, setting)


def test_dead_letters_have_the_headers_that_they_are_described_with() -> None:
    record = ConsumerRecord("alerts", 3, 9, 0, 0, b"k", b"v", None, 1, 1, ())
    written = {name for name, _ in dead_letter_headers(record, ValueError("no"), "alerting")}
    described = document()["components"]["messages"]["alerts.dead-letter.alerting"]["headers"]
    assert written == described["properties"].keys() == set(described["required"])
