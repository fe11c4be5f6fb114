"""What kind of street an edge is: one code per class that matters for speed.

The codes are stored in graph files (uint8): never give a code another meaning, add new ones at the
end and raise ``graph.FORMAT``.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Profile(StrEnum):
    """Who moves: the names of the three graphs."""

    WALK = "walk"
    CYCLE = "cycle"
    DRIVE = "drive"


class Kind(IntEnum):
    """Kind of an edge; ``_link`` roads have the kind of their class."""

    FOOTWAY = 0
    """Also corridors inside buildings and platforms."""
    PATH = 1
    """Also bridleways."""
    STEPS = 2
    """Walkers only. Its length is along the map; the policy says how fast stairs are."""
    PEDESTRIAN = 3
    LIVING_STREET = 4
    RESIDENTIAL = 5
    SERVICE = 6
    UNCLASSIFIED = 7
    """Also ``highway=road``: somebody has not found out yet."""
    TERTIARY = 8
    SECONDARY = 9
    PRIMARY = 10
    TRUNK = 11
    MOTORWAY = 12
    CYCLEWAY = 13
    TRACK = 14
    ELEVATOR = 15
    """Walkers only, mapped as a way; most lifts are a node of a footway and cost no length."""
    PUSH = 16
    """A bicycle pushed on foot: footways, and against a one-way street."""
    OTHER = 17
    """Any further ``highway=*`` (rest areas, unknown words); walkers only."""


NONE = 255
"""No edge: this profile may not use the way in this direction."""

KIND_OF_HIGHWAY: dict[str, Kind] = {
    "footway": Kind.FOOTWAY,
    "corridor": Kind.FOOTWAY,
    "platform": Kind.FOOTWAY,
    "sidewalk": Kind.FOOTWAY,
    "crossing": Kind.FOOTWAY,
    "path": Kind.PATH,
    "bridleway": Kind.PATH,
    "steps": Kind.STEPS,
    "pedestrian": Kind.PEDESTRIAN,
    "living_street": Kind.LIVING_STREET,
    "residential": Kind.RESIDENTIAL,
    "service": Kind.SERVICE,
    "services": Kind.SERVICE,
    "rest_area": Kind.SERVICE,
    "busway": Kind.SERVICE,
    "unclassified": Kind.UNCLASSIFIED,
    "road": Kind.UNCLASSIFIED,
    "tertiary": Kind.TERTIARY,
    "tertiary_link": Kind.TERTIARY,
    "secondary": Kind.SECONDARY,
    "secondary_link": Kind.SECONDARY,
    "primary": Kind.PRIMARY,
    "primary_link": Kind.PRIMARY,
    "trunk": Kind.TRUNK,
    "trunk_link": Kind.TRUNK,
    "motorway": Kind.MOTORWAY,
    "motorway_link": Kind.MOTORWAY,
    "cycleway": Kind.CYCLEWAY,
    "track": Kind.TRACK,
    "elevator": Kind.ELEVATOR,
}
"""The value of ``highway`` → kind; what is missing is :attr:`Kind.OTHER`."""
