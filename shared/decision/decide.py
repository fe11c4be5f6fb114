"""The one pure function: a snapshot, a patient, the time and a policy in; a plan out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.decision.model import Commitment, Order, Patient, Plan
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot


def decide(  # noqa: PLR0917 - the four inputs of a decision, and what has been done
    snapshot: Snapshot,
    patient: Patient,
    now: datetime,
    policy: Policy,
    commitments: Sequence[Commitment] = (),
    orders: Sequence[Order] = (),
) -> Plan:
    """Who goes where, and why.

    ``commitments`` and ``orders`` are what this incident has asked already (in whatever state):
    they count, and only what comes in addition is chosen.
    """
    raise NotImplementedError
