"""A rehearsed call: what it calls is compiled afterwards.

Real shapes of data (a scenario's) and the way production goes: a first plan, and another one after
somebody accepted, somebody declined and a unit drives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.contracts.words import AlertState, OrderState

SCENARIO = "takamatsu"
"""The smaller of those that need nothing fetched."""
AT = datetime(2026, 5, 6, 3, 0, tzinfo=UTC)
"""Noon there; any moment would do."""
TOWN_NODES = 400
"""Of the made-up streets: what is compiled is the same for all streets."""


def decision() -> None:
    """Decides twice for one call; the plans themselves are thrown away."""
    from shared.decision import Commitment, Order, Patient, decide, default_policy
    from shared.scenarios import load
    from shared.scenarios.records import known_of
    from shared.streets.router import StreetRouter
    from shared.streets.synthetic import synthetic_graph

    policy = default_policy()
    scenario = load(SCENARIO, today=AT.date())
    call = scenario.manifest.demo.place.wgs84()
    snapshot = known_of(scenario, AT).snapshot()
    graph = synthetic_graph(TOWN_NODES, centre=(call.latitude, call.longitude))
    town = StreetRouter(graph, policy.streets, policy.travel)
    patient = Patient(call.latitude, call.longitude, AT, floor=2, conscious=False, breathing=False)
    decide(replace(snapshot, router=town), patient, AT, policy)
    plan = decide(snapshot, patient, AT, policy)
    answers = (AlertState.ACCEPTED, AlertState.DECLINED)
    commitments = [
        Commitment(
            rescuer_id=choice.rescuer_id,
            task=choice.task,
            state=answers[number] if number < len(answers) else AlertState.SENT,
            sent_at=AT,
            aed_id=choice.aed_id,
        )
        for number, choice in enumerate(plan.rescuers)
    ]
    orders = [Order(unit.unit_id, unit.kind, OrderState.MOBILE, AT) for unit in plan.units]
    decide(snapshot, patient, AT + timedelta(seconds=30), policy, commitments, orders)


def streets() -> None:
    """Searches once in every way that services do."""
    from shared.decision import default_policy
    from shared.streets import router
    from shared.streets.synthetic import synthetic_graph

    policy = default_policy()
    router.warm(router.StreetRouter(synthetic_graph(TOWN_NODES), policy.streets, policy.travel))


REHEARSALS: Mapping[str, Callable[[], None]] = {"decision": decision, "streets": streets}
"""By the part of :data:`deploy.compiling.PARTS`."""
