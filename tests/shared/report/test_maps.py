"""Maps in reports: larger cells that flatter nobody, and drawings that hold together."""

from __future__ import annotations

import re

import h3

from shared.report import Band, Dot, cell_map, coarsened

BANDS = (
    Band(180.0, "soon", "#111111"),
    Band(600.0, "late", "#222222"),
    Band(None, "no", "#333333"),
)


def test_larger_cells_have_the_median_by_weight_and_ties_are_late() -> None:
    parent = h3.latlng_to_cell(26.26, 117.62, 8)
    small = sorted(h3.cell_to_children(parent, 9))
    values: dict[str, float | None] = dict.fromkeys(small, 100.0)
    values[small[0]] = None
    heavy = {small[0]: 10.0} | dict.fromkeys(small[1:], 1.0)
    assert coarsened(values, heavy, most=1) == {parent: None}
    assert coarsened(values, dict.fromkeys(small, 1.0), most=1) == {parent: 100.0}
    assert coarsened(values, {small[0]: 6.0} | dict.fromkeys(small[1:], 1.0), most=1) == {
        parent: None
    }
    assert coarsened(values, {}, most=1) == {parent: None}
    assert coarsened(values, heavy, most=7) == values


def test_a_map_across_the_date_line_stays_narrow_and_leaves_out_what_is_elsewhere() -> None:
    cells = [h3.latlng_to_cell(0.0, lng, 9) for lng in (179.998, -179.998)]
    drawn = cell_map(
        "<Map>",
        dict(zip(cells, (60.0, None), strict=True)),
        BANDS,
        dots=[Dot(0.0, 180.0, "here & now"), Dot(50.0, 0.0, "elsewhere")],
        dots_label="stations",
    )
    assert "&lt;Map&gt;" in drawn
    assert "here &amp; now" in drawn
    assert "elsewhere" not in drawn
    assert '<path fill="#111111"' in drawn
    assert '<path fill="#333333"' in drawn
    assert '<path fill="#222222"' not in drawn
    starts = [int(x) for x in re.findall(r"M(-?\d+) -?\d+l", str(drawn))]
    assert len(starts) == 2
    assert abs(starts[0] - starts[1]) > 500, "two cells side by side fill the width"
    assert re.findall(r"(\d+) m</text>", str(drawn)) == ["100"]


def test_nothing_is_drawn_of_nothing() -> None:
    assert str(cell_map("none", {}, BANDS)) == ""
