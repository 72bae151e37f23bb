"""The pages of forecasts and of backtests, from their documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from emergence_stats.report.figures.calibration_figure import calibration_figure
from emergence_stats.report.figures.forecast_figure import forecast_figure
from emergence_stats.report.formats import count_text, plural, probability_text, scale_text, score_text
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView

MOST_SECTIONS = 150
MOST_ROWS = 400
NONE = "–"
METHOD_LABELS = {
    "forecast": "forecast, averaged over all curves",
    "smooth_law": "a smooth law alone",
    "log_linear": "log-linear least squares",
    "logistic": "logistic least squares",
    "last_value": "last value",
}


def forecast_sheet(
    documents: Sequence[dict[str, Any]], *, skipped: Sequence[tuple[str, str]] = (), inputs: Sequence[str] = ()
) -> Sheet:
    """The page of one or several forecasts.

    Args:
        documents: what ``Forecast.to_dict()`` gives.
        skipped: names of series that were left out, and why.
        inputs: files that were read.
    """
    known = sum(any(item["identifiable"] for item in document["scores"]) for document in documents)
    total = len(documents)
    headline = (
        f"{plural(total, 'series', 'series')} forecast; {known} of them as far as the data reach."
        if total > 1
        else (_first_finding(documents[0]["summary"]) if documents else "Nothing could be forecast.")
    )
    sections = [_forecast_section(document, f"f{i}") for i, document in enumerate(documents[:MOST_SECTIONS])]
    if skipped:
        rows = tuple((name, reason) for name, reason in skipped[:MOST_ROWS])
        table = TableView(
            title="Series that were left out", header=("Series", "Why"), rows=rows, note="", prose=frozenset({1})
        )
        sections.append(Section(heading="Left out", tables=(table,)))
    pool = documents[0]["pool"] if documents else None
    origin = [("Inputs", ", ".join(inputs) or NONE)]
    if pool is not None and pool["n_series"] > 1:
        learnt = f"{pool['rises']:.1f} rises from chance in {pool['decades']:.1f} decades at chance"
        origin.append(("Learnt", f"from {plural(pool['n_series'], 'series', 'series')}: {learnt}"))
    origin.append(("Intervals", "Thin: 90%, thick: 50%, for the score of a further model. Bands: the curve alone."))
    if documents:
        origin.append(("Seed", str(documents[0]["seed"])))
    return Sheet(
        kind="Forecast",
        headline=headline,
        overview="" if total <= MOST_SECTIONS else f"The first {MOST_SECTIONS} are shown; forecast.json has all.",
        sections=tuple(sections),
        origin=tuple(origin),
        program_version=documents[0]["program_version"] if documents else "",
    )


def _first_finding(summary: str) -> str:
    """What is foreseen of the first scale: the section quotes the whole summary."""
    return summary.split(". ")[0].split("; at ")[0].rstrip(".") + "."


def _forecast_section(document: dict[str, Any], identifier: str) -> Section:
    series = document["series"]
    kind, proportion = series["scale_kind"], series["proportion"]
    header = ["At", "Median", "90%", "50%", "P(emerged)", "P(rise not yet seen)"]
    wanted = document["wanted_score"]
    if wanted is not None:
        header.insert(4, f"P(reaches {score_text(wanted, proportion=proportion)})")
    rows: list[tuple[str, ...]] = []
    for item in document["scores"]:
        numbers = item["score"]
        where = scale_text(item["scale"], kind)
        if numbers is None:
            rows.append((where, item["why"]))
            continue
        shown = {key: score_text(value, proportion=proportion) for key, value in numbers.items()}
        cells = [where, shown["median"], f"{shown['low']} to {shown['high']}", f"{shown['low50']} to {shown['high50']}"]
        if wanted is not None:
            cells.append(_probability(item["p_reaches"]))
        rows.append((*cells, _probability(item["p_emerged"]), _probability(item["p_unseen_rise"])))
    reasons = dict.fromkeys(
        f"{scale_text(item['scale'], kind)}: {item['why']}." for item in document["scores"] if item["why"]
    )
    return Section(
        heading=series["name"],
        finding="" if reasons == {} else "in part not identifiable",
        figures=(forecast_figure(document, identifier),),
        facts=_facts(document),
        tables=(
            TableView(
                title="Score of a further model",
                header=tuple(header),
                rows=tuple(rows),
                note="",
                numbers=frozenset(range(1, len(header))),
            ),
        ),
        notes=tuple(reasons),
        warnings=tuple(document["warnings"]),
        quote=document["summary"],
    )


def _facts(document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    kind = document["series"]["scale_kind"]
    facts = []
    if document["series"]["chance_level"] is not None:
        facts.append(("P(the data show a rise)", _probability(document["p_rise_seen"])))
    if document["wanted_score"] is not None:
        wanted = score_text(document["wanted_score"], proportion=document["series"]["proportion"])
        facts.append((f"P({wanted} at the smallest scale)", _probability(document["p_starts_above"])))
        reached, fallen = document["scale_for_score"], document["scale_falls_below"]
        if reached is not None:
            facts.append((f"Scale for {wanted}, 90% interval", _ends(reached, kind)))
        if fallen is not None:
            facts.append((f"Below {wanted} from, 90% interval", _ends(fallen, kind)))
        far = scale_text(document["horizon"], kind, digits=2)
        facts.append((f"P(reaches it by {far})", _probability(document["p_score_reached"])))
    if document["companion"] is not None:
        facts.append(("Companion metric", document["companion"]))
    facts.append(("Scores", plural(len(document["series"]["points"]), "score")))
    return tuple(facts)


def _ends(numbers: dict[str, float | None], kind: str) -> str:
    """Median and 90 % interval of a scale."""
    median, low, high = (
        "beyond" if value is None or not math.isfinite(value) else scale_text(value, kind, digits=2)
        for value in (numbers["median"], numbers["low"], numbers["high"])
    )
    return f"{median} ({low} to {high})"


def backtest_sheet(document: dict[str, Any], *, inputs: Sequence[str] = ()) -> Sheet:
    """The page of a backtest.

    Args:
        document: what ``Backtest.to_dict()`` gives.
        inputs: files that were read.
    """
    ours = document["methods"][0]
    won = document["beats_all"]
    scores = plural(ours["n_points"], "score")
    headline = f"90% intervals held {ours['coverage90']:.0%} of {scores} of hidden models."
    rows = tuple(
        (
            METHOD_LABELS[row["method"]],
            f"{row['log_score']:.3f}",
            NONE if row["method"] == "forecast" else f"{row['advantage']:+.3f} ± {_error(row['advantage_error'])}",
            f"{row['crps']:.4f}",
            f"{row['coverage50']:.1%}",
            f"{row['coverage90']:.1%}",
        )
        for row in document["methods"]
    )
    table = TableView(
        title="Mean scores of all forecasts",
        header=("Method", "Log score, nats", "Forecast's advantage", "CRPS", "In 50% interval", "In 90% interval"),
        rows=rows,
        note="Log score: of the hidden score to within half an item (half a percent of the range where items are not "
        "known); higher is better. CRPS: lower is better. The advantage's error is over series.",
        numbers=frozenset(range(1, 6)),
    )
    lines: dict[str, list[tuple[float, float]]] = {}
    for cell in document["calibration"]:
        lines.setdefault(cell["method"].replace("_", " "), []).append((cell["mass"], cell["inside"]))
    skipped = TableView(
        title="Series that were left out",
        header=("Series", "Why"),
        prose=frozenset({1}),
        rows=tuple((item["name"], item["reason"]) for item in document["skipped"][:MOST_ROWS]),
        note="",
    )
    sections = [
        Section(
            heading="All methods",
            finding="the best mean log score" if won else "not the best mean log score",
            figures=(calibration_figure(lines, "all"),),
            tables=(table,),
            notes=(
                "Calibration: the share of hidden scores inside central intervals; a perfect method follows the dots.",
            ),
            quote=document["summary"],
        ),
        Section(heading="Series by series", tables=(_by_series(document),)),
    ]
    if document["skipped"]:
        sections.append(Section(heading="Left out", tables=(skipped,)))
    pool = document["pool"]
    return Sheet(
        kind="Backtest",
        headline=headline,
        overview=f"Hidden: {document['hide']}. "
        + (
            "The forecasts' mean log score beats every rival."
            if document["beats_all_surely"]
            else "The forecasts' mean log score leads all rivals, some by less than twice the lead's error."
            if won
            else "A rival's mean log score is as good or better."
        ),
        sections=tuple(sections),
        origin=(
            ("Inputs", ", ".join(inputs) or NONE),
            ("Learnt", f"{pool['rises']:.1f} rises from chance in {pool['decades']:.1f} decades of the visible data"),
            ("Seed", str(document["seed"])),
        ),
        program_version=document["program_version"],
    )


def _by_series(document: dict[str, Any]) -> TableView:
    """Mean log score of every method, series by series, the largest loss against a rival first."""
    table: dict[str, dict[str, list[float]]] = {}
    inside: dict[str, list[bool]] = {}
    for point in document["points"]:
        table.setdefault(point["series"], {}).setdefault(point["method"], []).append(point["log_score"])
        if point["method"] == "forecast":
            inside.setdefault(point["series"], []).append(point["covered90"])
    means = {
        name: {method: sum(values) / len(values) for method, values in cells.items()} for name, cells in table.items()
    }

    def shortfall(name: str) -> float:
        return means[name]["forecast"] - max(value for key, value in means[name].items() if key != "forecast")

    names = sorted(means, key=lambda name: (shortfall(name), name))
    rows = tuple(
        (
            name,
            count_text(len(inside[name])),
            f"{sum(inside[name])} of {len(inside[name])}",
            *(f"{means[name][method]:.2f}" for method in METHOD_LABELS),
        )
        for name in names[:MOST_ROWS]
    )
    left = len(names) - len(rows)
    return TableView(
        title="Mean log score, nats",
        header=("Series", "Hidden", "In 90%", *(name.replace("_", " ") for name in METHOD_LABELS)),
        rows=rows,
        note=f"{left} more in backtest.json." if left else "The series on which a rival does best come first.",
        numbers=frozenset(range(1, 8)),
    )


def _probability(value: float | None) -> str:
    return NONE if value is None else probability_text(value)


def _error(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"
