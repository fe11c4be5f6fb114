"""What the searches around a patient find, as rows, and the codes of why somebody is passed over.

Compiled code reads them (`shared.compiled`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.decision.model import Reason
from shared.decision.numbers import REASON_CODES

Array = npt.NDArray[Any]

FOUND = np.dtype(
    [
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("x", "f8"),
        ("y", "f8"),
        ("z", "f8"),
        ("straight_m", "f8"),
        ("age_s", "f8"),  # of a live place; nan for a usual one
        ("p_there", "f8"),  # P(they are at that place)
        ("slot", "i4"),
        ("night", "i4"),
        ("source", "u1"),  # 0 live, 1 home, 2 work, 3 other
        ("mode", "u1"),
    ],
    align=True,
)
"""A rescuer who may be asked."""
FOUND_AED = np.dtype(
    [
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("x", "f8"),
        ("y", "f8"),
        ("z", "f8"),
        ("straight_m", "f8"),
        ("p", "f8"),  # P(open, working, can be got at)
        ("open_for_s", "f8"),
        ("slot", "i4"),
        ("floor", "i4"),
        ("ours", "i2"),  # somebody of this incident is on the way to it
        ("first", "i2"),  # among those that are considered
    ],
    align=True,
)
"""An AED that may be fetched."""
PASSED = np.dtype([("straight_m", "f8"), ("p", "f8"), ("slot", "i4"), ("reason", "u1")], align=True)
"""Who or what was passed over, and why; ``p`` is P(usable) of an AED too doubtful."""

NONE = 255
ASKED = 128
"""A mark with this bit is the reason why somebody is not asked again; others bar like a hold."""
OURS = 1
"""The mark of an AED to which somebody of this incident is on the way."""
TIRED = REASON_CODES[Reason.FATIGUE]
HELD = REASON_CODES[Reason.HELD_BY_INCIDENT]
MISSING = REASON_CODES[Reason.MISSING]
"""Marks that come with a question."""
CREDENTIAL_EXPIRED = REASON_CODES[Reason.CREDENTIAL_EXPIRED]
QUIET_HOURS = REASON_CODES[Reason.QUIET_HOURS]
PLACE_UNKNOWN = REASON_CODES[Reason.PLACE_UNKNOWN]
OUT_OF_SERVICE = REASON_CODES[Reason.OUT_OF_SERVICE]
SHUT = REASON_CODES[Reason.CLOSED]
TOO_DOUBTFUL = REASON_CODES[Reason.STATE_UNKNOWN]
"""Stands for whatever speaks most against an AED; the words are found when a plan is told."""
