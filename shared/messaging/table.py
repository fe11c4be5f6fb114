"""A compacted topic as a table in memory: replayed before serving, then followed.

Every instance reads all partitions for itself, from the start, in no group; the table is ready when
each partition has been read to the end offset seen at the start (compaction leaves gaps, so the
position counts and not the last record's offset). While Kafka is away it keeps serving what it has,
and says with ``as_of`` how old that is.

An entity may move between partitions (its shard changes), and nothing orders partitions against
each other. So a record is applied when its version is at least the known one, and a tombstone
deletes only what came from its own partition: the tombstone that an entity leaves behind can then
come before or after its new record. Records without a version are ordered by their time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import TopicPartition

from shared.contracts.records import Record
from shared.contracts.topics import Topic
from shared.messaging.errors import Poison
from shared.messaging.events import Event, decode
from shared.messaging.raw import raw_decoder, raw_parser
from shared.messaging.replay import Follower

if TYPE_CHECKING:
    from shared.messaging.broker import Broker
    from shared.messaging.watch import ConsumerWatch

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)
OnChange = Callable[[str, R | None, R | None], None]
"""Called with (key, old value, new value); None: was not there, is gone."""

YIELD_EVERY: Final = 250
"""Records applied before other tasks get a turn: about 5 ms."""
BATCH_TIMEOUT_MS: Final = 20
MOST_LOGGED: Final = 10


@dataclass(frozen=True, slots=True)
class Held(Generic[R]):
    """What is known of one key."""

    value: R
    partition: int
    version: int


class Table(Mapping[str, R]):
    """Key → newest value. Reading needs no lock: changes happen between your awaits."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.as_of: datetime | None = None
        """Time of the newest applied record; None while nothing was applied."""
        self.offsets: dict[int, int] = {}
        """Per partition, the offset of the next record to apply."""
        self.ready = False
        """Whether everything that was there at the start has been applied."""
        self.restored = False
        """Whether it serves a snapshot until the replay has caught up."""
        self.skipped = 0
        """Records that could not be read."""
        self._replayed = asyncio.Event()
        self._held: dict[str, Held[R]] = {}
        self._replay: dict[str, Held[R]] = self._held
        self._listeners: list[OnChange[R]] = []

    def __getitem__(self, key: str) -> R:
        return self._held[key].value

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def keys(self) -> KeysView[str]:
        """All keys."""
        return self._held.keys()

    def values(self) -> ValuesView[R]:
        """All values, as they are now (a copy: safe to iterate across awaits)."""
        return {key: held.value for key, held in self._held.items()}.values()

    def held(self, key: str) -> Held[R] | None:
        """The value with its partition and version."""
        return self._held.get(key)

    def on_change(self, callback: OnChange[R]) -> None:
        """Calls back, in order, for what is there already and for every change from now on."""
        self._listeners.append(callback)
        for key, held in list(self._held.items()):
            callback(key, None, held.value)

    async def wait_ready(self) -> None:
        """Waits for the end of the replay."""
        await self._replayed.wait()

    def snapshot(self) -> dict[str, Any]:
        """Everything, as JSON-able values, to serve from after a restart without Kafka."""
        return {
            "topic": self.topic.name,
            "event_type": self.topic.event_type,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "offsets": {str(partition): offset for partition, offset in self.offsets.items()},
            "entries": [
                [key, held.partition, held.version, held.value.model_dump(mode="json")]
                for key, held in self._held.items()
            ],
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Serves a snapshot until the replay has caught up; before the broker starts.

        The replay begins at the start all the same and then takes the snapshot's place: deletions
        made long ago have left no trace in a compacted topic. Raises ``ValueError`` for a snapshot
        of another topic or version.
        """
        if (snapshot["topic"], snapshot["event_type"]) != (self.topic.name, self.topic.event_type):
            raise ValueError(
                f"snapshot: is of {snapshot['event_type']}, not {self.topic.event_type}"
            )
        for key, partition, version, value in snapshot["entries"]:
            record = cast(R, self.topic.payload.model_validate(value))
            self._put(self._held, key, Held(record, partition, version))
        as_of = snapshot["as_of"]
        self.as_of = None if as_of is None else datetime.fromisoformat(as_of).astimezone(UTC)
        self.restored = True
        self._replay = {}

    def apply(self, event: Event[R]) -> bool:
        """Applies one event; whether it changed anything."""
        version = _version(event)
        known = self._replay.get(event.key)
        self.offsets[event.partition] = event.offset + 1
        if self.as_of is None or event.time > self.as_of:
            self.as_of = event.time
        if event.data is None:
            if known is None or known.partition != event.partition:
                return False
            self._put(self._replay, event.key, None)
            return True
        if known is not None and version < known.version:
            return False
        self._put(self._replay, event.key, Held(event.data, event.partition, version))
        return True

    async def apply_all(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        """Decodes and applies raw records; one that cannot be read is skipped, counted and told."""
        for number, record in enumerate(records, 1):
            try:
                self.apply(decode(record, self.topic))
            except Poison as error:
                self._skip(record, error)
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    def finish_replay(self) -> None:
        """The end seen at the start is reached: from now on what is here is what there is."""
        if self._replay is not self._held:
            stale, self._held = self._held, self._replay
            for key in sorted(stale.keys() | self._held.keys()):
                old, new = stale.get(key), self._held.get(key)
                if old is None or new is None or old.value != new.value:
                    self._tell(key, old, new)
        self.ready = True
        self.restored = False
        self._replayed.set()

    def _put(self, into: dict[str, Held[R]], key: str, held: Held[R] | None) -> None:
        old = into.get(key)
        if held is None:
            into.pop(key, None)
        else:
            into[key] = held
        if into is self._held:
            self._tell(key, old, held)

    def _tell(self, key: str, old: Held[R] | None, new: Held[R] | None) -> None:
        for listener in self._listeners:
            try:
                listener(
                    key, None if old is None else old.value, None if new is None else new.value
                )
            except Exception:
                # The record is applied all the same: a reader's bug must not freeze the table.
                log.exception("%s: a listener failed on %s", self.topic.name, key)

    def _skip(self, record: ConsumerRecord[Any, Any], error: Poison) -> None:
        self.offsets[record.partition] = record.offset + 1
        self.skipped += 1
        if self.skipped <= MOST_LOGGED:
            log.error(
                "%s partition %d offset %d cannot be read and is skipped: %s",
                self.topic.name,
                record.partition,
                record.offset,
                error,
            )


def _version(event: Event[Any]) -> int:
    """The entity's version; its time in microseconds where a topic has no versions."""
    if event.version is not None:
        return event.version
    return int(event.time.timestamp() * 1_000_000)


def follow(
    broker: Broker,
    topic: Topic,
    *,
    table: Table[R],
    watch: ConsumerWatch | None = None,
) -> Table[R]:
    """Declares that this instance keeps ``table`` as its copy of a compacted topic; returns it.

    Call before the broker starts. The table is not ready before its replay, unless it was restored
    from a snapshot.
    """
    if topic.name != table.topic.name:
        raise ValueError(f"table: is of {table.topic.name}, not of {topic.name}")
    follower = Follower(table, broker)
    name = broker.topic_prefix + topic.name
    subscriber: Any = broker.subscriber(
        partitions=[
            TopicPartition(name, number, declare=False) for number in range(topic.partitions)
        ],
        group_id=None,
        batch=True,
        batch_timeout_ms=BATCH_TIMEOUT_MS,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=500,
        parser=raw_parser,
        decoder=raw_decoder,
        no_reply=True,
    )
    subscriber(follower.take)

    async def begin() -> None:
        follower.begin(subscriber.consumer)

    broker.after_start(begin)
    broker.before_stop(follower.stop)
    broker.topics_needed.add(name)
    if watch is not None:
        watch.add(f"table {topic.name}", live=follower.live, ready=follower.ready)
    return table
