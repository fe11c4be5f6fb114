"""A simulation's report: what each policy gives, how sure that is, and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from shared.planning.assumption_words import label, source
from shared.planning.simulation_words import WORDS
from shared.report import Bar, Section, Table, bars, render, software

Json = dict[str, Any]
Path_ = tuple[str, ...]

MEASURES: tuple[tuple[str, Path_, str], ...] = (
    ("cpr_median", ("cpr_s", "median"), "{:.0f}"),
    ("cpr_p90", ("cpr_s", "p90"), "{:.0f}"),
    ("cpr_share", ("share_cpr_240s",), "{:.1%}"),
    ("shock_median", ("shock_s", "median"), "{:.0f}"),
    ("shock_p90", ("shock_s", "p90"), "{:.0f}"),
    ("shock_share", ("share_shock_360s",), "{:.1%}"),
    ("als_median", ("als_s", "median"), "{:.0f}"),
    ("als_p90", ("als_s", "p90"), "{:.0f}"),
    ("alerts", ("alerts_per_incident",), "{:.1f}"),
    ("arrived", ("arrived_per_incident",), "{:.2f}"),
    ("redundant", ("redundant_arrivals",), "{:.2f}"),
    ("before", ("before_ems_share",), "{:.1%}"),
    ("aed", ("aed_by_rescuer_share",), "{:.1%}"),
    ("fatigue", ("fatigue", "alerts_per_rescuer_week"), "{:.4f}"),
    ("most", ("fatigue", "most_in_a_week"), "{:.1f}"),
    ("larsen", ("survival_index", "larsen_1993"), "{:.4f}"),
    ("valenzuela", ("survival_index", "valenzuela_1997"), "{:.4f}"),
    ("waalewijn", ("survival_index", "waalewijn_2001"), "{:.4f}"),
    ("de_maio", ("survival_index", "de_maio_2003"), "{:.4f}"),
)
CHARTS = ("cpr_median", "shock_median", "cpr_share", "alerts")
SENSITIVE = ("cpr_median", "shock_median", "cpr_share", "shock_share", "alerts")


def report(documents: Sequence[Json], language: str) -> str:
    """The page."""
    words = WORDS[language]
    first = documents[0]
    names = " · ".join(document["scenario"] for document in documents)
    sections: list[Section] = []
    for document in documents:
        sections += _results(document, words, len(documents) > 1)
    if first.get("sensitivity"):
        sections.append(_sensitivity(first, words))
    sections.append(_assumptions(first, words, language))
    sections += [_sources(document, words) for document in documents]
    lead = words["lead"].format(
        incidents=f"{first['incidents']:,}",
        replications=first["replications"],
        years=f"{first['years']:g}",
    )
    return render(
        words["title"].format(scenario=names),
        lead,
        sections,
        language=language,
        footer=words["footer"].format(version=software()),
    )


def value_of(document: Json | None, path: tuple[str, ...]) -> Any:
    """A nested value; None where it is not there."""
    found: Any = document
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found


def _cell(told: Json, path: Path_, form: str, *, sign: bool = False) -> str:
    value = value_of(told, path)
    if value is None:
        return "–"
    form = form.replace("{:", "{:+") if sign else form
    bounds = value_of(told.get("ci95"), path)
    text = form.format(value)
    return (
        text if bounds is None else f"{text} ({form.format(bounds[0])}; {form.format(bounds[1])})"
    )


def _results(document: Json, words: Mapping[str, str], named: bool) -> list[Section]:
    policies: Json = document["policies"]
    names = list(policies)
    rows = [
        [words[name], *(_cell(policies[policy], path, form) for policy in names)]
        for name, path, form in MEASURES
    ]
    charts = [_chart(words, policies, name) for name in CHARTS]
    title = words["result"] + (f": {document['scenario']}" if named else "")
    notes = [words["not_a_chance"]]
    if any(document["basis"]["synthetic"].values()):
        notes.insert(0, words["synthetic"])
    table = Table(title, [words["measure"], *names], rows)
    found = [Section(title, [words["result_text"]], notes, charts, [table])]
    if len(names) > 1:
        others = names[1:]
        heading = words["difference"].format(first=names[0])
        gaps = [
            [
                words[name],
                *(_cell(policies[p].get("difference", {}), path, form, sign=True) for p in others),
            ]
            for name, path, form in MEASURES
        ]
        table = Table(heading, [words["measure"], *others], gaps)
        found.append(Section(heading, [words["difference_text"]], tables=[table]))
    return found


def _chart(words: Mapping[str, str], policies: Json, name: str) -> Markup:
    _, path, form = next(each for each in MEASURES if each[0] == name)
    rows = []
    for policy, told in policies.items():
        value = value_of(told, path) or 0.0
        bounds = value_of(told.get("ci95"), path) or (None, None)
        rows.append(Bar(policy, value, bounds[0], bounds[1], form.format(value)))
    target = {"cpr_median": 240.0, "shock_median": 360.0}.get(name)
    heading = Markup('<p class="lead">{}</p>').format(words[name])
    return heading + bars(words[name], rows, target)


def _sensitivity(document: Json, words: Mapping[str, str]) -> Section:
    measures = [each for each in MEASURES if each[0] in SENSITIVE]
    rows = []
    worlds = {"as_believed": document["policies"]}
    worlds |= {name: each["policies"] for name, each in document["sensitivity"].items()}
    for world, policies in worlds.items():
        for policy, told in policies.items():
            cells = [_cell(told, path, form) for _, path, form in measures]
            rows.append([f"{words[world]} · {policy}", *cells])
    header = [f"{words['world']} · {words['policy']}", *(words[each[0]] for each in measures)]
    title = words["sensitivity"]
    return Section(title, [words["sensitivity_text"]], tables=[Table(title, header, rows)])


def _assumptions(document: Json, words: Mapping[str, str], language: str) -> Section:
    basis = document["basis"]
    numbers = [
        [label(each["name"], language), f"{each['value']:g}", source(each["name"], language)]
        for each in basis["assumptions"]
    ]
    header = [words["number"], words["value"], words["source"]]
    texts = [each[language] for each in basis["scenario_assumptions"]]
    return Section(
        words["assumptions"], texts, tables=[Table(words["numbers"], header, numbers, words=True)]
    )


def _sources(document: Json, words: Mapping[str, str]) -> Section:
    basis = document["basis"]
    records = ", ".join(f"{count:,} {name}" for name, count in basis["records"].items())
    rows = [
        [words["seed"], str(document["seed"])],
        [words["policies"], ", ".join(basis["policies"].values())],
        [words["records"], records],
        [words["as_of"], basis["as_of"]],
        [words["population"], f"{basis['population']:,.0f}"],
        [words["demand"], basis["demand"]],
        [words["routing"], words.get(basis["routing"], basis["routing"])],
        [words["other_calls"], words["yes"] if basis["other_calls"] else words["no"]],
        [words["attribution"], "; ".join(basis["attribution"]) or "–"],
    ]
    title = f"{words['sources']}: {document['scenario']}"
    return Section(title, tables=[Table(title, ["", ""], rows, words=True)])
