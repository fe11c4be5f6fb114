"""What if: a registry with some things added, moved or taken away, for planning.

Light on purpose: the service that keeps scenarios checks changes without loading the decision.
"""

from __future__ import annotations

from shared.whatif.applying import Registry, apply, of_known, within
from shared.whatif.changes import CHANGES_MOST, Change, ChangeError, read_changes

__all__ = [
    "CHANGES_MOST",
    "Change",
    "ChangeError",
    "Registry",
    "apply",
    "of_known",
    "read_changes",
    "within",
]
