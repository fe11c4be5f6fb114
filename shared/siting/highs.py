"""Mixed-integer programs, given to HiGHS whole.

HiGHS (MIT) is told to close the gap entirely. What it answers is rounded to whole sites by the
callers, who count the objective again and compare it with the bound before they call it proven.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shared.siting.answer import Bool, Float64, Int64, Patience


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Minimise cost · x, rows between their limits, 0 ≤ x ≤ upper, some of x whole."""

    cost: Float64
    upper: Float64
    whole: Bool
    first: Int64
    """(rows + 1,) where each row begins."""
    column: Int64
    value: Float64
    least: Float64
    most: Float64
    """Limits of each row; infinite where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a program."""

    proven: bool
    """Whether the solver says that it is done, one way or the other."""
    values: Float64 | None
    """None when there is no solution, or none was found in time."""
    bound: float
    """No solution costs less; infinite when it is proven that there is none."""
    reduced: Float64 | None = None
    """Reduced costs, of a relaxation."""


def solve(
    program: Program,
    patience: Patience,
    *,
    grain: float = 0.0,
    target: float | None = None,
    start: Float64 | None = None,
    relaxed: bool = False,
) -> Outcome:
    """Solves it to the end, or to the end of the patience.

    ``grain``: objectives differ by that much at least (0: unknown). ``target``: a solution that
    costs no more than this will do. ``start``: a solution to begin with.
    """
    import highspy

    unit = grain if grain > 0 else max(float(np.abs(program.cost).max(initial=0.0)) / 1e3, 1e-12)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.999 if grain > 0 else 1e-9)
    if grain <= 0:
        highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
        highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
        highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
    if target is not None:
        highs.setOptionValue("objective_target", target / unit + 1e-6)
    if math.isfinite(patience.limit_s):
        highs.setOptionValue("time_limit", max(patience.left_s(), 0.01))
    whole = np.zeros(len(program.cost), np.int32) if relaxed else program.whole.astype(np.int32)
    highs.passModel(
        len(program.cost), len(program.least), len(program.column),
        int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0,
        program.cost / unit, np.zeros(len(program.cost)), program.upper,
        program.least, program.most,
        program.first.astype(np.int32), program.column.astype(np.int32), program.value, whole,
    )  # fmt: skip
    if start is not None and not relaxed:
        highs.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    kinds = highspy.HighsModelStatus
    if status == kinds.kInfeasible:
        return Outcome(True, None, math.inf)
    solved = status in (kinds.kOptimal, kinds.kModelEmpty)
    found = solved or info.primal_solution_status == int(
        highspy.SolutionStatus.kSolutionStatusFeasible
    )
    solution = highs.getSolution()
    values = np.asarray(solution.col_value, np.float64) if found else None
    if relaxed:
        bound = info.objective_function_value * unit if solved else -math.inf
        reduced = np.asarray(solution.col_dual, np.float64) * unit if solved else None
        return Outcome(solved, values, bound, reduced)
    bound = info.mip_dual_bound * unit
    if solved and not math.isfinite(bound):
        bound = info.objective_function_value * unit
    if solved and start is not None and values is not None:
        worth = float(program.cost @ values)
        if abs(worth - bound) > max(0.999 * grain, 1e-6 * max(unit, abs(worth))):
            # Seen in 1.16: presolve solves it all, and the solution to begin with comes back.
            return solve(program, patience, grain=grain, target=target)
    done = solved or status == kinds.kObjectiveTarget
    return Outcome(done, values, bound)
