"""A logistic by least squares against a straight line, as most plots of scores are fitted."""

from __future__ import annotations

import math
import warnings

from scipy.optimize import OptimizeWarning
from scipy.stats import norm

from benchmarks import baselines
from benchmarks.cases import SHARP_WIDTH
from benchmarks.peers.finding import BAD_ERROR, Finding, PeerFailure, bad_asymptotes
from emergence_stats.series import Series


def least_squares(series: Series) -> Finding:
    """`scipy.optimize.curve_fit` without bounds, from sensible start values.

    Score: BIC of the line minus BIC of the logistic, reversed for a fall. Called: the logistic is preferred, rises,
    and is under a decade wide. Threshold: the midpoint where the logistic is preferred, +- 1.645 standard errors.

    Raises:
        PeerFailure: no convergence.
    """
    fit = baselines.least_squares(series)
    if fit.threshold is None or fit.asymptotes is None:
        msg = "did not converge"
        raise PeerFailure(msg)
    error = fit.threshold_error
    if math.isinf(error):
        # curve_fit says so; the baseline, which does not use the covariance, keeps it quiet.
        warnings.warn("Covariance of the parameters could not be estimated", OptimizeWarning, stacklevel=2)
    preferred = fit.bic_difference > 0.0
    half = float(norm.ppf(0.95)) * error
    has_interval = preferred and math.isfinite(error) and error > 0.0
    return Finding(
        score=fit.score,
        called=fit.called_sharp(SHARP_WIDTH),
        threshold=fit.threshold if preferred else None,
        low=fit.threshold - half if has_interval else None,
        high=fit.threshold + half if has_interval else None,
        rises=fit.rises,
        faults=(
            *bad_asymptotes(*fit.asymptotes),
            *(() if math.isfinite(error) and error > 0.0 else (BAD_ERROR,)),
        ),
    )
