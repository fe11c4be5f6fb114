"""Which place of a rescuer counts at a moment, and why it is not the live one.

The choice itself is the decision's own function, so that what a rescuer is told is what a plan
would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.contracts.records import PresenceRecord, RescuerRecord
from shared.decision.candidates import whereabouts as where_decided
from shared.decision.index import RescuerIndex
from shared.decision.model import PlaceSource
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.hours import opening_at


class CountedPlace(StrEnum):
    """Which place counts."""

    LIVE = "live"
    HOME = "home"
    WORK = "work"
    OTHER = "other"
    NONE = "none"


class WhyPlace(StrEnum):
    """Why it is the live place, or why it is not."""

    LIVE_IS_YOUNG = "live_is_young"
    LIVE_IS_OLD = "live_is_old"
    NO_LIVE_PLACE = "no_live_place"
    NO_LOCATION_CONSENT = "no_location_consent"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The place that counts."""

    place: CountedPlace
    cell: str | None
    why: WhyPlace
    age_s: float | None = None
    """How old the live place is."""
    until: datetime | None = None
    """When another one counts, if nothing new comes; None when no end is known."""


def whereabouts(
    rescuer: RescuerRecord, presence: PresenceRecord | None, now: datetime, policy: Policy
) -> Whereabouts:
    """The live cell while it is young enough and may be used, else the usual place of the hour."""
    index = RescuerIndex()
    index.put(rescuer)
    if presence is not None:
        index.place(presence)
    entry = index.get(rescuer.id)
    assert entry is not None
    found = where_decided(entry, Moment(now, policy.response), policy.places)
    if found is not None and found.source is PlaceSource.LIVE and presence is not None:
        return Whereabouts(
            CountedPlace.LIVE,
            presence.cell,
            WhyPlace.LIVE_IS_YOUNG,
            age_s=found.age_s,
            until=presence.recorded_at + timedelta(seconds=policy.places.live_max_age_s),
        )
    if not rescuer.location_consent:
        why = WhyPlace.NO_LOCATION_CONSENT
    elif presence is None:
        why = WhyPlace.NO_LIVE_PLACE
    else:
        why = WhyPlace.LIVE_IS_OLD
    if found is None:
        return Whereabouts(CountedPlace.NONE, None, why, until=_next_place_at(rescuer, now))
    usual = next(
        place
        for place, cell in zip(rescuer.places, entry.usual, strict=True)
        if cell.place == found.place and place.kind.value == found.source.value
    )
    until = opening_at(usual.hours, rescuer.time_zone, None, now).until
    return Whereabouts(CountedPlace(found.source.value), usual.cell, why, until=until)


def _next_place_at(rescuer: RescuerRecord, now: datetime) -> datetime | None:
    """When the first of the usual places begins to count."""
    changes = (
        opening_at(place.hours, rescuer.time_zone, None, now).until for place in rescuer.places
    )
    return min((change for change in changes if change is not None), default=None)
