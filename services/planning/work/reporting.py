"""A run's report: one page that needs nothing else, in English or Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.planning.domain.words import WORDS
from services.planning.work.coverages import of_document
from services.planning.work.jobs import Json
from shared.coverage.report import report as coverage_report
from shared.planning.simulation_report import report
from shared.report import Section, Table, render, software

MOST_ROWS = 100


def report_of(run: Json, result: Json, language: str, made_at: str) -> str:
    """The page; ``made_at`` is when it was asked for."""
    if run["kind"] in ("simulate", "compare"):
        documents = list(result["scenarios"].values()) if "scenarios" in result else [result]
        return report(documents, language)
    if run["kind"] == "coverage":
        return coverage_report(of_document(result), language)
    words = WORDS[language]
    kind = run["kind"]
    sections = {
        "site": _site,
        "relocate": _site,
        "replay": _replay,
    }[kind](result, words)
    sections.append(_basis(run, result, words))
    title = words["title"].format(
        kind=words[kind], scenario=result.get("scenario", run["scenario_id"])
    )
    footer = words["footer"].format(version=software(), run=run["id"], at=made_at[:16])
    return render(title, words[f"lead_{kind}"], sections, language=language, footer=footer)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _number(value: Any, form: str = "{:,.1f}") -> str:
    return "–" if value is None else form.format(value)


def _site(result: Json, words: Mapping[str, str]) -> list[Section]:
    total = result["total_weight"]
    facts = [
        [words["model"], result["model"]],
        [words["status"], words[f"status_{result['status']}"]],
        [words["objective"], _number(result["objective"], "{:,.6g}")],
        [words["bound"], _number(result["bound"], "{:,.6g}")],
        [words["gap"], _number(result["gap"], "{:.2%}")],
        [words["covered"], _share(result["covered_weight"] / total if total else None)],
        [words["candidates"], f"{result['candidates']:,}"],
        [words["elapsed"], _number(result["elapsed_s"], "{:.1f} s")],
    ]
    sections = [
        Section(words["answer"], tables=[Table(words["answer"], ["", ""], facts, words=True)])
    ]
    curve = result.get("curve") or []
    if curve:
        rows = [[str(p["p"]), _share(p["covered_share"]), _share(p["bound_share"])] for p in curve]
        header = [words["number"], words["covered"], words["bound"]]
        table = Table(words["curve"], header, rows)
        sections.append(Section(words["curve"], [words["curve_text"]], tables=[table]))
    moved = [
        [each["from"]["id"], each["to"]["id"], _place(each["to"])]
        for each in result.get("moved", ())
    ]
    if moved:
        table = Table(words["moves"], [words["from"], words["cell"], words["place"]], moved)
        sections.append(Section(words["moves"], tables=[table]))
    added = result["new"] if "new" in result else result["sites"]
    new = [[each["id"], _place(each)] for each in added]
    table = Table(words["sites"], [words["cell"], words["place"]], new)
    sections.append(Section(words["sites"], tables=[table]))
    return sections


def _place(site: Json) -> str:
    return f"{site['latitude']:.5f}, {site['longitude']:.5f}"


_FIGURES = (
    ("p_cpr", "{:.1%}"),
    ("p_shock", "{:.1%}"),
    ("alerts", "{:.1f}"),
    ("cpr_s", "{:.0f}"),
    ("shock_s", "{:.0f}"),
    ("ems_s", "{:.0f}"),
)


def _replay(result: Json, words: Mapping[str, str]) -> list[Section]:
    sums = result["sums"]
    means = [
        [words[name], _number(sums["was"][name], form), _number(sums["would"][name], form)]
        for name, form in _FIGURES
    ]
    header = [words["measure"], words["was"], result["policy"]]
    each = [
        [
            row["made_at"][:16].replace("T", " "),
            *(
                f"{_number(row['was'][name], form)} → {_number(row['would'][name], form)}"
                for name, form in _FIGURES
            ),
        ]
        for row in result["incidents"][:MOST_ROWS]
    ]
    names = [words["made_at"], *(words[name] for name, _ in _FIGURES)]
    return [
        Section(
            words["means"], [words["replay_text"]], tables=[Table(words["means"], header, means)]
        ),
        Section(words["incidents"], tables=[Table(words["incidents"], names, each)]),
    ]


def _basis(run: Json, result: Json, words: Mapping[str, str]) -> Section:
    rows: list[Sequence[str]] = [
        [words["run"], run["id"]],
        [words["made_by"], f"{run['made_by']}, {run['made_at'][:16].replace('T', ' ')}"],
        [words["parameters"], ", ".join(f"{k}: {v}" for k, v in run["parameters"].items() if v)],
        [words["changes"], str(len(run["changes"]))],
    ]
    demand = result.get("demand") or result.get("basis")
    if isinstance(demand, dict) and isinstance(demand.get("source", demand.get("demand")), str):
        rows.append([words["demand"], demand.get("source") or demand["demand"]])
    rows.append([words["attribution"], "; ".join(result.get("attribution", ())) or "–"])
    notes = [words["synthetic"]] if any(result.get("synthetic", {}).values()) else []
    return Section(
        words["basis"], notes=notes, tables=[Table(words["basis"], ["", ""], rows, words=True)]
    )
