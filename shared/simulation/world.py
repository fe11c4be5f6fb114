"""The world of a simulation: what the decision knows, and what is true besides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from shared.contracts.records import AedRecord, RescuerRecord, UnitRecord
from shared.contracts.words import UnitState
from shared.decision.routing import Router
from shared.decision.snapshot import Snapshot
from shared.simulation.assumptions import NIGHT_CLOSED, Twist
from shared.simulation.keyed import Purpose, key_in, key_of, uniform
from shared.snapshots import Known

FAR_OFF = date(9000, 1, 1)
ALWAYS = "24/7"


def start_of(at: datetime, time_zone: str) -> datetime:
    """The last local Monday 00:00 not after a moment, in UTC: where simulated time begins."""
    local = at.astimezone(ZoneInfo(time_zone))
    monday = local.date() - timedelta(days=local.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=ZoneInfo(time_zone)).astimezone(
        UTC
    )


@dataclass(frozen=True, slots=True)
class World:
    """Everything that replications share; each makes its own indexes of it."""

    known: Known
    start: datetime
    time_zone: str
    router: Router | None
    hospitals: npt.NDArray[np.float64]
    """(hospitals, 2) degrees."""
    hospital_ids: tuple[str, ...]

    def snapshot(self) -> Snapshot:
        """Fresh indexes with live dictionaries of what is held and who is tired."""
        made = self.known.snapshot(self.router)
        held = replace(made.held, rescuers={}, aeds={}, units={})
        return replace(made, held=held, alerts_recent={}, missing_aeds=frozenset())


def world_of(
    known: Known,
    at: datetime,
    time_zone: str,
    *,
    seed: int,
    router: Router | None = None,
    twist: Twist | None = None,
) -> World:
    """The world that a registry describes, kept as it is.

    Certificates, pads and batteries that are valid at the start stay so (somebody sees to them), as
    do those that have expired; nobody's phone tells a live place, because a registry has no hours
    to come; units stand at their stations. Raises ``ValueError`` when there is no ambulance.
    """
    twist = twist or Twist()
    start = start_of(at, time_zone)
    today = start.date()
    rescuers = [
        _kept(record, today)
        for each in known.rescuers
        for record in _as_many(each, twist.density, seed)
    ]
    aeds = [_open(_maintained(each, today), twist.hours, seed) for each in known.aeds]
    sites = {station.id: station for station in known.stations}
    units = [
        _at_home(unit, sites[unit.station_id].latitude, sites[unit.station_id].longitude, start)
        for unit in known.units
        if unit.station_id in sites
    ]
    if not any(unit.kind == "ambulance" for unit in units):
        raise ValueError("units: there is no ambulance at a known station")
    hospitals = [station for station in known.stations if station.hospital]
    return World(
        known=replace(known, rescuers=rescuers, presence=(), aeds=aeds, units=units),
        start=start,
        time_zone=time_zone,
        router=router,
        hospitals=np.array([(h.latitude, h.longitude) for h in hospitals]).reshape(-1, 2),
        hospital_ids=tuple(h.id for h in hospitals),
    )


def _as_many(record: RescuerRecord, density: float, seed: int) -> list[RescuerRecord]:
    """The rescuer, nobody, or the rescuer and a neighbour like them; by the same draw always."""
    if density == 1.0:
        return [record]
    chance = uniform(key_in(seed, key_of(record.id)), Purpose.DENSITY)
    if density < 1.0:
        return [record] if chance < density else []
    if chance >= density - 1.0:
        return [record]
    return [record, record.model_copy(update={"id": f"{record.id}-b"})]


def _kept(record: RescuerRecord, today: date) -> RescuerRecord:
    expires = record.credential_expires_on
    if expires is None or expires < today:
        return record
    return record.model_copy(update={"credential_expires_on": FAR_OFF})


def _maintained(aed: AedRecord, today: date) -> AedRecord:
    changes = {
        name: FAR_OFF
        for name in ("pads_expire_on", "battery_expires_on")
        if (until := getattr(aed, name)) is not None and until >= today
    }
    return aed.model_copy(update=changes) if changes else aed


def _open(aed: AedRecord, hours: float, seed: int) -> AedRecord:
    chance = uniform(key_in(seed, key_of(aed.id)), Purpose.HOURS)
    always = aed.opening_hours == ALWAYS
    if hours < 1.0 and always and chance >= hours:
        return aed.model_copy(update={"opening_hours": NIGHT_CLOSED})
    if hours > 1.0 and aed.opening_hours is not None and not always and chance < hours - 1.0:
        return aed.model_copy(update={"opening_hours": ALWAYS})
    return aed


def _at_home(unit: UnitRecord, latitude: float, longitude: float, start: datetime) -> UnitRecord:
    """Free at its station, unless it is out of service."""
    gone = unit.state in (UnitState.OFF_DUTY, UnitState.OUT_OF_SERVICE)
    state = unit.state if gone else UnitState.AVAILABLE
    return unit.model_copy(
        update={
            "state": state,
            "latitude": latitude,
            "longitude": longitude,
            "state_at": start,
            "incident_id": None,
        }
    )
