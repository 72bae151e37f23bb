"""`cross_checks`: every frequentist check of one series, and what it returns."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from emergence_stats.arguments import instance, whole_number
from emergence_stats.errors import SeriesError
from emergence_stats.frequentist.descriptive import Descriptive, describe
from emergence_stats.frequentist.glm import Glm, fit_links
from emergence_stats.frequentist.isotonic import Isotonic, isotonic
from emergence_stats.frequentist.scores import Scores, scores_of
from emergence_stats.frequentist.trend import Trend, trend
from emergence_stats.models.likelihood import Observations, observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings

REPLICATES = 999  # the smallest Monte Carlo p-value is one in a thousand
DIGITS = 6  # significant digits in the document: more than an iterative fit is good for


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CrossChecks:
    """Frequentist statements on one series; they take no part in its verdict.

    Attributes:
        noise: what the tests take the noise to be: binomial, normal with known standard errors, or unknown.
        seed: seed of the draws.
        replicates: test sets drawn from each null.
        trend: tests for a monotone dependence on scale.
        glm: binomial regressions with three links, midpoints in the scale's own unit; None for scores that are not
            counts.
        isotonic: the best monotone curve; None where all scores are the same. Its values are in the metric's unit.
        descriptive: breakthroughness and linearity with their null bands; none where all scores are the same.
    """

    noise: str
    seed: int
    replicates: int
    trend: Trend
    glm: Glm | None
    isotonic: Isotonic | None
    descriptive: tuple[Descriptive, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, to six significant digits."""
        plain: dict[str, Any] = _plain(dataclasses.asdict(self))
        return plain


def cross_checks(
    series: Series, *, replicates: int = REPLICATES, seed: int = 0, settings: Settings | None = None
) -> CrossChecks:
    """Binomial regressions, trend tests, isotonic regression and descriptive scores, none of which decides.

    Args:
        series: at least two points at two different scales.
        replicates: test sets drawn from a constant, and as many from a straight line.
        seed: seed of the draws.
        settings: only what tells the form of the scores is used; the defaults if None.

    Returns:
        What each check says, or that it cannot be estimated and why.

    Raises:
        InputError: an argument is not what it must be.
        SeriesError: fewer than two distinct scales.
    """
    settings = Settings() if settings is None else instance("settings", settings, Settings)
    replicates, seed = whole_number("replicates", replicates, minimum=1), whole_number("seed", seed)
    instance("series", series, Series)
    if series.n_scales < 2:
        msg = f"{series.name}: expected at least two different scales, got {series.n_scales}"
        raise SeriesError(msg)
    return checks_of(series, observe(series, settings.prior), replicates=replicates, seed=seed)


def checks_of(series: Series, data: Observations, *, replicates: int = REPLICATES, seed: int = 0) -> CrossChecks:
    """The same for a series that has been observed; arguments as they must be."""
    scores = scores_of(series, data)
    rng = np.random.default_rng(seed)
    glm, line = fit_links(scores) if scores.noise == "binomial" else (None, _straight_line(scores))
    constant_draws = scores.draw(np.full_like(scores.score, scores.pooled), replicates, rng)
    line_draws = scores.draw(line, replicates, rng) if line is not None else None
    monotone = isotonic(scores, line, constant_draws)
    if glm is not None:
        glm = _in_scale(glm, series)
    if monotone is not None:
        values = data.to_score(np.array(monotone.fitted))
        monotone = dataclasses.replace(monotone, fitted=tuple(values.tolist()))
    return CrossChecks(
        noise=scores.noise,
        seed=seed,
        replicates=replicates,
        trend=trend(scores),
        glm=glm,
        isotonic=monotone,
        descriptive=() if scores.is_constant else describe(scores.score, constant_draws, line_draws),
    )


def _straight_line(scores: Scores) -> FloatArray:
    """Weighted least squares of the score on log10 scale."""
    x, y, w = scores.position, scores.score, scores.weight
    centred = x - float(np.sum(w * x) / np.sum(w))
    slope = float(np.sum(w * centred * y) / np.sum(w * centred**2))
    return np.asarray(scores.pooled + slope * centred)


def _in_scale(glm: Glm, series: Series) -> Glm:
    """Midpoints from centred log10 to the scale's own unit."""
    x = series.log10_scale
    centre, sign = math.fsum(x) / x.size, -1.0 if series.scale_kind == "loss" else 1.0
    fits = tuple(
        fit if fit.midpoint is None else dataclasses.replace(fit, midpoint=10.0 ** (sign * (fit.midpoint + centre)))
        for fit in glm.fits
    )
    return dataclasses.replace(glm, fits=fits)


def _plain(value: Any) -> Any:  # noqa: ANN401 # a JSON value
    """Lists and dictionaries of plain values; numbers rounded, infinity as None."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
