"""The plan that a call would get, as one JSON document: the same inputs, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.decision import Patient, Policy, decide, to_json
from shared.decision.routing import Router
from shared.snapshots import Known

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is made on."""

    known: Known
    id: str
    """The snapshot's identity."""
    source: str
    """Where it comes from, for people."""
    taken_at: datetime
    attribution: tuple[str, ...] = ()
    """What the data's licences ask to be shown."""
    policy: Policy | None = None
    """The one that counts where it was taken; None: the default."""


def patient_at(place: tuple[float, float], floor: int | None, at: datetime) -> Patient:
    """Somebody who has just collapsed: unconscious, not breathing normally, called in at once."""
    return Patient(
        latitude=place[0],
        longitude=place[1],
        call_at=at,
        floor=floor,
        conscious=False,
        breathing=False,
    )


def answer(
    ground: Ground, patient: Patient, policy: Policy, router: Router | None, streets: Json | None
) -> Json:
    """The plan with what it was made on.

    The moment of the call is the moment of the decision. ``streets`` tells of the router's
    network (version, attribution).
    """
    snapshot = ground.known.snapshot(router)
    plan = to_json(decide(snapshot, patient, patient.call_at, policy))
    if plan["basis"]["streets"] is None:
        streets = None  # they do not come near the patient: the plan was made on the grid
    attribution = [*ground.attribution, *([] if streets is None else [streets["attribution"]])]
    return {
        "snapshot": {
            "id": ground.id,
            "source": ground.source,
            "taken_at": ground.taken_at.isoformat(),
            "records": ground.known.counts(),
            "as_of": {name: at.isoformat() for name, at in sorted(ground.known.as_of.items())},
        },
        "patient": {
            "latitude": patient.latitude,
            "longitude": patient.longitude,
            "datum": "wgs84",
            "floor": patient.floor,
        },
        "rule": policy.rule,
        "streets": streets,
        "attribution": list(dict.fromkeys(attribution)),
        **plan,
    }


def as_json(document: Mapping[str, Any]) -> str:
    """One JSON document, the fields in their order."""
    return json.dumps(document, ensure_ascii=False, indent=2)
