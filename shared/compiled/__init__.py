"""Compiled functions: plain Python with types, turned into machine code when first called.

What is compiled is kept in a folder per user (``NUMBA_CACHE_DIR``, set by the launcher), so that it
is compiled once per version of the source. Arithmetic is that of IEEE 754 in the order written
(no fast-math), so that the same inputs give the same bits.

Compiled functions keep to arrays and numbers, never allocate what they can be handed, and do not
check bounds: their callers do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code, cached on disk, running without the interpreter's lock."""
    make = cast(Any, numba.njit)
    return cast(Callable[P, R], make(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """A small function that is copied into the compiled functions that call it."""
    make = cast(Any, numba.njit)
    inner = make(cache=True, nogil=True, error_model="numpy", inline="never", forceinline=True)
    return cast(Callable[P, R], inner(function))
