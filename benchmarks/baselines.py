"""What people do instead: least squares with BIC, and the breakthroughness score.

Both see the scores only, not the number of items behind them, as they are commonly used.
"""

from __future__ import annotations

import dataclasses
import math
import warnings

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

from emergence_stats.frequentist import descriptive
from emergence_stats.series import FloatArray, Series

LOGIT_SPAN = 2.0 * math.log(9.0)  # 10-90 % of a logistic, in logits
SMALLEST_VARIANCE = 1e-5  # a residual variance below this is a fit through every point, not knowledge
LARGEST_SCORE = 1e6
MAX_EVALUATIONS = 2000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeastSquares:
    """A straight line in log scale against a 4-parameter logistic.

    Attributes:
        bic_difference: BIC of the line minus BIC of the logistic; positive favours the logistic. -inf if it failed.
        threshold: fitted midpoint, log10 of the scale; None if the fit failed.
        width: fitted 10-90 % width in decades; None if the fit failed.
        rises: whether the fitted logistic rises with scale.
        asymptotes: the fitted floor and ceiling; None if the fit failed.
        threshold_error: standard error of the midpoint, inf where `curve_fit` could not estimate the covariance.
    """

    bic_difference: float
    threshold: float | None
    width: float | None
    rises: bool
    asymptotes: tuple[float, float] | None = None
    threshold_error: float = math.inf

    @property
    def score(self) -> float:
        """Evidence for a rise that a line does not explain: the BIC difference, reversed for a fall."""
        finite = float(np.clip(self.bic_difference, -LARGEST_SCORE, LARGEST_SCORE))
        return finite if self.rises else -abs(finite)

    def called_sharp(self, width: float) -> bool:
        """A rising logistic preferred over the line, its 10-90 % width below the given one."""
        return self.rises and self.bic_difference > 0.0 and self.width is not None and self.width < width


def logistic_4(x: FloatArray, floor: float, ceiling: float, threshold: float, slope: float) -> FloatArray:
    """f(x) = floor + (ceiling - floor) / (1 + exp(-slope (x - threshold)))."""
    return floor + (ceiling - floor) / (1.0 + np.exp(-np.clip(slope * (x - threshold), -500.0, 500.0)))


def fit_logistic(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Floor, ceiling, threshold and slope by `curve_fit` from sensible start values, and their covariance.

    None if it did not converge; a covariance of inf if there is none.
    """
    low, high = float(y.min()), float(y.max())
    crossing = int(np.argmin(np.abs(y - (low + high) / 2.0)))
    sign = 1.0 if y[-1] >= y[0] else -1.0
    start = (low, high, float(x[crossing]), sign * LOGIT_SPAN / max((x[-1] - x[0]) / 2.0, 1e-3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # no covariance: the fit itself is still what was asked for
        try:
            found, covariance = curve_fit(logistic_4, x, y, p0=start, maxfev=MAX_EVALUATIONS)
        except (RuntimeError, TypeError):  # no convergence; fewer points than parameters
            return None
    return np.asarray(found, dtype=np.float64), np.asarray(covariance, dtype=np.float64)


def least_squares(series: Series) -> LeastSquares:
    """Fit both curves to the scores of a series."""
    x, y = series.log10_scale, np.asarray(series.score)
    line = np.polynomial.Polynomial.fit(x, y, 1)
    fitted = fit_logistic(x, y)
    if fitted is None or not np.isfinite(fitted[0]).all():
        return LeastSquares(bic_difference=-math.inf, threshold=None, width=None, rises=False)
    found, covariance = fitted
    difference = bic(float(np.sum((y - line(x)) ** 2)), y.size, 2)
    difference -= bic(float(np.sum((y - logistic_4(x, *found)) ** 2)), y.size, 4)
    slope = float(found[3])
    return LeastSquares(
        bic_difference=difference,
        threshold=float(found[2]),
        width=LOGIT_SPAN / abs(slope) if slope != 0.0 else math.inf,
        rises=bool((found[1] - found[0]) * slope > 0.0),
        asymptotes=(float(found[0]), float(found[1])),
        threshold_error=math.sqrt(max(float(covariance[2, 2]), 0.0)),
    )


def breakthroughness(series: Series) -> float:
    """The `breakthrough_score` of a series."""
    return float(breakthrough_score(np.asarray(series.score)))


def breakthrough_score(y: FloatArray) -> FloatArray:
    """The score of BIG-bench (`emergence_stats.frequentist.descriptive`).

    A median step of 0 would divide by nothing; the score is then limited to `LARGEST_SCORE`.

    Args:
        y: scores by ascending scale, shape (..., n_points).

    Returns:
        Shape (...); 0 where there is one point only.
    """
    if y.shape[-1] < 2:
        return np.zeros(y.shape[:-1])
    return np.nan_to_num(descriptive.breakthroughness(y), nan=0.0, posinf=LARGEST_SCORE, neginf=-LARGEST_SCORE)


def bic(sum_of_squares: float, n_points: int, n_parameters: int) -> float:
    """BIC = n log(RSS / n) + k log n; the residual variance counts as one parameter more."""
    variance = max(sum_of_squares / n_points, SMALLEST_VARIANCE)
    return n_points * math.log(variance) + (n_parameters + 1) * math.log(n_points)
