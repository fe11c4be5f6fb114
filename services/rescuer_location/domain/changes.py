"""What a rescuer changes about themselves, and what a registrar confirms about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from services.rescuer_location.domain.rescuer import (
    MAX_PLACES,
    Cell,
    Consent,
    Credential,
    Flag,
    Hours,
    Languages,
    OfferedCredential,
    Rescuer,
    Review,
    ReviewOutcome,
    UsualPlaceRow,
    credential_expired,
    local_day,
)
from shared.contracts.words import PlaceKind, RescuerState, TransportMode
from shared.http.errors import MendableError
from shared.http.strict import Strict


class ConsentChange(Strict):
    """What a rescuer agrees to from now on; what is left out stays."""

    alerts: Flag | None = Field(
        default=None, description="false withdraws it, and the one to be located with it"
    )
    location: Flag | None = Field(
        default=None, description="false withdraws it: the live place is deleted at once"
    )


_COORDINATES = frozenset({"place", "latitude", "longitude", "lat", "lon", "lng", "coordinates"})


class OwnPlace(Strict):
    """Where a rescuer usually is at certain hours, as the phone says it: a cell it has computed."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: PlaceKind
    cell: Cell
    hours: Hours = "24/7"

    @model_validator(mode="before")
    @classmethod
    def _no_coordinates(cls, value: Any) -> Any:
        """A phone that sends where somebody lives is told so, not coarsened in silence."""
        if isinstance(value, dict) and not _COORDINATES.isdisjoint(value):
            raise MendableError(
                "has coordinates, which are not taken here",
                "send the H3 cell of resolution 10, computed on the phone",
            )
        return value

    def row(self) -> UsualPlaceRow:
        """As the register keeps it."""
        return UsualPlaceRow(kind=self.kind, cell=self.cell, hours=self.hours)


class OwnChange(Strict):
    """What rescuers may change about themselves; what is left out stays."""

    model_config = ConfigDict(hide_input_in_errors=True)

    available: Flag | None = None
    quiet_hours: Hours | None = Field(default=None, description="null for none")
    transport_mode: TransportMode | None = None
    places: Annotated[tuple[OwnPlace, ...], Field(max_length=MAX_PLACES)] | None = Field(
        default=None, description="All of them, in the order in which they are looked at"
    )
    languages: Languages | None = None
    consent: ConsentChange | None = None


class CannotVerify(Exception):  # noqa: N818 - a refusal, not a failure
    """The credential does not stand; the message says what is missing."""


def changed(rescuer: Rescuer, change: OwnChange, now: datetime) -> Rescuer:
    """The rescuer after their own change. Consent is dated when it is given or withdrawn."""
    update: dict[str, object] = {}
    if change.available is not None:
        update["available"] = change.available
    if "quiet_hours" in change.model_fields_set:
        update["quiet_hours"] = change.quiet_hours
    if change.transport_mode is not None:
        update["transport_mode"] = change.transport_mode
    if change.places is not None:
        update["places"] = tuple(place.row() for place in change.places)
    if change.languages is not None:
        update["languages"] = change.languages
    if change.consent is not None:
        update["consent"] = _consent(rescuer.consent, change.consent, now)
    return rescuer.model_copy(update=update)


def _consent(before: Consent, change: ConsentChange, now: datetime) -> Consent:
    alerts = before.alerts if change.alerts is None else change.alerts
    location = before.location if change.location is None else change.location
    # Without alerts there is nothing that a place could be needed for (PIPL Art. 6).
    location = location and alerts
    if (alerts, location) == (before.alerts, before.location):
        return before
    return Consent(alerts=alerts, location=location, at=now)


def verified(rescuer: Rescuer, credential: Credential | None, now: datetime) -> Rescuer:
    """The rescuer once a registrar has seen the credential; raises :class:`CannotVerify`.

    ``credential`` is what was shown, where it is not what the rescuer has sent or, failing that,
    what the register has.
    """
    offered = rescuer.offered
    shown = credential or (offered.complete() if offered is not None else rescuer.credential)
    if shown is None and offered is not None:
        raise CannotVerify("its last day is not known; send the credential with expires_on")
    if shown is None:
        raise CannotVerify("there is no credential to check; send it with this request")
    today = local_day(rescuer, now)
    after = rescuer.model_copy(
        update={
            "credential": shown.model_copy(update={"verified_on": today}),
            "offered": None,
            "review": Review(outcome=ReviewOutcome.VERIFIED, at=now),
            "state": RescuerState.VERIFIED,
        }
    )
    if credential_expired(after, now):
        raise CannotVerify(
            f"the credential expired after {shown.expires_on.isoformat()}; send the renewed one"
        )
    return after


def refused(rescuer: Rescuer, reason: str, now: datetime) -> Rescuer:
    """The rescuer once a registrar has looked and said no.

    Somebody verified whose renewed certificate is refused keeps the old one for as long as it
    lasts; anybody else is not alerted until they send another.
    """
    state = rescuer.state
    if state is RescuerState.ENROLLED:
        state = RescuerState.SUSPENDED
    return rescuer.model_copy(
        update={
            "offered": None,
            "review": Review(outcome=ReviewOutcome.REFUSED, reason=reason, at=now),
            "state": state,
        }
    )


def was_refused(rescuer: Rescuer) -> bool:
    """Whether they are kept out by a refusal alone, and may try again with other papers."""
    return (
        rescuer.state is RescuerState.SUSPENDED
        and rescuer.review is not None
        and rescuer.review.outcome is ReviewOutcome.REFUSED
    )


def with_offer(rescuer: Rescuer, offered: OfferedCredential) -> Rescuer:
    """The rescuer with a certificate to look at; one who was refused is looked at again.

    Who is verified stays so, with the certificate that was verified. Who is suspended stays so.
    """
    state = RescuerState.ENROLLED if was_refused(rescuer) else rescuer.state
    return rescuer.model_copy(update={"offered": offered, "state": state})
