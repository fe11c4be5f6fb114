"""Every simulated incident as one row with its Utstein time points."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from datetime import timedelta
from math import isfinite
from pathlib import Path

from deploy.errors import UserError
from shared.planning.replications import Job
from shared.simulation.run import Outcome
from shared.simulation.world import World

TIMES = (
    ("alert_sent_s", "alert_s"),
    ("alert_accepted_s", "accepted_s"),
    ("departed_s", "departed_s"),
    ("aed_collected_s", "collected_s"),
    ("rescuer_at_patient_s", "rescuer_s"),
    ("cpr_started_s", "cpr_s"),
    ("shock_possible_s", "shock_s"),
    ("health_team_at_patient_s", "team_s"),
    ("ambulance_at_patient_s", "ambulance_s"),
    ("als_at_patient_s", "als_s"),
)
"""Columns in seconds from the call; empty for what never happened."""
COUNTS = ("alerts", "accepted", "arrived", "redundant", "plans")
HEADER = (
    "scenario", "policy", "replication", "incident", "call_received_at", "latitude", "longitude",
    "at_home", "floor", "bystander_cpr", "channel_works", *(name for name, _ in TIMES),
    "waited_for_ambulance_s", "hospital", *COUNTS, "synthetic",
)  # fmt: skip


def write_utstein(
    path: Path, outcomes: Iterable[tuple[Job, Outcome]], worlds: dict[str, World]
) -> int:
    """All incidents; returns how many. Whole or not at all; raises :class:`UserError`."""
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            for job, outcome in outcomes:
                start = worlds[job.world].start
                for number, row in enumerate(_rows(outcome)):
                    at = start + timedelta(seconds=float(outcome.incidents.at_s[number]))
                    writer.writerow(
                        [job.world, job.policy, job.replication, number, at.isoformat(), *row]
                    )
                    count += 1
        os.replace(part, path)  # noqa: PTH105  (the path of the part is thrown away)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"--utstein {path}: cannot be written ({error.strerror})") from None
    return count


def _rows(outcome: Outcome) -> Iterable[list[object]]:
    where = outcome.incidents
    for number, result in enumerate(outcome.results):
        yield [
            f"{where.latitude[number]:.6f}",
            f"{where.longitude[number]:.6f}",
            int(where.at_home[number]),
            int(where.floor[number]),
            int(where.bystander[number]),
            int(result.channel),
            *(_seconds(getattr(result, field)) for _, field in TIMES),
            _seconds(result.waited_s),
            result.hospital or "",
            *(getattr(result, name) for name in COUNTS),
            1,
        ]


def _seconds(value: float) -> str:
    return f"{value:.1f}" if isfinite(value) else ""
