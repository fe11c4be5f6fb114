"""What is kept and published of a station's circles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ambulance_stations.domain.circles import Circle, published
from shared.contracts.records import CircleRecord, ModeCircle
from shared.contracts.topics import CIRCLES
from shared.contracts.words import Tier
from shared.geometry.cells import partition_of_shard
from shared.messaging.outbox import OutboxItem

FORM: Final = 2
"""What a record carries now; 1 was the widest circle alone."""


@dataclass(frozen=True, slots=True)
class StationCircles:
    """What a station reaches, by the kinds and modes of its units; the widest first."""

    station_id: str
    version: int
    tier: Tier
    latitude: float
    longitude: float
    shard: int
    circles: tuple[Circle, ...]
    updated_at: datetime
    form: int = FORM

    @property
    def published(self) -> Circle | None:
        """The one that speaks for the station."""
        return published(self.circles)


def same(before: StationCircles, after: StationCircles) -> bool:
    """Whether there is nothing to tell."""
    return (before.form, before.tier, before.latitude, before.longitude, before.circles) == (
        after.form,
        after.tier,
        after.latitude,
        after.longitude,
        after.circles,
    )


def events_of(before: StationCircles | None, after: StationCircles) -> list[OutboxItem]:
    """The record, or a tombstone when nothing is reached any more or another partition has it."""
    spoken, before_spoken = after.published, None if before is None else before.published
    items = []
    partitions = CIRCLES.partitions
    if before is not None and before_spoken is not None:
        moved = partition_of_shard(before.shard, partitions) != partition_of_shard(
            after.shard, partitions
        )
        if moved or spoken is None:
            items.append(
                OutboxItem(
                    key=after.station_id,
                    shard=after.shard,
                    data=None,
                    event_time=after.updated_at,
                    version=after.version,
                    partition_from=before.shard,
                )
            )
    if spoken is not None:
        items.append(
            OutboxItem(
                key=after.station_id,
                shard=after.shard,
                data=CircleRecord(
                    station_id=after.station_id,
                    version=after.version,
                    tier=after.tier,
                    mode=spoken.mode,
                    basis=spoken.basis,
                    turnout_s=spoken.turnout_s,
                    bands=spoken.bands,
                    streets=spoken.streets,
                    modes=tuple(
                        ModeCircle(
                            kind=circle.kind,
                            mode=circle.mode,
                            turnout_s=circle.turnout_s,
                            bands=circle.bands,
                        )
                        for circle in after.circles
                    ),
                ),
                event_time=after.updated_at,
                version=after.version,
            )
        )
    return items
