"""Golden examples: what was once written on a topic is read the same way for ever."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from aiokafka import ConsumerRecord

from shared.contracts.golden import FOLDER, TOMBSTONE, Example, examples_of
from shared.contracts.topics import TOPICS, Cleanup, PartitionedBy, Topic, topic_named
from shared.geometry.cells import partition_of_shard
from shared.messaging.events import cloud_headers, decode

EXAMPLES = [(topic, example) for topic in TOPICS for example in examples_of(topic)]
REQUIRED = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject"}


def _name(value: object) -> str:
    return value.name if isinstance(value, Topic | Example) else repr(value)


@pytest.mark.parametrize("topic", TOPICS, ids=_name)
def test_every_topic_has_examples(topic: Topic) -> None:
    examples = examples_of(topic)
    assert [e for e in examples if e.value is not None], "a record that shows what is in it"
    tombstones = [e.name for e in examples if e.value is None]
    assert tombstones == ([TOMBSTONE] if topic.cleanup is Cleanup.COMPACT else [])


def test_every_folder_of_examples_is_a_topic() -> None:
    for folder in FOLDER.iterdir():
        topic_named(folder.name)


@pytest.mark.parametrize(("topic", "example"), EXAMPLES, ids=_name)
def test_the_model_reads_and_writes_it_unchanged(topic: Topic, example: Example) -> None:
    if example.value is None:
        return
    record = topic.payload.model_validate_json(json.dumps(example.value))
    assert json.loads(record.model_dump_json()) == example.value
    assert getattr(record, topic.key) == example.key


@pytest.mark.parametrize(("topic", "example"), EXAMPLES, ids=_name)
def test_a_newer_producers_fields_are_ignored(topic: Topic, example: Example) -> None:
    if example.value is None:
        return
    newer = {**example.value, "field_of_a_later_version": {"a": 1}}
    assert topic.payload.model_validate(newer) == topic.payload.model_validate(example.value)


@pytest.mark.parametrize(("topic", "example"), EXAMPLES, ids=_name)
def test_headers_are_cloudevents(topic: Topic, example: Example) -> None:
    headers = example.headers
    assert headers.keys() >= REQUIRED
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == topic.event_type
    assert headers["ce_subject"] == example.key
    assert headers["ce_source"].rsplit("/", 1)[-1] in topic.producers
    assert datetime.fromisoformat(headers["ce_time"]).utcoffset() is not None
    if example.value is not None:
        assert headers["content-type"] == "application/json"
    if "traceparent" in headers:
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", headers["traceparent"])


def _record(topic: Topic, example: Example) -> ConsumerRecord[bytes, bytes]:
    """The example as the client hands it over."""
    headers = tuple((name, value.encode()) for name, value in example.headers.items())
    value = None if example.value is None else json.dumps(example.value).encode()
    return ConsumerRecord(
        topic=topic.name,
        partition=example.partition or 0,
        offset=7,
        timestamp=0,
        timestamp_type=0,
        key=example.key.encode(),
        value=value,
        checksum=None,
        serialized_key_size=len(example.key),
        serialized_value_size=len(value or b""),
        headers=headers,
    )


@pytest.mark.parametrize(("topic", "example"), EXAMPLES, ids=_name)
def test_the_envelope_is_read_and_written_unchanged(topic: Topic, example: Example) -> None:
    event = decode(_record(topic, example), topic)
    written = cloud_headers(
        event_id=event.id,
        type=event.type,
        source=event.source,
        subject=event.subject,
        time=event.time,
        version=event.version,
        shard=event.shard,
        traceparent=event.traceparent,
    )
    assert written == example.headers
    assert event.key == example.key
    assert (event.data is None) == (example.value is None)


@pytest.mark.parametrize(("topic", "example"), EXAMPLES, ids=_name)
def test_partition_is_that_of_the_shard(topic: Topic, example: Example) -> None:
    if topic.partitioned_by is PartitionedBy.KEY:
        assert example.partition is None
        return
    shard = int(example.headers["ce_shard"])
    assert example.partition == partition_of_shard(shard, topic.partitions)
    if example.value is not None and "shard" in example.value:
        assert example.value["shard"] == shard
    if example.value is not None and "version" in example.value:
        assert example.headers["ce_version"] == str(example.value["version"])


def test_ids_of_examples_are_their_own() -> None:
    ids = [example.headers["ce_id"] for _, example in EXAMPLES]
    assert len(set(ids)) == len(ids)
