"""Reports for people: one self-contained HTML file of texts, tables and drawn charts.

Whoever has a report to give (a planning command, a service) fills :class:`Section`s and calls
:func:`render`; nothing here knows what a report is about.
"""

from shared.report.charts import Bar, bars
from shared.report.hours import HourLine, week_chart
from shared.report.maps import Band, Dot, cell_map, coarsened
from shared.report.page import Section, Table, render, software

__all__ = [
    "Band",
    "Bar",
    "Dot",
    "HourLine",
    "Section",
    "Table",
    "bars",
    "cell_map",
    "coarsened",
    "render",
    "software",
    "week_chart",
]
