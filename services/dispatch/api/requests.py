"""What dispatch takes over HTTP."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from shared.contracts.words import Gate, OrderState
from shared.geometry.datum import Datum
from shared.geometry.place import Latitude, Longitude, Place, PlaceIn
from shared.http.strict import Line, Strict, Text

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ()-]{3,31}$")]
EntityId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Floor = Annotated[int, Field(ge=-20, le=200, description="0 is the ground floor")]


class Details(Strict):
    """Where exactly the patient is and what is seen; personal, only for those who go."""

    address: Line | None = None
    building: Line | None = None
    unit: Line | None = Field(default=None, description="Entrance, stairwell or flat")
    floor: Floor | None = None
    door_code: Line | None = None
    seen: Text | None = Field(default=None, description="What the caller sees")
    patient_age: Annotated[int, Field(ge=0, le=130)] | None = None


class CallIn(Strict):
    """A call as the call-taker keys it in."""

    caller_phone: Phone | None = None
    place: PlaceIn
    details: Details = Details()
    conscious: bool | None = Field(default=None, description="None: not asked or not known")
    breathing_normally: bool | None = Field(default=None, description="None: not asked or known")
    gates: frozenset[Gate] = Field(
        default=frozenset(), description="Dangers that keep volunteers away; units go all the same"
    )
    bystander_cpr: bool = False
    received_at: AwareDatetime | None = Field(
        default=None, description="When the call came in, if before now; never in the future"
    )


class PlaceCorrection(Strict):
    """A better place, or better details of it."""

    place: PlaceIn | None = None
    details: Details | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.place is None and self.details is None:
            raise ValueError("give a place, details, or both")
        return self


class Answers(Strict):
    """Later answers to the questions and gates; what is left out stays as it is."""

    conscious: bool | None = None
    breathing_normally: bool | None = None
    gates: frozenset[Gate] | None = None


class Reason(Strict):
    """Why something is done, for the record."""

    because: Line | None = None


class Note(Strict):
    """A dispatcher's remark."""

    text: Annotated[Text, StringConstraints(min_length=1)]


class OtherIncident(Strict):
    """The incident that this one is merged into."""

    into: str = Field(pattern=r"^inc-[0-9a-f]{32}$")


class Hold(Strict):
    """The asker wants to hold an incident."""

    take_over: bool = Field(default=False, description="Even when somebody else holds it")


class UnitIn(Strict):
    """A unit that the dispatcher adds by hand."""

    unit_id: EntityId


class TelephoneCpr(Strict):
    """A step of the telephone-CPR script."""

    step: Annotated[str, StringConstraints(pattern=r"^(offered|started|compressions|refused)$")]


class SaidSomewhere(Strict):
    """A step with when and where it was taken, as far as that is known."""

    at: AwareDatetime | None = Field(
        default=None, description="When it happened, if it is sent later"
    )
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    datum: Datum | None = None

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        given = [value is not None for value in (self.latitude, self.longitude, self.datum)]
        if any(given) and not all(given):
            raise ValueError("a place needs latitude, longitude and datum, or none of them")
        return self

    def place(self) -> Place | None:
        """Where the step was taken, WGS-84; None when nobody said."""
        if self.latitude is None or self.longitude is None or self.datum is None:
            return None
        return PlaceIn(latitude=self.latitude, longitude=self.longitude, datum=self.datum).wgs84()


class StepIn(SaidSomewhere):
    """A rescuer's step; which one is in the path."""

    aed_id: EntityId | None = Field(
        default=None,
        description="The AED that was collected or not found: the task may have changed meanwhile",
    )


class TaskPosition(Strict):
    """Where a rescuer is during an accepted task."""

    latitude: float = Latitude
    longitude: float = Longitude
    datum: Datum
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)
    recorded_at: AwareDatetime


class OrderStepIn(SaidSomewhere):
    """A unit's step."""

    step: OrderState


class CallerPlace(Strict):
    """A caller's own place, sent through a one-time link."""

    latitude: float = Latitude
    longitude: float = Longitude
    datum: Datum
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)
