"""Golden examples: one file for each case of each topic, as it stands on the wire.

A golden file is never edited to make a test pass: one that the models no longer read, or that they
would write differently, is a broken contract, and wants a new version of the payload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.contracts.topics import Topic

FOLDER: Final = Path(__file__).parent / "examples"
TOMBSTONE: Final = "tombstone"
"""The case of every compacted topic in which the entity has gone."""


@dataclass(frozen=True, slots=True)
class Example:
    """One record of a topic: headers, key, explicit partition and value."""

    topic: str
    name: str
    headers: dict[str, str]
    key: str
    partition: int | None
    """None where the key decides the partition."""
    value: dict[str, Any] | None
    """None is a tombstone."""
    path: Path


def examples_of(topic: Topic) -> tuple[Example, ...]:
    """The golden examples of a topic, by name; :class:`KeyError` for a file without its parts."""
    return tuple(_read(topic, path) for path in sorted((FOLDER / topic.name).glob("*.json")))


def _read(topic: Topic, path: Path) -> Example:
    document = json.loads(path.read_text(encoding="utf-8"))
    return Example(
        topic=topic.name,
        name=path.stem,
        headers=document["headers"],
        key=document["key"],
        partition=document.get("partition"),
        value=document["value"],
        path=path,
    )
