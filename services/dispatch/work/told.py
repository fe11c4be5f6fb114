"""What the decision is told of an incident: the patient, who was asked, what was ordered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.dispatch.domain.activation import arrest_likelihood
from services.dispatch.domain.models import Alert, Incident
from services.dispatch.domain.models import Order as Ordered
from shared.contracts.words import AlertState, IncidentState, Task
from shared.decision.model import Commitment, Order, Patient


def patient_of(incident: Incident) -> Patient:
    """The patient, as the answers so far describe them."""
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


def commitments_of(alerts: Sequence[Alert]) -> list[Commitment]:
    """Everybody who has been asked, as the decision knows them; the newest alert counts."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        newest[alert.rescuer_id] = alert
    return [
        Commitment(
            rescuer_id=alert.rescuer_id,
            task=Task.DIRECT if _came_without(alert) else alert.task,
            state=alert.state,
            sent_at=alert.sent_at,
            aed_id=None if _came_without(alert) else alert.aed_id,
            state_at=alert.ended_at
            or alert.arrived_at
            or alert.collected_at
            or alert.stalled_at
            or alert.answered_at,
            latitude=alert.latitude,
            longitude=alert.longitude,
            # Right after a restart no table knows where anybody is: the plan that asked them did.
            eta_at=None if alert.eta_s is None else alert.sent_at + timedelta(seconds=alert.eta_s),
            moving=_moving(alert),
        )
        for _, alert in sorted(newest.items())
    ]


def _came_without(alert: Alert) -> bool:
    """Whether somebody sent over an AED is at the patient and has never said to have taken it."""
    arrived = alert.state is AlertState.ARRIVED and alert.task is Task.VIA_AED
    return arrived and alert.collected_at is None


def _moving(alert: Alert) -> bool | None:
    if alert.moved_at is not None:
        return True
    return False if alert.stalled_at is not None else None


def orders_of(orders: Sequence[Ordered]) -> list[Order]:
    """Which units were ordered, and how far they are."""
    return [
        Order(unit_id=order.unit_id, kind=order.kind, state=order.state, at=order.state_at)
        for order in orders
    ]
