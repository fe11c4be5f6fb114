"""Arrays by their addresses: many of them reach compiled code as one.

Handing an array to compiled code costs a tenth of a microsecond while all of it is near, and ten
times as much when nothing is, which is how a call finds things; a decision takes some eighty. Those
that stay the same between decisions are written down once, as rows of (address, lengths), and
compiled code makes arrays of them again, at no cost. Whoever writes a table down keeps its arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numba
import numpy as np
import numpy.typing as npt
from numba.core import types

from shared.compiled import opened

Array = npt.NDArray[Any]
Addresses = npt.NDArray[np.int64]

LENGTHS = 3
"""No array has more dimensions."""


def addresses(arrays: Sequence[Array]) -> Addresses:
    """(n, 4) address and lengths of each; raises ``ValueError`` for one not laid out in a row."""
    table = np.ones((len(arrays), 1 + LENGTHS), dtype=np.int64)
    for row, array in enumerate(arrays):
        if not (array.flags.c_contiguous and array.flags.aligned and array.ndim <= LENGTHS):
            raise ValueError(f"array {row}: not contiguous, not aligned or too many dimensions")
        table[row, 0] = array.__array_interface__["data"][0]
        table[row, 1 : 1 + array.ndim] = array.shape
    return table


def _pointer(_: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.voidptr(types.int64), generate


pointer: Any = cast(Any, numba.extending).intrinsic(_pointer)
"""An address as compiled code's pointer to anything."""
carray: Any = cast(Any, numba).carray


@opened
def line_of(table: Addresses, row: int, kind: Any) -> Any:
    """A row's array of one dimension and that type."""
    return carray(pointer(table[row, 0]), (table[row, 1],), kind)


@opened
def sheet_of(table: Addresses, row: int, kind: Any) -> Any:
    """A row's array of two dimensions and that type."""
    shape = (table[row, 1], table[row, 2])
    return carray(pointer(table[row, 0]), shape, kind)


@opened
def block_of(table: Addresses, row: int, kind: Any) -> Any:
    """A row's array of three dimensions and that type."""
    shape = (table[row, 1], table[row, 2], table[row, 3])
    return carray(pointer(table[row, 0]), shape, kind)
