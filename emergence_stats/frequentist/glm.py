"""Binomial generalised linear models on log10 scale, by statsmodels.

mu(x) = c + (1 - c) F(b0 + b1 x), k_i ~ Binomial(n_i, mu(x_i)), with F logistic, normal or complementary log-log and c
the chance level. Such a model has a floor that is known exactly, a ceiling of 1, and no noise but that of the items.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from emergence_stats.frequentist.scores import Scores
from emergence_stats.series import FloatArray

if TYPE_CHECKING:
    from emergence_stats.frequentist.links import FlooredLink

LINKS = ("logit", "probit", "cloglog")
HALF_WAY = {"logit": 0.0, "probit": 0.0, "cloglog": math.log(math.log(2.0))}  # eta at F = 1/2
TOO_STEEP = "the rise or fall is too steep for these scales: any slope that is steep enough fits as well"
NO_FIT = "the fit did not converge: the scores may be too steep, or too near the chance level, for this curve"
ITERATIONS = 100
SLACK = 1e-6  # of a deviance, relatively
FIXED_POINT = 1e-4  # a fit has converged if one more step moves no coefficient by more, relatively
SEEN = 1e-6  # a scale says something of the slope if it expects so many answers above the floor and below the ceiling
FEWEST_POINTS = 4  # for HC3: two residual degrees of freedom
FULL_LEVERAGE = 1.0 - 1e-6  # a point that determines its own fit leaves no residual to judge by


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LinkFit:
    """One link's fit, or why there is none.

    Attributes:
        link: logit, probit or cloglog.
        not_estimable: why there is no estimate; None if there is one, and all below is None otherwise.
        slope: b1, in units of the link per decade of scale.
        stderr: its standard error if the items are the only noise.
        stderr_scaled: times the square root of `dispersion` (quasi-binomial); None without degrees of freedom.
        stderr_robust: HC3 or clustered (see `Glm.errors`); None where the points are too few for it.
        slope_low: end of the 95 % interval from `stderr_robust` and Student's distribution with as many degrees of
            freedom as points minus 2, or clusters minus 1; `slope_high` is the other.
        midpoint: centred log10 scale at which F = 1/2, or None if that is outside the observed range.
        deviance: of the fit; of the three, the smallest fits best.
        likelihood_ratio: deviance of a constant (not below chance) minus `deviance`.
        p_constant: P(chi^2_1 > likelihood_ratio).
        p_constant_scaled: P(F_1,df > likelihood_ratio / max(dispersion, 1)), the quasi-binomial test; None without
            degrees of freedom.
        p_fit: P(chi^2_df > deviance), against any other means; None without degrees of freedom.
        dispersion: Pearson chi^2 / df; 1 is binomial.
    """

    link: str
    not_estimable: str | None = None
    slope: float | None = None
    stderr: float | None = None
    stderr_scaled: float | None = None
    stderr_robust: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    midpoint: float | None = None
    deviance: float | None = None
    likelihood_ratio: float | None = None
    p_constant: float | None = None
    p_constant_scaled: float | None = None
    p_fit: float | None = None
    dispersion: float | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Glm:
    """Fits of the three links to the same counts.

    Attributes:
        floor: chance level in the links; 0 where chance is not defined.
        degrees_of_freedom: points minus two coefficients.
        errors: what `stderr_robust` is: "hc3", or "cluster" with its label; "" where there is none.
        fits: in the order of `LINKS`.
    """

    floor: float
    degrees_of_freedom: int
    errors: str
    fits: tuple[LinkFit, ...]


def fit_links(scores: Scores) -> tuple[Glm, FloatArray | None]:
    """Fit every link to counts.

    Returns:
        The fits, and the means of the logistic one, shape (n_points,), or None if that is not estimable.
    """
    floor = scores.chance or 0.0
    obstacle = _obvious_obstacle(scores, floor)
    fits: list[LinkFit] = []
    logistic: FloatArray | None = None
    for name in LINKS:
        if obstacle is not None:
            fits.append(LinkFit(link=name, not_estimable=obstacle))
            continue
        with _quiet():
            fit, mean = _fit(scores, name, floor, guess=logistic)
        fits.append(fit)
        logistic = mean if name == "logit" else logistic
    robust = any(fit.stderr_robust is not None for fit in fits)
    errors = "" if not robust else ("hc3" if scores.clusters is None else f"cluster by {scores.cluster_label}")
    found = Glm(floor=floor, degrees_of_freedom=scores.score.size - 2, errors=errors, fits=tuple(fits))
    return found, logistic


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Separated data make statsmodels warn and overflow; what comes of it is judged and stated instead."""
    # Loading this lets its warnings through, whatever was said before: it must not happen inside.
    import statsmodels.tools.sm_exceptions  # noqa: F401

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _obvious_obstacle(scores: Scores, floor: float) -> str | None:
    """What makes a slope meaningless whatever the link."""
    if np.all(scores.score == 0.0):
        return "no answer is right at any scale"
    if np.all(scores.score == 1.0):
        return "every answer is right at every scale"
    if np.all(scores.score <= floor):
        return "no score lies above the chance level, where these curves start"
    return None


def _fit(scores: Scores, name: str, floor: float, guess: FloatArray | None) -> tuple[LinkFit, FloatArray | None]:
    """One link's fit and its means; `guess` are the means of another link, from which to start."""
    from emergence_stats.frequentist.links import FlooredLink

    link = FlooredLink(name, floor)
    design = np.column_stack([np.ones(scores.position.size), scores.position])
    coefficients = _coefficients(scores, design, link, _start(scores, link, guess))
    if coefficients is None:
        return LinkFit(link=name, not_estimable=NO_FIT), None
    eta = coefficients[0] + coefficients[1] * scores.position
    share = np.asarray(link.base.inverse(eta))
    seen = (scores.weight * share > SEEN) & (scores.weight * (1.0 - share) > SEEN)
    if np.unique(scores.position[seen]).size < 2:
        return LinkFit(link=name, not_estimable=TOO_STEEP), None
    step = _working_model(scores, design, link, eta)
    if step is None or np.any(np.abs(step.params - coefficients) > FIXED_POINT * (1.0 + np.abs(coefficients))):
        return LinkFit(link=name, not_estimable=NO_FIT), None
    mean = link.inverse(eta)
    deviance = max(float(scores.deviance(mean)), 0.0)
    gain = max(float(scores.deviance(np.full_like(mean, max(scores.pooled, floor)))) - deviance, 0.0)
    free = scores.score.size - 2
    dispersion = float(step.scale) if free > 0 else None
    slope, robust = float(coefficients[1]), _robust_error(scores, step)
    reach = None if robust is None else robust * _student(scores)
    fit = LinkFit(
        link=name,
        slope=slope,
        stderr=math.sqrt(float(step.normalized_cov_params[1, 1])),
        stderr_scaled=float(step.bse[1]) if free > 0 else None,
        stderr_robust=robust,
        slope_low=None if reach is None else slope - reach,
        slope_high=None if reach is None else slope + reach,
        midpoint=_midpoint(scores, name, coefficients),
        deviance=deviance,
        likelihood_ratio=gain,
        p_constant=float(stats.chi2.sf(gain, 1)),
        p_constant_scaled=float(stats.f.sf(gain / max(dispersion, 1.0), 1, free)) if dispersion is not None else None,
        p_fit=float(stats.chi2.sf(deviance, free)) if free > 0 else None,
        dispersion=dispersion,
    )
    return fit, mean


def _coefficients(scores: Scores, design: FloatArray, link: FlooredLink, start: FloatArray) -> FloatArray | None:
    """Maximum likelihood by iteratively reweighted least squares, by quasi-Newton where that does not converge."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    right = scores.weight * scores.score
    model = GLM(np.column_stack([right, scores.weight - right]), design, family=Binomial(link=link))
    at_start = float(scores.deviance(link.inverse(design[:, 0] * start[0] + design[:, 1] * start[1])))
    for options in ({"maxiter": ITERATIONS}, {"method": "bfgs", "maxiter": ITERATIONS, "disp": False}):
        try:
            result = model.fit(start_params=start, **options)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            continue
        found = np.asarray(result.params, dtype=np.float64)
        converged = getattr(result, "converged", True)  # quasi-Newton does not say; one more step of the caller will
        # A step too far converges to nonsense, worse than where it began.
        if converged and np.isfinite(found).all() and result.deviance <= at_start + SLACK * (1.0 + at_start):
            return found
    return None


def _start(scores: Scores, link: FlooredLink, guess: FloatArray | None) -> FloatArray:
    """A line through linked means: those of the guess, or the scores, kept off floor and ceiling by one answer."""
    margin = 1.0 / (scores.weight + 2.0)
    mean = scores.score if guess is None else guess
    eta = np.asarray(link.base(np.clip((mean - link.chance) / (1.0 - link.chance), margin, 1.0 - margin)))
    x, w = scores.position, scores.weight
    centre = float(np.sum(w * x) / np.sum(w))
    slope = float(np.sum(w * (x - centre) * eta) / np.sum(w * (x - centre) ** 2))
    return np.array([float(np.sum(w * eta) / np.sum(w)) - slope * centre, slope])


def _working_model(scores: Scores, design: FloatArray, link: FlooredLink, eta: FloatArray) -> Any:  # noqa: ANN401 # statsmodels is not annotated
    """The weighted least squares of the next iteration, whose errors are those of the fit; None if it is singular.

    Response z = eta + (y - mu) g'(mu), weight n / (mu (1 - mu) g'(mu)^2).
    """
    from statsmodels.regression.linear_model import WLS

    mean = link.inverse(eta)
    steepness = link.deriv(mean)
    weight = scores.weight / (mean * (1.0 - mean) * steepness**2)
    try:
        result = WLS(eta + (scores.score - mean) * steepness, design, weights=weight).fit()
    except (ValueError, np.linalg.LinAlgError):
        return None
    variance = float(result.normalized_cov_params[1, 1])
    return result if math.isfinite(variance) and variance > 0.0 and np.isfinite(result.params).all() else None


def _robust_error(scores: Scores, step: Any) -> float | None:  # noqa: ANN401
    """HC3, or clustered, standard error of the slope; None where a point determines its own fit."""
    if scores.clusters is not None:
        robust = step.get_robustcov_results("cluster", groups=np.array(scores.clusters))
    elif scores.score.size < FEWEST_POINTS or float(_leverage(step).max()) > FULL_LEVERAGE:
        return None
    else:
        robust = step.get_robustcov_results("HC3")
    error = float(robust.bse[1])
    return error if math.isfinite(error) else None


def _student(scores: Scores) -> float:
    """97.5 % quantile of Student's distribution for the slope's interval."""
    free = scores.score.size - 2 if scores.clusters is None else max(scores.clusters)
    return float(stats.t.ppf(0.975, free))


def _leverage(step: Any) -> FloatArray:  # noqa: ANN401
    """Diagonal of the hat matrix, w_i x_i' (X' W X)^-1 x_i."""
    design = step.model.wexog
    return np.asarray(np.einsum("ij,jk,ik->i", design, step.normalized_cov_params, design))


def _midpoint(scores: Scores, name: str, coefficients: FloatArray) -> float | None:
    """Centred log10 scale at which F is one half, if it lies in the observed range."""
    if coefficients[1] == 0.0:
        return None
    place = float((HALF_WAY[name] - coefficients[0]) / coefficients[1])
    return place if scores.position[0] <= place <= scores.position[-1] else None
