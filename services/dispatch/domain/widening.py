"""Widening: the same policy, looking further and asking more people."""

from __future__ import annotations

from shared.decision.policy import Policy

REACH_FACTOR = 1.5
MORE_RESCUERS = 5
"""What one step of widening adds (our choices; a dispatcher widens when too few have answered)."""


def widened(policy: Policy, steps: int) -> Policy:
    """The policy after so many steps of widening; 0 is the policy itself."""
    if steps == 0:
        return policy
    reach, target = policy.reach, policy.target
    factor = REACH_FACTOR**steps
    return policy.model_copy(
        update={
            "reach": reach.model_copy(
                update={
                    "rescuer_m": reach.rescuer_m * factor,
                    "aed_m": reach.aed_m * factor,
                    "enough": round(reach.enough * factor),
                }
            ),
            "target": target.model_copy(
                update={
                    "floor": target.floor + MORE_RESCUERS * steps,
                    "max_alerts": target.max_alerts + 2 * MORE_RESCUERS * steps,
                }
            ),
        }
    )
