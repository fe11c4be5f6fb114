"""Which positions count and which changes are told: the rules, without any server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.rescuer_location.domain.presence import (
    Change,
    Ignored,
    Known,
    Outcome,
    PresencePolicy,
    Standing,
    expired,
    fold,
)
from shared.contracts.records import PositionRecord
from shared.geometry.cells import cell_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = cell_of(26.2634, 117.6389)
THERE = cell_of(26.2710, 117.6389)
NULL_ISLAND = cell_of(0.0, 0.0)
POLICY = PresencePolicy()
YES = {"R-1": Standing.CONSENTS, "R-2": Standing.CONSENTS, "R-3": Standing.WITHHOLDS}


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def position(seconds: float, cell: str = HERE, rescuer_id: str = "R-1") -> PositionRecord:
    return PositionRecord(
        rescuer_id=rescuer_id, cell=cell, recorded_at=at(seconds), received_at=NOW
    )


def known(cell: str = HERE, published: float = -60, newest: float | None = None) -> Known:
    return Known(cell, at(published), at(published if newest is None else newest))


def judge(*positions: PositionRecord, before: Known | None = None) -> Outcome:
    return fold(positions, {} if before is None else {"R-1": before}, YES, NOW, POLICY)


def test_a_first_position_is_a_change() -> None:
    outcome = judge(position(-1))
    assert outcome.changes == [Change("R-1", HERE, at(-1), left_cell=None)]
    assert outcome.known == {"R-1": Known(HERE, at(-1), at(-1))}
    assert outcome.unchanged == 0


def test_the_cell_at_latitude_0_longitude_0_is_a_cell_like_any_other() -> None:
    assert judge(position(-1, NULL_ISLAND)).changes[0].cell == NULL_ISLAND


def test_the_same_cell_is_not_told_again() -> None:
    outcome = judge(position(-1), before=known())
    assert outcome.changes == []
    assert outcome.unchanged == 1
    assert outcome.known["R-1"] == Known(HERE, at(-60), at(-1))


def test_the_same_cell_is_told_again_when_it_grows_old() -> None:
    before = known(published=-400, newest=-10)
    assert judge(position(-101), before=known(published=-400)).changes == []
    outcome = judge(position(-1), before=before)
    assert outcome.changes == [Change("R-1", HERE, at(-1), left_cell=None)]


def test_another_cell_names_the_one_that_was_left() -> None:
    assert judge(position(-1, THERE), before=known()).changes == [
        Change("R-1", THERE, at(-1), left_cell=HERE)
    ]


def test_out_of_order_is_ignored_and_so_is_a_repetition() -> None:
    before = known(newest=-5)
    outcome = judge(position(-6, THERE), position(-5, THERE), before=before)
    assert outcome.ignored == {Ignored.OUT_OF_ORDER: 2}
    assert outcome.changes == []
    assert outcome.known == {}


def test_out_of_order_within_a_batch() -> None:
    outcome = judge(position(-1, THERE), position(-2, HERE))
    assert [change.cell for change in outcome.changes] == [THERE]
    assert outcome.ignored == {Ignored.OUT_OF_ORDER: 1}


def test_a_batch_tells_only_where_it_ends() -> None:
    outcome = judge(position(-3, THERE), position(-2, HERE), before=known())
    assert outcome.changes == []
    assert outcome.unchanged == 2
    assert outcome.known["R-1"].newest_at == at(-2)


def test_stale_and_future_are_ignored_at_the_stated_limits() -> None:
    outcome = judge(position(-900.001), position(60.001))
    assert outcome.ignored == {Ignored.STALE: 1, Ignored.FUTURE: 1}
    assert outcome.changes == []
    assert judge(position(-900)).changes
    assert judge(position(60)).changes


def test_who_did_not_consent_or_is_not_known_leaves_nothing() -> None:
    outcome = judge(position(-1, rescuer_id="R-3"), position(-1, rescuer_id="R-9"))
    assert outcome.ignored == {Ignored.NO_CONSENT: 1, Ignored.UNKNOWN_RESCUER: 1}
    assert outcome.changes == []
    assert outcome.known == {}


def test_retention_ends_after_the_stated_time() -> None:
    assert not expired(at(-7_200), NOW, POLICY)
    assert expired(at(-7_200.001), NOW, POLICY)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["R-1", "R-2", "R-3", "R-9"]),
            st.sampled_from([HERE, THERE, NULL_ISLAND]),
            st.integers(-1_000, 100),
        ),
        max_size=40,
    )
)
def test_every_position_is_accounted_for_and_a_repetition_changes_nothing(
    rows: list[tuple[str, str, int]],
) -> None:
    batch = [position(seconds, cell, rescuer_id) for rescuer_id, cell, seconds in rows]
    outcome = fold(batch, {}, YES, NOW, POLICY)
    assert len(batch) == len(outcome.changes) + outcome.unchanged + outcome.ignored.total()
    assert len({change.rescuer_id for change in outcome.changes}) == len(outcome.changes)
    again = fold(batch, outcome.known, YES, NOW, POLICY)
    assert again.changes == []
    assert again.ignored.total() == len(batch)
