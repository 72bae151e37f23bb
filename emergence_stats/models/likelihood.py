"""From any score form to observations: oriented scores in [0, 1] with a likelihood per dispersion node.

Counts carry a beta-binomial likelihood, k ~ BetaBinomial(n, f (1-rho)/rho, (1-f)(1-rho)/rho), with intraclass
correlation rho (0: binomial); scores with a standard error a normal one, sd^2 = stderr^2 + extra_sd^2; scores alone a
normal one with unknown residual sd. In each, a run fails with probability `failed_run_rate` and then scores
anywhere between 0 and the curve.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from emergence_stats.series import FloatArray, ScoreAxis, ScoreForm, Series
from emergence_stats.settings import PriorSettings

COUNTS, GAUSSIAN = 0, 1
CLUSTERED = 1.15  # a standard error so many times the binomial one is not rounding, nor n - 1 for n
FLOAT_NOISE = 1e-9  # relative error of a printed score that is left after rounding to 12 digits


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """A series as the evidence engine sees it; arrays of shape (n_points,), scores oriented so that 1 is best.

    Attributes:
        form: the score form that was found.
        kind: COUNTS or GAUSSIAN.
        position: log10 scale mapped to [0, 1] over the observed range.
        range_decades: that range, in decades (1 if all scales are the same).
        score: oriented score in [0, 1].
        first: successes k (COUNTS) or the score (GAUSSIAN).
        second: items n (COUNTS) or the known standard error (GAUSSIAN).
        dispersion: values of the dispersion nodes, shape (7,).
        log_dispersion_prior: their log prior mass, shape (7,).
        chance: oriented chance level in [0, 1), or None where it is not defined.
        low: score that maps to 0, in the metric's unit.
        high: score that maps to 1 (below `low` where lower is better).
        warnings: what had to be assumed.
        score_axis: "log" where `score` is linear in the log of the metric, `low` and `high` then being logs, too.
    """

    form: ScoreForm
    kind: int
    position: FloatArray
    range_decades: float
    score: FloatArray
    first: FloatArray
    second: FloatArray
    dispersion: FloatArray
    log_dispersion_prior: FloatArray
    chance: float | None
    low: float
    high: float
    warnings: tuple[str, ...]
    score_axis: ScoreAxis = "linear"

    def to_score(self, value: FloatArray) -> FloatArray:
        """Oriented values in [0, 1] back in the metric's own unit."""
        score = self.low + value * (self.high - self.low)
        return np.exp(score) if self.score_axis == "log" else score

    def from_score(self, score: float) -> float:
        """A score in the metric's own unit as an oriented value; below any of them where a log does not exist."""
        if self.score_axis == "log":
            score = math.log(score) if score > 0 else -math.inf
        return (score - self.low) / (self.high - self.low)


def observe(series: Series, prior: PriorSettings) -> Observations:
    """Decide the score form of a series and bring it to [0, 1]."""
    assert series.score is not None
    logs = series.score_axis == "log"
    on_axis = np.log(series.score) if logs else series.score
    level = series.chance_level
    if level is not None and logs:
        level = math.log(level)
    low, high, warnings = _bounds(series, on_axis, level)
    width = high - low
    score = np.clip((on_axis - low) / width, 0.0, 1.0)
    stderr = None if series.stderr is None else series.stderr / abs(width)
    if stderr is not None and logs:
        stderr = stderr / series.score  # d log s = ds / s
    proportion = series.score_bounds is not None
    form, first, second, more = _choose_form(series, score, stderr, proportion=proportion)
    zero, rest = prior.overdispersion_zero_mass, (1.0 - prior.overdispersion_zero_mass) / 6.0
    nodes, masses = {
        "counts": (prior.overdispersion_nodes, (zero, *[rest] * 6)),
        "effective_counts": (prior.overdispersion_nodes, (zero, *[rest] * 6)),
        "gaussian": (prior.extra_sd_nodes, (zero, *[rest] * 6)),
        "scores": (prior.residual_sd_nodes, (1.0 / 7.0,) * 7),
    }[form]
    x = series.log10_scale
    span = float(x[-1] - x[0])
    chance = None if level is None else (level - low) / width
    return Observations(
        form=form,
        kind=COUNTS if form in ("counts", "effective_counts") else GAUSSIAN,
        position=(x - x[0]) / span if span > 0.0 else np.zeros_like(x),
        range_decades=span if span > 0.0 else 1.0,
        score=score,
        first=first,
        second=second,
        dispersion=np.array(nodes),
        log_dispersion_prior=np.log(np.maximum(np.array(masses), 1e-300)),
        chance=chance,
        low=low,
        high=high,
        warnings=warnings + more,
        score_axis=series.score_axis,
    )


def _bounds(series: Series, score: FloatArray, chance: float | None) -> tuple[float, float, tuple[str, ...]]:
    """Worst and best score, in that order."""
    if series.score_bounds is not None:
        low, high = series.score_bounds
        return (low, high, ()) if series.higher_is_better else (high, low, ())
    given = [] if chance is None else [chance]
    least, most = min(float(score.min()), *given, math.inf), max(float(score.max()), *given, -math.inf)
    margin = 0.05 * (most - least) or 0.05 * abs(most) or 1.0
    warning = "the metric has no bounds: the range of the data stands in for them"
    if not given:
        warning += ", and without a chance level absence cannot be judged"
    low, high = least - margin, most + margin
    return (low, high, (warning,)) if series.higher_is_better else (high, low, (warning,))


def _choose_form(
    series: Series, score: FloatArray, stderr: FloatArray | None, *, proportion: bool
) -> tuple[ScoreForm, FloatArray, FloatArray, tuple[str, ...]]:
    """The richest form that holds at every point."""
    n = series.n_items
    if proportion and n is not None:
        if series.n_correct is not None:
            successes = series.n_correct if series.higher_is_better else n - series.n_correct
            return "counts", successes.copy(), n.copy(), ()
        successes = score * n
        rounded = np.rint(successes)
        whole = np.all(np.abs(successes - rounded) <= _rounding_error(series) * n + FLOAT_NOISE * n)
        if whole and not _wider_than_binomial(score, stderr, n):
            return "counts", np.clip(rounded, 0, n), n.copy(), ()
        if stderr is None:
            warning = "score * n_items is not a whole number: n_items taken as the effective number of items"
            return "effective_counts", successes, n.copy(), (warning,)
    if stderr is not None:
        known = stderr > 0
        if proportion and np.any(known):
            effective = np.full(score.size, np.nan)
            inside = known & (score > 0) & (score < 1)
            effective[inside] = score[inside] * (1 - score[inside]) / stderr[inside] ** 2
            if np.any(inside) and np.all(inside | ~known) and np.nanmin(effective) >= 1.0:
                more: tuple[str, ...] = ()
                if not np.all(known):
                    # Of clusters, items count for less than their number, and never for more.
                    effective[~known] = (
                        np.nanmedian(effective) if n is None else min(np.nanmedian(effective / n), 1.0) * n[~known]
                    )
                    more = ("a standard error of 0 is not certainty: the items of the other points were assumed",)
                return "effective_counts", score * effective, effective, more
        if np.any(known):
            filled = np.where(known, stderr, np.median(stderr[known]))
            doubt = (
                () if np.all(known) else ("a standard error of 0 is not certainty: the median of the others stands in",)
            )
            return "gaussian", score, filled, doubt
        warning = "a standard error of 0 at every point is not certainty: the noise is taken as unknown"
        return "scores", score, np.zeros_like(score), (warning,)
    return "scores", score, np.zeros_like(score), ()


def _wider_than_binomial(score: FloatArray, stderr: FloatArray | None, n: FloatArray) -> bool:
    """Do the standard errors say that the items are clustered, so that they count for less than their number?"""
    if stderr is None:
        return False
    binomial = np.sqrt(score * (1.0 - score) / n)
    inside = binomial > 0.0
    return bool(np.any(inside) and np.median(stderr[inside] / binomial[inside]) > CLUSTERED)


def _rounding_error(series: Series) -> FloatArray:
    """Half a unit of the last printed decimal of each score, in the score's unit as a share of its range.

    A score printed with d decimals stands for every number within 0.5 * 10^-d; one printed to 12 or more significant
    digits is exact. A score converted from percent has two decimals more.
    """
    assert series.score is not None
    assert series.score_bounds is not None
    halves = np.empty(series.n_points)
    for i, value in enumerate(series.score.tolist()):
        digits = f"{value:.12g}"
        mantissa, _, exponent = digits.partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
        significant = len(mantissa.replace(".", "").replace("-", "").strip("0"))
        # Scores such as 0.5 are as likely exact as rounded to one decimal; below three decimals nobody prints shares.
        halves[i] = 0.0 if significant >= 11 else 0.5 * 10.0 ** -max(decimals, 3)
    return halves / (series.score_bounds[1] - series.score_bounds[0])
