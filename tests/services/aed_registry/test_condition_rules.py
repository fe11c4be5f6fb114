"""What checks and reports do to the state of a device."""

from __future__ import annotations

import pytest

from services.aed_registry.domain.condition import (
    CheckOutcome,
    ReportKind,
    Settlement,
    effective_state,
    told_by_check,
    told_by_settlement,
)
from shared.contracts.words import AedState


@pytest.mark.parametrize("kind", [ReportKind.MISSING, ReportKind.DAMAGED, ReportKind.NO_ACCESS])
def test_a_doubt_makes_a_good_device_unknown(kind: ReportKind) -> None:
    assert effective_state(AedState.IN_SERVICE, [kind]) is AedState.UNKNOWN


@pytest.mark.parametrize("kind", [ReportKind.WRONG_PLACE, ReportKind.OTHER])
def test_what_is_not_about_the_device_changes_nothing(kind: ReportKind) -> None:
    assert effective_state(AedState.IN_SERVICE, [kind]) is AedState.IN_SERVICE


def test_a_report_never_makes_a_device_better() -> None:
    for kind in ReportKind:
        assert effective_state(AedState.OUT_OF_SERVICE, [kind]) is AedState.OUT_OF_SERVICE


def test_a_used_device_is_out_of_service_whatever_else_is_told() -> None:
    assert (
        effective_state(AedState.UNKNOWN, [ReportKind.USED, ReportKind.MISSING])
        is AedState.OUT_OF_SERVICE
    )


def test_without_open_reports_the_register_is_believed() -> None:
    for state in AedState:
        assert effective_state(state, []) is state


def test_a_check_says_in_or_out_of_service() -> None:
    assert told_by_check(CheckOutcome.IN_ORDER) is AedState.IN_SERVICE
    assert told_by_check(CheckOutcome.FAULT) is AedState.OUT_OF_SERVICE


def test_a_confirmed_report_is_out_of_service_only_when_about_the_device() -> None:
    told = AedState.IN_SERVICE
    confirmed, dismissed = Settlement.CONFIRMED, Settlement.DISMISSED
    assert told_by_settlement(told, ReportKind.MISSING, confirmed) is AedState.OUT_OF_SERVICE
    assert told_by_settlement(told, ReportKind.OTHER, confirmed) is AedState.IN_SERVICE
    assert told_by_settlement(told, ReportKind.MISSING, dismissed) is AedState.IN_SERVICE
