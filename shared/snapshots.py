"""What a decision knew, whole: as plain records, as a JSON document, and as a Snapshot again.

Where a plan's inputs (:mod:`shared.decision.inputs`) hold only those whom it names, this holds
everybody: a running system hands it out to whoever plans, a scenario makes it from its files, and
deciding on the document again gives the same plan. People are in it as ids and cells only, but
where they are is sensitive all the same: who reads it from a running system is audited, and a file
of it is for its owner only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    Record,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.decision import Held, Policy, Snapshot, index_of
from shared.decision.history import History
from shared.decision.routing import Router
from shared.decision.units_stations import StationTable

FORMAT = "lifering-snapshot/1"
TABLES: dict[str, type[Record]] = {
    "aeds": AedRecord,
    "presence": PresenceRecord,
    "rescuers": RescuerRecord,
    "stations": StationRecord,
    "units": UnitRecord,
}
"""Tables by the names of their topics, and what is in them."""

_HELD = TypeAdapter(Held)
_HISTORY = TypeAdapter(dict[str, History])
_COUNTS = TypeAdapter(dict[str, int])
_TIME = TypeAdapter(datetime | None)


class SnapshotError(ValueError):
    """A document that is no snapshot; says in one line what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that decisions are made from at one moment; records sorted by id."""

    aeds: Sequence[AedRecord] = ()
    presence: Sequence[PresenceRecord] = ()
    rescuers: Sequence[RescuerRecord] = ()
    stations: Sequence[StationRecord] = ()
    units: Sequence[UnitRecord] = ()
    held: Held = field(default_factory=Held)
    alerts_recent: Mapping[str, int] = field(default_factory=dict)
    missing_aeds: frozenset[str] = frozenset()
    history: Mapping[str, History] = field(default_factory=dict)
    as_of: Mapping[str, datetime] = field(default_factory=dict)
    """Table → time of its newest record; a table not in it has told nothing."""
    streets: str | None = None
    """Version of the street network that is routed on; None is the H3 grid."""

    def table(self, name: str) -> Sequence[Record]:
        """The records of one of :data:`TABLES`."""
        records: Sequence[Record] = getattr(self, name)
        return records

    def counts(self) -> dict[str, int]:
        """How many records each table has."""
        return {name: len(self.table(name)) for name in TABLES}

    def snapshot(self, router: Router | None = None) -> Snapshot:
        """Fresh indexes of it, ready to decide on; ``router`` are the streets, if there are any."""
        rescuers, aeds, units = index_of(
            rescuers=self.rescuers, presence=self.presence, aeds=self.aeds, units=self.units
        )
        for rescuer_id, history in self.history.items():
            rescuers.remember(rescuer_id, history)
        return Snapshot(
            rescuers=rescuers,
            aeds=aeds,
            units=units,
            stations=StationTable(self.stations),
            held=self.held,
            alerts_recent=self.alerts_recent,
            missing_aeds=self.missing_aeds,
            as_of=self.as_of,
            router=router,
        )

    def content(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "tables": {
                name: {
                    "as_of": None if name not in self.as_of else self.as_of[name].isoformat(),
                    "records": [record.model_dump(mode="json") for record in self.table(name)],
                }
                for name in TABLES
            },
            "held": asdict(self.held),
            "alerts_recent": dict(self.alerts_recent),
            "missing_aeds": sorted(self.missing_aeds),
            "history": {key: asdict(value) for key, value in self.history.items()},
            "streets": self.streets,
        }


def known_by(snapshot: Snapshot) -> Known:
    """What live indexes hold: copies references only, so that the caller's loop goes on at once."""
    entries = [e for e in map(snapshot.rescuers.get, sorted(snapshot.rescuers)) if e is not None]
    histories = {e.record.id: snapshot.rescuers.history(e.record.id) for e in entries}
    return Known(
        aeds=[a for a in map(snapshot.aeds.get, sorted(snapshot.aeds)) if a is not None],
        presence=[e.presence for e in entries if e.presence is not None],
        rescuers=[e.record for e in entries],
        stations=[snapshot.stations[key] for key in sorted(snapshot.stations)],
        units=[u for u in map(snapshot.units.get, sorted(snapshot.units)) if u is not None],
        held=Held(
            dict(snapshot.held.rescuers), dict(snapshot.held.aeds), dict(snapshot.held.units)
        ),
        alerts_recent=dict(snapshot.alerts_recent),
        missing_aeds=snapshot.missing_aeds,
        history={key: value for key, value in histories.items() if value is not None},
        as_of=dict(snapshot.as_of),
        streets=None if snapshot.router is None else snapshot.router.version,
    )


def _identity(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def identity(known: Known) -> str:
    """Sixteen hex digits that two snapshots share only when everything in them is the same."""
    return _identity(msgspec.json.encode(known.content(), order="sorted"))


def encode(
    known: Known,
    taken_at: datetime,
    source: str,
    *,
    policy: Policy | None = None,
    attribution: Sequence[str] = (),
) -> bytes:
    """The document: the same arguments give the same bytes.

    ``source`` says where it is from, ``policy`` is the one that counts there, ``attribution`` what
    the licences of the data ask to be shown.
    """
    content = known.content()
    told = {
        "format": FORMAT,
        "id": _identity(msgspec.json.encode(content, order="sorted")),
        "taken_at": taken_at.isoformat(),
        "source": source,
        "policy": None if policy is None else policy.model_dump(mode="json"),
        "attribution": list(attribution),
        "content": content,
    }
    return msgspec.json.encode(told, order="sorted")


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, read."""

    id: str
    taken_at: datetime
    source: str
    policy: Policy | None
    attribution: tuple[str, ...]
    known: Known


def decode(document: bytes) -> Kept:
    """The snapshot of a document; raises :class:`SnapshotError` for anything else."""
    try:
        found = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"is not JSON in UTF-8 ({error})") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise SnapshotError(f"is not a snapshot of the form {FORMAT}")
    try:
        content = found["content"]
        kept = Kept(
            id=found["id"],
            taken_at=datetime.fromisoformat(found["taken_at"]),
            source=str(found["source"]),
            policy=None if found["policy"] is None else Policy.model_validate(found["policy"]),
            attribution=tuple(map(str, found["attribution"])),
            known=_known(content),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SnapshotError(f"{error.title}, {place}: {first['msg']}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"does not hold what a snapshot holds ({error!r})") from None
    if _identity(msgspec.json.encode(content, order="sorted")) != kept.id:
        raise SnapshotError(f"was changed after it was taken: its id {kept.id} is of other content")
    return kept


def _known(content: Mapping[str, Any]) -> Known:
    times = {name: _TIME.validate_python(content["tables"][name]["as_of"]) for name in TABLES}
    records: dict[str, Any] = {
        name: [model.model_validate(value) for value in content["tables"][name]["records"]]
        for name, model in TABLES.items()
    }
    return Known(
        **records,
        held=_HELD.validate_python(content["held"]),
        alerts_recent=_COUNTS.validate_python(content["alerts_recent"]),
        missing_aeds=frozenset(content["missing_aeds"]),
        history=_HISTORY.validate_python(content["history"]),
        as_of={name: at for name, at in times.items() if at is not None},
        streets=content["streets"],
    )
