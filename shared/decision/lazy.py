"""Parts of a plan that are worked out when somebody reads them.

What a plan chose is known at once; telling every candidate's reason in words, and the circle, takes
longer than choosing, and no alert waits for it. The result depends on nothing that changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")
V = TypeVar("V")


class LazySequence(Sequence[T], Generic[T]):
    """A tuple that is made at the first look."""

    __slots__ = ("_items", "_make")

    def __init__(self, make: Callable[[], tuple[T, ...]]) -> None:
        self._make: Callable[[], tuple[T, ...]] | None = make
        self._items: tuple[T, ...] = ()

    def _all(self) -> tuple[T, ...]:
        if self._make is not None:
            self._items = self._make()
            self._make = None
        return self._items

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[T]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return self._all() == (tuple(other) if isinstance(other, Sequence) else other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


class LazyMapping(Mapping[str, V], Generic[V]):
    """A mapping that is made at the first look."""

    __slots__ = ("_items", "_make")

    def __init__(self, make: Callable[[], Mapping[str, V]]) -> None:
        self._make: Callable[[], Mapping[str, V]] | None = make
        self._items: Mapping[str, V] = {}

    def _all(self) -> Mapping[str, V]:
        if self._make is not None:
            self._items = self._make()
            self._make = None
        return self._items

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __getitem__(self, key: str) -> V:
        return self._all()[key]

    def __eq__(self, other: object) -> bool:
        return dict(self._all()) == other

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._all().items())))

    def __repr__(self) -> str:
        return repr(dict(self._all()))
