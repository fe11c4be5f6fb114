"""How far incidents are, for a list of many: counts, one query for a whole page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.store import Connection


@dataclass(frozen=True, slots=True)
class Progress:
    """Who is on in one incident, in numbers."""

    asked: int
    accepted: int
    arrived: int
    with_aed: int
    units: int
    unacknowledged: int
    unit_there: bool
    same_patient: bool
    acknowledge_by: datetime | None
    """When the first order is replaced that nobody has acknowledged; None when all are."""
    next_eta_at: datetime | None
    """When the first of all who come is expected, from when they were sent; None when all are
    there, or nobody comes."""


_THERE = "('on_scene', 'at_patient', 'transporting', 'at_hospital', 'free')"


async def progress(connection: Connection, ids: Sequence[str]) -> dict[str, Progress]:
    """The progress of each incident named."""
    rows = await connection.fetch(
        f"""SELECT i.id, people.*, crews.*,
                   EXISTS (SELECT 1 FROM links
                           WHERE (incident_id = i.id OR other_id = i.id)
                             AND decision IS NULL) AS same_patient
            FROM unnest($1::text[]) AS i (id)
            CROSS JOIN LATERAL (
                SELECT count(*) AS asked,
                       count(*) FILTER (
                           WHERE state IN ('accepted', 'aed_collected', 'arrived')) AS accepted,
                       count(*) FILTER (WHERE state = 'arrived') AS arrived,
                       count(*) FILTER (WHERE collected_at IS NOT NULL) AS with_aed,
                       min(sent_at + eta_s * interval '1 second') FILTER (
                           WHERE state IN ('accepted', 'aed_collected')) AS rescuer_at
                FROM alerts WHERE incident_id = i.id AND ended_at IS NULL) AS people
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE ended_at IS NULL) AS units,
                       count(*) FILTER (
                           WHERE ended_at IS NULL AND state = 'notified') AS unacknowledged,
                       min(acknowledge_by) FILTER (
                           WHERE ended_at IS NULL AND state = 'notified') AS acknowledge_by,
                       coalesce(bool_or(kind = 'ambulance' AND state IN {_THERE}), false)
                           AS unit_there,
                       min(notified_at + eta_s * interval '1 second') FILTER (
                           WHERE ended_at IS NULL
                             AND state IN ('notified', 'acknowledged', 'mobile')) AS unit_at
                FROM orders WHERE incident_id = i.id) AS crews""",  # noqa: S608 - words above
        list(ids),
    )
    found = {}
    for row in rows:
        values = dict(row)
        incident_id = values.pop("id")
        expected = [values.pop("rescuer_at"), values.pop("unit_at")]
        found[incident_id] = Progress(
            **values, next_eta_at=min((at for at in expected if at is not None), default=None)
        )
    return found
