"""Reports for people: one self-contained HTML file of texts, tables and drawn charts.

Whoever has a report to give (a planning command, a service) fills :class:`Section`s and calls
:func:`render`; nothing here knows what a report is about.
"""

from shared.report.charts import Bar, bars
from shared.report.page import Section, Table, render, software

__all__ = ["Bar", "Section", "Table", "bars", "render", "software"]
