"""Events as they travel: CloudEvents 1.0 in the Kafka binary binding, JSON values.

Headers carry the envelope (``ce_*``, ``content-type``, ``traceparent``), the value is the payload
of the topic's declaration, and an absent value is a tombstone. ``decode`` never trusts a record:
what it cannot read is :class:`Poison`, with the field that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from shared.contracts.records import Record
from shared.contracts.topics import Topic
from shared.messaging.errors import Poison

R = TypeVar("R", bound=Record)

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Event(Generic[R]):
    """One decoded record."""

    id: str
    """CloudEvents id: the same on every redelivery, so what deduplication goes by."""
    type: str
    source: str
    subject: str
    time: datetime
    data: R | None
    """None is a tombstone: the entity is gone (from this partition)."""
    key: str
    version: int | None
    """The entity's version; goes up with every change of it."""
    shard: int | None
    traceparent: str | None
    topic: str
    partition: int
    offset: int


def cloud_headers(
    *,
    event_id: str,
    type: str,
    source: str,
    subject: str,
    time: datetime,
    version: int | None = None,
    shard: int | None = None,
    traceparent: str | None = None,
) -> dict[str, str]:
    """The headers of an event; ``time`` must be aware, what is None is left out."""
    if time.tzinfo is None:
        raise ValueError("time: needs a time zone; use datetime(..., tzinfo=UTC)")
    headers = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": event_id,
        "ce_source": source,
        "ce_type": type,
        "ce_time": time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "ce_subject": subject,
        "content-type": CONTENT_TYPE,
    }
    if version is not None:
        headers["ce_version"] = str(version)
    if shard is not None:
        headers["ce_shard"] = str(shard)
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return headers


def read_headers(record: ConsumerRecord[Any, Any]) -> dict[str, str]:
    """A record's headers as text; raises Poison naming one that is not UTF-8.

    The last of several headers with the same name counts, and one without a value is absent.
    """
    headers: dict[str, str] = {}
    for name, value in record.headers or ():
        if value is None:
            headers.pop(name, None)
            continue
        try:
            headers[name] = value.decode()
        except UnicodeDecodeError:
            if name.startswith("ce_") or name == "traceparent":
                raise Poison(f"{name}: the header is not UTF-8") from None
    return headers


def decode(record: ConsumerRecord[Any, Any], topic: Topic) -> Event[Any]:
    """The event in a raw record of a topic; raises Poison naming what is wrong with it."""
    headers = read_headers(record)
    event_type = _required(headers, "ce_type")
    if event_type != topic.event_type:
        raise Poison(f"ce_type: expected {topic.event_type}, got {event_type}")
    key = _key(record)
    return Event(
        id=_required(headers, "ce_id"),
        type=event_type,
        source=_required(headers, "ce_source"),
        subject=headers.get("ce_subject", key),
        time=_time(headers),
        data=_data(record, topic, key),
        key=key,
        version=_number(headers, "ce_version"),
        shard=_number(headers, "ce_shard"),
        traceparent=headers.get("traceparent"),
        topic=topic.name,
        partition=record.partition,
        offset=record.offset,
    )


def _required(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise Poison(f"{name}: the header is missing")
    return value


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise Poison(f"{name}: not a whole number: {value[:40]!r}") from None


def _time(headers: Mapping[str, str]) -> datetime:
    value = _required(headers, "ce_time")
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise Poison(f"ce_time: not an RFC 3339 time: {value[:40]!r}") from None
    if time.tzinfo is None:
        raise Poison(f"ce_time: has no time zone: {value[:40]!r}")
    return time.astimezone(UTC)


def _key(record: ConsumerRecord[Any, Any]) -> str:
    if record.key is None:
        raise Poison("key: missing")
    try:
        return str(record.key, "utf-8")
    except UnicodeDecodeError:
        raise Poison("key: not UTF-8") from None


def _data(record: ConsumerRecord[Any, Any], topic: Topic, key: str) -> Record | None:
    if record.value is None:
        return None
    try:
        data = topic.payload.model_validate_json(record.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "value"
        raise Poison(f"{place}: {first['msg']} ({error.error_count()} in all)") from None
    named = getattr(data, topic.key)
    if named != key:
        raise Poison(f"key: is {key[:80]!r}, but {topic.key} says {str(named)[:80]!r}")
    return data
