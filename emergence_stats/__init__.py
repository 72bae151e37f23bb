"""Is an ability of language models emergent, and how sure is that?

A `Series` holds the scores of one task at several scales. `analyze` weighs the explanations of it (no ability,
smooth growth, phase change, ...) and returns an `Analysis`: verdict, probabilities, threshold with its interval::

    import emergence_stats as es

    series = es.Series(scale=[1e8, 1e9, 1e10, 1e11], n_correct=[26, 24, 27, 88], n_items=[100] * 4, chance_level=0.25)
    print(es.analyze(series).summary())

Whole tables go through `read` and `analyze_frame`; `load_dataset` gives published figures, `simulate` (a module) series
of known truth. Names are loaded on first use, so that importing the package costs little. To add a public name: one
row in ``_HOMES`` and, for type checkers, its import above it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from emergence_stats._version import __version__

if TYPE_CHECKING:
    from emergence_stats import metrics, simulate
    from emergence_stats.analysis import Analysis, analyze
    from emergence_stats.axes.comparison import compare_axes
    from emergence_stats.axes.surface import surface
    from emergence_stats.axes.table import compare_axes_frame
    from emergence_stats.batch import analyze_frame, compare_metrics
    from emergence_stats.batch.discoveries import Discoveries, discover
    from emergence_stats.datasets import load_dataset
    from emergence_stats.errors import EmergenceStatsError
    from emergence_stats.forecasting.backtest import Backtest, backtest
    from emergence_stats.forecasting.forecast import Forecast, forecast
    from emergence_stats.forecasting.planning import Plan, plan
    from emergence_stats.forecasting.table import forecast_frame
    from emergence_stats.frequentist.checks import cross_checks
    from emergence_stats.frequentist.pass_scaling import pass_scaling
    from emergence_stats.ingest.read import read
    from emergence_stats.ingest.read_items import read_items
    from emergence_stats.ingest.table_series import items_from_table
    from emergence_stats.items import Items, regrade
    from emergence_stats.pairs.comparison import compare
    from emergence_stats.pairs.constant import Constant
    from emergence_stats.pairs.result import PairComparison
    from emergence_stats.pairs.table import compare_frame
    from emergence_stats.pooling.families import pool
    from emergence_stats.pooling.result import PooledAnalysis
    from emergence_stats.regressor import CurveRegressor
    from emergence_stats.repeated_runs import RunVariation, run_variation
    from emergence_stats.series import Series
    from emergence_stats.settings import Settings
    from emergence_stats.test_set_sizes import resolution_curve

_HOMES = {
    "Analysis": "emergence_stats.analysis",
    "Backtest": "emergence_stats.forecasting.backtest",
    "Constant": "emergence_stats.pairs.constant",
    "CurveRegressor": "emergence_stats.regressor",
    "Discoveries": "emergence_stats.batch.discoveries",
    "EmergenceStatsError": "emergence_stats.errors",
    "Forecast": "emergence_stats.forecasting.forecast",
    "Items": "emergence_stats.items",
    "PairComparison": "emergence_stats.pairs.result",
    "Plan": "emergence_stats.forecasting.planning",
    "PooledAnalysis": "emergence_stats.pooling.result",
    "RunVariation": "emergence_stats.repeated_runs",
    "Series": "emergence_stats.series",
    "Settings": "emergence_stats.settings",
    "analyze": "emergence_stats.analysis",
    "analyze_frame": "emergence_stats.batch",
    "backtest": "emergence_stats.forecasting.backtest",
    "compare": "emergence_stats.pairs.comparison",
    "compare_axes": "emergence_stats.axes.comparison",
    "compare_axes_frame": "emergence_stats.axes.table",
    "compare_frame": "emergence_stats.pairs.table",
    "compare_metrics": "emergence_stats.batch",
    "cross_checks": "emergence_stats.frequentist.checks",
    "discover": "emergence_stats.batch.discoveries",
    "forecast": "emergence_stats.forecasting.forecast",
    "forecast_frame": "emergence_stats.forecasting.table",
    "items_from_table": "emergence_stats.ingest",
    "load_dataset": "emergence_stats.datasets",
    "pass_scaling": "emergence_stats.frequentist.pass_scaling",
    "plan": "emergence_stats.forecasting.planning",
    "pool": "emergence_stats.pooling.families",
    "read": "emergence_stats.ingest",
    "read_items": "emergence_stats.ingest",
    "regrade": "emergence_stats.items",
    "resolution_curve": "emergence_stats.test_set_sizes",
    "run_variation": "emergence_stats.repeated_runs",
    "surface": "emergence_stats.axes.surface",
}
_MODULES = ("metrics", "simulate")

__all__ = [
    "Analysis",
    "Backtest",
    "Constant",
    "CurveRegressor",
    "Discoveries",
    "EmergenceStatsError",
    "Forecast",
    "Items",
    "PairComparison",
    "Plan",
    "PooledAnalysis",
    "RunVariation",
    "Series",
    "Settings",
    "__version__",
    "analyze",
    "analyze_frame",
    "backtest",
    "compare",
    "compare_axes",
    "compare_axes_frame",
    "compare_frame",
    "compare_metrics",
    "cross_checks",
    "discover",
    "forecast",
    "forecast_frame",
    "items_from_table",
    "load_dataset",
    "metrics",
    "pass_scaling",
    "plan",
    "pool",
    "read",
    "read_items",
    "regrade",
    "resolution_curve",
    "run_variation",
    "simulate",
    "surface",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOMES:
        value: object = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
