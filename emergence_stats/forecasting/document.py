"""The JSON documents of forecasts and backtests: plain values only, nulls for what is infinite or unknown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from emergence_stats._version import __version__
from emergence_stats.forecasting.band import curve_band, identifiable_until
from emergence_stats.threshold import Quantity

if TYPE_CHECKING:
    from emergence_stats.forecasting.backtest import Backtest
    from emergence_stats.forecasting.forecast import Forecast
    from emergence_stats.forecasting.pool import Pool

SCHEMA_VERSION = "1.0"


def to_document(found: Forecast) -> dict[str, Any]:
    """All that the page says of one forecast."""
    series = found.series
    assert series.score is not None
    return {
        "schema_version": SCHEMA_VERSION,
        "program_version": __version__,
        "kind": "forecast",
        "seed": found.seed,
        "series": {
            "name": series.name,
            "identity": dict(series.identity),
            "metric": series.metric,
            "scale_kind": series.scale_kind,
            "scale_unit": series.scale_unit,
            "higher_is_better": series.higher_is_better,
            "chance_level": series.chance_level,
            "proportion": series.score_bounds == (0.0, 1.0),
            "points": [
                {
                    "scale": float(series.scale[i]),
                    "score": float(series.score[i]),
                    "model": None if series.model is None else series.model[i],
                }
                for i in range(series.n_points)
            ],
        },
        "companion": None if found.companion is None else found.companion.name,
        "pool": pool_part(found.pool),
        "scores": [item.to_dict() for item in found.scores],
        "wanted_score": found.wanted_score,
        "scale_for_score": _finite(found.scale_for_score),
        "p_score_reached": found.p_score_reached,
        "p_starts_above": found.p_starts_above,
        "scale_falls_below": _finite(found.scale_falls_below),
        "p_at_chance": found.p_at_chance,
        "p_rise_seen": found.p_rise_seen,
        "p_fall_seen": found.p_fall_seen,
        "horizon": found.horizon,
        "curve": curve_band(found),
        "identifiable_until": identifiable_until(found),
        "summary": found.summary(),
        "warnings": list(series.warnings),
    }


def pool_part(pool: Pool) -> dict[str, Any]:
    """What was learnt."""
    return {
        "n_series": pool.n_series,
        "rises": pool.rises,
        "decades": pool.decades,
        "dispersion": None if pool.dispersion is None else list(pool.dispersion),
    }


def backtest_document(result: Backtest) -> dict[str, Any]:
    """All that the page says of a backtest."""
    return {
        "schema_version": SCHEMA_VERSION,
        "program_version": __version__,
        "kind": "backtest",
        "seed": result.seed,
        "hide": result.hide,
        "pool": pool_part(result.pool),
        "beats_all": result.beats_all,
        "beats_all_surely": result.beats_all_surely,
        "methods": [
            {key: _number(value) for key, value in row.items()} for row in result.methods.to_dict(orient="records")
        ],
        "calibration": result.calibration.to_dict(orient="records"),
        "points": [
            {key: _number(value) for key, value in row.items()} for row in result.points.to_dict(orient="records")
        ],
        "skipped": [{"name": item.name, "reason": item.reason} for item in result.skipped],
        "summary": result.summary(),
    }


def _finite(quantity: Quantity) -> dict[str, float | None] | None:
    """Quantiles of a scale; null where it lies beyond the horizon."""
    numbers = quantity.to_dict()
    return None if numbers is None else {name: _number(value) for name, value in numbers.items()}


def _number(value: Any) -> Any:  # noqa: ANN401  # a cell of a table
    """JSON has no infinity and no NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
