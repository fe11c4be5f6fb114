"""Who may use a way of OpenStreetMap, in which direction, and as what kind of street.

Walking is the graph that ``plan reach`` counts on: every ``highway=*`` but those in
:data:`NOT_WALKED`, not ``foot=no``, not ``access=no|private`` unless ``foot`` permits; in both
directions. Cycling and driving follow the most specific access tag, and one-way streets. Ferries
are no streets: nobody is sent over one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared.streets.kinds import KIND_OF_HIGHWAY, NONE, Kind

Tags = Mapping[str, str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_A_STREET = frozenset({"construction", "proposed", "raceway", "bus_guideway", "escape"})
FAST = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
NOT_WALKED = NOT_A_STREET | FAST
FOOT_PERMITS = frozenset({"yes", "designated", "permissive", "destination"})
PERMITS = FOOT_PERMITS | {"official", "customers", "public"}
"""An emergency is a destination and a customer."""
FORBIDS = _words(
    """
    no private use_sidepath agricultural forestry delivery military psv emergency restricted
    permit residents employees
    """
)
"""Other words (and typing errors) neither permit nor forbid: the street's own default holds."""

DRIVEN = _words(
    """
    motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link
    tertiary tertiary_link unclassified residential living_street service services rest_area
    road
    """
)
CYCLED = DRIVEN - FAST | {"cycleway", "track", "path"}
PUSHED = _words(
    """
    footway pedestrian path bridleway corridor platform crossing sidewalk
    """
)
"""Where one who may walk there may push a bicycle; steps and lifts are for walkers alone."""
GOOD_TRACKS = frozenset({"grade1", "grade2"})
BLOCKING_BARRIERS = _words(
    """
    bollard block cycle_barrier motorcycle_barrier turnstile kissing_gate stile log
    jersey_barrier debris full-height_turnstile bus_trap sump_buster horse_stile
    """
)
"""Nodes that no car passes, unless a tag of theirs permits it."""

USED_KEYS = _words(
    """
    highway access foot bicycle vehicle motor_vehicle motorcar oneway oneway:bicycle
    cycleway cycleway:left cycleway:right cycleway:both cycleway:left:oneway
    cycleway:right:oneway junction motorroad tracktype
    """
)
"""All keys that :func:`use_of` looks at."""

_CAR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""The most specific first."""


class WayUse(NamedTuple):
    """Kind codes by profile and direction; :data:`shared.streets.kinds.NONE` where not allowed."""

    walk: int
    cycle: int
    cycle_back: int
    drive: int
    drive_back: int


def use_of(tags: Tags) -> WayUse:
    """What a way with these tags is good for."""
    highway = tags.get("highway", "")
    kind = int(KIND_OF_HIGHWAY.get(highway, Kind.OTHER))
    walk = kind if why_not_walked(tags) is None else NONE
    # Paths and squares that cars are explicitly let onto are driven as slowly as a service road.
    road = kind if highway in DRIVEN or highway == "track" else int(Kind.SERVICE)
    drive, drive_back = _directed(road, _car_way(tags)) if _driven(tags, highway) else (NONE, NONE)
    cycle, cycle_back = _cycle(tags, highway, kind, walk)
    return WayUse(walk, cycle, cycle_back, drive, drive_back)


def why_not_walked(tags: Tags) -> str | None:
    """The tag that keeps walkers off a way; None where they may walk."""
    highway, foot, access = tags.get("highway"), tags.get("foot"), tags.get("access")
    if highway is None:
        return "no highway"
    if highway in NOT_WALKED:
        return f"highway={highway}"
    if foot == "no":
        return "foot=no"
    if access in ("no", "private") and foot not in FOOT_PERMITS:
        return f"access={access}"
    return None


def why_not(tags: Tags) -> tuple[str | None, str | None, str | None]:
    """The tag that keeps walkers, cyclists, cars off a way altogether; None where it does not."""
    use, highway = use_of(tags), f"highway={tags.get('highway')}"
    cycle = drive = None
    if use.cycle == use.cycle_back == NONE:
        cycle = _forbidding(tags, "bicycle", "vehicle", "access") or highway
    if use.drive == use.drive_back == NONE:
        drive = _forbidding(tags, *_CAR_KEYS) or highway
        if drive == highway and tags.get("oneway") == "reversible":
            drive = "oneway=reversible"
    return why_not_walked(tags), cycle, drive


def _forbidding(tags: Tags, *keys: str) -> str | None:
    if _permission(tags, *keys) is not False:
        return None
    return next(f"{key}={tags[key]}" for key in keys if _permission(tags, key) is False)


def blocks_cars(tags: Tags) -> bool:
    """Whether a node stops cars: a bollard, or a gate that is private."""
    said = _permission(tags, *_CAR_KEYS)
    if said is None:
        return tags.get("barrier") in BLOCKING_BARRIERS
    return "barrier" in tags and not said


def _permission(tags: Tags, *keys: str) -> bool | None:
    """What the most specific tag that is there says; None: nothing."""
    for key in keys:
        value = tags.get(key)
        if value in PERMITS:
            return True
        if value in FORBIDS or value == "dismount":
            return False
    return None


def _driven(tags: Tags, highway: str) -> bool:
    if highway in NOT_A_STREET or highway in ("steps", "elevator"):
        return False
    said = _permission(tags, *_CAR_KEYS)
    if said is not None:
        # access=yes alone makes no road of a path; a tag about vehicles does.
        about_cars = _permission(tags, "motorcar", "motor_vehicle")
        return said and (highway in DRIVEN or highway == "track" or bool(about_cars))
    return highway in DRIVEN or (highway == "track" and tags.get("tracktype") in GOOD_TRACKS)


def _car_way(tags: Tags) -> tuple[bool, bool]:
    """Forwards, backwards."""
    oneway = tags.get("oneway")
    if oneway in ("yes", "true", "1"):
        return True, False
    if oneway in ("-1", "reverse"):
        return False, True
    if oneway == "reversible":
        # Its direction changes by the hour: nobody can be promised it.
        return False, False
    if oneway == "no":
        return True, True
    implied = tags.get("junction") in ("roundabout", "circular") or (
        tags.get("highway") == "motorway"
    )
    return True, not implied


def _cycle_way(tags: Tags) -> tuple[bool, bool]:
    """Forwards, backwards, where riding is allowed at all."""
    own = tags.get("oneway:bicycle")
    if own == "no":
        return True, True
    if own in ("yes", "true", "1"):
        return True, False
    if own == "-1":
        return False, True
    forwards, backwards = _car_way(tags)
    lanes = [tags.get(f"cycleway{side}", "") for side in ("", ":left", ":right", ":both")]
    against = [tags.get(f"cycleway:{side}:oneway") for side in ("left", "right")]
    if any(lane.startswith("opposite") for lane in lanes) or "no" in against or "-1" in against:
        return True, True
    return forwards, backwards


def _cycle(tags: Tags, highway: str, kind: int, walk: int) -> tuple[int, int]:
    if highway in NOT_A_STREET or highway in ("steps", "elevator"):
        return NONE, NONE
    said = _permission(tags, "bicycle", "vehicle", "access")
    about_cycling = _permission(tags, "bicycle")
    rides = (
        bool(about_cycling)
        if highway not in CYCLED or tags.get("motorroad") == "yes"
        else (said is not False)
    )
    forwards, backwards = _directed(kind, _cycle_way(tags) if rides else (False, False))
    if walk == NONE or (highway not in PUSHED and highway not in CYCLED):
        return forwards, backwards
    push = int(Kind.PUSH)
    return (push if forwards == NONE else forwards, push if backwards == NONE else backwards)


def _directed(kind: int, way: tuple[bool, bool]) -> tuple[int, int]:
    forwards, backwards = way
    return kind if forwards else NONE, kind if backwards else NONE
