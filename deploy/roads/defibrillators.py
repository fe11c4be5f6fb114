"""Defibrillators of OpenStreetMap as rows of the AED registry.

What a tag does not say stays unknown: ``check_date`` is when a mapper stood before it, not when
somebody tested it, and ``indoor`` says nothing about a floor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.importing.rows import Outcome

FIELDS = (
    "id", "name", "latitude", "longitude", "opening_hours", "access", "floor", "placement",
    "phone", "keeper_name", "manufacturer", "model",
)  # fmt: skip
ACCESS = {
    "yes": "public",
    "public": "public",
    "permissive": "public",
    "designated": "public",
    "customers": "staff",
    "employees": "staff",
    "private": "private",
    "no": "private",
}
LICENCE = "ODbL 1.0"


def rows_of(defibrillators: Sequence[Mapping[str, Any]], file_name: str) -> Outcome:
    """Rows for the registry, and what was refused or is doubtful, node by node."""
    from shared.importing.reading import Record
    from shared.importing.rows import Settings, convert

    records = [Record(each["node"], _values(each)) for each in defibrillators]
    settings = Settings(
        kind="aeds",
        columns={name: name for name in FIELDS},
        datum="wgs84",
        id_prefix="osm-",
        source=f"OpenStreetMap ({file_name})"[:200],
        licence=LICENCE,
    )
    outcome = convert(records, settings)
    for each in defibrillators:
        said = each["tags"].get("access")
        if said is not None and said not in ACCESS:
            outcome.warnings.append(
                {"row": each["node"], "id": f"osm-{each['node']}", "field": "access",
                 "value": said, "message": "is no word that we know: kept as unknown"}
            )  # fmt: skip
    return outcome


def _values(found: Mapping[str, Any]) -> dict[str, Any]:
    tags = found["tags"]
    values = {
        "id": found["node"],
        "name": tags.get("name") or tags.get("ref") or tags.get("defibrillator:code"),
        "latitude": found["latitude"],
        "longitude": found["longitude"],
        "opening_hours": tags.get("opening_hours"),
        "access": ACCESS.get(tags.get("access", "")),
        "floor": tags.get("level"),
        "placement": tags.get("defibrillator:location"),
        "phone": tags.get("phone") or tags.get("contact:phone"),
        "keeper_name": tags.get("operator"),
        "manufacturer": tags.get("manufacturer"),
        "model": tags.get("model"),
    }
    values["name"] = values["name"] or f"AED {found['node']}"
    return {name: value for name, value in values.items() if value is not None}
