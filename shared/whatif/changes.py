"""The changes that a planner can think of, one model for each kind; places are WGS-84 degrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from shared.contracts.words import Tier, UnitKind
from shared.http.strict import Identifier, Name, Strict, line

CHANGES_MOST: Final = 2_000
"""Changes of one scenario."""
RECRUITS_MOST: Final = 100_000
RADIUS_MOST_M: Final = 100_000.0


class ChangeError(ValueError):
    """A change that cannot be made: which one (from 0), which of its fields, and the mend."""

    def __init__(self, index: int, field: str, message: str, mend: str) -> None:
        super().__init__(f"changes[{index}].{field}: {message}: {mend}")
        self.index = index
        self.field = field
        self.message = message
        self.mend = mend


def _hours(value: str | None) -> str | None:
    """Opening hours that can be read; None is unknown."""
    if value is None:
        return None
    from shared.hours import validate_hours  # takes a moment, and most changes have none

    return validate_hours(value)


Latitude = Annotated[float, Field(ge=-90, le=90, description="WGS-84 degrees north")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="WGS-84 degrees east")]
Hours = Annotated[
    Annotated[str, line(500)] | None,
    AfterValidator(_hours),
    Field(description="OSM opening_hours; null: unknown, which is neither open nor closed"),
]


class AddAed(Strict):
    """A new AED."""

    model_config = ConfigDict(title="AddAed")

    kind: Literal["add_aed"]
    id: Identifier | None = Field(default=None, description="Left out: one is made up")
    latitude: Latitude
    longitude: Longitude
    name: Name | None = None
    hours: Hours = "24/7"
    floor: Annotated[int, Field(ge=-20, le=200)] | None = None


class MoveAed(Strict):
    """An AED hangs elsewhere."""

    model_config = ConfigDict(title="MoveAed")

    kind: Literal["move_aed"]
    id: Identifier
    latitude: Latitude
    longitude: Longitude


class SetHours(Strict):
    """An AED can be reached at other hours."""

    model_config = ConfigDict(title="SetHours")

    kind: Literal["set_hours"]
    id: Identifier
    hours: Hours


class RemoveAed(Strict):
    """An AED is gone."""

    model_config = ConfigDict(title="RemoveAed")

    kind: Literal["remove_aed"]
    id: Identifier


class NewUnit(Strict):
    """A unit of a new station."""

    model_config = ConfigDict(title="NewUnit")

    kind: UnitKind


class AddStation(Strict):
    """A new station; without units named it gets one, as its tier has them."""

    model_config = ConfigDict(title="AddStation")

    kind: Literal["add_station"]
    id: Identifier | None = Field(default=None, description="Left out: one is made up")
    name: Name | None = None
    tier: Tier
    latitude: Latitude
    longitude: Longitude
    units: Annotated[tuple[NewUnit, ...], Field(max_length=50)] | None = None


class MoveStation(Strict):
    """A station stands elsewhere, and its units with it."""

    model_config = ConfigDict(title="MoveStation")

    kind: Literal["move_station"]
    id: Identifier
    latitude: Latitude
    longitude: Longitude


class RemoveStation(Strict):
    """A station is gone, and its units with it."""

    model_config = ConfigDict(title="RemoveStation")

    kind: Literal["remove_station"]
    id: Identifier


class AddRecruits(Strict):
    """New rescuers who live around a place, spread evenly; the same ones each time."""

    model_config = ConfigDict(title="AddRecruits")

    kind: Literal["add_recruits"]
    latitude: Latitude
    longitude: Longitude
    radius_m: Annotated[float, Field(gt=0, le=RADIUS_MOST_M)]
    count: Annotated[int, Field(ge=1, le=RECRUITS_MOST)]


Change = Annotated[
    AddAed
    | MoveAed
    | SetHours
    | RemoveAed
    | AddStation
    | MoveStation
    | RemoveStation
    | AddRecruits,
    Field(discriminator="kind"),
]

_ONE: TypeAdapter[Any] = TypeAdapter(Change)


def read_changes(values: Sequence[Any]) -> tuple[Any, ...]:
    """Changes from JSON values; raises :class:`ChangeError` for the first that is none."""
    found = []
    for index, value in enumerate(values):
        try:
            found.append(_ONE.validate_python(value))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            # The union's own word for the kind is no field.
            path = [str(part) for part in first["loc"]][1:] or ["kind"]
            message = first["msg"].removeprefix("Value error, ")
            raise ChangeError(
                index, ".".join(path), message, "see docs/capabilities/planning.md"
            ) from None
    return tuple(found)
