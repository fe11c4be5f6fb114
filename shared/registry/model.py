"""What an entry of a register is, and how a service declares its kind of entry.

An entry's document is the whole of what was registered, private parts included (codes, names, phone
numbers): there is one truth and one history. What a reader may see is decided by the response
model, what goes to Kafka by ``record_of``; neither has a field for what must not get out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from shared.contracts.records import Record
from shared.contracts.topics import Topic
from shared.geometry.cells import shard_of_place
from shared.http.problems import FieldError
from shared.messaging.inbox import AnyConnection


class Document(Protocol):
    """What every registered document has."""

    @property
    def id(self) -> str:
        """Chosen by whoever registers it."""
        ...


D = TypeVar("D", bound=BaseModel)


class Change(StrEnum):
    """What a write did; ``unchanged`` made no version and no event."""

    CREATED = "created"
    REPLACED = "replaced"
    RETIRED = "retired"
    REVIVED = "revived"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Located:
    """Where an entry belongs: on the map (WGS-84 degrees, if it has a place) and to which shard."""

    latitude: float | None
    longitude: float | None
    shard: int


def located_at(latitude: float, longitude: float) -> Located:
    """Located by its own WGS-84 place."""
    return Located(latitude, longitude, shard_of_place(latitude, longitude))


@dataclass(frozen=True, slots=True)
class Entry(Generic[D]):
    """One entry as it is now."""

    id: str
    version: int
    """Counts up from 1 with every change."""
    document: D
    latitude: float | None
    longitude: float | None
    shard: int
    retired: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryLine(Generic[D]):
    """One version that an entry had."""

    version: int
    change: Change
    by: str
    at: datetime
    document: D


Decided = tuple[Entry[D], Entry[D] | None, Change]
"""What a write would do: the entry after it, the one before it (None: none), the change."""

Locate = Callable[[AnyConnection, Sequence[D]], Awaitable[Sequence[Located | FieldError]]]
"""Locates documents, several at once; a document that refers to nothing gets a FieldError."""


def located_by(place_of: Callable[[D], tuple[float, float]]) -> Locate[D]:
    """Located by (latitude, longitude) in the document itself."""

    async def locate(_: AnyConnection, documents: Sequence[D]) -> Sequence[Located | FieldError]:
        return [located_at(*place_of(document)) for document in documents]

    return locate


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """A kind of entry, as its service declares it."""

    table: str
    """Made by ``SELECT create_registry('<table>')`` in the service's migration."""
    what: str
    """Singular, for messages: ``AED``."""
    document: type[D]
    topic: Topic
    record_of: Callable[[Entry[D]], Record]
    """What goes to the topic; nothing private."""
    locate: Locate[D]
    filters: Mapping[str, str] = field(default_factory=dict)
    """Filter name → SQL expression on ``document``, compared as text: ``document->>'state'``; with
    ``{}`` in it, a condition with the value in its place: ``document->'skills' ? {}``."""


def id_of(document: BaseModel) -> str:
    """The id that every registered document has."""
    entity_id: str = document.id  # type: ignore[attr-defined]
    return entity_id
