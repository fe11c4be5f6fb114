"""Reports for people: one self-contained HTML file of texts, tables and drawn charts.

Any planning command fills :class:`Section`s and calls :func:`render`; nothing here knows what a
report is about, but for the words that all have (``words.py``).
"""

from deploy.planning.report.charts import Bar, bars
from deploy.planning.report.page import Section, Table, render, write_page

__all__ = ["Bar", "Section", "Table", "bars", "render", "write_page"]
