"""What the page of ``emergence-stats metrics`` says: shares of emergent verdicts by metric, by kind, and pairwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emergence_stats.report.figures.shares_figure import Share, shares_figure
from emergence_stats.report.formats import inert, plural
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView

NAME_LENGTH = 120
NO_NAME = "(unnamed)"


def metrics_sheet(document: Mapping[str, Any]) -> Sheet:
    """The page of what ``emergence-stats metrics`` writes as JSON."""
    metrics, kinds = document["by_metric"], document["by_kind"]
    series, emergent = (sum(row[name] for row in metrics) for name in ("n_series", "n_emergent"))
    return Sheet(
        kind="Metrics",
        headline=f"{emergent} of {plural(series, 'series', 'series')} are called emergent on their own metric.",
        overview=(
            "Which metrics make emergence? Each metric is judged by itself, without companions of the same outputs."
        ),
        sections=(
            _shares("By metric", "metric", metrics, tuple(document["warnings"])),
            _shares("By kind of metric", "metric_kind", kinds, ()),
            *((_pairs(document["paired"]),) if document["paired"] else ()),
            Section(heading="In words", quote=document["summary"]),
        ),
        program_version=document["program_version"],
        origin=(
            ("Inputs", ", ".join(document["inputs"])),
            ("Seed", str(document["seed"])),
            ("Intervals", "95 %, after Jeffreys; series are taken as independent"),
        ),
    )


def _shares(heading: str, key: str, rows: Sequence[Mapping[str, Any]], warnings: tuple[str, ...]) -> Section:
    ranked = sorted(rows, key=lambda row: (-row["share"], row[key]))
    shares = [
        Share(
            name=row[key] or NO_NAME,
            share=row["share"],
            low=row["share_low"],
            high=row["share_high"],
            counts=f"{row['n_emergent']} of {row['n_series']}",
        )
        for row in ranked
    ]
    table = TableView(
        title=heading,
        header=("Metric" if key == "metric" else "Kind", "Series", "Emergent", "95 % interval", "Undetermined",
                "Mean p(emergent)", "Emergence score"),
        rows=tuple(
            (
                inert(row[key] or NO_NAME, NAME_LENGTH), str(row["n_series"]), f"{row['share']:.1%}",
                f"{row['share_low']:.1%} to {row['share_high']:.1%}", str(row["n_undetermined"]),
                f"{row['mean_p_emergent']:.2f}", _score(row["median_emergence_score"]),
            )
            for row in ranked
        ),
        note=(
            "Emergence score: median over the series of sign(argmax - argmin) (max - min) / sqrt(median squared step), "
            "as in BIG-bench and Schaeffer et al. 2023. It is large for noisy flat series, too: read it beside the "
            "verdicts, not in their place. A metric without a chance level (losses, perplexity) is never called "
            "emergent: absence cannot be judged on it."
        ),
        numbers=frozenset({1, 2, 3, 4, 5, 6}),
    )  # fmt: skip
    figure = shares_figure(shares, f"shares-{key}", title=f"Share of series called emergent, {heading.lower()}")
    return Section(heading=heading, figures=(figure,) if shares else (), tables=(table,), warnings=warnings)


def _pairs(rows: Sequence[Mapping[str, Any]]) -> Section:
    table = TableView(
        title="Two metrics on the same series",
        header=("First", "Second", "Series of both", "Emergent by both", "First alone", "Second alone", "McNemar p"),
        rows=tuple(
            (
                inert(row["first"] or NO_NAME, NAME_LENGTH), inert(row["second"] or NO_NAME, NAME_LENGTH),
                str(row["n_both"]), str(row["emergent_both"]), str(row["only_first"]), str(row["only_second"]),
                f"{row['p_mcnemar']:.2g}",
            )
            for row in rows
        ),
        note="Series that differ in the metric alone. McNemar's exact test: is one called emergent more often?",
        numbers=frozenset({2, 3, 4, 5, 6}),
    )  # fmt: skip
    return Section(heading="Two metrics on the same series", tables=(table,))


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
