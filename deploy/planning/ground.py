"""What a plan is made on: a scenario's files, a running Lifering, or a snapshot that was kept."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from deploy.datadir import DataDir, default_data_dir, write_private
from deploy.errors import UserError
from deploy.planning.answer import Ground
from shared.snapshots import Kept, SnapshotError, decode, encode, identity


def ground_of(options: argparse.Namespace, at: datetime | None) -> Ground:
    """What the options name; kept where ``--snapshot-to`` says. Raises :class:`UserError`."""
    document: bytes | None = None
    if options.scenario is not None:
        if at is None:
            raise UserError("--time is needed with --scenario")
        ground = of_scenario(options.scenario, at)
    else:
        document = _taken() if options.live else read_snapshot(options.snapshot)
        ground = _of_kept(decoded(document, options.snapshot))
    if options.snapshot_to is not None:
        _keep(options.snapshot_to, document or _document(ground))
    return ground


def of_scenario(name_or_dir: str, at: datetime) -> Ground:
    """A scenario as it is when loaded at that moment; its dates are relative to that day (UTC)."""
    from deploy.extracts import provide
    from shared.scenarios import load
    from shared.scenarios.files import ScenarioError
    from shared.scenarios.records import known_of

    provide(name_or_dir)
    try:
        scenario = load(name_or_dir, today=at.astimezone(UTC).date())
    except ScenarioError as error:
        raise UserError(str(error)) from error
    known = known_of(scenario, at)
    return Ground(
        known=known,
        id=identity(known),
        source=f"scenario {scenario.manifest.name}",
        taken_at=at,
        attribution=tuple(source.attribution for source in scenario.manifest.sources),
    )


def _of_kept(kept: Kept) -> Ground:
    return Ground(
        known=kept.known,
        id=kept.id,
        source=kept.source,
        taken_at=kept.taken_at,
        attribution=kept.attribution,
        policy=kept.policy,
    )


def _document(ground: Ground) -> bytes:
    return encode(
        ground.known,
        ground.taken_at,
        ground.source,
        policy=ground.policy,
        attribution=ground.attribution,
    )


def _taken() -> bytes:
    from deploy.planning.live import take_snapshot

    return take_snapshot(DataDir(default_data_dir()))


def read_snapshot(path: Path) -> bytes:
    """A kept document; raises :class:`UserError`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"--snapshot {path}: cannot be read ({error.strerror})") from None


def decoded(document: bytes, path: Path | None) -> Kept:
    """What it holds; raises :class:`UserError`."""
    try:
        return decode(document)
    except SnapshotError as error:
        raise UserError(f"{path or 'the snapshot'} {error}") from None


def _keep(path: Path, document: bytes) -> None:
    """For its owner only: it says where people are."""
    try:
        write_private(path, document.decode())
    except OSError as error:
        raise UserError(f"--snapshot-to {path}: cannot be written ({error.strerror})") from None
