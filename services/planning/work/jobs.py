"""What a worker's modules take and give; light, because some of them need nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Json = dict[str, Any]
Blobs = Sequence[bytes]
Done = tuple[Json, list[bytes]]
"""What is told of an answer, and its bytes."""


class Tell(Protocol):
    """Says how far it is."""

    def __call__(self, progress: float, said: str) -> None:
        """``progress`` from 0 to 1."""
        ...
