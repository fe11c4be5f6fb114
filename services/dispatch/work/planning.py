"""Planning: the pure decision, and carrying it out with claims in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.dispatch.domain.activation import arrest_likelihood
from services.dispatch.domain.models import Alert, Order
from services.dispatch.domain.widening import widened
from services.dispatch.store import alerts, claims, plans
from services.dispatch.store.claims import AED, RESCUER, UNIT, Claim
from services.dispatch.work.case import Case
from services.dispatch.work.picture import Picture
from services.dispatch.work.sending import Sender
from shared.contracts.records import UnitRecord
from shared.contracts.words import (
    IncidentState,
    TimelineEvent,
    UnitKind,
    UnitState,
)
from shared.decision import decide, inputs_of
from shared.decision.model import (
    Commitment,
    Patient,
    Plan,
    Reason,
    RescuerChoice,
    UnitChoice,
)
from shared.decision.model import Order as DecisionOrder
from shared.decision.policy import Policy
from shared.decision.serial import to_json
from shared.decision.units import unit_router_of, unit_speed_m_s
from shared.decision.ways import points
from shared.ids import new_id

MOST_TRIES = 8
"""How often a plan is made again because another incident took somebody at the same instant."""

MISSING_FOR = timedelta(hours=24)
"""How long an AED that was not found, or was taken to a patient, is passed over unless somebody
checks it before: its cabinet is empty, or its pads are used (our choice; The Circuit takes a used
device out of service, DOMAIN §2)."""


class Planner:
    """Makes plans and carries them out; one call, inside the transaction of a case."""

    def __init__(
        self,
        *,
        picture: Picture,
        policy: Policy,
        acknowledge_within_s: float,
        units_are_ours: bool = True,
    ) -> None:
        self._picture = picture
        self._policy = policy
        self._sender = Sender(policy, acknowledge_within_s, units_are_ours=units_are_ours)

    async def replan(self, case: Case, trigger: str) -> None:
        """Decides anew and carries it out: alerts, new tasks, stand-downs, orders.

        Volunteers are sent only in an activated incident; in any other the plan says whom it would
        send. While a call may be about another's patient nobody is sent at all, and after the
        hand-over to an ambulance there is nothing left to plan. A claim that another incident takes
        first is counted as held, and the plan made again.
        """
        if case.incident.ended or await case.handed_over():
            return
        policy = widened(self._policy, case.incident.widened)
        held, own = await claims.held(case.connection, case.incident.id)
        recent = await alerts.counts_since(
            case.connection, case.now - timedelta(days=policy.fatigue.window_days)
        )
        for alert in case.alerts:
            # Being asked again for the same patient is not another alert.
            recent[alert.rescuer_id] = max(0, recent.get(alert.rescuer_id, 0) - 1)
        missing = self._still_missing(
            case, await alerts.aeds_not_there(case.connection, case.now - MISSING_FOR)
        ) - set(held[AED])
        patient = self._patient(case)
        commitments = _commitments(case)
        sent = [_order(order) for order in case.orders]
        for _ in range(MOST_TRIES):
            snapshot = self._picture.snapshot(held=held, alerts_recent=recent, missing_aeds=missing)
            plan = decide(snapshot, patient, case.now, policy, commitments, sent)
            inputs = inputs_of(snapshot, plan, patient, commitments, sent)
            lost, new_alerts, new_orders = await self._claim(case, plan, own)
            if not lost:
                break
            for claim in lost:
                held[claim.kind][claim.entity_id] = "another"
        else:
            raise RuntimeError(f"no plan in {MOST_TRIES} tries: claims kept being taken")
        await self._keep(case, plan, trigger, inputs)
        await self._sender.send(case, plan, new_alerts, new_orders)

    def _still_missing(self, case: Case, missing: dict[str, datetime]) -> frozenset[str]:
        """AEDs that were not found or are in use, and that nobody has checked since.

        What this incident's own rescuers have with them is not missing here.
        """
        in_hand = {a.aed_id for a in case.alerts if a.active and a.collected_at is not None}
        still = set()
        for aed_id, at in missing.items():
            if aed_id in in_hand:
                continue
            aed = self._picture.aeds.get(aed_id)
            if aed is None or aed.last_checked_at is None or aed.last_checked_at <= at:
                still.add(aed_id)
        return frozenset(still)

    def _patient(self, case: Case) -> Patient:
        incident = case.incident
        activated = incident.state is IncidentState.ACTIVATED
        likelihood = arrest_likelihood(incident.conscious, incident.breathing_normally)
        return Patient(
            latitude=incident.latitude,
            longitude=incident.longitude,
            call_at=incident.opened_at,
            floor=incident.floor,
            # A dispatcher who activates by hand has judged that it is one.
            arrest_likelihood=0.0 if incident.not_an_arrest else 1.0 if activated else likelihood,
            gates=incident.gates,
            conscious=None if activated else incident.conscious,
            breathing=None if activated else incident.breathing_normally,
            bystander_cpr=incident.bystander_cpr,
        )

    async def _claim(
        self, case: Case, plan: Plan, own: set[Claim]
    ) -> tuple[set[Claim], list[tuple[str, RescuerChoice]], list[tuple[str, UnitChoice]]]:
        """Claims all that a plan newly sends; a lost claim gives back the others."""
        sending = case.incident.state is IncidentState.ACTIVATED
        new_alerts = [(new_id("alert"), choice) for choice in plan.rescuers] if sending else []
        new_orders = [(new_id("order"), choice) for choice in plan.units]
        if case.held:
            new_alerts, new_orders = [], []
        wanted = {Claim(RESCUER, choice.rescuer_id, id) for id, choice in new_alerts}
        wanted |= {Claim(UNIT, choice.unit_id, id) for id, choice in new_orders}
        # An AED is the incident's, however many of its rescuers are sent for it.
        tasks = [choice for _, choice in new_alerts] + list(plan.retask if sending else ())
        wanted |= {
            Claim(AED, choice.aed_id, case.incident.id)
            for choice in tasks
            if choice.aed_id is not None
        }
        lost = await claims.take(case.connection, case.incident.id, wanted - own, case.now)
        return lost, new_alerts, new_orders

    async def _keep(self, case: Case, plan: Plan, trigger: str, inputs: dict[str, Any]) -> None:
        incident = case.incident
        first = incident.last_plan == 0
        incident.last_plan += 1
        await plans.insert(
            case.connection,
            incident_id=incident.id,
            number=incident.last_plan,
            made_at=case.now,
            trigger=trigger,
            policy=f"{plan.policy}/{plan.policy_version}",
            plan=to_json(plan),
            inputs=inputs,
        )
        await case.note(
            TimelineEvent.PLAN_MADE,
            by="system",
            number=incident.last_plan,
            trigger=trigger,
            policy=plan.policy,
            rescuers=len(plan.rescuers),
            units=len(plan.units),
            p_cpr=plan.targets.p_cpr,
            p_shock=plan.targets.p_shock,
        )
        missed = not (plan.targets.cpr_met and plan.targets.shock_met)
        if (
            missed
            and not plan.gates_closed
            and (first or not await case.happened(TimelineEvent.TARGET_MISSED))
        ):
            await case.note(
                TimelineEvent.TARGET_MISSED,
                by="system",
                p_cpr=plan.targets.p_cpr,
                p_shock=plan.targets.p_shock,
            )

    async def add_unit(self, case: Case, unit_id: str, *, by: str) -> bool:
        """Orders a unit that a dispatcher names; False when it is not to be had.

        It is unknown here, off duty, out of service, or held by an incident.
        """
        unit = self._picture.units.get(unit_id)
        if unit is None or unit.state in {UnitState.OFF_DUTY, UnitState.OUT_OF_SERVICE}:
            return False
        order_id = new_id("order")
        claim = Claim(UNIT, unit_id, order_id)
        if await claims.take(case.connection, case.incident.id, {claim}, case.now):
            return False
        station = self._picture.stations.get(unit.station_id)
        distance_m, drive_s = self._way(unit, case)
        units = self._policy.units
        turnout_s = (
            units.ambulance_turnout_s
            if unit.kind is UnitKind.AMBULANCE
            else units.health_team_turnout_s
        )
        choice = UnitChoice(
            unit_id=unit_id,
            station_id=unit.station_id,
            tier=None if station is None else station.tier,
            kind=unit.kind,
            mode=unit.mode,
            distance_m=distance_m,
            eta_s=units.order_s + turnout_s + drive_s,
            reason=Reason.NEAREST_OF_TIER,
        )
        await self._sender.order(case, order_id, choice, by=by)
        return True

    def _way(self, unit: UnitRecord, case: Case) -> tuple[float, float]:
        """Metres and seconds on the move from a unit to the patient."""
        snapshot = self._picture.snapshot(
            held={"rescuer": {}, "aed": {}, "unit": {}}, alerts_recent={}, missing_aeds=frozenset()
        )
        metres, seconds = unit_router_of(snapshot, self._policy).legs(
            points([(unit.latitude, unit.longitude)]),
            points([(case.incident.latitude, case.incident.longitude)]),
            unit.mode,
            unit_speed_m_s(unit.mode, self._policy),
        )
        return float(metres[0, 0]), float(seconds[0, 0])


def _commitments(case: Case) -> list[Commitment]:
    """Everybody who has been asked, as the decision knows them; the newest alert counts."""
    newest: dict[str, Alert] = {}
    for alert in case.alerts:
        newest[alert.rescuer_id] = alert
    return [
        Commitment(
            rescuer_id=alert.rescuer_id,
            task=alert.task,
            state=alert.state,
            sent_at=alert.sent_at,
            aed_id=alert.aed_id,
            state_at=alert.arrived_at or alert.collected_at or alert.answered_at,
            latitude=alert.latitude,
            longitude=alert.longitude,
            moving=_moving(alert),
        )
        for _, alert in sorted(newest.items())
    ]


def _moving(alert: Alert) -> bool | None:
    if alert.moved_at is not None:
        return True
    return False if alert.stalled_at is not None else None


def _order(order: Order) -> DecisionOrder:
    return DecisionOrder(
        unit_id=order.unit_id,
        kind=order.kind,
        state=order.state,
        at=order.state_at,
    )
