"""How much of the arrests near each place happen while one of the AEDs there can be reached."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.contracts.records import AedRecord
from shared.contracts.words import AedState
from shared.siting.answer import Bool, Float64
from shared.siting.distances import GreatCircle, blocks
from shared.siting.hours import MINUTES, open_minutes
from shared.snapshots import Known

ALWAYS = "24/7"


def usable(known: Known) -> list[AedRecord]:
    """AEDs that are not known to be out of service or missing."""
    return [
        aed
        for aed in known.aeds
        if aed.state is not AedState.OUT_OF_SERVICE and aed.id not in known.missing_aeds
    ]


def minutes_of(hours: str | None) -> Bool:
    """(10080,) when a device can be reached; of unknown hours never, as ``plan site`` has it."""
    if hours is None:
        return np.zeros(MINUTES, np.bool_)
    if hours == ALWAYS:
        return np.ones(MINUTES, np.bool_)
    try:
        return open_minutes(hours)
    except ValueError:
        return np.zeros(MINUTES, np.bool_)


def covered_share(
    places: Float64, aeds: Sequence[AedRecord], radius_m: float, hours: Float64
) -> Float64:
    """(places,) the share of arrests that happen while an AED within reach is open.

    New devices are open around the clock, so that this share is all that hours matter for: what is
    left of a place's weight is what a new one there brings, and the models stay exact.
    """
    if not aeds:
        return np.zeros(len(places))
    texts = sorted({aed.opening_hours or "" for aed in aeds})
    rows = np.array([minutes_of(text or None) for text in texts])
    kind = np.array([texts.index(aed.opening_hours or "") for aed in aeds])
    weight = np.repeat(hours / hours.sum() / 60.0, 60)
    sites = np.array([(aed.latitude, aed.longitude) for aed in aeds])
    found = []
    for block in blocks(GreatCircle(places, sites)):
        near = block <= radius_m
        kinds = np.zeros((len(near), len(texts)), np.bool_)
        for k in range(len(texts)):
            kinds[:, k] = near[:, kind == k].any(axis=1)
        sets, which = np.unique(kinds, axis=0, return_inverse=True)
        shares = np.array([weight[rows[each].any(axis=0)].sum() for each in sets])
        found.append(shares[which.ravel()])
    share: Float64 = np.clip(np.concatenate(found), 0.0, 1.0)
    return share
