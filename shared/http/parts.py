"""How a route gets at what its service is made of.

The composition root provides objects once they are started; a route asks for one by its class. A
request that comes before everything is there is answered 503, never with half a service.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from shared.clock import Clock
from shared.http.problems import unavailable

T = TypeVar("T")


class Parts:
    """The started objects of a service, by class."""

    def __init__(self) -> None:
        self._parts: dict[type[Any], Any] = {}

    def provide(self, *parts: object) -> None:
        """Makes objects available to routes, each under its own class."""
        for part in parts:
            self._parts[type(part)] = part

    def provide_as(self, kind: type[T], part: T) -> None:
        """Makes an object available under another class, such as the protocol that it meets."""
        self._parts[kind] = part

    def get(self, kind: type[T]) -> T:
        """The object of that class; raises a 503 problem while it has not been started."""
        part: T | None = self._parts.get(kind)
        if part is None:
            raise unavailable("The service is still starting; try again shortly.")
        return part


def use(kind: type[Any]) -> Any:
    """``store: Annotated[AedStore, use(AedStore)]``: the started object of that class."""

    async def find(request: Request) -> Any:
        parts: Parts = request.app.state.parts
        return parts.get(kind)

    return Depends(find)


async def _now(request: Request) -> datetime:
    clock: Clock = request.app.state.clock
    return clock.now()


Now = Annotated[datetime, Depends(_now)]
"""Parameter type for the present moment, from the service's clock: ``now: Now``."""
