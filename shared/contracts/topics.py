"""Every topic, declared once.

Topic creation, the contract tests, the AsyncAPI document and the picture in the README come out of
this declaration; a topic that is not here does not exist (brokers never create one by themselves).

Keys and partitions: records are keyed by entity id and go to an *explicit* partition, that of the
entity's shard (:func:`shared.geometry.cells.partition_of_shard`), so that compaction works and a
consumer of some shards can own all of their state. All sharded topics have the same number of
partitions (co-partitioned). An entity that moves to another shard writes a tombstone on the old
partition (``ce_version`` in its headers). ``positions`` alone goes by the rescuer's id, because
one rescuer's positions must stay in order wherever the rescuer goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.records import (
    AedRecord,
    AlertRecord,
    CircleRecord,
    DeliveryRecord,
    IncidentRecord,
    OrderRecord,
    PositionRecord,
    PresenceRecord,
    Record,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)

PARTITIONS: Final = 8
"""Partitions of every sharded topic: divides the 64 shards, and leaves room for eight instances."""

HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S
FOREVER_S: Final = -1


class Cleanup(StrEnum):
    """How Kafka forgets."""

    COMPACT = "compact"
    DELETE = "delete"


class PartitionedBy(StrEnum):
    """What decides the partition of a record."""

    SHARD = "shard"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: what is in it, who writes and reads it, how it is created."""

    name: str
    description: str
    event_type: str
    """CloudEvents ``type``, with the version of the payload at its end."""
    payload: type[Record]
    key: str
    """The field of the payload that is the record's key."""
    partitioned_by: PartitionedBy
    cleanup: Cleanup
    retention_s: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    """Services that handle each record once, as a group: these have a dead-letter topic."""
    tables: tuple[str, ...] = ()
    """Services that replay it into memory, each instance for itself."""
    partitions: int = PARTITIONS

    @property
    def version(self) -> int:
        """The payload's version."""
        return int(self.event_type.rsplit(".v", 1)[1])

    @property
    def dead_letter_topics(self) -> tuple[str, ...]:
        """Where each consuming service puts what it cannot handle."""
        return tuple(dead_letter_name(self.name, consumer) for consumer in self.consumers)


def dead_letter_name(topic: str, consumer: str) -> str:
    """The dead-letter topic of a consuming service for a topic."""
    return f"{topic}.dead-letter.{consumer}"


AEDS: Final = Topic(
    name="aeds",
    description="Every AED as it is registered now: place, hours, access, condition. No codes.",
    event_type="org.lifering.aed.v1",
    payload=AedRecord,
    key="id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.COMPACT,
    retention_s=FOREVER_S,
    producers=("aed_registry",),
    consumers=(),
    tables=("dispatch",),
)

RESCUERS: Final = Topic(
    name="rescuers",
    description="Every rescuer's profile as the decision needs it; by the shard of the home cell.",
    event_type="org.lifering.rescuer.v1",
    payload=RescuerRecord,
    key="id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.COMPACT,
    retention_s=FOREVER_S,
    producers=("rescuer_location",),
    consumers=(),
    tables=("dispatch",),
)

POSITIONS: Final = Topic(
    name="positions",
    description="Coarsened positions of rescuers as they come in; short-lived, in order for each.",
    event_type="org.lifering.position.v1",
    payload=PositionRecord,
    key="rescuer_id",
    partitioned_by=PartitionedBy.KEY,
    cleanup=Cleanup.DELETE,
    retention_s=HOUR_S,
    producers=("gateway",),
    consumers=("rescuer_location",),
)

PRESENCE: Final = Topic(
    name="presence",
    description="The cell in which a rescuer is now, only when it changes.",
    event_type="org.lifering.presence.v1",
    payload=PresenceRecord,
    key="rescuer_id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.COMPACT,
    retention_s=FOREVER_S,
    producers=("rescuer_location",),
    consumers=(),
    tables=("dispatch", "rescuer_location"),
)

STATIONS: Final = Topic(
    name="stations",
    description="Every station of the four tiers.",
    event_type="org.lifering.station.v1",
    payload=StationRecord,
    key="id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.COMPACT,
    retention_s=FOREVER_S,
    producers=("ambulance_stations",),
    consumers=(),
    tables=("dispatch",),
)

UNITS: Final = Topic(
    name="units",
    description="Every unit: what it is, where it is, what it is doing.",
    event_type="org.lifering.unit.v1",
    payload=UnitRecord,
    key="id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.COMPACT,
    retention_s=FOREVER_S,
    producers=("ambulance_stations",),
    consumers=(),
    tables=("dispatch",),
)

CIRCLES: Final = Topic(
    name="circles",
    description="What each station reaches within ten minutes, in minute bands of H3 cells.",
    event_type="org.lifering.circle.v1",
    payload=CircleRecord,
    key="station_id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.COMPACT,
    retention_s=FOREVER_S,
    producers=("ambulance_stations",),
    consumers=(),
)

INCIDENTS: Final = Topic(
    name="incidents",
    description="The log of everything that happens in incidents, with its Utstein time points.",
    event_type="org.lifering.incident.v1",
    payload=IncidentRecord,
    key="incident_id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.DELETE,
    retention_s=400 * DAY_S,
    producers=("dispatch",),
    consumers=("aed_registry",),
)

ALERTS: Final = Topic(
    name="alerts",
    description="Messages to rescuers: alerts, updates, stand-downs. No address in them.",
    event_type="org.lifering.alert.v1",
    payload=AlertRecord,
    key="alert_id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.DELETE,
    retention_s=7 * DAY_S,
    producers=("dispatch",),
    consumers=("alerting",),
)

ORDERS: Final = Topic(
    name="orders",
    description="Orders to units and every step of them.",
    event_type="org.lifering.order.v1",
    payload=OrderRecord,
    key="order_id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.DELETE,
    retention_s=7 * DAY_S,
    producers=("dispatch",),
    consumers=("ambulance_stations",),
)

DELIVERIES: Final = Topic(
    name="deliveries",
    description="What became of each message on each channel: sent, delivered, seen, failed.",
    event_type="org.lifering.delivery.v1",
    payload=DeliveryRecord,
    key="message_id",
    partitioned_by=PartitionedBy.SHARD,
    cleanup=Cleanup.DELETE,
    retention_s=7 * DAY_S,
    producers=("alerting",),
    consumers=("dispatch",),
)

TOPICS: Final[tuple[Topic, ...]] = (
    AEDS,
    RESCUERS,
    POSITIONS,
    PRESENCE,
    STATIONS,
    UNITS,
    CIRCLES,
    INCIDENTS,
    ALERTS,
    ORDERS,
    DELIVERIES,
)


def topic_named(name: str) -> Topic:
    """The declared topic of that name; ``KeyError`` when there is none."""
    for topic in TOPICS:
        if topic.name == name:
            return topic
    raise KeyError(name)
