"""Compiled functions: plain Python with types, turned into machine code when first called.

What is compiled is kept in a folder (``NUMBA_CACHE_DIR``, or the user's cache), one below it for
each state of the sources: numba looks at the file of a function only, not at those of the functions
and constants that it has taken in. Arithmetic is that of IEEE 754 in the order written (no
fast-math), so that the same inputs give the same bits.

Compiled functions keep to arrays and numbers and do not check bounds: their callers do.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numba.core.config

P = ParamSpec("P")
R = TypeVar("R")

SOURCES = Path(__file__).resolve().parent.parent
"""All compiled code and every constant in it stands below this folder."""


def cache_folder(environ: dict[str, str] | None = None) -> Path:
    """Where machine code of the present sources is kept."""
    env = dict(os.environ) if environ is None else environ
    base = env.get("NUMBA_CACHE_DIR")
    if not base:
        home = Path(env.get("HOME") or "~").expanduser()
        base = str(Path(env.get("XDG_CACHE_HOME") or home / ".cache") / "lifering" / "compiled")
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(SOURCES.rglob("*.py")):
        text = path.read_bytes()
        if b"shared.compiled" in text or path.name in ("words.py", "model.py", "distance.py"):
            digest.update(path.relative_to(SOURCES).as_posix().encode())
            digest.update(text)
    return Path(base) / digest.hexdigest()[:16]


cast(Any, numba.core.config).CACHE_DIR = str(cache_folder())


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code, cached on disk, running without the interpreter's lock."""
    make = cast(Any, numba.njit)
    return cast(Callable[P, R], make(cache=True, nogil=True, error_model="numpy")(function))


def leaf(function: Callable[P, R]) -> Callable[P, R]:
    """As :func:`compiled`, for what allocates nothing: arrays that it is given are not counted.

    Counting who uses an array costs more than looking into it, in a loop over hundreds of rows.
    """
    make = cast(Any, numba.njit)
    inner = make(cache=True, nogil=True, error_model="numpy", _nrt=False)
    return cast(Callable[P, R], inner(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """A small function that is copied into compiled functions that call it; see :func:`leaf`."""
    make = cast(Any, numba.njit)
    inner = make(cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False)
    return cast(Callable[P, R], inner(function))


def opened(function: Callable[P, R]) -> Callable[P, R]:
    """As :func:`inlined`, for what gives arrays back (:mod:`shared.decision.addresses`)."""
    make = cast(Any, numba.njit)
    inner = make(cache=True, nogil=True, error_model="numpy", forceinline=True)
    return cast(Callable[P, R], inner(function))
