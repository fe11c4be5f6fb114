"""Planning: the pure decision, and carrying it out with claims in the same transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.dispatch.domain.widening import widened
from services.dispatch.store import alerts, claims, plans
from services.dispatch.store.claims import AED, RESCUER, UNIT, Claim
from services.dispatch.work.case import Case
from services.dispatch.work.histories import Histories
from services.dispatch.work.picture import Picture
from services.dispatch.work.sending import Sender
from services.dispatch.work.streets import StreetNetwork
from services.dispatch.work.told import commitments_of, orders_of, patient_of
from shared.contracts.records import UnitRecord
from shared.contracts.words import (
    IncidentState,
    TimelineEvent,
    UnitKind,
    UnitState,
)
from shared.decision import decide, inputs_of
from shared.decision.marked import ready
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
from shared.decision.snapshot import Snapshot
from shared.decision.units import unit_router_of, unit_speed_m_s
from shared.decision.ways import points
from shared.ids import new_id
from shared.telemetry.logs import logger

log = logger(__name__)

MISSING_FOR = timedelta(hours=24)
"""How long an AED that was not found, or was taken to a patient, is passed over unless somebody
checks it before: its cabinet is empty, or its pads are used (our choice; The Circuit takes a used
device out of service, DOMAIN §2)."""


NOBODY: dict[str, dict[str, str]] = {RESCUER: {}, AED: {}, UNIT: {}}
"""Nobody is held by an incident."""


class Planner:
    """Makes plans and carries them out; one call, inside the transaction of a case."""

    def __init__(
        self,
        *,
        picture: Picture,
        streets: StreetNetwork,
        policy: Policy,
        histories: Histories,
        acknowledge_within_s: float,
        units_are_ours: bool = True,
    ) -> None:
        self._picture = picture
        self.streets = streets
        self.policy = policy
        self._histories = histories
        self._sender = Sender(picture, policy, acknowledge_within_s, units_are_ours=units_are_ours)

    def rehearsed(self, latitude: float, longitude: float) -> Snapshot:
        """What a decision about a call there would be made from, were nobody held or tired."""
        snapshot = self._picture.snapshot(
            held=NOBODY,
            alerts_recent={},
            missing_aeds=frozenset(),
            router=self.streets.router_at(latitude, longitude),
        )
        return ready(snapshot, self.policy)

    def rehearsal_failed(self, error: Exception) -> None:
        """Says so: the next call is planned all the same, perhaps without streets."""
        log.error("a rehearsed decision failed", error=str(error)[:200], exc_info=error)

    async def replan(self, case: Case, trigger: str) -> None:
        """Decides anew and carries it out: alerts, new tasks, stand-downs, orders.

        Volunteers are sent only in an activated incident; in any other the plan says whom it would
        send. While a call may be about another's patient nobody is sent at all, and after the
        hand-over to an ambulance there is nothing left to plan. A claim that another incident takes
        first is counted as held, and the plan made again.
        """
        if case.incident.ended or await case.handed_over():
            return
        policy = widened(self.policy, case.incident.widened)
        await self._histories.refresh(case.connection, case.now)
        held, own = await claims.held(case.connection, case.incident.id)
        window = timedelta(days=policy.fatigue.window_days)
        most = policy.fatigue.max_alerts
        recent = await alerts.tired_since(
            case.connection, case.now - window, most, case.incident.id
        )
        missing = self._still_missing(
            case, await alerts.aeds_not_there(case.connection, case.now - MISSING_FOR)
        ) - set(held[AED])
        patient = patient_of(case.incident)
        commitments = commitments_of(case.alerts)
        sent = orders_of(case.orders)
        gone: set[Claim] = set()
        while True:
            snapshot = self._picture.snapshot(
                held=held,
                alerts_recent=recent,
                missing_aeds=missing,
                router=self.streets.router_at(patient.latitude, patient.longitude),
            )
            snapshot, plan, document = self._decide(
                ready(snapshot, policy), patient, case.now, policy, commitments, sent
            )
            inputs = inputs_of(snapshot, plan, patient, commitments, sent)
            lost, new_alerts, new_orders = await self._claim(case, plan, own)
            if not lost:
                break
            # Each try counts at least one more as held, so that this comes to an end.
            if lost <= gone:
                raise RuntimeError("the decision sends who is held by another incident")
            held, own = await claims.held(case.connection, case.incident.id)
            gone |= lost
            for claim in gone:
                held[claim.kind].setdefault(claim.entity_id, "another")
        await self._keep(case, plan, document, trigger, inputs)
        await self._sender.send(case, plan, new_alerts, new_orders)

    def _decide(
        self,
        snapshot: Snapshot,
        patient: Patient,
        now: datetime,
        policy: Policy,
        commitments: list[Commitment],
        orders: list[DecisionOrder],
    ) -> tuple[Snapshot, Plan, dict[str, Any]]:
        """The plan, also as a document, and what it was made from: without streets where they fail.

        All of it before the next await: parts of a plan are worked out of the live picture, and of
        the streets, when they are read.
        """
        if snapshot.router is not None:
            try:
                plan = decide(snapshot, patient, now, policy, commitments, orders)
                return snapshot, plan, to_json(plan)
            except Exception as error:
                # A call is planned whatever becomes of the router; its basis says on what.
                snapshot = replace(snapshot, router=None)
                plan = decide(snapshot, patient, now, policy, commitments, orders)
                self.streets.failed(error)
                return snapshot, plan, to_json(plan)
        plan = decide(snapshot, patient, now, policy, commitments, orders)
        return snapshot, plan, to_json(plan)

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

    async def _keep(
        self,
        case: Case,
        plan: Plan,
        document: dict[str, Any],
        trigger: str,
        inputs: dict[str, Any],
    ) -> None:
        incident = case.incident
        incident.last_plan += 1
        await plans.insert(
            case.connection,
            incident_id=incident.id,
            number=incident.last_plan,
            made_at=case.now,
            trigger=trigger,
            policy=f"{plan.policy}/{plan.policy_version}",
            plan=document,
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
        missed = not (plan.targets.cpr_met and plan.targets.shock_met) and not plan.gates_closed
        if missed and not incident.target_missed:
            # Said at once, each time that it begins; what would help is told with it.
            needed: dict[str, Any] = {f"{n.target}_{n.what}": n.count for n in plan.needed}
            await case.note(
                TimelineEvent.TARGET_MISSED,
                by="system",
                p_cpr=plan.targets.p_cpr,
                p_shock=plan.targets.p_shock,
                **needed,
            )
        incident.target_missed = missed

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
        distance_m, eta_s = self._way(unit, case)
        choice = UnitChoice(
            unit_id=unit_id,
            station_id=unit.station_id,
            tier=None if station is None else station.tier,
            kind=unit.kind,
            mode=unit.mode,
            distance_m=distance_m,
            eta_s=eta_s,
            reason=Reason.NEAREST_OF_TIER,
        )
        await self._sender.order(case, order_id, choice, by=by)
        return True

    def sooner(self, unit: UnitRecord, case: Case) -> bool:
        """Whether a unit that is free now could be there before those of its kind that come.

        One that was called back or did not answer is free for others only.
        """
        if any(order.unit_id == unit.id for order in case.orders):
            return False
        _, eta_s = self._way(unit, case)
        coming_s = {
            kind: [
                (order.notified_at - case.now).total_seconds() + (order.eta_s or 0.0)
                for order in case.orders
                if order.active and order.kind is kind
            ]
            for kind in UnitKind
        }
        if coming_s[unit.kind]:
            return eta_s < min(coming_s[unit.kind])
        if unit.kind is UnitKind.AMBULANCE:
            return True
        within_s = self.policy.units.health_team_within_s
        return eta_s < max([within_s, *coming_s[UnitKind.AMBULANCE][:1]])

    def _way(self, unit: UnitRecord, case: Case) -> tuple[float, float]:
        """Metres from a unit to the patient, and seconds from its order until it is there."""
        snapshot = self._picture.snapshot(
            held=NOBODY,
            alerts_recent={},
            missing_aeds=frozenset(),
            router=self.streets.router_at(case.incident.latitude, case.incident.longitude),
        )
        metres, seconds = unit_router_of(snapshot, self.policy).legs(
            points([(unit.latitude, unit.longitude)]),
            points([(case.incident.latitude, case.incident.longitude)]),
            unit.mode,
            unit_speed_m_s(unit.mode, self.policy),
        )
        units = self.policy.units
        turnout_s = (
            units.ambulance_turnout_s
            if unit.kind is UnitKind.AMBULANCE
            else units.health_team_turnout_s
        )
        return float(metres[0, 0]), units.order_s + turnout_s + float(seconds[0, 0])
