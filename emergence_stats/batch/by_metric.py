"""Which metrics make emergence? Every metric of a table judged by itself, and the shares of their verdicts compared."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emergence_stats._version import __version__
from emergence_stats.batch.metric_document import records, summary_of
from emergence_stats.batch.run import run_batch
from emergence_stats.companions import companion_kind
from emergence_stats.forecasting.table import series_of
from emergence_stats.frequentist.descriptive import breakthroughness
from emergence_stats.ingest import SeriesRow, read_tidy
from emergence_stats.ingest.blank_scales import with_scale
from emergence_stats.models.likelihood import observe
from emergence_stats.settings import Settings
from emergence_stats.verdict import Verdict

if TYPE_CHECKING:
    from emergence_stats.ingest import ArrowStream

LEVEL = 0.95
ALL_OR_NOTHING = "right or wrong as a whole"
UNTOLD = ("warnings",)  # columns of results that a comparison of metrics has no use for
_SHARES = (
    "n_series", "n_emergent", "share", "share_low", "share_high", "mean_p_emergent", "n_undetermined",
    "median_emergence_score",
)  # fmt: skip
KINDS = {"linear": "linear per token", "continuous": "continuous per token", "unlisted": "unlisted"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetricComparison:
    """Shares of emergent verdicts by metric.

    Shares have 95 % intervals after Jeffreys; they treat series as independent, which tasks of one set of models are
    not quite. The emergence score of the literature stands beside them (Srivastava et al. 2022, arXiv 2206.04615;
    Schaeffer et al. 2023, arXiv 2304.15004, Fig. 5); it is large for noisy flat series too. A metric without a chance
    level is never called emergent, since absence cannot be judged on it.

    Attributes:
        results: one row per series, as `analyze_frame` gives them, each metric judged without companions; further
            columns ``metric_kind`` and ``emergence_score``.
        by_metric: one row per metric: ``metric``, ``metric_kind``, ``n_series`` (analysed), ``n_emergent``, ``share``,
            ``share_low``, ``share_high``, ``mean_p_emergent``, ``n_undetermined``, ``median_emergence_score``.
        by_kind: the same by kind of metric.
        paired: for every two metrics, on the series that differ in the metric alone: ``n_both`` (series of both),
            ``emergent_both``, ``only_first``, ``only_second``, and the p-value of McNemar's exact test.
        warnings: rows and series that were left out.
    """

    results: pd.DataFrame
    by_metric: pd.DataFrame
    by_kind: pd.DataFrame
    paired: pd.DataFrame
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        """A paragraph a person can quote."""
        return summary_of(self.by_metric, self.paired)

    def to_dict(self) -> dict[str, Any]:
        """What ``emergence-stats metrics`` writes as JSON: plain values only."""
        return {
            "program_version": __version__,
            "level": LEVEL,
            "summary": self.summary(),
            "by_metric": records(self.by_metric),
            "by_kind": records(self.by_kind),
            "paired": records(self.paired),
            "series": records(self.results[[name for name in self.results if name not in UNTOLD]]),
            "warnings": list(self.warnings),
        }


def compare_metrics(
    frame: pd.DataFrame | ArrowStream,
    *,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    across: Sequence[str] = (),
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
) -> MetricComparison:
    """Judge each metric of a table by itself, and compare how often each is called emergent.

    Measurements without the scale that was asked for are left out, and a warning says how many.

    Args:
        frame: a tidy table with a column ``metric``.
        scale: the scale column; found for each series if None.
        by: further columns that tell series apart.
        across: columns that do not, such as the family, so that one series holds all families.
        workers: processes.
        seed: as in `analyze_frame`.
        settings: priors, limits and effort.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        TableError: a column that a series is made of is missing.
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    measured, warnings = with_scale(read_tidy(frame, scale=scale, by=columns).frame, scale)
    rows = series_of(measured, scale=scale, by=columns, across=across)
    metrics = sorted({_metric(row) for row in rows})
    parts = []
    for metric in metrics:
        # One metric at a time: no metric is a companion of another, so that each speaks for itself.
        own = [row for row in rows if _metric(row) == metric]
        found = run_batch(own, settings=settings, workers=workers, seed=seed, documents=False).frame
        found["metric"] = metric
        found["metric_kind"] = KINDS.get(companion_kind(metric) or "", ALL_OR_NOTHING)
        found["emergence_score"] = [_emergence_score(row, settings) for row in own]
        parts.append(found)
    results = pd.concat(parts, ignore_index=True)
    identity = list(dict.fromkeys(name for row in rows for name in row.identity))
    return MetricComparison(
        results=results,
        by_metric=_shares(results, ["metric", "metric_kind"]),
        by_kind=_shares(results, ["metric_kind"]),
        paired=_paired(results, [name for name in identity if name != "metric"], metrics),
        warnings=(*warnings, *_failures(results)),
    )


def _failures(results: pd.DataFrame) -> tuple[str, ...]:
    """Series that could not be analysed: how many, and why the first."""
    failed = results[results["verdict"] == Verdict.FAILED.value]
    if failed.empty:
        return ()
    return (f"{len(failed)} of {len(results)} series could not be analysed; the first: {failed['reason'].iloc[0]}",)


def _metric(row: SeriesRow) -> str:
    """Name of the metric of a series, blank if the table does not say."""
    return row.identity.get("metric", "")


def _emergence_score(row: SeriesRow, settings: Settings | None) -> float:
    """The emergence score of a series; NaN where it has none (a median step of 0)."""
    if row.series is None:
        return np.nan
    score = float(breakthroughness(observe(row.series, (settings or Settings()).prior).score))
    return score if np.isfinite(score) else np.nan


def _shares(results: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Shares of emergent verdicts among the series of each group that could be analysed."""
    from statsmodels.stats.proportion import proportion_confint

    analysed = results[results["verdict"] != Verdict.FAILED.value]
    rows = []
    for key, group in analysed.groupby(columns, sort=True):
        emergent, n = int((group["verdict"] == Verdict.EMERGENT.value).sum()), len(group)
        low, high = proportion_confint(emergent, n, alpha=1.0 - LEVEL, method="jeffreys")
        rows.append(
            {
                **dict(zip(columns, key, strict=True)),
                "n_series": n,
                "n_emergent": emergent,
                "share": emergent / n,
                # Jeffreys' interval is closed at an end that was reached.
                "share_low": 0.0 if emergent == 0 else float(low),
                "share_high": 1.0 if emergent == n else float(high),
                "mean_p_emergent": float(group["p_emergent"].mean()),
                "n_undetermined": int((group["verdict"] == Verdict.UNDETERMINED.value).sum()),
                "median_emergence_score": float(group["emergence_score"].median()),
            }
        )
    columns_of_shares = [*columns, *_SHARES]
    return pd.DataFrame(rows, columns=columns_of_shares)


def _paired(results: pd.DataFrame, identity: list[str], metrics: list[str]) -> pd.DataFrame:
    """Two metrics at a time on the series that both have."""
    from statsmodels.stats.contingency_tables import mcnemar

    analysed = results[results["verdict"] != Verdict.FAILED.value]
    emergent = analysed.assign(emergent=analysed["verdict"] == Verdict.EMERGENT.value)
    key = identity or ["metric_kind"]
    rows = []
    for first, second in itertools.combinations(metrics, 2):
        sides = [emergent.loc[emergent["metric"] == name, [*key, "emergent"]] for name in (first, second)]
        both = sides[0].merge(sides[1], on=key, suffixes=("_first", "_second"))
        if both.empty:
            continue
        table = pd.crosstab(both["emergent_first"], both["emergent_second"])
        cells = table.reindex(index=[False, True], columns=[False, True], fill_value=0).to_numpy()
        rows.append(
            {
                "first": first,
                "second": second,
                "n_both": len(both),
                "emergent_both": int(cells[1, 1]),
                "only_first": int(cells[1, 0]),
                "only_second": int(cells[0, 1]),
                "p_mcnemar": float(mcnemar(cells, exact=True).pvalue),
            }
        )
    columns = ["first", "second", "n_both", "emergent_both", "only_first", "only_second", "p_mcnemar"]
    return pd.DataFrame(rows, columns=columns)
