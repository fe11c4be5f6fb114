"""Maps drawn as plain SVG: hexagons of H3 cells by class, with a legend and a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

import h3
from markupsafe import Markup

from shared.geometry.distance import EARTH_RADIUS_M

WIDTH = 7_200
"""Of the drawing, in its own units: whole numbers keep the file small."""
LEGEND_ROW = 340
LARGE = 150
"""Cells wider than this have a white edge; smaller ones would be lost in theirs."""
MOST_CELLS = 1_500
"""More are drawn as their parents."""
NICE_M = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)


@dataclass(frozen=True, slots=True)
class Band:
    """A class of the legend: values up to and including ``most``; None is everything else."""

    most: float | None
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the map, such as a station."""

    latitude: float
    longitude: float
    label: str


def coarsened(
    values: Mapping[str, float | None], weights: Mapping[str, float], most: int = MOST_CELLS
) -> dict[str, float | None]:
    """The same in larger cells until there are few: each has the median by weight of its own.

    Ties and cells without weight fall to the later value, so that nothing looks better than it is.
    """
    found = dict(values)
    heavy = {cell: max(weights.get(cell, 0.0), 0.0) for cell in found}
    while len(found) > most:
        resolution = min(h3.get_resolution(cell) for cell in found)
        own: dict[str, list[tuple[float, float]]] = {}
        for cell, value in found.items():
            parent = h3.cell_to_parent(cell, resolution - 1)
            own.setdefault(parent, []).append(
                (float("inf") if value is None else value, heavy[cell])
            )
        found = {parent: _median(rows) for parent, rows in own.items()}
        heavy = {parent: sum(weight for _, weight in rows) for parent, rows in own.items()}
    return found


def _median(rows: Sequence[tuple[float, float]]) -> float | None:
    half, heap = sum(weight for _, weight in rows) / 2, 0.0
    found = max(value for value, _ in rows)
    for value, weight in sorted(rows):
        heap += weight
        if heap > half:
            found = value
            break
    return None if found == float("inf") else found


def cell_map(
    title: str,
    values: Mapping[str, float | None],
    bands: Sequence[Band],
    *,
    dots: Sequence[Dot] = (),
    dots_label: str = "",
) -> Markup:
    """Cells (those of ``coarsened``) in the colours of their bands; north is up.

    ``bands`` rise, the last one with ``most`` None takes what is later or unknown.
    """
    if not values:
        return Markup("")
    outlines = {cell: h3.cell_to_boundary(cell) for cell in sorted(values)}
    south = min(lat for ring in outlines.values() for lat, _ in ring)
    north = max(lat for ring in outlines.values() for lat, _ in ring)
    east0 = next(iter(outlines.values()))[0][1]
    # Degrees from one of the cells, so that a map across the date line holds together.
    ring_of = {c: [(a, (o - east0 + 180) % 360 - 180) for a, o in r] for c, r in outlines.items()}
    west = min(lng for ring in ring_of.values() for _, lng in ring)
    east = max(lng for ring in ring_of.values() for _, lng in ring)
    squeeze = max(cos(radians((south + north) / 2)), 0.01)
    scale = WIDTH / max((east - west) * squeeze, (north - south) * 0.6, 1e-9)
    width = (east - west) * squeeze * scale
    height = (north - south) * scale

    def at(latitude: float, longitude: float) -> tuple[int, int]:
        x = ((longitude - west) * squeeze * scale) + (WIDTH - width) / 2
        return round(x), round((north - latitude) * scale)

    paths: dict[int, list[str]] = {}
    widest = 0
    for cell, ring in ring_of.items():
        points = [at(*p) for p in ring]
        across = [x for x, _ in points]
        widest = max(widest, max(across) - min(across))
        paths.setdefault(_band(values[cell], bands), []).append(_path(points))
    rows = (len(bands) + 1) // 2
    tall = round(height) + LEGEND_ROW * (rows + (1 if dots else 0)) + 480
    parts = [
        Markup(
            '<svg role="img" viewBox="-60 -60 {} {}" class="chart map"><title>{}</title>'
        ).format(WIDTH + 120, tall, title)
    ]
    for number, band in enumerate(bands):
        if number in paths:
            parts.append(
                Markup('<path fill="{}" stroke="{}" stroke-width="8" d="{}"/>').format(
                    band.colour,
                    "#fff" if widest > LARGE else band.colour,
                    "".join(paths[number]),
                )
            )
    for dot in dots:
        x, y = at(dot.latitude, (dot.longitude - east0 + 180) % 360 - 180)
        if not (0 <= x <= WIDTH and 0 <= y <= height):
            continue
        parts.append(
            Markup(
                '<circle cx="{}" cy="{}" r="55" fill="#1b1b1b" stroke="#fff" stroke-width="18">'
                "<title>{}</title></circle>"
            ).format(x, y, dot.label)
        )
    y = round(height) + 160
    metres = EARTH_RADIUS_M * radians(1) / scale
    parts.append(_scale_bar(metres, y))
    y += 250
    for number, band in enumerate(bands):
        parts.append(_key(*_slot(number, rows, y), band.colour, band.label))
    if dots:
        under = y + LEGEND_ROW * rows
        parts.append(
            Markup(
                '<circle cx="{}" cy="{}" r="70" fill="#1b1b1b"/>'
                '<text x="{}" y="{}" class="map-text">{}</text>'
            ).format(110, under + 110, 330, under + 185, dots_label)
        )
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _band(value: float | None, bands: Sequence[Band]) -> int:
    for number, band in enumerate(bands):
        if band.most is None or (value is not None and value <= band.most):
            return number
    return len(bands) - 1


def _path(ring: Sequence[tuple[int, int]]) -> str:
    x, y = ring[0]
    steps = [f"M{x} {y}l"]
    for nx, ny in ring[1:]:
        steps.append(f"{nx - x} {ny - y} ")
        x, y = nx, ny
    return "".join(steps).rstrip() + "z"


def _slot(number: int, rows: int, y: int) -> tuple[int, int]:
    """Where a line of the legend stands: two columns, filled downwards."""
    return (number // rows) * WIDTH // 2, y + LEGEND_ROW * (number % rows)


def _key(x: int, y: int, colour: str, label: str) -> Markup:
    return Markup(
        '<rect x="{}" y="{}" width="220" height="220" fill="{}" stroke="#777" stroke-width="8"/>'
        '<text x="{}" y="{}" class="map-text">{}</text>'
    ).format(x, y, colour, x + 330, y + 185, label)


def _scale_bar(metres: float, y: int) -> Markup:
    """A line of a round length, at most a quarter of the width."""
    fitting = [length for length in NICE_M if length / metres <= WIDTH / 4] or [NICE_M[0]]
    length = fitting[-1]
    units = round(length / metres)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length} m"
    return Markup(
        '<path d="M0 {y}v60h{u}v-60" fill="none" stroke="#1b1b1b" stroke-width="16"/>'
        '<text x="{x}" y="{t}" class="map-text">{label}</text>'
    ).format(y=y, u=units, x=units + 120, t=y + 90, label=label)
