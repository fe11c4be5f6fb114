"""Places as clients send them, and as they are kept.

At the edge a coordinate comes with its datum (:class:`PlaceIn`); inside there is only WGS-84
(:class:`Place`). A coordinate without a datum, or off the globe, never gets in.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from shared.geometry.datum import Datum, to_wgs84

Latitude = Field(ge=-90, le=90, description="Degrees north; 0 is valid", examples=[26.2486])
Longitude = Field(ge=-180, le=180, description="Degrees east; 0 is valid", examples=[117.6186])


class Place(BaseModel):
    """A WGS-84 place, degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latitude: float = Latitude
    longitude: float = Longitude


class PlaceIn(BaseModel):
    """A place from outside, with the datum that it refers to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latitude: float = Latitude
    longitude: float = Longitude
    datum: Datum = Field(description="What the coordinates refer to; there is no default")
    accuracy_m: float | None = Field(
        default=None, ge=0, le=100_000, description="Radius of 68 % confidence, metres"
    )

    def wgs84(self) -> Place:
        """The same place in WGS-84."""
        latitude, longitude = to_wgs84(self.latitude, self.longitude, self.datum)
        return Place(latitude=latitude, longitude=longitude)
