"""Who may be asked and what each of them could do, as the columns that every rule works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shared.contracts.words import Task
from shared.decision.routing import FloatArray


@dataclass(frozen=True, slots=True)
class Weighed:
    """``n`` rescuers sorted by id, ``a`` usable AEDs, nearest first.

    Times are medians in seconds from now, with delivery, answer and turnout in them; metres are
    along the way unless they are straight. ``inf`` is what is not possible.
    """

    straight_m: FloatArray
    """(n,) from the patient."""
    direct_m: FloatArray
    """(n,)"""
    direct_eta_s: FloatArray
    """(n,) at the patient."""
    via_m: FloatArray
    """(n, a) the whole way over each AED."""
    via_eta_s: FloatArray
    """(n, a) at the patient with the AED."""
    to_aed_eta_s: FloatArray
    """(n, a) at the AED."""
    aed_straight_m: FloatArray
    """(a,) from the patient."""
    p_aed: FloatArray
    """(a,) P(it can be used)."""
    p_accept: FloatArray
    """(n,) over both states of the channel."""
    p_arrive: FloatArray
    """(n,) of those who accept."""


class Pick(NamedTuple):
    """One rescuer and what they are asked to do; places in a :class:`Weighed`."""

    rescuer: int
    task: Task
    aed: int
    """-1 without one."""
