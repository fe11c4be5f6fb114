"""Whether a rescuer would be asked if a call came now, and each reason why not.

The reasons are those for which the decision passes somebody over (``shared/decision``), in words
that a phone can put on its screen. What another service knows (a running task, the fatigue budget)
comes in as :class:`Duty`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.rescuer_location.domain.changes import was_refused
from services.rescuer_location.domain.rescuer import Rescuer, credential_expired
from services.rescuer_location.domain.whereabouts import CountedPlace, Whereabouts
from shared.contracts.words import RescuerState
from shared.hours import OpeningState, opening_at


class WhyNot(StrEnum):
    """Why a rescuer would not be asked now."""

    RETIRED = "retired"
    NOT_VERIFIED = "not_verified"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    NO_CERTIFICATE = "no_certificate"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OFF_DUTY = "off_duty"
    QUIET_HOURS = "quiet_hours"
    NO_PLACE = "no_place"
    HELD = "held"
    FATIGUE = "fatigue"


@dataclass(frozen=True, slots=True)
class Duty:
    """What dispatch knows of a rescuer."""

    held: bool
    """On a task now."""
    resting_until: datetime | None
    """The fatigue budget is used up until then; None when it is not."""


def reasons_against(
    rescuer: Rescuer,
    where: Whereabouts | None,
    now: datetime,
    *,
    retired: bool = False,
    duty: Duty | None = None,
) -> list[WhyNot]:
    """Every reason that holds at ``now``, the lasting ones first; none: they would be asked.

    What is None (where they are, their duty) is not known, and no reason.
    """
    held = duty is not None and duty.held
    resting = duty is not None and duty.resting_until is not None and now < duty.resting_until
    checks = {
        WhyNot.RETIRED: retired,
        WhyNot.NOT_VERIFIED: rescuer.state is RescuerState.ENROLLED,
        WhyNot.REFUSED: was_refused(rescuer),
        WhyNot.SUSPENDED: rescuer.state is RescuerState.SUSPENDED and not was_refused(rescuer),
        # One that waits for the registrar is there, only not verified yet.
        WhyNot.NO_CERTIFICATE: rescuer.credential is None and rescuer.offered is None,
        WhyNot.CERTIFICATE_EXPIRED: credential_expired(rescuer, now),
        WhyNot.CONSENT_WITHDRAWN: not rescuer.consent.alerts,
        WhyNot.OFF_DUTY: not rescuer.available,
        WhyNot.QUIET_HOURS: _is_quiet(rescuer, now),
        WhyNot.NO_PLACE: where is not None and where.place is CountedPlace.NONE,
        WhyNot.HELD: held,
        WhyNot.FATIGUE: resting,
    }
    return [reason for reason, holds in checks.items() if holds]


def not_known(where: Whereabouts | None, duty: Duty | None) -> list[WhyNot]:
    """Which reasons could not be looked at."""
    places = [WhyNot.NO_PLACE] if where is None else []
    return places if duty is not None else [*places, WhyNot.HELD, WhyNot.FATIGUE]


def _is_quiet(rescuer: Rescuer, now: datetime) -> bool:
    return opening_at(rescuer.quiet_hours, rescuer.zone, None, now).state is OpeningState.OPEN
