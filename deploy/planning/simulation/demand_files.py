"""Where a simulation's arrests come from: a file of points."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import numpy as np

from deploy.errors import UserError
from shared.importing.reading import read_file
from shared.simulation.demand import Demand


def of_file(path: Path, population: float | None) -> Demand:
    """Points ``latitude,longitude,weight`` (people, where no population is named).

    Raises :class:`UserError` naming row and field.
    """
    fields = ("latitude", "longitude", "weight")
    table = read_file(path, lambda column: column in fields)
    missing = [field for field in fields if field not in table.columns]
    if missing:
        raise UserError(f"{path}: has no column {missing[0]!r}: it needs {', '.join(fields)}")
    rows = []
    for record in table.records:
        values = []
        for field, most in zip(fields, (90.0, 180.0, 1e12), strict=True):
            text = str(record.values.get(field, ""))
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            low = 0.0 if field == "weight" else -most
            if not (isfinite(value) and low <= value <= most):
                raise UserError(
                    f"{path}: row {record.row}, {field}: {text!r} is not from {low:g} to {most:g}"
                )
            values.append(value)
        rows.append(values)
    points = np.array(rows).reshape(-1, 3)
    if not len(points) or points[:, 2].sum() <= 0:
        raise UserError(f"{path}: has no row with a weight above 0")
    people = population or float(points[:, 2].sum())
    return Demand(points[:, 0], points[:, 1], points[:, 2], people, source=f"points of {path.name}")
