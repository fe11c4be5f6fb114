"""What an accepted row should still make somebody think of.

A register holds the truth, so an expired certificate is taken in as it is; the rescuer is then
simply never chosen (the plan says ``credential_expired``), and who entered it is told.
"""

from __future__ import annotations

from datetime import datetime

from services.rescuer_location.domain.rescuer import Rescuer, credential_expired
from shared.contracts.words import RescuerState


def warnings_about(rescuer: Rescuer, now: datetime) -> list[str]:
    """Why this rescuer will not be alerted, as far as their entry is the reason, and the mend."""
    found: list[str] = []
    if rescuer.offered is not None:
        found.append("offered: a certificate waits; verify or refuse it")
    if rescuer.credential is None and rescuer.offered is None:
        found.append("credential: none, so never alerted; enter the certificate and its last day")
    elif rescuer.credential is not None and credential_expired(rescuer, now):
        last = rescuer.credential.expires_on.isoformat()
        found.append(
            f"credential.expires_on: expired after {last}, so never alerted; "
            "enter the renewed certificate"
        )
    if rescuer.state is RescuerState.SUSPENDED:
        found.append("state: suspended, so never alerted; verify the rescuer again to reinstate")
    if not rescuer.consent.alerts:
        found.append("consent.alerts: not given, so never alerted; ask the rescuer")
    if not rescuer.places:
        found.append("places: none, so found by the live place alone; ask for home or work")
    return found
