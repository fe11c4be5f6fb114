"""Carrying a plan out: alerts, new tasks, stand-downs and orders, once their claims are taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite, sinh
from typing import Any

from services.dispatch.domain.models import Alert, Order
from services.dispatch.store import alerts, deadlines, orders
from services.dispatch.work.case import Case
from services.dispatch.work.picture import Picture
from shared.contracts.words import (
    AlertState,
    IncidentState,
    MessageKind,
    OrderState,
    Tier,
    TimelineEvent,
)
from shared.decision.model import Plan, RescuerChoice, UnitChoice
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.serial import plain

QUARTILE = 0.6745
"""How many standard deviations of a normal distribution lie between its middle and a quartile."""


class Sender:
    """Turns choices into alerts and orders of a case."""

    def __init__(
        self,
        picture: Picture,
        policy: Policy,
        acknowledge_within_s: float,
        *,
        units_are_ours: bool,
    ) -> None:
        self._picture = picture
        self._policy = policy
        self._acknowledge_within_s = acknowledge_within_s
        self._units_are_ours = units_are_ours

    async def send(
        self,
        case: Case,
        plan: Plan,
        new_alerts: list[tuple[str, RescuerChoice]],
        new_orders: list[tuple[str, UnitChoice]],
    ) -> None:
        """Sends what a plan newly says; volunteers only in an activated incident."""
        for stand_down in plan.stand_down:
            for alert in case.alerts:
                if alert.active and alert.rescuer_id == stand_down.rescuer_id:
                    await case.stand_down(alert, by="system", because=stand_down.reason.value)
        for order_id, unit in new_orders:
            await self.order(case, order_id, unit)
        if case.incident.state is not IncidentState.ACTIVATED:
            return
        for choice in plan.retask:
            await self._retask(case, choice)
        for alert_id, rescuer in new_alerts:
            await self._alert(case, alert_id, rescuer)

    async def _alert(self, case: Case, alert_id: str, choice: RescuerChoice) -> None:
        answer_by = case.now + timedelta(seconds=self._policy.activation.answer_within_s)
        alert = Alert(
            id=alert_id,
            incident_id=case.incident.id,
            origin_incident_id=case.incident.id,
            rescuer_id=choice.rescuer_id,
            task=choice.task,
            aed_id=choice.aed_id,
            state=AlertState.SENT,
            sequence=0,
            sent_at=case.now,
            answer_by=answer_by,
            answered_at=None,
            moved_at=None,
            stalled_at=None,
            collected_at=None,
            arrived_at=None,
            ended_at=None,
            eta_s=choice.eta_cpr_s,
            choice=_json(choice) | self._spread(choice.rescuer_id, case.now),
            message_id="",
            local_hour=self._local_hour(choice.rescuer_id, case.now),
            latitude=None,
            longitude=None,
            located_at=None,
        )
        case.alerts.append(alert)
        alert.message_id = await case.message(
            alert, MessageKind.ALERT, lasts_s=self._policy.activation.expires_s
        )
        await alerts.insert(case.connection, alert)
        await deadlines.put(
            case.connection,
            kind="answer",
            incident_id=case.incident.id,
            subject_id=alert_id,
            due_at=answer_by,
        )

    def _spread(self, rescuer_id: str, now: datetime) -> dict[str, float]:
        """Half the width of the middle half of arrivals, seconds: the way is taken as certain.

        The turnout is log-normal (policy ``response``), so that its quartiles are at
        median · exp(± 0.6745 · spread).
        """
        entry = self._picture.rescuers.get(rescuer_id)
        if entry is None:
            return {}
        response = self._policy.response
        moment = Moment(now, response)
        period = moment.period(moment.is_night(entry.record.time_zone))
        half_s = period.turnout_median_s * sinh(QUARTILE * response.turnout_spread)
        return {"eta_spread_s": round(half_s, 1)}

    def _local_hour(self, rescuer_id: str, now: datetime) -> int | None:
        """What hour it is where the rescuer lives, as the decision reads it."""
        entry = self._picture.rescuers.get(rescuer_id)
        if entry is None:
            return None
        return Moment(now, self._policy.response).local(entry.record.time_zone).hour

    async def _retask(self, case: Case, choice: RescuerChoice) -> None:
        for alert in case.alerts:
            if not alert.active or alert.rescuer_id != choice.rescuer_id:
                continue
            if (alert.task, alert.aed_id) == (choice.task, choice.aed_id):
                continue
            alert.eta_s = choice.eta_cpr_s
            await case.change_task(
                alert,
                choice.task,
                choice.aed_id,
                because=choice.reason.value,
                lasts_s=self._policy.activation.expires_s,
            )

    async def order(
        self, case: Case, order_id: str, choice: UnitChoice, *, by: str = "system"
    ) -> None:
        """Orders a unit whose claim is taken, with a deadline for its acknowledgement."""
        # A dispatcher may order a unit to which no way is known.
        eta_s = choice.eta_s if isfinite(choice.eta_s) else None
        acknowledge_by = case.now + timedelta(seconds=self._acknowledge_within_s)
        order = Order(
            id=order_id,
            incident_id=case.incident.id,
            origin_incident_id=case.incident.id,
            unit_id=choice.unit_id,
            station_id=choice.station_id,
            kind=choice.kind,
            tier=choice.tier or Tier.FIRST_AID_STATION,
            state=OrderState.NOTIFIED,
            sequence=1,
            notified_at=case.now,
            acknowledge_by=acknowledge_by,
            state_at=case.now,
            ended_at=None,
            eta_s=eta_s,
        )
        case.orders.append(order)
        await orders.insert(case.connection, order)
        await case.publish_order(order)
        # Another system that commands the units also sees to it that they answer.
        if self._units_are_ours:
            await deadlines.put(
                case.connection,
                kind="acknowledge",
                incident_id=case.incident.id,
                subject_id=order_id,
                due_at=acknowledge_by,
            )
        await case.note(
            TimelineEvent.UNIT_NOTIFIED,
            by=by,
            unit_id=choice.unit_id,
            order_id=order_id,
            unit_kind=choice.kind.value,
            eta_s=eta_s,
        )


def _json(choice: RescuerChoice) -> dict[str, Any]:
    document = plain(choice)
    assert isinstance(document, dict)
    return document
