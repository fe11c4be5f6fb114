"""Identifiers: time-ordered (UUID version 7), with a prefix that says what they name."""

from __future__ import annotations

import uuid_utils


def new_id(prefix: str) -> str:
    """A fresh identifier such as ``inc-0197c6…``; ids made later sort later.

    ``prefix`` is the kind: ``inc``, ``call``, ``alert``, ``order``, ``evt``, ``msg``, ``plan``.
    """
    return f"{prefix}-{uuid_utils.uuid7().hex}"
