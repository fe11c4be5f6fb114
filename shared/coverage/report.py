"""Coverage as a report: maps, hours, counties, gaps, circles, aims, and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from shared.coverage.answer import Coverage, Layer
from shared.coverage.words import STATION_TIERS, TARGETS, WORDS
from shared.report import (
    Band,
    Dot,
    HourLine,
    Section,
    Table,
    cell_map,
    coarsened,
    render,
    software,
    week_chart,
)

Words = Mapping[str, str]
COLOURS = ("#08519c", "#3182bd", "#6baed6", "#bdd7e7", "#fdd0a2", "#f16913")
"""From soon to late, dark to light, then orange: told apart without colour as well."""
LATE = "#b3261e"
MOST_UNITS, MOST_GAPS, MOST_STATIONS = 40, 30, 40


def report(coverage: Coverage, language: str) -> str:
    """The page, in ``en`` or ``zh-CN``."""
    words, basis = WORDS[language], coverage.basis
    tiers = list(dict.fromkeys(layer.tier for layer in coverage.layers))
    sections = [_result(coverage, words)]
    sections.append(_maps(coverage, tiers, words))
    if coverage.layers[0].by_hour is not None:
        sections.append(_hours(coverage, words))
    sections += [_units(coverage, tiers, words), _gaps(coverage, words)]
    sections += [_circles(coverage, words, language), _targets(coverage, words, language)]
    sections += [_assumed(coverage, words, language), _sources(coverage, words)]
    when = (
        words["when_week"].format(day=str(basis["week_of"])[:10])
        if basis["moment"] is None
        else words["when_moment"].format(moment=basis["moment"])
    )
    return render(
        words["title"].format(scenario=coverage.scenario),
        words["lead"].format(
            people=f"{basis['population']:,.0f}",
            arrests=f"{basis['arrests_per_year']:,.0f}",
            when=when,
        ),
        sections,
        language=language,
        footer=words["footer"].format(version=software()),
    )


def _tier(tier: str, words: Words) -> str:
    return words["station_tier" if tier == "station" else tier]


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _last(coverage: Coverage) -> list[Layer]:
    """The layer of the longest time of each tier."""
    longest = max(layer.within_s for layer in coverage.layers)
    return [layer for layer in coverage.layers if layer.within_s == longest]


def _result(coverage: Coverage, words: Words) -> Section:
    basis = coverage.basis
    rows = [
        [
            _tier(layer.tier, words),
            f"{layer.within_s:g}",
            _percent(layer.population_share),
            _percent(layer.area_share),
            _percent(layer.arrest_share),
            _percent(layer.unknown_hours_share),
        ]
        for layer in coverage.layers
    ]
    columns = ("tier", "within", "people", "area", "arrests", "unknown_share")
    notes = [words["possible"]]
    if any(basis.get("synthetic", {}).values()):
        notes.insert(0, words["synthetic"])
    if basis.get("demand_of_rescuers"):
        notes.append(words["flattered"])
    unknown = words["unknown"].format(
        p=f"{basis['p_hours_unknown']:g}",
        n=basis["aeds_hours_unknown"],
        all=basis["aeds_usable"],
    )
    table = Table(words["result"], [words[name] for name in columns], rows)
    return Section(words["result"], [words["result_text"], unknown], notes, tables=[table])


def _maps(coverage: Coverage, tiers: Sequence[str], words: Words) -> Section:
    """Of the chain, rescuers, AEDs and ambulances, as far as they were asked for."""
    shown = [t for t in ("chain", "aed", "rescuer", "ambulance") if t in tiers] or list(tiers)
    steps = sorted({layer.within_s for layer in coverage.layers})
    colours = [*COLOURS[: len(steps)], *[COLOURS[-1]] * max(0, len(steps) - len(COLOURS))]
    bands = [
        Band(step, words["map_within"].format(s=f"{step:g}"), colour)
        for step, colour in zip(steps, colours, strict=True)
    ]
    bands.append(Band(None, words["map_later"].format(s=f"{steps[-1]:g}"), LATE))
    charts = []
    for tier in shown:
        values = {cell: seconds[tier] for cell, seconds in coverage.cells.items()}
        title = words["map"].format(tier=_tier(tier, words))
        drawn = cell_map(
            title,
            coarsened(values, coverage.people),
            bands,
            dots=[Dot(*place) for place in coverage.stations],
            dots_label=words["stations"] if coverage.stations else "",
        )
        charts.append(Markup('<p class="lead">{}</p>').format(title) + drawn)
    return Section(
        words["map"].format(tier=_tier(shown[0], words)), [words["map_text"]], (), charts
    )


def _hours(coverage: Coverage, words: Words) -> Section:
    lines = [
        HourLine(_tier(layer.tier, words), layer.by_hour)
        for layer in _last(coverage)
        if layer.by_hour is not None
    ]
    text = words["hours_text"].format(s=f"{_last(coverage)[0].within_s:g}")
    chart = week_chart(words["hours"], lines, words["days"].split())
    return Section(words["hours"], [text], (), [chart])


def _units(coverage: Coverage, tiers: Sequence[str], words: Words) -> Section:
    longest = _last(coverage)[0].within_s
    units = sorted(coverage.units, key=lambda unit: -unit.population)
    rows = []
    for unit in units[:MOST_UNITS]:
        shares = {x.tier: x.population_share for x in unit.layers if x.within_s == longest}
        rows.append(
            [
                unit.name,
                f"{unit.population:,.0f}",
                f"{unit.arrests_per_year:,.1f}",
                *(_percent(shares[tier]) for tier in tiers),
            ]
        )
    title = words["units" if coverage.basis["units_are"] == "county" else "units_h3"]
    header = [words["unit"], words["population"], words["gap_arrests"]]
    header += [_tier(tier, words) for tier in tiers]
    texts = [words["units_text"].format(s=f"{longest:g}")]
    if len(units) > MOST_UNITS:
        texts.append(words["more"].format(n=len(units) - MOST_UNITS))
    return Section(title, texts, tables=[Table(title, header, rows)])


def _gaps(coverage: Coverage, words: Words) -> Section:
    main, longest = coverage.main_tier, _last(coverage)[0].within_s
    title = words["gaps"].format(tier=_tier(main, words), s=f"{longest:g}")
    rows = [
        [
            gap.cell,
            f"{gap.latitude:.5f}, {gap.longitude:.5f}",
            gap.unit,
            f"{gap.expected_arrests_per_year:.3f}",
            _percent(gap.reached_share),
            "–" if gap.nearest_s is None else f"{gap.nearest_s:,.0f}",
        ]
        for gap in coverage.gaps.get(main, ())[:MOST_GAPS]
    ]
    columns = ("cell", "place", "unit", "gap_arrests", "reached", "nearest")
    table = Table(title, [words[name] for name in columns], rows)
    return Section(title, [words["gaps_text"]], tables=[table])


def _circles(coverage: Coverage, words: Words, language: str) -> Section:
    chinese = language == "zh-CN"
    rows = []
    for circle in coverage.circles[: MOST_STATIONS + 1]:
        kind = STATION_TIERS.get(circle.tier or "", ("", ""))[chinese]
        rows.append(
            [
                words["city"] if circle.station_id is None else circle.name,
                kind,
                f"{circle.population:,.0f}",
                _percent(circle.population_share),
                f"{circle.area_km2:,.1f}",
                f"{circle.arrests_per_year:,.1f}",
            ]
        )
    bare = ", ".join(
        f"{STATION_TIERS[tier][chinese]} {count}"
        for tier, count in coverage.basis["stations_without_units"].items()
    )
    text = words["circles_text"].format(
        s=f"{coverage.circles[0].within_s:g}", bare=bare or words["none"]
    )
    columns = ("station", "tier", "population", "share", "area_km2", "gap_arrests")
    table = Table(words["circles"], [words[name] for name in columns], rows)
    return Section(words["circles"], [text], tables=[table])


def _targets(coverage: Coverage, words: Words, language: str) -> Section:
    rows = []
    for target in coverage.targets:
        english, chinese, source = TARGETS[target.name]
        form = {"share": "{:.1%}", "s": "{:.0f}"}.get(target.unit, "{:.1f}")
        rows.append(
            [
                chinese if language == "zh-CN" else english,
                "–" if target.value is None else form.format(target.value),
                form.format(target.target),
                source if language == "zh-CN" else target.source,
            ]
        )
    columns = ("target", "value", "aim", "source")
    table = Table(words["targets"], [words[name] for name in columns], rows, words=True)
    return Section(words["targets"], tables=[table])


def _assumed(coverage: Coverage, words: Words, language: str) -> Section:
    basis = coverage.basis
    rate = basis["arrests_per_year"] / basis["population"] * 1e5
    texts = [words["arrests_are"].format(rate=f"{rate:.0f}"), words["area_is"]]
    texts += [each[language] for each in basis.get("scenario_assumptions", ())]
    starts = [
        [words[f"start_{name}"], f"{seconds:g}"] for name, seconds in basis["starts_s"].items()
    ]
    return Section(words["assumptions"], texts, tables=[Table(words["starts"], ["", "s"], starts)])


def _sources(coverage: Coverage, words: Words) -> Section:
    basis: Mapping[str, Any] = coverage.basis
    named = {"units": words["units_many"], "stations": words["stations_many"]}
    records = ", ".join(
        f"{count:,} {named.get(name) or words[name]}" for name, count in basis["records"].items()
    )
    streets = basis.get("streets") or {}
    ways = words.get(basis["routing"], basis["routing"])
    if isinstance(streets, Mapping) and streets:
        ways += f" {streets.get('version')}"
    rows = [
        [words["records"], records],
        [words["as_of"], basis["as_of"]],
        [words["demand"], basis["demand"]],
        [words["cells"], f"{basis['cells']:,}"],
        [words["routing"], ways],
        [words["policy"], basis["policy"]],
        [words["attribution"], "; ".join(basis.get("attribution", ())) or "–"],
    ]
    title = words["sources"]
    return Section(title, tables=[Table(title, ["", ""], rows, words=True)])
