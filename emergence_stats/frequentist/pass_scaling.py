"""Passes out of very many attempts: is the pass rate a power law of scale in disguise, or does it accelerate?

With enough attempts even a pass rate of 1e-4 is measured, and what looked like nothing followed by a jump becomes a
line or a curve ("infinite resolution", Hu et al. 2023, arXiv 2310.03262). If the loss per token is a power law of
scale N,

    p(N) = exp(-c N^-alpha)    and    ln(-ln p) = ln c - alpha ln N,

a straight line. Where the line bends down (is concave), -ln p falls faster than any power law: accelerated emergence.
All of this asks how passes rise, alpha > 0; where they fall with scale, or need not rise, no such law is named.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from emergence_stats.arguments import instance, real_number
from emergence_stats.errors import InputError
from emergence_stats.series import FloatArray, Series

if TYPE_CHECKING:
    from statsmodels.genmod.generalized_linear_model import GLMResults

Law = Literal["straight", "accelerating", "slowing", "falling", "undecided"]
FEWEST_SCALES = 3
LARGEST_RATE = 1.0 - 1e-9


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PassScaling:
    """How ln(-ln p) depends on ln N; intervals hold 95 %.

    Attributes:
        law: ``straight`` (the exponent's change over the range is shown to be small), ``accelerating`` (concave: the
            exponent grows with scale), ``slowing`` (convex), ``falling`` (the exponent's interval lies below 0: the
            pass rate falls with scale, whatever its bend), or ``undecided``, as always where that interval holds 0.
        exponent: alpha of the straight line, per nat of scale.
        exponent_interval: its interval.
        exponent_change: exponent at the largest scale less that at the smallest, of the parabola.
        exponent_change_interval: its interval.
        p_curvature: two-sided p-value of the parabola's bend.
        dispersion: Pearson's chi^2 of the parabola over its degrees of freedom, if above 1 (it widens every interval),
            else 1.
        log_scale: ln N of each point, shape (n_points,).
        transformed: ln(-ln((k + 1/2) / (n + 1))) of each point, for plots, shape (n_points,).
        line: the straight line at each point, shape (n_points,).
        parabola: the parabola at each point, shape (n_points,).
    """

    law: Law
    exponent: float
    exponent_interval: tuple[float, float]
    exponent_change: float
    exponent_change_interval: tuple[float, float]
    p_curvature: float
    dispersion: float
    log_scale: FloatArray
    transformed: FloatArray
    line: FloatArray
    parabola: FloatArray

    def summary(self) -> str:
        """A sentence to quote."""
        low, high = self.exponent_change_interval
        said = {
            "straight": "ln(-ln pass) is straight in ln scale: a power law in the loss",
            "accelerating": "ln(-ln pass) bends down: the pass rate rises faster than any power law in the loss",
            "slowing": "ln(-ln pass) bends up: the pass rate rises more slowly than a power law in the loss",
            "falling": "the pass rate falls with scale: no law of a rising pass rate fits it",
            "undecided": "the passes do not tell a straight line from a bent one"
            if self.exponent_interval[0] > 0.0
            else "the passes do not tell whether the pass rate rises with scale",
        }[self.law]
        return (
            f"{said}. Exponent {self.exponent:.3g} per nat (95 % interval {self.exponent_interval[0]:.3g} to "
            f"{self.exponent_interval[1]:.3g}); it changes by {self.exponent_change:+.3g} ({low:+.3g} to {high:+.3g}) "
            "over the range."
        )


def pass_scaling(series: Series, *, tolerance: float = 0.5) -> PassScaling:
    """Fit passes out of attempts by a straight line and by a parabola in ln(-ln p) against ln scale.

    Both are binomial regressions of the failures with a complementary log-log link (statsmodels): points count by
    their attempts, and points without a pass count too. Stopping after a fixed number of passes, as PassUntil does,
    leaves the likelihood as it is.

    Args:
        series: passes and attempts (``n_correct`` and ``n_items``) at three scales or more; nothing may pass by chance.
        tolerance: a line counts as straight if the interval of the exponent's change lies within this share of the
            exponent, up or down.

    Raises:
        InputError: the series has no counts, a chance level above 0, fewer than three scales, or no pass at all.
    """
    instance("series", series, Series)
    share = real_number("tolerance", tolerance, "a positive number")
    _check(series)
    assert series.n_correct is not None
    assert series.n_items is not None
    k, n, x = series.n_correct, series.n_items, np.log(series.scale)
    if series.scale_kind == "loss":
        x = -x
    middle, half = 0.5 * (x.max() + x.min()), 0.5 * (x.max() - x.min())
    u = (x - middle) / half
    smoothed = np.clip((k + 0.5) / (n + 1.0), 0.0, LARGEST_RATE)
    observed = np.log(-np.log(smoothed))
    columns = np.stack([np.ones_like(u), u, u**2], axis=1)
    line, bent = (_fit(columns[:, :size], k, n, observed) for size in (2, 3))
    free = u.size - 3
    dispersion = max(1.0, float(bent.pearson_chi2) / free) if free > 0 else 1.0
    reach = float(stats.norm.ppf(0.975) if dispersion == 1.0 else stats.t.ppf(0.975, free))
    slope, slope_error = -float(line.params[1]) / half, float(line.bse[1]) / half * math.sqrt(dispersion)
    # d/dx of the parabola's u^2 term is 2 b u / half: from u = -1 to u = 1 the slope changes by 4 b / half.
    change, change_error = -4.0 * float(bent.params[2]) / half, 4.0 * float(bent.bse[2]) / half * math.sqrt(dispersion)
    low, high = change - reach * change_error, change + reach * change_error
    ratio = abs(change) / change_error
    p_value = 2.0 * float(stats.norm.sf(ratio) if dispersion == 1.0 else stats.t.sf(ratio, free))
    slopes = (slope - reach * slope_error, slope + reach * slope_error)
    law: Law = "undecided"
    if slopes[0] <= 0.0:
        law = "falling" if slopes[1] < 0.0 else "undecided"
    elif max(-low, high) <= share * abs(slope):
        law = "straight"
    elif low > 0.0:
        law = "accelerating"
    elif high < 0.0:
        law = "slowing"
    return PassScaling(
        law=law,
        exponent=slope,
        exponent_interval=slopes,
        exponent_change=change,
        exponent_change_interval=(low, high),
        p_curvature=p_value,
        dispersion=dispersion,
        log_scale=x,
        transformed=observed,
        line=np.einsum("pc,c->p", columns[:, :2], np.asarray(line.params)),
        parabola=np.einsum("pc,c->p", columns, np.asarray(bent.params)),
    )


def _check(series: Series) -> None:
    """What a pass rate needs."""
    if series.n_correct is None or series.n_items is None:
        msg = f"{series.name}: expected passes and attempts (n_correct and n_items), got scores"
        raise InputError(msg)
    if series.chance_level:
        msg = f"{series.name}: expected attempts that cannot pass by chance, got chance level {series.chance_level:g}"
        raise InputError(msg)
    if series.n_scales < FEWEST_SCALES:
        msg = f"{series.name}: expected at least {FEWEST_SCALES} different scales, got {series.n_scales}"
        raise InputError(msg)
    if not series.n_correct.any():
        msg = f"{series.name}: expected at least one pass, got none in {series.n_items.sum():g} attempts"
        raise InputError(msg)


def _fit(design: FloatArray, k: FloatArray, n: FloatArray, observed: FloatArray) -> GLMResults:
    """Binomial regression of the failures: ln(-ln p) = design @ beta."""
    import statsmodels.api as sm

    start = np.linalg.lstsq(design, observed, rcond=None)[0]
    model = sm.GLM(np.stack([n - k, k], axis=1), design, family=sm.families.Binomial(sm.families.links.CLogLog()))
    return model.fit(start_params=start)
