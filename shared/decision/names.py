"""Ids that compiled code can compare: big-endian words, so that numbers order as the texts do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]


def words_of(id: str, width: int) -> npt.NDArray[np.uint64]:
    """The id's first ``8 · width`` bytes (UTF-8) as words."""
    raw = id.encode()[: 8 * width].ljust(8 * width, b"\0")
    return np.frombuffer(raw, dtype=">u8").astype(np.uint64)


def width_of(id: str) -> int:
    """How many words an id needs."""
    return max(1, -(-len(id.encode()) // 8))


@inlined
def before(words: Words, a: int, b: int) -> bool:
    """Whether the id of row ``a`` comes before that of row ``b``."""
    for i in range(words.shape[1]):
        if words[a, i] != words[b, i]:
            return bool(words[a, i] < words[b, i])
    return a < b


@compiled
def sort_by_id(rows: Numbers, words: Words, keys: Numbers) -> None:
    """Sorts ``rows`` in place by the ids of ``keys[row]`` (binary insertion: they are few)."""
    for i in range(1, len(rows)):
        row = rows[i]
        low, high = 0, i
        while low < high:
            middle = (low + high) // 2
            if before(words, keys[row], keys[rows[middle]]):
                high = middle
            else:
                low = middle + 1
        for j in range(i, low, -1):
            rows[j] = rows[j - 1]
        rows[low] = row


class Slots:
    """Ids by number; a number is used again once its id is gone."""

    __slots__ = ("_free", "ids", "numbers", "words")

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.ids: list[str] = []
        self.words: Words = np.zeros((8, 2), dtype=np.uint64)
        """(slots, words) of each id."""
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, id: str) -> tuple[int, bool]:
        """The number of an id, and whether it is new."""
        number = self.numbers.get(id)
        if number is not None:
            return number, False
        if self._free:
            number = self._free.pop()
            self.ids[number] = id
        else:
            number = len(self.ids)
            self.ids.append(id)
        self.numbers[id] = number
        rows, width = self.words.shape
        wanted = max(width, width_of(id))
        if number >= rows or wanted > width:
            words = np.zeros((max(rows, 2 * number), wanted), dtype=np.uint64)
            words[:rows, :width] = self.words
            self.words = words
        self.words[number] = words_of(id, wanted)
        return number, True

    def drop(self, id: str) -> int | None:
        """Forgets an id; its number, or None when it was not there."""
        number = self.numbers.pop(id, None)
        if number is not None:
            self._free.append(number)
        return number
