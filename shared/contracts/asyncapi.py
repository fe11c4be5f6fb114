"""The AsyncAPI 3.0 document of everything that services say to each other over Kafka.

It is made from the topic declarations, the record models and the golden examples alone, so it
cannot say anything else than what the code does. One document describes the whole network, from
the services' own side: `send` is what a service publishes, `receive` what it reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from shared.contracts.golden import Example, examples_of
from shared.contracts.topics import DAY_S, TOPICS, Cleanup, PartitionedBy, Topic, dead_letter_name

ASYNCAPI_VERSION: Final = "3.0.0"
KAFKA_BINDING: Final = "0.5.0"
CONTRACT_VERSION: Final = "1.0.0"
"""Version of the contract as a whole; each payload has its own at the end of its event type."""
DEAD_LETTER_RETENTION_S: Final = 30 * DAY_S
TOMBSTONES_KEPT_S: Final = 7 * DAY_S
"""As :mod:`shared.messaging.admin` creates them; a test holds the two together."""

_DEAD_LETTER_HEADERS: Final = {
    "error": "The kind of error",
    "message": "What it said",
    "topic": "The topic that the record was on",
    "partition": "Its partition there",
    "offset": "Its offset there",
    "service": "Who could not handle it",
}
_LOWER_HEX_TRACE: Final = "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"


def document(topics: Iterable[Topic] = TOPICS) -> dict[str, Any]:
    """The whole document, ready to be written as JSON."""
    declared = tuple(topics)
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in declared:
        messages[topic.name] = _message(topic)
        if topic.cleanup is Cleanup.COMPACT:
            messages[f"{topic.name}.tombstone"] = _tombstone(topic)
        channels[topic.name] = _channel(topic)
        operations |= _operations(topic)
        for consumer in topic.consumers:
            name = dead_letter_name(topic.name, consumer)
            messages[name] = _dead_letter(topic, consumer)
            channels[name] = _dead_letter_channel(topic, consumer)
            operations[f"{consumer}.send.{name}"] = _operation(
                "send", consumer, name, (name,), f"{consumer} puts aside what it cannot handle"
            )
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "id": "urn:org:lifering:events",
        "info": {
            "title": "Lifering events",
            "version": CONTRACT_VERSION,
            "description": (
                "What Lifering's services tell each other over Kafka. Events are CloudEvents 1.0 "
                "in the Kafka protocol binding's binary mode, values are JSON. Readers ignore "
                "fields that they do not know; a change of meaning is a new version. Delivery is "
                "at least once: the id of an event is the same each time, and handling it twice "
                "must change nothing. A record's key is the id of the entity, its partition that "
                "of the entity's shard. Personal data, patient addresses and cabinet codes are "
                "in no event: they are fetched over HTTP by who may see them."
            ),
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
            "tags": [{"name": service} for service in _services(declared)],
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The network's Kafka, 4.0 or later (KRaft)",
                "variables": {
                    "bootstrap": {
                        "default": "127.0.0.1:9092",
                        "description": "KAFKA_BOOTSTRAP; `./lifering status --json` says which",
                    }
                },
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": _schemas(declared)},
    }


def _services(topics: Iterable[Topic]) -> list[str]:
    return sorted({name for t in topics for name in (*t.producers, *t.consumers, *t.tables)})


def _schemas(topics: Iterable[Topic]) -> dict[str, Any]:
    """JSON schemas of the payloads as readers take them: what has a default may be missing."""
    models = dict.fromkeys(topic.payload for topic in topics)
    _, definitions = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    return dict(sorted(definitions["$defs"].items()))


def _headers(topic: Topic, *, tombstone: bool) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    properties: dict[str, Any] = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**text, "description": "The same each time that this event is delivered"},
        "ce_source": {
            **text,
            "format": "uri-reference",
            "description": "The service that published it",
        },
        "ce_type": {"type": "string", "const": topic.event_type},
        "ce_subject": {**text, "description": "The id of the entity"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_version": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "The entity's version; an older one than the reader has is ignored",
        },
        "ce_shard": {
            "type": "string",
            "pattern": "^([0-9]|[1-5][0-9]|6[0-3])$",
            "description": "The virtual shard, 0 to 63, that decides the partition",
        },
        "traceparent": {
            "type": "string",
            "pattern": _LOWER_HEX_TRACE,
            "description": "W3C trace context of what caused the event",
        },
        "content-type": {"type": "string", "const": "application/json"},
    }
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"]
    if not tombstone:
        required.append("content-type")
    return {"type": "object", "required": required, "properties": properties}


def _key_binding(topic: Topic) -> dict[str, Any]:
    return {
        "kafka": {
            "key": {
                "type": "string",
                "minLength": 1,
                "description": f"`{topic.key}` of the payload, UTF-8",
            },
            "bindingVersion": KAFKA_BINDING,
        }
    }


def _message(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.event_type,
        "title": topic.payload.__name__,
        "summary": topic.description,
        "contentType": "application/json",
        "headers": _headers(topic, tombstone=False),
        "payload": {"$ref": f"#/components/schemas/{topic.payload.__name__}"},
        "bindings": _key_binding(topic),
        "examples": [_example(one) for one in examples_of(topic) if one.value is not None],
    }


def _tombstone(topic: Topic) -> dict[str, Any]:
    return {
        "name": f"{topic.event_type}.tombstone",
        "title": f"{topic.payload.__name__} gone",
        "summary": (
            "The entity has gone, or has moved to a shard on another partition: forget it if what "
            "is known came from this partition and is no newer than `ce_version`."
        ),
        "contentType": "application/json",
        "headers": _headers(topic, tombstone=True),
        "payload": {"type": "null"},
        "bindings": _key_binding(topic),
        # AsyncAPI wants a value in every example: the headers show it, the value is null.
        "examples": [_example(one) for one in examples_of(topic) if one.value is None],
    }


def _example(example: Example) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": example.name, "headers": example.headers}
    if example.value is not None:
        shown["payload"] = example.value
    return shown


def _channel(topic: Topic) -> dict[str, Any]:
    names = [topic.name]
    if topic.cleanup is Cleanup.COMPACT:
        names.append(f"{topic.name}.tombstone")
    if topic.partitioned_by is PartitionedBy.SHARD:
        rule = "The partition is that of `ce_shard`: shard × partitions ÷ 64, rounded down."
    else:
        rule = f"The partition follows from the key, `{topic.key}`, by Kafka's default hash."
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.description} {rule}",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": _topic_binding(topic.partitions, topic.cleanup, topic.retention_s),
    }


def _topic_binding(partitions: int, cleanup: Cleanup, retention_s: int) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": [cleanup.value]}
    if cleanup is Cleanup.COMPACT:
        configuration["delete.retention.ms"] = TOMBSTONES_KEPT_S * 1_000
    else:
        configuration["retention.ms"] = retention_s * 1_000 if retention_s >= 0 else -1
    return {
        "kafka": {
            "partitions": partitions,
            "topicConfiguration": configuration,
            "bindingVersion": KAFKA_BINDING,
        }
    }


def _operations(topic: Topic) -> dict[str, Any]:
    names = [topic.name]
    if topic.cleanup is Cleanup.COMPACT:
        names.append(f"{topic.name}.tombstone")
    found: dict[str, Any] = {}
    for service in topic.producers:
        found[f"{service}.send.{topic.name}"] = _operation(
            "send", service, topic.name, names, f"{service} publishes {topic.name}"
        )
    for service in topic.consumers:
        found[f"{service}.receive.{topic.name}"] = _operation(
            "receive", service, topic.name, names, f"{service} handles each record once"
        )
    for service in topic.tables:
        found[f"{service}.follow.{topic.name}"] = _operation(
            "receive",
            service,
            topic.name,
            names,
            f"every instance of {service} replays it into its memory, from the beginning",
        )
    return found


def _operation(
    action: str, service: str, channel: str, messages: Iterable[str], summary: str
) -> dict[str, Any]:
    return {
        "action": action,
        "title": f"{service} {action} {channel}",
        "summary": summary,
        "channel": {"$ref": _pointer("channels", channel)},
        "messages": [{"$ref": _pointer("channels", channel, "messages", m)} for m in messages],
        "tags": [{"name": service}],
    }


def _pointer(*parts: str) -> str:
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    return "#/" + "/".join(escaped)


def _dead_letter(topic: Topic, consumer: str) -> dict[str, Any]:
    return {
        "name": f"{topic.event_type}.dead-letter",
        "title": f"A record of {topic.name} that {consumer} could not handle",
        "summary": "Key, value and headers as they came, with the error and the origin beside.",
        "headers": {
            "type": "object",
            "required": [f"dead_letter_{name}" for name in _DEAD_LETTER_HEADERS],
            "properties": {
                f"dead_letter_{name}": {"type": "string", "description": description}
                for name, description in _DEAD_LETTER_HEADERS.items()
            },
        },
        "payload": {"description": "The value as it came, whatever it is"},
        "bindings": _key_binding(topic),
    }


def _dead_letter_channel(topic: Topic, consumer: str) -> dict[str, Any]:
    name = dead_letter_name(topic.name, consumer)
    return {
        "address": name,
        "title": name,
        "description": (
            f"What {consumer} could not handle of {topic.name}, put aside for a person to look at. "
            "When too large a share goes here, the consumer halts instead."
        ),
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": _pointer("components", "messages", name)}},
        "bindings": _topic_binding(1, Cleanup.DELETE, DEAD_LETTER_RETENTION_S),
    }
