"""Broken lines with a test for the break: the package piecewise-regression (Pilgrim 2021, doi:10.21105/joss.03859)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.stats import t

from benchmarks.peers.finding import BAD_ERROR, BAD_P_VALUE, Finding, PeerFailure
from emergence_stats.series import Series

SIGNIFICANCE = 0.05
PARAMETERS = 4  # constant, two slopes, one break


def davies(series: Series) -> Finding:
    """One break, Davies' test.

    Score: -log10 of the p-value, reversed where a straight line through the scores falls. Called: p < .05 and no
    fall. Threshold: the break, if significant and the fit converged; a break is where the rise begins, hence it is
    compared with the true onset. The interval is its standard error times the t quantile.
    """
    results = _results(series, n_breakpoints=1)
    p = float(results["davies"])
    if not math.isfinite(p):
        msg = "p-value is not a number"
        raise PeerFailure(msg)
    rises = _rises(series)
    strength = -math.log10(max(p, 1e-300))
    significant = p < SIGNIFICANCE
    place = _place(series, results) if significant else {}
    faults = (BAD_P_VALUE,) if p > 1.0 else ()
    return Finding(
        score=strength if rises else -abs(strength),
        called=significant and rises,
        threshold=place.get("threshold"),
        low=place.get("low"),
        high=place.get("high"),
        rises=rises,
        faults=(*faults, *_error_faults(results)),
    )


def bic(series: Series) -> Finding:
    """No break against one break by the package's `ModelSelection`.

    Score: BIC without minus BIC with the break, reversed for a fall. Called: the break is preferred and the line does
    not fall; the package fits no width. Threshold: the break where it is preferred, as in `davies`.

    Raises:
        PeerFailure: the fit with a break did not converge.
    """
    import piecewise_regression

    _seed()
    selection = piecewise_regression.ModelSelection(
        series.log10_scale, np.asarray(series.score), max_breakpoints=1, verbose=False
    )
    line, broken = selection.model_summaries
    if not broken["converged"]:
        msg = "did not converge"
        raise PeerFailure(msg)
    difference = float(line["bic"] - broken["bic"])
    if math.isnan(difference):
        msg = "BIC is not a number"
        raise PeerFailure(msg)
    difference = float(np.clip(difference, -1e6, 1e6))  # a residual sum of 0 has a BIC of -inf
    rises = _rises(series)
    place = _place(series, broken) if difference > 0.0 else {}
    return Finding(
        score=difference if rises else -abs(difference),
        called=difference > 0.0 and rises,
        threshold=place.get("threshold"),
        low=place.get("low"),
        high=place.get("high"),
        rises=rises,
        faults=_error_faults(broken),
    )


def _results(series: Series, *, n_breakpoints: int) -> dict[str, Any]:
    """The package's own summary of its fit."""
    import piecewise_regression

    _seed()
    fit = piecewise_regression.Fit(
        series.log10_scale, np.asarray(series.score), n_breakpoints=n_breakpoints, verbose=False
    )
    found: dict[str, Any] = fit.get_results()
    return found


def _seed() -> None:
    """Fix the draws of the package, which uses the global generator."""
    np.random.seed(0)  # noqa: NPY002 - there is no other way to seed it


def _rises(series: Series) -> bool:
    """Whether a straight line through the scores rises."""
    return float(np.polynomial.Polynomial.fit(series.log10_scale, np.asarray(series.score), 1).convert().coef[-1]) > 0.0


def _place(series: Series, results: dict[str, Any]) -> dict[str, float]:
    """The break and its 90 % interval, what there is of them."""
    if not results["converged"]:
        return {}
    one = results["estimates"]["breakpoint1"]
    found = {"threshold": float(one["estimate"])}
    freedom = series.n_points - PARAMETERS
    if freedom > 0 and one["se"] is not None and math.isfinite(one["se"]) and one["se"] > 0.0:
        half = float(t.ppf(0.95, freedom)) * float(one["se"])
        found |= {"low": found["threshold"] - half, "high": found["threshold"] + half}
    return found


def _error_faults(results: dict[str, Any]) -> tuple[str, ...]:
    """Standard errors that no estimate can have."""
    if not results["converged"]:
        return ()
    errors = [one["se"] for one in results["estimates"].values() if one["se"] is not None]
    return () if all(math.isfinite(error) and error > 0.0 for error in errors) else (BAD_ERROR,)
