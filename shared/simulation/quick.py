"""The loop of ambulances as machine code; importing it loads the compiler."""

from __future__ import annotations

from shared.compiled import compiled
from shared.simulation.loop import serve

serve_quickly = compiled(serve)
"""As :func:`shared.simulation.loop.serve`, over arrays."""
