"""A register of defibrillators in a real database, with a field that may refer to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.contracts.records import AedRecord
from shared.contracts.topics import AEDS
from shared.database.migrate import apply
from shared.database.pool import make_pool
from shared.http.problems import FieldError
from shared.http.strict import Identifier, Name, Strict, Text
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Entry, Kind, Located, located_at
from shared.registry.store import RegistryStore
from shared.service import REGISTRY_MIGRATIONS
from shared.settings import ServiceSettings

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Device(Strict):
    id: Identifier
    name: Name
    latitude: float
    longitude: float
    state: str = "in_service"
    code: Text | None = None
    refers_to: str | None = None


def record_of(entry: Entry[Device]) -> AedRecord:
    return AedRecord(
        id=entry.id,
        version=entry.version,
        name=entry.document.name,
        latitude=entry.document.latitude,
        longitude=entry.document.longitude,
        time_zone="UTC",
    )


async def locate(_: AnyConnection, documents: Sequence[Device]) -> Sequence[Located | FieldError]:
    return [
        FieldError("refers_to", "is not known", "name one that exists")
        if document.refers_to == "nothing"
        else located_at(document.latitude, document.longitude)
        for document in documents
    ]


KIND = Kind(
    table="devices",
    what="device",
    document=Device,
    topic=AEDS,
    record_of=record_of,
    locate=locate,
    filters={"state": "document->>'state'", "named": "document->>'name' ILIKE {} || '%'"},
)


@pytest.fixture
async def pool(database_url: str, schema: str, tmp_path: Path) -> AsyncIterator[asyncpg.Pool[Any]]:
    settings = ServiceSettings(service=schema, database_url=database_url)
    migrations = tmp_path / "devices" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_devices.sql").write_text("SELECT create_registry('devices');")
    made = await make_pool(settings, schema=schema)
    await apply(made, schema, [REGISTRY_MIGRATIONS, migrations])
    yield made
    await made.close()


@pytest.fixture
def store(pool: asyncpg.Pool[Any]) -> RegistryStore[Device]:
    return RegistryStore(pool, KIND, source="lifering/test")


def device(number: int = 1, **change: Any) -> Device:
    values = {
        "id": f"dev-{number:05}",
        "name": f"Device {number}",
        "latitude": 26.25,
        "longitude": 117.6,
    }
    return Device(**(values | change))
