"""Charts drawn as plain SVG: no script, no font but the page's own, sharp on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, LABEL, ROW, RIGHT = 720, 190, 30, 120
COLOURS = ("#b3261e", "#35618f", "#4c7f4c", "#8a6d1f", "#6b4d8a", "#5c5c5c")


@dataclass(frozen=True, slots=True)
class Bar:
    """One value with its interval, if it has one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    text: str = ""


def bars(title: str, rows: Sequence[Bar], target: float | None = None) -> Markup:
    """Horizontal bars from 0, with whiskers for intervals and a dashed line for a target.

    Values are not negative. The title is read out by screen readers, as every value is.
    """
    most = max([r.high if r.high is not None else r.value for r in rows] + [target or 0.0, 1e-9])
    scale = (WIDTH - LABEL - RIGHT) / most
    height = ROW * len(rows) + 12
    parts = [
        Markup('<svg role="img" viewBox="0 0 {} {}" class="chart"><title>{}</title>').format(
            WIDTH, height, title
        )
    ]
    for number, row in enumerate(rows):
        y = ROW * number + 6
        middle = y + ROW / 2 - 3
        end = LABEL + row.value * scale
        parts.append(
            Markup(
                '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
                '<rect x="{}" y="{}" width="{:.1f}" height="{}" fill="{}"/>'
            ).format(
                LABEL - 8,
                middle + 5,
                row.label,
                LABEL,
                y,
                max(0.0, row.value * scale),
                ROW - 8,
                COLOURS[number % len(COLOURS)],
            )
        )
        if row.low is not None and row.high is not None:
            low, high = LABEL + max(0.0, row.low) * scale, LABEL + row.high * scale
            parts.append(
                Markup(
                    '<path d="M{:.1f} {m:.1f}H{:.1f}M{:.1f} {t:.1f}v8M{:.1f} {t:.1f}v8" '
                    'class="whisker"/>'
                ).format(low, high, low, high, m=middle, t=middle - 4)
            )
            end = max(end, high)
        parts.append(
            Markup('<text x="{:.1f}" y="{:.1f}">{}</text>').format(
                end + 6, middle + 5, row.text or f"{row.value:g}"
            )
        )
    if target is not None:
        x = LABEL + target * scale
        parts.append(Markup('<path d="M{:.1f} 0V{}" class="target"/>').format(x, height))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def plain(text: str) -> Markup:
    """Text as it stands, safe within a page."""
    return escape(text)
