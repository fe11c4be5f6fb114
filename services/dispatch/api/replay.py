"""What another policy would have done: an incident's decision, made again on what it knew."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AwareDatetime, Field

from services.dispatch.api.incidents import DeskPart, IncidentId
from services.dispatch.api.responses import Out
from services.dispatch.domain.widening import widened
from services.dispatch.store import plans
from services.dispatch.store.plans import Kept
from services.dispatch.work.planning import Planner
from shared.decision import decide, read_inputs, to_json
from shared.decision.policy import Policy, named_policy
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.parts import use
from shared.http.problems import not_found
from shared.http.routing import new_router
from shared.http.strict import Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("replay")

Rule = Literal["target", "all-within-radius", "k-nearest", "two-thirds", "two-direct-one-aed"]


class ReplayIn(Strict):
    """Under which policy."""

    policy: Rule | None = Field(
        default=None, description="A built-in rule; left out, the policy of this deployment"
    )


class ReplayOut(Out):
    """The plan that would have been; nobody was sent."""

    incident_id: str
    number: int
    made_at: AwareDatetime
    trigger: str
    policy: str
    was: str = Field(description="The policy of the plan that was carried out")
    same_streets: bool = Field(
        description="Whether ways are worked out on what that plan was made on; otherwise times "
        "differ for that reason alone"
    )
    plan: dict[str, Any]


@router.post("/incidents/{incident_id}/plans/{number}/replay")
async def replay_plan(
    incident_id: IncidentId,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    under: ReplayIn,
    who: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    desk: DeskPart,
    planner: Annotated[Planner, use(Planner)],
) -> ReplayOut:
    """Decides again on what a plan was made from, under another policy. It changes nothing."""
    async with desk.read() as connection:
        kept = await plans.with_inputs(connection, incident_id, number)
        if kept is None:
            raise not_found("plan", f"{incident_id}/{number}")
        await audit(
            connection,
            actor=who.actor,
            action="replay_plan",
            subject=incident_id,
            now=desk.clock.now(),
            detail={"number": number, "policy": under.policy or planner.policy.name},
        )
    policy = planner.policy if under.policy is None else named_policy(under.policy)
    plan, same_streets = _again(kept, policy, planner)
    return ReplayOut(
        incident_id=incident_id,
        number=number,
        made_at=kept.made_at,
        trigger=kept.trigger,
        policy=f"{plan['policy']}/{plan['policy_version']}",
        was=kept.policy,
        same_streets=same_streets,
        plan=plan,
    )


def _again(kept: Kept, policy: Policy, planner: Planner) -> tuple[dict[str, Any], bool]:
    """The plan, and whether ways are those of the plan that was."""
    inputs = read_inputs(kept.inputs)
    basis = kept.plan["basis"]
    streets = None
    if basis["streets"] is not None:
        streets = planner.streets.router_at(inputs.patient.latitude, inputs.patient.longitude)
        if streets is not None and streets.version != basis["streets"]:
            streets = None
    plan = decide(
        replace(inputs.snapshot, router=streets),
        inputs.patient,
        inputs.now,
        widened(policy, kept.widened),
        inputs.commitments,
        inputs.orders,
    )
    version = None if streets is None else streets.version
    return to_json(plan), version == basis["streets"]
