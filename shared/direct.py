"""Calling a compiled function again and again with arguments of the same types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class Direct(Generic[P, R]):
    """A compiled function that is called with the same types for ever, without looking at them.

    Numba works out the types of all arguments at each call; for dozens of arrays that costs as
    much as a search. Only for one caller whose arguments cannot but have the same types: the first
    call decides. Arrays are contiguous, writable, and of one dtype each.
    """

    __slots__ = ("_call", "_function")

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._call: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls it; no keywords."""
        if self._call is not None:
            return self._call(*args, **kwargs)
        found = self._function(*args, **kwargs)
        made = cast(Any, self._function)
        if len(made.signatures) == 1:
            self._call = made.overloads[made.signatures[0]].entry_point
        return found
