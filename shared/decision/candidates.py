"""Who and what is around the patient: eligible, or skipped with the constraint that binds.

Rescuers are looked for ring by ring until enough can be asked; AEDs within the whole reach. The
first constraint in the order below is the one that a plan names: first what a person is (verified,
credential), then what they said (consent, availability, quiet hours), then what others need them
for (held, fatigue), and last where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.records import AedRecord, RescuerRecord
from shared.contracts.words import PlaceKind, RescuerState
from shared.decision.index import CellPlace, RescuerEntry
from shared.decision.model import CandidateKind, Patient, PlaceSource, Reason, Skipped
from shared.decision.moment import Moment
from shared.decision.odds import AedOdds, aed_odds
from shared.decision.policy import Policy, WherePeopleAre
from shared.decision.snapshot import Snapshot
from shared.geometry.distance import great_circle_m
from shared.hours import OpeningState


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a rescuer is believed to be now."""

    place: CellPlace
    source: PlaceSource
    age_s: float | None
    p: float
    """P(they are there)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rescuer who may be asked."""

    record: RescuerRecord
    where: Whereabouts
    straight_m: float


@dataclass(frozen=True, slots=True)
class AedCandidate:
    """An AED that may be fetched."""

    record: AedRecord
    odds: AedOdds
    straight_m: float


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
            p = policy.p_live_fresh if age_s <= policy.live_fresh_s else policy.p_live
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


def barred(
    record: RescuerRecord, moment: Moment, snapshot: Snapshot, policy: Policy
) -> tuple[Reason, Mapping[str, str | int | float]] | None:
    """Why this rescuer may not be alerted, wherever they are; None when they may."""
    if record.state is not RescuerState.VERIFIED:
        if record.state is RescuerState.SUSPENDED:
            return Reason.SUSPENDED, {}
        return Reason.NOT_VERIFIED, {}
    expires_on = record.credential_expires_on
    if expires_on is None:
        return Reason.NO_CREDENTIAL, {}
    if expires_on < moment.today(record.time_zone):
        return Reason.CREDENTIAL_EXPIRED, {"expired_on": expires_on.isoformat()}
    if not record.alerts_consent:
        return Reason.NO_CONSENT, {}
    if not record.available:
        return Reason.UNAVAILABLE, {}
    if record.quiet_hours is not None:
        quiet = moment.hours(record.quiet_hours, record.time_zone)
        if quiet.state is OpeningState.OPEN:
            return Reason.QUIET_HOURS, {}
    incident_id = snapshot.held.rescuers.get(record.id)
    if incident_id is not None:
        return Reason.HELD_BY_INCIDENT, {"incident_id": incident_id}
    recent = snapshot.alerts_recent.get(record.id, 0)
    if recent >= policy.fatigue.max_alerts:
        return Reason.FATIGUE, {
            "alerts_recent": recent,
            "window_days": policy.fatigue.window_days,
        }
    return None


def rescuers_around(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    asked: Mapping[str, Reason],
) -> tuple[list[Candidate], list[Skipped]]:
    """Those who may be asked, nearest ring first, and those within reach who may not.

    ``asked`` are the rescuers of this incident already: they are skipped with that reason.
    """
    reach_m = policy.reach.rescuer_m
    found: list[Candidate] = []
    skipped: list[Skipped] = []

    def skip(
        rescuer_id: str,
        reason: Reason,
        distance_m: float | None,
        detail: Mapping[str, str | int | float],
    ) -> None:
        skipped.append(Skipped(CandidateKind.RESCUER, rescuer_id, reason, distance_m, detail))

    for ring in snapshot.rescuers.rings(patient.latitude, patient.longitude, reach_m):
        for rescuer_id in ring:
            entry = snapshot.rescuers.get(rescuer_id)
            if entry is None:
                continue
            where = whereabouts(entry, moment, policy.places)
            if where is None:
                skip(rescuer_id, Reason.PLACE_UNKNOWN, None, {})
                continue
            straight_m = great_circle_m(
                patient.latitude, patient.longitude, where.place.latitude, where.place.longitude
            )
            if straight_m > reach_m:
                # Found through one of their places, but now at another: not around the patient.
                continue
            known = asked.get(rescuer_id)
            if known is not None:
                skip(rescuer_id, known, straight_m, {})
                continue
            bar = barred(entry.record, moment, snapshot, policy)
            if bar is not None:
                skip(rescuer_id, bar[0], straight_m, bar[1])
                continue
            found.append(Candidate(entry.record, where, straight_m))
        if len(found) >= policy.reach.enough:
            break
    return found, skipped


def aeds_around(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    ours: frozenset[str],
) -> tuple[list[AedCandidate], list[Skipped]]:
    """AEDs that may be fetched, nearest first, and those within reach that may not.

    ``ours`` are those that somebody of this incident is fetching or has fetched.
    """
    reach_m = policy.reach.aed_m
    found: list[AedCandidate] = []
    skipped: list[Skipped] = []
    for ring in snapshot.aeds.rings(patient.latitude, patient.longitude, reach_m):
        for aed_id in ring:
            record = snapshot.aeds.get(aed_id)
            if record is None:
                continue
            straight_m = great_circle_m(
                patient.latitude, patient.longitude, record.latitude, record.longitude
            )
            if straight_m > reach_m:
                continue
            reason: Reason | None = None
            detail: dict[str, str | int | float] = {}
            if aed_id in ours:
                reason = Reason.ALREADY_ASKED
            elif aed_id in snapshot.missing_aeds:
                reason = Reason.MISSING
            elif aed_id in snapshot.held.aeds:
                reason = Reason.HELD_BY_INCIDENT
                detail = {"incident_id": snapshot.held.aeds[aed_id]}
            else:
                odds = aed_odds(record, moment, policy.aed)
                reason = odds.shut
                if reason is None:
                    found.append(AedCandidate(record, odds, straight_m))
                    continue
                if odds.p > 0:
                    detail = {"p_usable": odds.p, "p_usable_min": policy.aed.p_usable_min}
            skipped.append(Skipped(CandidateKind.AED, aed_id, reason, straight_m, detail))
    found.sort(key=lambda aed: (aed.straight_m, aed.record.id))
    return found, skipped
