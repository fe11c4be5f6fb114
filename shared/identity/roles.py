"""The roles that a token can carry."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; one token carries one role."""

    DISPATCHER = "dispatcher"
    RESCUER = "rescuer"
    REGISTRAR = "registrar"
    STATION = "station"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"
