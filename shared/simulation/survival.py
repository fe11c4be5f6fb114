"""Published survival curves. Their populations differ threefold on the same times: they rank plans
and scenarios, and none is a patient's chance (DOMAIN §3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def larsen(cpr_min: Floats, shock_min: Floats, als_min: Floats) -> Floats:
    """Larsen 1993 (VF, King County, n = 1,667): linear in minutes to CPR, shock and ACLS."""
    value = 0.67 - 0.023 * cpr_min - 0.011 * shock_min - 0.021 * als_min
    return np.clip(value, 0.0, 1.0)


def valenzuela(cpr_min: Floats, shock_min: Floats, als_min: Floats) -> Floats:
    """Valenzuela 1997 (witnessed VF), minutes from collapse."""
    return 1.0 / (1.0 + np.exp(-0.260 + 0.106 * cpr_min + 0.139 * shock_min))


def waalewijn(cpr_min: Floats, shock_min: Floats, als_min: Floats) -> Floats:
    """Waalewijn 2001 (witnessed, Amsterdam), minutes from collapse; EMS is the ALS crew."""
    later = np.maximum(als_min - cpr_min, 0.0)
    return 1.0 / (1.0 + np.exp(0.04 + 0.30 * cpr_min + 0.14 * later))


def de_maio(cpr_min: Floats, shock_min: Floats, als_min: Floats) -> Floats:
    """De Maio 2003 (Ontario), minutes from the call to the shock."""
    return 1.0 / (1.0 + np.exp(0.679 + 0.262 * shock_min))


CURVES: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "larsen_1993": larsen,
    "valenzuela_1997": valenzuela,
    "waalewijn_2001": waalewijn,
    "de_maio_2003": de_maio,
}
"""By name; each takes (n,) minutes to CPR, shock and ALS. Times here count from the call, so that
those from collapse are somewhat too good, for all policies alike."""
