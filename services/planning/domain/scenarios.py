"""What a scenario is: a base, what was thought up on it, and who did so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shared.contracts.records import AedRecord, StationRecord, UnitRecord
from shared.scenarios.catalogue import LISTED
from shared.whatif import ChangeError, Registry, apply, read_changes

LIVE: Final = "live"
"""The registry as of now; it is taken anew by whoever asks."""
BUILT_IN: Final = tuple(listed.name for listed in LISTED)
ID_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
ROOM: Final = 0.02
"""Degrees around the sites, so that none lies on the map's edge."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sites:
    """The places of a base, as records: what a map shows and changes are checked with."""

    aeds: Sequence[Json] = ()
    stations: Sequence[Json] = ()
    units: Sequence[Json] = ()

    def registry(self) -> Registry:
        """Without people: whom nobody can move, and whom a check needs not."""
        return Registry(
            aeds={row["id"]: AedRecord.model_validate(row) for row in self.aeds},
            stations={row["id"]: StationRecord.model_validate(row) for row in self.stations},
            units={row["id"]: UnitRecord.model_validate(row) for row in self.units},
            rescuers={},
        )

    def after(self, changes: Sequence[Json]) -> Sites:
        """With changes made; raises :class:`shared.whatif.ChangeError`.

        People are not in it, and recruits can be a great many: they are left out.
        """
        if not changes:
            return self
        read = read_changes(changes)
        kept = [k for k, change in enumerate(read) if change.kind != "add_recruits"]
        try:
            made = apply(self.registry(), [read[k] for k in kept])
        except ChangeError as error:
            raise ChangeError(kept[error.index], error.field, error.message, error.mend) from None
        return Sites(
            aeds=[made.aeds[key].model_dump(mode="json") for key in sorted(made.aeds)],
            stations=[made.stations[key].model_dump(mode="json") for key in sorted(made.stations)],
            units=[made.units[key].model_dump(mode="json") for key in sorted(made.units)],
        )

    def bounds(self) -> list[float] | None:
        """West, south, east, north in degrees with some room; None without sites."""
        places = [(row["longitude"], row["latitude"]) for row in (*self.aeds, *self.stations)]
        if not places:
            return None
        east, north = (max(each[k] for each in places) for k in (0, 1))
        west, south = (min(each[k] for each in places) for k in (0, 1))
        return [
            round(max(-180.0, west - ROOM), 6),
            round(max(-90.0, south - ROOM), 6),
            round(min(180.0, east + ROOM), 6),
            round(min(90.0, north + ROOM), 6),
        ]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A base that is kept, without its document."""

    id: str
    base: str
    """A built-in scenario's name, or ``live``."""
    taken_at: datetime
    counts: dict[str, int]
    sites: Sites


@dataclass(frozen=True, slots=True)
class Scenario:
    """One that somebody saved."""

    id: str
    version: int
    name: str
    based_on: str
    snapshot_id: str
    base: str
    """Where the snapshot is from: through saved ones on saved ones, a built-in one or ``live``."""
    taken_at: datetime
    counts: dict[str, int]
    """Of the snapshot, before the changes."""
    made_at: datetime
    made_by: str
    updated_at: datetime
    note: str | None = None
    changes: list[Json] = field(default_factory=list)


def counts_after(counts: dict[str, int], changes: Sequence[Json]) -> dict[str, int]:
    """How many there are after changes, without carrying them out; units of stations aside."""
    steps = {
        "add_aed": ("aeds", 1),
        "remove_aed": ("aeds", -1),
        "add_station": ("stations", 1),
        "remove_station": ("stations", -1),
    }
    after = dict(counts)
    for change in changes:
        table, step = steps.get(change["kind"], ("rescuers", change.get("count", 0)))
        after[table] = after.get(table, 0) + step
        if change["kind"] == "add_station":
            units = change.get("units")
            after["units"] = after.get("units", 0) + (1 if units is None else len(units))
    return after
