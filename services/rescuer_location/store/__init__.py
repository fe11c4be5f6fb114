"""All SQL of the rescuers' service: the register, and how people come into it."""

from __future__ import annotations

from services.rescuer_location.store.register import RescuerStore, presence_version

__all__ = ["RescuerStore", "presence_version"]
