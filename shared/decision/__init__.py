"""The decision: who goes where, and why. Pure: no input or output, no clock, no randomness.

>>> plan = decide(snapshot, patient, now, default_policy())  # doctest: +SKIP
>>> to_json(plan)  # doctest: +SKIP
"""

from shared.decision.decide import decide
from shared.decision.history import History
from shared.decision.index import AedIndex, RescuerIndex, UnitIndex, index_of
from shared.decision.inputs import Inputs, inputs_of, read_inputs
from shared.decision.model import (
    Basis,
    CandidateKind,
    Closed,
    Commitment,
    Held,
    Need,
    Order,
    Patient,
    PlaceSource,
    Plan,
    Reason,
    RescuerChoice,
    Skipped,
    StandDown,
    TableAge,
    Targets,
    UnitChoice,
)
from shared.decision.policy import (
    Policy,
    PolicyError,
    default_policy,
    load_policy,
    named_policy,
    parse_policy,
)
from shared.decision.serial import to_json
from shared.decision.snapshot import Snapshot

__all__ = [
    "AedIndex",
    "Basis",
    "CandidateKind",
    "Closed",
    "Commitment",
    "Held",
    "History",
    "Inputs",
    "Need",
    "Order",
    "Patient",
    "PlaceSource",
    "Plan",
    "Policy",
    "PolicyError",
    "Reason",
    "RescuerChoice",
    "RescuerIndex",
    "Skipped",
    "Snapshot",
    "StandDown",
    "TableAge",
    "Targets",
    "UnitChoice",
    "UnitIndex",
    "decide",
    "default_policy",
    "index_of",
    "inputs_of",
    "load_policy",
    "named_policy",
    "parse_policy",
    "read_inputs",
    "to_json",
]
