"""The page of ``emergence-stats axes``: the same scores on several measures of scale."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.report.figures.series_figure import series_figure
from emergence_stats.report.figures.surface_figure import surface_figure
from emergence_stats.report.formats import estimate_text, inert, nats_text, plural, probability_text
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView
from emergence_stats.report.vocabulary import VERDICTS
from emergence_stats.series import AXIS_NAMES

MOST_SECTIONS = 40
NAME_LENGTH = 160


def axes_sheet(document: Mapping[str, Any]) -> Sheet:
    """The page of what ``AxesTable.to_dict()`` returns, with the names of the inputs."""
    series = document["series"]
    sections = [_series(one, f"a{i}") for i, one in enumerate(series[:MOST_SECTIONS])]
    if len(series) > 1:
        sections.insert(0, _overview(document))
    if document["failed"]:
        sections.append(_failed(document["failed"]))
    left, notes = len(series) - MOST_SECTIONS, []
    if left > 0:
        notes.append(("Note", f"{plural(left, 'series', 'series')} more without a figure, in axes.json."))
    return Sheet(
        kind="Measures of scale",
        headline=_headline(document),
        overview=" ".join(document["warnings"]),
        sections=tuple(sections),
        program_version=__version__,
        origin=(("Inputs", ", ".join(document["inputs"])), *notes),
    )


def series_line(one: Mapping[str, Any]) -> str:
    """One series in one line of text."""
    told = "; ".join(
        f"{AXIS_NAMES[kind]}: {VERDICTS[axis['analysis']['verdict']].label.lower()}, threshold "
        f"{_threshold(axis['analysis'])}"
        for kind, axis in one["axes"].items()
    )
    plane = f" {one['surface']['summary']}" if one["surface"] else ""
    plane += f" No surface: {one['surface_problem']}." if one["surface_problem"] else ""
    return f"{inert(one['name'], NAME_LENGTH)}: {one['reason']} {told}.{plane}"


def _headline(document: Mapping[str, Any]) -> str:
    series = document["series"]
    if len(series) == 1:
        return f"{inert(series[0]['name'], NAME_LENGTH)}: {series[0]['reason']}"
    best = collections.Counter(one["best"] for one in series if one["settled"])
    if not best:
        return (
            f"In none of {plural(len(series), 'series', 'series')} one measure of scale orders the scores clearly best."
        )
    told = ", ".join(f"{AXIS_NAMES[kind]} in {count}" for kind, count in best.most_common())
    return f"What orders the scores clearly best, of {plural(len(series), 'series', 'series')}: {told}."


def _threshold(analysis: Mapping[str, Any]) -> str:
    place = analysis["threshold"]
    return "none in range" if place is None else estimate_text(place, analysis["series"]["scale_kind"])


def _overview(document: Mapping[str, Any]) -> Section:
    rows = tuple(
        (
            inert(one["name"], NAME_LENGTH),
            AXIS_NAMES[one["best"]] if one["settled"] else "not told apart",
            *(
                VERDICTS[one["axes"][kind]["analysis"]["verdict"]].label if kind in one["axes"] else "–"
                for kind in document["scales"]
            ),
        )
        for one in document["series"]
    )
    table = TableView(
        title="Every series",
        header=("Series", "Ordered best by", *(f"Verdict by {AXIS_NAMES[kind]}" for kind in document["scales"])),
        rows=rows,
        note="",
    )
    return Section(heading="All series", tables=(table,))


def _failed(failed: Sequence[Mapping[str, Any]]) -> Section:
    rows = tuple((" · ".join(filter(None, item["identity"].values())), item["reason"]) for item in failed)
    table = TableView(title="Not analysed", header=("Series", "Why"), rows=rows, note="", prose=frozenset({1}))
    return Section(heading="Not analysed", tables=(table,))


def _series(one: Mapping[str, Any], identifier: str) -> Section:
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            AXIS_NAMES[kind],
            VERDICTS[axis["analysis"]["verdict"]].label,
            probability_text(axis["analysis"]["p_emergent"]),
            _threshold(axis["analysis"]),
            nats_text(axis["elpd_loo"] - max(other["elpd_loo"] for other in one["axes"].values())),
            f"{axis['kendall_tau']:+.2f}",
        )
        for kind, axis in one["axes"].items()
    )
    rows += tuple((AXIS_NAMES[kind], problem) for kind, problem in one["problems"].items())
    table = TableView(
        title="By measure of scale",
        header=("Measure", "Verdict", "P(emergent)", "Threshold", "Left-out scores, nats", "Kendall's tau"),
        rows=rows,
        note=(
            "Left-out scores: log density of the scores of every scale given all others, in nats below the best "
            "measure; 3 nats tell two apart."
        ),
        numbers=frozenset({2, 4, 5}),
    )
    figures = [series_figure(axis["analysis"], f"{identifier}{i}") for i, axis in enumerate(one["axes"].values())]
    if one["surface"]:
        figures.append(surface_figure(one, f"{identifier}s"))
    notes = [one["surface"]["summary"]] if one["surface"] else []
    notes += [f"No surface: {one['surface_problem']}."] if one["surface_problem"] else []
    return Section(
        heading=one["name"],
        finding=f"best: {AXIS_NAMES[one['best']]}" if one["settled"] else "no measure clearly best",
        figures=tuple(figures),
        tables=(table, *((_directions(one["surface"]),) if one["surface"] else ())),
        notes=tuple(notes),
        warnings=tuple(one["warnings"]),
    )


def _directions(surface: Mapping[str, Any]) -> TableView:
    """How probable each direction of the plane is."""
    rows = tuple(
        (f"{angle:.1f}°", probability_text(share))
        for angle, share in zip(surface["angle_degrees"], surface["probability"], strict=True)
        if share >= 0.005
    )
    first, second = surface["units"]
    return TableView(
        title="Direction in which scores rise",
        header=(f"From {first} (0°) to {second} (90°)", "Probability"),
        rows=rows,
        note="Directions below .005 are left out.",
        numbers=frozenset({1}),
    )
