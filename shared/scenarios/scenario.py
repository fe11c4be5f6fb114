"""What a scenario is: a manifest that says what is true and what is assumed, and rows.

The rows are exactly what the registries' bulk endpoints take. Whatever a scenario made up carries
``provenance.synthetic``, and the manifest says in both languages on which assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.geometry.place import Place, PlaceIn

Row = dict[str, Any]
"""One row as its bulk endpoint takes it."""

TABLES = ("stations", "units", "aeds", "rescuers")
"""The tables of a scenario in the order of loading: a unit's station must exist before it."""


class Part(BaseModel):
    """Base of a manifest's parts: an unknown field is a mistake that the reader must see."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """A sentence for people, in both languages of the screens."""

    en: str
    zh: str


class Source(Part):
    """Where facts come from, and what their licence asks for."""

    name: str
    url: str | None = None
    licence: str
    attribution: str = Field(description="The words that the licence asks to be shown")
    used_for: Text


class DemoCall(Part):
    """A call that always finds rescuers, an AED that is open, a health team and an ambulance."""

    caller_phone: str
    place: PlaceIn
    address: str
    building: str | None = None
    unit: str | None = None
    floor: int | None = None
    door_code: str | None = None
    seen: str = Field(description="What the caller sees, in the caller's words")
    conscious: bool = False
    breathing_normally: bool = False


class Manifest(Part):
    """What a scenario says about itself (``manifest.json``)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    title: Text
    centre: Place
    time_zone: str = Field(description="IANA name")
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")
    seed: int | None = Field(default=None, description="What it was generated from, if it was")
    today: str | None = Field(default=None, description="The date that its dates are relative to")
    assumptions: tuple[Text, ...] = ()
    sources: tuple[Source, ...] = ()
    synthetic: dict[str, bool] = Field(
        default_factory=dict, description="For each table whether (some of) its rows are made up"
    )
    demo: DemoCall


@dataclass(frozen=True, slots=True)
class Scenario:
    """A manifest and its rows."""

    manifest: Manifest
    aeds: list[Row] = field(default_factory=list)
    rescuers: list[Row] = field(default_factory=list)
    stations: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    presence: list[Row] = field(default_factory=list)
    """Where some rescuers are now: ``{"rescuer_id", "cell"}``."""

    def table(self, name: str) -> list[Row]:
        """The rows of one of :data:`TABLES`, or of ``presence``."""
        rows: list[Row] = getattr(self, name)
        return rows

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: len(self.table(name)) for name in (*TABLES, "presence")}
