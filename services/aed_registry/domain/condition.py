"""What checks and reports do to the state of a device.

A register keeps what it was told (``state``); what the decision should count on
(``effective_state``) follows from that and from the reports that nobody has settled yet. The rules,
so that one report neither hides a good device nor leaves a missing one in a plan:

- An open report that a device is missing, damaged or out of reach makes one that was told to be in
  service *unknown*: the decision counts on it less, and it stays on the map. An import that repeats
  the old state does not talk the doubt away; only somebody who answers for the register settles it.
- A device that was used is out of service until it is checked, because its pads are spent
  (The Circuit does the same, DOMAIN §2).
- Any other report (wrong place, other) is shown and changes nothing.
- A check settles the reports made before it: in order → in service, fault → out of service.
- A registrar settles one report: confirmed → out of service if it was about the device; dismissed →
  it counts no longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from shared.contracts.words import AedState


class CheckOutcome(StrEnum):
    """What somebody found who looked the device over."""

    IN_ORDER = "in_order"
    FAULT = "fault"


class ReportKind(StrEnum):
    """What somebody tells about a device."""

    MISSING = "missing"
    DAMAGED = "damaged"
    NO_ACCESS = "no_access"
    WRONG_PLACE = "wrong_place"
    USED = "used"
    OTHER = "other"


class Settlement(StrEnum):
    """What became of a report."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    CHECKED = "checked"


DOUBTS = frozenset({ReportKind.MISSING, ReportKind.DAMAGED, ReportKind.NO_ACCESS})
"""Reports after which nobody knows whether the device can be used."""

ABOUT_THE_DEVICE = DOUBTS | {ReportKind.USED}
"""Reports that put a device out of service once they are confirmed."""


def effective_state(told: AedState, open_reports: Iterable[ReportKind]) -> AedState:
    """What the decision should count on, from what the register was told and the open reports."""
    kinds = set(open_reports)
    if ReportKind.USED in kinds:
        return AedState.OUT_OF_SERVICE
    if told is AedState.IN_SERVICE and kinds & DOUBTS:
        return AedState.UNKNOWN
    return told


def told_by_check(outcome: CheckOutcome) -> AedState:
    """What the register is told by a check."""
    return AedState.IN_SERVICE if outcome is CheckOutcome.IN_ORDER else AedState.OUT_OF_SERVICE


def told_by_settlement(told: AedState, kind: ReportKind, settlement: Settlement) -> AedState:
    """What the register is told when a report of ``kind`` is settled by hand."""
    if settlement is Settlement.CONFIRMED and kind in ABOUT_THE_DEVICE:
        return AedState.OUT_OF_SERVICE
    return told
