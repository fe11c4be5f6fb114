"""Who may not be asked because of others: held, tired or missing, by row of the indexes.

Ids come from the claims of other incidents; which rows they are is found out once, when a snapshot
is made (``ready``). Walking through a hundred ids and two dictionaries costs more than a search.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import repeat

import numpy as np
import numpy.typing as npt

from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot

NONE_SUCH = repeat(-1)


class Marked:
    """Held, tired and missing, of one snapshot and one limit of alerts."""

    __slots__ = ("_of", "incidents", "numbers")

    def __init__(self, snapshot: Snapshot, most: int) -> None:
        """``most`` is the number of alerts at which somebody is tired (``fatigue.max_alerts``)."""
        people, devices = snapshot.rescuers.slots.numbers.get, snapshot.aeds.slots.numbers.get
        held, missing = snapshot.held, snapshot.missing_aeds
        tired = [id for id, count in snapshot.alerts_recent.items() if count >= most]
        rows = snapshot.units.rows
        self._of = (held, snapshot.alerts_recent, missing, most)
        self.incidents: dict[int, str] = {
            row: incident_id
            for unit_id, incident_id in held.units.items()
            if (row := rows.get(unit_id)) is not None
        }
        """Row of a unit → the incident that holds it."""
        self.numbers: npt.NDArray[np.int32] = np.frombuffer(
            array(
                "i",
                [
                    0,
                    len(tired),
                    len(held.rescuers),
                    len(held.aeds),
                    len(missing),
                    len(self.incidents),
                    *map(people, tired, NONE_SUCH),
                    *map(people, held.rescuers, NONE_SUCH),
                    *map(devices, held.aeds, NONE_SUCH),
                    *map(devices, missing, NONE_SUCH),
                    *self.incidents,
                ],
            ),
            dtype=np.int32,
        )
        """See ``fresh.MARKS``; the first says of a question whether it is taken for an arrest."""

    def serve(self, snapshot: Snapshot, most: int) -> bool:
        """Whether they were made of what this snapshot holds, and for that limit."""
        held, recent, missing, limit = self._of
        return (
            held is snapshot.held
            and recent is snapshot.alerts_recent
            and missing is snapshot.missing_aeds
            and limit == most
        )


def ready(snapshot: Snapshot, policy: Policy) -> Snapshot:
    """The snapshot with its marks; its indexes and claims must not change from here on."""
    return replace(snapshot, marked=Marked(snapshot, policy.fatigue.max_alerts))


def marked_of(snapshot: Snapshot, policy: Policy) -> Marked:
    """The marks of a snapshot, made now if they were not."""
    most, known = policy.fatigue.max_alerts, snapshot.marked
    return known if known is not None and known.serve(snapshot, most) else Marked(snapshot, most)
