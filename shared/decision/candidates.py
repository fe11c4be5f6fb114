"""Where a rescuer is believed to be now: one record at a time, as the compiled search does it.

For those who were asked already, and for what a rescuer is told about themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.words import PlaceKind
from shared.decision.model import PlaceSource
from shared.decision.moment import Moment
from shared.decision.policy import WherePeopleAre
from shared.decision.rescuer_index import CellPlace, RescuerEntry
from shared.decision.responder_odds import p_live_place
from shared.hours import OpeningState


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a rescuer is believed to be now."""

    place: CellPlace
    source: PlaceSource
    age_s: float | None
    p: float
    """P(they are there)."""


_BY_KIND = {
    PlaceKind.HOME: PlaceSource.HOME,
    PlaceKind.WORK: PlaceSource.WORK,
    PlaceKind.OTHER: PlaceSource.OTHER,
}


def whereabouts(entry: RescuerEntry, moment: Moment, policy: WherePeopleAre) -> Whereabouts | None:
    """The live place while it is young enough, else the first usual place open at this hour.

    A place told from a clock that runs ahead counts as told now.
    """
    presence, live = entry.presence, entry.live
    if presence is not None and live is not None and entry.record.location_consent:
        age_s = max(0.0, (moment.now - presence.recorded_at).total_seconds())
        if age_s <= policy.live_max_age_s:
            p = p_live_place(
                age_s,
                policy.live_fresh_s,
                policy.live_half_life_s,
                policy.p_live_fresh,
                policy.p_live,
            )
            return Whereabouts(live, PlaceSource.LIVE, age_s, p)
    for usual in entry.usual:
        if moment.hours(usual.hours, entry.record.time_zone).state is OpeningState.OPEN:
            source = _BY_KIND[usual.kind]
            p = {
                PlaceSource.HOME: policy.p_home,
                PlaceSource.WORK: policy.p_work,
            }.get(source, policy.p_other)
            return Whereabouts(usual.place, source, None, p)
    return None
