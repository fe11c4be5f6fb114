"""The picture of the city that decisions are made from: Kafka's tables, indexed in memory.

Each instance follows the compacted topics for itself, so that no other service has to answer for a
call to be planned. The indexes belong to the event loop: a decision reads them without awaiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.decision.index import AedIndex, RescuerIndex, UnitIndex, index_of
from shared.decision.model import Held
from shared.decision.routing import Router
from shared.decision.snapshot import Snapshot
from shared.decision.units_stations import StationTable
from shared.messaging.table import Table


@dataclass(frozen=True, slots=True)
class TableState:
    """How far a table has come."""

    name: str
    records: int
    ready: bool
    as_of: datetime | None


class Picture:
    """The indexes, kept by the tables' changes."""

    def __init__(
        self,
        *,
        aeds: Table[AedRecord],
        rescuers: Table[RescuerRecord],
        presence: Table[PresenceRecord],
        stations: Table[StationRecord],
        units: Table[UnitRecord],
    ) -> None:
        self.aeds = AedIndex()
        self.rescuers = RescuerIndex()
        self.units = UnitIndex()
        self.stations = StationTable()
        self._tables: dict[str, Table[Any]] = {
            "aeds": aeds,
            "rescuers": rescuers,
            "presence": presence,
            "stations": stations,
            "units": units,
        }
        self.on_places: Callable[[], None] = lambda: None
        """Called when AEDs or stations change."""
        self.on_unit: Callable[[str, UnitRecord | None], None] | None = None
        """Called when a unit's state or incident changes; with None when it is gone."""
        aeds.on_change(self._aed)
        rescuers.on_change(self._rescuer)
        presence.on_change(self._presence)
        stations.on_change(self._station)
        units.on_change(self._unit)

    def _aed(self, key: str, _old: AedRecord | None, new: AedRecord | None) -> None:
        if new is None:
            self.aeds.remove(key)
        else:
            self.aeds.put(new)
        self.on_places()

    def _rescuer(self, key: str, _old: RescuerRecord | None, new: RescuerRecord | None) -> None:
        if new is None:
            self.rescuers.remove(key)
        else:
            self.rescuers.put(new)

    def _presence(self, key: str, _old: PresenceRecord | None, new: PresenceRecord | None) -> None:
        if new is None:
            self.rescuers.unplace(key)
        else:
            self.rescuers.place(new)

    def _station(self, key: str, _old: StationRecord | None, new: StationRecord | None) -> None:
        if new is None:
            self.stations.pop(key, None)
        else:
            self.stations[key] = new
        self.on_places()

    def _unit(self, key: str, old: UnitRecord | None, new: UnitRecord | None) -> None:
        if new is None:
            self.units.remove(key)
        else:
            self.units.put(new)
        doing = [None if unit is None else (unit.state, unit.incident_id) for unit in (old, new)]
        if self.on_unit is not None and doing[0] != doing[1]:
            self.on_unit(key, new)

    @property
    def known(self) -> bool:
        """Whether every table is replayed, or at least restored from a snapshot."""
        return all(table.ready or table.restored for table in self._tables.values())

    def tables(self) -> list[TableState]:
        """How many records each table holds, whether it is replayed, and its newest record."""
        return [
            TableState(name=name, records=len(table), ready=table.ready, as_of=table.as_of)
            for name, table in self._tables.items()
        ]

    def snapshot(
        self,
        *,
        held: Mapping[str, Mapping[str, str]],
        alerts_recent: Mapping[str, int],
        missing_aeds: frozenset[str],
        router: Router | None = None,
    ) -> Snapshot:
        """The inputs of a decision now; nothing is copied, so use it before the next await.

        ``router`` are the streets around the patient; None is the H3 grid.
        """
        as_of: dict[str, datetime] = {}
        for name, table in self._tables.items():
            if table.as_of is not None:
                as_of[name] = table.as_of
        return Snapshot(
            rescuers=self.rescuers,
            aeds=self.aeds,
            units=self.units,
            stations=self.stations,
            held=_held(held),
            alerts_recent=alerts_recent,
            missing_aeds=missing_aeds,
            as_of=as_of,
            router=router,
        )

    def part(
        self,
        *,
        rescuers: Iterable[str] = (),
        aeds: Iterable[str] = (),
        units: Iterable[str] = (),
        held: Mapping[str, Mapping[str, str]] | None = None,
        router: Router | None,
    ) -> Snapshot:
        """A copy of what is known of these alone: for work beside the loop, at leisure."""
        people = [e for e in map(self.rescuers.get, sorted(rescuers)) if e is not None]
        rescuer_index, aed_index, unit_index = index_of(
            rescuers=[entry.record for entry in people],
            presence=[entry.presence for entry in people if entry.presence is not None],
            aeds=[aed for aed in map(self.aeds.get, sorted(aeds)) if aed is not None],
            units=[unit for unit in map(self.units.get, sorted(units)) if unit is not None],
        )
        return Snapshot(
            rescuers=rescuer_index,
            aeds=aed_index,
            units=unit_index,
            stations=dict(self.stations),
            held=Held() if held is None else _held(held),
            router=router,
        )


def _held(held: Mapping[str, Mapping[str, str]]) -> Held:
    """Claims by kind, as the decision takes them."""
    return Held(rescuers=held["rescuer"], aeds=held["aed"], units=held["unit"])
