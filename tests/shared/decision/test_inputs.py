"""What is kept of a decision's inputs makes the same decision again."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.words import AlertState, OrderState, UnitKind
from shared.decision import (
    Commitment,
    Order,
    decide,
    default_policy,
    inputs_of,
    read_inputs,
    to_json,
)
from tests.shared.decision.test_decide import world
from tests.shared.decision.world import NOW, patient

POLICY = default_policy()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.sampled_from([20, 200, 600]))
def test_a_kept_decision_is_made_again(seed: int, people: int) -> None:
    town, who = world(seed, people=people), patient(floor=3, bystander_cpr=seed % 2 == 0)
    first = decide(town, who, NOW, POLICY)
    states = [AlertState.DECLINED, AlertState.ACCEPTED, AlertState.SENT]
    commitments = [
        Commitment(c.rescuer_id, c.task, states[n % 3], NOW, c.aed_id)
        for n, c in enumerate(first.rescuers)
    ]
    orders = [Order(u.unit_id, UnitKind.AMBULANCE, OrderState.MOBILE, NOW) for u in first.units]
    later = NOW + timedelta(seconds=25)
    plan = decide(town, who, later, POLICY, commitments, orders)
    kept = json.loads(json.dumps(inputs_of(town, plan, who, commitments, orders)))
    read = read_inputs(kept)
    replayed = decide(read.snapshot, read.patient, read.now, POLICY, read.commitments, read.orders)
    assert read.patient == who
    before, after = to_json(plan), to_json(replayed)
    # Barred candidates beyond the cap are counted in the plan and not kept.
    counts, counts_again = before.pop("skipped_counts"), after.pop("skipped_counts")
    assert before == after
    assert all(counts_again[reason] <= counts[reason] for reason in counts_again)
