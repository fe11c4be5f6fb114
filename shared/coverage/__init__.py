"""Coverage: who and what is within reach of where people live, hour by hour, and where not.

Pure: a registry's records, demand, a router and a question in; shares, gaps and circles out. No
files, no clock. :func:`shared.coverage.cover.cover` is the entry.
"""

from shared.coverage.answer import Coverage
from shared.coverage.cover import cover
from shared.coverage.demand import DemandCells, cells_of
from shared.coverage.question import Question

__all__ = ["Coverage", "DemandCells", "Question", "cells_of", "cover"]
