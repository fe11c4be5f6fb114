"""A week hour by hour, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.report.charts import COLOURS

WIDTH, LEFT, TOP, HEIGHT = 720, 46, 8, 190
LEGEND_ROW = 22


@dataclass(frozen=True, slots=True)
class HourLine:
    """Shares from 0 to 1 in each hour of a week, Monday 00:00 first."""

    label: str
    values: Sequence[float]


def week_chart(title: str, lines: Sequence[HourLine], days: Sequence[str]) -> Markup:
    """Steps over 168 hours; ``days`` are the seven names, Monday first.

    Lines differ in dashes as well as in colour, so that they can be told apart in black and white.
    """
    dashes = ("", "7 4", "2 3", "10 3 2 3", "1 4", "12 6")
    step = (WIDTH - LEFT - 8) / 168
    tall = TOP + HEIGHT + 26 + LEGEND_ROW * len(lines) + 6
    parts = [
        Markup('<svg role="img" viewBox="0 0 {} {}" class="chart"><title>{}</title>').format(
            WIDTH, tall, title
        )
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = TOP + HEIGHT * (1 - share)
        parts.append(
            Markup(
                '<path d="M{} {:.1f}H{}" stroke="#d5d5d5" fill="none"/>'
                '<text x="{}" y="{:.1f}" text-anchor="end">{:.0f}%</text>'
            ).format(LEFT, y, WIDTH - 8, LEFT - 5, y + 5, share * 100)
        )
    for day, name in enumerate(days):
        x = LEFT + 24 * day * step
        parts.append(
            Markup(
                '<path d="M{x:.1f} {}v{}" stroke="#d5d5d5" fill="none"/>'
                '<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
            ).format(TOP, HEIGHT, x + 12 * step, TOP + HEIGHT + 18, name, x=x)
        )
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        dash = dashes[number % len(dashes)]
        path = "".join(
            f"{'M' if hour == 0 else 'L'}{LEFT + hour * step:.1f} {_y(value)}H"
            f"{LEFT + (hour + 1) * step:.1f}"
            for hour, value in enumerate(line.values)
        )
        y = TOP + HEIGHT + 26 + LEGEND_ROW * number + 12
        parts.append(
            Markup(
                '<path d="{}" fill="none" stroke="{c}" stroke-width="2" stroke-dasharray="{d}"/>'
                '<path d="M{} {y}h40" fill="none" stroke="{c}" stroke-width="2" '
                'stroke-dasharray="{d}"/><text x="{}" y="{}">{}</text>'
            ).format(path, LEFT, LEFT + 50, y + 5, line.label, c=colour, d=dash, y=y)
        )
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _y(value: float) -> str:
    return f"{TOP + HEIGHT * (1 - value):.1f}"
